// Supervises the core in its own process: starts it, hands its ports to pages, starts it again after a crash with growing
// pauses, and gives up in words when it does not stay up. The secret goes over the private pipe, never the command line.

import type { UtilityProcess, WebContents } from 'electron';
import { MessageChannelMain, utilityProcess } from 'electron';
import type { FromCore, ToCore } from '../../node-core/host/utility-messages.ts';
import { PORT_CHANNEL } from '../ipc/channels.ts';
import type { ShellLog } from './log.ts';

export type CoreOptions = {
  readonly entry: string;
  readonly dataPath: string;
  readonly demo: boolean;
  readonly vaultSecret: Uint8Array;
  /** What starts the watchdog of hot machines in a packaged program. */
  readonly watchdog: readonly string[] | undefined;
  readonly log: ShellLog;
  /** Whether any printer is at work. */
  readonly onPrinting: (printing: boolean) => void;
  /** The core cannot run; `reason` is a sentence for people. */
  readonly onEnd: (reason: string) => void;
};

export type CoreProcess = {
  /** Gives the page a port to the core. @throws Error while the core is between two lives; the page asks again. */
  connect(contents: WebContents): void;
  isPrinting(): boolean;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
};

const PAUSE_MS_FIRST = 500;
const PAUSE_MS_MAX = 30_000;
const CRASHES_MAX = 5;
/** A life this long forgives the crashes before it. */
const STABLE_MS = 60_000;
/** How long the core may take to bring its work to disk. */
const STOP_WAIT_MS = 10_000;

export function startCore(options: CoreOptions): CoreProcess {
  let child: UtilityProcess | undefined;
  let printing = false;
  let crashes = 0;
  let stopping = false;
  let restart: NodeJS.Timeout | undefined;

  const setPrinting = (now: boolean) => {
    if (now === printing) return;
    printing = now;
    options.onPrinting(now);
  };
  const onExit = (startedMs: number, code: number) => {
    child = undefined;
    setPrinting(false);
    if (stopping) return;
    options.log('error', 'core.exited', { code });
    crashes = performance.now() - startedMs > STABLE_MS ? 1 : crashes + 1;
    if (crashes > CRASHES_MAX) {
      stopping = true;
      options.onEnd('The console’s core stopped several times in a row. Its log says why.');
      return;
    }
    restart = setTimeout(start, Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** (crashes - 1)));
  };
  const onMessage = (message: FromCore) => {
    if (message.type === 'ready') options.log('info', 'core.ready');
    else if (message.type === 'activity') setPrinting(message.activePrinters > 0);
    else {
      stopping = true;
      options.log('error', 'core.refused', { code: message.fault.code });
      child?.kill();
      options.onEnd(`${message.fault.message} ${message.fault.next}`);
    }
  };
  const start = () => {
    const startedMs = performance.now();
    const started = utilityProcess.fork(options.entry, [], { serviceName: 'DIPNET core', stdio: 'inherit' });
    started.on('exit', (code) => onExit(startedMs, code));
    started.on('message', onMessage);
    const { dataPath, demo, vaultSecret, watchdog } = options;
    const command = watchdog === undefined ? {} : { watchdog };
    send(started, { type: 'open', dataPath, demo, vaultSecret, ...command });
    child = started;
  };

  start();
  return {
    connect(contents) {
      if (child === undefined) throw new Error('the core is not running');
      const { port1, port2 } = new MessageChannelMain();
      child.postMessage({ type: 'connect' } satisfies ToCore, [port1]);
      contents.postMessage(PORT_CHANNEL, null, [port2]);
    },
    isPrinting: () => printing,
    stop() {
      stopping = true;
      clearTimeout(restart);
      const last = child;
      if (last === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const force = setTimeout(() => last.kill(), STOP_WAIT_MS);
        last.once('exit', () => {
          clearTimeout(force);
          resolve();
        });
        send(last, { type: 'close' });
      });
    },
  };
}

function send(child: UtilityProcess, message: ToCore): void {
  child.postMessage(message);
}
