// How many lines may be out at once. One, unless the machine both names its lines in its answers (ADVANCED_OK) and hears
// emergencies past its queue: then a few, counted in bytes against the smallest receive buffer there is and against the
// free slots it reports. After any trouble on the line it is one again for a while.

/** More gains nothing: the machine works on one line while the next ones are under way. */
const LINES_MAX = 3;
/** The receive buffer of 8-bit boards, less the one byte that a ring cannot use. */
const RX_BYTES = 127;
/** Lines without trouble before the window opens again. */
const CALM_LINES = 64;

export class SendWindow {
  /** The machine said that it hears emergencies past its queue. */
  hearsEmergencies = false;
  private freeSlots = -1;
  private calm = 0;

  /** Takes in what followed an `ok`. */
  noteOk(rest: string): void {
    const slots = /^N\d+ .*\bB(\d{1,3})\b/.exec(rest)?.[1];
    if (slots !== undefined) this.freeSlots = Number(slots);
    if (this.calm < CALM_LINES) this.calm++;
  }

  noteTrouble(): void {
    this.calm = 0;
  }

  /** Whether a line of `nextBytes` may follow while `lines` of `bytes` in all are out. */
  hasRoom(lines: number, bytes: number, nextBytes: number): boolean {
    if (!this.hearsEmergencies || this.freeSlots < 0 || this.calm < CALM_LINES) return false;
    return lines < LINES_MAX && lines < this.freeSlots && bytes + nextBytes <= RX_BYTES;
  }
}
