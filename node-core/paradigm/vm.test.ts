// The virtual machine's own rules, on contracts made to break them: no step may have a partial effect, and none may
// wrap, overspend, trap or take without consent.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { encodeParadigm, parseParadigm } from './codec.ts';
import type { Instance, Paradigm, ParadigmValue } from './index.ts';
import { applyDeadline, applyEvent, openInstance } from './vm.ts';

const label = { en: 'x', 'zh-Hans': '某' };
const texts = { label, explain: label };
const roles = { payer: new Uint8Array(20).fill(1), worker: new Uint8Array(20).fill(2) };
const T0 = 1000n;

/** One state, one event `go` back into it, its deadline refunds. */
function contract(
  step: object,
  more: { args?: object; params?: object; vars?: object; transitions?: object[]; after?: string } = {},
): Paradigm {
  const document = {
    format: 'dipnet/paradigm/v1',
    name: 'test',
    version: 1,
    title: label,
    summary: label,
    risks: [],
    roles: {
      payer: { kind: 'person', label },
      worker: { kind: 'person', label: { en: 'Worker', 'zh-Hans': '工人' } },
    },
    params: {
      x: { type: 'int', unit: 'none', min: -9000, max: 9_000_000_000_000_000, label },
      ...more.params,
    },
    vars: { n: { type: 'int', label }, a: { type: 'amount', label }, ...more.vars },
    open: { ...texts, by: 'payer', to: 'here', effects: [{ do: 'hold', from: 'payer', amount: '100' }] },
    states: {
      here: {
        ...texts,
        deadline: {
          ...texts,
          after: more.after ?? '60',
          to: 'end',
          effects: [{ do: 'refund', to: 'payer' }],
        },
        promise: { by: ['open'] },
      },
      end: { ...texts, final: 'refund', promise: { by: ['deadline'], receives: { payer: '100' } } },
    },
    transitions: [
      {
        ...texts,
        event: 'go',
        from: ['here'],
        to: 'here',
        by: ['payer'],
        effects: [],
        ...(more.args && { args: more.args }),
        ...step,
      },
      ...(more.transitions ?? []),
    ],
  };
  return unwrap(parseParadigm(unwrap(encodeParadigm(document))));
}
const open = (p: Paradigm, x: bigint): Instance =>
  unwrap(openInstance(p, { roles, params: { x }, caller: roles.payer, timeS: T0 })).instance;
const go = (p: Paradigm, x: bigint, args: Record<string, ParadigmValue> = {}) =>
  applyEvent(p, open(p, x), { event: 'go', caller: roles.payer, args, timeS: T0 });
const code = (result: ReturnType<typeof go>) => (result.ok ? 'done' : result.fault.code);
const set = (n: string) => contract({ set: { n } });

describe('arithmetic', () => {
  test.each([
    ['params.x * 1000', 9_000_000_000_000_000n, 9_000_000_000_000_000_000n],
    ['params.x / 7', 50n, 7n],
    ['0 - params.x / 7', 50n, -7n],
    ['(0 - params.x) % 7', 50n, -1n],
    ['params.x > 3 ? 1 : 0', 4n, 1n],
    ['params.x + 9223372036854775807', 0n, 2n ** 63n - 1n],
  ])('%s of %d is %d', (source, x, expected) => {
    expect(unwrap(go(set(source), x)).instance.vars['n']).toBe(expected);
  });

  test.each([
    ['params.x * 10000', 9_000_000_000_000_000n],
    ['params.x + 9223372036854775807', 1n],
    ['0 - 9223372036854775807 - params.x', 2n],
  ])('%s of %d overflows, which is a refusal and never a wrap', (source, x) => {
    expect(code(go(set(source), x))).toBe('paradigm.expression.failed');
  });

  test('agrees with integer arithmetic on all values, or refuses', () => {
    const p = contract(
      { set: { n: '(args.u + args.v) * args.w - args.u' } },
      {
        args: Object.fromEntries(
          ['u', 'v', 'w'].map((name) => [
            name,
            { type: 'int', unit: 'none', min: -9_007_199_254_740_991, max: 9_007_199_254_740_991, label },
          ]),
        ),
      },
    );
    const integer = fc.bigInt({ min: -9_007_199_254_740_991n, max: 9_007_199_254_740_991n });
    fc.assert(
      fc.property(integer, integer, fc.oneof(integer, fc.bigInt({ min: -500n, max: 500n })), (u, v, w) => {
        const result = go(p, 0n, { u, v, w });
        const steps = [u + v, (u + v) * w, (u + v) * w - u];
        const fits = steps.every((value) => value >= -(2n ** 63n) && value < 2n ** 63n);
        if (fits) expect(unwrap(result).instance.vars['n']).toBe(steps[2]);
        else expect(code(result)).toBe('paradigm.expression.failed');
      }),
    );
  });
});

