import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkExpiry,
  decide,
  EMPTY_QUEUE,
  evolve,
  findJob,
  type JobCommand,
  type JobEvent,
  jobIdOf,
  lineOf,
  type NewJobs,
  nextJob,
  type QueueState,
  replay,
  stateOf,
} from './queue.ts';

const order = (orderId: string, machineId: string, copies: number): NewJobs => ({
  orderId,
  machineId,
  title: 'Bracket',
  copies,
  material: 'PLA',
  colour: '#ffffff',
  gcodeHash: 'ab'.repeat(32),
  secondsEstimated: 600,
});

function run(commands: readonly JobCommand[], from: QueueState = EMPTY_QUEUE) {
  let state = from;
  const codes: string[] = [];
  for (const command of commands) {
    const result = decide(state, command);
    codes.push(result.ok ? result.value.map((event) => event.type).join(' ') : result.fault.code);
    if (result.ok) state = replay(result.value, state);
  }
  return { state, codes };
}

const states = (state: QueueState) => state.jobs.map((job) => stateOf(state, job));

test('a copy prints only on a bed confirmed clear for it', () => {
  const start = (copy: number): JobCommand => ({
    type: 'start',
    jobId: jobIdOf('o', copy),
    nowMs: 5,
    expiresMs: 10,
  });
  const { state, codes } = run([
    { type: 'add', jobs: order('o', 'm', 2), nowMs: 1 },
    start(1),
    { type: 'confirm-bed-clear', machineId: 'm', nowMs: 2 },
    start(2),
    start(1),
    start(2),
    { type: 'printing', jobId: 'o.1', nowMs: 6 },
    { type: 'confirm-bed-clear', machineId: 'm', nowMs: 7 },
    { type: 'ended', jobId: 'o.1', outcome: 'finished', nowMs: 8 },
    start(2),
    { type: 'confirm-bed-clear', machineId: 'm', nowMs: 9 },
    { ...start(2), nowMs: 11 } as JobCommand,
    start(2),
  ]);
  expect(codes).toEqual([
    'job.added job.added',
    'job.bed.not-clear',
    'bed.cleared',
    'job.not-next',
    'job.starting',
    'job.machine.busy',
    'job.printing',
    'job.machine.busy',
    'job.ended',
    'job.bed.not-clear',
    'bed.cleared',
    'job.command.expired',
    'job.starting',
  ]);
  expect(states(state)).toEqual(['finished', 'starting']);
});

test('after a restart nothing runs and nothing starts by an old confirmation', () => {
  const before = run([
    { type: 'add', jobs: order('a', 'm', 2), nowMs: 1 },
    { type: 'add', jobs: order('b', 'n', 1), nowMs: 1 },
    { type: 'confirm-bed-clear', machineId: 'm', nowMs: 2 },
    { type: 'confirm-bed-clear', machineId: 'n', nowMs: 2 },
    { type: 'start', jobId: 'a.1', nowMs: 3, expiresMs: 9 },
    { type: 'printing', jobId: 'a.1', nowMs: 3 },
  ]);
  expect(states(before.state)).toEqual(['printing', 'queued', 'ready']);
  const after = run([{ type: 'recover', nowMs: 4 }], before.state);
  expect(states(after.state)).toEqual(['failed', 'needs-bed-clear', 'needs-bed-clear']);
  expect(findJob(after.state, 'a.1')?.fault?.code).toBe('job.interrupted');
  const retried = run([{ type: 'retry', jobId: 'a.1', nowMs: 5 }], after.state);
  expect(findJob(retried.state, 'a.1')).toMatchObject({ attempt: 2, phase: 'waiting' });
  expect(findJob(retried.state, 'a.1')).not.toHaveProperty('fault');
});

test('the same order cannot be queued twice, and moving to the front is for waiting jobs', () => {
  const { codes, state } = run([
    { type: 'add', jobs: order('a', 'm', 1), nowMs: 1 },
    { type: 'add', jobs: order('a', 'm', 1), nowMs: 1 },
    { type: 'add', jobs: order('b', 'm', 1), nowMs: 1 },
    { type: 'add', jobs: order('c', 'm', 0), nowMs: 1 },
    { type: 'move-to-front', jobId: 'b.1', nowMs: 2 },
    { type: 'cancel', jobId: 'a.1', nowMs: 3 },
    { type: 'move-to-front', jobId: 'a.1', nowMs: 4 },
    { type: 'cancel', jobId: 'x', nowMs: 5 },
  ]);
  expect(codes).toEqual([
    'job.added',
    'job.exists',
    'job.added',
    'job.copies.invalid',
    'job.moved-to-front',
    'job.ended',
    'job.state.wrong',
    'job.unknown',
  ]);
  expect(states(state)).toEqual(['needs-bed-clear', 'cancelled']);
});

