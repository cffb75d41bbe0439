// Calls between two consoles over real sockets, files and keys; the pages are played by the test, which sends the
// descriptions that browsers would.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MediaReport, SeatSignal } from '../../api/index.ts';
import { unwrap } from '../../base/index.ts';
import { offerWith } from '../../dimp/calls/testing/descriptions.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Messenger } from './messenger.ts';
import { openTestConsole, until } from './testing/console.ts';

const HOST = 'candidate:1 1 udp 2122260223 192.0.2.9 50000 typ host generation 0';
const RELAYED = 'candidate:3 1 udp 41885439 203.0.113.1 3478 typ relay raddr 0.0.0.0 rport 9';

/** Takes its place in a page: everything that it was told, and its name. */
function takeSeat(messenger: Messenger, digit: string) {
  const name = digit.repeat(32);
  const told: SeatSignal[] = [];
  const leaving = new AbortController();
  const stream = messenger.calls.seat(name, leaving.signal);
  void (async () => {
    for await (const signal of stream) told.push(signal);
  })();
  const last = (kind: SeatSignal['kind']) => told.findLast((signal) => signal.kind === kind);
  return { name, told, last, leave: () => leaving.abort() };
}

const folder = mkdtempSync(join(tmpdir(), 'dipnet-calls-'));
const open: { close(): Promise<void> }[] = [];
async function openNamed(name: string) {
  const console = await openTestConsole(mkdtempSync(join(folder, 'console-')), [name]);
  open.push(console);
  const [me = ''] = console.people;
  return { messenger: console.messenger, me, chat: console.chat };
}

let one: Messenger;
let two: Messenger;
let file: Sqlite;
let ada: string;
let bo: string;
beforeAll(async () => {
  ({ messenger: one, me: ada, chat: file } = await openNamed('Ada'));
  ({ messenger: two, me: bo } = await openNamed('Bo'));
  const { host, port } = (await one.view(ada)).station;
  await two.useStation({ host, port });
  for (const [messenger, me] of [
    [one, ada],
    [two, bo],
  ] as const)
    await until(async () => (await messenger.view(me)).station.state === 'connected');
  unwrap(await one.addContact(ada, bo, 'Bo'));
  unwrap(await two.addContact(bo, ada, 'Ada'));
  await until(async () => (await secrecyOf(one, ada, bo)) === 'forward');
}, 60_000);
afterAll(async () => {
  for (const console of open.reverse()) await console.close();
  rmSync(folder, { recursive: true });
});

const secrecyOf = async (messenger: Messenger, me: string, peer: string) =>
  unwrap(await messenger.safety.view(me, `p:${peer}`)).secrecy;
const phaseOf = (messenger: Messenger) => messenger.calls.view().calls[0]?.phase;
const entriesOf = async (messenger: Messenger, actor: string, peer: string) =>
  unwrap(await messenger.chat(actor, `p:${peer}`)).messages.flatMap(({ call }) => call ?? []);

