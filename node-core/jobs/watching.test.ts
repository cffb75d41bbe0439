// Watching a print, both sides: the pace, what is never shown again or late, and what strangers' bytes can do.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../base/index.ts';
import { bytesToHex, sha256, unwrap } from '../base/index.ts';
import type { PicturePart, PrintFacts, PrintReport, Sight } from './print-report.ts';
import {
  encodeWatchWord,
  PICTURE_PART_BYTES,
  parsePicturePart,
  parsePrintReport,
  parseWatchAsk,
} from './print-report.ts';
import { PICTURE_INTERVAL_MS, REPORT_INTERVAL_MS, WATCH_LEASE_MS, WatchDesk } from './watch-desk.ts';
import { ASK_AGAIN_MS, WatchSeat } from './watch-seat.ts';

const ORDER = new Uint8Array(20).fill(9);
const ALL: Sight = { progress: true, temperatures: true, pictures: true };
const PAIR = { actor: 'maker', watcher: 'buyer' };

const factsAt = (layer: number, state: PrintFacts['state'] = 'printing'): PrintFacts => ({
  job: new Uint8Array(32).fill(1),
  copy: 1,
  attempt: 1,
  state,
  layer,
  layers: 100,
  permille: layer * 10,
  leftS: 1000 - layer,
  heat: { nozzle: 2100, nozzleTarget: 2100, bed: 600, bedTarget: 600 },
});

/** Each draw is another one. */
function counting() {
  let drawn = 0;
  return { bytes: (length: number) => new Uint8Array(length).fill(++drawn) };
}

const newSeat = () => new WatchSeat(ORDER, counting());
const report = (nonce: Bytes, index: number, facts: PrintFacts | null = factsAt(index)): PrintReport => ({
  v: 1,
  order: ORDER,
  nonce,
  index,
  sight: ALL,
  facts,
});

describe('the desk of a maker', () => {
  const asked = (desk: WatchDesk, nowMs: number, fill: number, pictures = false) => {
    const ask = { v: 1, order: ORDER, nonce: new Uint8Array(16).fill(fill), pictures } as const;
    const may = desk.mayAsk(PAIR, ask, nowMs);
    if (may) desk.ask(PAIR, ask, nowMs);
    return may;
  };

  it('tells a change of state at once, numbers every few seconds, and the same thing only when asked', () => {
    const desk = new WatchDesk();
    expect(asked(desk, 0, 1)).toBe(true);
    let facts = factsAt(3);
    const told = (nowMs: number) => desk.tick(nowMs, () => ({ sight: ALL, facts })).map((one) => one.report);
    expect(told(0)).toMatchObject([{ index: 0, facts: { layer: 3 } }]);
    expect(told(1000)).toEqual([]);
    facts = factsAt(4);
    expect(told(1500)).toEqual([]);
    expect(told(REPORT_INTERVAL_MS)).toMatchObject([{ index: 1, facts: { layer: 4 } }]);
    facts = factsAt(4, 'paused');
    expect(told(REPORT_INTERVAL_MS + 500)).toMatchObject([{ index: 2, facts: { state: 'paused' } }]);
    expect(told(20_000)).toEqual([]);
    expect(asked(desk, 20_000, 2)).toBe(true);
    expect(told(20_100)).toMatchObject([{ index: 0, facts: { state: 'paused' } }]);
  });

  it('keeps nothing for the absent: after the lease nobody is told, and who asks again hears the newest alone', () => {
    const desk = new WatchDesk();
    asked(desk, 0, 1);
    let layer = 0;
    const tick = (nowMs: number) => desk.tick(nowMs, () => ({ sight: ALL, facts: factsAt(layer) }));
    let told = 0;
    for (let nowMs = 0; nowMs <= 3_600_000; nowMs += 1000) {
      layer = Math.min(100, Math.floor(nowMs / 30_000));
      told += tick(nowMs).length;
    }
    expect(told).toBeLessThanOrEqual(WATCH_LEASE_MS / REPORT_INTERVAL_MS + 1);
    expect(desk.isIdle).toBe(true);
    asked(desk, 3_700_000, 2);
    expect(tick(3_700_000).map((one) => one.report.facts?.layer)).toEqual([100]);
  });

  it('says of each thing only what the owner shows', () => {
    const desk = new WatchDesk();
    asked(desk, 0, 1);
    const seen = (nowMs: number, sight: Sight) =>
      desk.tick(nowMs, () => ({ sight, facts: factsAt(3) }))[0]?.report;
    expect(seen(0, { ...ALL, temperatures: false })?.facts).toMatchObject({ layer: 3, heat: null });
    const hidden = { progress: false, temperatures: true, pictures: false };
    expect(seen(5000, hidden)).toMatchObject({ sight: hidden, facts: null });
    expect(seen(9000, ALL)?.facts?.heat).toMatchObject({ nozzle: 2100 });
  });

  it('hears nobody who asks in a row, or asks the same again', () => {
    const desk = new WatchDesk();
    expect(asked(desk, 0, 1)).toBe(true);
    expect(asked(desk, 100, 2)).toBe(false);
    expect(asked(desk, 10_000, 1)).toBe(false);
    expect(asked(desk, 10_000, 2)).toBe(true);
  });

  it('wishes for a picture now and then, for those who want any', () => {
    const desk = new WatchDesk();
    const wishes = (nowMs: number) =>
      desk.pictureWishes(nowMs, () => ({ sight: ALL, facts: factsAt(3) })).length;
    asked(desk, 0, 1, true);
    expect(wishes(0)).toBe(1);
    expect(wishes(PICTURE_INTERVAL_MS - 1)).toBe(0);
    expect(wishes(PICTURE_INTERVAL_MS)).toBe(1);
    asked(desk, 30_000, 2, false);
    expect(wishes(60_000)).toBe(0);
  });

  it('has a picture sent as soon as there is something to show, whoever asked long before', () => {
    const desk = new WatchDesk();
    asked(desk, 0, 1, true);
    const wishes = (nowMs: number, sight: Sight, state: PrintFacts['state']) =>
      desk.pictureWishes(nowMs, () => ({ sight, facts: factsAt(0, state) })).length;
    expect(wishes(0, ALL, 'waiting')).toBe(0);
    expect(wishes(500, { ...ALL, pictures: false }, 'heating')).toBe(0);
    expect(desk.pictureWishes(900, () => undefined)).toEqual([]);
    expect(wishes(1000, ALL, 'heating')).toBe(1);
    expect(wishes(1500, ALL, 'printing')).toBe(0);
    expect(wishes(1000 + PICTURE_INTERVAL_MS, ALL, 'finished')).toBe(0);
  });
});

