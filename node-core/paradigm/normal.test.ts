// The normal order, told as stories: who does what, and who has the money in the end.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import type { Effect, Instance, Paradigm, ParadigmValue, StepOutcome } from './index.ts';
import {
  applyDeadline,
  applyEvent,
  encodeParadigm,
  ifNobodyActs,
  legalEvents,
  openInstance,
  parseParadigm,
  rolesToAct,
} from './index.ts';

const text = readFileSync(new URL('../../assets/paradigms/normal.json', import.meta.url), 'utf8');
const normal: Paradigm = unwrap(parseParadigm(unwrap(encodeParadigm(text))));

const account = (byte: number) => new Uint8Array(20).fill(byte);
const roles = {
  buyer: account(1),
  owner: account(2),
  designer: account(3),
  machine: account(4),
  author: account(5),
  network: account(6),
};
const params = {
  quoteHash: new Uint8Array(32).fill(7),
  designHash: new Uint8Array(32).fill(8),
  quantity: 3n,
  totalMicro: 1_000_001n,
  ownerMicro: 700_001n,
  designerMicro: 270_000n,
  authorMicro: 10_000n,
  networkMicro: 20_000n,
};
const DAY_S = 86_400n;
const T0 = 1_800_000_000n;
const ALL_PRINTED = { copiesReported: 3n, copiesFinished: 3n, licenceReleased: true, quantity: 3n };

/** Plays a story and keeps the books: what everybody has gained or lost. */
function play() {
  let timeS = T0;
  const books: Record<string, bigint> = {};
  const licences: Effect[] = [];
  const book = (outcome: StepOutcome) => {
    for (const effect of outcome.effects) {
      if (effect.kind === 'pay') books[effect.role] = (books[effect.role] ?? 0n) + effect.amountMicro;
      if (effect.kind === 'hold') books[effect.role] = (books[effect.role] ?? 0n) - effect.amountMicro;
      if (effect.kind === 'licence') licences.push(effect);
    }
    return outcome.instance;
  };
  let instance: Instance = book(unwrap(openInstance(normal, { roles, params, caller: roles.buyer, timeS })));
  const story = {
    books,
    licences,
    get instance() {
      return instance;
    },
    wait(seconds: bigint) {
      timeS += seconds;
      return story;
    },
    send(role: keyof typeof roles, event: string, args: Record<string, ParadigmValue> = {}) {
      instance = book(unwrap(applyEvent(normal, instance, { event, caller: roles[role], args, timeS })));
      return story;
    },
    refused(role: keyof typeof roles, event: string, args: Record<string, ParadigmValue> = {}) {
      const result = applyEvent(normal, instance, { event, caller: roles[role], args, timeS });
      return result.ok ? 'done' : result.fault.code;
    },
    untilDeadline() {
      timeS = instance.deadlineS ?? timeS;
      instance = book(unwrap(applyDeadline(normal, instance, timeS)));
      return story;
    },
  };
  return story;
}

const printedStory = () => play().send('owner', 'accept').send('machine', 'printed', { facts: ALL_PRINTED });
const shippedStory = () => printedStory().send('owner', 'ship', { carrier: 'Post', tracking: 'RX1' });
const AS_QUOTED = { owner: 700_001n, designer: 270_000n, author: 10_000n, network: 20_000n };

describe('a normal order', () => {
  test('goes well: printed, shipped, accepted, and everybody is paid as quoted', () => {
    const story = shippedStory().wait(DAY_S).send('buyer', 'confirm');
    expect(story.instance.state).toBe('settled');
    expect(story.instance.heldMicro).toBe(0n);
    expect(story.instance.deadlineS).toBeUndefined();
    expect(story.instance.vars).toMatchObject({ carrier: 'Post', tracking: 'RX1' });
    expect(story.books).toEqual({ buyer: -1_000_001n, ...AS_QUOTED });
    expect(story.licences).toEqual([
      {
        kind: 'licence',
        licensor: roles.designer,
        machine: roles.machine,
        role: 'machine',
        model: params.designHash,
        quantity: 3n,
      },
    ]);
  });

  test('is accepted by silence when the inspection time passes', () => {
    const story = shippedStory().untilDeadline();
    expect(story.instance.state).toBe('settled');
    expect(story.books).toEqual({ buyer: -1_000_001n, ...AS_QUOTED });
  });

  test.each([
    ['cancelled', () => play().send('buyer', 'cancel')],
    ['declined', () => play().send('owner', 'decline')],
    ['expired', () => play().untilDeadline()],
    ['failed', () => play().send('owner', 'accept').send('owner', 'fail', { reason: 'out of filament' })],
    ['failed', () => play().send('owner', 'accept').untilDeadline()],
    ['failed', () => printedStory().untilDeadline()],
    ['failed', () => printedStory().send('owner', 'fail')],
  ])('ends %s with the buyer made whole', (state, tell) => {
    const story = tell();
    expect(story.instance.state).toBe(state);
    expect(story.books).toEqual({ buyer: 0n });
  });

  test('shares one time limit between printing and shipping', () => {
    const story = play()
      .send('owner', 'accept')
      .wait(10n * DAY_S);
    story.send('machine', 'printed', { facts: ALL_PRINTED });
    expect(story.instance.deadlineS).toBe(T0 + 14n * DAY_S);
  });

  test('is not printed until the chain says so of every copy under a released licence', () => {
    const story = play().send('owner', 'accept');
    expect(story.refused('machine', 'printed')).toBe('paradigm.event.refused');
    expect(story.refused('machine', 'printed', { facts: { ...ALL_PRINTED, copiesFinished: 2n } })).toBe(
      'paradigm.event.refused',
    );
    expect(story.refused('machine', 'printed', { facts: { ...ALL_PRINTED, licenceReleased: false } })).toBe(
      'paradigm.event.refused',
    );
    expect(story.refused('owner', 'printed', { facts: ALL_PRINTED })).toBe('paradigm.event.unauthorised');
    expect(story.refused('machine', 'printed', { copiesFinished: 3n })).toBe('paradigm.param.unknown');
  });

  test('is accepted once', () => {
    const story = play().send('owner', 'accept');
    expect(story.refused('owner', 'accept')).toBe('paradigm.event.untimely');
    expect(story.refused('buyer', 'cancel')).toBe('paradigm.event.untimely');
  });

  test('cannot be acted on once its deadline has passed or it has ended', () => {
    const late = play().wait(2n * DAY_S);
    expect(late.refused('owner', 'accept')).toBe('paradigm.event.late');
    expect(play().send('buyer', 'cancel').refused('owner', 'accept')).toBe('paradigm.event.closed');
  });
});

