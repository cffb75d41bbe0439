// The main job through the API, and what its evidence file is worth: it verifies offline, and every way of bending it is
// found and named.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bytes } from '../node-core/base/index.ts';
import { unwrap } from '../node-core/base/index.ts';
import type { Evidence } from '../node-core/evidence/index.ts';
import { encodeEvidence, parseEvidence, verifyEvidence } from '../node-core/evidence/index.ts';
import { systemClock } from '../node-core/host/adapters/system.ts';
import type { StoryOutcome } from '../node-core/host/cli/story.ts';
import { playStory } from '../node-core/host/cli/story.ts';
import { sampleModel } from '../node-core/host/services/demo-world.ts';
import { encodeRecord, parseRecord, TelemetryEntry } from '../node-core/records/index.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

let world: TestWorld;
let outcome: StoryOutcome;
let file: Bytes;
let evidence: Evidence;

beforeAll(async () => {
  world = await openTestWorld();
  const options = { model: sampleModel(), quantity: 2, speed: 5000 };
  outcome = await playStory(world.console.api, systemClock, options, () => undefined);
  file = outcome.evidence.bytes;
  evidence = unwrap(parseEvidence(file));
});
afterAll(() => world.remove());

/** The file as somebody would write it who can change everything and seal it again. */
function forge(change: (content: Evidence) => Evidence): Bytes {
  const { seal: _seal, format: _format, ...content } = change(structuredClone(evidence));
  return encodeEvidence(content);
}

describe('the main job', () => {
  it('ends settled, verified, with the money split as quoted to the micro-unit', () => {
    const { order, quote } = outcome;
    expect({ state: order.state, truth: order.truth, held: order.heldMicro }).toEqual({
      state: 'settled',
      truth: 'verified',
      held: 0n,
    });
    const paid = Object.fromEntries(order.payouts.map(({ role, amountMicro }) => [role, amountMicro]));
    expect(paid).toEqual({ ...quote.payouts });
    expect(order.payouts.reduce((sum, payout) => sum + payout.amountMicro, 0n)).toBe(quote.totalMicro);
    expect(quote.lines.reduce((sum, line) => sum + line.amountMicro, 0n)).toBe(quote.totalMicro);
    expect(order.timeline.map((step) => [step.code, step.state, step.anchor.truth])).toEqual(
      [
        'quoted',
        'funded',
        'accepted',
        'released',
        'printing',
        'printed',
        'shipped',
        'delivered',
        'settled',
      ].map((code) => [code, 'done', 'verified']),
    );
  });

  it('moves money only between its parties and the contract', async () => {
    const accounts = await world.console.api.wallet.accounts();
    const buyer = accounts.find((account) => account.role === 'buyer');
    const history = await world.console.api.wallet.history({ address: buyer?.address ?? '' });
    const ofDpn = history.filter(({ token }) => token === 'DPN');
    const sum = ofDpn.reduce((total, entry) => total + entry.amountMicro, 0n);
    expect(sum).toBe(buyer?.balances.DPN);
    expect(buyer?.escrowMicro).toBe(0n);
  });

  it('prints each copy once', async () => {
    const jobs = await world.console.api.jobs.list({});
    expect(jobs.map((job) => [job.copy, job.state])).toEqual([
      [1, 'finished'],
      [2, 'finished'],
    ]);
  });
});

describe('the evidence file', () => {
  it('verifies with every link, offline', () => {
    const report = verifyEvidence(file, { model: sampleModel().bytes });
    expect(report.links.filter((link) => !link.ok)).toEqual([]);
    expect(report.links.map((link) => link.name)).toEqual([
      'form',
      'headers',
      'design',
      'machine',
      'order',
      'quote',
      'licence',
      'gcode',
      'telemetry',
      'payment',
      'seal',
    ]);
    expect(report.ok).toBe(true);
  });

  it('is refused when any single byte changes', () => {
    const position = fc.integer({ min: 0, max: file.length - 1 });
    fc.assert(
      fc.property(position, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bent = file.slice();
        bent[at] = (bent[at] ?? 0) ^ change;
        const report = verifyEvidence(bent);
        expect(report.ok).toBe(false);
        expect(report.broken).toBeTruthy();
      }),
      { numRuns: 150 },
    );
  });

  it('is refused when cut off or continued', () => {
    for (const bent of [
      file.slice(0, -1),
      file.slice(0, 100),
      new Uint8Array(),
      new Uint8Array([...file, 0]),
    ]) {
      expect(verifyEvidence(bent).broken).toBe('form');
    }
  });

  it('names the link that somebody broke and sealed again', () => {
    const flip = (bytes: Bytes, at = bytes.length - 1) => {
      const bent = bytes.slice();
      bent[at] = (bent[at] ?? 0) ^ 1;
      return bent;
    };
    const forgeries: readonly (readonly [string, (content: Evidence) => Evidence])[] = [
      [
        'headers',
        (content) => ({
          ...content,
          blocks: content.blocks
            .slice(0, -1)
            .concat(content.blocks.slice(-1).map((block) => flip(block, 200))),
        }),
      ],
      ['headers', (content) => ({ ...content, trust: { ...content.trust, hash: flip(content.trust.hash) } })],
      ['telemetry', (content) => ({ ...content, telemetry: content.telemetry.slice(0, 1) })],
      ['telemetry', (content) => ({ ...content, telemetry: [...content.telemetry].reverse() })],
      ['telemetry', cooler],
      [
        'licence',
        (content) => ({
          ...content,
          transactions: content.transactions.filter((_, i) => i !== content.transactions.length - 4),
        }),
      ],
      ['payment', (content) => ({ ...content, transactions: content.transactions.slice(0, -1) })],
    ];
    for (const [link, change] of forgeries) {
      const report = verifyEvidence(forge(change));
      expect(report.ok).toBe(false);
      expect(report.broken).toBe(link);
    }
  });

  it('is refused for another model and from another beginning', () => {
    expect(verifyEvidence(file, { model: new Uint8Array([1, 2, 3]) }).broken).toBe('design');
    expect(verifyEvidence(file, { trustHash: new Uint8Array(32) }).broken).toBe('headers');
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(verifyEvidence(bytes).ok).toBe(false);
      }),
    );
  });
});

/** A temperature in the first log made lower, the entry encoded properly. */
function cooler(content: Evidence): Evidence {
  const [log, ...rest] = content.telemetry;
  if (log === undefined) throw new Error('there is a log');
  const entries = log.entries.map((bytes) => {
    const entry = unwrap(parseRecord(TelemetryEntry, 'telemetry', bytes));
    if (entry.event.type !== 'temperature') return bytes;
    return encodeRecord({ ...entry, event: { ...entry.event, nozzleDeciC: entry.event.nozzleDeciC - 1 } });
  });
  return { ...content, telemetry: [{ ...log, entries }, ...rest] };
}
