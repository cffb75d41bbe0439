// Files of the messenger's chats: sealed into blocks beside its database, put to the station before their message is sent,
// fetched from it when somebody asks. How far each has come is in the file, so that a restart goes on; what is kept of
// it on the disk is encrypted, and what is removed with its message cannot be opened any more.
//
//   add ─► moving ─► ready, the message goes out          offered ─ start ─► moving ─► ready
//            ▲ └─ pause ─► paused ─ start ─┐                 (a message came)    └─► paused, failed ─ start ─► moving
//            └─────────────────────────────┘

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AttachmentView } from '../../api/index.ts';
import type { Bytes, Clock, Fault, Log, Random, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { BlockPlace, FileDescription, FileKind, TransferEnd } from '../../dimp/files/index.ts';
import {
  cleanFileName,
  dangerousExtension,
  FILE_CHUNK_BYTES,
  fetchFileBlocks,
  fileBlocks,
  fileFault,
  fileKind,
  openFromStore,
  pictureMedia,
  readFileAddress,
  sealIntoStore,
  sendFileBlocks,
  THUMBNAIL_BYTES_MAX,
  writeFileContent,
} from '../../dimp/files/index.ts';
import type { JsonObject } from '../../dimp/index.ts';
import { createFileBlockStore, type FileBlockStore } from '../adapters/block-store.ts';
import { nativeSha256 } from '../adapters/system.ts';
import type { Attachment } from './attachment-store.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore } from './chat-store.ts';
import { fetchForeign } from './foreign-file.ts';
import type { StationAddress } from './station-address.ts';
import { isLoopback } from './station-address.ts';
import type { StationCarrier } from './station-carrier.ts';
import { createStationCarrier } from './station-carrier.ts';

export type AttachmentParts = {
  readonly store: ChatStore;
  /** Of the blocks. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of the station, for this console. */
  readonly address: () => StationAddress;
  /** Of the same, for others. */
  readonly publicAddress: () => StationAddress;
  /** The station as this account sees it; undefined where the account is not running. */
  readonly carrier: (owner: string) => StationCarrier | undefined;
  readonly onChange: (chat: string | undefined) => void;
  /** Sends the message of a file that is at the station. `also` is part of the same transaction. */
  readonly announce: (
    owner: string,
    message: number,
    content: FileContent,
    also: () => void,
  ) => Promise<Result<void>>;
};

export type FileContent = {
  readonly kind: 'file' | 'image' | 'audio' | 'video';
  readonly fields: JsonObject;
};

/** A file that is to be sent, as the page gives it. */
export type NewFile = {
  readonly name: string;
  readonly bytes: Bytes;
  readonly picture?: Bytes | undefined;
  readonly durationS?: number | undefined;
};
/** How far a file was sealed; its message is not there yet. */
export type PreparedFile = FileDescription & { readonly place: BlockPlace };

/** Files that move at the same time, of all accounts; others wait for their turn. */
const MOVES_MAX = 3;
/** Pages look again at most this often while a file moves. */
const PROGRESS_MS = 200;
const TIDY_MS = 3_600_000;

type Move = { readonly stop: AbortController; done: Promise<void>; waiting?: Fault | undefined };

export class Attachments {
  readonly #parts: AttachmentParts;
  readonly #blocks: FileBlockStore;
  readonly #crypto = { sha256: nativeSha256 };
  readonly #moves = new Map<number, Move>();
  readonly #queue: (() => void)[] = [];
  readonly #tidying: NodeJS.Timeout;
  #busy = 0;
  #sealing = 0;
  #isClosed = false;

  constructor(parts: AttachmentParts) {
    this.#parts = parts;
    mkdirSync(parts.folder, { recursive: true, mode: 0o700 });
    this.#blocks = createFileBlockStore(parts.folder);
    this.#tidy();
    this.#tidying = setInterval(() => this.#tidy(), TIDY_MS);
    this.#tidying.unref();
  }

  /** Seals a file; nothing is sent yet. */
  async prepare({ name, bytes, picture, durationS }: NewFile): Promise<Result<PreparedFile>> {
    this.#sealing += 1;
    const sealed = await this.#seal(bytes);
    this.#sealing -= 1;
    if (!sealed.ok) return sealed;
    const clean = cleanFileName(name);
    const { host, port, tls = false } = this.#parts.publicAddress();
    const shown = host.includes(':') ? `[${host}]` : host;
    const url = `${tls ? 'https' : 'http'}://${shown}:${port}/download/${sealed.value.id}`;
    const isShown =
      picture !== undefined && picture.length <= THUMBNAIL_BYTES_MAX && pictureMedia(picture) !== undefined;
    return ok({
      name: clean,
      kind: fileKind(clean),
      sizeBytes: bytes.length,
      ...(isShown ? { picture } : {}),
      ...(durationS === undefined ? {} : { durationS }),
      place: { at: 'blocks', url, ...sealed.value },
    });
  }

  /** Begins or goes on. `foreign`: from the address that the sender named, which its owner was asked about. */
  start(owner: string, message: number, foreign = false): Result<void> {
    const found = this.#parts.store.attachment(owner, message);
    if (found?.file === undefined) return refuse(chatFault('chat.file.unknown'));
    if (found.state === 'ready' || this.#moves.has(message)) return ok(undefined);
    if (found.file.place.at === 'address' && !foreign) return refuse(chatFault('chat.file.foreign'));
    this.#parts.store.setAttachmentState(message, 'moving');
    this.#move(owner, message, foreign);
    this.#changed(owner, message);
    return ok(undefined);
  }

  async pause(owner: string, message: number): Promise<Result<void>> {
    const found = this.#parts.store.attachment(owner, message);
    if (found === undefined) return refuse(chatFault('chat.file.unknown'));
    if (found.state !== 'moving') return ok(undefined);
    this.#parts.store.setAttachmentState(message, 'paused');
    const move = this.#moves.get(message);
    move?.stop.abort();
    await move?.done;
    this.#changed(owner, message);
    return ok(undefined);
  }

  /** Takes back a file of one's own that nobody got yet, and its message. */
  async cancel(owner: string, message: number): Promise<Result<void>> {
    const found = this.#parts.store.attachment(owner, message);
    if (found?.outgoing !== true || found.state === 'ready') return refuse(chatFault('chat.file.unknown'));
    const move = this.#moves.get(message);
    move?.stop.abort();
    await move?.done;
    const chat = this.#parts.store.chatOf(owner, message);
    // It may have got through at the last instant.
    if (this.#parts.store.attachment(owner, message)?.state !== 'ready')
      this.#parts.store.dropMessage(message);
    this.#parts.onChange(chat);
    return ok(undefined);
  }

  /** An account is there: what it was moving goes on. */
  resume(owner: string): void {
    for (const message of this.#parts.store.movingAttachments(owner)) this.#move(owner, message, false);
  }

  view(owner: string, message: number): AttachmentView | undefined {
    const found = this.#parts.store.attachment(owner, message);
    return found?.file === undefined ? undefined : this.#viewOf(found, found.file);
  }

  /** The small picture that came with the file. */
  picture(owner: string, message: number): Result<Bytes> {
    const picture = this.#parts.store.attachment(owner, message)?.file?.picture;
    return picture === undefined ? refuse(chatFault('chat.file.unknown')) : ok(picture);
  }

  /** The whole file, checked. */
  async open(
    owner: string,
    message: number,
  ): Promise<Result<{ readonly name: string; readonly kind: FileKind; readonly bytes: Bytes }>> {
    const found = this.#parts.store.attachment(owner, message);
    if (found?.file === undefined) return refuse(chatFault('chat.file.unknown'));
    const { name, kind, place } = found.file;
    if (place.at === 'message') return ok({ name, kind, bytes: place.bytes });
    const isHere = found.state === 'ready' || found.outgoing;
    if (place.at === 'address' || !isHere) return refuse(chatFault('chat.file.absent'));
    const bytes = await this.#open(place);
    return bytes.ok ? ok({ name, kind, bytes: bytes.value }) : bytes;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#tidying);
    for (const { stop } of this.#moves.values()) stop.abort();
    for (const next of this.#queue.splice(0)) next();
    await Promise.all([...this.#moves.values()].map(({ done }) => done));
  }

  #seal(file: Bytes) {
    const { random } = this.#parts;
    return sealIntoStore({ file, store: this.#blocks, random, crypto: this.#crypto, pause: nextTurn });
  }

  #open({ id, secret }: BlockPlace) {
    return openFromStore({ id, secret, store: this.#blocks, crypto: this.#crypto, pause: nextTurn });
  }

  #viewOf(found: Attachment, file: FileDescription): AttachmentView {
    const { state, doneChunks, allChunks, fault, outgoing } = found;
    const { name, kind, sizeBytes, picture, durationS, place } = file;
    const waiting = this.#moves.get(found.message)?.waiting;
    const reason = state === 'moving' ? waiting : fault;
    const danger = dangerousExtension(name);
    const from = outgoing || state === 'ready' ? undefined : this.#foreignHost(place, fault);
    const isWhole = state === 'ready' || place.at === 'message';
    return {
      name,
      kind,
      sizeBytes,
      doneBytes: isWhole ? sizeBytes : Math.min(sizeBytes, doneChunks * FILE_CHUNK_BYTES),
      wholeShare: isWhole ? 1 : allChunks === 0 ? 0 : doneChunks / allChunks,
      state: state === 'moving' && waiting !== undefined ? 'waiting' : state,
      hasPicture: picture !== undefined,
      outgoing,
      ...(durationS === undefined ? {} : { durationS }),
      ...(reason === undefined ? {} : { fault: reason }),
      ...(danger === undefined ? {} : { danger }),
      ...(from === undefined ? {} : { from }),
    };
  }

  /** Another place than our own station, where the file can be had; only after a question. */
  #foreignHost(place: FileDescription['place'], fault: Fault | undefined): string | undefined {
    if (place.at === 'message' || place.url === undefined) return undefined;
    const address = readFileAddress(place.url);
    if (address === undefined) return undefined;
    const { host, port } = this.#parts.address();
    const isOwn = address.host === host.toLowerCase() && address.port === port;
    // Another computer's own station says 127.0.0.1 of itself; here that is this one.
    if (isLoopback(address.host) && !isLoopback(host)) return undefined;
    const isNeeded = place.at === 'address' || (fault?.code === 'transfer.gone' && !isOwn);
    return isNeeded ? `${address.host}:${address.port}` : undefined;
  }

  #move(owner: string, message: number, foreign: boolean): void {
    if (this.#moves.has(message) || this.#isClosed) return;
    const move: Move = { stop: new AbortController(), done: Promise.resolve() };
    this.#moves.set(message, move);
    move.done = this.#inTurn(() => this.#moveOne(owner, message, move, foreign))
      .catch((error: unknown) => {
        this.#parts.log('error', 'chat.file', { error });
        this.#parts.store.setAttachmentState(message, 'failed', chatFault('chat.file.broken'));
      })
      .finally(() => {
        this.#moves.delete(message);
        if (!this.#isClosed) this.#changed(owner, message);
      });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#busy >= MOVES_MAX) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#busy += 1;
    try {
      await work();
    } finally {
      this.#busy -= 1;
      this.#queue.shift()?.();
    }
  }

  async #moveOne(owner: string, message: number, move: Move, foreign: boolean): Promise<void> {
    const { store } = this.#parts;
    const found = store.attachment(owner, message);
    if (found?.file === undefined || move.stop.signal.aborted) return;
    const end = found.outgoing
      ? await this.#send(owner, message, found.file, move)
      : await this.#fetch(owner, message, found.file, move, foreign);
    if (end.ok && end.value === 'stopped') return;
    // The message may have disappeared meanwhile, and its file with it.
    if (!end.ok && store.attachment(owner, message) !== undefined)
      store.setAttachmentState(message, 'failed', end.fault);
  }

  async #send(
    owner: string,
    message: number,
    file: FileDescription,
    move: Move,
  ): Promise<Result<TransferEnd>> {
    const { store, announce } = this.#parts;
    const { place } = file;
    if (place.at !== 'blocks') return refuse(chatFault('chat.file.unknown'));
    const sent = await sendFileBlocks(place.id, this.#transfer(owner, message, move));
    if (!sent.ok || sent.value === 'stopped') return sent;
    if (store.attachment(owner, message) === undefined) return ok('stopped');
    const content = writeFileContent({ ...file, place });
    const told = await announce(owner, message, content, () => store.setAttachmentState(message, 'ready'));
    return told.ok ? sent : told;
  }

  async #fetch(
    owner: string,
    message: number,
    file: FileDescription,
    move: Move,
    foreign: boolean,
  ): Promise<Result<TransferEnd>> {
    const { store } = this.#parts;
    if (file.place.at === 'address') return this.#fetchAddress(owner, message, file, move);
    if (file.place.at === 'message') return ok('done');
    const parts = this.#transfer(owner, message, move, foreign ? file.place.url : undefined);
    const fetched = await fetchFileBlocks(file.place.id, file.sizeBytes, parts);
    if (!fetched.ok || fetched.value === 'stopped') return fetched;
    // Blocks that are right may still be no file: under another key, or another file than the message names.
    const opened = await this.#open(file.place);
    if (!opened.ok) return opened;
    if (opened.value.length !== file.sizeBytes) return refuse(fileFault('transfer.altered'));
    store.setAttachmentState(message, 'ready');
    return fetched;
  }

  /** A file of another program: fetched whole, opened, and sealed into blocks of our own. */
  async #fetchAddress(
    owner: string,
    message: number,
    file: FileDescription,
    move: Move,
  ): Promise<Result<TransferEnd>> {
    if (file.place.at !== 'address') return ok('done');
    const { store } = this.#parts;
    const bytes = await fetchForeign(file.place, move.stop.signal);
    if (move.stop.signal.aborted) return ok('stopped');
    if (!bytes.ok) return bytes;
    const sealed = await this.#seal(bytes.value);
    if (!sealed.ok) return sealed;
    if (store.attachment(owner, message) === undefined) return ok('stopped');
    const place = { at: 'blocks', url: file.place.url, ...sealed.value } as const;
    store.transact(() => {
      store.setAttachmentFile(message, { ...file, sizeBytes: bytes.value.length, place });
      store.setAttachmentState(message, 'ready');
    });
    return ok('done');
  }

  #transfer(owner: string, message: number, move: Move, foreign?: string) {
    const { store, clock, random } = this.#parts;
    const carrier = this.#carrier(owner, foreign);
    let toldMs = Number.NEGATIVE_INFINITY;
    return {
      carrier,
      store: this.#blocks,
      crypto: this.#crypto,
      clock,
      random,
      signal: move.stop.signal,
      onProgress: (done: number, total: number) => {
        store.setAttachmentProgress(message, done, total);
        if (clock.monotonicMs() - toldMs < PROGRESS_MS) return;
        toldMs = clock.monotonicMs();
        this.#changed(owner, message);
      },
      onWaiting: (fault: Fault | undefined) => {
        move.waiting = fault;
        this.#changed(owner, message);
      },
    };
  }

  #carrier(owner: string, foreign: string | undefined): StationCarrier {
    const own = this.#parts.carrier(owner) ?? NO_STATION;
    const address = foreign === undefined ? undefined : readFileAddress(foreign);
    return address === undefined
      ? own
      : { ...own, get: createStationCarrier({ address: () => address }).get };
  }

  #changed(owner: string, message: number): void {
    this.#parts.onChange(this.#parts.store.chatOf(owner, message));
  }

  /** Removes blocks of files that no message has any more. Only while nothing moves: what comes in has no name yet. */
  #tidy(): void {
    if (this.#moves.size > 0 || this.#sealing > 0) return;
    const kept = new Set<string>();
    for (const file of this.#parts.store.attachmentFiles())
      for (const block of fileBlocks(file, this.#blocks, this.#crypto)) kept.add(block);
    for (const entry of readdirSync(this.#parts.folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && !kept.has(entry.name))
        rmSync(join(entry.parentPath, entry.name), { force: true });
  }
}

/** While an account is not there, its transfers wait. */
const NO_STATION: StationCarrier = {
  missing: async () => refuse(fileFault('transfer.away', { reason: 'no connection' })),
  put: async () => refuse(fileFault('transfer.away', { reason: 'no connection' })),
  get: async () => refuse(fileFault('transfer.away', { reason: 'no connection' })),
  close: () => undefined,
};

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
