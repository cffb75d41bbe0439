// The council, told as stories: who reviews, who decides, who is paid, and what a confirmed bug costs whom.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, unwrap } from '../../../base/index.ts';
import { encodeParadigm, paradigmAddress, paradigmId } from '../../../paradigm/index.ts';
import type { Message } from '../../messages.ts';
import { DEFAULT_REVIEW, DEFAULT_STAKING } from '../../records.ts';
import { auditStakes } from '../../testing/stake-audit.ts';
import { addressOf, codeOf, createStakeWorld, DPN, type StakeWorld } from '../../testing/stake-world.ts';
import { POOLS } from '../index.ts';
import { bugAddress, reviewerOf, reviewOf } from './index.ts';

const source = JSON.parse(
  readFileSync(new URL('../../../../assets/paradigms/inspection.json', import.meta.url), 'utf8'),
);
const documentOf = (changes: object = {}) => unwrap(encodeParadigm({ ...source, ...changes }));
const document = documentOf();
const id = paradigmId(document);
const review = paradigmAddress(id);

/** `idle` never votes unless a story says so: rounds last their time. */
const REVIEWERS = ['r1', 'r2', 'r3'] as const;
const STAKED = [...REVIEWERS, 'idle'] as const;
const PEOPLE = [...STAKED, 'ann', 'bob', 'council', 'treasury'];
const { voteS, appealS, leaveS, feeMicro, appealMicro, bondMicro, bountyMicro, stakeMicro } = DEFAULT_REVIEW;

const join = (amountMicro = stakeMicro): Message => ({ type: 'council.join', amountMicro });
const submit = (given = document): Message => ({ type: 'paradigm.submit', document: given });
const vote = (approve: boolean, of = review, reason = 'read and played'): Message => ({
  type: 'council.vote',
  review: of,
  approve,
  reason,
});
const APPEAL: Message = { type: 'paradigm.appeal', review };
const REPORT: Message = {
  type: 'paradigm.report',
  paradigm: id,
  text: 'The remainder goes to the wrong party.',
};
const WITHDRAW: Message = { type: 'paradigm.withdraw', paradigm: id };

function begin(reviewers: readonly string[] = STAKED): StakeWorld {
  const world = createStakeWorld({ validators: { va: 100n }, people: PEOPLE, fundsDpn: 200_000n });
  for (const name of reviewers) expect(codeOf(world.run(name, join()))).toBe('done');
  return world;
}

const state = (world: StakeWorld) => world.app.read();
const dpn = (world: StakeWorld, name: string) => state(world).account(addressOf(name)).balances.DPN;
const send = (world: StakeWorld, name: string, message: Message) => codeOf(world.run(name, message));
const passS = (world: StakeWorld, seconds: number) => world.block({ afterS: BigInt(seconds) });
const pool = (world: StakeWorld, name: keyof typeof POOLS) => state(world).account(POOLS[name]).balances.DPN;

/** All that was ever issued is still somewhere, and what the pools hold is what is owed. */
function audit(world: StakeWorld): void {
  auditStakes(state(world), ['va', ...PEOPLE].map(addressOf));
  const stakes = PEOPLE.map((name) => reviewerOf(state(world), addressOf(name))?.stakeMicro ?? 0n);
  expect(pool(world, 'council')).toBe(stakes.reduce((sum, stake) => sum + stake, 0n));
  const fees = state(world)
    .listOf('reviews')
    .map((address) => reviewOf(state(world), address)?.feeMicro ?? 0n);
  expect(pool(world, 'reviews')).toBe(fees.reduce((sum, fee) => sum + fee, 0n));
}

