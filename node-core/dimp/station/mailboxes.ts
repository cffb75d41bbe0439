// Mailboxes: each user's messages in one numbered row, and for each of the user's devices the place up to which it
// has them. A message is removed when every device has it. Delivery is at least once and in order; receivers recognise
// what a crash makes a station send again by the message's signature.
//
//   append ─► flush: one transaction ─► written to caught-up connections ─► acknowledged ─► place moves ─► trimmed
//                                   └─► others read it from the store when their window opens

import { assert } from '../../base/index.ts';
import {
  DEVICE_AWAY_MS,
  DEVICES_MAX,
  IDLE_MAILBOXES_MAX,
  PAGE_MESSAGES,
  WINDOW_MESSAGES,
  WRITTEN_BYTES_MAX,
} from './limits.ts';
import type { Mail, NumberedMail, StationStore } from './store.ts';

/** A connection of a user's device, as mailboxes see it. */
export type Outlet = {
  /** Writes a message; the number comes back through acknowledge(). */
  readonly write: (mail: NumberedMail) => void;
  /** Bytes that were written and not taken by the socket yet. */
  readonly writtenBytes: () => number;
};

export type Quota = { readonly messagesMax: number; readonly bytesMax: number };

type Seat = {
  readonly outlet: Outlet;
  readonly device: Device;
  readonly box: Box;
  /** Everything up to here was written, or was there before. */
  sent: number;
  /** Written and not acknowledged, in order. */
  readonly inFlight: Set<number>;
};
type Device = { readonly terminal: string; acknowledged: number; seenMs: number; readonly seats: Set<Seat> };
type Box = {
  readonly user: string;
  /** The highest number given out, and the highest that is stored. */
  newest: number;
  stored: number;
  count: number;
  sizeBytes: number;
  readonly devices: Map<string, Device>;
};

/** Mailboxes tidied at once, at least; of more that wait, such a share that all have had their turn after so many times. */
const TIDIED_AT_ONCE_MIN = 32;
const TIDIES_FOR_ALL = 16;

export class Mailboxes {
  readonly #store: StationStore;
  readonly #nowMs: () => number;
  readonly #boxes = new Map<string, Box>();
  readonly #seats = new Map<Outlet, Seat>();
  readonly #dirtyDevices = new Map<Device, Box>();
  /** Devices that acknowledged something; written with the next tidy(), as each does so with every message. */
  readonly #movedDevices = new Set<Device>();
  readonly #untrimmed = new Set<Box>();
  #appended: { readonly box: Box; readonly mail: Mail; readonly number: number }[] = [];

