import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobView, MachineView, OrderCard, OrderView } from '../../../node-core/api/index.ts';
import { BOARD_COLUMNS, boardOf } from './board-state.ts';
import en from './messages.en.json' with { type: 'json' };
import zh from './messages.zh-Hans.json' with { type: 'json' };
import { isReadyToStart, nextJob, preflightChecks } from './preflight-checks.ts';
import { FIRST_DRAFT, MACHINE_PROFILES, problemsOf, withProfile } from './profiles.ts';
import { appendSample, columnsOf, indexAt, type Sample, thinOut } from './temperature-series.ts';
import { EMPTY_HISTORY, matchesSearch, recall, remember } from './terminal-history.ts';

const ADDRESS = `0x${'1'.repeat(40)}`;
const PARTY = { address: ADDRESS, name: 'Otto' };

function order(id: number, part: Partial<OrderCard> = {}): OrderCard {
  return {
    id: `0x${id.toString(16).padStart(40, '0')}`,
    modelId: 'a'.repeat(64),
    title: `Part ${id}`,
    quantity: 1,
    state: 'open',
    stateLabel: '',
    final: false,
    totalMicro: 1n,
    buyer: PARTY,
    owner: PARTY,
    designer: PARTY,
    machineId: ADDRESS,
    machineName: 'Workshop',
    openedS: id,
    yourTurn: false,
    truth: 'verified',
    ...part,
  };
}

function job(id: number, of: number, part: Partial<JobView> = {}): JobView {
  return {
    id: `job-${id}`,
    orderId: order(of).id,
    batch: order(of).id,
    title: `Part ${of}`,
    machineId: ADDRESS,
    machineName: 'Workshop',
    copy: 1,
    copies: 1,
    state: 'ready',
    material: 'PLA',
    colour: '#e8590c',
    secondsEstimated: 600,
    part: 'hook',
    priority: 0,
    createdMs: id,
    ...part,
  };
}

const MACHINE = {
  id: ADDRESS,
  state: 'idle',
  bedClear: true,
  process: 'fdm',
  nozzleUm: 400,
  materials: [{ material: 'PLA', colour: '#e8590c', colourName: 'Orange', priceMicroPerGram: 1n }],
} as unknown as MachineView;
const ORDER = { ...order(1, { state: 'accepted' }), licence: { released: true } } as unknown as OrderView;

describe('the board', () => {
  it('puts everything where its next step is', () => {
    const orders = [
      order(1),
      order(2, { state: 'accepted' }),
      order(3, { state: 'accepted' }),
      order(4, { state: 'printed' }),
      order(5, { state: 'disputed' }),
      order(6, { state: 'settled', final: true }),
    ];
    const jobs = [
      job(1, 3, { state: 'needs-bed-clear' }),
      job(2, 3, { state: 'printing' }),
      job(3, 3, { state: 'failed' }),
      job(4, 4, { state: 'finished' }),
      job(5, 6, { state: 'finished' }),
      job(6, 99, { state: 'ready' }),
    ];
    const board = boardOf(orders, jobs);
    expect(BOARD_COLUMNS.map((column) => board[column].map(({ id }) => id.replace(/^0x0+/, '')))).toEqual([
      ['1'],
      ['2'],
      ['job-1'],
      ['job-2'],
      ['4'],
      ['job-3', '5'],
    ]);
  });

  it('shows no card twice and forgets no open order', () => {
    const states = ['open', 'accepted', 'printed', 'shipped', 'disputed', 'settled', 'somethingElse'];
    const jobStates = [
      'queued',
      'needs-bed-clear',
      'ready',
      'starting',
      'printing',
      'paused',
      'finished',
      'failed',
      'cancelled',
    ] as const;
    fc.assert(
      fc.property(
        fc.array(fc.record({ state: fc.constantFrom(...states), turn: fc.boolean() }), { maxLength: 12 }),
        fc.array(fc.record({ of: fc.nat({ max: 14 }), state: fc.constantFrom(...jobStates) }), {
          maxLength: 20,
        }),
        (someOrders, someJobs) => {
          const orders = someOrders.map(({ state, turn }, index) =>
            order(index, { state, yourTurn: turn, final: state === 'settled' }),
          );
          const jobs = someJobs.map(({ of, state }, index) => job(index, of, { state }));
          const board = boardOf(orders, jobs);
          const cards = BOARD_COLUMNS.flatMap((column) => board[column]);
          expect(new Set(cards.map(({ id }) => id)).size).toBe(cards.length);
          for (const open of orders.filter(({ final }) => !final)) {
            const shown = cards.some(
              (card) => card.id === open.id || (card.kind === 'job' && card.job.orderId === open.id),
            );
            expect(shown).toBe(true);
          }
        },
      ),
    );
  });
});

