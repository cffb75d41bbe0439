// What a machine asked to be sent again, and what to make of it: a line hit by noise, a line that will never get through,
// a board that lost count, or an echo that must not be obeyed.

import type { Fault } from '../base/index.ts';
import { deviceFault } from './faults.ts';
import { RESENDS_IN_PLACE_MAX, RESENDS_OF_ONE_LINE_MAX, STRAY_RESENDS_MAX } from './limits.ts';

const NONE = -1;

export class ResendLedger {
  /** Lines that had to be sent again, in all. */
  total = 0;
  private last = NONE;
  private same = 0;
  private strays = 0;
  /** Asked for since a line was acknowledged for the first time. */
  private inPlace = 0;
  private doubtful = false;
  private oksInDoubt = 0;

  /** A new count of lines begins. */
  reset(): void {
    this.last = NONE;
    this.same = 0;
    this.strays = 0;
    this.inPlace = 0;
    this.doubtful = false;
  }

  /**
   * A line that was sent is asked for. Line after line asked for once, each while it is out for the first time, is an
   * echo: some firmwares complain so about a line that came twice, and a host that obeys sends everything twice from
   * then on.
   */
  ask(number: number, inFlight: number): void {
    this.doubtful = number === inFlight && number === this.last + 1;
    this.oksInDoubt = 0;
    this.total++;
    this.inPlace++;
    this.strays = 0;
    this.same = number === this.last ? this.same + 1 : 1;
    this.last = number;
  }

  /** A line that was never sent is asked for: noise once, a board that restarted when repeated. */
  stray(): void {
    this.strays++;
    this.doubtful = false;
  }

  /** A line was acknowledged that never was before. */
  advanced(): void {
    this.inPlace = 0;
  }

  /** A line was acknowledged in the ordinary way. */
  calm(): void {
    this.strays = 0;
  }

  /**
   * An `ok` after a request. `obey`: send again. `wait`: it may be the request's own; `drop`: a second one came, so the
   * line had arrived, and nobody wants it again.
   */
  judgeOk(): 'obey' | 'wait' | 'drop' {
    if (!this.doubtful) return 'obey';
    return ++this.oksInDoubt < 2 ? 'wait' : 'drop';
  }

  /** Why it makes no sense to go on, where it makes none. */
  get fault(): Fault | undefined {
    if (this.strays > STRAY_RESENDS_MAX) return deviceFault('device.reset');
    if (this.same > RESENDS_OF_ONE_LINE_MAX) return deviceFault('device.resend-loop', { times: this.same });
    // In turns for this line and that.
    if (this.inPlace <= RESENDS_IN_PLACE_MAX) return undefined;
    return deviceFault('device.resend-loop', { times: this.inPlace });
  }
}
