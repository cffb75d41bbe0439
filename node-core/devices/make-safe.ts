// Takes a machine that nobody drives any more out of harm's way: heaters off and seen to be off, aside, motors free; the
// emergency stop where it does not listen. For a host that finds a machine as another one left it. It knows nothing of
// the job and continues nothing.

import type { Clock } from '../base/index.ts';
import { sendAll, switchHeatersOff } from './channel-acts.ts';
import { deviceFault } from './faults.ts';
import { WATCH_INTERVAL_MS } from './limits.ts';
import { MarlinChannel } from './marlin-channel.ts';
import { blindHeatersOff, EMERGENCY_STOP } from './marlin-scripts.ts';
import { cancelScript } from './park.ts';
import { parseTemperatures } from './replies.ts';
import type { SerialLink, Temperatures } from './types.ts';

export type SafeReport = {
  /** `stopped`: it took the emergency stop. `silent`: nothing was heard, whatever was sent. */
  readonly end: 'parked' | 'off' | 'stopped' | 'silent';
  /** It restarted when the port was opened, which by itself switches heaters off and forgets the position. */
  readonly restarted: boolean;
  readonly temperatures: Temperatures;
};

export type SafeOptions = {
  /** The machine had been homed, so that it may be moved. */
  readonly homed: boolean;
};

/** What was sent blindly is answered within this time, or never. */
const SETTLE_MS = 1_500;
const HELLO_ATTEMPTS = 8;
/** However long the machine takes for what it had in its queue. */
const DEADLINE_MS = 180_000;

export async function makeSafe(link: SerialLink, clock: Clock, options: SafeOptions): Promise<SafeReport> {
  const seen = { restarted: false, heard: false, temperatures: UNKNOWN };
  const channel = new MarlinChannel(link, clock, {
    onReply: (reply, line) => {
      seen.heard = true;
      seen.restarted ||= reply.type === 'start';
      seen.temperatures = parseTemperatures(line, seen.temperatures) ?? seen.temperatures;
    },
    onSent: () => undefined,
    onJobLine: () => undefined,
    onJobPause: () => undefined,
    onJobDone: () => undefined,
    onFault: () => undefined,
  });
  link.onClose(() => channel.fail(deviceFault('device.link.lost')));
  const over = new AbortController();
  void watch(channel, clock, over.signal);
  const late = clock.sleep(DEADLINE_MS, over.signal).then(
    () => 'failed' as const,
    () => 'failed' as const,
  );
  const work = async () => {
    // Before anything is heard: a heat-up may hold every answer back.
    await link.write(blindHeatersOff()).catch(() => undefined);
    await clock.sleep(SETTLE_MS);
    const hello = await channel.hello(HELLO_ATTEMPTS);
    seen.heard ||= hello.ok;
    if (!hello.ok) return 'failed';
    const off = await switchHeatersOff(channel, () => seen.temperatures);
    return off.ok ? await park() : 'failed';
  };
  const park = async () => {
    const away = options.homed && !seen.restarted;
    const moved = await sendAll(channel, [...(away ? ['M400'] : []), ...cancelScript(away)]);
    return moved.ok && away ? 'parked' : 'off';
  };
  const end = await Promise.race([work(), late]);
  over.abort();
  if (end === 'failed') await link.write(EMERGENCY_STOP).catch(() => undefined);
  const { restarted, temperatures, heard } = seen;
  return { end: end === 'failed' ? (heard ? 'stopped' : 'silent') : end, restarted, temperatures };
}

async function watch(channel: MarlinChannel, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(WATCH_INTERVAL_MS, signal).catch(() => undefined);
    if (!signal.aborted) channel.watch(clock.monotonicMs());
  }
}

const UNKNOWN: Temperatures = {
  nozzleC: undefined,
  nozzleTargetC: undefined,
  bedC: undefined,
  bedTargetC: undefined,
};
