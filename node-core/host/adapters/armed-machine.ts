// What a serial machine's entry in the watch folder must say at every moment: there before it gets hot, there until it is
// seen to be safe. A machine whose end nobody saw keeps its entry; whoever has its port next makes it safe first.

import type { MachineDriver, MachineEvent, PrintEnd } from '../../devices/index.ts';
import type { ArmedPort, WatchFolder } from './watch-folder.ts';

/** Ends of a print after which the machine may still be hot: it was not heard any more. */
const UNSEEN = new Set([
  'device.link.lost',
  'device.no-answer',
  'device.resend-loop',
  'device.drain-timeout',
]);
const HEATING = /^M(?:104|109|140|190|303)\b.*[SR]\s*0*[1-9]|\bM0?[34]\b/i;

export class ArmedMachine {
  private readonly folder: WatchFolder;
  private port: ArmedPort;
  private armed: boolean;
  private printing = false;
  /** A report older than the command that heats must not pass for the machine having cooled. */
  private sawHeat = false;

  constructor(folder: WatchFolder, port: ArmedPort) {
    this.folder = folder;
    this.port = port;
    this.armed = folder.isArmed(port.machineId);
  }

  /** Somebody left it hot. */
  get isLeft(): boolean {
    return this.armed;
  }

  beginPrint(): void {
    this.printing = true;
    this.arm(false);
  }

  endPrint(end: PrintEnd | undefined): void {
    this.printing = false;
    if (end === undefined || !UNSEEN.has(end.fault?.code ?? '')) this.disarm();
  }

  /** The owner's own command is about to be sent. */
  sending(command: string): void {
    if (!HEATING.test(command.trim())) return;
    this.sawHeat = false;
    this.arm(this.port.homed);
  }

  onEvent(event: MachineEvent): void {
    if (!this.armed) return;
    // The guard lets nothing extrude before all axes are homed.
    if (event.type === 'progress' && event.progress.layer > 0 && !this.port.homed) this.arm(true);
    if (event.type !== 'temperatures' || this.printing) return;
    const { nozzleTargetC, bedTargetC } = event.temperatures;
    const isCold = nozzleTargetC === 0 && (bedTargetC ?? 0) === 0;
    if (isCold && this.sawHeat) this.disarm();
    this.sawHeat ||= !isCold;
  }

  /** Called when the driver let the port go by itself: it switched the heaters off where it was still heard. */
  disconnected(before: MachineDriver['state']): void {
    if (before !== 'fault' && before !== 'offline') this.disarm();
  }

  disarm(): void {
    if (this.armed) this.folder.disarm(this.port.machineId);
    this.armed = false;
  }

  private arm(homed: boolean): void {
    if (this.armed && this.port.homed === homed) return;
    this.port = { ...this.port, homed };
    this.folder.arm(this.port);
    this.armed = true;
  }
}
