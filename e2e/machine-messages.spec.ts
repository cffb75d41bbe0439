// A printer as a contact: of a person on another console, and of a program that somebody else wrote. It answers how it
// is, in words and as data, and does what its owner lets whoever asks; and nothing late, twice, for another print, for
// strangers, or for those whose right is gone.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobView } from '../node-core/api/index.ts';
import { bytesToHex, unwrap } from '../node-core/base/index.ts';
import { addressToText } from '../node-core/identity/index.ts';
import { jobHash } from '../node-core/jobs/index.ts';
import { parseRecord, TelemetryEntry } from '../node-core/records/index.ts';
import { addressOf, codeOf, quoted, until } from './acts.ts';
import { freshNonce, inSeconds, openScriptedPeer, type ScriptedPeer } from './testing/scripted-peer.ts';
import { openTwoWorlds, type TwoWorlds } from './testing/two-worlds.ts';

/** So many times as fast as life while it heats up, and while it is talked to. */
const FAST = 40;
const SLOW = 5;

let worlds: TwoWorlds;
let peer: ScriptedPeer;
let buyer = '';
beforeAll(async () => {
  worlds = await openTwoWorlds(FAST);
  peer = await openScriptedPeer({ host: '127.0.0.1', port: worlds.wire.port });
  buyer = await addressOf(people(), 'buyer');
});
afterAll(async () => {
  await peer?.close();
  await worlds?.close();
});

const people = () => worlds.first.console.api;
const owners = () => worlds.second.console.api;
const machine = () => worlds.machine.id;
const chat = () => `p:${machine()}`;

const let_ = (account: string, ...rights: ('status' | 'pause' | 'resume' | 'cancel' | 'picture')[]) =>
  owners().machines.saveTalk({ id: machine(), enabled: true, person: { account, rights } });
const jobNow = (id: string) => owners().jobs.get({ id });
const untilJob = (id: string, ...states: readonly string[]) =>
  until(async () => {
    const job = await jobNow(id);
    return states.includes(job.state) ? job : undefined;
  });
const hashOf = (job: JobView) => bytesToHex(jobHash(job.id));

async function orderedCopies(copies: number): Promise<readonly JobView[]> {
  const [model] = await people().models.list({});
  const quote = await quoted(people(), model?.id ?? '', worlds.machine, copies);
  const { orderId } = await people().orders.place({ actor: buyer, quoteId: quote.id });
  const owner = await addressOf(owners(), 'owner');
  await until(async () =>
    (await codeOf(owners().orders.act({ actor: owner, id: orderId, event: 'accept', args: {} }))) === 'done'
      ? true
      : undefined,
  );
  return until(async () => {
    const found = (await owners().jobs.list({})).filter((job) => job.orderId === orderId);
    return found.length === copies ? found : undefined;
  });
}

