// What a station remembers, as a port: mailboxes, what it knows of people, and what people wish. All calls are
// synchronous; what a transaction wrote is durable when it returns.

import type { Bytes } from '../../base/index.ts';

/** A message on its way. `text` is the reliable message as it will be written to the receiver. */
export type Mail = {
  /** The same for the same message to the same receiver, whoever repeats it. */
  readonly key: Bytes;
  readonly text: string;
  readonly signature: string;
  readonly timeMs: number;
};

/** Mails of one user are numbered from 1; a number is never used twice. */
export type NumberedMail = { readonly number: number; readonly text: string; readonly signature: string };

export type DeviceRecord = {
  readonly terminal: string;
  /** The device has everything up to this number. */
  readonly acknowledged: number;
  readonly seenMs: number;
};

export type MailboxState = {
  /** The highest number ever used. */
  readonly newest: number;
  readonly count: number;
  readonly sizeBytes: number;
  readonly devices: readonly DeviceRecord[];
};

/** An entry of a board, as signed; the key is the same for the same entry. */
export type StoredEntry = { readonly key: string; readonly text: string; readonly timeMs: number };

/** A one-time key package of a device, under the name that the device gave it. */
export type StoredPackage = {
  readonly terminal: string;
  readonly name: string;
  readonly text: string;
  readonly timeMs: number;
};

export type ListKind = 'block' | 'mute' | 'known';

export type FactKind = 'login' | 'price';

export interface StationStore {
  /** All or nothing, and on disk when it returns. */
  transact(work: () => void): void;

  mailbox(user: string): MailboxState;
  append(user: string, number: number, mail: Mail): void;
  /** Mails after the number, in order. */
  page(user: string, after: number, limit: number): readonly NumberedMail[];
  /** Removes up to and including the number; returns what was removed. */
  trim(user: string, through: number): { readonly count: number; readonly sizeBytes: number };
  putDevice(user: string, device: DeviceRecord): void;
  removeDevice(user: string, terminal: string): void;
  /** Removes mails older than the time, and forgets what was seen before the other. */
  sweep(mailsBeforeMs: number, seenBeforeMs: number): void;

  /** What the store takes up, for the limit of the whole. */
  sizeBytes(): number;

  wasSeen(key: Bytes): boolean;
  markSeen(key: Bytes, timeMs: number): void;
  countSeen(): number;
  /** All that is marked, in any order. */
  seenKeys(): Iterable<Bytes>;

  /** `login` is the newest login command of a user, as signed; `price` what a user asks of strangers. */
  fact(kind: FactKind, id: string): string | undefined;
  putFact(kind: FactKind, id: string, value: string): void;

  /** Boards with entries, those that got one last first. */
  boards(limit: number): readonly string[];
  hasBoard(board: string): boolean;
  /** Numbers it after all others of its board; one that is there already changes nothing. Keeps the newest so many. */
  addEntry(board: string, entry: StoredEntry, keep: number): void;
  entries(
    board: string,
    after: number,
    limit: number,
  ): readonly { readonly number: number; readonly text: string }[];

  /** Names of a device's one-time packages, the oldest first. */
  packages(owner: string, terminal: string): readonly string[];
  /** One of that name that is there already changes nothing. Of more than eight devices, the one that brought none for longest loses its own. */
  putPackage(owner: string, one: StoredPackage): void;
  dropPackage(owner: string, terminal: string, name: string): void;
  /** Removes the oldest and returns it. */
  takePackage(owner: string, terminal: string): string | undefined;
  sweepPackages(beforeMs: number): void;

  isListed(owner: string, kind: ListKind, id: string): boolean;
  list(owner: string, kind: ListKind): readonly string[];
  putList(owner: string, kind: ListKind, ids: readonly string[]): void;
  addToList(owner: string, kind: ListKind, id: string): void;
}
