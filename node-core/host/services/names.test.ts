// Names on a console of its own: had, resolved with proof, and gone on with after the console was closed in between. The
// proof is checked the way a stranger would: with the light client's own functions and nothing of the console.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hexToBytes, unwrap } from '../../base/index.ts';
import { NameState, parseState } from '../../chain/index.ts';
import { headerHash, parseLightBlock } from '../../comet/index.ts';
import { SMT_SPEC, verifyMembership, verifyNonMembership } from '../../light/index.ts';
import type { Services } from '../composition/services.ts';
import type { Console } from '../core.ts';
import { createConsole } from '../core.ts';

let folder = '';
let console: Console;
let people: Record<'buyer' | 'owner' | 'designer', string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-names-'));
  console = await open();
  const found = console.services.identities.people();
  const of = (role: string) => found.find((person) => person.role === role)?.address ?? '';
  people = { buyer: of('buyer'), owner: of('owner'), designer: of('designer') };
}, 60_000);

afterAll(async () => {
  await console.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async () => unwrap(await createConsole({ dataPath: folder, demo: {} }));
const finished = async ({ tasks }: Services, taskId: string) => {
  const view = await tasks.finished(taskId);
  return view?.state === 'done' ? 'done' : view?.fault?.code;
};
const codeOf = async (promise: Promise<{ ok: boolean; fault?: { code: string } }>) => {
  const result = await promise;
  return result.ok ? 'ok' : result.fault?.code;
};

test('a name is had, resolves, goes both ways, and pays', async () => {
  const { names, wallet } = console.services;
  const taskId = unwrap(await names.register(people.buyer, 'Bea-Novak', 2));
  expect(await codeOf(names.register(people.buyer, 'bea-novak', 2))).toBe('name.pending');
  expect(await finished(console.services, taskId)).toBe('done');
  const view = unwrap(await names.view(people.buyer));
  expect(view).toMatchObject({ primary: 'bea-novak', pending: [] });
  expect(view.names).toMatchObject([
    { name: 'bea-novak', status: 'active', account: people.buyer, isPrimary: true },
  ]);
  expect(view.balanceMicro).toBe(1_000_000_000n - 20_000_000n);
  expect(unwrap(await names.accountOf(' @BEA-novak'))).toBe(people.buyer);
  expect(unwrap(await names.accountOf(people.owner))).toBe(people.owner);
  expect(unwrap(await names.contactOf('bea-novak'))).toEqual({ id: people.buyer, name: 'bea-novak' });
  const history = await wallet.history(people.buyer);
  expect(history.find(({ token, kind }) => token === 'DIMT' && kind === 'name')?.amountMicro).toBe(
    -20_000_000n,
  );
}, 60_000);

test('what is nobody’s, and what only looks like somebody’s, resolves to nobody and says so', async () => {
  const { names } = console.services;
  expect(await codeOf(names.accountOf('nobody-here'))).toBe('name.not-found');
  expect(await codeOf(names.accountOf('bea-n0vak'))).toBe('name.look-alike');
  expect(unwrap(await names.resolve('bea-n0vak'))).toMatchObject({
    status: 'free',
    lookAlike: { name: 'bea-novak', account: people.buyer },
  });
  expect(unwrap(await names.resolve('stati0n')).status).toBe('reserved');
  expect(unwrap(await names.resolve('нет')).status).toBe('form');
  expect(await codeOf(names.register(people.owner, 'bea-novak', 1))).toBe('chain.name.taken');
  expect(await codeOf(names.register(people.owner, 'beanovak', 1))).toBe('chain.name.look-alike');
  expect(await codeOf(names.register(people.designer, 'dan', 10))).toBe('name.unaffordable');
}, 60_000);

test('both answers, here and absent, can be checked by whoever trusts the header', async () => {
  const { names } = console.services;
  for (const name of ['bea-novak', 'nobody-here']) {
    const { view, proof } = unwrap(await names.proven(name));
    const block = unwrap(parseLightBlock(hexToBytes(proof.lightBlock)));
    expect(block.header.height).toBe(BigInt(proof.height) + 1n);
    expect(block.commit.blockId.hash).toEqual(headerHash(block.header));
    const [entry] = proof.entries;
    if (entry === undefined) throw new Error('an entry');
    const key = hexToBytes(entry.key);
    const { appHash } = block.header;
    if (entry.value === null) {
      expect(view.status).toBe('free');
      expect(verifyNonMembership(SMT_SPEC, appHash, hexToBytes(entry.proof), key)).toBe(true);
    } else {
      const value = hexToBytes(entry.value);
      expect(verifyMembership(SMT_SPEC, appHash, hexToBytes(entry.proof), key, value)).toBe(true);
      expect(unwrap(parseState(NameState, value)).name).toBe(name);
      const other = value.map((byte, place) => (place === 9 ? byte ^ 1 : byte));
      expect(verifyMembership(SMT_SPEC, appHash, hexToBytes(entry.proof), key, other)).toBe(false);
    }
  }
}, 60_000);

test('a console that was closed between commitment and reveal goes on where it was, and pays once', async () => {
  const taskId = unwrap(await console.services.names.register(people.owner, 'otto-berg', 1));
  await waitForPhase(console.services, taskId, 'committed');
  await console.close();
  console = await open();
  const [resumed] = console.services.tasks.list().filter(({ kind }) => kind === 'name');
  expect(resumed?.subject).toBe('otto-berg');
  expect(await finished(console.services, resumed?.id ?? '')).toBe('done');
  const view = unwrap(await console.services.names.view(people.owner));
  expect(view).toMatchObject({ primary: 'otto-berg', pending: [] });
  expect(view.balanceMicro).toBe(1_000_000_000n - 10_000_000n);
}, 60_000);

test('renewed by a friend, pointed elsewhere, its own again', async () => {
  const { names } = console.services;
  const before = unwrap(await names.resolve('otto-berg')).expiresS ?? 0;
  // Until it is settled, whoever committed earlier could still have it.
  expect(await codeOf(names.renew(people.buyer, 'otto-berg', 1))).toBe('chain.name.unsettled');
  expect(await codeOf(names.point(people.buyer, 'otto-berg', people.buyer))).toBe('chain.name.not-owner');
  unwrap(await names.point(people.owner, 'otto-berg', 'bea-novak'));
  expect(unwrap(await names.resolve('otto-berg'))).toMatchObject({
    account: people.buyer,
    owner: people.owner,
    isPrimary: false,
    expiresS: before,
  });
  expect(unwrap(await names.view(people.owner)).primary).toBe('');
}, 60_000);

async function waitForPhase({ bus, tasks }: Services, taskId: string, phase: string): Promise<void> {
  const isThere = () => tasks.list().some((task) => task.id === taskId && task.phase === phase);
  if (isThere()) return;
  await new Promise<void>((resolve) => {
    const unlisten = bus.listen(() => {
      if (!isThere()) return;
      unlisten();
      resolve();
    });
  });
}