describe('a printer as a contact', () => {
  it('tells a person who may ask how it is, and answers a word in words', async () => {
    await let_(buyer, 'status', 'pause', 'resume', 'picture');
    await people().messages.addContact({ actor: buyer, id: machine(), name: '' });
    const view = await until(async () => {
      const seen = await people().messages.machine({ actor: buyer, chat: chat() });
      return seen.status === undefined ? undefined : seen;
    });
    expect(view).toMatchObject({ name: worlds.machine.name, stale: false, status: { state: 'idle' } });
    expect(view.may).toEqual(['status', 'pause', 'resume', 'picture']);
    expect(view.owner?.address).toBe(worlds.machine.owner.address);
    const card = (await people().messages.chats({ actor: buyer })).find(({ id }) => id === chat());
    expect(card).toMatchObject({ machine: true, title: worlds.machine.name });
    await people().messages.send({ actor: buyer, chat: chat(), text: 'Status?' });
    await until(async () => {
      const { messages } = await people().messages.get({ actor: buyer, chat: chat() });
      return messages.some(({ mine, text }) => !mine && text.startsWith(`${worlds.machine.name} is ready.`))
        ? true
        : undefined;
    });
    const { picture } = await people().messages.askMachine({ actor: buyer, chat: chat(), act: 'picture' });
    expect(picture?.image.size).toBeGreaterThan(500);
    const owner = await addressOf(owners(), 'owner');
    expect(await codeOf(owners().messages.machine({ actor: owner, chat: chat() }))).toBe('done');
    expect(await codeOf(people().messages.machine({ actor: machine(), chat: chat() }))).not.toBe('done');
  });

  it('refuses a stranger once, and says nothing more', async () => {
    const refused = await peer.ask(machine(), 'status');
    expect(refused).toMatchObject({ ok: false, code: 'talk.right', may: [], name: '' });
    expect(refused['status']).toBeUndefined();
    await peer.say(machine(), { text: 'status' }, 'text');
    await peer.say(machine(), {
      app: 'dipnet.machine',
      mod: 'ask',
      act: 'cancel',
      nonce: freshNonce(),
      expires: inSeconds(60),
    });
    // Its owner's own question is answered behind them: they were heard before.
    const owner = await addressOf(owners(), 'owner');
    await until(async () =>
      (await owners().messages.machine({ actor: owner, chat: chat() })).status === undefined
        ? undefined
        : true,
    );
    expect(peer.answers).toHaveLength(1);
    expect(peer.texts).toEqual([]);
    expect((await owners().machines.talk({ id: machine() })).log).toEqual([]);
  });

  it('does what it is let do, once, in time and for the print that is meant, and never begins one', async () => {
    await let_(peer.id, 'status', 'pause', 'resume', 'cancel');
    const [first, second] = await orderedCopies(2);
    if (first === undefined || second === undefined) throw new Error('two copies');
    await owners().machines.confirmBedClear({ id: machine() });
    await owners().jobs.start({ id: first.id, expiresMs: Date.now() + 10_000 });
    await until(async () => ((await jobNow(first.id)).progress?.layer ?? 0) > 1 || undefined);
    const live = worlds.second.console.services.machines.live(machine());
    await live.setTimeScale(SLOW);
    const status = await peer.ask(machine(), 'status');
    expect(status).toMatchObject({ ok: true, may: ['status', 'pause', 'resume', 'cancel'] });
    expect(status['status']).toMatchObject({ state: 'printing', job: { job: hashOf(first), copies: 2 } });
    expect(status['text']).toContain('layer');
    const job = hashOf(first);
    const nonce = freshNonce();
    const asked = [
      [{ expires: inSeconds(-5), job }, 'talk.late'],
      [{ expires: inSeconds(3600), job }, 'talk.far'],
      [{ job: hashOf(second) }, 'talk.job'],
      [{}, 'talk.job'],
    ] as const;
    for (const [more, code] of asked)
      expect(await peer.ask(machine(), 'pause', more)).toMatchObject({ code });
    expect(await peer.ask(machine(), 'start', { job })).toMatchObject({ ok: false, code: 'talk.act' });
    expect(await peer.ask(machine(), 'resume', { job })).toMatchObject({ code: 'talk.not-paused' });
    expect((await jobNow(first.id)).state).toBe('printing');

    expect(await peer.ask(machine(), 'pause', { job, nonce })).toMatchObject({ ok: true });
    await untilJob(first.id, 'paused');
    expect(await peer.ask(machine(), 'pause', { job, nonce })).toMatchObject({ code: 'talk.again' });
    // What a person may not do is refused in a sentence, and what they may is done.
    const refused = people().messages.askMachine({ actor: buyer, chat: chat(), act: 'cancel' });
    expect(await codeOf(refused)).toBe('talk.right');
    await until(async () => {
      const { status: seen } = await people().messages.machine({ actor: buyer, chat: chat() });
      return seen?.state === 'paused' ? true : undefined;
    });
    await people().messages.askMachine({ actor: buyer, chat: chat(), act: 'resume' });
    await untilJob(first.id, 'printing');

    // The very bytes of an earlier question, kept by somebody on the way, do nothing any more.
    const before = peer.answers.length;
    const kept = await peer.say(machine(), {
      app: 'dipnet.machine',
      mod: 'ask',
      act: 'pause',
      nonce: freshNonce(),
      expires: inSeconds(60),
      job,
    });
    await untilJob(first.id, 'paused');
    await until(() => peer.answers.length > before || undefined);
    const [one, other] = [freshNonce(), freshNonce()];
    const both = await Promise.all([
      peer.ask(machine(), 'resume', { job, nonce: one }),
      people()
        .messages.askMachine({ actor: buyer, chat: chat(), act: 'resume' })
        .then(
          () => ({ ok: true }),
          () => ({ ok: false }),
        ),
    ]);
    expect(both.some(({ ok }) => ok)).toBe(true);
    await untilJob(first.id, 'printing');
    peer.sayAgain(kept);
    expect(await peer.ask(machine(), 'status', { nonce: other })).toMatchObject({ ok: true });
    expect((await jobNow(first.id)).state).toBe('printing');

    // The right is gone: what it could do a moment ago is refused, and the print goes on.
    await let_(peer.id, 'status');
    expect(await peer.ask(machine(), 'cancel', { job })).toMatchObject({
      code: 'talk.right',
      may: ['status'],
    });
    expect((await jobNow(first.id)).state).toBe('printing');
    await let_(peer.id, 'resume', 'cancel');
    expect(await peer.ask(machine(), 'cancel', { job })).toMatchObject({ ok: true });
    await live.setTimeScale(FAST);
    await untilJob(first.id, 'cancelled');
    // Nothing goes on by itself, or by message: the bed is not confirmed.
    for (const next of [hashOf(first), hashOf(second)])
      expect(await peer.ask(machine(), 'resume', { job: next })).toMatchObject({ code: 'talk.job' });
    expect((await jobNow(second.id)).state).toBe('needs-bed-clear');

    const { store } = worlds.second.console.services;
    const commands = store.log(first.id, 1).entries.flatMap((bytes) => {
      const { event } = unwrap(parseRecord(TelemetryEntry, 'telemetry', bytes));
      return event.type === 'command' ? [`${event.act} ${addressToText(event.by)}`] : [];
    });
    expect(commands.slice(0, 3)).toEqual([`pause ${peer.id}`, `resume ${buyer}`, `pause ${peer.id}`]);
    expect(commands.at(-1)).toBe(`cancel ${peer.id}`);
    const { log } = await owners().machines.talk({ id: machine() });
    expect(log[0]).toMatchObject({ act: 'resume', refused: 'talk.job' });
    expect(log.some(({ act, refused }) => act === 'cancel' && refused === undefined)).toBe(true);
  });
});