describe('a document', () => {
  test('that two thirds approve is published when the voting ends, and pays whoever voted', () => {
    const world = begin();
    const before = dpn(world, 'r1');
    expect(send(world, 'ann', submit())).toBe('done');
    expect(send(world, 'r1', vote(true))).toBe('done');
    expect(send(world, 'r2', vote(true))).toBe('done');
    expect(send(world, 'r3', vote(false))).toBe('done');
    expect(state(world).paradigm(id)).toBe(undefined);
    const { blockEvents } = passS(world, voteS);
    expect(blockEvents.map(({ type }) => type)).toContain('paradigm.published');
    expect(state(world).paradigm(id)?.author).toEqual(addressOf('ann'));
    const shareMicro = (feeMicro - feeMicro / 10n) / 3n;
    expect(dpn(world, 'r1')).toBe(before - 1_000n + shareMicro);
    expect(pool(world, 'bounty')).toBe(feeMicro - 3n * shareMicro);
    audit(world);
  });

  test('that is rejected tells why, may be appealed once, in time, by whoever submitted it', () => {
    const world = begin();
    send(world, 'ann', submit());
    for (const name of REVIEWERS) send(world, name, vote(false, review, 'the inspector can be bribed'));
    expect(send(world, 'ann', APPEAL)).toBe('chain.review.no-appeal');
    passS(world, voteS);
    expect(reviewOf(state(world), review)?.status).toBe('rejected');
    expect(send(world, 'bob', APPEAL)).toBe('chain.review.no-appeal');
    const before = dpn(world, 'ann');
    expect(send(world, 'ann', APPEAL)).toBe('done');
    expect(dpn(world, 'ann')).toBe(before - appealMicro - 1_000n);
    for (const name of REVIEWERS) expect(send(world, name, vote(true))).toBe('done');
    passS(world, voteS);
    expect(state(world).paradigm(id)?.author).toEqual(addressOf('ann'));
    expect(send(world, 'ann', APPEAL)).toBe('chain.review.no-appeal');
    audit(world);
  });

  test('cannot be appealed late, but submitted again', () => {
    const world = begin();
    send(world, 'ann', submit());
    for (const name of REVIEWERS) send(world, name, vote(false));
    passS(world, voteS);
    passS(world, appealS);
    expect(send(world, 'ann', APPEAL)).toBe('chain.review.no-appeal');
    expect(send(world, 'ann', submit())).toBe('done');
    expect(send(world, 'r1', vote(true))).toBe('done');
    audit(world);
  });

  test('on which too few vote lapses, and the fee goes back', () => {
    const world = begin();
    world.run('r1', join(2n * stakeMicro));
    passS(world, 10);
    const before = dpn(world, 'ann');
    send(world, 'ann', submit());
    passS(world, voteS);
    expect(reviewOf(state(world), review)?.status).toBe('lapsed');
    expect(dpn(world, 'ann')).toBe(before - 1_000n);
    expect(state(world).paradigm(id)).toBe(undefined);
    send(world, 'ann', submit());
    // A quarter of all stake is no quorum, however much it agrees with itself.
    expect(send(world, 'r2', vote(true))).toBe('done');
    passS(world, voteS);
    expect(reviewOf(state(world), review)?.status).toBe('lapsed');
    expect(dpn(world, 'ann')).toBe(before - 2_000n);
    audit(world);
  });

  test('needs reviewers, a fee, a name that is free and a version that rises', () => {
    const empty = begin([]);
    expect(send(empty, 'ann', submit())).toBe('chain.council.empty');
    const world = begin();
    expect(send(world, 'ann', submit(new Uint8Array([1, 2])))).toMatch(/^paradigm\.document/);
    expect(send(world, 'ann', submit())).toBe('done');
    expect(send(world, 'bob', submit())).toBe('chain.review.open');
    for (const name of REVIEWERS) send(world, name, vote(true));
    passS(world, voteS);
    expect(send(world, 'ann', submit())).toBe('chain.paradigm.exists');
    const lookalike = documentOf({ version: 2 });
    expect(send(world, 'bob', submit(lookalike))).toBe('chain.paradigm.name-taken');
    const same = documentOf({ summary: { en: 'Another text', 'zh-Hans': '另一段文字' } });
    expect(send(world, 'ann', submit(same))).toBe('chain.paradigm.version');
    expect(send(world, 'ann', submit(lookalike))).toBe('done');
  });
});

