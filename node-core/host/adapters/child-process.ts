// Runs a program that is not trusted to end or to be quiet: its output is drained and counted, its time and its files
// have limits, and when it must go, its whole process group goes.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

export type ChildLimits = {
  readonly timeoutMs: number;
  /** Of standard output and error together. */
  readonly outputBytesMax: number;
  /** A file that the program writes, and how far it may grow. */
  readonly file?: { readonly path: string; readonly bytesMax: number };
};

export type ChildJob = {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: ChildLimits;
  readonly signal?: AbortSignal | undefined;
  /** Each line of standard output, at most LINE_CHARS_MAX of it. */
  readonly onLine?: ((line: string) => void) | undefined;
};

export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly tail: string }
  /** Ended by a signal that was not ours: a crash. */
  | { readonly kind: 'crashed'; readonly tail: string }
  | { readonly kind: 'timeout' | 'flood' | 'cancelled' | 'not-started' };

const LINE_CHARS_MAX = 1000;
const TAIL_CHARS = 8000;
const FILE_WATCH_INTERVAL_MS = 250;
/** Below the console and the machine drivers: slicing must not make a running print stutter. */
const NICENESS = Math.min(10, constants.priority.PRIORITY_LOW);
const IS_WINDOWS = process.platform === 'win32';

export function runChild(job: ChildJob): Promise<ChildEnd> {
  return new Promise((resolve) => {
    if (job.signal?.aborted === true) {
      resolve({ kind: 'cancelled' });
      return;
    }
    const child = spawn(job.command, [...job.arguments], {
      cwd: job.directory,
      env: { ...job.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group, so that helpers it started end with it.
      detached: !IS_WINDOWS,
      windowsHide: true,
    });
    lowerPriority(child);
    watchChild(child, job, resolve);
  });
}

function watchChild(child: ChildProcess, job: ChildJob, resolve: (end: ChildEnd) => void): void {
  const { limits, signal } = job;
  let stopped: 'timeout' | 'flood' | 'cancelled' | undefined;
  let outputBytes = 0;
  let tail = '';
  let partial = '';
  const stop = (why: 'timeout' | 'flood' | 'cancelled') => {
    if (stopped !== undefined) return;
    stopped = why;
    killGroup(child);
  };
  const onAbort = () => stop('cancelled');
  const timer = setTimeout(() => stop('timeout'), limits.timeoutMs);
  const watcher = setInterval(() => {
    if (limits.file !== undefined && fileSize(limits.file.path) > limits.file.bytesMax) stop('flood');
  }, FILE_WATCH_INTERVAL_MS);
  signal?.addEventListener('abort', onAbort, { once: true });
  const finish = (end: ChildEnd) => {
    clearTimeout(timer);
    clearInterval(watcher);
    signal?.removeEventListener('abort', onAbort);
    resolve(end);
  };
  const read = (chunk: Buffer, isOutput: boolean) => {
    outputBytes += chunk.length;
    if (outputBytes > limits.outputBytesMax) stop('flood');
    if (stopped !== undefined) return;
    const text = chunk.toString('latin1');
    tail = (tail + text).slice(-TAIL_CHARS);
    if (!isOutput || job.onLine === undefined) return;
    const lines = (partial + text).split('\n');
    partial = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const line of lines) job.onLine(line.slice(0, LINE_CHARS_MAX));
  };
  child.stdout?.on('data', (chunk: Buffer) => read(chunk, true));
  child.stderr?.on('data', (chunk: Buffer) => read(chunk, false));
  child.on('error', () => finish({ kind: 'not-started' }));
  // A helper that keeps the pipes open must not keep us waiting: the exit counts, then the group goes.
  child.on('exit', (code) => {
    killGroup(child);
    if (stopped !== undefined) finish({ kind: stopped });
    else if (code === null) finish({ kind: 'crashed', tail });
    else child.once('close', () => finish({ kind: 'exited', code, tail }));
  });
}

function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function lowerPriority(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, NICENESS);
  } catch {
    // It has ended already, or the system does not allow it: then it runs as it is.
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (IS_WINDOWS) {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}