describe('a dispute', () => {
  const disputed = () => shippedStory().send('buyer', 'dispute', { reason: 'layers split' });

  test('ends by agreement on a refund out of the owner’s share', () => {
    const story = disputed()
      .send('owner', 'propose', { refundMicro: 1n })
      .send('owner', 'propose', { refundMicro: 200_000n });
    expect(story.refused('buyer', 'agree', { refundMicro: 1n })).toBe('paradigm.event.refused');
    story.send('buyer', 'agree', { refundMicro: 200_000n });
    expect(story.instance.state).toBe('agreed');
    expect(story.books).toEqual({ buyer: -800_001n, ...AS_QUOTED, owner: 500_001n });
  });

  test('cannot be agreed before anything was proposed, nor beyond the owner’s share', () => {
    const story = disputed();
    expect(story.refused('buyer', 'agree', { refundMicro: 0n })).toBe('paradigm.event.refused');
    expect(story.refused('owner', 'propose', { refundMicro: 700_002n })).toBe('paradigm.event.refused');
  });

  test('is divided by the agreed percentage when time runs out; the odd unit goes to the buyer', () => {
    const story = disputed().untilDeadline();
    expect(story.instance.state).toBe('divided');
    expect(story.books).toEqual({ buyer: -1_000_001n + 350_001n, ...AS_QUOTED, owner: 350_000n });
  });

  test('is withdrawn by accepting the parts', () => {
    const story = disputed().send('buyer', 'confirm');
    expect(story.books).toEqual({ buyer: -1_000_001n, ...AS_QUOTED });
  });

  test('keeps its deadline however often a refund is proposed', () => {
    const story = disputed();
    const deadline = story.instance.deadlineS;
    story.wait(5n * DAY_S).send('owner', 'propose', { refundMicro: 1n });
    expect(story.instance.deadlineS).toBe(deadline);
  });
});

describe('opening', () => {
  const open = (change: object, caller = roles.buyer) =>
    openInstance(normal, { roles, params: { ...params, ...change }, caller, timeS: T0 });
  const code = (result: ReturnType<typeof open>) => (result.ok ? 'opened' : result.fault.code);

  test('needs every value, within its limits, and shares that add up', () => {
    expect(code(open({}))).toBe('opened');
    expect(code(open({ totalMicro: 1_000_000n }))).toBe('paradigm.event.refused');
    expect(code(open({ quantity: 0n }))).toBe('paradigm.param.invalid');
    expect(code(open({ designHash: new Uint8Array(31) }))).toBe('paradigm.param.invalid');
    expect(code(open({ surprise: 1n }))).toBe('paradigm.param.unknown');
    expect(code(open({}, roles.owner))).toBe('paradigm.event.unauthorised');
    const { quantity: _left, ...rest } = params;
    expect(code(openInstance(normal, { roles, params: rest, caller: roles.buyer, timeS: T0 }))).toBe(
      'paradigm.param.missing',
    );
  });

  test('fills in the default deadlines', () => {
    const instance = unwrap(open({})).instance;
    expect(instance.params).toMatchObject({
      acceptS: 172_800n,
      produceS: 1_209_600n,
      disputeBuyerPercent: 50n,
    });
    expect(instance.deadlineS).toBe(T0 + 2n * DAY_S);
  });

  test('names every role, and no other', () => {
    const { designer: _left, ...some } = roles;
    expect(code(openInstance(normal, { roles: some, params, caller: roles.buyer, timeS: T0 }))).toBe(
      'paradigm.role.missing',
    );
    const more = { ...roles, stranger: account(9) };
    expect(code(openInstance(normal, { roles: more, params, caller: roles.buyer, timeS: T0 }))).toBe(
      'paradigm.role.unknown',
    );
  });
});

describe('what people see', () => {
  test('whose turn it is and what they can do', () => {
    const { instance } = play();
    expect(rolesToAct(normal, instance)).toEqual(['owner', 'buyer']);
    expect(legalEvents(normal, instance, 'owner').map((step) => step.event)).toEqual(['accept', 'decline']);
    expect(legalEvents(normal, instance, 'designer')).toEqual([]);
    expect(legalEvents(normal, play().send('buyer', 'cancel').instance, 'buyer')).toEqual([]);
  });

  test('what happens if nobody acts, and when', () => {
    const story = shippedStory();
    const quiet = ifNobodyActs(normal, story.instance);
    expect(quiet?.atS).toBe(story.instance.deadlineS);
    expect(quiet?.to).toBe('settled');
    expect(Object.fromEntries(quiet?.pays.map((pay) => [pay.role, pay.amountMicro]) ?? [])).toEqual(
      AS_QUOTED,
    );
    expect(ifNobodyActs(normal, play().send('owner', 'decline').instance)).toBeUndefined();
  });
});
