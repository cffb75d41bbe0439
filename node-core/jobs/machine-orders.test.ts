// What is asked of a machine by message: what counts and what does not, whatever is asked.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AskedOfMachine, MachineNow, MachineRight } from './machine-orders.ts';
import { judgeAsk, MACHINE_ASK_MS_MAX, MACHINE_RIGHTS } from './machine-orders.ts';

const JOB = 'ab'.repeat(32);
const NOW: MachineNow = { nowMs: 1_000_000, rights: MACHINE_RIGHTS, job: { hash: JOB, paused: true } };
const asked = (change: Partial<AskedOfMachine> = {}): AskedOfMachine => ({
  act: 'pause',
  expiresMs: NOW.nowMs + 60_000,
  job: JOB,
  ...change,
});
const codeOf = (ask: AskedOfMachine, now: MachineNow = NOW) => {
  const judged = judgeAsk(ask, now);
  return judged.ok ? judged.value : judged.fault.code;
};

it('does what may be done, at the last moment too', () => {
  expect(codeOf(asked())).toBe('pause');
  expect(codeOf(asked({ expiresMs: NOW.nowMs }))).toBe('pause');
  expect(codeOf(asked({ expiresMs: NOW.nowMs + MACHINE_ASK_MS_MAX }))).toBe('pause');
  expect(codeOf(asked({ act: 'status', job: undefined }), { ...NOW, job: undefined })).toBe('status');
});

it('refuses each thing for its own reason', () => {
  expect(codeOf(asked({ expiresMs: NOW.nowMs - 1 }))).toBe('talk.late');
  expect(codeOf(asked({ expiresMs: NOW.nowMs + MACHINE_ASK_MS_MAX + 1 }))).toBe('talk.far');
  expect(codeOf(asked({ job: 'cd'.repeat(32) }))).toBe('talk.job');
  expect(codeOf(asked({ job: undefined }))).toBe('talk.job');
  expect(codeOf(asked(), { ...NOW, job: undefined })).toBe('talk.job');
  expect(codeOf(asked({ act: 'resume' }), { ...NOW, job: { hash: JOB, paused: false } })).toBe(
    'talk.not-paused',
  );
  expect(codeOf(asked({ act: 'start' }))).toBe('talk.act');
  expect(codeOf(asked({ act: 'cancel' }), { ...NOW, rights: ['status', 'pause'] })).toBe('talk.right');
  // To whom nothing is allowed everything looks the same.
  for (const act of ['status', 'start', 'cancel', 'nonsense'])
    expect(codeOf(asked({ act }), { ...NOW, rights: [] })).toBe('talk.right');
});

it('never lets through what was not granted, is not known, is late, or is for another print', () => {
  const right = fc.constantFrom<MachineRight>(...MACHINE_RIGHTS);
  fc.assert(
    fc.property(
      fc.oneof(right, fc.string({ maxLength: 20 }), fc.constant('start')),
      fc.uniqueArray(right),
      fc.integer({ min: -1_000_000, max: 2_000_000 }),
      fc.option(fc.constantFrom(JOB, 'cd'.repeat(32)), { nil: undefined }),
      fc.option(fc.record({ hash: fc.constant(JOB), paused: fc.boolean() }), { nil: undefined }),
      (act, rights, leftMs, job, running) => {
        const judged = judgeAsk(
          { act, expiresMs: NOW.nowMs + leftMs, job },
          { nowMs: NOW.nowMs, rights, job: running },
        );
        if (!judged.ok) return;
        expect(rights).toContain(judged.value);
        expect(leftMs).toBeGreaterThanOrEqual(0);
        expect(leftMs).toBeLessThanOrEqual(MACHINE_ASK_MS_MAX);
        if (judged.value === 'status' || judged.value === 'picture') return;
        expect(running?.hash).toBe(job);
        if (judged.value === 'resume') expect(running?.paused).toBe(true);
      },
    ),
  );
});
