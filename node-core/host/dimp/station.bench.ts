// What a station carries: messages between a thousand clients, the cost of idle connections, a full mailbox fetched, and
// a storm of kills. The station is a process of its own; the clients share another. STORM=full makes the storm as long
// as its promise, STORM=100 a tenth of it; PART=idle, for one, runs that part alone.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap } from '../../base/index.ts';
import { createEccKey, signWith, verifyWith } from '../../dimp/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { systemClock } from '../adapters/system.ts';
import type { Person } from './testing/crowd.ts';
import { makePeople } from './testing/crowd.ts';
import type { StationChild } from './testing/station-child.ts';
import { bundleStation, startStation } from './testing/station-child.ts';
import { runStorm } from './testing/storm.ts';

const CLIENTS = 1000;
const RELAYED = 20_000;
const PACED_PER_SECOND = 1000;
const PACED = 5000;
const IDLE = 10_000;
const OFFLINE = 100_000;
const CHECKS = 2000;
/** As docs/station.md says to run one: messages die young, and a larger nursery is swept less often. */
const OPERATED = ['--max-semi-space-size=32'];
const NO_LIMITS = {
  limits: {
    messagesPerSecond: 100_000,
    messagesBurst: 1_000_000,
    newPerSecond: 100_000,
    newBurst: 1_000_000,
    connectionsPerAddressMax: 20_000,
  },
};

const folder = mkdtempSync(join(tmpdir(), 'dipnet-station-bench-'));
const program = await bundleStation();
const crypto = createDimpCrypto();
const line = (text: string) => process.stdout.write(`${text}\n`);

async function startFresh(name: string): Promise<StationChild> {
  const home = join(folder, name);
  const first = await startStation(program, home, 0);
  await first.kill();
  writeFileSync(join(home, 'settings.json'), JSON.stringify(NO_LIMITS));
  return startStation(program, home, 0, ['--expose-gc', ...OPERATED]);
}

/** Resident memory of the station, in bytes. */
function memoryOf({ process: { pid } }: StationChild): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

/** How long the station's process has computed, in seconds. */
function computedS({ process: { pid } }: StationChild): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

async function gather(count: number, station: StationChild): Promise<Person[]> {
  const people = await makePeople(count, crypto);
  for (let from = 0; from < count; from += 50) {
    const some = people.slice(from, from + 50);
    for (const person of some) person.connect(station.port);
    await Promise.all(some.map((person) => person.login()));
  }
  return people;
}

const total = (people: readonly Person[]) => people.reduce((sum, { heard }) => sum + heard.length, 0);
const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/**
 * What a station cannot do without: one check of a signature for each message. The measure of this machine, by processor
 * time like the station's, so that what else runs here weighs on neither.
 */
function checksPerSecond(): number {
  const key = createEccKey(crypto.random.bytes(32));
  const message = crypto.random.bytes(300);
  const signature = unwrap(signWith(key, message, crypto));
  const start = process.cpuUsage();
  for (let turn = 0; turn < CHECKS; turn++) verifyWith(key.publicKey, message, signature, crypto);
  const { user, system } = process.cpuUsage(start);
  return (CHECKS * 1_000_000) / (user + system);
}

