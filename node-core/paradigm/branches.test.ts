// Branches in the virtual machine, the checker, and what people read: an order of a product whose parts other contracts
// make. What those contracts are is told by whoever calls; the chain's own tests play them for real.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import { applyBranch, branchesFilledMax, fillBranch, limitOf, noteBranch } from './branches.ts';
import { checkDocument } from './check.ts';
import { encodeInstance, parseInstance, readParadigm } from './codec.ts';
import { explainParadigm } from './explain.ts';
import { createStepper } from './stepper.ts';
import { joinableEvents, legalEvents, rolesToAct } from './turns.ts';
import type { Instance } from './types.ts';
import { applyDeadline, applyEvent, openInstance } from './vm.ts';

const textOf = (name: string) =>
  readFileSync(new URL(`../../assets/paradigms/${name}.yaml`, import.meta.url), 'utf8');
const product = unwrap(readParadigm(textOf('product'))).paradigm;
const account = (byte: number) => new Uint8Array(20).fill(byte);
const [buyer, coordinator, stranger] = [account(1), account(2), account(3)];
const kind = new Uint8Array(32).fill(7);
const PARAMS = {
  product: 'Stand',
  partDesigns: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
  partPieces: [1n, 4n],
  partUnitsMicro: [900n, 50n],
  partParadigms: [kind],
  servicePieces: [1n],
  serviceUnitsMicro: [300n],
  serviceParadigms: [kind],
  feeMicro: 10n,
};

const open = (changes: object = {}) =>
  openInstance(product, {
    roles: { buyer, coordinator },
    params: { ...PARAMS, ...changes },
    caller: buyer,
    timeS: 1000n,
  });
const opened = (): Instance => unwrap(open()).instance;

const filling = {
  ...{ list: 'parts', row: 1, quantity: 4n, amountMicro: 200n, paradigm: kind, caller: coordinator },
  timeS: 1001n,
};
const faultOf = (instance: Instance, changes: Partial<typeof filling>) => {
  const filled = fillBranch(product, instance, { ...filling, ...changes });
  return filled.ok ? undefined : filled.fault.code;
};

describe('an order of a product', () => {
  test('begins with the rows that its parameters say, and survives encoding', () => {
    const instance = opened();
    expect(instance.heldMicro).toBe(900n + 200n + 300n + 10n);
    expect(instance.branches?.['parts']).toEqual([
      { item: PARAMS.partDesigns[0], quantity: 1n, open: 1n, done: 0n, unitMicro: 900n, spentMicro: 0n },
      { item: PARAMS.partDesigns[1], quantity: 4n, open: 4n, done: 0n, unitMicro: 50n, spentMicro: 0n },
    ]);
    const back = noteBranch(instance, { list: 'services', row: 0, returnedMicro: 7n }).instance;
    expect(unwrap(parseInstance(encodeInstance(back)))).toEqual(back);
  });

  test('is refused where rows do not fit together, ask for nothing, or for more money than there can be', () => {
    const refused = [
      { partPieces: [1n] },
      { partDesigns: [] },
      { partUnitsMicro: [1n, 2n, 3n] },
      { partPieces: [0n, 1n] },
      { partPieces: [-1n, 1n] },
      { partPieces: [1_000_001n, 1n] },
      { partPieces: [1_000_000n, 1n], partUnitsMicro: [9_000_000_001n, 1n] },
    ];
    for (const changes of refused)
      expect([changes, open(changes)]).toMatchObject([changes, { fault: { code: 'paradigm.branch.rows' } }]);
  });

  test('gives no more pieces and no more money than a branch allows, to those it names, by those who may, in time', () => {
    const instance = opened();
    expect(faultOf(instance, {})).toBe(undefined);
    expect(faultOf(instance, { list: 'nothing' })).toBe('paradigm.branch.unknown');
    expect(faultOf(instance, { list: 'constructor' })).toBe('paradigm.branch.unknown');
    expect(faultOf(instance, { row: 2 })).toBe('paradigm.branch.unknown');
    expect(faultOf(instance, { row: -1 })).toBe('paradigm.branch.unknown');
    expect(faultOf(instance, { quantity: 5n })).toBe('paradigm.branch.pieces');
    expect(faultOf(instance, { quantity: 0n })).toBe('paradigm.branch.pieces');
    expect(faultOf(instance, { amountMicro: 201n })).toBe('paradigm.branch.price');
    expect(faultOf(instance, { amountMicro: -1n })).toBe('paradigm.branch.price');
    expect(faultOf(instance, { quantity: 1n, amountMicro: 51n })).toBe('paradigm.branch.price');
    expect(faultOf(instance, { paradigm: new Uint8Array(32) })).toBe('paradigm.branch.paradigm');
    expect(faultOf(instance, { caller: stranger })).toBe('paradigm.branch.unauthorised');
    expect(faultOf(instance, { timeS: instance.deadlineS ?? 0n })).toBe('paradigm.event.late');
    expect(faultOf({ ...instance, steps: 1000 }, {})).toBe('paradigm.event.exhausted');
    expect(faultOf({ ...instance, heldMicro: 199n }, {})).toBe('paradigm.amount.overspent');
    const deciding = unwrap(applyDeadline(product, instance, instance.deadlineS ?? 0n)).instance;
    expect(faultOf(deciding, { timeS: (deciding.deadlineS ?? 0n) - 1n })).toBe('paradigm.branch.untimely');
    const ended = unwrap(applyDeadline(product, deciding, deciding.deadlineS ?? 0n)).instance;
    expect(faultOf(ended, {})).toBe('paradigm.event.closed');
  });

  test('takes the step that an ending causes; nobody can send it', () => {
    let instance = opened();
    for (const [row, quantity, amountMicro] of [
      [0, 1n, 900n],
      [1, 4n, 200n],
    ] as const) {
      instance = unwrap(fillBranch(product, instance, { ...filling, row, quantity, amountMicro })).instance;
      expect(applyBranch(product, instance, 'parts', 1002n)).toBe(undefined);
      instance = noteBranch(instance, {
        ...{ list: 'parts', row, returnedMicro: 3n, ended: { quantity, done: true } },
      }).instance;
    }
    for (const caller of [buyer, coordinator, stranger, new Uint8Array(20)]) {
      const sent = applyEvent(product, instance, { event: 'partsDone', caller, args: {}, timeS: 1003n });
      expect(sent).toMatchObject({ fault: { code: 'paradigm.event.unauthorised' } });
    }
    expect(legalEvents(product, instance, 'buyer').map(({ event }) => event)).toEqual(['cancel']);
    expect(rolesToAct(product, instance)).toEqual(['buyer']);
    const caused = applyBranch(product, instance, 'parts', 1003n);
    expect(caused).toMatchObject({ event: 'partsDone', outcome: { instance: { state: 'finishing' } } });
  });
});

