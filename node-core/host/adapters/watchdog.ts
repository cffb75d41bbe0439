// The console's side of the watchdog: starts it before the first serial machine is opened, and again should it die.
// Not on Windows, which has no terminal devices that a second process could open in the same way.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type WatchdogOptions = {
  /** Program and first arguments: Node and the bundled watchdog.js, or a program that runs it. */
  readonly command: readonly string[];
  readonly folder: string;
  /** For tests: how long a silent worker is borne, and one in a stopped process. */
  readonly limits?: { readonly hangMs: number; readonly stoppedMs: number };
};

export type Watchdog = {
  /** Where the machine worker sends its heartbeat. */
  readonly socket: string;
  readonly pid: number | undefined;
  /** Resolves when it listens; also where it cannot be started, since a print without it is still a print. */
  ready(): Promise<void>;
  /** It is not started again; it ends by itself once this process is gone. */
  release(): void;
};

const READY_MS_MAX = 10_000;
const RESTARTS_MAX = 5;

export function startWatchdog(options: WatchdogOptions): Watchdog {
  return new RunningWatchdog(options);
}

class RunningWatchdog implements Watchdog {
  readonly socket: string;
  private readonly options: WatchdogOptions;
  /** Sockets have short names; a data folder may not. */
  private readonly folder: string;
  private child: ChildProcess | undefined;
  private listening: Promise<void>;
  private restarts = 0;
  private released = false;

  constructor(options: WatchdogOptions) {
    this.options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'dipnet-watch-'));
    this.socket = join(this.folder, 'heartbeat');
    this.listening = this.start();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  ready(): Promise<void> {
    return this.listening;
  }

  release(): void {
    this.released = true;
    rmSync(this.folder, { recursive: true, force: true });
    this.child?.kill('SIGKILL');
  }

  private start(): Promise<void> {
    rmSync(this.socket, { force: true });
    const { command, folder, limits } = this.options;
    const [program = process.execPath, ...first] = command;
    const args = [...first, folder, this.socket, String(process.pid)];
    if (limits !== undefined) args.push(String(limits.hangMs), String(limits.stoppedMs));
    // In a session of its own: what ends a terminal and its programs does not end it.
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    this.child = child;
    child.unref();
    const ended = new Promise<void>((resolve) => {
      child.on('error', () => resolve());
      child.on('exit', () => resolve());
    });
    void ended.then(() => {
      if (this.released || this.restarts++ >= RESTARTS_MAX) return;
      this.listening = this.start();
    });
    const listens = new Promise<void>((resolve) => {
      const late = setTimeout(resolve, READY_MS_MAX);
      late.unref();
      child.stdout?.once('data', () => {
        clearTimeout(late);
        child.stdout?.destroy();
        resolve();
      });
    });
    return Promise.race([listens, ended]);
  }
}