describe('a vote', () => {
  test('of the last who can ends the round, since votes stand', () => {
    const world = begin();
    send(world, 'ann', submit());
    for (const name of REVIEWERS) send(world, name, vote(true));
    expect(reviewOf(state(world), review)?.status).toBe('open');
    const { events } = world.run('idle', vote(false));
    expect(events.map(({ type }) => type)).toContain('paradigm.published');
    expect(state(world).paradigm(id)?.author).toEqual(addressOf('ann'));
    passS(world, voteS);
    audit(world);
  });

  test('is one for each reviewer, never in one’s own matter, and never bought in while it runs', () => {
    const world = begin(['r1', 'r2']);
    send(world, 'r2', submit());
    expect(send(world, 'ann', vote(true))).toBe('chain.council.no-reviewer');
    expect(send(world, 'r2', vote(true))).toBe('chain.review.own');
    expect(send(world, 'r3', join())).toBe('done');
    expect(send(world, 'r3', vote(true))).toBe('chain.council.no-reviewer');
    expect(send(world, 'r1', vote(true))).toBe('done');
    expect(send(world, 'r1', vote(false))).toBe('chain.review.voted');
    passS(world, voteS);
    expect(send(world, 'r1', vote(true))).toBe('chain.review.ended');
    expect(send(world, 'r1', vote(true, addressOf('nobody')))).toBe('chain.review.unknown');
    audit(world);
  });

  test('weighs what is at stake, and more stake after the beginning weighs nothing', () => {
    const world = begin();
    send(world, 'r3', join(2n * stakeMicro));
    passS(world, 10);
    send(world, 'ann', submit());
    send(world, 'r2', join(stakeMicro));
    expect(send(world, 'r2', vote(true))).toBe('chain.council.no-reviewer');
    expect(send(world, 'r1', vote(true))).toBe('done');
    expect(send(world, 'r3', vote(false))).toBe('done');
    passS(world, voteS);
    expect(reviewOf(state(world), review)).toMatchObject({
      status: 'rejected',
      yesMicro: stakeMicro,
      noMicro: 3n * stakeMicro,
    });
  });
});

describe('a reviewer', () => {
  test('puts up enough, and gets it back when nothing can be held against it any more', () => {
    const world = begin();
    expect(send(world, 'ann', join(stakeMicro - 1n))).toBe('chain.council.stake-low');
    const before = dpn(world, 'r1');
    expect(send(world, 'r1', { type: 'council.leave' })).toBe('done');
    expect(send(world, 'r1', { type: 'council.leave' })).toBe('chain.council.no-reviewer');
    expect(send(world, 'r1', join())).toBe('chain.council.leaving');
    passS(world, leaveS - 60);
    expect(dpn(world, 'r1')).toBeLessThan(before);
    audit(world);
    passS(world, 60);
    // The fees of this leaving and of the two that were refused.
    expect(dpn(world, 'r1')).toBe(before + stakeMicro - 3_000n);
    expect(send(world, 'r1', join())).toBe('done');
    audit(world);
  });
});

describe('a published paradigm', () => {
  const published = (): StakeWorld => {
    const world = begin();
    send(world, 'ann', submit());
    for (const name of ['r1', 'r2']) send(world, name, vote(true));
    send(world, 'r3', vote(false));
    passS(world, voteS);
    return world;
  };

  test('is withdrawn by its author alone, once', () => {
    const world = published();
    expect(send(world, 'bob', WITHDRAW)).toBe('chain.paradigm.not-author');
    expect(send(world, 'ann', WITHDRAW)).toBe('done');
    expect(state(world).paradigm(id)?.closed).toMatchObject({ reason: 'withdrawn' });
    expect(send(world, 'ann', WITHDRAW)).toBe('chain.paradigm.closed');
  });

  test('with a confirmed bug is suspended; the reporter is rewarded, and who approved it pays', () => {
    const world = published();
    const { seq } = state(world).account(addressOf('bob'));
    const before = dpn(world, 'bob');
    expect(send(world, 'bob', REPORT)).toBe('done');
    const bug = bugAddress(id, addressOf('bob'), seq);
    for (const name of REVIEWERS) expect(send(world, name, vote(true, bug))).toBe('done');
    const [r1, r3] = [dpn(world, 'r1'), dpn(world, 'r3')];
    passS(world, voteS);
    expect(state(world).paradigm(id)?.closed).toMatchObject({ reason: 'suspended' });
    const staked = (name: string) => reviewerOf(state(world), addressOf(name))?.stakeMicro;
    const slashed = stakeMicro - stakeMicro / 20n;
    expect([staked('r1'), staked('r2'), staked('r3')]).toEqual([slashed, slashed, stakeMicro]);
    expect(dpn(world, 'bob')).toBe(before - bondMicro - 1_000n + bountyMicro);
    expect(dpn(world, 'r1') - r1).toBe(dpn(world, 'r3') - r3);
    expect(send(world, 'bob', REPORT)).toBe('chain.paradigm.closed');
    audit(world);
  });

  test('stays as it is where the report is wrong, and the bond has paid for the reading', () => {
    const world = published();
    const { seq } = state(world).account(addressOf('bob'));
    send(world, 'bob', REPORT);
    const bug = bugAddress(id, addressOf('bob'), seq);
    for (const name of REVIEWERS) send(world, name, vote(false, bug));
    const before = dpn(world, 'bob');
    passS(world, voteS);
    expect(state(world).paradigm(id)?.closed).toBe(undefined);
    expect(dpn(world, 'bob')).toBe(before);
    expect(send(world, 'bob', { type: 'paradigm.appeal', review: bug })).toBe('chain.review.unknown');
    audit(world);
  });

  test('is suspended once by two reports that are both right, and pays once', () => {
    const world = published();
    const bugs = ['ann', 'bob'].map((name) => {
      const bug = bugAddress(id, addressOf(name), state(world).account(addressOf(name)).seq);
      expect(send(world, name, REPORT)).toBe('done');
      return bug;
    });
    for (const bug of bugs) for (const name of REVIEWERS) send(world, name, vote(true, bug));
    passS(world, voteS);
    const { blockEvents } = passS(world, 60);
    expect(blockEvents.filter(({ type }) => type === 'paradigm.bug')).toHaveLength(0);
    expect(reviewerOf(state(world), addressOf('r1'))?.stakeMicro).toBe(stakeMicro - stakeMicro / 20n);
    audit(world);
  });
});