async function relayed(): Promise<void> {
  const station = await startFresh('relay');
  const people = await gather(CLIENTS, station);
  const other = (index: number) => people[(index * 7 + 13) % people.length]?.account.id;
  const startS = computedS(station);
  const startMs = systemClock.monotonicMs();
  for (let index = 0; index < RELAYED; index++) {
    const to = other(index);
    if (to !== undefined) people[index % people.length]?.send(to);
    if (index % 200 === 199) await systemClock.sleep(0);
  }
  while (total(people) < RELAYED) await systemClock.sleep(2);
  const seconds = (systemClock.monotonicMs() - startMs) / 1000;
  const computed = computedS(station) - startS;
  line(`relayed between ${CLIENTS} clients    ${(RELAYED / seconds).toFixed(0)} messages/s`);
  line(
    `  of one core of the station     ${(RELAYED / computed).toFixed(0)} messages/s (${computed.toFixed(1)} s computed)`,
  );
  const checks = checksPerSecond();
  line(
    `  one message in the time of     ${((checks * computed) / RELAYED).toFixed(1)} checks of a signature (${checks.toFixed(0)}/s here)`,
  );
  const delays: number[] = [];
  for (const person of people)
    person.onHeard = (text) => {
      const sent = /"sentMs":([0-9.]+)/.exec(text)?.[1];
      if (sent !== undefined) delays.push(systemClock.monotonicMs() - Number(sent));
    };
  const pacedMs = systemClock.monotonicMs();
  for (let index = 0; index < PACED; index++) {
    while (index > ((systemClock.monotonicMs() - pacedMs) * PACED_PER_SECOND) / 1000)
      await systemClock.sleep(1);
    const to = other(index);
    if (to !== undefined) people[index % people.length]?.send(to, 300, systemClock.monotonicMs());
  }
  while (delays.length < PACED) await systemClock.sleep(2);
  line(
    `  at ${PACED_PER_SECOND}/s: p50 ${percentile(delays, 0.5).toFixed(1)} ms, p99 ${percentile(delays, 0.99).toFixed(1)} ms`,
  );
  line(`  memory of the station          ${mib(memoryOf(station))} MiB`);
  await Promise.all(people.map((person) => person.leave()));
  await station.kill();
}

async function idle(): Promise<void> {
  const station = await startFresh('idle');
  const warm = await gather(100, station);
  const before = memoryOf(station);
  const people = await gather(IDLE, station);
  const each = (memoryOf(station) - before) / IDLE / 1024;
  line(`an idle connection               ${each.toFixed(1)} KiB (${IDLE} of them)`);
  await Promise.all([...warm, ...people].map((person) => person.leave()));
  await station.kill();
}

async function offline(): Promise<void> {
  const station = await startFresh('offline');
  const [sender, receiver] = await makePeople(2, crypto);
  if (sender === undefined || receiver === undefined) return;
  sender.connect(station.port);
  receiver.connect(station.port);
  await Promise.all([sender.login(), receiver.login()]);
  await receiver.leave();
  for (let index = 0; index < OFFLINE; index++) {
    sender.send(receiver.account.id);
    if (sender.unconfirmed > 2000) while (sender.unconfirmed > 500) await systemClock.sleep(1);
  }
  while (sender.unconfirmed > 0) await systemClock.sleep(5);
  const startMs = systemClock.monotonicMs();
  receiver.connect(station.port);
  while (receiver.heard.length < OFFLINE) await systemClock.sleep(5);
  const seconds = (systemClock.monotonicMs() - startMs) / 1000;
  const unique = new Set(receiver.heard).size;
  line(`${OFFLINE} offline messages fetched in ${seconds.toFixed(1)} s, ${unique} of them different`);
  await Promise.all([sender.leave(), receiver.leave()]);
  await station.kill();
}

async function storm(): Promise<void> {
  const { STORM = '20' } = process.env;
  const stationKills = STORM === 'full' ? 1000 : Number(STORM);
  const options = { messages: stationKills * 100, stationKills, connectionKills: stationKills * 10 };
  const home = join(folder, 'storm');
  const started = await startStation(program, home, 0);
  await started.kill();
  writeFileSync(join(home, 'settings.json'), JSON.stringify(NO_LIMITS));
  const outcome = await runStorm({ program, home, seed: 'bench', people: 10, ...options, report: line });
  const { sent, lost, recognised, shownTwice, disordered, killsAtWork, milliseconds } = outcome;
  line(
    `${options.stationKills} kills of the station (${killsAtWork} while messages were under way), ${outcome.connectionsBroken} of connections, ${sent} messages in ${(milliseconds / 1000).toFixed(0)} s: ${lost} lost, ${disordered} out of order, ${recognised} repeated and recognised, ${shownTwice} shown twice`,
  );
  if (lost > 0 || disordered > 0 || shownTwice > 0) process.exitCode = 1;
}

try {
  const parts = { relayed, idle, offline, storm };
  for (const [name, measure] of Object.entries(parts))
    if ((process.env['PART'] ?? name) === name) await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(program, { force: true });
}
