// The mailboxes under everything that can happen to them, in random order: messages, devices that come, go, die with
// unread bytes and acknowledge late, and stations that are killed with what they had not flushed. The model is a receiver
// that recognises repetitions, as clients do.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8ToBytes } from '../../base/index.ts';
import { DEVICES_MAX, WINDOW_MESSAGES } from './limits.ts';
import type { Outlet } from './mailboxes.ts';
import { Mailboxes } from './mailboxes.ts';
import { createMemoryStationStore } from './memory-store.ts';
import type { NumberedMail } from './store.ts';

const QUOTA = { messagesMax: 100_000, bytesMax: 1e9 };
const mail = (text: string) => ({ key: utf8ToBytes(text), text, signature: text, timeMs: 0 });

/** One device with its one connection: what it was sent, and what it has taken. */
class Receiver {
  readonly terminal: string;
  readonly taken: string[] = [];
  wire: NumberedMail[] = [];
  outlet: Outlet | undefined;
  constructor(terminal: string) {
    this.terminal = terminal;
  }
  connect(boxes: Mailboxes): void {
    this.drop(boxes);
    const wire: NumberedMail[] = [];
    this.wire = wire;
    this.outlet = { write: (sent) => void wire.push(sent), writtenBytes: () => 0 };
    boxes.attach('bob', this.terminal, this.outlet);
  }
  drop(boxes: Mailboxes | undefined): void {
    if (this.outlet !== undefined) boxes?.detach(this.outlet);
    this.outlet = undefined;
    this.wire = [];
  }
  /** Takes what is on the wire; acknowledges it, or dies before the acknowledgement arrives. */
  take(boxes: Mailboxes, count: number, acknowledges: boolean): void {
    for (const { number, text } of this.wire.splice(0, count)) {
      if (!this.taken.includes(text)) this.taken.push(text);
      if (acknowledges && this.outlet !== undefined) boxes.acknowledge(this.outlet, number);
    }
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constant('append' as const), count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('flush' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('take' as const),
      who: fc.nat(2),
      count: fc.nat(12),
      acknowledges: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('connect' as const, 'drop' as const), who: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('tidy' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('kill' as const) }) },
);

describe('mailboxes', () => {
  it('give every device each flushed message once and in order, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const store = createMemoryStationStore();
        let boxes = new Mailboxes(store, () => 0);
        const receivers = ['', 'laptop', 'phone'].map((terminal) => new Receiver(terminal));
        for (const receiver of receivers) receiver.connect(boxes);
        boxes.flush(() => undefined);
        const safe: string[] = [];
        let unsafe: string[] = [];
        let made = 0;
        const flush = () => {
          boxes.flush(() => undefined);
          safe.push(...unsafe.splice(0));
        };
        for (const one of steps) {
          if (one.act === 'append') {
            for (let i = 0; i < one.count; i++) {
              made += 1;
              unsafe.push(`m${made}`);
              expect(boxes.append('bob', mail(`m${made}`), QUOTA)).toBe(true);
            }
          } else if (one.act === 'flush') flush();
          else if (one.act === 'take') receivers[one.who]?.take(boxes, one.count, one.acknowledges);
          else if (one.act === 'connect') receivers[one.who]?.connect(boxes);
          else if (one.act === 'drop') receivers[one.who]?.drop(boxes);
          else if (one.act === 'tidy') {
            flush();
            boxes.tidy();
          } else {
            // Killed: what was not flushed was never confirmed to its sender, who sends it again.
            boxes = new Mailboxes(store, () => 0);
            for (const receiver of receivers) receiver.drop(undefined);
            const again = unsafe;
            unsafe = [];
            for (const text of again) {
              unsafe.push(text);
              boxes.append('bob', mail(text), QUOTA);
            }
          }
        }
        flush();
        for (const receiver of receivers) {
          receiver.connect(boxes);
          for (let turn = 0; receiver.wire.length > 0; turn++) {
            expect(turn).toBeLessThan(1000);
            receiver.take(boxes, 1000, true);
          }
          expect(receiver.taken).toEqual(safe);
        }
        flush();
        boxes.tidy();
        expect(store.mailbox('bob').count).toBe(0);
        expect(new Mailboxes(store, () => 0).append('bob', mail('x'), { messagesMax: 1, bytesMax: 1 })).toBe(
          true,
        );
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('deliver only what is safe', () => {
    const boxes = new Mailboxes(createMemoryStationStore(), () => 0);
    const bob = new Receiver('');
    bob.connect(boxes);
    boxes.append('bob', mail('a'), QUOTA);
    expect(bob.wire).toEqual([]);
    boxes.flush(() => undefined);
    expect(bob.wire).toHaveLength(1);
  });

  it('keep a bounded number on the way and wait for a slow socket', () => {
    const boxes = new Mailboxes(createMemoryStationStore(), () => 0);
    const bob = new Receiver('');
    bob.connect(boxes);
    for (let i = 0; i < 1000; i++) boxes.append('bob', mail(`m${i}`), QUOTA);
    boxes.flush(() => undefined);
    expect(bob.wire).toHaveLength(WINDOW_MESSAGES);
    let written = 2 ** 30;
    const sent: NumberedMail[] = [];
    const slow: Outlet = { write: (one) => void sent.push(one), writtenBytes: () => written };
    boxes.attach('bob', 'slow', slow);
    expect(sent).toEqual([]);
    written = 0;
    boxes.drained(slow);
    expect(sent).toHaveLength(WINDOW_MESSAGES);
  });

  it('refuse what is beyond the quota, and take more when it was fetched', () => {
    const store = createMemoryStationStore();
    const boxes = new Mailboxes(store, () => 0);
    const quota = { messagesMax: 3, bytesMax: 10 };
    expect(['aaaa', 'bbbb', 'cccc', 'dd', 'e'].map((text) => boxes.append('bob', mail(text), quota))).toEqual(
      [true, true, false, true, false],
    );
    boxes.flush(() => undefined);
    const bob = new Receiver('');
    bob.connect(boxes);
    bob.take(boxes, 9, true);
    boxes.flush(() => undefined);
    boxes.tidy();
    expect(boxes.append('bob', mail('cccc'), quota)).toBe(true);
  });

  it('bound the devices of a user: the one longest away gives way', () => {
    let now = 0;
    const store = createMemoryStationStore();
    const boxes = new Mailboxes(store, () => now);
    for (let i = 0; i <= DEVICES_MAX; i++) {
      now += 1000;
      const device = new Receiver(`d${i}`);
      device.connect(boxes);
      device.drop(boxes);
    }
    boxes.flush(() => undefined);
    const terminals = store.mailbox('bob').devices.map(({ terminal }) => terminal);
    expect(terminals).toHaveLength(DEVICES_MAX);
    expect(terminals).not.toContain('d0');
  });
});