describe('money', () => {
  const pay = (amount: string) => contract({ effects: [{ do: 'pay', to: 'worker', amount }] });

  test('is paid only as far as it is held', () => {
    expect(unwrap(go(pay('params.x'), 100n)).instance.heldMicro).toBe(0n);
    expect(code(go(pay('params.x'), 101n))).toBe('paradigm.amount.overspent');
  });

  test('never flows backwards', () => {
    expect(code(go(pay('params.x'), -1n))).toBe('paradigm.amount.negative');
    const hold = contract({ effects: [{ do: 'hold', from: 'payer', amount: 'params.x' }] });
    expect(code(go(hold, -1n))).toBe('paradigm.amount.negative');
    expect(unwrap(go(hold, 11n)).instance.heldMicro).toBe(111n);
  });

  test('cannot stay behind in a contract that ends', () => {
    const p = contract({ to: 'end', effects: [{ do: 'pay', to: 'worker', amount: '99' }] });
    expect(code(go(p, 0n))).toBe('paradigm.amount.trapped');
  });

  test('of zero is no effect', () => {
    expect(unwrap(go(pay('params.x'), 0n)).effects).toEqual([]);
  });

  test('is what `held` says at each effect', () => {
    const half = { do: 'pay', to: 'worker', amount: 'held / 2' };
    expect(unwrap(go(contract({ effects: [half, half, half] }), 0n)).instance.heldMicro).toBe(13n);
  });

  test('is split in proportion, and what rounding leaves goes to the remainder', () => {
    const split = (...parts: string[]) =>
      contract({
        effects: [
          {
            do: 'split',
            of: 'held',
            shares: parts.map((part, i) => ({ to: i === 0 ? 'worker' : 'payer', parts: part })),
            remainder: 'worker',
          },
        ],
      });
    expect(unwrap(go(split('params.x', '2'), 1n)).effects).toMatchObject([
      { role: 'worker', amountMicro: 33n },
      { role: 'payer', amountMicro: 66n },
      { role: 'worker', amountMicro: 1n },
    ]);
    expect(unwrap(go(split('params.x', '0'), 0n)).effects).toMatchObject([
      { role: 'worker', amountMicro: 100n },
    ]);
    expect(code(go(split('params.x', '1'), -1n))).toBe('paradigm.amount.negative');
  });
});

