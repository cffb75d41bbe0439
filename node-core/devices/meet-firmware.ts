// The first words with a machine: hello, who it is, what it can, and the reports that it is to send by itself.

import type { Result } from '../base/index.ts';
import { ok } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import type { MarlinChannel } from './marlin-channel.ts';
import { type PositionReports, positionReports } from './marlin-scripts.ts';
import { type FirmwareReport, parseFirmware } from './replies.ts';

export type Acquaintance = {
  readonly report: FirmwareReport;
  /** M112 and M108 are heard past its queue. */
  readonly hearsEmergencies: boolean;
  /** How its position is reported without being asked for, where it can. */
  readonly positions: PositionReports | undefined;
};

export async function meetFirmware(
  channel: MarlinChannel,
  attemptsMax: number,
  signal?: AbortSignal,
): Promise<Result<Acquaintance>> {
  const hello = await channel.hello(attemptsMax, signal);
  if (!hello.ok) return hello;
  const abort = () => channel.fail(deviceFault('device.aborted'));
  signal?.addEventListener('abort', abort);
  try {
    const about = await channel.command('M115');
    if (!about.ok) return about;
    const report = parseFirmware(about.value);
    const has = (capability: string) => report.capabilities.includes(capability);
    const hearsEmergencies = has('EMERGENCY_PARSER');
    if (hearsEmergencies) channel.allowWindow();
    if (has('AUTOREPORT_TEMP')) await channel.command('M155 S1');
    const positions = positionReports(report.capabilities);
    // A host that went away in the middle of a print may have left them on.
    if (positions !== undefined) await channel.command(positions.off);
    const temperatures = await channel.command('M105');
    return temperatures.ok ? ok({ report, hearsEmergencies, positions }) : temperatures;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
