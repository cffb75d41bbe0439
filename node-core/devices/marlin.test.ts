import { expect, test } from 'vitest';
import { ok, unwrap, utf8ToBytes } from '../base/index.ts';
import {
  checkExecuted,
  DRIVER_CASES,
  type DriverWorld,
  sampleFilamentMm,
  sampleJob,
} from './driver-conformance.ts';
import { createMarlinDriver } from './marlin.ts';
import type { MachineEvent } from './types.ts';
import {
  createLinkPair,
  createNoisyLink,
  createSimClock,
  type NoiseOptions,
  runVirtualPrinter,
  type VirtualPrinterOptions,
} from './virtual/index.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(options: Partial<VirtualPrinterOptions> = {}, noise?: NoiseOptions) {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const printer = runVirtualPrinter(pair.far, { clock, keepLog: true, ...options });
  const near = noise === undefined ? pair.near : createNoisyLink(pair.near, noise);
  const driver = createMarlinDriver({
    open: async () => ok(near),
    clock,
    machineTimeMs: () => printer.timeMs,
  });
  const events: MachineEvent[] = [];
  driver.onEvent((event) => events.push(event));
  const world: DriverWorld = {
    driver,
    events,
    truth: () => printer.truth(),
    strike: (trouble) => printer.strike(trouble),
    drive: (promise) => clock.drive(promise),
    until: (condition) =>
      clock.drive(
        (async () => {
          for (let i = 0; i < 100_000 && !condition(); i++) await clock.sleep(10);
          if (!condition()) throw new Error('it never came to that');
        })(),
      ),
  };
  return { ...world, clock, pair, printer };
}

for (const { name, run } of DRIVER_CASES) test(name, () => run(setUp()));
for (const { name, run } of DRIVER_CASES)
  test(`${name} (ADVANCED_OK)`, () => run(setUp({ advancedOk: true })));
for (const { name, run } of DRIVER_CASES) {
  test(`${name} (no emergency parser)`, () => run(setUp({ emergencyParser: false })));
}

test('states, layers and machine time of a small print', async () => {
  const { driver, drive, events } = setUp();
  await drive(driver.connect());
  const { gcode } = sampleJob(2);
  const end = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
  const states = events.filter((event) => event.type === 'state').map((event) => event.state);
  expect(states).toEqual([
    'connecting',
    'idle',
    'printing',
    'heating',
    'printing',
    'heating',
    'printing',
    'idle',
  ]);
  expect(end.progress.elapsedMs).toBeGreaterThan(60_000);
  expect(end.progress.elapsedMs).toBeLessThan(600_000);
  const texts = events.filter((event) => event.type === 'line').map((event) => event.text);
  expect(texts.filter((text) => /^G1 X/.test(text))).toEqual([]);
});

