// The core's process in the desktop shell, over real message channels and a router with the real wire format.

import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { RouterClient } from '@orpc/server';
import { os } from '@orpc/server';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { FromCore } from './utility-messages.ts';
import type { OpenCore, ParentPort } from './utility-process.ts';
import { runUtility } from './utility-process.ts';

const router = {
  echo: os.input(z.object({ amount: z.bigint(), part: z.instanceof(Blob) })).handler(async ({ input }) => ({
    amount: input.amount + 1n,
    part: new Blob([await input.part.bytes(), 'END']),
  })),
  count: os.handler(async function* () {
    for (let count = 0; count < 3; count++) yield count;
  }),
};

const status = (activePrinters: number) => ({ type: 'status', status: { activePrinters } });

function start(open: Parameters<typeof runUtility>[0]['open']) {
  const parent = new EventEmitter();
  const sent: FromCore[] = [];
  const exits: number[] = [];
  runUtility({
    parent: {
      on: (event, listener) => parent.on(event, listener),
      postMessage: (message) => sent.push(message),
    } satisfies ParentPort,
    open,
    exit: (code) => exits.push(code),
  });
  const tell = (data: object, ports: readonly MessagePort[] = []) => parent.emit('message', { data, ports });
  const connect = () => {
    const { port1, port2 } = new MessageChannel();
    tell({ type: 'connect' }, [port1]);
    const client: RouterClient<typeof router> = createORPCClient(
      new RPCLink({ port: port2 as unknown as globalThis.MessagePort }),
    );
    return { client, port: port2 };
  };
  return { tell, connect, sent, exits };
}

const opening = { type: 'open', dataPath: '/data', demo: true, vaultSecret: new Uint8Array(32) };

it('closes and opens again when the core asks for it, and serves pages that ask meanwhile', async () => {
  const said: string[] = [];
  let restart: () => void = () => undefined;
  const { tell, connect, sent } = start((_message, again) => {
    restart = again;
    said.push('open');
    return Promise.resolve(ok(openCore(() => said.push('close'))));
  });
  tell(opening);
  const first = connect();
  const part = () => new Blob(['a']);
  expect((await first.client.echo({ amount: 1n, part: part() })).amount).toBe(2n);
  const ended = new Promise<void>((resolve) => first.port.once('close', () => resolve()));
  restart();
  const second = connect();
  await ended;
  expect((await second.client.echo({ amount: 2n, part: part() })).amount).toBe(3n);
  expect(said).toEqual(['open', 'close', 'open']);
  expect(sent.filter(({ type }) => type === 'ready')).toHaveLength(2);
  second.port.close();
});

function openCore(closed: () => void = () => undefined): OpenCore {
  return {
    router,
    api: {
      system: {
        events: () =>
          Promise.resolve(
            (async function* () {
              yield status(0);
              yield { type: 'changed', topic: 'orders' };
              yield status(2);
            })(),
          ),
      },
    } as unknown as OpenCore['api'],
    close: async () => closed(),
  };
}

it('serves the API on every port, also on those that came before the core was open', async () => {
  let finish: (core: Result<OpenCore>) => void = () => undefined;
  const { tell, connect } = start(() => new Promise((resolve) => (finish = resolve)));
  tell(opening);
  const early = connect();
  const answer = early.client.echo({ amount: 2n ** 64n, part: new Blob(['part']) });
  finish(ok(openCore()));
  const { amount, part } = await answer;
  expect([amount, await part.text()]).toEqual([2n ** 64n + 1n, 'partEND']);
  const late = connect();
  const counts: number[] = [];
  for await (const count of await late.client.count()) counts.push(count);
  expect(counts).toEqual([0, 1, 2]);
  early.port.close();
  late.port.close();
});

it('opens once, and tells the shell that it is ready and how many printers are at work', async () => {
  const open = vi.fn(async () => ok(openCore()));
  const { tell, sent } = start(open);
  tell(opening);
  tell(opening);
  await vi.waitFor(() => expect(sent).toHaveLength(3));
  expect(open).toHaveBeenCalledTimes(1);
  expect(sent.filter(({ type }) => type === 'activity')).toEqual([
    { type: 'activity', activePrinters: 0 },
    { type: 'activity', activePrinters: 2 },
  ]);
});

it('says why it cannot open, closes the ports that wait, and stays until it is told to end', async () => {
  const fault = { code: 'data.locked', message: 'In use.', next: 'Close it.' };
  const { tell, connect, sent, exits } = start(async () => refuse(fault));
  tell(opening);
  const { port } = connect();
  await new Promise((resolve) => port.once('close', () => resolve(undefined)));
  expect([sent, exits]).toEqual([[{ type: 'refused', fault }], []]);
  tell({ type: 'close' });
  await vi.waitFor(() => expect(exits).toEqual([0]));
});

it('closes the core before it ends', async () => {
  const order: string[] = [];
  const { tell, exits } = start(async () => ok(openCore(() => order.push('closed'))));
  tell(opening);
  tell({ type: 'close' });
  await vi.waitFor(() => expect(exits).toEqual([0]));
  expect(order).toEqual(['closed']);
});
