// The queue of deadlines against a sorted list.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToHex } from '../base/index.ts';
import { peekDeadline, popDeadline, pushDeadline } from './deadlines.ts';
import { createOverlay, createState } from './state.ts';

const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ pushS: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ popS: fc.nat(60) }) },
);

test('hands out deadlines by time, then in the order in which they were set, and leaves no entry behind', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
      const overlay = createOverlay({ get: () => undefined });
      const state = createState(overlay);
      let model: { timeS: bigint; order: bigint }[] = [];
      operations.forEach((step, index) => {
        if ('pushS' in step) {
          const entry = { timeS: BigInt(step.pushS), order: BigInt(index) };
          pushDeadline(state, entry.timeS, entry.order, new Uint8Array(20).fill(index));
          model.push(entry);
          model.sort((a, b) => Number(a.timeS - b.timeS) || Number(a.order - b.order));
        } else {
          const [first] = model;
          const due = first !== undefined && first.timeS <= BigInt(step.popS) ? first : undefined;
          const popped = popDeadline(state, BigInt(step.popS));
          expect(popped?.order).toBe(due?.order);
          if (due !== undefined) model = model.slice(1);
        }
        expect(peekDeadline(state)?.order).toBe(model[0]?.order);
        expect(state.indexLength('deadlines')).toBe(BigInt(model.length));
      });
      const entries = [...overlay.changes()].filter(([, value]) => value !== undefined);
      const length = operations.some((step) => 'pushS' in step) ? 1 : 0;
      expect(entries.map(([key]) => bytesToHex(key)).length).toBe(model.length + length);
    }),
    { numRuns: 300 },
  );
});
