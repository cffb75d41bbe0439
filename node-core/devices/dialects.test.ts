// Firmwares that speak otherwise: forms of replies, and whole conversations with peers that only know their own way.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import { checkExecuted, sampleJob } from './driver-conformance.ts';
import { createMarlinDriver } from './marlin.ts';
import { parseDuty, parseFirmware, parseReply, parseTemperatures } from './replies.ts';
import type { MachineEvent } from './types.ts';
import { createLinkPair, createSimClock, type SimClock } from './virtual/index.ts';

const FORMS: readonly (readonly [string, object])[] = [
  ['ok', { type: 'ok', rest: '' }],
  ['ok N5 P15 B3', { type: 'ok', rest: 'N5 P15 B3' }],
  ['ok T:19.37 /0.00 B:19.37 /0.00 @:0 B@:0', { type: 'ok', rest: 'T:19.37 /0.00 B:19.37 /0.00 @:0 B@:0' }],
  ['ok FIRMWARE_NAME:Klipper FIRMWARE_VERSION:v0.11', { type: 'ok' }],
  ['Resend: 5', { type: 'resend', number: 5 }],
  ['Resend:N5', { type: 'resend', number: 5 }],
  ['Resend: N:5', { type: 'resend', number: 5 }],
  ['rs N2 Expected checksum 67', { type: 'resend', number: 2 }],
  ['resend 17', { type: 'resend', number: 17 }],
  ['echo:busy: processing', { type: 'busy', forUser: false }],
  ['busy: processing', { type: 'busy', forUser: false }],
  ['echo:busy: paused for user', { type: 'busy', forUser: true }],
  ['wait', { type: 'wait' }],
  ['start', { type: 'start' }],
  [' External Reset', { type: 'start' }],
  ['PowerUp', { type: 'start' }],
  ['Smoothie', { type: 'start' }],
  [' T:25.77 /50.00 B:25.77 /40.00 @:127 B@:127 W:?', { type: 'heating' }],
  [' T:25.77 /50.00 B:25.77 /40.00 @:127 B@:127', { type: 'temperature' }],
  ['Error:checksum mismatch, Last Line: 4', { type: 'error', lineOrder: true }],
  ['Error:Line Number is not Last Line Number+1, Last Line: 4', { type: 'error', lineOrder: true }],
  ['Error:No Line Number with checksum, Last Line: 4', { type: 'error', lineOrder: true }],
  ['Error:Thermal Runaway, system stopped! Heater_ID: 0', { type: 'halted' }],
  ['Error:Printer halted. kill() called!', { type: 'halted' }],
  ['Error:Printer stopped due to errors. Fix the error and use M999 to restart.', { type: 'halted' }],
  ['!! Move out of range', { type: 'halted', reason: 'Move out of range' }],
  ['fatal:Heater decoupled', { type: 'halted', reason: 'Heater decoupled' }],
  ['Error:SD init fail', { type: 'error', lineOrder: false }],
  ['echo: cold extrusion prevented', { type: 'not-extruding' }],
  ['echo:T5 Invalid extruder', { type: 'not-extruding' }],
  ['//action:pause', { type: 'action', action: 'pause' }],
  ['// action:cancel', { type: 'action', action: 'cancel' }],
  ['echo:Unknown command: "M9999"', { type: 'text' }],
  ['started', { type: 'text' }],
  ['okay then', { type: 'text' }],
];

test('every known form of reply', () => {
  for (const [line, reply] of FORMS) expect(parseReply(line), line).toMatchObject(reply);
});

test.each([
  ['ok T:19.37 /0.00 B:19.37 /0.00 @:12 B@:3', { nozzle: 12, bed: 3 }],
  [' T:25.77 /50.00 B:25.77 /40.00 @:127 B@:0 W:?', { nozzle: 127, bed: 0 }],
  [' T:200.0 /200.0 B:60.0 /60.0 T0:200.0 /200.0 T1:20.0 /0.0 @:64 B@:9 @0:64 @1:0', { nozzle: 64, bed: 9 }],
  ['T:200.0 /200.0 @:255', { nozzle: 255, bed: undefined }],
  ['T:200.0 /200.0 B:60.0 /60.0', undefined],
  ['echo: mail me @home:1', undefined],
])('duty of the heaters in %s', (line, duty) => {
  expect(parseDuty(line)).toEqual(duty);
});

