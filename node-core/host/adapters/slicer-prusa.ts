// PrusaSlicer as a separate program: found, asked for its version, run in a private directory that is always removed.
// Its exit code is not believed alone: there must be an output file, and finishSlice must find a print in it.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { type ChildEnd, runChild } from './child-process.ts';
import { slicerFault } from './slicer-faults.ts';
import {
  checkSliceJob,
  finishSlice,
  GCODE_OUTPUT_BYTES_MAX,
  SLICE_TIMEOUT_MS,
  type SliceJob,
  type SliceOptions,
  type SliceOutput,
  type Slicer,
  type SlicerParts,
} from './slicer-job.ts';
import { prusaConfig } from './slicer-prusa-config.ts';

const ID = 'PrusaSlicer';
/** Lines of triangle debugging on a broken mesh reach a few megabytes; more is a fault. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const VERSION_TIMEOUT_MS = 20_000;
const DIRECTORY_PREFIX = 'dipnet-slice-';

const NAMES =
  process.platform === 'win32'
    ? ['prusa-slicer-console.exe', 'prusa-slicer.exe']
    : ['prusa-slicer', 'PrusaSlicer', 'prusa-slicer-console', 'com.prusa3d.PrusaSlicer'];

function knownPlaces(): string[] {
  const home = process.env['HOME'] ?? '';
  const programs = process.env['ProgramFiles'] ?? 'C:\\Program Files';
  switch (process.platform) {
    case 'darwin':
      return [
        '/Applications/PrusaSlicer.app/Contents/MacOS/PrusaSlicer',
        '/Applications/Original Prusa Drivers/PrusaSlicer.app/Contents/MacOS/PrusaSlicer',
        join(home, 'Applications/PrusaSlicer.app/Contents/MacOS/PrusaSlicer'),
      ];
    case 'win32':
      return [join(programs, 'Prusa3D', 'PrusaSlicer', 'prusa-slicer-console.exe')];
    default:
      return [
        '/var/lib/flatpak/exports/bin/com.prusa3d.PrusaSlicer',
        join(home, '.local/share/flatpak/exports/bin/com.prusa3d.PrusaSlicer'),
      ];
  }
}

function candidates(): string[] {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const onPath = directories.flatMap((directory) => NAMES.map((name) => join(directory, name)));
  return [...onPath, ...knownPlaces()].filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** The first PrusaSlicer that answers with its version; undefined where there is none. */
export async function findPrusaSlicer(parts: SlicerParts, path?: string): Promise<Slicer | undefined> {
  removeAbandoned(parts.temporaryRoot);
  for (const command of path === undefined ? candidates() : [path]) {
    const version = await askVersion(command, parts.temporaryRoot);
    if (version !== undefined) return new PrusaSlicer(command, version, parts);
  }
  return undefined;
}

async function askVersion(command: string, temporaryRoot: string): Promise<string | undefined> {
  const lines: string[] = [];
  const end = await inPrivateDirectory(temporaryRoot, async (directory) =>
    ok(
      await runChild({
        command,
        arguments: ['--help'],
        directory,
        environment: childEnvironment(directory),
        limits: { timeoutMs: VERSION_TIMEOUT_MS, outputBytesMax: 4 * 1024 * 1024 },
        onLine: (line) => {
          if (lines.length < 20) lines.push(line);
        },
      }),
    ),
  );
  if (!end.ok || end.value.kind !== 'exited') return undefined;
  return /PrusaSlicer-(\d+(?:\.\d+)+[-a-z0-9]*)/.exec(lines.join('\n'))?.[1];
}

/** Only what it needs: no settings of the user's own PrusaSlicer, no locale that writes decimal commas. */
function childEnvironment(directory: string): Record<string, string> {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'XDG_RUNTIME_DIR', 'XDG_DATA_DIRS'];
  const environment: Record<string, string> = { LANG: 'C', LC_ALL: 'C', HOME: directory };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

class PrusaSlicer implements Slicer {
  readonly id = ID;
  readonly version: string;
  readonly #command: string;
  readonly #parts: SlicerParts;

  constructor(command: string, version: string, parts: SlicerParts) {
    this.#command = command;
    this.version = version;
    this.#parts = parts;
  }

