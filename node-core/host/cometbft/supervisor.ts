// One network node: the application (an ABCI server in this process) and CometBFT (a child process) that live and die
// together. Neither works without the other, and both keep what they committed, so the answer to every unexpected end is
// the same: end the other one too, wait a little, start both again, and give up in words when that keeps happening.
//
//   stopped ── start ──► starting ── RPC answers ──► running
//                  ▲                                    │ either one ends
//                  └──────────── waiting ◄──────────────┤
//                                                       └── too often ──► failed

import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { openDataDir } from '../adapters/data-dir.ts';
import { explainEnd } from './explain.ts';
import { cometbftFault } from './faults.ts';
import { checkHome, homePath } from './home.ts';
import type { LineSink } from './log-lines.ts';
import { createLineSink } from './log-lines.ts';

/** The application as it serves one CometBFT process. */
export type AppServer = {
  /** As in `proxy_app`: unix:///path or tcp://127.0.0.1:port. */
  readonly address: string;
  /** Resolves with the reason when the application cannot go on: a bug or a failing disk. */
  readonly failed: Promise<unknown>;
  close(): Promise<void>;
};

export type NodeState = 'stopped' | 'starting' | 'running' | 'waiting' | 'failed';

export type NodeStatus = {
  readonly state: NodeState;
  readonly pid: number | undefined;
  /** Unexpected ends since start. */
  readonly restarts: number;
  /** Why it failed, or why it was restarted last. */
  readonly fault: Fault | undefined;
};

export type SupervisorOptions = {
  readonly home: string;
  /** The cometbft program, see findCometBft. */
  readonly binary: string;
  readonly openApp: () => Promise<AppServer>;
  /** True when the node answers its RPC. */
  readonly isReady: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange?: (status: NodeStatus) => void;
  /** Runs the program another way, for instance inside a network namespace. */
  readonly wrap?: readonly string[];
  readonly limits?: Partial<Limits>;
};

export const LIMITS = {
  /** After SIGTERM a node closes its databases; this is long for a big one. */
  stopMs: 20_000,
  readyPollMs: 100,
  restartMsMin: 500,
  restartMsMax: 30_000,
  /** So many ends within the window are a loop. */
  endsMax: 6,
  endsWindowMs: 120_000,
} as const;

type Limits = { readonly [name in keyof typeof LIMITS]: number };
type End = { readonly who: 'application' | 'cometbft'; readonly fault: Fault };

