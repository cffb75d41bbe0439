import { expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { DRIVER_CASES, type PeerTraits, sampleJob } from '../driver-conformance.ts';
import { createHostedDriver } from '../network/index.ts';
import { HOSTED_CASES, type HostedKind } from '../testing/hosted-cases.ts';
import { hostedWorld } from '../testing/hosted-world.ts';
import { SimOctoPrint, type SimOctoPrintOptions } from '../testing/sim-octoprint.ts';
import { createOctoPrintHost } from './index.ts';

/** Machine seconds a second: fewer questions for the same print. */
const PACE = { timeScale: 5 };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const PEER: PeerTraits = {
  firmware: 'OctoPrint',
  hosted: true,
  codes: { reset: ['device.halted'], disconnect: ['device.halted'] },
  stopsAtOnce: true,
  accepts: [],
  takesCommands: true,
};

function setUp(options: Partial<SimOctoPrintOptions> = {}, key = 'k3y') {
  return hostedWorld({
    peer: PEER,
    settle,
    serve: (clock) => new SimOctoPrint({ clock, key: 'k3y', printer: PACE, ...options }),
    drive: ({ network, clock, random, machineTimeMs, tag }) =>
      createHostedDriver({
        host: createOctoPrintHost({ network, clock, random, key }),
        clock,
        random,
        tag,
        machineTimeMs,
      }),
  });
}

const KIND: HostedKind = {
  stranger: () => setUp({}, 'wr0ng'),
  startSent: /POST \/api\/files\/local\/.*"select"/,
  stopsAtOnce: true,
};

for (const { name, run } of DRIVER_CASES) test(name, () => run(setUp()));
for (const { name, run } of HOSTED_CASES) test(name, () => run(setUp(), KIND));

test('without its push socket a print is followed by asking', async () => {
  const { driver, drive } = setUp({ withoutSocket: true });
  unwrap(await drive(driver.connect()));
  expect(unwrap(await drive(driver.print({ jobId: 'a', gcode: sampleJob(3).gcode }))).outcome).toBe(
    'finished',
  );
});

test('OctoPrint is asked to connect to its printer where it is not', async () => {
  const { driver, drive, server } = setUp();
  server.closeElsewhere();
  unwrap(await drive(driver.connect()));
  expect(driver.state).toBe('idle');
});

test('orders to OctoPrint itself are refused in a file', async () => {
  const { driver, drive, server } = setUp();
  unwrap(await drive(driver.connect()));
  const gcode = new TextEncoder().encode('G28\n@pause\n');
  const refused = await drive(driver.print({ jobId: 'a', gcode }));
  expect(refused).toMatchObject({ ok: false, fault: { code: 'device.job.forbidden' } });
  expect(server.files.size).toBe(0);
});
