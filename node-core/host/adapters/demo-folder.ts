// Starting over in a demo world's folder. One small file, written whole, decides: until it is there the old world is, from
// then on the folder is empty, whatever is still to be removed and however often that is interrupted. Only what a world
// keeps is removed, and only where the folder's own database says that it was made as a demo world.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Settings } from '../../api/index.ts';
import type { DataDir } from './data-dir.ts';
import { writeFileAtomic } from './data-dir.ts';
import type { Sqlite } from './sqlite.ts';

/** Choices of the person that outlive the world. */
export type KeptSettings = Partial<Pick<Settings, 'locale' | 'theme'>>;

const MARK = 'start-over.json';
/** Row of the settings table in the console's database, written together with the world's record. */
export const DEMO_KEY = 'demo-world';
/** What a world keeps, and nothing else: logs, the lock, and what is known of hot machines stay. */
const OF_A_WORLD =
  /^(console|chain|light|chat)\.db(-wal|-shm|-journal)?$|^vault\.key(\.|$)|^(blocks|recovery|station)$/;

/** True where this console's database was made with a demo world. */
export function isDemoDatabase(database: Sqlite): boolean {
  return database.prepare('SELECT 1 FROM settings WHERE key = ?').get(DEMO_KEY) !== undefined;
}

/** As isDemoDatabase, for a folder that no console has open; false where it cannot be read. */
export function isDemoFolder(path: string): boolean {
  const file = join(path, 'console.db');
  if (!existsSync(file)) return false;
  let database: Sqlite | undefined;
  try {
    database = new Database(file, { readonly: true });
    return isDemoDatabase(database);
  } catch {
    return false;
  } finally {
    database?.close();
  }
}

/** From here on the folder holds no world. The caller made sure that it is a demo world's. */
export function markStartOver(data: DataDir, kept: KeptSettings): void {
  writeFileAtomic(data.file(MARK), JSON.stringify(kept));
}

/** Removes what the old world left, where starting over was asked; the choices to keep, until endStartOver(). */
export function finishStartOver(data: DataDir, remove = rmSync): KeptSettings | undefined {
  const mark = data.file(MARK);
  if (!existsSync(mark)) return undefined;
  for (const name of readdirSync(data.path).filter((found) => OF_A_WORLD.test(found)))
    remove(join(data.path, name), { recursive: true, force: true });
  return parseKept(readFileSync(mark, 'utf8'));
}

/** The new world stands on its own. */
export function endStartOver(data: DataDir): void {
  rmSync(data.file(MARK), { force: true });
}

function parseKept(text: string): KeptSettings {
  try {
    return JSON.parse(text) as KeptSettings;
  } catch {
    return {};
  }
}
