// Starting over with a fresh demo world: on the command line, through the API, and killed at any instant.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unwrap } from '../node-core/base/index.ts';
import { openDataDir } from '../node-core/host/adapters/data-dir.ts';
import { endStartOver, finishStartOver, markStartOver } from '../node-core/host/adapters/demo-folder.ts';
import type { Console } from '../node-core/host/core.ts';
import { createConsole } from '../node-core/host/core.ts';
import { codeOf, orderedJobs, until } from './acts.ts';
import type { TestWorld } from './world.ts';
import { DIPNET, openTestWorld, WORKERS_URL } from './world.ts';

let world: TestWorld;
const folders: string[] = [];
const others: Console[] = [];
beforeEach(async () => {
  world = await openTestWorld(true);
});
afterEach(async () => {
  await Promise.all(others.splice(0).map((console) => console.close()));
  await world.remove();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const temporary = () => {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-over-'));
  folders.push(folder);
  return folder;
};

function reset(folder: string, ...options: readonly string[]) {
  const args = [DIPNET, 'demo-world', 'reset', '--data', folder, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', input: '' });
  return { status, said: `${stdout}${stderr}` };
}

async function opened(dataPath: string, demo: boolean): Promise<Console> {
  const options = { dataPath, workersUrl: WORKERS_URL, ...(demo ? { demo: {} } : {}) };
  const console = unwrap(await createConsole(options));
  others.push(console);
  return console;
}

/** What tells one world from another, and a whole one from a half one. */
async function nature({ api }: Console) {
  const { chainId, synced } = await api.system.status();
  const people = (await api.wallet.accounts()).map(({ address }) => address);
  const printers = (await api.machines.list()).filter(({ mine }) => mine).length;
  return { chainId, synced, people, printers };
}

describe('a demo world that is thrown away through the API', () => {
  it('is a fresh one at the next start, in the language and colours of the person', async () => {
    const { api } = world.console;
    await api.system.saveSettings({ locale: 'zh-Hans', theme: 'dark', welcomed: true });
    const before = await nature(world.console);
    expect((await api.system.about()).demoWorld).toBe(true);
    await api.system.startOver({ understood: true });
    const after = await world.reopen();
    const now = await nature(after);
    expect(now.chainId).not.toBe(before.chainId);
    expect(now.people.filter((address) => before.people.includes(address))).toEqual([]);
    expect(now.printers).toBe(1);
    expect(await after.api.system.settings()).toMatchObject({
      locale: 'zh-Hans',
      theme: 'dark',
      welcomed: false,
    });
    // Once is once: the start after that keeps the new world.
    expect((await nature(await world.reopen())).chainId).toBe(now.chainId);
  });

  it('is kept while a printer works, which is named', async () => {
    const { api } = world.console;
    const [model] = await api.models.list({});
    const [machine] = await api.machines.list();
    if (model === undefined || machine === undefined) throw new Error('the world is not furnished');
    const { jobs } = await orderedJobs(api, model.id, machine, 1);
    await until(async () =>
      (await api.machines.get({ id: machine.id })).state === 'idle' ? true : undefined,
    );
    await api.machines.confirmBedClear({ id: machine.id });
    await api.jobs.start({ id: jobs[0]?.id ?? '', expiresMs: Date.now() + 60_000 });
    const refused = await api.system.startOver({ understood: true }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      data: { code: 'world.printing', message: 'The printer "Workshop printer" is at work.' },
    });
    expect(existsSync(join(world.folder, 'start-over.json'))).toBe(false);
  });
});

describe('dipnet demo-world reset', () => {
  it('refuses a folder in use, asks before it acts, and leaves what is not the world’s', async () => {
    expect(reset(world.folder, '--yes')).toMatchObject({
      status: 1,
      said: expect.stringContaining('(data.locked)'),
    });
    const before = await nature(world.console);
    await world.console.close();
    writeFileSync(join(world.folder, 'notes.txt'), 'mine');
    expect(reset(world.folder)).toMatchObject({ status: 1, said: expect.stringContaining('--yes') });
    expect((await nature(await opened(world.folder, true))).chainId).toBe(before.chainId);
    await others.pop()?.close();
    expect(reset(world.folder, '--yes').status).toBe(0);
    expect(readdirSync(world.folder)).toEqual(expect.arrayContaining(['notes.txt']));
    expect(readdirSync(world.folder).filter((name) => /\.db|vault|blocks/.test(name))).toEqual([]);
    expect((await nature(await opened(world.folder, true))).chainId).not.toBe(before.chainId);
  });

  it('never touches a folder that is not a demo world', async () => {
    const real = temporary();
    const { api } = await opened(real, false);
    expect((await api.system.about()).demoWorld).toBe(false);
    expect(await codeOf(api.system.startOver({ understood: true }))).toBe('world.not-demo');
    await others.pop()?.close();
    // Not even where somebody once opened it as one.
    await opened(real, true);
    await others.pop()?.close();
    // A database that is only looked at leaves its index of unwritten pages behind.
    const filesIn = () =>
      readdirSync(real)
        .filter((name) => !/-(wal|shm)$/.test(name))
        .sort();
    const files = filesIn();
    expect(reset(real, '--yes')).toMatchObject({
      status: 1,
      said: expect.stringContaining('world.not-demo'),
    });
    const strange = temporary();
    writeFileSync(join(strange, 'console.db'), 'not a database');
    expect(reset(strange, '--yes')).toMatchObject({
      status: 1,
      said: expect.stringContaining('world.not-demo'),
    });
    expect(reset(join(strange, 'nowhere'), '--yes').status).toBe(1);
    expect(filesIn()).toEqual(files);
    expect(readdirSync(strange)).toContain('console.db');
  });
});

describe('a reset that is interrupted', () => {
  it('leaves the old world or the new one, after whichever removal it ends', async () => {
    const old = await nature(world.console);
    await world.console.close();
    for (let removals = 0; ; removals++) {
      const folder = join(temporary(), 'copy');
      cpSync(world.folder, folder, { recursive: true });
      const data = unwrap(openDataDir(folder));
      markStartOver(data, {});
      let left = removals;
      let died = false;
      try {
        finishStartOver(data, (path, options) => {
          if (left-- === 0) throw new Error('killed');
          rmSync(path, options);
        });
        endStartOver(data);
      } catch {
        died = true;
      }
      data.release();
      const console = await opened(folder, true);
      const now = await nature(console);
      expect([removals, now.chainId === old.chainId, now.people.length, now.printers]).toEqual([
        removals,
        false,
        3,
        1,
      ]);
      await others.pop()?.close();
      if (!died) break;
    }
  });

  it('leaves the old world or the new one when the process is killed', async () => {
    const old = await nature(world.console);
    await world.console.close();
    const seen = new Set<string>();
    for (let attempt = 0; attempt < 8; attempt++) {
      const folder = join(temporary(), 'copy');
      cpSync(world.folder, folder, { recursive: true });
      const child = spawn(process.execPath, [DIPNET, 'demo-world', 'reset', '--data', folder, '--yes']);
      const ended = new Promise((resolve) => child.on('close', resolve));
      // The first marks of its work are waited for, then a little longer each time.
      await until(() => (existsSync(join(folder, 'pid')) || child.exitCode !== null ? true : undefined));
      const endNs = process.hrtime.bigint() + BigInt(attempt) * 1_500_000n;
      while (process.hrtime.bigint() < endNs);
      child.kill('SIGKILL');
      await ended;
      const now = await nature(await opened(folder, true));
      if (now.chainId === old.chainId) expect(now).toEqual(old);
      else
        expect([now.people.length, now.printers, now.people.includes(old.people[0] ?? '')]).toEqual([
          3,
          1,
          false,
        ]);
      seen.add(now.chainId === old.chainId ? 'old' : 'new');
      await others.pop()?.close();
    }
    expect(seen.size).toBeGreaterThan(0);
  });
});