describe('the terms', () => {
  test('are the council’s to change, as long as nobody can leave before their votes are final', () => {
    const world = begin();
    const update = (review: typeof DEFAULT_REVIEW): Message => ({
      type: 'params.update',
      minimumFeeMicro: 1_000n,
      authorBasisPoints: 100,
      networkBasisPoints: 100,
      staking: { ...DEFAULT_STAKING, epochBlocks: 5 },
      review,
    });
    expect(send(world, 'council', update({ ...DEFAULT_REVIEW, leaveS: 2 * voteS + appealS }))).toBe(
      'chain.params.rule',
    );
    expect(send(world, 'council', update({ ...DEFAULT_REVIEW, feeMicro: 5n * DPN }))).toBe('done');
    for (let epochs = 0; epochs < 3; epochs++) world.endEpoch();
    const before = dpn(world, 'ann');
    send(world, 'ann', submit());
    expect(dpn(world, 'ann')).toBe(before - 5n * DPN - 1_000n);
  });
});

describe('any history', () => {
  const act = fc.record({
    who: fc.constantFrom(...PEOPLE),
    what: fc.constantFrom(
      'join',
      'more',
      'leave',
      'submit',
      'yes',
      'no',
      'appeal',
      'withdraw',
      'report',
      'bug',
    ),
    pauseS: fc.constantFrom(1, 1, 60, voteS / 2, voteS, leaveS),
  });

  test('keeps every coin, and leaves no round open beyond its time', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(act, { minLength: 12, maxLength: 30 }), (acts) => {
        const world = begin();
        const bugs: Uint8Array[] = [];
        for (const { who, what, pauseS } of acts) {
          const open = bugs.at(-1) ?? review;
          const messages: Readonly<Record<typeof what, Message>> = {
            join: join(),
            more: join(DPN),
            leave: { type: 'council.leave' },
            submit: submit(),
            yes: vote(true),
            no: vote(false),
            appeal: APPEAL,
            withdraw: WITHDRAW,
            report: REPORT,
            bug: vote(true, open),
          };
          if (what === 'report')
            bugs.push(bugAddress(id, addressOf(who), state(world).account(addressOf(who)).seq));
          const { blockEvents, outcomes } = world.block({
            txs: [world.tx(who, messages[what])],
            afterS: BigInt(pauseS),
          });
          for (const { type } of [...blockEvents, ...(outcomes[0]?.events ?? [])]) seen.add(type);
          audit(world);
          for (const address of state(world).listOf('reviews')) {
            const known = reviewOf(state(world), address);
            expect(known?.status !== 'open' || known.endsS > world.nowS(), bytesToHex(address)).toBe(true);
          }
        }
      }),
      { numRuns: 10, seed: 20_261_121 },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(['review.voted', 'review.ended', 'council.left', 'council.paid-out']),
    );
  });
});