test('whatever branches do, pieces and coins are all accounted for', () => {
  const move = fc.record({
    row: fc.nat(1),
    quantity: fc.bigInt(1n, 4n),
    share: fc.nat(100),
    back: fc.nat(150),
    done: fc.boolean(),
    ends: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 20 }), (moves) => {
      let instance = opened();
      let outMicro = 0n;
      const running: { row: number; quantity: bigint; givenMicro: bigint }[] = [];
      for (const { row, quantity, share, back, done, ends } of moves) {
        const rowOf = instance.branches?.['parts']?.[row];
        const amountMicro = rowOf === undefined ? 0n : (limitOf(rowOf, quantity) * BigInt(share)) / 100n;
        const filled = fillBranch(product, instance, { ...filling, row, quantity, amountMicro });
        if (filled.ok) {
          instance = filled.value.instance;
          outMicro += amountMicro;
          running.push({ row, quantity, givenMicro: amountMicro });
        }
        const child = ends ? running.shift() : running[0];
        if (child === undefined) continue;
        const returnedMicro = (child.givenMicro * BigInt(back)) / 100n;
        const ended = ends ? { ended: { quantity: child.quantity, done } } : {};
        instance = noteBranch(instance, { list: 'parts', row: child.row, returnedMicro, ...ended }).instance;
        outMicro -= returnedMicro;
        const rows = instance.branches?.['parts'] ?? [];
        expect(instance.heldMicro).toBe(1410n - outMicro);
        expect(rows.reduce((sum, { spentMicro }) => sum + spentMicro, 0n)).toBe(outMicro);
        for (const [index, each] of rows.entries()) {
          const inWork = running
            .filter((one) => one.row === index)
            .reduce((sum, one) => sum + one.quantity, 0n);
          expect(each.open + each.done + inWork).toBe(each.quantity);
        }
      }
    }),
    { seed: 4, numRuns: 60 },
  );
});