  constructor(store: StationStore, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** Takes a message for a user; false where the mailbox is full. It is safe only after the next flush(). */
  append(user: string, mail: Mail, quota: Quota): boolean {
    const box = this.#boxOf(user);
    if (box.count >= quota.messagesMax || box.sizeBytes + mail.text.length > quota.bytesMax) return false;
    box.newest += 1;
    box.count += 1;
    box.sizeBytes += mail.text.length;
    this.#appended.push({ box, mail, number: box.newest });
    return true;
  }

  /** Writes what was appended and who came or went in one transaction, with `also`; then delivers. */
  flush(also: () => void): void {
    this.#store.transact(() => {
      for (const { box, mail, number } of this.#appended) this.#store.append(box.user, number, mail);
      for (const [device, box] of this.#dirtyDevices) this.#store.putDevice(box.user, recordOf(device));
      also();
    });
    this.#dirtyDevices.clear();
    const fresh = this.#appended;
    this.#appended = [];
    for (const { box, number } of fresh) box.stored = number;
    for (const { box, mail, number } of fresh) {
      const numbered = { number, text: mail.text, signature: mail.signature };
      for (const seat of seatsOf(box)) if (seat.sent === number - 1 && hasRoom(seat)) write(seat, numbered);
    }
  }

  /** A device is here: it gets what it does not have. */
  attach(user: string, terminal: string, outlet: Outlet): void {
    assert(!this.#seats.has(outlet), 'an outlet is attached once');
    const box = this.#boxOf(user);
    const device = this.#deviceOf(box, terminal);
    device.seenMs = this.#nowMs();
    this.#dirtyDevices.set(device, box);
    const seat: Seat = { outlet, device, box, sent: device.acknowledged, inFlight: new Set() };
    device.seats.add(seat);
    this.#seats.set(outlet, seat);
    this.#pump(seat);
  }

  detach(outlet: Outlet): void {
    const seat = this.#seats.get(outlet);
    if (seat === undefined) return;
    this.#seats.delete(outlet);
    seat.device.seats.delete(seat);
    seat.device.seenMs = this.#nowMs();
    this.#dirtyDevices.set(seat.device, seat.box);
  }

  acknowledge(outlet: Outlet, number: number): void {
    const seat = this.#seats.get(outlet);
    if (seat?.inFlight.delete(number) !== true) return;
    const [oldest] = seat.inFlight;
    const through = oldest === undefined ? seat.sent : oldest - 1;
    if (through > seat.device.acknowledged) {
      seat.device.acknowledged = through;
      this.#movedDevices.add(seat.device);
      this.#untrimmed.add(seat.box);
    }
    this.#pump(seat);
  }

  /** The socket took what was written: there may be room again. */
  drained(outlet: Outlet): void {
    const seat = this.#seats.get(outlet);
    if (seat !== undefined) this.#pump(seat);
  }

  /** True where a device of the user is connected. */
  isPresent(user: string): boolean {
    return seatsOf(this.#boxes.get(user)).length > 0;
  }

  /** True where the user has ever logged in here. */
  isLocal(user: string): boolean {
    return this.#boxOf(user).devices.size > 0;
  }

  /** Whether anything waits to be flushed. */
  isDirty(): boolean {
    return this.#appended.length > 0 || this.#dirtyDevices.size > 0;
  }

  /**
   * Writes how far devices are and removes what every device has, and devices that are gone for good: of some mailboxes at
   * a time, so that nobody's message waits long for it. To be called several times a second, after flush(). What was
   * acknowledged and not yet written is sent again after a crash; `isLast` leaves nothing of that.
   */
  tidy(isLast = false): void {
    assert(this.#appended.length === 0, 'flushed before tidying');
    forgetIdle(this.#boxes, this.#seats.size);
    if (this.#untrimmed.size === 0) return;
    const { size } = this.#untrimmed;
    const count = isLast ? size : Math.max(TIDIED_AT_ONCE_MIN, Math.ceil(size / TIDIES_FOR_ALL));
    const boxes = [...this.#untrimmed].slice(0, count);
    this.#store.transact(() => {
      for (const box of boxes) this.#tidyBox(box);
    });
  }

  #tidyBox(box: Box): void {
    for (const device of [...box.devices.values()]) {
      const isGone = device.seats.size === 0 && this.#nowMs() - device.seenMs > DEVICE_AWAY_MS;
      if (isGone && box.devices.size > 1) this.#removeDevice(box, device);
      else if (this.#movedDevices.delete(device)) this.#store.putDevice(box.user, recordOf(device));
    }
    trim(this.#store, box);
    this.#untrimmed.delete(box);
  }

  #boxOf(user: string): Box {
    const known = this.#boxes.get(user);
    if (known !== undefined) return known;
    const box = loadBox(this.#store, user);
    this.#boxes.set(user, box);
    return box;
  }

  #removeDevice(box: Box, device: Device): void {
    box.devices.delete(device.terminal);
    this.#dirtyDevices.delete(device);
    this.#movedDevices.delete(device);
    this.#store.removeDevice(box.user, device.terminal);
    this.#untrimmed.add(box);
  }

  #deviceOf(box: Box, terminal: string): Device {
    const known = box.devices.get(terminal);
    if (known !== undefined) return known;
    const [away] = [...box.devices.values()]
      .filter((device) => device.seats.size === 0)
      .sort((a, b) => a.seenMs - b.seenMs);
    if (box.devices.size >= DEVICES_MAX && away !== undefined) this.#removeDevice(box, away);
    const device: Device = { terminal, acknowledged: 0, seenMs: this.#nowMs(), seats: new Set() };
    box.devices.set(terminal, device);
    return device;
  }

  /** Lets a connection that is behind catch up from the store. */
  #pump(seat: Seat): void {
    while (seat.sent < seat.box.stored && hasRoom(seat)) {
      const limit = Math.min(PAGE_MESSAGES, WINDOW_MESSAGES - seat.inFlight.size);
      const page = this.#store.page(seat.box.user, seat.sent, limit);
      for (const mail of page) write(seat, mail);
      // There is nothing between the last row and the newest: it was removed with age.
      if (page.length < limit) seat.sent = seat.box.stored;
    }
  }
}

function write(seat: Seat, mail: NumberedMail): void {
  seat.sent = mail.number;
  seat.inFlight.add(mail.number);
  seat.outlet.write(mail);
}

const hasRoom = (seat: Seat) =>
  seat.inFlight.size < WINDOW_MESSAGES && seat.outlet.writtenBytes() < WRITTEN_BYTES_MAX;

const recordOf = ({ terminal, acknowledged, seenMs }: Device) => ({ terminal, acknowledged, seenMs });

function seatsOf(box: Box | undefined): Seat[] {
  return box === undefined ? [] : [...box.devices.values()].flatMap((device) => [...device.seats]);
}

function loadBox(store: StationStore, user: string): Box {
  const { devices, ...state } = store.mailbox(user);
  const box: Box = { user, ...state, stored: state.newest, devices: new Map() };
  for (const record of devices) box.devices.set(record.terminal, { ...record, seats: new Set() });
  return box;
}

function trim(store: StationStore, box: Box): void {
  if (box.devices.size === 0) return;
  const through = Math.min(...[...box.devices.values()].map((device) => device.acknowledged));
  const removed = store.trim(box.user, through);
  box.count -= removed.count;
  box.sizeBytes -= removed.sizeBytes;
}

/** Mailboxes of people who are away are read again when they are needed; those longest in memory go first. */
function forgetIdle(boxes: Map<string, Box>, present: number): void {
  let surplus = boxes.size - IDLE_MAILBOXES_MAX - present;
  for (const [user, box] of boxes) {
    if (surplus <= 0) return;
    if (seatsOf(box).length > 0) continue;
    boxes.delete(user);
    surplus -= 1;
  }
}
