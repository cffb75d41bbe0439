// Calls between people with several devices, over a network that delivers when it wants to: whatever they do and in
// whatever order it arrives, there is one call or none, each call is in the history once, and no way to a person leaves
// before both agreed.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEffect, CallEntry, CallInput, CallState } from './index.ts';
import { callDeadlineMs, LOST_MS, NO_CALLS, parseDescription, RING_MS, stepCall } from './index.ts';
import { offerWith } from './testing/descriptions.ts';

const description = (fill: string) => {
  const parsed = parseDescription(offerWith(fill));
  if (parsed === undefined) throw new Error('a sound description');
  return parsed;
};

type Device = {
  readonly name: string;
  readonly person: string;
  state: CallState;
  readonly entries: CallEntry[];
  /** What its page was told, by kind. */
  readonly told: string[];
};

/** People whose devices all get what is sent to the person, in order from each sender. */
class Line {
  nowMs = 1_000_000_000;
  readonly devices: Device[];
  readonly #wires: { readonly from: string; readonly to: Device; readonly effect: CallEffect }[] = [];
  readonly sent: string[] = [];
  /** Whether pages set up their media by themselves. */
  hasMedia = true;
  isCut = false;
  #made = 0;

  constructor(...names: readonly string[]) {
    this.devices = names.map((name) => ({
      name,
      person: name.slice(0, 1),
      state: NO_CALLS,
      entries: [],
      told: [],
    }));
  }

  device(name: string): Device {
    const found = this.devices.find((one) => one.name === name);
    if (found === undefined) throw new Error(name);
    return found;
  }

  phase(name: string): string {
    return this.device(name).state.call?.phase.kind ?? 'none';
  }

  start(name: string, peer: string, id?: string): string {
    this.#made += 1;
    const call = id ?? this.#made.toString(16).padStart(32, '0');
    this.act(name, { type: 'start', call, peer, video: false });
    return call;
  }

  act(name: string, input: CallInput): void {
    const device = this.device(name);
    const before = device.state.call;
    const step = stepCall(device.state, input, { nowMs: this.nowMs, device: name });
    device.state = step.state;
    for (const effect of step.effects) this.#carry(device, before, effect);
  }

  #carry(device: Device, before: CallState['call'], effect: CallEffect): void {
    if (effect.type === 'log') device.entries.push(effect.entry);
    if (effect.type === 'send') {
      const { act } = effect.content.said;
      this.sent.push(`${device.name} ${act}`);
      if (act === 'offer' || act === 'answer' || act === 'candidates')
        expect(['connecting', 'talking', 'interrupted']).toContain(before?.phase.kind);
      if (this.isCut) return;
      for (const to of this.devices)
        if (to.person === effect.peer) this.#wires.push({ from: device.name, to, effect });
    }
    if (effect.type !== 'media') return;
    const { signal } = effect;
    device.told.push(signal.kind);
    if (!this.hasMedia) return;
    const say = (act: 'offer' | 'answer') =>
      this.act(device.name, { type: 'describe', act, round: 1, description: description(device.name) });
    if (signal.kind === 'begin' && signal.role === 'caller') say('offer');
    if (signal.kind === 'restart') say('offer');
    if (signal.kind === 'offer') say('answer');
    if (signal.kind === 'offer' || signal.kind === 'answer') this.act(device.name, { type: 'connected' });
  }

  /** Delivers one thing: the next from a sender to a device, whichever of them `choice` says. */
  deliver(choice: number): boolean {
    const heads = this.#wires.filter(
      (wire, index) => this.#wires.findIndex((one) => one.from === wire.from && one.to === wire.to) === index,
    );
    const wire = heads[choice % Math.max(1, heads.length)];
    if (wire === undefined) return false;
    this.#wires.splice(this.#wires.indexOf(wire), 1);
    const { to, from, effect } = wire;
    if (effect.type !== 'send') return true;
    const peer = from.slice(0, 1);
    this.act(to.name, { type: 'hear', peer, content: effect.content, rings: true });
    return true;
  }

  settle(): void {
    for (let turn = 0; this.deliver(0); turn++) if (turn > 10_000) throw new Error('no rest');
  }

  pass(milliseconds: number): void {
    this.nowMs += milliseconds;
    for (const { name } of this.devices) this.act(name, { type: 'tick' });
  }

  outcomes(name: string): string[] {
    return this.device(name).entries.map(
      ({ outcome, isIncoming }) => `${isIncoming ? 'in' : 'out'} ${outcome}`,
    );
  }
}

