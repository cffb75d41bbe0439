import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { defaultDataPath, diskFault, openDataDir, writeFileAtomic } from './data-dir.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dipnet-data-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('one console a folder; released, it is free', () => {
  const folder = join(root, 'a', 'b');
  const first = unwrap(openDataDir(folder));
  expect(openDataDir(folder)).toMatchObject({
    ok: false,
    fault: { code: 'data.locked', data: { folder, pid: String(process.pid) } },
  });
  const file = first.file('deep', 'er', 'file');
  writeFileSync(file, 'x');
  expect(readFileSync(join(folder, 'deep', 'er', 'file'), 'utf8')).toBe('x');
  first.release();
  expect(existsSync(join(folder, 'pid'))).toBe(false);
  unwrap(openDataDir(folder)).release();
});

test('a lock file that holds something else is no reason to fail with a stack', () => {
  writeFileSync(join(root, 'lock'), 'not a database, but long enough to look like one '.repeat(40));
  expect(openDataDir(root)).toMatchObject({ ok: false, fault: { code: 'data.unwritable' } });
});

test('a path through a file cannot be a folder', () => {
  writeFileSync(join(root, 'file'), '');
  expect(openDataDir(join(root, 'file', 'x'))).toMatchObject({ fault: { code: 'data.unwritable' } });
});

test('an atomic write replaces whole files and leaves nothing beside them', () => {
  const file = join(root, 'f');
  writeFileAtomic(file, 'one');
  writeFileAtomic(file, 'two');
  expect([readFileSync(file, 'utf8'), readdirSync(root)]).toEqual(['two', ['f']]);
});

test('names failures of the disk and nothing else', () => {
  const failing = (code: string) => Object.assign(new Error('x'), { code });
  for (const code of ['ENOSPC', 'EROFS', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'EACCES'])
    expect(diskFault(failing(code), root)?.code).toBe('data.unwritable');
  for (const error of [
    failing('ENOENT'),
    failing('SQLITE_CONSTRAINT'),
    new Error('a bug'),
    'text',
    undefined,
  ])
    expect(diskFault(error, root)).toBeUndefined();
});

test.runIf(process.platform === 'linux')('follows the desktop convention of the system', () => {
  expect(defaultDataPath({ XDG_DATA_HOME: '/data' })).toBe('/data/dipnet');
  expect(defaultDataPath({})).toMatch(/\/\.local\/share\/dipnet$/);
});