describe('before a print', () => {
  const verdict = { findings: [], warnings: [], rulesUsed: [], lines: 9, elsewhere: false };
  const input = { machine: MACHINE, job: job(1, 1), order: ORDER, verdict, nowS: 100, materialTicked: true };

  it('everything must be true', () => {
    expect(isReadyToStart(preflightChecks(input))).toBe(true);
  });

  it.each([
    ['bed', { machine: { ...MACHINE, bedClear: false } }, 'ask'],
    ['material', { materialTicked: false }, 'ask'],
    ['material', { job: job(1, 1, { colour: '#000000' }) }, 'failed'],
    ['connected', { machine: { ...MACHINE, state: 'offline' as const } }, 'failed'],
    ['free', { machine: { ...MACHINE, state: 'printing' as const } }, 'failed'],
    ['nozzle', { order: { ...ORDER, machineId: `0x${'2'.repeat(40)}` } }, 'failed'],
    ['file', { order: { ...ORDER, licence: undefined } as unknown as OrderView }, 'failed'],
    ['order', { order: { ...ORDER, deadlineS: 99 } }, 'failed'],
    ['order', { order: undefined }, 'unknown'],
    ['guard', { verdict: undefined }, 'unknown'],
    [
      'guard',
      {
        verdict: {
          ...verdict,
          findings: [{ fault: { code: 'gcode.guard.unknown', message: 'x', next: 'y' } }],
        },
      },
      'failed',
    ],
  ])('%s stops it', (name, change, state) => {
    const checks = preflightChecks({ ...input, ...change });
    expect(checks.find((check) => check.name === name)?.state).toBe(state);
    expect(isReadyToStart(checks)).toBe(false);
  });

  it('a file that its designer keeps is looked at while it prints', () => {
    const checks = preflightChecks({ ...input, verdict: { ...verdict, elsewhere: true } });
    expect(checks.find(({ name }) => name === 'guard')?.state).toBe('later');
    expect(isReadyToStart(checks)).toBe(true);
  });

  it('the job that needs least is next, then the oldest', () => {
    const jobs = [
      job(1, 1, { state: 'queued' }),
      job(4, 1, { state: 'ready' }),
      job(3, 1, { state: 'ready' }),
      job(2, 1, { state: 'needs-bed-clear' }),
    ];
    expect(nextJob(jobs)?.id).toBe('job-3');
    expect(nextJob([job(1, 1, { state: 'finished' })])).toBeUndefined();
  });
});

describe('temperatures', () => {
  const sample = (atMs: number, nozzleC: number | null = 20): Sample => ({
    atMs,
    nozzleC,
    nozzleTargetC: 0,
    bedC: 60,
    bedTargetC: 60,
  });

  it('keep order, and stay within their bound', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 500 }), { maxLength: 300 }), (times) => {
        const samples: Sample[] = [];
        for (const atMs of times) appendSample(samples, sample(atMs), 40);
        expect(samples.length).toBeLessThanOrEqual(41);
        for (let i = 1; i < samples.length; i++)
          expect(samples[i]!.atMs).toBeGreaterThan(samples[i - 1]!.atMs);
        const latest = times.length === 0 ? undefined : Math.max(...times);
        expect(samples[samples.length - 1]?.atMs).toBe(latest);
      }),
    );
  });

  it('are thinned out without losing the peak, the end or the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 15, max: 300 }), { minLength: 1, maxLength: 400 }),
        (degrees) => {
          const samples = degrees.map((nozzleC, index) => sample(index * 1000, nozzleC));
          const thinned = thinOut(samples, 0, 30);
          expect(thinned.length).toBeLessThanOrEqual(31);
          expect(Math.max(...thinned.map(({ nozzleC }) => nozzleC ?? 0))).toBe(Math.max(...degrees));
          expect(thinned[thinned.length - 1]).toBe(samples[samples.length - 1]);
          for (let i = 1; i < thinned.length; i++)
            expect(thinned[i]!.atMs).toBeGreaterThan(thinned[i - 1]!.atMs);
        },
      ),
    );
  });

  it('show the window, with one sample before it so that the line comes in from the edge', () => {
    const samples = [0, 1, 2, 3, 4].map((second) => sample(second * 1000));
    expect(thinOut(samples, 2500, 100).map(({ atMs }) => atMs)).toEqual([2000, 3000, 4000]);
    expect(indexAt(samples, 2500)).toBe(3);
    expect(thinOut([], 0, 10)).toEqual([]);
  });

  it('draw no target for a heater that is off', () => {
    expect(columnsOf([sample(1000)])).toEqual([[1], [20], [null], [60], [60]]);
  });
});

