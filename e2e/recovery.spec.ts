// Killed at any moment, the console goes on where it was: nothing paid twice, nothing printed twice, nothing left lying
// about in the clear. Told to stop, it stops soon, with cold heaters.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bytes } from '../node-core/base/index.ts';
import { unwrap } from '../node-core/base/index.ts';
import { CopyState, copyKey, POOLS } from '../node-core/chain/index.ts';
import { createSeeded } from '../node-core/devices/virtual/index.ts';
import { verifyEvidence } from '../node-core/evidence/index.ts';
import type { Console } from '../node-core/host/core.ts';
import { createConsole } from '../node-core/host/core.ts';
import { sampleModel } from '../node-core/host/services/demo-world.ts';
import { parseAddress } from '../node-core/identity/index.ts';
import { parseRecord, TelemetryEntry } from '../node-core/records/index.ts';
import { DIPNET, WORKERS_URL } from './world.ts';

const SUPPLY_MICRO = 100_000_000_000n * 1_000_000n;
const STOP_MS_MAX = 5000;

const folders: string[] = [];
const children = new Set<number>();

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-recovery-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const pid of children) killGroup(pid);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly story: string;
  readonly summary: string;
};

type Run = {
  readonly ended: Promise<Ended>;
  /** Resolves once a line of the story matches, or false where it ended without one. */
  told(pattern: RegExp): Promise<boolean>;
  kill(): void;
  signal(name: NodeJS.Signals): void;
};

/** The demo as a process group of its own, with its temporary files in a folder that the test can look into. */
function play(folder: string, options: readonly string[]): Run {
  const temporaryFolder = join(folder, 'tmp');
  mkdirSync(temporaryFolder, { recursive: true });
  const child = spawn(
    process.execPath,
    [DIPNET, 'demo', '--keep', join(folder, 'world'), '--json', ...options],
    {
      detached: true,
      cwd: folder,
      env: { ...process.env, TMPDIR: temporaryFolder },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const pid = child.pid ?? 0;
  children.add(pid);
  let story = '';
  let summary = '';
  const waiting = new Set<() => void>();
  child.stderr.on('data', (chunk: Buffer) => {
    story += chunk.toString();
    for (const look of waiting) look();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    summary += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      children.delete(pid);
      resolve({ code, signal, story, summary });
      for (const look of waiting) look();
    });
  });
  return {
    ended,
    told: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (!pattern.test(story) && children.has(pid)) return;
          waiting.delete(look);
          resolve(pattern.test(story));
        };
        waiting.add(look);
        look();
      }),
    kill: () => killGroup(pid),
    signal: (name) => void process.kill(pid, name),
  };
}

/** Where a kill falls: after a line of the story, and up to so many milliseconds later. */
type Moment = { readonly name: string; readonly after: RegExp; readonly withinMs: number };

const MOMENTS: readonly Moment[] = [
  { name: 'while the world is made', after: /^/, withinMs: 900 },
  { name: 'while the file is checked', after: /upload {5}/, withinMs: 900 },
  { name: 'while the model is registered', after: /measured|published/, withinMs: 250 },
  { name: 'while it is sliced', after: / quote {6}/, withinMs: 1500 },
  { name: 'while the order is placed', after: /minimum|licence|network|ordered/, withinMs: 200 },
  { name: 'while the order is accepted', after: /ordered|accepted/, withinMs: 150 },
  { name: 'while the key is released', after: /accepted {3}/, withinMs: 150 },
  { name: 'while copy 1 begins', after: /copy 1 of 2 started/, withinMs: 150 },
  { name: 'while copy 1 prints', after: /copy 1 of 2 started/, withinMs: 1500 },
  { name: 'while copy 2 prints', after: /copy 2 of 2 started/, withinMs: 2000 },
  { name: 'while the last copy is reported', after: /copy 2 of 2 finished/, withinMs: 100 },
  { name: 'while it is shipped and settled', after: /shipped|delivered/, withinMs: 100 },
];

/** How often each copy was begun by runs that were killed, until one finished it. */
type Begun = Map<string, number>;

/** The chain lets a copy be begun three times, so a third attempt is left alone, however fast this machine is. */
const KILLED_ATTEMPTS_MAX = 2;

