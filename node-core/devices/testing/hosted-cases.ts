// What every driver of a network printer must do when the network, its host or other people interfere: one list of cases,
// run on each simulated host. A print is begun once, whatever becomes of the answer; it is never told as done unseen.

import { unwrap, utf8ToBytes } from '../../base/index.ts';
import { sampleJob } from '../driver-conformance.ts';
import type { HostedWorld } from './hosted-world.ts';
import type { SimServer } from './sim-network.ts';

export type HostedKind = {
  /** With a key the host does not know. */
  readonly stranger: () => HostedWorld;
  /** The request or message that begins a print. */
  readonly startSent: RegExp;
  readonly stopsAtOnce: boolean;
};

export type HostedCase = { readonly name: string; run(world: HostedWorld, kind: HostedKind): Promise<void> };

const WARM = utf8ToBytes(`M104 S60\nG28\n${'G1 X10 F600\nG1 X90\n'.repeat(20)}M104 S0\n`);
const FOREIGN = utf8ToBytes(`G28\n${'G1 X10 F600\nG1 X90\n'.repeat(40)}`);

export const HOSTED_CASES: readonly HostedCase[] = [
  {
    name: 'a wrong key is said to be one, and nothing is known of it',
    async run(_world, { stranger }) {
      const { driver, drive, events } = stranger();
      refused(await drive(driver.connect()), 'printhost.key.refused');
      check(driver.state === 'offline', driver.state);
      check(!JSON.stringify(events).includes('wr0ng'), 'the key is in an event');
    },
  },
  {
    name: 'the file is on the host while it prints and gone afterwards',
    async run(world) {
      const { driver, drive, until, server } = world;
      unwrap(await drive(driver.connect()));
      const { gcode } = sampleJob(3);
      const printing = driver.print({ jobId: 'a', gcode });
      await until(() => server.fed.state === 'printing');
      const [name = ''] = [...server.files.keys()];
      check(/^dipnet-abcd1234-[0-9a-f]{16}\.gcode$/.test(name), name);
      check(same(server.files.get(name), gcode), 'the file is not the job');
      check(unwrap(await drive(printing)).outcome === 'finished', 'finished');
      check(server.files.size === 0, 'the file stayed');
      check(server.starts.length === 1, `${server.starts.length} starts`);
    },
  },
  {
    name: 'a cut in the middle: the print goes on and is found again, not begun again',
    async run(world) {
      const { driver, drive, until, server, network, clock, events } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: sampleJob(60).gcode });
      await until(() => reached(world, 2));
      network.cut();
      await drive(clock.sleep(90_000));
      check(driver.state === 'printing', driver.state);
      check(faults(world).includes('printhost.interrupted'), faults(world).join());
      refused(await drive(driver.cancel()), 'printhost.interrupted');
      network.restore();
      const end = unwrap(await drive(printing));
      check(end.outcome === 'finished', JSON.stringify(end.fault));
      check(server.starts.length === 1, `${server.starts.length} starts`);
      check(events.filter(({ type }) => type === 'end').length === 1, 'one end');
    },
  },
  {
    name: 'an end that came during a cut is told as it was',
    async run(world) {
      const { driver, drive, until, server, network, clock } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: sampleJob(3).gcode });
      await until(() => reached(world, 1));
      network.cut();
      await drive(clock.sleep(1_200_000));
      check(server.fed.state === 'idle', server.fed.state);
      network.restore();
      check(unwrap(await drive(printing)).outcome === 'finished', 'finished');
    },
  },
  {
    name: 'out of reach for an hour: failed, and told that it may still print',
    async run(world) {
      const { driver, drive, until, network } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: sampleJob(400).gcode });
      await until(() => reached(world, 1));
      network.cut();
      const end = unwrap(await drive(printing));
      check(end.outcome === 'failed' && end.fault?.code === 'printhost.lost', JSON.stringify(end.fault));
      check(driver.state === 'offline', driver.state);
    },
  },
  {
    name: 'the answer to the start is lost: the print is followed, not begun again',
    async run(world, { startSent }) {
      const { driver, drive, server, network } = world;
      unwrap(await drive(driver.connect()));
      network.loseAnswer(startSent);
      const end = unwrap(await drive(driver.print({ jobId: 'a', gcode: sampleJob(4).gcode })));
      check(end.outcome === 'finished', JSON.stringify(end.fault));
      check(server.starts.length === 1, `${server.starts.length} starts`);
    },
  },
  {
    name: 'a host that takes the start and does nothing: not started, and the file gone so it cannot begin late',
    async run(world) {
      const { driver, drive, server } = world;
      unwrap(await drive(driver.connect()));
      server.fed.deaf = true;
      const end = unwrap(await drive(driver.print({ jobId: 'a', gcode: sampleJob(4).gcode })));
      check(
        end.outcome === 'failed' && end.fault?.code === 'printhost.not-started',
        JSON.stringify(end.fault),
      );
      check(server.starts.length === 1 && server.files.size === 0, 'once, and gone');
      check(driver.state === 'idle', driver.state);
    },
  },
  {
    name: 'a print of somebody else is shown, refused to be started over, and left alone',
    async run(world) {
      const { driver, drive, until, server } = world;
      server.startElsewhere('vase.gcode', FOREIGN);
      unwrap(await drive(driver.connect()));
      check(driver.state === 'printing', driver.state);
      refused(await drive(driver.print({ jobId: 'a', gcode: sampleJob(2).gcode })), 'device.busy');
      await until(() => driver.state === 'idle');
      check(server.files.has('vase.gcode'), 'its file was removed');
      check(server.starts.length === 0, 'nothing was started');
    },
  },
  {
    name: 'somebody else begins in the same moment: refused, nothing is overwritten or started',
    async run(world) {
      const { driver, drive, server } = world;
      unwrap(await drive(driver.connect()));
      server.startElsewhere('vase.gcode', FOREIGN);
      refused(await drive(driver.print({ jobId: 'a', gcode: sampleJob(2).gcode })), 'printhost.occupied');
      check([...server.files.keys()].join() === 'vase.gcode', [...server.files.keys()].join());
    },
  },
  {
    name: 'a print of this machine that an earlier console lost is ended at the next connection',
    async run(world) {
      const { driver, drive, server } = world;
      server.startElsewhere('dipnet-abcd1234-0011223344556677.gcode', FOREIGN);
      unwrap(await drive(driver.connect()));
      check(faults(world).includes('printhost.left-running'), faults(world).join());
      check(server.fed.state === 'idle' && server.files.size === 0, 'ended and removed');
      check(driver.state === 'idle', driver.state);
    },
  },
  {
    name: 'the print of another console of the same kind is not this one’s to end',
    async run(world) {
      const { driver, drive, server } = world;
      server.startElsewhere('dipnet-99999999-0011223344556677.gcode', FOREIGN);
      unwrap(await drive(driver.connect()));
      check(server.fed.state === 'printing' && driver.state === 'printing', driver.state);
    },
  },
  {
    name: 'an emergency stop that does not get through is told, and given as soon as there is a way',
    async run(world, { stopsAtOnce }) {
      const { driver, drive, until, network, server, clock } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: sampleJob(400).gcode });
      await until(() => reached(world, 1));
      network.cut();
      await drive(driver.emergencyStop());
      check(unwrap(await drive(printing)).fault?.code === 'device.emergency-stop', 'the stop ended it');
      check(faults(world).includes('printhost.stop-failed'), faults(world).join());
      await drive(clock.sleep(30_000));
      check(server.fed.state === 'printing', server.fed.state);
      network.restore();
      await until(() => (stopsAtOnce ? world.truth().halted !== undefined : server.fed.state === 'idle'));
    },
  },
  {
    name: 'who begins the next print at once keeps its heat',
    async run(world) {
      const { driver, drive, until, server } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: sampleJob(2).gcode });
      await until(() => reached(world, 1));
      await until(() => server.fed.state === 'idle');
      server.startElsewhere('vase.gcode', WARM);
      check(unwrap(await drive(printing)).outcome !== 'cancelled', 'ended');
      await until(() => driver.state === 'printing');
      await until(() => world.truth().nozzleTargetC > 0);
      await until(() => driver.state === 'idle');
    },
  },
  {
    name: 'cancelled on the host’s own page: failed, ended elsewhere',
    async run(world) {
      const { driver, drive, until, server } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: sampleJob(40).gcode });
      await until(() => reached(world, 2));
      await drive(server.cancelElsewhere());
      const end = unwrap(await drive(printing));
      check(
        end.outcome === 'failed' && end.fault?.code === 'printhost.ended-elsewhere',
        JSON.stringify(end.fault),
      );
      check(world.truth().nozzleTargetC === 0, 'left hot');
      check(driver.state === 'idle', driver.state);
    },
  },
  {
    name: 'a cut while idle: found again by itself',
    async run(world) {
      const { driver, drive, until, network, clock } = world;
      unwrap(await drive(driver.connect()));
      network.cut();
      await drive(clock.sleep(60_000));
      check(driver.state === 'connecting', driver.state);
      network.restore();
      await until(() => driver.state === 'idle');
    },
  },
  {
    name: 'hostile answers are refused in words and bring nothing down',
    async run(world) {
      for (const answer of HOSTILE) {
        const { driver, drive, network } = world;
        network.server = always(answer);
        const result = await drive(driver.connect());
        check(!result.ok, 'connected to nonsense');
        if (!result.ok)
          check(/^(printhost\.|device\.aborted)/.test(result.fault.code), JSON.stringify(result.fault));
        check(driver.state === 'offline', driver.state);
      }
    },
  },
  {
    name: 'answers that turn to nonsense in the middle of a print count as silence',
    async run(world) {
      const { driver, drive, until, network, server, clock } = world;
      unwrap(await drive(driver.connect()));
      const printing = driver.print({ jobId: 'a', gcode: sampleJob(60).gcode });
      await until(() => reached(world, 2));
      network.server = always('{"result":{"status":[]},"state":1e999,"job":"x"}');
      network.cut();
      network.restore();
      await drive(clock.sleep(60_000));
      check(driver.state === 'printing', driver.state);
      network.server = server;
      check(unwrap(await drive(printing)).outcome === 'finished', 'finished');
    },
  },
];

const HOSTILE = [
  '',
  'NaN',
  '{"result":',
  '[]',
  '{"result":{"klippy_state":7}}',
  '{"api":[],"server":{},"text":NaN}',
  `${'['.repeat(50_000)}`,
  '<html>router</html>',
];

function always(body: string): SimServer {
  return {
    handle: async () => ({ status: 200, body }),
    accept: (_path, peer) => {
      peer.send(body);
      return { text: () => peer.send(body), closed: () => undefined };
    },
  };
}

function reached(world: HostedWorld, layer: number): boolean {
  return world.events.some((event) => event.type === 'progress' && event.progress.layer >= layer);
}

function faults({ events }: HostedWorld): readonly string[] {
  return events.flatMap((event) => (event.type === 'fault' ? [event.fault.code] : []));
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function refused(
  result: { readonly ok: boolean; readonly fault?: { readonly code: string } },
  code: string,
): void {
  check(!result.ok && result.fault?.code === code, `expected ${code}: ${JSON.stringify(result)}`);
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}
