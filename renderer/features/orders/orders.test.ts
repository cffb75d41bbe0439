import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import normal from '../../../assets/paradigms/normal.json' with { type: 'json' };
import type { MachineView, ModelView, OrderCard, OrderView } from '../../../node-core/api/index.ts';
import { SliceSettings } from '../../../node-core/records/index.ts';
import { parseAmount } from '../../ui/format.ts';
import { checkArguments, plainDecimal, splitActions } from './action-terms.ts';
import {
  type Configuration,
  configurationKey,
  firstChoice,
  fitOf,
  layerHeightUm,
  onMachine,
  QUALITIES,
  rankMachines,
  STRENGTHS,
  settingsOf,
} from './configuration.ts';
import { matchesFilter, searchOrders, sortOrders } from './list-state.ts';
import en from './messages.en.json' with { type: 'json' };
import zh from './messages.zh-Hans.json' with { type: 'json' };
import { barWidths, sharesOf } from './money-split.ts';
import { knownOf, newsOfOrders } from './order-news.ts';
import { latestDates, NORMAL_TERMS } from './terms.ts';

const ORANGE = { material: 'PLA', colour: '#e8590c', colourName: 'Orange', priceMicroPerGram: 25_400n };
const BLUE = { material: 'PETG', colour: '#1c7ed6', colourName: 'Blue', priceMicroPerGram: 27_800n };

function machine(id: number, part: Partial<MachineView> = {}): MachineView {
  const address = `0x${id.toString(16).padStart(40, '0')}`;
  return {
    id: address,
    name: `Machine ${id}`,
    owner: { address, name: 'Otto' },
    mine: false,
    driver: 'virtual',
    secureStreaming: true,
    hasEmergencyStop: true,
    takesCommands: true,
    timeScale: 1,
    process: 'fdm',
    volumeMm: { x: 200, y: 150, z: 180 },
    nozzleUm: 400,
    materials: [ORANGE],
    rateMicroPerHour: 2_000_000n,
    setupMicro: 0n,
    minimumMicro: 0n,
    state: 'idle',
    stateReason: '',
    temperatures: { nozzleC: 20, nozzleTargetC: 0, bedC: 20, bedTargetC: 0 },
    bedClear: false,
    queued: 0,
    rule: { enabled: false, minimumMicro: 0n, quantityMax: 1 },
    registered: { truth: 'verified' },
    ...part,
  };
}

const MODEL = { id: 'a'.repeat(64), sizeUm: { x: 100_000, y: 80_000, z: 50_000 } } as ModelView;

function card(id: number, part: Partial<OrderCard> = {}): OrderCard {
  const address = `0x${id.toString(16).padStart(40, '0')}`;
  const party = (name: string) => ({ address, name });
  return {
    id: address,
    modelId: 'a'.repeat(64),
    title: `Part ${id}`,
    quantity: 1,
    state: 'open',
    stateLabel: 'Open',
    final: false,
    totalMicro: 1_000_000n,
    buyer: party('Bea'),
    owner: party('Otto'),
    designer: party('Dana'),
    machineId: address,
    machineName: 'Workshop',
    openedS: id,
    yourTurn: false,
    truth: 'verified',
    ...part,
  };
}

describe('news of orders', () => {
  it('is one that waits now, and one that ended; never what was so before', () => {
    const before = knownOf([
      card(1),
      card(2, { yourTurn: true }),
      card(3),
      card(4, { final: true }),
      card(5),
    ]);
    const after = [
      card(1, { yourTurn: true }),
      card(2, { yourTurn: true }),
      card(3, { final: true, yourTurn: true }),
      card(4, { final: true }),
      card(5, { state: 'shipped' }),
      card(6, { yourTurn: true }),
      card(7),
      card(8, { final: true }),
    ];
    const numbers = (orders: readonly OrderCard[]) => orders.map(({ openedS }) => openedS);
    expect(numbers(newsOfOrders(before, after))).toEqual([1, 3, 6]);
    expect(newsOfOrders(undefined, after)).toEqual([]);
    expect(newsOfOrders(knownOf(after), after)).toEqual([]);
  });
});

