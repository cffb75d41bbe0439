import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { concatBytes, unwrap, utf8ToBytes } from '../../base/index.ts';
import { DRIVER_CASES, type PeerTraits, sampleJob } from '../driver-conformance.ts';
import { createHostedDriver } from '../network/index.ts';
import { HOSTED_CASES, type HostedKind } from '../testing/hosted-cases.ts';
import { hostedWorld } from '../testing/hosted-world.ts';
import { bambuLanOver, SimBambu, type SimBambuOptions, unpack } from '../testing/sim-bambu.ts';
import { packGcode } from './gcode-3mf.ts';
import { createBambuHost } from './index.ts';
import { printErrorWords, troubleWords } from './troubles.ts';

/** Machine seconds a second: fewer reports for the same print. */
const PACE = { timeScale: 5 };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const md5 = (bytes: Uint8Array) => new Uint8Array(createHash('md5').update(bytes).digest());

const PEER: PeerTraits = {
  firmware: 'Bambu Lab P1S',
  hosted: true,
  codes: {
    reset: ['device.halted'],
    disconnect: ['device.halted'],
    // It stops by itself and names no cause.
    air: ['printhost.print-failed'],
  },
  stopsAtOnce: false,
  accepts: [],
  takesCommands: true,
};

function setUp(options: Partial<SimBambuOptions> = {}, code = '12345678') {
  return hostedWorld({
    peer: PEER,
    settle,
    serve: (clock) => new SimBambu({ clock, code: '12345678', md5, printer: PACE, ...options }),
    drive: ({ network, clock, random, machineTimeMs, tag }) =>
      createHostedDriver({
        host: createBambuHost({ lan: bambuLanOver(network, code), clock, md5 }),
        clock,
        random,
        tag,
        machineTimeMs,
      }),
  });
}

const KIND: HostedKind = {
  stranger: () => setUp({}, 'wr0ng'),
  startSent: /project_file/,
  stopsAtOnce: false,
};

for (const { name, run } of DRIVER_CASES) test(name, () => run(setUp()));
for (const { name, run } of HOSTED_CASES) test(name, () => run(setUp(), KIND));

test('outside of developer mode it says so', async () => {
  const { driver, drive, server } = setUp({ developerMode: false });
  unwrap(await drive(driver.connect()));
  const printed = await drive(driver.print({ jobId: 'a', gcode: sampleJob(2).gcode }));
  expect(printed).toMatchObject({ ok: true, value: { outcome: 'failed' } });
  expect([server.fed.state, server.files.size]).toEqual(['idle', 0]);
  expect(await drive(driver.send('G28'))).toMatchObject({
    ok: false,
    fault: { code: 'printhost.developer-mode' },
  });
});

test('how far the last print had come is not taken for this one', async () => {
  const { driver, drive, events } = setUp();
  unwrap(await drive(driver.connect()));
  const { gcode } = sampleJob(3);
  unwrap(await drive(driver.print({ jobId: 'a', gcode })));
  const before = events.length;
  unwrap(await drive(driver.print({ jobId: 'b', gcode })));
  const [first] = events
    .slice(before)
    .flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
  expect(first?.linesAcknowledged).toBeLessThan(10);
});

test('troubles in words, with the numbers to look them up', () => {
  expect(printErrorWords(0x0300_8004)).toBe('the filament has run out (0300-8004)');
  expect(printErrorWords(0x1234_5678)).toBe('it stopped the print (1234-5678)');
  expect(troubleWords({ attr: 0x0700_2000, code: 0x0002_0001 })).toBe(
    'trouble with the filament changer (0700-2000-0002-0001)',
  );
});

test('a package is what was packed, and a damaged one is none', () => {
  const gcode = utf8ToBytes(sampleJob(4).gcode.join(' '));
  const hex = createHash('md5').update(gcode).digest('hex').toUpperCase();
  const file = concatBytes(...packGcode(gcode, hex));
  expect(unpack(file, md5)).toEqual(gcode);
  const damaged = file.slice();
  damaged[file.length >> 1] = (damaged[file.length >> 1] ?? 0) ^ 1;
  expect(unpack(damaged, md5)).toBeUndefined();
});