it('carries a call from the first ring to the history, under forward secrecy', async () => {
  const [left, right] = [takeSeat(one, 'a'), takeSeat(two, 'b')];
  const { call } = unwrap(one.calls.start(ada, `p:${bo}`, true, left.name));
  const offer: MediaReport = { kind: 'offer', round: 1, sdp: offerWith('ada') };
  unwrap(one.calls.report(ada, call, left.name, offer));
  await until(() => phaseOf(two) === 'ringing');
  await until(() => one.calls.view().calls[0]?.rings === true);
  expect(two.calls.view().calls).toMatchObject([
    { actor: bo, peer: { id: ada, name: 'Ada' }, incoming: true, video: true },
  ]);
  expect([left.told, right.told]).toEqual([[], []]);
  expect(two.calls.accept(bo, 'f'.repeat(32), right.name)).toMatchObject({ fault: { code: 'call.over' } });
  unwrap(two.calls.accept(bo, call, right.name));
  await until(() => left.last('begin') !== undefined);
  expect(left.last('begin')).toMatchObject({
    call,
    role: 'caller',
    settings: { addresses: 'all', servers: [] },
  });
  expect(right.last('begin')).toMatchObject({ call, role: 'callee' });
  unwrap(one.calls.report(ada, call, left.name, offer));
  unwrap(
    one.calls.report(ada, call, left.name, {
      kind: 'candidates',
      round: 1,
      list: [{ candidate: HOST, mid: '0' }],
    }),
  );
  await until(() => right.last('candidates') !== undefined);
  const offered = right.last('offer');
  expect(offered).toMatchObject({ round: 1, sdp: expect.stringContaining('a=fingerprint:sha-256') });
  expect(JSON.stringify(offered)).not.toContain('192.0.2.9');
  expect(right.last('candidates')).toMatchObject({ round: 1, list: [{ candidate: HOST, mid: '0' }] });
  unwrap(two.calls.report(bo, call, right.name, { kind: 'answer', round: 1, sdp: offerWith('bo') }));
  await until(() => left.last('answer') !== undefined);
  for (const [messenger, me, seat] of [
    [one, ada, left],
    [two, bo, right],
  ] as const)
    unwrap(messenger.calls.report(me, call, seat.name, { kind: 'connected' }));
  expect(one.calls.view().calls[0]).toMatchObject({
    phase: 'talking',
    seat: left.name,
    sinceMs: expect.any(Number),
  });
  expect(one.calls.report(ada, call, right.name, { kind: 'failed' })).toMatchObject({
    fault: { code: 'call.over' },
  });
  expect(one.calls.report(ada, call, left.name, { kind: 'offer', round: 2, sdp: 'v=0' })).toMatchObject({
    fault: { code: 'call.media' },
  });
  expect(one.calls.start(ada, `p:${bo}`, false, left.name)).toMatchObject({ fault: { code: 'call.busy' } });
  two.calls.end(bo, call);
  await until(() => phaseOf(one) === undefined);
  expect([left.told.at(-1), right.told.at(-1)]).toEqual([
    { kind: 'over', call },
    { kind: 'over', call },
  ]);
  expect((await entriesOf(one, ada, bo)).at(-1)).toMatchObject({
    incoming: false,
    outcome: 'talked',
    video: true,
    lost: false,
  });
  expect((await entriesOf(two, bo, ada)).at(-1)).toMatchObject({ incoming: true, outcome: 'talked' });
  expect(one.calls.view().ended).toMatchObject([{ call, outcome: 'talked' }]);
  const sealed = file.prepare(
    'SELECT COUNT(*) AS count, COUNT(session) AS secret FROM deliveries WHERE message = 0',
  );
  const { count, secret } = sealed.get() as { count: number; secret: number };
  expect([count > 3, secret]).toEqual([true, count]);
  // A call that was talked in is news to nobody.
  expect((await two.view(bo)).unread).toBe(0);
});

it('ends what rings when the caller gives up, when it is declined', async () => {
  const left = takeSeat(one, 'a');
  const ring = async () => {
    const { call } = unwrap(one.calls.start(ada, `p:${bo}`, false, left.name));
    await until(() => phaseOf(two) === 'ringing');
    return call;
  };
  one.calls.end(ada, await ring());
  await until(() => phaseOf(two) === undefined);
  two.calls.end(bo, await ring());
  await until(() => phaseOf(one) === undefined);
  expect((await entriesOf(one, ada, bo)).slice(-2).map(({ outcome }) => outcome)).toEqual([
    'cancelled',
    'declined',
  ]);
  expect((await entriesOf(two, bo, ada)).slice(-2).map(({ outcome }) => outcome)).toEqual([
    'missed',
    'declined',
  ]);
  expect((await two.view(bo)).unread).toBe(1);
});

it('makes one call of two at the same moment, with the media of both pages', async () => {
  const [left, right] = [takeSeat(one, 'a'), takeSeat(two, 'b')];
  const mine = unwrap(one.calls.start(ada, `p:${bo}`, false, left.name)).call;
  const theirs = unwrap(two.calls.start(bo, `p:${ada}`, false, right.name)).call;
  await until(() => left.last('begin') !== undefined && right.last('begin') !== undefined);
  const [call = ''] = [mine, theirs].sort();
  expect([left.told, right.told]).toMatchObject([
    [{ kind: 'begin', call, role: call === mine ? 'caller' : 'callee' }],
    [{ kind: 'begin', call, role: call === mine ? 'callee' : 'caller' }],
  ]);
  one.calls.end(ada, call);
  await until(() => phaseOf(two) === undefined);
  const entries = [await entriesOf(one, ada, bo), await entriesOf(two, bo, ada)];
  expect(entries.map((list) => list.at(-1)?.outcome)).toEqual(['cancelled', 'cancelled']);
});