test('copies of one part for several orders are put into one run, and each is traced to its order', () => {
  const add = (orderId: string, copies: number, gcodeHash = 'ab'.repeat(32)): JobCommand => ({
    type: 'add',
    jobs: { ...order(orderId, 'm', copies), gcodeHash },
    nowMs: 1,
  });
  const gather = (jobId: string, ...orderIds: string[]): JobCommand => ({
    ...{ type: 'gather', jobId, orderIds, nowMs: 2 },
  });
  const { state, codes } = run([
    add('a', 2),
    add('x', 1, 'cd'.repeat(32)),
    add('b', 3),
    add('c', 1),
    { type: 'prefer', jobId: 'c.1', priority: 1, nowMs: 2 },
    gather('a.1', 'x'),
    gather('a.1', 'a'),
    gather('a.1', 'nobody'),
    gather('a.1', 'b', 'c', 'b'),
  ]);
  expect(codes.slice(5)).toEqual([
    'job.gather.other',
    'job.gather.other',
    'job.gather.other',
    'job.gathered',
  ]);
  expect(state.jobs.map(({ id }) => id)).toEqual(['a.1', 'a.2', 'b.1', 'b.2', 'b.3', 'c.1', 'x.1']);
  // As urgent as the most urgent of them, and the first copy goes first.
  expect(state.jobs.map(({ priority }) => priority)).toEqual([1, 1, 1, 1, 1, 1, undefined]);
  expect(nextJob(state, 'm')?.id).toBe('a.1');
  expect(state.jobs.map(({ run: of }) => of)).toEqual([...Array(6).fill('a.1'), undefined]);
});

test('a late command is refused, and one without a time too', () => {
  expect([checkExpiry(1, 1).ok, checkExpiry(2, 1).ok, checkExpiry(1, Number.NaN).ok]).toEqual([
    true,
    false,
    false,
  ]);
});

test('the line of a machine is the order in which its jobs start one after the other', () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant('prefer' as const),
      jobId: fc.constantFrom('a.1', 'b.2', 'c.1'),
      priority: fc.integer({ min: -2, max: 2 }),
    }),
    fc.record({
      type: fc.constantFrom('move-to-front' as const, 'cancel' as const, 'retry' as const),
      jobId: fc.constantFrom('a.2', 'b.1', 'b.3', 'c.1'),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      const orders = [order('a', 'm', 2), order('b', 'm', 3), order('c', 'm', 1), order('d', 'n', 1)];
      const adds = orders.map((jobs): JobCommand => ({ type: 'add', jobs, nowMs: 1 }));
      let { state } = run([...adds, ...steps.map((one): JobCommand => ({ ...one, nowMs: 2 }))]);
      const line = lineOf(state, 'm').map(({ id }) => id);
      const started: string[] = [];
      for (let next = nextJob(state, 'm'); next !== undefined; next = nextJob(state, 'm')) {
        started.push(next.id);
        state = evolve(state, { type: 'job.ended', jobId: next.id, outcome: 'finished', atMs: 3 });
      }
      expect(line).toEqual(started);
    }),
    { seed: 5 },
  );
});

