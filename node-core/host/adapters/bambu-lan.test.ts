// The driver of Bambu Lab printers over a real MQTT broker, real TLS and real FTP on loopback: who is let in, what is
// sent, and whom the access code is given to.

import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { unwrap, utf8ToBytes } from '../../base/index.ts';
import { SimBambu } from '../../devices/testing/index.ts';
import { parseBambuAddress } from './bambu-lan.ts';
import { createNetworkDriver } from './network-driver.ts';
import { systemClock } from './system.ts';
import { FIRST, SECOND, SERIAL } from './testing/printer-certificates.ts';
import { serveBambu } from './testing/serve-bambu.ts';

const CODE = '12345678';
const md5 = (bytes: Uint8Array) => new Uint8Array(createHash('md5').update(bytes).digest());
const clock = systemClock;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function printer(shown = FIRST) {
  const sim = new SimBambu({ clock, code: CODE, md5, printer: { timeScale: 3_000 } });
  const served = await serveBambu(sim, { serial: SERIAL, code: CODE, certificate: shown });
  closers.push(async () => {
    sim.fed.printer.stop();
    await served.close();
  });
  return { sim, served };
}

const machine = (address: string, change: { key?: string; user?: string; pin?: string } = {}) => ({
  machineId: 'm',
  driver: 'bambu' as const,
  address,
  user: SERIAL,
  key: CODE,
  ...change,
});

describe('addresses', () => {
  test.each([
    [' 192.168.1.50 ', '192.168.1.50', 8883, 990],
    ['http://192.168.1.50/', '192.168.1.50', 8883, 990],
    ['printer.local:1883:1990', 'printer.local', 1883, 1990],
    ['[fe80::1]', 'fe80::1', 8883, 990],
  ])('%s', (typed, host, brokerPort, filesPort) =>
    expect(parseBambuAddress(typed)).toEqual({ ok: true, value: { host, brokerPort, filesPort } }),
  );
  test.each(['', 'a b', 'x:99999', 'x:1:2:3', 'x/y', 'user@x'])('%s is refused', (typed) =>
    expect(parseBambuAddress(typed)).toMatchObject({ fault: { code: 'printhost.address' } }),
  );
});

describe('over loopback', () => {
  test('signs in, pins, prints from a package, removes it', async () => {
    const { sim, served } = await printer();
    const pins: string[] = [];
    const driver = createNetworkDriver(machine(served.address), clock, (pin) => pins.push(pin));
    expect(unwrap(await driver.connect()).firmware).toBe('Bambu Lab P1S 01.08.02.00');
    expect(pins).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    // Without heat: in such fast motion it would rise faster than any heater can.
    const gcode = utf8ToBytes(`G28\n${'G1 X10 F3000\nG1 X90\n'.repeat(30)}`);
    const end = unwrap(await driver.print({ jobId: 'a', gcode }));
    expect([end.outcome, end.fault, end.progress.linesAcknowledged]).toEqual(['finished', undefined, 61]);
    expect([sim.files.size, sim.starts.length, driver.state]).toEqual([0, 1, 'idle']);
    expect(served.ftp.filter((line) => /^(STOR|DELE|PROT)/.test(line))).toEqual([
      'PROT P',
      expect.stringMatching(/^STOR dipnet-[0-9a-f]{8}-[0-9a-f]{16}\.gcode\.3mf$/),
      'PROT P',
      expect.stringMatching(/^DELE dipnet-/),
    ]);
    await driver.disconnect();
  });

  test('a wrong code, another serial number and another certificate are told apart, and the code stays here', async () => {
    const { served } = await printer();
    const connect = (change: Parameters<typeof machine>[1]) =>
      createNetworkDriver(machine(served.address, change), clock).connect();
    expect(await connect({ key: 'wr0ng' })).toMatchObject({ fault: { code: 'printhost.key.refused' } });
    const before = served.logins();
    expect(await connect({ user: '01P00A000000000' })).toMatchObject({
      fault: { code: 'printhost.serial-wrong', data: { serial: SERIAL } },
    });
    expect(await connect({ pin: 'ab'.repeat(32) })).toMatchObject({
      fault: { code: 'printhost.certificate-changed' },
    });
    expect(served.logins()).toBe(before);
  });

  test('a printer that was exchanged for another is not given the code', async () => {
    const { served } = await printer();
    const pins: string[] = [];
    const first = createNetworkDriver(machine(served.address), clock, (pin) => pins.push(pin));
    unwrap(await first.connect());
    await first.disconnect();
    const other = await printer(SECOND);
    const [pin = ''] = pins;
    const again = createNetworkDriver(machine(other.served.address, { pin }), clock);
    expect(await again.connect()).toMatchObject({ fault: { code: 'printhost.certificate-changed' } });
    expect(other.served.logins()).toBe(0);
    const same = createNetworkDriver(machine(served.address, { pin }), clock);
    unwrap(await same.connect());
    await same.disconnect();
  });

  test('a port that speaks something else is said to', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('220 mail ready\r\n', () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const answer = await createNetworkDriver(machine(`127.0.0.1:${port}`), clock).connect();
    expect(answer).toMatchObject({ fault: { code: 'printhost.unreachable' } });
  });
});