it('shows no address of its own where only relays may be used, and says what is missing', async () => {
  const [left, right] = [takeSeat(one, 'a'), takeSeat(two, 'b')];
  const start = () => one.calls.start(ada, `p:${bo}`, false, left.name);
  one.calls.saveSettings({
    addresses: 'relay',
    servers: [{ url: 'stun:192.0.2.1', username: '', credential: '' }],
  });
  expect(start()).toMatchObject({ fault: { code: 'call.relay' } });
  const server = { url: 'turn:192.0.2.1:3478', username: 'u', credential: 'secret-of-the-relay' };
  one.calls.saveSettings({ addresses: 'relay', servers: [server] });
  const { call } = unwrap(start());
  await until(() => phaseOf(two) === 'ringing');
  unwrap(two.calls.accept(bo, call, right.name));
  await until(() => left.last('begin') !== undefined);
  expect(left.last('begin')).toMatchObject({ settings: { addresses: 'relay', servers: [server] } });
  const list = [HOST, RELAYED].map((candidate) => ({ candidate, mid: '0' }));
  unwrap(one.calls.report(ada, call, left.name, { kind: 'candidates', round: 1, list }));
  await until(() => right.last('candidates') !== undefined);
  expect(right.last('candidates')).toMatchObject({ list: [{ candidate: RELAYED }] });
  one.calls.end(ada, call);
  const stored = file.prepare('SELECT body FROM call_settings').get() as { body: Uint8Array };
  expect(Buffer.from(stored.body).includes('secret-of')).toBe(false);
  one.calls.saveSettings({ addresses: 'all', servers: [] });
  await until(() => phaseOf(two) === undefined);
});

it('rings for nobody who was never met, nor for whom is blocked', async () => {
  const left = takeSeat(one, 'a');
  unwrap(one.calls.start(ada, `p:${bo}`, false, left.name));
  await until(() => phaseOf(two) === 'ringing');
  unwrap(await two.block(bo, `p:${ada}`, true));
  await until(() => phaseOf(one) === undefined);
  expect((await entriesOf(one, ada, bo)).at(-1)).toMatchObject({ outcome: 'declined' });
  expect(two.calls.start(bo, `p:${ada}`, false, takeSeat(two, 'b').name)).toMatchObject({
    fault: { code: 'chat.blocked' },
  });
  const { call } = unwrap(one.calls.start(ada, `p:${bo}`, false, left.name));
  unwrap(await one.send(ada, `p:${bo}`, 'do you hear me?'));
  const stateOf = async () => unwrap(await one.chat(ada, `p:${bo}`)).messages.at(-1)?.state;
  await until(async () => (await stateOf()) !== 'waiting');
  expect(two.calls.view().calls).toEqual([]);
  one.calls.end(ada, call);
  // Eve knows Bo's ID; Bo has never heard of her.
  const { messenger: three, me: eve } = await openNamed('Eve');
  const { host, port } = (await one.view(ada)).station;
  await three.useStation({ host, port });
  await until(async () => (await three.view(eve)).station.state === 'connected');
  unwrap(await three.addContact(eve, bo, 'Bo'));
  await until(async () => (await secrecyOf(three, eve, bo)) === 'forward');
  const far = takeSeat(three, 'c');
  unwrap(three.calls.start(eve, `p:${bo}`, false, far.name));
  await until(async () => (await two.chats(bo)).some(({ id, unread }) => id === `p:${eve}` && unread === 1));
  expect(two.calls.view().calls).toEqual([]);
  // Her page goes, and soon her console: nothing of the call is left to be done then.
  far.leave();
  expect(await entriesOf(two, bo, eve)).toMatchObject([{ incoming: true, outcome: 'missed' }]);
});

it('refuses what cannot be called, and says why', async () => {
  const left = takeSeat(one, 'a');
  const refused = (chat: string, seat = left.name) => one.calls.start(ada, chat, false, seat);
  expect(refused(`o:0x${'ab'.repeat(20)}`)).toMatchObject({ fault: { code: 'call.person' } });
  expect(refused(`p:0x${'ab'.repeat(20)}`)).toMatchObject({ fault: { code: 'chat.unknown' } });
  expect(refused(`p:${bo}`, 'c'.repeat(32))).toMatchObject({ fault: { code: 'call.page' } });
  const stranger = '0x3E9003153d9A39D3f57B126b0c38513D5e289c3E';
  unwrap(await one.addContact(ada, stranger, 'Stranger'));
  expect(refused(`p:${stranger}`)).toMatchObject({ fault: { code: 'call.unknown' } });
  await one.useStation({ host: '127.0.0.1', port: 1 });
  await until(async () => (await one.view(ada)).station.state !== 'connected');
  expect(refused(`p:${bo}`)).toMatchObject({ fault: { code: 'call.away' } });
});