const jobIds = fc.constantFrom('a.1', 'a.2', 'b.1', 'c.1', 'c.2', 'c.3', 'zz');
const machines = fc.constantFrom('m', 'n');
const commands: fc.Arbitrary<JobCommand> = fc.oneof(
  fc.record({
    type: fc.constant('add' as const),
    nowMs: fc.nat(9),
    jobs: fc.constantFrom(order('a', 'm', 2), order('b', 'n', 1), order('c', 'm', 3)),
  }),
  fc.record({
    type: fc.constantFrom('confirm-bed-clear' as const, 'bed-used' as const),
    machineId: machines,
    nowMs: fc.nat(9),
  }),
  fc.record({
    type: fc.constant('prefer' as const),
    jobId: jobIds,
    priority: fc.integer({ min: -3, max: 3 }),
    nowMs: fc.nat(9),
  }),
  fc.record({ type: fc.constant('start' as const), jobId: jobIds, nowMs: fc.nat(9), expiresMs: fc.nat(9) }),
  fc.record({
    type: fc.constantFrom(
      'move-to-front' as const,
      'cancel' as const,
      'retry' as const,
      'printing' as const,
      'paused' as const,
      'resumed' as const,
    ),
    jobId: jobIds,
    nowMs: fc.nat(9),
  }),
  fc.record({
    ...{ type: fc.constant('gather' as const), jobId: jobIds, nowMs: fc.nat(9) },
    orderIds: fc.array(fc.constantFrom('a', 'b', 'c', 'zz'), { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('ended' as const),
    jobId: jobIds,
    outcome: fc.constantFrom('finished' as const, 'failed' as const, 'cancelled' as const),
    nowMs: fc.nat(9),
  }),
  fc.record({ type: fc.constant('recover' as const), nowMs: fc.nat(9) }),
);

test('any commands: one job a machine, one confirmation a start, and the log rebuilds the state', () => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 60 }), (list) => {
      let state = EMPTY_QUEUE;
      const log: JobEvent[] = [];
      const confirmed = new Map<string, number>();
      for (const command of list) {
        const result = decide(state, command);
        if (!result.ok) continue;
        for (const event of result.value) {
          if (event.type === 'bed.cleared') confirmed.set(event.machineId, 1);
          if (event.type === 'bed.used') confirmed.set(event.machineId, 0);
          if (event.type === 'job.starting') {
            const machineId = findJob(state, event.jobId)?.machineId ?? '';
            expect(confirmed.get(machineId)).toBe(1);
            confirmed.set(machineId, 0);
          }
          log.push(event);
          state = evolve(state, event);
        }
        for (const machineId of ['m', 'n']) {
          const here = states({ ...state, jobs: state.jobs.filter((job) => job.machineId === machineId) });
          const running = here.filter((word) => ['starting', 'printing', 'paused'].includes(word)).length;
          const next = here.filter((word) => ['ready', 'needs-bed-clear'].includes(word)).length;
          expect(running + next).toBeLessThanOrEqual(1);
          // The first of its order that waits, and none that waits is preferred to it.
          const chosen = nextJob(state, machineId);
          const waiting = state.jobs.filter((job) => job.machineId === machineId && job.phase === 'waiting');
          for (const job of waiting) {
            expect(job.priority ?? 0).toBeLessThanOrEqual(chosen?.priority ?? 0);
            if (job.orderId === chosen?.orderId) expect(job.copy).toBeGreaterThanOrEqual(chosen.copy);
          }
        }
      }
      expect(replay(JSON.parse(JSON.stringify(log)) as JobEvent[])).toEqual(state);
    }),
    { numRuns: 300 },
  );
});

test('after a loss of power each job says how far it had come, where that is known', () => {
  const { state } = run([
    { type: 'add', jobs: order('a', 'm', 1), nowMs: 1 },
    { type: 'add', jobs: order('b', 'n', 1), nowMs: 1 },
    { type: 'confirm-bed-clear', machineId: 'm', nowMs: 2 },
    { type: 'confirm-bed-clear', machineId: 'n', nowMs: 2 },
    { type: 'start', jobId: 'a.1', nowMs: 3, expiresMs: 9 },
    { type: 'start', jobId: 'b.1', nowMs: 3, expiresMs: 9 },
    { type: 'printing', jobId: 'a.1', nowMs: 4 },
    {
      type: 'recover',
      nowMs: 5,
      places: new Map([['a.1', { line: 812, layer: 7, layersTotal: 40, heightMm: 1.4000001 }]]),
    },
  ]);
  expect(findJob(state, 'a.1')?.fault).toMatchObject({
    code: 'job.interrupted.at',
    data: { line: 812, layer: 7, layersTotal: 40, heightMm: 1.4 },
  });
  expect(findJob(state, 'b.1')?.fault?.code).toBe('job.interrupted');
});

test('copies of an own file are split over machines, and move between them only while they wait', () => {
  const jobs: NewJobs = { ...order('own-1', 'm', 3), own: { fileId: 'f' }, group: ['m', 'n'] };
  const { state, codes } = run([
    { type: 'add', jobs, places: ['m', 'n', 'm'], nowMs: 1 },
    { type: 'assign', jobId: 'own-1.2', machineId: 'm', nowMs: 2 },
    { type: 'assign', jobId: 'own-1.1', machineId: 'elsewhere', nowMs: 2 },
    { type: 'confirm-bed-clear', machineId: 'm', nowMs: 3 },
    { type: 'start', jobId: 'own-1.1', nowMs: 4, expiresMs: 9 },
    { type: 'assign', jobId: 'own-1.1', machineId: 'n', nowMs: 5 },
    { type: 'assign', jobId: 'own-1.3', machineId: 'n', nowMs: 5 },
    { type: 'add', jobs: order('o', 'm', 1), nowMs: 6 },
    { type: 'assign', jobId: 'o.1', machineId: 'n', nowMs: 7 },
  ]);
  expect(state.jobs.map(({ machineId }) => machineId)).toEqual(['m', 'm', 'n', 'm']);
  expect(codes.filter((code) => !code.startsWith('job.added'))).toEqual([
    'job.assigned',
    'job.machine.fixed',
    'bed.cleared',
    'job.starting',
    'job.state.wrong',
    'job.assigned',
    'job.machine.fixed',
  ]);
});