describe('a call', () => {
  it('rings, is accepted, is talked in, and ends with its length on both sides', () => {
    const line = new Line('a1', 'b1');
    line.start('a1', 'b');
    expect(line.phase('a1')).toBe('calling');
    line.settle();
    expect(line.device('a1').state.call?.phase).toMatchObject({ heard: 'ringing' });
    line.pass(5_000);
    line.act('b1', { type: 'accept' });
    line.settle();
    expect([line.phase('a1'), line.phase('b1')]).toEqual(['talking', 'talking']);
    line.pass(61_000);
    line.act('b1', { type: 'end', reason: 'hangup' });
    line.settle();
    expect([line.phase('a1'), line.phase('b1')]).toEqual(['none', 'none']);
    for (const name of ['a1', 'b1'])
      expect(line.device(name).entries).toMatchObject([
        { outcome: 'talked', lengthMs: 61_000, isLost: false },
      ]);
  });

  it('sends no way to a person, and takes none, before both agreed', () => {
    const line = new Line('a1', 'b1');
    line.hasMedia = false;
    line.start('a1', 'b');
    line.settle();
    const early: readonly CallInput[] = [
      { type: 'describe', act: 'offer', round: 1, description: description('a1') },
      { type: 'candidates', round: 1, list: [] },
      { type: 'restart' },
    ];
    for (const name of ['a1', 'b1']) for (const input of early) line.act(name, input);
    expect(line.sent).toEqual(['a1 invite', 'b1 ringing']);
    const call = line.device('b1').state.call?.id ?? '';
    const said = { act: 'offer', round: 1, description: description('a1') } as const;
    const content = { call, from: 'a1', expiresS: 2e9, said };
    line.act('b1', { type: 'hear', peer: 'a', content, rings: true });
    expect([line.phase('b1'), line.device('b1').told]).toEqual(['ringing', []]);
  });

  it.each([
    [
      'is declined',
      (line: Line) => line.act('b1', { type: 'end', reason: 'hangup' }),
      'out declined',
      'in declined',
    ],
    [
      'is given up',
      (line: Line) => line.act('a1', { type: 'end', reason: 'hangup' }),
      'out cancelled',
      'in missed',
    ],
    ['is not answered', (line: Line) => line.pass(RING_MS), 'out unanswered', 'in missed'],
  ] as const)('that %s is over for both', (_name, act, out, incoming) => {
    const line = new Line('a1', 'b1');
    line.start('a1', 'b');
    line.settle();
    act(line);
    line.settle();
    expect([line.outcomes('a1'), line.outcomes('b1')]).toEqual([[out], [incoming]]);
    expect([line.phase('a1'), line.phase('b1')]).toEqual(['none', 'none']);
  });

  it('rings on every device until one answers; the first that the caller hears has it', () => {
    const line = new Line('a1', 'b1', 'b2', 'b3');
    line.start('a1', 'b');
    line.settle();
    expect(['b1', 'b2', 'b3'].map((name) => line.phase(name))).toEqual(['ringing', 'ringing', 'ringing']);
    line.act('b2', { type: 'accept' });
    line.act('b1', { type: 'accept' });
    line.settle();
    expect(['a1', 'b1', 'b2', 'b3'].map((name) => line.phase(name))).toEqual([
      'talking',
      'none',
      'talking',
      'none',
    ]);
    expect([line.outcomes('b1'), line.outcomes('b3')]).toEqual([['in elsewhere'], ['in elsewhere']]);
  });

  it('that one device declines stops ringing on the others', () => {
    const line = new Line('a1', 'b1', 'b2');
    line.start('a1', 'b');
    line.settle();
    line.act('b2', { type: 'end', reason: 'hangup' });
    line.settle();
    expect([line.phase('b1'), line.outcomes('b1'), line.outcomes('a1')]).toEqual([
      'none',
      ['in declined'],
      ['out declined'],
    ]);
  });

  it('to somebody who talks already is busy there, unless another device rings', () => {
    const line = new Line('a1', 'b1', 'c1');
    line.start('a1', 'b');
    line.settle();
    line.act('b1', { type: 'accept' });
    line.settle();
    line.start('c1', 'b');
    line.settle();
    line.pass(5_000);
    line.settle();
    expect([line.outcomes('c1'), line.outcomes('b1'), line.phase('a1')]).toEqual([
      ['out busy'],
      ['in missed'],
      'talking',
    ]);
    const other = new Line('a1', 'b1', 'b2', 'c1');
    other.start('b1', 'c');
    other.settle();
    other.start('a1', 'b');
    other.settle();
    other.pass(5_000);
    expect([other.phase('a1'), other.phase('b2')]).toEqual(['calling', 'ringing']);
  });

  it('of two who call each other is one call, whichever of them was first', () => {
    for (const [first, second] of [
      ['a1', 'b1'],
      ['b1', 'a1'],
    ] as const) {
      const line = new Line('a1', 'a2', 'b1', 'b2');
      line.start(first, second.slice(0, 1));
      line.start(second, first.slice(0, 1));
      line.settle();
      expect(['a1', 'a2', 'b1', 'b2'].map((name) => line.phase(name))).toEqual([
        'talking',
        'none',
        'talking',
        'none',
      ]);
      expect(line.device('a1').state.call?.id).toBe(line.device('b1').state.call?.id);
    }
  });

  it('whose line is lost waits for it, comes back, and ends when it stays away', () => {
    const line = new Line('a1', 'b1');
    line.start('a1', 'b');
    line.settle();
    line.act('b1', { type: 'accept' });
    line.settle();
    for (const name of ['a1', 'b1']) line.act(name, { type: 'interrupted' });
    line.pass(LOST_MS - 1);
    line.act('b1', { type: 'restart' });
    line.settle();
    expect([line.phase('a1'), line.phase('b1')]).toEqual(['talking', 'talking']);
    line.isCut = true;
    for (const name of ['a1', 'b1']) line.act(name, { type: 'interrupted' });
    line.pass(LOST_MS);
    for (const name of ['a1', 'b1'])
      expect(line.device(name).entries).toMatchObject([{ outcome: 'talked', isLost: true }]);
  });

  it('that comes when it is long over does not ring, and is in the history with its own time', () => {
    const line = new Line('a1', 'b1');
    line.start('a1', 'b');
    line.pass(RING_MS);
    line.nowMs += 3_600_000;
    line.settle();
    expect(line.phase('b1')).toBe('none');
    expect(line.device('b1').entries).toMatchObject([{ outcome: 'missed', atMs: 1_000_000_000 }]);
  });

  it('of somebody who may not ring is only noted', () => {
    const line = new Line('a1', 'b1');
    const said = { act: 'invite', video: false } as const;
    const content = { call: '0'.repeat(32), from: 'a1', expiresS: line.nowMs / 1000 + 45, said };
    line.act('b1', { type: 'hear', peer: 'a', content, rings: false });
    expect([line.phase('b1'), line.outcomes('b1'), line.sent]).toEqual(['none', ['in missed'], []]);
  });

  it('listens to nobody but the one device at its other end, and to no other certificate', () => {
    const line = new Line('a1', 'a2', 'b1', 'c1');
    const call = line.start('a1', 'b');
    line.settle();
    line.act('b1', { type: 'accept' });
    line.settle();
    const told = line.device('b1').told.length;
    const offer = (fill: string) => ({ act: 'offer', round: 2, description: description(fill) }) as const;
    const content = { call, expiresS: 2e9 };
    const end = { act: 'end', reason: 'hangup' } as const;
    for (const [peer, from, said] of [
      ['c', 'a1', end],
      ['a', 'a2', end],
      ['a', 'a2', offer('a1')],
      ['a', 'a1', offer('b1')],
      ['a', 'a1', { act: 'answer', round: 2, description: description('a1') }],
    ] as const)
      line.act('b1', { type: 'hear', peer, content: { ...content, from, said }, rings: true });
    expect([line.phase('b1'), line.device('b1').told.length]).toEqual(['talking', told]);
    line.act('b1', {
      type: 'hear',
      peer: 'a',
      content: { ...content, from: 'a1', said: offer('a1') },
      rings: true,
    });
    expect(line.device('b1').told.at(-1)).toBe('offer');
  });
});