  async slice(job: SliceJob, options: SliceOptions = {}): Promise<Result<SliceOutput>> {
    const { mesh, temporaryRoot } = this.#parts;
    // The slicer is given the mesh that was measured, in the one format that leaves nothing to interpret.
    const shape = await mesh.printStl(job.model, job.name ?? '', { signal: options.signal });
    if (!shape.ok) return shape;
    const { stl, sizeUm } = shape.value;
    const sound = checkSliceJob(job, sizeUm);
    if (!sound.ok) return sound;
    const gcode = await inPrivateDirectory(temporaryRoot, async (directory) => {
      writeFileSync(join(directory, 'model.stl'), stl, { mode: 0o600 });
      writeFileSync(join(directory, 'job.ini'), prusaConfig(job, sizeUm), { mode: 0o600 });
      return this.#run(directory, job, options);
    });
    return gcode.ok ? finishSlice(this, gcode.value, job, mesh, options) : gcode;
  }

  async #run(directory: string, job: SliceJob, options: SliceOptions): Promise<Result<Bytes>> {
    const output = join(directory, 'job.gcode');
    const { x, y } = job.profile.volumeMm;
    const timeoutMs = options.timeoutMs ?? SLICE_TIMEOUT_MS;
    const end = await runChild({
      command: this.#command,
      arguments: [
        '--export-gcode',
        ...['--load', join(directory, 'job.ini')],
        ...['--center', `${x / 2},${y / 2}`],
        ...['--output', output],
        join(directory, 'model.stl'),
      ],
      directory,
      environment: childEnvironment(directory),
      limits: {
        timeoutMs,
        outputBytesMax: OUTPUT_BYTES_MAX,
        file: { path: output, bytesMax: GCODE_OUTPUT_BYTES_MAX },
      },
      signal: options.signal,
      onLine: (line) => {
        const percent = /^\s*(\d{1,3}) => /.exec(line)?.[1];
        if (percent !== undefined) options.onProgress?.(Math.min(1, Number(percent) / 100));
      },
    });
    if (end.kind !== 'exited' || end.code !== 0) return refuse(endFault(end, timeoutMs));
    const sizeBytes = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
    if (sizeBytes === 0) return refuse(slicerFault('slicer.empty', { slicer: ID }));
    if (sizeBytes > GCODE_OUTPUT_BYTES_MAX) return refuse(slicerFault('slicer.flood', { slicer: ID }));
    return ok(new Uint8Array(await readFile(output)));
  }
}

function endFault(end: ChildEnd, timeoutMs: number) {
  const slicer = ID;
  switch (end.kind) {
    case 'timeout':
      return slicerFault('slicer.timeout', { slicer, minutes: Math.max(1, Math.round(timeoutMs / 60_000)) });
    case 'flood':
      return slicerFault('slicer.flood', { slicer });
    case 'cancelled':
      return slicerFault('slicer.cancelled');
    case 'not-started':
      return slicerFault('slicer.start', { slicer });
    case 'exited':
    case 'crashed':
      return /No layers were detected|no extrusions|empty layer|Nothing to print/i.test(end.tail)
        ? slicerFault('slicer.empty', { slicer })
        : slicerFault('slicer.failed', { slicer });
  }
}

/** Runs the work in a directory only this user can read, removed whatever happens: it holds a designer's model. */
async function inPrivateDirectory<T>(
  root: string,
  work: (directory: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  let directory: string;
  try {
    mkdirSync(root, { recursive: true });
    directory = mkdtempSync(join(root, `${DIRECTORY_PREFIX}${process.pid}-`));
    chmodSync(directory, 0o700);
  } catch {
    return refuse(slicerFault('slicer.disk'));
  }
  try {
    return await work(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO') return refuse(slicerFault('slicer.disk'));
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Removes what a killed console left behind. */
function removeAbandoned(root: string): void {
  const names = statSync(root, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(root) : [];
  for (const name of names) {
    const owner = /^dipnet-slice-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    try {
      rmSync(join(root, name), { recursive: true, force: true });
    } catch {
      // Another user's: theirs to remove.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