describe('documents with branches', () => {
  const change = (from: string, to: string) => {
    const text = textOf('product');
    expect(text).toContain(from);
    return readParadigm(text.replace(from, to));
  };
  test.each([
    ['a role that is not there', 'for: buyer', 'for: byer'],
    ['work in the name of somebody who pays nothing', 'for: buyer', 'for: coordinator'],
    ['a state that is not there', 'while: [making]', 'while: [nowhere]'],
    ['an ended state', 'while: [making]', 'while: [ended]'],
    ['prices that are no amounts', 'units: partUnitsMicro', 'units: partPieces'],
    ['pieces that are no numbers', 'quantities: partPieces', 'quantities: partUnitsMicro'],
    ['lists that cannot be equally long', 'units: partUnitsMicro', 'units: serviceUnitsMicro'],
    ['designs for kinds of contract', 'paradigms: partParadigms', 'paradigms: partDesigns'],
    ['a parameter that is no list', 'quantities: partPieces', 'quantities: makeS'],
    ['the name of a role', '\n  parts:\n', '\n  coordinator:\n'],
    ['a step of branches and of people', 'by: [parts]\n    label', 'by: [parts, buyer]\n    label'],
    ['a sum that there is not', 'branches.parts.rows > 0', 'branches.parts.lost > 0'],
    ['a list that there is not', 'branches.parts.rows > 0', 'branches.bits.rows > 0'],
    [
      'an argument that nobody sends',
      'by: [parts]\n    label',
      'by: [parts]\n    args: { x: { type: bool, label: { en: x, zh-Hans: x } } }\n    label',
    ],
    [
      'money taken where nobody agrees',
      '{ do: pay, to: coordinator, amount: params.feeMicro }',
      '{ do: hold, from: buyer, amount: params.feeMicro }',
    ],
  ])('are refused with %s', (_what, from, to) => {
    expect(change(from, to).ok).toBe(false);
  });

  test('cannot be joined for branches and have their own, so that no contract stands above itself', () => {
    const [head, list] = textOf('product').split('\nbranches:\n');
    expect(head).toContain('name: product');
    const lists = (list ?? '').slice(0, (list ?? '').indexOf('\nopen:\n'));
    const params = /\n( {2}partDesigns:[\s\S]*?)\n {2}feeMicro/.exec(textOf('product'))?.[1] ?? '';
    const both = textOf('part-batch')
      .replace('\nopen:\n', `\nbranches:\n${lists}\nopen:\n`)
      .replaceAll('for: buyer', 'for: producer')
      .replaceAll('by: [buyer, coordinator]', 'by: [producer]')
      .replaceAll('while: [making, finishing]', 'while: [making]')
      .replace('\nvars:\n', `\n${params}\nvars:\n`)
      .replace('effects: []\nstates', "effects:\n    - { do: hold, from: producer, amount: '1' }\nstates");
    const read = readParadigm(both);
    const reason = 'take joins for branches of others, so it cannot have branches of its own';
    expect(read).toMatchObject({ fault: { code: 'paradigm.document.rule', data: { reason } } });
    const alone = readParadigm(both.replaceAll(/, binds: branch\.\w+/g, ''));
    expect(alone.ok).toBe(true);
  });

  test('are found to give work away that they hold no money for', { timeout: 120_000 }, () => {
    // Every promise agrees with it, so that nothing else is wrong.
    const poor = textOf('product')
      .replace('branches.parts.budget + branches.services.budget + params', 'branches.parts.budget + params')
      .replaceAll('branches.services.budget - branches.services.spent', '0 - branches.services.spent');
    const { findings } = checkDocument(poor, { firstDefectOnly: true });
    expect(findings.map(({ code }) => code)).toEqual(['blocked-step']);
  });

  test('are explained in both languages, with who gives the work away and what happens by itself', () => {
    const english = explainParadigm(product, 'en');
    expect(english).toContain(
      'Given away by Buyer or Coordinator, in the name of Buyer, during: Parts are made.',
    );
    expect(english).toContain(
      'By itself, when one of “Parts” has ended: The last part arrives → Services follow.',
    );
    expect(english).toContain('price limit of all Parts');
    expect(english).not.toMatch(/branches\.\w+\./);
    const chinese = explainParadigm(product, 'zh-Hans');
    expect(chinese).toContain('由买家或协调人以买家的名义在以下状态中交出：零件制作中');
    expect(chinese).not.toMatch(/branches\.\w+\./);
  });

  test('say how many branches a contract can fill: one, or one with each customer of a batch', () => {
    const maxOf = (name: string) => branchesFilledMax(unwrap(readParadigm(textOf(name))).paradigm);
    expect(['part-order', 'part-batch', 'group-purchase'].map(maxOf)).toEqual([1, 33, 1]);
    const batch = unwrap(readParadigm(textOf('part-batch'))).paradigm;
    const params = { design: kind, unitMicro: 1n };
    const input = { roles: { producer: buyer }, params, caller: buyer, timeS: 1n };
    const { instance } = unwrap(openInstance(batch, input));
    // Nobody is asked to join in person what is joined for orders of products.
    expect(joinableEvents(batch, instance, stranger)).toEqual([]);
  });

  test('are walked through by hand, branches included', () => {
    const stepper = unwrap(createStepper(product, 0));
    const labels = () => stepper.options().map(({ label }) => label.en);
    const choose = (pattern: RegExp) => {
      const option = labels().findIndex((label) => pattern.test(label));
      expect([option >= 0, labels()]).toEqual([true, labels()]);
      expect(stepper.take(option)).toEqual({ ok: true, value: undefined });
    };
    choose(/^Parts 1, pieces: 2 – given/);
    choose(/^Parts 1, pieces: 2 – not made, \d+ micro-DPN come back/);
    choose(/^Parts 1, pieces: 2 – given/);
    choose(/^Parts 1, pieces: 2 – made, 0/);
    expect(stepper.view().state).toBe('delivered');
    expect(stepper.view().history.at(-1)).toContain('The last part arrives and nothing else is left');
    expect(stepper.back()).toBe(true);
    expect(stepper.view().state).toBe('making');
  });
});