describe('the terminal', () => {
  it('fetches back what was typed', () => {
    const typed = ['M105', 'M115', 'M115'].reduce(remember, EMPTY_HISTORY);
    expect(typed.entries).toEqual(['M105', 'M115']);
    const up = recall(typed, -1);
    const upAgain = recall(up.history, -1);
    const beyond = recall(upAgain.history, -1);
    const down = recall(recall(beyond.history, 1).history, 1);
    expect([up.text, upAgain.text, beyond.text, down.text]).toEqual(['M115', 'M105', 'M105', '']);
  });

  it('searches without regard to case', () => {
    expect([matchesSearch('echo:Busy', ' busy '), matchesSearch('ok', 'busy')]).toEqual([true, false]);
  });
});

describe('the wizard', () => {
  const parse = (text: string) => (/^\d+$/.test(text) ? BigInt(text) : undefined);

  it('only asks for a name', () => {
    expect(problemsOf(FIRST_DRAFT, parse)).toEqual({ connection: [], profile: ['name'], rates: [] });
  });

  it('says what is wrong where', () => {
    const draft = {
      ...FIRST_DRAFT,
      driver: 'serial' as const,
      name: 'x'.repeat(65),
      volumeMm: { x: 10, y: 200, z: 200 },
      nozzleUm: 50,
      rate: 'much',
    };
    expect(problemsOf(draft, parse)).toEqual({
      connection: ['port'],
      profile: ['name', 'volume', 'nozzle'],
      rates: ['rate'],
    });
  });

  it('takes over a profile, but not the name a person gave', () => {
    for (const { id, brand, volumeMm } of MACHINE_PROFILES) {
      const draft = withProfile(FIRST_DRAFT, id);
      expect(draft.volumeMm).toEqual(volumeMm);
      expect(draft.name).toBe(brand ?? '');
      expect(withProfile({ ...FIRST_DRAFT, name: 'Berta' }, id).name).toBe('Berta');
    }
    expect(withProfile(withProfile(FIRST_DRAFT, 'mini'), 'mk3s').name).toBe('Prusa i3 MK3S+');
  });
});

describe('messages', () => {
  it('are complete in both languages', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });
});

describe('the stream of a machine', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('window', {
      addEventListener: () => undefined,
      location: { hash: '' },
      localStorage: { getItem: () => null },
    });
    vi.stubGlobal('document', { addEventListener: () => undefined });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('goes to the picture at once and to the page a few times a second', async () => {
    const { createMachineWatch } = await import('./machine-watch.ts');
    const watch = createMachineWatch(() => undefined);
    const renders: number[] = [];
    watch.subscribe(() => renders.push(watch.snapshot().progress?.moveIndex ?? -1));
    const progress = (moveIndex: number) => ({
      linesAcknowledged: moveIndex,
      linesTotal: 100,
      layer: 1,
      layersTotal: 2,
      moveIndex,
      positionMm: { x: 0, y: 0, z: 0 },
      resends: 0,
      elapsedMs: 0,
      leftMs: null,
    });
    for (let move = 1; move <= 50; move++) {
      watch.take({ type: 'progress', atMs: move, progress: progress(move) });
      expect(watch.feed.latest()?.moves).toBe(move);
    }
    expect(renders).toEqual([]);
    vi.advanceTimersByTime(300);
    expect(renders).toEqual([50]);
    watch.seed([{ atMs: 5, nozzleC: 20, nozzleTargetC: 0, bedC: 20, bedTargetC: 0 }]);
    watch.take({
      type: 'lines',
      lines: Array.from({ length: 700 }, (_, at) => ({
        direction: 'received' as const,
        text: `ok ${at}`,
        atMs: at,
      })),
    });
    vi.advanceTimersByTime(300);
    expect(watch.snapshot().lines).toHaveLength(600);
    expect(watch.snapshot().lines[599]?.text).toBe('ok 699');
    expect(watch.samples).toHaveLength(1);
  });
});