test.each([
  ['one line out', false],
  ['a window of lines out', true],
])(
  'noise, lost replies and duplicates, %s: nothing wrong is executed, all is, heaters end off',
  async (_name, advancedOk) => {
    const layers = 12;
    const { lines, gcode } = sampleJob(layers);
    let resends = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const noise = { seed, toMachine: 0.0008, toHost: 0.0008, gapBytes: 60 };
      const world = setUp({ seed, lostReplies: 0.01, advancedOk, rxBytes: 128 }, noise);
      const { driver, drive, truth } = world;
      const connected = await drive(driver.connect());
      expect(connected.ok, `seed ${seed}`).toBe(true);
      const end = unwrap(await drive(driver.print({ jobId: 'a', gcode })));
      const seen = truth();
      const known = seen.log.filter((line) => isCommand(line, lines));
      try {
        expect(end.outcome).toBe('finished');
        checkExecuted(known, lines, true);
        expect(seen.extrudedMm).toBeCloseTo(sampleFilamentMm(layers), 6);
        expect([seen.nozzleTargetC, seen.bedTargetC, seen.fan]).toEqual([0, 0, 0]);
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(end.fault)}`, { cause: error });
      }
      resends += end.progress.resends;
    }
    expect(resends).toBeGreaterThan(40);
  },
);

test('more than one line is out only where the machine names its lines and hears emergencies', async () => {
  for (const [advancedOk, emergencyParser, expected] of [
    [true, true, 2],
    [true, false, 1],
    [false, true, 1],
  ] as const) {
    const world = setUp({ advancedOk, emergencyParser, rxBytes: 128 });
    const { driver, drive, truth, pair } = world;
    let out = 0;
    let most = 0;
    let printing = false;
    const write = pair.near.write.bind(pair.near);
    pair.near.write = (bytes) => {
      if (/^N\d+ G1/.test(new TextDecoder().decode(bytes))) most = Math.max(most, ++out);
      return write(bytes);
    };
    const listen = pair.near.onData.bind(pair.near);
    pair.near.onData = (listener) =>
      listen((bytes) => {
        for (const line of new TextDecoder().decode(bytes).split('\n'))
          if (/^ok/.test(line) && printing) out--;
        if (out < 0) out = 0;
        listener(bytes);
      });
    unwrap(await drive(driver.connect()));
    printing = true;
    const { lines, gcode } = sampleJob(20);
    expect(unwrap(await drive(driver.print({ jobId: 'a', gcode }))).outcome).toBe('finished');
    checkExecuted(truth().log, lines, true);
    expect([most, truth().overflowBytes]).toEqual([expected, 0]);
  }
});

/** What noise made of a line outside of numbers and checksums is no command, and the firmware says so. */
function isCommand(line: string, lines: readonly string[]): boolean {
  return lines.includes(line) || /^[GMT]\d/.test(line);
}

test('a link too bad to use ends with a fault, not with a wrong part', async () => {
  const { driver, drive, pair, truth, until } = setUp();
  await drive(driver.connect());
  const { lines, gcode } = sampleJob(3);
  const write = pair.near.write.bind(pair.near);
  const printing = driver.print({ jobId: 'a', gcode });
  await until(() => driver.state === 'heating');
  // The cable goes bad: one byte of every line is hit from now on.
  pair.near.write = (bytes) => write(bytes.map((byte, i) => (i === 5 ? byte ^ 4 : byte)));
  const end = unwrap(await drive(printing));
  checkExecuted(truth().log, lines, false);
  expect(end).toMatchObject({ outcome: 'failed', fault: { code: 'device.resend-loop' } });
});

test('a machine that does not switch its heaters off gets the emergency stop', async () => {
  for (const way of ['end', 'cancel'] as const) {
    const { driver, drive, pair, truth, until, events } = setUp();
    await drive(driver.connect());
    const write = pair.near.write.bind(pair.near);
    // Heaters-off is taken for something else on the way, with a checksum that fits.
    pair.near.write = (bytes) => {
      const text = new TextDecoder().decode(bytes);
      const framed = /^(N\d+ )M104 S0\*/.exec(text);
      if (framed === null) return write(bytes);
      const changed = `${framed[1]}M104 S9`;
      const sum = [...changed].reduce((xor, char) => xor ^ char.charCodeAt(0), 0);
      return write(utf8ToBytes(`${changed}*${sum}\n`));
    };
    const printing = driver.print({ jobId: 'a', gcode: sampleJob(way === 'end' ? 1 : 40).gcode });
    if (way === 'cancel') {
      await until(() => truth().positionMm.z > 0.3);
      await drive(driver.cancel());
    }
    const end = unwrap(await drive(printing));
    expect(end.outcome).toBe(way === 'end' ? 'finished' : 'cancelled');
    await until(() => truth().halted !== undefined);
    expect([truth().nozzleTargetC, driver.state]).toEqual([0, 'fault']);
    const faults = events.filter((event) => event.type === 'fault').map(({ fault }) => fault.code);
    expect(faults).toContain('device.still-hot');
  }
});

test('a firmware that answers nothing is given up in bounded time', async () => {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  const result = await clock.drive(driver.connect());
  expect(result).toMatchObject({ ok: false, fault: { code: 'device.no-answer' } });
  expect(clock.monotonicMs()).toBeLessThan(60_000);
  expect(driver.state).toBe('offline');
});

test.each([
  ['noise of another speed', [0xf8, 0x80, 0x00, 0xfe, 0x78, 0x9c, 0xe0, 0x0a], 'device.wrong-speed'],
  ['a mill', "\r\nGrbl 1.1h ['$' for help]\r\nerror:20\r\n", 'device.is-grbl'],
  ['grblHAL', 'GrblHAL 1.1f [help]\r\n', 'device.is-grbl'],
  ['a device that sends back what it gets', 'echo', 'device.no-printer'],
  ['a modem', '\r\nERROR: no carrier\r\n', 'device.no-printer'],
  ['a receiver of satellites', '$GPGGA,120000.00,,,,,0,00,99.99,,,,,,*66\r\n', 'device.no-printer'],
])('no printer but %s is said to be that', async (_what, said, code) => {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const bytes = typeof said === 'string' ? utf8ToBytes(said) : Uint8Array.from(said);
  pair.far.onData((heard) => void pair.far.write(said === 'echo' ? heard : bytes));
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  expect(await clock.drive(driver.connect())).toMatchObject({ ok: false, fault: { code } });
  expect(driver.state).toBe('offline');
});

test('a board that boots slowly, greets oddly and ends its lines in every way is a printer', async () => {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  let awake = false;
  void clock.sleep(9_000).then(() => {
    awake = true;
    void pair.far.write(
      utf8ToBytes('\u0000\u0000start\r\r\n\n*** My Printer v0.9 ***\recho: External Reset\n\r'),
    );
  });
  let buffer = '';
  pair.far.onData((bytes) => {
    if (!awake) return;
    buffer += new TextDecoder().decode(bytes);
    const lines = buffer.split('\n');
    buffer = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const about = line.includes('M115')
        ? 'FIRMWARE_NAME:Homemade 3 PROTOCOL_VERSION:1.0 EXTRUDER_COUNT:1\r'
        : '';
      const heat = line.includes('M105') ? ' T:21.0 /0.0 B:20.5 /0.0 @:0 B@:0' : '';
      void pair.far.write(utf8ToBytes(`${about}ok${heat}\r\n`));
    }
  });
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  expect(unwrap(await clock.drive(driver.connect())).firmware).toContain('Homemade 3');
  expect(driver.temperatures.nozzleC).toBe(21);
});

test('an attempt to connect can be stopped', async () => {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  const stop = new AbortController();
  const connecting = driver.connect(stop.signal);
  await clock.drive(clock.sleep(100));
  stop.abort();
  expect(await clock.drive(connecting)).toMatchObject({ ok: false, fault: { code: 'device.aborted' } });
  expect(clock.monotonicMs()).toBeLessThan(500);
});

test('the owner talks to an idle machine', async () => {
  const { driver, drive, truth } = setUp();
  await drive(driver.connect());
  expect(unwrap(await drive(driver.send('M114 ; where')))).toEqual([
    'X:0.00 Y:0.00 Z:0.00 E:0.00 Count X:0 Y:0 Z:0',
  ]);
  expect(unwrap(await drive(driver.send('M9999')))[0]).toContain('Unknown command');
  expect(await driver.send('N5 M104')).toMatchObject({ ok: false });
  expect(await driver.send('')).toMatchObject({ ok: false });
  await drive(driver.send('M104 S100'));
  expect(truth().nozzleTargetC).toBe(100);
  await drive(driver.disconnect());
  expect(truth().nozzleTargetC).toBe(0);
});

test('a pause in a heat-up waits for it, however long it takes', async () => {
  const { driver, drive, until, truth, clock } = setUp();
  await drive(driver.connect());
  const gcode = utf8ToBytes('G28\nM190 S115\nG1 X10 F3000\n');
  const printing = driver.print({ jobId: 'a', gcode });
  await until(() => driver.state === 'heating');
  const beganMs = clock.monotonicMs();
  unwrap(await drive(driver.pause()));
  expect(clock.monotonicMs() - beganMs).toBeGreaterThan(300_000);
  expect([driver.state, truth().bedTargetC]).toEqual(['paused', 115]);
  unwrap(await drive(driver.resume()));
  expect(unwrap(await drive(printing)).outcome).toBe('finished');
});

test('disconnecting ends an attempt to connect', async () => {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const driver = createMarlinDriver({ open: async () => ok(pair.near), clock });
  const connecting = driver.connect();
  await clock.drive(clock.sleep(100));
  await clock.drive(driver.disconnect());
  expect(await clock.drive(connecting)).toMatchObject({ ok: false, fault: { code: 'device.aborted' } });
  expect(driver.state).toBe('offline');
});

test('a line feed that turns into the byte that joins two lines under one checksum does no harm', async () => {
  const clock = createSimClock(settle);
  const pair = createLinkPair(clock);
  const printer = runVirtualPrinter(pair.far, { clock, keepLog: true, advancedOk: true });
  let joined = 0;
  // Long enough that several lines are out again after the last time.
  let calm = 0;
  // 0A becomes 1A behind each checksum of one digit: the exclusive or of the line, its checksum and 1A is nothing.
  const write = (bytes: Uint8Array) => {
    const single = bytes.at(-1) === 10 && bytes.at(-3) === 42;
    if (!single || bytes[0] !== 78 || ++calm < 9) return pair.near.write(bytes);
    calm = 0;
    joined++;
    return pair.near.write(Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? 0x1a : byte)));
  };
  const driver = createMarlinDriver({
    open: async () =>
      ok({
        write,
        onData: (listener) => pair.near.onData(listener),
        onClose: (listener) => pair.near.onClose(listener),
        close: () => pair.near.close(),
      }),
    clock,
    machineTimeMs: () => printer.timeMs,
  });
  await clock.drive(driver.connect());
  const { gcode, lines } = sampleJob(100);
  const end = unwrap(await clock.drive(driver.print({ jobId: 'a', gcode })));
  expect(end.outcome).toBe('finished');
  expect(joined).toBeGreaterThan(4);
  checkExecuted(printer.truth().log, lines, true);
});
