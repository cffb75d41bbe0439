import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { DRIVER_CASES, type PeerTraits, sampleJob } from '../driver-conformance.ts';
import { createHostedDriver } from '../network/index.ts';
import { HOSTED_CASES, type HostedKind } from '../testing/hosted-cases.ts';
import { hostedWorld } from '../testing/hosted-world.ts';
import { SimPrusaLink, type SimPrusaLinkOptions } from '../testing/sim-prusalink.ts';
import { digestHeader, parseChallenge } from './digest.ts';
import { createPrusaLinkHost } from './index.ts';

/** Machine seconds a second: fewer questions for the same print. */
const PACE = { timeScale: 5 };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const md5 = (bytes: Uint8Array) => new Uint8Array(createHash('md5').update(bytes).digest());

const PEER: PeerTraits = {
  firmware: 'PrusaLink',
  hosted: true,
  codes: {
    reset: ['device.halted'],
    disconnect: ['device.halted'],
    // It stops by itself and names no cause.
    air: ['printhost.ended-elsewhere'],
  },
  stopsAtOnce: false,
  accepts: [],
  takesCommands: false,
};

function setUp(options: Partial<SimPrusaLinkOptions> = {}, login = { user: 'maker', key: 'k3y' }) {
  return hostedWorld({
    peer: PEER,
    settle,
    serve: (clock) =>
      new SimPrusaLink({ clock, user: 'maker', password: 'k3y', md5, printer: PACE, ...options }),
    drive: ({ network, clock, random, machineTimeMs, tag }) =>
      createHostedDriver({
        host: createPrusaLinkHost({ network, random, md5, ...login }),
        clock,
        random,
        tag,
        machineTimeMs,
      }),
  });
}

const KIND: HostedKind = {
  stranger: () => setUp({}, { user: 'maker', key: 'wr0ng' }),
  startSent: /POST \/api\/v1\/files\/usb\//,
  stopsAtOnce: false,
};

for (const { name, run } of DRIVER_CASES) test(name, () => run(setUp()));
for (const { name, run } of HOSTED_CASES) test(name, () => run(setUp(), KIND));

test.each([
  ['a key instead of a password', {}, { user: '', key: 'k3y' }],
  ['Digest with qop', { qop: true }, { user: 'maker', key: 'k3y' }],
])('signs in with %s', async (_name, options, login) => {
  const { driver, drive } = setUp(options, login);
  unwrap(await drive(driver.connect()));
  expect(unwrap(await drive(driver.print({ jobId: 'a', gcode: sampleJob(2).gcode }))).outcome).toBe(
    'finished',
  );
});

test('says that it has no emergency stop, after it cancelled', async () => {
  const { driver, drive, until, server, events } = setUp();
  unwrap(await drive(driver.connect()));
  void driver.print({ jobId: 'a', gcode: sampleJob(20).gcode });
  await until(() => server.fed.position > 500);
  await drive(driver.emergencyStop());
  const codes = events.flatMap((event) => (event.type === 'fault' ? [event.fault.code] : []));
  expect(codes).toContain('printhost.no-emergency-stop');
  await until(() => server.fed.truth().nozzleTargetC === 0);
});

describe('Digest', () => {
  test('the example of RFC 2617, section 3.5', () => {
    const challenge = parseChallenge(
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    if (challenge === undefined) throw new Error('it is a challenge');
    const header = digestHeader({
      challenge,
      user: 'Mufasa',
      password: 'Circle Of Life',
      method: 'GET',
      path: '/dir/index.html',
      count: 1,
      clientNonce: '0a4f113b',
      md5,
    });
    expect(header).toContain('response="6629fae49393a05397450978507c4ef1"');
    expect(header).toContain('nc=00000001');
  });

  test.each([
    undefined,
    '',
    'Basic realm="x"',
    'Digest nonce="1"',
    'Digest realm="x", nonce="1", algorithm=SHA-256',
    'Digest realm="x", nonce="1", qop="auth-int"',
  ])('no challenge: %s', (header) => expect(parseChallenge(header)).toBeUndefined());
});