describe('whatever happens', () => {
  const NAMES = ['a1', 'a2', 'b1', 'b2', 'c1'] as const;
  const turn = fc.record({
    who: fc.constantFrom(...NAMES),
    what: fc.constantFrom(
      'start',
      'accept',
      'hangup',
      'lost',
      'interrupted',
      'connected',
      'restart',
      'deliver',
      'deliver',
      'deliver',
      'pass',
      'cut',
    ),
    peer: fc.constantFrom('a', 'b', 'c'),
    choice: fc.nat(50),
    passMs: fc.constantFrom(10, 3_000, 31_000, 50_000),
    id: fc.nat(0xffff),
  });

  it('there is one call or none at a device, each is noted once, and all come to an end', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 60 }), (turns) => {
        const line = new Line(...NAMES);
        turns.forEach(({ who, what, peer, choice, passMs, id }, index) => {
          const person = who.slice(0, 1);
          const call = `${id.toString(16).padStart(4, '0')}${String(index).padStart(28, '0')}`;
          if (what === 'start') person === peer || line.start(who, peer, call);
          else if (what === 'deliver') line.deliver(choice);
          else if (what === 'pass') line.pass(passMs);
          else if (what === 'cut') line.isCut = !line.isCut;
          else if (what === 'hangup' || what === 'lost') line.act(who, { type: 'end', reason: what });
          else line.act(who, { type: what });
          for (const { state } of line.devices)
            expect(state.call === undefined || !state.recent.includes(state.call.id)).toBe(true);
        });
        line.isCut = false;
        line.settle();
        // Whoever still talks hangs up; everything else ends by itself.
        for (let round = 0; round < 4; round++) {
          for (const { name, state } of line.devices)
            if (state.call?.phase.kind === 'talking') line.act(name, { type: 'end', reason: 'hangup' });
          line.pass(60_000);
          line.settle();
        }
        for (const { state, entries } of line.devices) {
          expect([state.call, callDeadlineMs(state)]).toEqual([undefined, undefined]);
          expect(new Set(entries.map(({ call }) => call)).size).toBe(entries.length);
        }
      }),
      { seed: 11, numRuns: 400 },
    );
  });

  it('two who call each other, in any order of delivery, talk in one call', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.nat(9), { minLength: 40, maxLength: 40 }), (isFirst, choices) => {
        const line = new Line('a1', 'a2', 'b1', 'b2');
        const low = '0'.repeat(32);
        const high = 'f'.repeat(32);
        line.start('a1', 'b', isFirst ? low : high);
        line.start('b1', 'a', isFirst ? high : low);
        for (const choice of choices) line.deliver(choice);
        line.settle();
        expect(['a1', 'a2', 'b1', 'b2'].map((name) => line.phase(name))).toEqual([
          'talking',
          'none',
          'talking',
          'none',
        ]);
        expect(
          line.devices.map(({ entries }) => entries.filter(({ outcome }) => outcome === 'missed')),
        ).toEqual([[], [], [], []]);
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});
