// What the Network page is told when nodes lie, when nobody can be reached, and when a person chooses where trust begins.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesToHex, unwrap } from '../../base/index.ts';
import { headerHash } from '../../comet/index.ts';
import { systemClock } from '../adapters/system.ts';
import { Network } from './network.ts';
import type { LyingWorld, Session } from './testing/lying-world.ts';
import { changingLater, createLyingWorld, setting } from './testing/lying-world.ts';

let lies: LyingWorld;
let session: Session;
let network: Network;
beforeAll(async () => {
  lies = await createLyingWorld();
  const forged = changingLater('commit', setting('signed_header.header.app_hash', 'AB'.repeat(32)));
  session = await lies.openSession(forged);
  network = new Network(session.engine, session.light, systemClock);
});
afterAll(() => lies.close());

test('before anything was verified there is nothing to show, and that is said', async () => {
  const { validators, light } = await network.view();
  expect(validators).toEqual([]);
  expect(light).toMatchObject({ height: 0, blockTimeS: null, headersVerified: 0, trustHeight: 1 });
});

test('who lied is named with the reason, and how the newest block was verified', async () => {
  const head = lies.chain.status().height;
  unwrap(await session.light.syncTo(head));
  const { light, validators, recentBlocks, engine } = await network.view();
  expect(engine).toBe('cometbft');
  expect(light.providers).toMatchObject([
    { id: 'liar', role: 'dropped', score: 0, fault: { code: 'light.header.hash' } },
    { role: 'asked', score: 100, height: Number(head) },
    { role: 'witness', score: 100 },
  ]);
  expect(light).toMatchObject({
    height: Number(head),
    last: { method: 'skipping', steps: 1, signatures: 1, validators: 1, signedPercent: 100, witnesses: 1 },
    skippingSteps: 1,
  });
  expect(light.problem).toBeUndefined();
  expect(validators).toMatchObject([{ powerPercent: 100, signed: true, keyType: 'secp256k1' }]);
  // Its own node serves whole blocks; which of them are verified is seen.
  expect(recentBlocks[0]).toMatchObject({ height: Number(head), verified: true, signedPercent: 100 });
});

test('a checkpoint takes effect, and a wrong one changes nothing', async () => {
  const third = unwrap(await lies.chain.lightBlock(3n));
  const hash = bytesToHex(headerHash(third.header));
  const wrong = await network.trust(3n, '00'.repeat(32));
  expect(wrong.ok ? '' : wrong.fault.code).toBe('light.root.mismatch');
  expect((await network.view()).light.trustHeight).toBe(1);
  unwrap(await network.trust(3n, hash));
  expect((await network.view()).light).toMatchObject({ trustHeight: 3, trustHash: hash, height: 3 });
});

test('out of reach, what was verified stays, with the reason', async () => {
  await lies.closeHonest();
  await lies.endSessions();
  expect((await session.light.syncTo('latest')).ok).toBe(false);
  const { light, validators } = await network.view();
  expect(light).toMatchObject({ height: 3, problem: { code: 'light.provider.silent' } });
  expect(validators.length).toBe(1);
  expect(light.blockTimeS).not.toBeNull();
});
