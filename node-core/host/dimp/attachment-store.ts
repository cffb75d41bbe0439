// Files of messages in the messenger's file: what they are, sealed as texts are, and how far they have been moved. Their
// blocks lie beside it, encrypted under keys that stand here alone: what is deleted here cannot be opened any more.

import type { Fault } from '../../base/index.ts';
import { base64 } from '../../base/index.ts';
import type { FileDescription, FilePlace } from '../../dimp/files/index.ts';
import type { JsonObject } from '../../dimp/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Seal } from './chat-seal.ts';

/**
 * `offered`: somebody sent it, and nothing was fetched. `moving`: to the station or from it; goes on after a restart.
 * `paused` by its owner. `failed` with a reason. `ready`: it is whole, here and, of one's own, at the station.
 */
export type AttachmentState = 'offered' | 'moving' | 'paused' | 'failed' | 'ready';

export type Attachment = {
  readonly message: number;
  readonly owner: string;
  readonly outgoing: boolean;
  readonly state: AttachmentState;
  readonly doneChunks: number;
  readonly allChunks: number;
  readonly fault?: Fault;
  /** Undefined where the vault is another one. */
  readonly file: FileDescription | undefined;
};

type Row = {
  message: number;
  owner: string;
  outgoing: number;
  state: string;
  done: number;
  total: number;
  fault: string | null;
  body: Uint8Array;
};

export function attachmentCalls(database: Sqlite, { seal, open }: Seal) {
  const columns = 'message, owner, outgoing, state, done, total, fault, body';
  const insert = database.prepare<[number, string, number, string | null, string, Uint8Array]>(
    `INSERT INTO attachments (message, owner, outgoing, file, state, done, total, body) VALUES (?, ?, ?, ?, ?, 0, 0, ?)`,
  );
  const one = database.prepare<[string, number], Row>(
    `SELECT ${columns} FROM attachments WHERE owner = ? AND message = ?`,
  );
  const moving = database.prepare<[string], { message: number }>(
    `SELECT message FROM attachments WHERE owner = ? AND state = 'moving' ORDER BY message`,
  );
  const setState = database.prepare<[string, string | null, number]>(
    'UPDATE attachments SET state = ?, fault = ? WHERE message = ?',
  );
  const setProgress = database.prepare<[number, number, number]>(
    'UPDATE attachments SET done = ?, total = ? WHERE message = ?',
  );
  const setFile = database.prepare<[string | null, Uint8Array, number]>(
    'UPDATE attachments SET file = ?, body = ? WHERE message = ?',
  );
  const name = database.prepare<[string, number]>('UPDATE messages SET ref = ? WHERE id = ?');
  const drop = database.prepare<[number]>('DELETE FROM messages WHERE id = ?');
  const files = database.prepare<[], { file: string }>(
    'SELECT DISTINCT file FROM attachments WHERE file IS NOT NULL',
  );
  const toAttachment = ({ outgoing, done, total, fault, body, state, ...row }: Row): Attachment => ({
    ...row,
    outgoing: outgoing === 1,
    state: state as AttachmentState,
    doneChunks: done,
    allChunks: total,
    ...(fault === null ? {} : { fault: JSON.parse(fault) as Fault }),
    file: parseDescription(open(body)),
  });
  return {
    addAttachment(
      owner: string,
      message: number,
      file: FileDescription,
      start: { readonly outgoing: boolean; readonly state: AttachmentState },
    ): void {
      const body = seal(descriptionToText(file));
      insert.run(message, owner, start.outgoing ? 1 : 0, fileIdOf(file.place), start.state, body);
    },
    attachment(owner: string, message: number): Attachment | undefined {
      const row = one.get(owner, message);
      return row === undefined ? undefined : toAttachment(row);
    },
    movingAttachments: (owner: string): number[] => moving.all(owner).map(({ message }) => message),
    setAttachmentState: (message: number, state: AttachmentState, fault?: Fault): void =>
      void setState.run(state, fault === undefined ? null : JSON.stringify(fault), message),
    setAttachmentProgress: (message: number, done: number, total: number): void =>
      void setProgress.run(done, total, message),
    /** It lies elsewhere now: what came from an address is in blocks of our own. */
    setAttachmentFile: (message: number, file: FileDescription): void =>
      void setFile.run(fileIdOf(file.place), seal(descriptionToText(file)), message),
    /** By which others refer to a message, once it is said what it carries. */
    nameMessage: (message: number, ref: string): void => void name.run(ref, message),
    /** A message that nobody got yet, and its file. */
    dropMessage: (message: number): void => void drop.run(message),
    /** Every file of which blocks may be here. */
    attachmentFiles: (): string[] => files.all().map(({ file }) => file),
  };
}

const fileIdOf = (place: FilePlace): string | null => (place.at === 'blocks' ? place.id : null);

type StoredPlace =
  | { at: 'blocks'; id: string; url?: string; secret: { key: string; iv: string; sha256: string } }
  | { at: 'message'; bytes: string }
  | { at: 'address'; url: string; content: JsonObject };

function descriptionToText({ place, picture, ...rest }: FileDescription): string {
  return JSON.stringify({
    ...rest,
    ...(picture === undefined ? {} : { picture: base64.encode(picture) }),
    place: placeToJson(place),
  });
}

function placeToJson(place: FilePlace): StoredPlace {
  if (place.at === 'address') return { at: 'address', url: place.url, content: place.content };
  if (place.at === 'message') return { at: 'message', bytes: base64.encode(place.bytes) };
  const { key, iv, sha256 } = place.secret;
  const secret = { key: base64.encode(key), iv: base64.encode(iv), sha256 };
  return { at: 'blocks', id: place.id, secret, ...(place.url === undefined ? {} : { url: place.url }) };
}

const bytesOf = (text: string) => new Uint8Array(base64.decode(text));

function parseDescription(text: string): FileDescription | undefined {
  if (text === '') return undefined;
  type Stored = Omit<FileDescription, 'place' | 'picture'> & { picture?: string; place: StoredPlace };
  const { place, picture, ...rest } = JSON.parse(text) as Stored;
  return {
    ...rest,
    ...(picture === undefined ? {} : { picture: bytesOf(picture) }),
    place: jsonToPlace(place),
  };
}

function jsonToPlace(place: StoredPlace): FilePlace {
  if (place.at === 'address') return place;
  if (place.at === 'message') return { at: 'message', bytes: bytesOf(place.bytes) };
  const { key, iv, sha256 } = place.secret;
  return { ...place, secret: { key: bytesOf(key), iv: bytesOf(iv), sha256 } };
}