describe('a step', () => {
  test('reads variables as they were before it, and its effects read them after', () => {
    const p = contract({
      set: { n: 'vars.n + 1', a: 'vars.n + 5' },
      effects: [{ do: 'pay', to: 'worker', amount: 'vars.a' }],
    });
    const { instance, effects } = unwrap(go(p, 0n));
    expect(instance.vars).toMatchObject({ n: 1n, a: 5n });
    expect(effects).toMatchObject([{ amountMicro: 5n }]);
  });

  test('leaves the contract as it was where it is refused, or taken', () => {
    const p = contract({
      set: { n: '7' },
      effects: [
        { do: 'pay', to: 'worker', amount: '60' },
        { do: 'pay', to: 'worker', amount: 'params.x' },
      ],
    });
    const before = open(p, 41n);
    const copy = structuredClone(before);
    expect(code(applyEvent(p, before, { event: 'go', caller: roles.payer, args: {}, timeS: T0 }))).toBe(
      'paradigm.amount.overspent',
    );
    expect(before).toEqual(copy);
    expect(applyDeadline(p, before, T0 + 60n).ok).toBe(true);
    expect(before).toEqual(copy);
  });

  test('cannot write a value that its variable may not hold', () => {
    expect(code(go(contract({ set: { a: 'params.x' } }), -1n))).toBe('paradigm.param.invalid');
  });

  test('needs every argument, no other, and each of its type', () => {
    const p = contract(
      {},
      { args: { word: { type: 'text', maxChars: 4, label }, flag: { type: 'bool', default: true, label } } },
    );
    expect(code(go(p, 0n, { word: 'four' }))).toBe('done');
    expect(code(go(p, 0n))).toBe('paradigm.param.missing');
    expect(code(go(p, 0n, { word: 'fives' }))).toBe('paradigm.param.invalid');
    expect(code(go(p, 0n, { word: 4n }))).toBe('paradigm.param.invalid');
    expect(code(go(p, 0n, { word: 'a\u202eb' }))).toBe('paradigm.param.invalid');
    expect(code(go(p, 0n, { word: 'a', other: 1n }))).toBe('paradigm.param.unknown');
    expect(code(go(p, 0n, { word: 'a', facts: { copiesFinished: true } }))).toBe('paradigm.param.invalid');
    expect(code(go(p, 0n, { word: 'a', facts: { rumour: 1n } }))).toBe('paradigm.param.unknown');
  });

  test('is sent only by its roles, before the deadline', () => {
    const p = contract({});
    const at = (event: string, caller: Uint8Array, timeS: bigint) =>
      code(applyEvent(p, open(p, 0n), { event, caller, args: {}, timeS }));
    expect(at('go', roles.payer, T0 + 59n)).toBe('done');
    expect(at('go', roles.payer, T0 + 60n)).toBe('paradigm.event.late');
    expect(at('go', roles.worker, T0)).toBe('paradigm.event.unauthorised');
    expect(at('fly', roles.payer, T0)).toBe('paradigm.event.unknown');
    expect(at('constructor', roles.payer, T0)).toBe('paradigm.event.unknown');
    const early = applyDeadline(p, open(p, 0n), T0 + 59n);
    expect(early.ok ? 'done' : early.fault.code).toBe('paradigm.deadline.early');
  });

  test('is taken at most a thousand times; then the deadline still acts', () => {
    const p = contract({});
    let instance = open(p, 0n);
    while (instance.steps < 1000)
      instance = unwrap(
        applyEvent(p, instance, { event: 'go', caller: roles.payer, args: {}, timeS: T0 }),
      ).instance;
    expect(code(applyEvent(p, instance, { event: 'go', caller: roles.payer, args: {}, timeS: T0 }))).toBe(
      'paradigm.event.exhausted',
    );
    expect(unwrap(applyDeadline(p, instance, T0 + 60n)).instance.heldMicro).toBe(0n);
  });

  test('belongs to its own paradigm', () => {
    const [p, other] = [contract({}), contract({ set: { n: '1' } })];
    expect(
      code(applyEvent(other, open(p, 0n), { event: 'go', caller: roles.payer, args: {}, timeS: T0 })),
    ).toBe('paradigm.instance.mismatch');
  });

  test.each(['0', '0 - 5', '9999999999'])('that would set a deadline of %s seconds is refused', (after) => {
    const result = openInstance(contract({}, { after }), {
      roles,
      params: { x: 0n },
      caller: roles.payer,
      timeS: T0,
    });
    expect(result.ok ? 'done' : result.fault.code).toBe('paradigm.deadline.invalid');
  });

  test('costs gas within the bound that its declaration gives', () => {
    const p = contract(
      { set: { n: 'size(args.word) + params.x' } },
      { args: { word: { type: 'text', maxChars: 1024, label } } },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 1024 }), (word) => {
        const result = go(p, 1n, { word });
        if (result.ok) expect(result.value.gas <= (p.steps.get('here')?.get('go')?.gasMax ?? 0n)).toBe(true);
      }),
    );
  });
});