async function playAndKill(folder: string, moment: Moment, delayMs: number, begun: Begun): Promise<string> {
  const run = play(folder, ['--quantity', '2', '--speed', '2000']);
  const reached = await run.told(moment.after);
  if (reached) await new Promise((resolve) => setTimeout(resolve, delayMs));
  for (const [copy, attempts] of begun)
    if (attempts >= KILLED_ATTEMPTS_MAX) await run.told(new RegExp(`copy ${copy} of 2 finished`));
  run.kill();
  const { code, story } = await run.ended;
  // A run that was already over when the kill came has ended well; anything else was the kill.
  expect([null, 0], `${moment.name}: ${story}`).toContain(code);
  for (const [, copy = '', what] of story.matchAll(/copy (\d) of 2 (started|finished)/g)) {
    if (what === 'started') begun.set(copy, (begun.get(copy) ?? 0) + 1);
    else begun.delete(copy);
  }
  return code === 0 ? 'had ended' : `killed after ${reached ? delayMs : 0} ms`;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Files that hold something of the model or of the G-code in the clear. */
function filesInTheClear(folder: string): string[] {
  const triangle = Buffer.from(sampleModel().bytes.subarray(84, 134));
  return filesBelow(folder).filter((file) => {
    const content = readFileSync(file);
    return content.includes(triangle) || content.includes('G1 X') || content.includes(';LAYER');
  });
}

/** Every account there is: those of genesis, the people, the machines, every contract, and the chain's own pools. */
async function totalMicro({ services }: Console): Promise<bigint> {
  const { chain, world, identities, machines } = services;
  const own = [
    ...identities.people().map(({ address }) => address),
    ...machines.rows().map((row) => row.address),
  ];
  const addresses: Bytes[] = [
    ...Object.values(world.keys ?? {})
      .flat()
      .map((key) => key.address),
    ...own.map((text) => parseAddress(text) ?? new Uint8Array(20)),
    ...Object.values(POOLS),
    ...unwrap(await chain.list('machines')),
    ...unwrap(await chain.list('contracts')),
    ...unwrap(await chain.list('agreements')),
  ];
  const unique = new Map(addresses.map((address) => [Buffer.from(address).toString('hex'), address]));
  let sum = 0n;
  for (const address of unique.values()) sum += unwrap(await chain.account(address)).value.balances.DPN;
  return sum;
}

/** How often each copy's record says that it was finished. */
function finishedLogs({ services: { store } }: Console): number[] {
  return store.state.jobs.map((job) => {
    let finished = 0;
    for (let attempt = 1; attempt <= job.attempt; attempt++) {
      const last = store.lastEntry(job.id, attempt);
      const entry = last === undefined ? undefined : unwrap(parseRecord(TelemetryEntry, 'telemetry', last));
      if (entry?.event.type === 'end' && entry.event.outcome === 'finished') finished++;
    }
    return finished;
  });
}

async function expectWholeWorld(folder: string, orderId: string): Promise<void> {
  const opened = unwrap(
    await createConsole({ dataPath: join(folder, 'world'), demo: {}, workersUrl: WORKERS_URL }),
  );
  try {
    const { services, api } = opened;
    expect(await totalMicro(opened)).toBe(SUPPLY_MICRO);
    const order = unwrap(await services.orders.open(orderId));
    expect(order.licence?.state).toMatchObject({ quantity: 2, used: 2, reported: 2, finished: 2 });
    for (const copy of [1, 2]) {
      const key = copyKey(order.licence?.address ?? new Uint8Array(20), copy);
      const state = unwrap(await services.chain.read(CopyState, key))?.value;
      expect(state?.report?.outcome).toBe('finished');
      expect(state?.attempts).toBeLessThanOrEqual(3);
    }
    expect(finishedLogs(opened)).toEqual([1, 1]);
    const machines = await api.machines.list();
    expect(machines.map(({ mine }) => mine)).toEqual([true]);
    const designer = services.identities.people().find(({ role }) => role === 'designer');
    const drafts = await api.drafts.list({ actor: designer?.address ?? '' });
    expect(drafts.map(({ state }) => state)).toEqual(['published']);
  } finally {
    await opened.close();
  }
}

describe('a console that is killed again and again', () => {
  const seed = Number(process.env['DIPNET_RECOVERY_SEED'] ?? 20_261_121);

  it(`ends the story as if nothing had happened (seed ${seed})`, async () => {
    const folder = temporary();
    const random = createSeeded(seed);
    const kills: string[] = [];
    const begun: Begun = new Map();
    for (const moment of MOMENTS) {
      const delayMs = Math.floor(random() * moment.withinMs);
      kills.push(`${moment.name}: ${await playAndKill(folder, moment, delayMs, begun)}`);
    }
    const last = await play(folder, ['--quantity', '2', '--speed', '2000']).ended;
    expect(last.code, `${kills.join('\n')}\n${last.story}`).toBe(0);
    const summary = JSON.parse(last.summary) as { orderId: string; evidence: string };
    expect(summary).toMatchObject({ state: 'settled', verified: true });
    const evidence = new Uint8Array(readFileSync(summary.evidence));
    expect(verifyEvidence(evidence, { model: sampleModel().bytes })).toMatchObject({
      ok: true,
      orderId: summary.orderId,
    });
    expect(filesInTheClear(folder)).toEqual([]);
    expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('dipnet-slice'))).toEqual([]);
    expect(existsSync(join(folder, 'world', 'pid'))).toBe(false);
    await expectWholeWorld(folder, summary.orderId);
  });
});

describe('a console that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s in the middle of a print, and goes on later',
    async (name) => {
      const folder = temporary();
      const run = play(folder, ['--speed', '200']);
      expect(await run.told(/layer [1-9]/)).toBe(true);
      const askedMs = performance.now();
      run.signal(name);
      const { code, story } = await run.ended;
      expect(code).toBe(130);
      expect(performance.now() - askedMs).toBeLessThan(STOP_MS_MAX);
      expect(story).not.toMatch(/Error|at .*\.js:/);
      expect(existsSync(join(folder, 'world', 'pid'))).toBe(false);
      expect(statSync(join(folder, 'world', 'console.db')).size).toBeGreaterThan(0);
      const last = await play(folder, ['--speed', '5000']).ended;
      expect(last.code, last.story).toBe(0);
      expect(JSON.parse(last.summary)).toMatchObject({ state: 'settled', verified: true });
    },
  );
});
