// The core inside the desktop shell: opens it on the first message, then serves the API on every port that arrives.
// Ports that come before the core is open wait. Knows nothing of Electron but the shape of its parent port.

import type { ContractRouterClient } from '@orpc/contract';
import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import type { ConsoleContract } from '../api/index.ts';
import type { Result } from '../base/index.ts';
import type { FromCore, ToCore } from './utility-messages.ts';

/** One end of a message channel, as Node and Electron's utility process both have it. */
export type CorePort = {
  on(event: 'message', listener: (event: unknown) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
};

export type ParentPort = {
  on(event: 'message', listener: (event: { data: ToCore; ports: readonly CorePort[] }) => void): unknown;
  postMessage(message: FromCore): void;
};

export type OpenCore = {
  readonly router: AnyRouter;
  readonly api: { readonly system: Pick<ContractRouterClient<ConsoleContract>['system'], 'events'> };
  close(): Promise<void>;
};

export type UtilityOptions = {
  readonly parent: ParentPort;
  /** `restart` closes what was opened and opens it again. */
  open(message: Extract<ToCore, { type: 'open' }>, restart: () => void): Promise<Result<OpenCore>>;
  /** Ends the process. */
  exit(code: number): void;
};

export function runUtility({ parent, open, exit }: UtilityOptions): void {
  let core: Promise<Result<OpenCore>> | undefined;
  const served = new Set<CorePort>();
  const start = (message: Extract<ToCore, { type: 'open' }>) => {
    const restart = () => {
      const last = core;
      // Pages ask for a new port at once; it waits for the core that comes next.
      for (const port of served) port.close();
      served.clear();
      core = close(last).then(() => open(message, restart));
      void core.then((opened) => report(parent, opened));
    };
    core = open(message, restart);
    void core.then((opened) => report(parent, opened));
  };
  parent.on('message', ({ data, ports }) => {
    if (data.type === 'open') {
      if (core === undefined) start(data);
    } else if (data.type === 'connect') {
      const [port] = ports;
      if (port === undefined) return;
      served.add(port);
      port.on('close', () => served.delete(port));
      void core?.then((opened) => serve(opened, port));
    } else void close(core).then(() => exit(0));
  });
}

function serve(opened: Result<OpenCore>, port: CorePort): void {
  if (!opened.ok) {
    port.close();
    return;
  }
  new RPCHandler(opened.value.router).upgrade(port);
  port.start();
}

/** A core that cannot open waits to be ended: leaving by itself it could be gone before its message. */
function report(parent: ParentPort, opened: Result<OpenCore>): void {
  if (!opened.ok) {
    parent.postMessage({ type: 'refused', fault: opened.fault });
    return;
  }
  parent.postMessage({ type: 'ready' });
  // The stream ends with the core; without it the shell only knows less.
  followActivity(parent, opened.value.api).catch(() => undefined);
}

/** Tells the shell how many printers are at work, so that the computer stays awake and quitting asks first. */
async function followActivity(parent: ParentPort, api: OpenCore['api']): Promise<void> {
  for await (const event of await api.system.events()) {
    if (event.type !== 'status') continue;
    parent.postMessage({ type: 'activity', activePrinters: event.status.activePrinters });
  }
}

async function close(core: Promise<Result<OpenCore>> | undefined): Promise<void> {
  const opened = await core;
  if (opened?.ok === true) await opened.value.close();
}