test('any line is some reply', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(parseReply(line).type).toBeTypeOf('string');
    }),
  );
});

test('temperatures in any position', () => {
  const none = { nozzleC: undefined, nozzleTargetC: undefined, bedC: undefined, bedTargetC: undefined };
  const both = { nozzleC: 20.5, nozzleTargetC: 200, bedC: 30, bedTargetC: 60 };
  expect(parseTemperatures('ok T:20.5 /200.0 B:30.0 /60.0 @:0 B@:0', none)).toEqual(both);
  expect(parseTemperatures('T:20.5 /200 @:64 B:30 /60', none)).toEqual(both);
  expect(parseTemperatures('ok B:30.0 /60.0 T0:20.5 /200.0 T1:9 /0', none)).toEqual(both);
  expect(parseTemperatures('T:99 E:0 W:?', both)).toEqual({ ...both, nozzleC: 99 });
  expect(parseTemperatures('X:1 Y:2 Z:3 E:4 Count X:5', both)).toBeUndefined();
});

test('firmware reports of several makers', () => {
  expect(
    parseFirmware([
      'FIRMWARE_NAME:Marlin 2.1.2 (Jan  1 2024) SOURCE_CODE_URL:github.com/x MACHINE_TYPE:A B C UUID:1',
      'Cap:AUTOREPORT_TEMP:1',
      'Cap:EMERGENCY_PARSER:0',
    ]),
  ).toEqual({ firmware: 'Marlin 2.1.2 (Jan  1 2024)', capabilities: ['AUTOREPORT_TEMP'] });
  expect(parseFirmware(['ok FIRMWARE_NAME:Klipper FIRMWARE_VERSION:v1']).firmware).toBe('Klipper');
  expect(parseFirmware(['nothing known']).firmware).toBe('');
});

type Peer = (line: string, say: (text: string) => void, number: number | undefined) => void;

/** Prints a job to a peer that is one function; returns what it executed. */
async function printTo(createPeer: (executed: string[], clock: SimClock) => Peer, gcode: Uint8Array) {
  const clock = createSimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const { near, far } = createLinkPair(clock);
  const executed: string[] = [];
  const peer = createPeer(executed, clock);
  let text = '';
  far.onData((bytes) => {
    text += String.fromCharCode(...bytes);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') continue;
      const framed = /^N(\d+) (.*)\*\d+$/.exec(line);
      const say = (reply: string) => void far.write(utf8ToBytes(`${reply}\n`)).catch(() => undefined);
      peer(framed?.[2] ?? line, say, framed?.[1] === undefined ? undefined : Number(framed[1]));
    }
  });
  const driver = createMarlinDriver({ open: async () => ok(near), clock });
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  unwrap(await clock.drive(driver.connect()));
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode })));
  return { end, executed, events, clock };
}

const { lines, gcode } = sampleJob(4);

test('Klipper: numbers ignored, everything ok, firmware on the ok line', async () => {
  const { end, executed } = await printTo(
    (log) => (line, say) => {
      log.push(line);
      if (line.startsWith('M115')) say('ok FIRMWARE_NAME:Klipper FIRMWARE_VERSION:v0.11');
      else if (line.startsWith('M105')) say('ok B:60.0 /0.0 T0:200.0 /0.0');
      else say('ok');
    },
    gcode,
  );
  expect(end.outcome).toBe('finished');
  checkExecuted(executed, lines, true);
});

