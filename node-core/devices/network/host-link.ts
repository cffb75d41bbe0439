// The connection to a print host: opened once, asked regularly, found again after cuts in longer and longer steps. What
// the host reports goes to the link's owner, who alone knows what it means.

import type { Clock, Fault, Result } from '../../base/index.ts';
import { refuse } from '../../base/index.ts';
import { deviceFault } from '../faults.ts';
import type { FirmwareReport } from '../replies.ts';
import { printhostFault } from './faults.ts';
import { RECONNECT_FIRST_MS, RECONNECT_LAST_MS, SILENT_READS_MAX } from './limits.ts';
import type { HostStatus, PrintHost } from './types.ts';

export type HostLinkEvents = {
  status(status: HostStatus): void;
  line(direction: 'sent' | 'received', text: string): void;
  /** It is not reached any more, and will be tried again. */
  interrupted(): void;
  /** It is reached again; the first report follows. */
  again(): Promise<void>;
  /** It was given up; the link is of no more use. */
  lost(fault: Fault): void;
  /** For how long to try, when a cut begins. */
  patienceMs(): number;
};

/** Trying again does not change these. Anything else may be a proxy in trouble. */
const FIRM_REFUSALS = new Set(['printhost.key.refused', 'printhost.lacks']);

export class HostLink {
  reachable = false;
  private readonly host: PrintHost;
  private readonly clock: Clock;
  private readonly events: HostLinkEvents;
  private readonly closing = new AbortController();

  constructor(host: PrintHost, clock: Clock, events: HostLinkEvents) {
    this.host = host;
    this.clock = clock;
    this.events = events;
  }

  get closed(): boolean {
    return this.closing.signal.aborted;
  }

  async open(): Promise<Result<FirmwareReport>> {
    const { signal } = this.closing;
    const opened = await this.host.open(
      {
        status: (status) => {
          if (!this.closed && this.reachable) this.events.status(status);
        },
        line: (direction, text) => {
          if (!this.closed) this.events.line(direction, text);
        },
        lost: () => {
          if (!this.closed) this.reachable = false;
        },
      },
      signal,
    );
    if (this.closed) return refuse(deviceFault('device.aborted'));
    this.reachable = opened.ok;
    return opened;
  }

  /** From now on the host is asked regularly, until the link is closed or lost. */
  follow(): void {
    void this.watch(this.closing.signal);
  }

  /** Asks once; true where the host answered. */
  async refresh(): Promise<boolean> {
    const read = await this.host.read();
    if (read.ok && !this.closed) this.events.status(read.value);
    return read.ok;
  }

  close(): void {
    if (this.closed) return;
    this.closing.abort();
    this.reachable = false;
    this.host.close();
  }

  private async watch(signal: AbortSignal): Promise<void> {
    let silent = 0;
    while (!signal.aborted) {
      await this.clock.sleep(this.host.pollMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (this.reachable) silent = (await this.refresh()) ? 0 : silent + 1;
      if (signal.aborted) return;
      if (silent >= SILENT_READS_MAX) this.reachable = false;
      if (this.reachable) continue;
      silent = 0;
      if (!(await this.findAgain(signal))) return;
    }
  }

  /** False where it was given up. */
  private async findAgain(signal: AbortSignal): Promise<boolean> {
    const sinceMs = this.clock.monotonicMs();
    const patienceMs = this.events.patienceMs();
    this.events.interrupted();
    for (let waitMs = RECONNECT_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RECONNECT_LAST_MS)) {
      await this.clock.sleep(waitMs, signal).catch(() => undefined);
      if (signal.aborted) return false;
      this.host.close();
      const opened = await this.open();
      const read = opened.ok ? await this.host.read() : opened;
      if (signal.aborted) return false;
      this.reachable = read.ok;
      if (read.ok) {
        await this.events.again();
        if (!this.closed) this.events.status(read.value);
        return !this.closed;
      }
      const firm = FIRM_REFUSALS.has(read.fault.code);
      const waitedMs = this.clock.monotonicMs() - sinceMs;
      if (!firm && waitedMs < patienceMs) continue;
      const minutes = Math.round(waitedMs / 60_000);
      this.events.lost(firm ? read.fault : printhostFault('printhost.lost', { minutes }));
      return false;
    }
  }
}