describe('the seat of a watcher', () => {
  it('never goes back: whatever is kept back, doubled or mixed up, what is believed only gets newer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ question: fc.nat(5), index: fc.nat(6), asks: fc.boolean() }), { maxLength: 60 }),
        (events) => {
          const seat = newSeat();
          const nonces = [seat.ask(false).nonce];
          let best = -1;
          for (const { question, index, asks } of events) {
            if (asks) nonces.push(seat.ask(false).nonce);
            const number = question % nonces.length;
            const rank = number * 1000 + index;
            const isFresh = number >= nonces.length - 2;
            const nonce = nonces[number] ?? new Uint8Array(16);
            const believed = seat.hear(report(nonce, index));
            expect(believed).toBe(isFresh && rank > best);
            if (believed) best = rank;
          }
        },
      ),
    );
  });

  it('believes no answer to a question of somebody else, or about another order', () => {
    const seat = newSeat();
    const { nonce } = seat.ask(false);
    expect(seat.hear(report(new Uint8Array(16).fill(200), 0))).toBe(false);
    expect(seat.hear({ ...report(nonce, 0), order: new Uint8Array(20) })).toBe(false);
    expect(seat.hear(report(nonce, 0))).toBe(true);
  });

  it('asks ever more rarely while nobody answers, and at the usual pace when somebody does', () => {
    const seat = newSeat();
    const pauses: number[] = [];
    let { nonce } = seat.ask(false);
    for (let asked = 0; asked < 12; asked++) {
      pauses.push(seat.pauseMs);
      ({ nonce } = seat.ask(false));
    }
    expect(pauses.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(Math.max(...pauses)).toBe(300_000);
    seat.hear(report(nonce, 0));
    seat.ask(false);
    expect(seat.pauseMs).toBe(ASK_AGAIN_MS);
  });

  it('joins a picture from its parts, in any order, and drops one that is not what its hash says', () => {
    const jpeg = new Uint8Array(2 * PICTURE_PART_BYTES + 5).map((_, index) => index % 251);
    const seat = newSeat();
    const { nonce } = seat.ask(true);
    const parts = [0, 1, 2].map(
      (part): PicturePart => ({
        v: 1,
        order: ORDER,
        nonce,
        hash: sha256(jpeg),
        part,
        parts: 3,
        layer: 4,
        layers: 9,
        rotate: 90,
        flip: true,
        bytes: jpeg.slice(part * PICTURE_PART_BYTES, (part + 1) * PICTURE_PART_BYTES),
      }),
    );
    const [first, second, third] = parts as [PicturePart, PicturePart, PicturePart];
    expect(seat.hearPart(third)).toBeUndefined();
    expect(seat.hearPart(first)).toBeUndefined();
    const whole = seat.hearPart(second);
    expect(whole).toMatchObject({ layer: 4, layers: 9, rotate: 90, flip: true });
    expect(bytesToHex(sha256(whole?.jpeg ?? new Uint8Array(0)))).toBe(bytesToHex(sha256(jpeg)));
    for (const part of [first, third]) seat.hearPart(part);
    expect(seat.hearPart({ ...second, bytes: second.bytes.map((byte) => byte ^ 1) })).toBeUndefined();
    expect(seat.hearPart({ ...first, part: 3 })).toBeUndefined();
    expect(seat.hearPart({ ...first, nonce: new Uint8Array(16).fill(99) })).toBeUndefined();
  });
});

describe('the words', () => {
  it('read back as they were written, and no other bytes are any', () => {
    const ask = { v: 1, order: ORDER, nonce: new Uint8Array(16), pictures: true } as const;
    expect(unwrap(parseWatchAsk(encodeWatchWord(ask)))).toEqual(ask);
    const said = report(ask.nonce, 7);
    expect(unwrap(parsePrintReport(encodeWatchWord(said)))).toEqual(said);
    expect(unwrap(parsePrintReport(encodeWatchWord({ ...said, facts: null }))).facts).toBeNull();
    for (const bad of [
      { ...said, facts: { ...factsAt(1), permille: 1001 } },
      { ...said, index: -1 },
      { ...said, extra: 1 },
    ])
      expect(parsePrintReport(encodeWatchWord(bad as PrintReport)).ok).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const parse of [parseWatchAsk, parsePrintReport, parsePicturePart]) parse(bytes);
      }),
    );
  });
});