describe('choices', () => {
  it('always make settings that the core accepts', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...QUALITIES),
        fc.constantFrom(...STRENGTHS),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 100, max: 2000 }),
        (quality, strength, supports, brim, nozzleUm) => {
          const choice = { quality, strength, supports, brim } as Configuration;
          expect(SliceSettings.safeParse(settingsOf(choice, nozzleUm)).success).toBe(true);
        },
      ),
    );
  });

  it('mean finer layers for finer quality', () => {
    expect(QUALITIES.map((quality) => layerHeightUm(quality, 400))).toEqual([280, 200, 120]);
  });

  it('know whether a model stands on a machine, turned if need be', () => {
    const volume = { x: 200, y: 150, z: 180 };
    expect(fitOf({ x: 200_000, y: 150_000, z: 180_000 }, volume)).toEqual({ fits: true, turned: false });
    expect(fitOf({ x: 150_000, y: 200_000, z: 10_000 }, volume)).toEqual({ fits: true, turned: true });
    expect(fitOf({ x: 10_000, y: 10_000, z: 180_500 }, volume)).toEqual({
      fits: false,
      reason: 'height',
      excessMm: 0.5,
    });
    expect(fitOf({ x: 210_000, y: 160_000, z: 1000 }, volume)).toEqual({
      fits: false,
      reason: 'footprint',
      excessMm: 20,
    });
  });

  it('begin with the machine that fits, is there and costs least', () => {
    const machines = [
      machine(1, { volumeMm: { x: 50, y: 50, z: 50 }, rateMicroPerHour: 1n }),
      machine(2, { state: 'offline', rateMicroPerHour: 1n }),
      machine(3, { rateMicroPerHour: 3_000_000n }),
      machine(4),
    ];
    expect(rankMachines(machines, MODEL).map(({ name }) => name)).toEqual([
      'Machine 4',
      'Machine 3',
      'Machine 2',
      'Machine 1',
    ]);
    expect(firstChoice(machines, MODEL)?.machineId).toBe(machines[3]!.id);
    expect(firstChoice(machines.slice(0, 1), MODEL)).toBeUndefined();
  });

  it('follow to another machine as far as it can', () => {
    const choice = firstChoice([machine(1, { materials: [BLUE, ORANGE] })], MODEL)!;
    expect(onMachine(choice, machine(2, { materials: [ORANGE, BLUE] }))).toMatchObject({
      colour: BLUE.colour,
    });
    expect(onMachine(choice, machine(2, { materials: [{ ...BLUE, colour: '#000000' }] }))).toMatchObject({
      material: 'PETG',
      colour: '#000000',
    });
    expect(onMachine(choice, machine(2))).toMatchObject({ material: 'PLA', colour: ORANGE.colour });
  });

  it('have keys that differ wherever the price may', () => {
    const choice = firstChoice([machine(1)], MODEL)!;
    const others: Partial<Configuration>[] = [
      { quantity: 2 },
      { quality: 'fine' },
      { strength: 'solid' },
      { supports: true },
      { brim: true },
      { colour: '#000000' },
      { material: 'ABS' },
      { machineId: machine(2).id },
    ];
    const keys = [choice, ...others.map((other) => ({ ...choice, ...other }))].map(configurationKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('terms', () => {
  it('are those of the paradigm', () => {
    const { acceptS, produceS, inspectS, disputeS } = normal.params;
    expect(NORMAL_TERMS).toEqual({
      acceptS: acceptS.default,
      produceS: produceS.default,
      inspectS: inspectS.default,
      disputeS: disputeS.default,
    });
  });

  it('add up to the latest dates', () => {
    expect(latestDates(1000)).toEqual({
      acceptByS: 173_800,
      shipByS: 173_800 + 1_209_600,
      inspectByS: 173_800 + 1_209_600 + 604_800,
    });
  });
});

describe('the list', () => {
  it('puts your turn first, nearest deadline first, finished ones last and newest first', () => {
    const cards = [
      card(1, { final: true }),
      card(2),
      card(3, { yourTurn: true, deadlineS: 500 }),
      card(4, { yourTurn: true, deadlineS: 100 }),
      card(5, { deadlineS: 50 }),
      card(6, { final: true }),
    ];
    expect(sortOrders(cards).map(({ openedS }) => openedS)).toEqual([4, 3, 5, 2, 6, 1]);
  });

  it('filters and searches', () => {
    const cards = [card(1, { yourTurn: true }), card(2, { final: true, title: 'Cable hook' })];
    const of = (filter: Parameters<typeof matchesFilter>[1]) =>
      cards.filter((one) => matchesFilter(one, filter)).map(({ openedS }) => openedS);
    expect([of('all'), of('turn'), of('open'), of('done')]).toEqual([[1, 2], [1], [1], [2]]);
    expect(searchOrders(cards, 'HOOK  bea').map(({ openedS }) => openedS)).toEqual([2]);
    expect(searchOrders(cards, '')).toHaveLength(2);
  });
});

describe('actions', () => {
  const args = [
    { name: 'refundMicro', label: 'Refund', required: true },
    { name: 'reason', label: 'Reason', required: false },
  ];
  const parse = (locale: string) => (text: string) => parseAmount(text, locale);

  it('ask for what is missing and read amounts as written in the language', () => {
    expect(checkArguments(args, {}, parse('en'))).toEqual({
      ok: false,
      problems: { refundMicro: 'missing' },
    });
    expect(checkArguments(args, { refundMicro: 'ten' }, parse('en'))).toEqual({
      ok: false,
      problems: { refundMicro: 'not-an-amount' },
    });
    expect(checkArguments(args, { refundMicro: '1,5', reason: ' late ' }, parse('de'))).toEqual({
      ok: true,
      args: { refundMicro: '1.5', reason: 'late' },
    });
  });

  it('send amounts that come back the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (micro) => {
        expect(parseAmount(plainDecimal(micro), 'en')).toBe(micro);
      }),
    );
  });

  it('keep ways out apart from the next step', () => {
    const actions = ['confirm', 'dispute'].map((event) => ({
      event,
      role: 'buyer' as const,
      label: event,
      explanation: '',
      args: [],
      danger: true,
    }));
    const { forward, out } = splitActions(actions);
    expect([forward, out].map((group) => group.map(({ event }) => event))).toEqual([
      ['confirm'],
      ['dispute'],
    ]);
  });
});

describe('the split', () => {
  const quoted = {
    payouts: [],
    quote: { payouts: { owner: 3_000_000n, designer: 3_000_000n, author: 0n, network: 60_000n } },
  } as unknown as OrderView;

  it('is the promised one until somebody was paid, and leaves out what is nothing', () => {
    expect(sharesOf(quoted).map(({ role, paid }) => [role, paid])).toEqual([
      ['owner', false],
      ['designer', false],
      ['network', false],
    ]);
    const payouts = [
      { role: 'buyer', party: { address: `0x${'1'.repeat(40)}`, name: 'Bea' }, amountMicro: 5n },
    ];
    expect(sharesOf({ ...quoted, payouts })).toEqual([{ role: 'buyer', amountMicro: 5n, paid: true }]);
  });

  it('fills the bar exactly, whatever the amounts', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 5 }), (amounts) => {
        fc.pre(amounts.some((one) => one > 0n));
        const widths = barWidths(
          amounts.map((amountMicro, index) => ({ role: String(index), amountMicro, paid: true })),
          2,
        );
        expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(100, 6);
        for (const width of widths) expect(width).toBeGreaterThan(0);
      }),
    );
  });
});

describe('messages', () => {
  it('are complete in both languages', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });
});
