// The inspected order and the delivery guarantee, told as stories.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import type { Instance, Paradigm, ParadigmValue, StepOutcome } from './index.ts';
import { applyDeadline, applyEvent, encodeParadigm, openInstance, parseParadigm } from './index.ts';

type Values = Record<string, ParadigmValue>;

function load(name: string): Paradigm {
  const file = new URL(`../../assets/paradigms/${name}.json`, import.meta.url);
  return unwrap(parseParadigm(unwrap(encodeParadigm(readFileSync(file, 'utf8')))));
}

/** Tells a story of `role event` steps, `…` being silence until the deadline; returns the end and everybody's gain. */
function tell(p: Paradigm, params: Values, ...story: readonly (readonly [string, string, Values?] | '…')[]) {
  const roles = Object.fromEntries(
    Object.keys(p.roles).map((role, i) => [role, new Uint8Array(20).fill(i + 1)]),
  );
  const gains: Record<string, bigint> = {};
  const take = ({ instance, effects }: StepOutcome): Instance => {
    for (const effect of effects) {
      if (effect.kind === 'hold') gains[effect.role] = (gains[effect.role] ?? 0n) - effect.amountMicro;
      if (effect.kind === 'pay') gains[effect.role] = (gains[effect.role] ?? 0n) + effect.amountMicro;
    }
    return instance;
  };
  const account = (role: string) => roles[role] as Uint8Array;
  let instance = take(
    unwrap(openInstance(p, { roles, params, caller: account(p.opening.by[0] ?? ''), timeS: 1000n })),
  );
  for (const step of story) {
    const timeS = instance.deadlineS ?? 0n;
    if (step === '…') instance = take(unwrap(applyDeadline(p, instance, timeS)));
    else {
      const [role, event, args = {}] = step;
      instance = take(
        unwrap(applyEvent(p, instance, { event, caller: account(role), args, timeS: timeS - 1n })),
      );
    }
  }
  return { state: instance.state, held: instance.heldMicro, gains };
}

describe('an order with inspection', () => {
  const p = load('inspection');
  const params = {
    quoteHash: new Uint8Array(32),
    designHash: new Uint8Array(32),
    quantity: 2n,
    totalMicro: 1000n,
    ownerMicro: 701n,
    designerMicro: 200n,
    authorMicro: 39n,
    networkMicro: 60n,
    inspectionMicro: 50n,
  };
  const facts = { copiesFinished: 2n, copiesReported: 2n, licenceReleased: true, quantity: 2n };
  const sent = [
    ['owner', 'accept'],
    ['machine', 'printed', { facts }],
    ['owner', 'submit', { carrier: 'Post' }],
  ] as const;

  test('is approved, and all are paid, the inspector too', () => {
    expect(tell(p, params, ...sent, ['inspector', 'approve'])).toEqual({
      state: 'settled',
      held: 0n,
      gains: { buyer: -1050n, owner: 701n, designer: 200n, author: 39n, network: 60n, inspector: 50n },
    });
  });

  test('is rejected, and the buyer gets the price back, less the inspection', () => {
    const refunded = { state: 'refunded', held: 0n, gains: { buyer: -50n, inspector: 50n } };
    const rejected = [...sent, ['inspector', 'reject', { report: 'warped' }]] as const;
    expect(tell(p, params, ...rejected, '…')).toEqual(refunded);
    expect(tell(p, params, ...rejected, ['buyer', 'leave'])).toEqual(refunded);
  });

  test('is rejected, and the buyer takes the parts anyway', () => {
    const story = tell(
      p,
      params,
      ...sent,
      ['inspector', 'reject', { report: 'scratched' }],
      ['buyer', 'take'],
    );
    expect(story.gains).toEqual({
      buyer: -1050n,
      owner: 701n,
      designer: 200n,
      author: 39n,
      network: 60n,
      inspector: 50n,
    });
  });

  test('finds no verdict, and is divided as agreed beforehand', () => {
    const divided = { buyer: -1050n + 50n + 351n, owner: 350n, designer: 200n, author: 39n, network: 60n };
    expect(tell(p, params, ...sent, '…')).toEqual({ state: 'divided', held: 0n, gains: divided });
    expect(tell(p, params, ...sent, ['inspector', 'recuse'])).toEqual({
      state: 'divided',
      held: 0n,
      gains: divided,
    });
  });

  test('needs a reason for a rejection', () => {
    expect(() => tell(p, params, ...sent, ['inspector', 'reject', { report: '' }])).toThrow(
      'paradigm.event.refused',
    );
  });

  test.each([
    ['cancelled', [['buyer', 'cancel']]],
    ['declined', [['owner', 'decline']]],
    ['expired', ['…']],
    ['failed', [['owner', 'accept'], '…']],
  ] as const)('ends %s with the buyer made whole, the fee included', (state, story) => {
    expect(tell(p, params, ...story)).toEqual({ state, held: 0n, gains: { buyer: 0n } });
  });
});

