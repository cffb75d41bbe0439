// Messages between people while their station and their connections are killed, by a seed: afterwards nothing may be
// missing, and what came twice must be what the receiver recognises.

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
  readonly lost: number;
  /** Delivered again and recognised by the receiver. */
  readonly recognised: number;
  /** Pairs of one sender's messages that came in the wrong order. */
  readonly disordered: number;
  readonly milliseconds: number;
};

export async function runStorm(options: StormOptions): Promise<StormOutcome> {
  const { program, home, seed, messages, stationKills, connectionKills, report } = options;
  const random = createSeededRandom(seed);
  const below = (limit: number) => new DataView(random.bytes(4).buffer).getUint32(0) % limit;
  const people = await makePeople(options.people, createDimpCrypto());
  let station: StationChild = await startStation(program, home, 0);
  const { port } = station;
  for (const person of people) person.connect(port);
  await Promise.all(people.map((person) => person.login()));
  const startMs = systemClock.monotonicMs();
  const sent = new Map<Person, { readonly by: number; readonly signature: string }[]>(
    people.map((person) => [person, []]),
  );
  const rounds = Math.max(stationKills, 1);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < Math.ceil(messages / rounds); turn++) {
      const by = below(people.length);
      const to = people[below(people.length)];
      const sender = people[by];
      if (sender === undefined || to === undefined || to === sender) continue;
      sent.get(to)?.push({ by, signature: sender.send(to.account.id) });
      if (turn % 16 === 0) await systemClock.sleep(0);
    }
    for (let kill = 0; kill < Math.ceil(connectionKills / rounds); kill++)
      people[below(people.length)]?.link?.reconnect();
    if (round >= stationKills) continue;
    await systemClock.sleep(below(60));
    await station.kill();
    station = await startStation(program, home, port);
    if (round % 20 === 19) report?.(`${round + 1} kills of the station`);
  }
  await untilQuiet(people, sent);
  const outcome = judge(sent, systemClock.monotonicMs() - startMs);
  await Promise.all(people.map((person) => person.leave()));
  await station.kill();
  return outcome;
}

type Sent = ReadonlyMap<Person, readonly { readonly by: number; readonly signature: string }[]>;

/** Until everything has arrived, or nothing has changed for long. */
async function untilQuiet(people: readonly Person[], sent: Sent): Promise<void> {
  let before = -1;
  for (let quiet = 0; quiet < 100; ) {
    const missing = [...sent].some(([person, list]) => {
      const heard = new Set(person.heard);
      return list.some(({ signature }) => !heard.has(signature));
    });
    if (!missing && people.every(({ unconfirmed }) => unconfirmed === 0)) return;
    const now = people.reduce((sum, { heard }) => sum + heard.length, 0);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await systemClock.sleep(100);
  }
}

function judge(sent: Sent, milliseconds: number): StormOutcome {
  let [lost, recognised, disordered] = [0, 0, 0];
  for (const [person, list] of sent) {
    const unique = [...new Set(person.heard)];
    recognised += person.heard.length - unique.length;
    const place = new Map(unique.map((signature, index) => [signature, index]));
    const last = new Map<number, number>();
    for (const { by, signature } of list) {
      const at = place.get(signature);
      if (at === undefined) lost += 1;
      else {
        if (at < (last.get(by) ?? -1)) disordered += 1;
        last.set(by, at);
      }
    }
  }
  return { lost, recognised, disordered, milliseconds };
}