export class NodeSupervisor {
  readonly #options: SupervisorOptions;
  readonly #limits: Limits;
  #state: NodeState = 'stopped';
  #child: ChildProcess | undefined;
  #restarts = 0;
  #fault: Fault | undefined;
  #endsMs: number[] = [];
  #stopping: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #waiters: (() => void)[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  status(): NodeStatus {
    return {
      state: this.#state,
      pid: this.#child?.pid,
      restarts: this.#restarts,
      fault: this.#fault,
    };
  }

  /** Starts both and resolves when the node answers, or with the reason why it never will. */
  async start(): Promise<Result<void>> {
    if (this.#stopping !== undefined) return this.ready();
    const { home } = this.#options;
    const checked = checkHome(home);
    if (!checked.ok) return checked;
    const lock = openDataDir(homePath(home, 'state').replace(/[\\/][^\\/]*$/, ''));
    if (!lock.ok) {
      const pid = lock.fault.data?.['pid'];
      return pid === undefined ? lock : refuse(cometbftFault('cometbft.home.in-use', { folder: home, pid }));
    }
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#endsMs = [];
    this.#set('starting');
    this.#running = this.#run(stopping.signal).finally(() => {
      lock.value.release();
      this.#stopping = undefined;
      if (this.#state !== 'failed') this.#set('stopped');
      this.#wake();
    });
    return this.ready();
  }

  /** Resolves when the node answers; refused where it was stopped or given up before. */
  async ready(): Promise<Result<void>> {
    while (this.#state === 'starting' || this.#state === 'waiting')
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    if (this.#state === 'running') return ok(undefined);
    return refuse(this.#fault ?? cometbftFault('cometbft.node.stopped'));
  }

  /** Ends CometBFT first and the application after it, so that no answer is missing when it closes its books. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#running;
  }

  /** Ends CometBFT at once, as a crash would; it is started again. For tests and for a node that hangs. */
  kill(): void {
    if (this.#child !== undefined) killChild(this.#child, 'SIGKILL');
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      this.#set('starting');
      const end = await this.#runOnce(signal);
      if (end === undefined) return;
      this.#fault = end.fault;
      this.#restarts++;
      log('error', 'node.ended', { who: end.who, code: end.fault.code, message: end.fault.message });
      if (this.#isLoop(end)) return;
      this.#set('waiting');
      await clock.sleep(this.#pauseMs(), signal).catch(() => undefined);
    }
  }

  /** Undefined where it was asked to stop. */
  async #runOnce(signal: AbortSignal): Promise<End | undefined> {
    const { clock, log, openApp } = this.#options;
    let app: AppServer;
    try {
      app = await openApp();
    } catch (cause) {
      return { who: 'application', fault: faultOf(cause) };
    }
    // An orderly end sounds like a crash in CometBFT's log ("use of closed connection").
    const quiet: Log = (level, action, data) => log(signal.aborted ? 'debug' : level, action, data);
    const sink = createLineSink(quiet, clock.nowMs);
    const child = this.#spawn(app.address, sink);
    this.#child = child;
    const over = new AbortController();
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, name) => resolve(name ?? `code ${code}`));
    });
    void this.#awaitReady(over.signal);
    const asked = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: over.signal });
    });
    const end = await Promise.race([
      exited.then((how): End => ({ who: 'cometbft', fault: explainEnd(sink.tail(), how) })),
      app.failed.then((cause): End => ({ who: 'application', fault: faultOf(cause) })),
      asked,
    ]);
    over.abort();
    await this.#endChild(child, exited);
    this.#child = undefined;
    await app.close();
    return end;
  }

  #spawn(address: string, sink: LineSink): ChildProcess {
    const { binary, home, wrap = [] } = this.#options;
    const [program = binary, ...parameters] = [
      ...wrap,
      binary,
      'start',
      '--home',
      home,
      '--proxy_app',
      address,
    ];
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C reaches it once, through us, after which the application still answers it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    child.stdout?.on('data', (chunk: Buffer) => sink.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => sink.write(chunk));
    return child;
  }

  async #awaitReady(over: AbortSignal): Promise<void> {
    const { clock, isReady } = this.#options;
    while (!over.aborted) {
      if (await isReady().catch(() => false)) {
        if (!over.aborted) this.#set('running');
        return;
      }
      await clock.sleep(this.#limits.readyPollMs, over).catch(() => undefined);
    }
  }

  async #endChild(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const waiting = new AbortController();
    killChild(child, 'SIGTERM');
    const late = this.#options.clock.sleep(this.#limits.stopMs, waiting.signal).then(
      () => killChild(child, 'SIGKILL'),
      () => undefined,
    );
    await exited;
    waiting.abort();
    await late;
  }

  #isLoop(end: End): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const { endsMax, endsWindowMs } = this.#limits;
    this.#endsMs = [...this.#endsMs.filter((atMs) => nowMs - atMs < endsWindowMs), nowMs];
    // What cannot mend by itself is not tried again. A port or a lock may still be held by a process that is just ending.
    const isHopeless = /^(cometbft\.(node\.(app-hash|double-sign)|key\.)|abci\.genesis\.)/.test(
      end.fault.code,
    );
    if (this.#endsMs.length < endsMax && !isHopeless) return false;
    const isNamed = isHopeless || /^cometbft\.node\.(port|locked)$/.test(end.fault.code);
    if (!isNamed) {
      const seconds = Math.round((nowMs - (this.#endsMs[0] ?? nowMs)) / 1000);
      const reason = end.fault.message;
      this.#fault = cometbftFault('cometbft.node.crash-loop', {
        times: this.#endsMs.length,
        seconds,
        reason,
      });
    }
    this.#set('failed');
    return true;
  }

  #pauseMs(): number {
    const { restartMsMin, restartMsMax } = this.#limits;
    return Math.min(restartMsMax, restartMsMin * 2 ** (this.#endsMs.length - 1));
  }

  #set(state: NodeState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onChange?.(this.status());
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

function faultOf(cause: unknown): Fault {
  if (typeof cause === 'object' && cause !== null && 'fault' in cause) return cause.fault as Fault;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return cometbftFault('cometbft.app.failed', { reason });
}

/** The whole group: a wrapper (ip netns exec) and what it runs. */
function killChild(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