test('Repetier: readings on a line of their own, waits when idle, repeats are skipped', async () => {
  const { end, executed } = await printTo((log) => {
    let last = 0;
    let lostOne = false;
    return (line, say, number) => {
      if (line.startsWith('M110')) last = Number(/N(\d+)/.exec(line)?.[1] ?? 0);
      else if (number !== undefined && number <= last) {
        say(`skip ${number}`);
        say('ok');
        return;
      } else if (number !== undefined && number !== last + 1) {
        say(`Error:expected line ${last + 1} got ${number}`);
        say(`Resend:${last + 1}`);
        say('ok');
        return;
      } else if (number !== undefined) last = number;
      log.push(line);
      if (log.length === 40 && !lostOne) {
        lostOne = true;
        say('wait');
        return;
      }
      say(line.startsWith('M110') ? 'ok' : `ok ${number ?? ''}`.trim());
      if (line.startsWith('M105')) say('T:200.00 /0 B:60.00 /0 B@:0 @:0');
    };
  }, gcode);
  expect(end.outcome).toBe('finished');
  checkExecuted(executed, lines, true);
});

test('an old firmware that asks again in its own words and sends no ok after it', async () => {
  const { end, executed } = await printTo((log) => {
    let last = 0;
    let seen = 0;
    return (line, say, number) => {
      if (line.startsWith('M110')) last = Number(/N(\d+)/.exec(line)?.[1] ?? 0);
      else if (number !== undefined) {
        if (number !== last + 1 || ++seen % 17 === 0) {
          say(`rs N${last + 1} wrong checksum`);
          return;
        }
        last = number;
      }
      log.push(line);
      say(line === 'M105' ? 'ok T:200.0 /0.0 B:60.0 /0.0' : 'ok');
    };
  }, gcode);
  expect(end.outcome).toBe('finished');
  expect(end.progress.resends).toBeGreaterThan(2);
  checkExecuted(executed, lines, true);
});

test('a firmware that asks for the same line for ever is given up', async () => {
  const { end } = await printTo(
    (log) => (line, say, number) => {
      log.push(line);
      if (number === undefined || number < 120) say(line === 'M105' ? 'ok T:20 /0 B:20 /0' : 'ok');
      else for (const reply of ['Error:checksum mismatch, Last Line: 119', 'Resend: 120', 'ok']) say(reply);
    },
    gcode,
  );
  expect(end).toMatchObject({ outcome: 'failed', fault: { code: 'device.resend-loop' } });
});

test('a board that resets so fast that its start is lost is still noticed', async () => {
  const { end, executed } = await printTo((log) => {
    let last = 0;
    return (line, say, number) => {
      if (line.startsWith('M110')) last = Number(/N(\d+)/.exec(line)?.[1] ?? 0);
      else if (number !== undefined) {
        if (log.length === 45) last = 0;
        if (number !== last + 1) {
          for (const reply of [`Error:Line Number is not Last Line Number+1, Last Line: ${last}`]) say(reply);
          say(`Resend: ${last + 1}`);
          say('ok');
          return;
        }
        last = number;
      }
      log.push(line);
      say(line === 'M105' ? 'ok T:200.0 /0.0 B:60.0 /0.0' : 'ok');
    };
  }, gcode);
  expect(end).toMatchObject({ outcome: 'failed', fault: { code: 'device.reset' } });
  expect(executed.slice(45).filter((line) => /^G/.test(line))).toEqual([]);
});

test('the printer’s own buttons pause, resume and cancel', async () => {
  const { end, events, executed } = await printTo((log, clock) => {
    let resumed = false;
    return (line, say) => {
      log.push(line);
      if (log.length === 30) say('//action:pause');
      const heat = log.includes('M104 S0') ? 'T:200.0 /0.0 B:60.0 /0.0' : 'T:200.0 /200.0 B:60.0 /60.0';
      say(line === 'M105' ? `ok ${heat}` : 'ok');
      if (line.startsWith('G92 E') && log.length > 31 && !resumed) {
        resumed = true;
        void clock.sleep(1_000).then(() => say('// action:resume'));
      }
      if (resumed && log.length === 70) say('//action:cancel');
    };
  }, gcode);
  const states = events.filter((event) => event.type === 'state').map((event) => event.state);
  expect(states.slice(states.indexOf('printing'))).toEqual([
    'printing',
    'pausing',
    'paused',
    'printing',
    'cancelling',
    'idle',
  ]);
  expect(end).toMatchObject({ outcome: 'cancelled', fault: { code: 'device.cancelled' } });
  expect(executed.slice(70)).toEqual(expect.arrayContaining(['M104 S0', 'M140 S0', 'M107', 'M84']));
});
