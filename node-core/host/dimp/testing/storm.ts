// Messages between people while their station and their connections are killed, by a seed: afterwards nothing may be
// missing, and what came twice must be what the receiver recognises.

import { unwrap } from '../../../base/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import { createReplayWindow, parseMessage } from '../../../dimp/index.ts';
import { createDimpCrypto } from '../../adapters/dimp-crypto.ts';
import { createSeededRandom, systemClock } from '../../adapters/system.ts';
import type { Person } from './crowd.ts';
import { makePeople } from './crowd.ts';
import type { StationChild } from './station-child.ts';
import { startStation } from './station-child.ts';

export type StormOptions = {
  readonly program: string;
  readonly home: string;
  readonly seed: string;
  readonly people: number;
  readonly messages: number;
  readonly stationKills: number;
  readonly connectionKills: number;
  /** Called now and then with what was done. */
  readonly report?: (text: string) => void;
};

export type StormOutcome = {
  readonly sent: number;
  readonly lost: number;
  /** Delivered again, and refused by the receiver's memory of what it has. */
  readonly recognised: number;
  /** Delivered again, and taken for new. */
  readonly shownTwice: number;
  /** Pairs of one sender's messages that came in the wrong order. */
  readonly disordered: number;
  /** Connections that were logged in when they were broken. */
  readonly connectionsBroken: number;
  /** Kills of the station while it had not confirmed everything. */
  readonly killsAtWork: number;
  readonly milliseconds: number;
};

/** What one person was sent, and what of it a console would have shown. */
type Mailbox = { readonly sent: Sent[]; readonly shown: string[] };
type Sent = { readonly by: number; readonly signature: string };

/** How long a kill waits for work, at most: the station may be faster. */
const AT_WORK_MS = 60;

export async function runStorm(options: StormOptions): Promise<StormOutcome> {
  const { program, home, seed, messages, stationKills, connectionKills, report } = options;
  const random = createSeededRandom(seed);
  const below = (limit: number) => new DataView(random.bytes(4).buffer).getUint32(0) % limit;
  const people = await makePeople(options.people, createDimpCrypto());
  const mailboxes = new Map(people.map((person) => [person, openMailbox(person)]));
  let station: StationChild = await startStation(program, home, 0);
  const { port } = station;
  for (const person of people) person.connect(port);
  await Promise.all(people.map((person) => person.login()));
  const startMs = systemClock.monotonicMs();
  const rounds = Math.max(stationKills, 1);
  const events = messages + connectionKills;
  let [connectionsBroken, killsAtWork] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    // Messages and broken connections are spread over each other, and over the rounds.
    const last = Math.floor((events * (round + 1)) / rounds);
    for (let event = Math.floor((events * round) / rounds); event < last; event++) {
      if (share(event + 1, connectionKills, events) > share(event, connectionKills, events)) {
        await breakOne(people, below(people.length));
        connectionsBroken += 1;
        continue;
      }
      const by = below(people.length);
      const to = people[(by + 1 + below(people.length - 1)) % people.length];
      const signature = to === undefined ? undefined : people[by]?.send(to.account.id);
      if (to !== undefined && signature !== undefined) mailboxes.get(to)?.sent.push({ by, signature });
      if (event % 16 === 0) await systemClock.sleep(0);
    }
    if (round >= stationKills) continue;
    await systemClock.sleep(below(AT_WORK_MS));
    if (people.some(({ unconfirmed }) => unconfirmed > 0)) killsAtWork += 1;
    await station.kill();
    station = await startStation(program, home, port);
    if (round % 20 === 19) report?.(`${round + 1} kills of the station, ${connectionsBroken} of connections`);
  }
  await untilQuiet(people, mailboxes);
  const milliseconds = systemClock.monotonicMs() - startMs;
  await Promise.all(people.map((person) => person.leave()));
  await station.kill();
  return { ...judge(mailboxes), connectionsBroken, killsAtWork, milliseconds };
}

/** How many of `some` things that are spread over `all` come before `index`. */
const share = (index: number, some: number, all: number) => Math.floor((index * some) / all);

/** Breaks a connection that is logged in: from that place on, the first one there is. */
async function breakOne(people: readonly Person[], from: number): Promise<void> {
  for (;;) {
    const turned = [...people.slice(from), ...people.slice(0, from)];
    const found = turned.find(({ link }) => link?.client() !== undefined);
    found?.link?.reconnect();
    // The socket is gone when its turn of the loop is over.
    await systemClock.sleep(found === undefined ? 2 : 0);
    if (found !== undefined) return;
  }
}

/** Remembers as a console does what came already; a message that it knows is shown no second time. */
function openMailbox(person: Person): Mailbox {
  const mailbox: Mailbox = { sent: [], shown: [] };
  const memory = createMemoryKv();
  const replays = createReplayWindow(memory, Number.MAX_SAFE_INTEGER);
  person.onHeard = (text) => {
    const message = unwrap(parseMessage(text));
    const timeS = Number(message.json['time']);
    const judged = replays.judge({ message, timeS, isTimeSigned: false }, timeS);
    if (!judged.ok) return;
    memory.apply(judged.value);
    mailbox.shown.push(String(message.json['signature']));
  };
  return mailbox;
}

/** Until everything has arrived, or nothing has changed for long. */
async function untilQuiet(people: readonly Person[], mailboxes: ReadonlyMap<Person, Mailbox>): Promise<void> {
  let before = -1;
  for (let quiet = 0; quiet < 100; ) {
    const missing = [...mailboxes.values()].some(({ sent, shown }) => {
      const here = new Set(shown);
      return sent.some(({ signature }) => !here.has(signature));
    });
    if (!missing && people.every(({ unconfirmed }) => unconfirmed === 0)) return;
    const now = people.reduce((sum, { heard }) => sum + heard.length, 0);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await systemClock.sleep(100);
  }
}

function judge(mailboxes: ReadonlyMap<Person, Mailbox>) {
  const counts = { sent: 0, lost: 0, recognised: 0, shownTwice: 0, disordered: 0 };
  for (const [person, { sent, shown }] of mailboxes) {
    counts.sent += sent.length;
    counts.recognised += person.heard.length - shown.length;
    const place = new Map(shown.map((signature, index) => [signature, index]));
    counts.shownTwice += shown.length - place.size;
    const last = new Map<number, number>();
    for (const { by, signature } of sent) {
      const at = place.get(signature);
      if (at === undefined) counts.lost += 1;
      else {
        if (at < (last.get(by) ?? -1)) counts.disordered += 1;
        last.set(by, at);
      }
    }
  }
  return counts;
}
