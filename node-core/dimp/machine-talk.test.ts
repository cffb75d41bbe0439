// The words of machines: what is read back as it was written, and what is none of them.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject, JsonValue } from './json.ts';
import type { MachineAnswer, MachineAsk } from './machine-talk.ts';
import { isMachineTalk, machineTalkFields, readMachineTalk } from './machine-talk.ts';

const ASK: Omit<MachineAsk, 'mod'> = {
  act: 'pause',
  nonce: '0f'.repeat(16),
  expires: 1_800_000_000,
  job: 'ab'.repeat(32),
};
const ANSWER: Omit<MachineAnswer, 'mod'> = {
  act: 'pause',
  nonce: '0f'.repeat(16),
  ok: false,
  text: 'The print is being paused.',
  code: 'talk.late',
  next: 'Ask once more.',
  name: 'Workshop printer',
  may: ['status', 'pause', 'something-of-later'],
  status: {
    state: 'printing',
    nozzle: 210.5,
    nozzleTarget: 210,
    bed: null,
    bedTarget: null,
    job: { job: 'ab'.repeat(32), copy: 1, copies: 2, layer: 3, layers: 40, share: 0.25, leftS: null },
  },
  picture: { data: '/9j/', rotate: 90, flip: true },
};

it('reads back what was written, as any program would send it', () => {
  for (const talk of [ASK, ANSWER]) {
    const fields = JSON.parse(JSON.stringify(machineTalkFields(talk))) as JsonObject;
    expect(isMachineTalk(fields)).toBe(true);
    expect(readMachineTalk(fields)).toEqual({ mod: talk === ASK ? 'ask' : 'answer', ...talk });
    // What later programs add is not in the way.
    expect(readMachineTalk({ ...fields, later: { anything: 1 } })).toBeDefined();
  }
});

it('takes nothing that is not sound', () => {
  const bad: readonly [string, JsonValue][] = [
    ['nonce', '0F'.repeat(16)],
    ['nonce', 'ab'],
    ['expires', -1],
    ['expires', 1e300],
    ['expires', '1800000000'],
    ['act', ''],
    ['act', 'x'.repeat(33)],
    ['job', 'short'],
    ['mod', 'order'],
    ['app', 'somebody.else'],
  ];
  for (const [name, value] of bad)
    expect(readMachineTalk({ ...machineTalkFields(ASK), [name]: value })).toBeUndefined();
  const status = machineTalkFields(ANSWER)['status'] as JsonObject;
  expect(
    readMachineTalk({ ...machineTalkFields(ANSWER), status: { ...status, nozzle: 1e9 } }),
  ).toBeUndefined();
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
      readMachineTalk({ ...(json as JsonObject), app: 'dipnet.machine' });
    }),
  );
});