describe('a delivery guarantee', () => {
  const p = load('guarantee');
  const params = {
    quoteHash: new Uint8Array(32),
    totalMicro: 1000n,
    coverMicro: 900n,
    premiumMicro: 45n,
    mediationMicro: 20n,
  };
  const covered = [['guarantor', 'cover']] as const;
  const claimed = [...covered, ['buyer', 'claim', { amountMicro: 601n, reason: 'never arrived' }]] as const;
  const contested = [...claimed, ['guarantor', 'contest', { answer: 'it was signed for' }]] as const;

  test('is not needed: the guarantor keeps the premium', () => {
    const ended = { state: 'ended', held: 0n, gains: { buyer: -45n, guarantor: 45n } };
    expect(tell(p, params, ...covered, '…')).toEqual(ended);
    expect(tell(p, params, ...covered, ['buyer', 'release'])).toEqual(ended);
    expect(tell(p, params, ...claimed, ['buyer', 'release'])).toEqual(ended);
  });

  test('pays a claim that is admitted, or not answered', () => {
    const paid = { state: 'paid', held: 0n, gains: { buyer: 601n - 45n, guarantor: 45n - 601n } };
    expect(tell(p, params, ...claimed, ['guarantor', 'admit'])).toEqual(paid);
    expect(tell(p, params, ...claimed, '…')).toEqual(paid);
  });

  test('lets the mediator decide a contested claim, for a fee that does not depend on it', () => {
    const decide = (awardMicro: bigint) =>
      tell(p, params, ...contested, ['mediator', 'decide', { awardMicro, ruling: 'half' }]);
    expect(decide(300n).gains).toEqual({ buyer: 300n - 65n, guarantor: 45n - 300n, mediator: 20n });
    expect(decide(0n).gains).toEqual({ buyer: -65n, guarantor: 45n, mediator: 20n });
    expect(() => decide(602n)).toThrow('paradigm.event.refused');
  });

  test('divides the claim where the mediator is silent, who then gets nothing', () => {
    expect(tell(p, params, ...contested, '…')).toEqual({
      state: 'divided',
      held: 0n,
      gains: { buyer: 300n - 45n, guarantor: 45n - 300n },
    });
  });

  test('covers no more than the order is worth, and pays no more than is covered', () => {
    expect(() => tell(p, { ...params, coverMicro: 1001n })).toThrow('paradigm.event.refused');
    expect(() => tell(p, params, ...covered, ['buyer', 'claim', { amountMicro: 901n, reason: 'x' }])).toThrow(
      'paradigm.event.refused',
    );
  });

  test.each([
    ['declined', [['guarantor', 'decline']]],
    ['cancelled', [['buyer', 'cancel']]],
    ['expired', ['…']],
  ] as const)('ends %s with the buyer made whole', (state, story) => {
    expect(tell(p, params, ...story)).toEqual({ state, held: 0n, gains: { buyer: 0n } });
  });
});
