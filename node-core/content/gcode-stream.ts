// A print file handed out chunk by chunk while it prints. Each chunk has a key of its own, released for one machine, one
// job and one attempt only, in order, and only a few chunks ahead of what the machine says it has printed; a hash chain
// through header, chunks and keys makes every other order, file or stream unreadable. It protects the file at rest and
// on the way and keeps count; it cannot protect what leaves the machine's own cable as plain commands.
//
//   releaser (holds the file's key)                    reader (holds the machine's key)
//     grant: header, stream key wrapped for the machine  →
//                                                        ←  request: index, chunks done, head of its record; signed
//     chunk: sealed lines, sealed chunk key              →  …

import { z } from 'zod';
import type { Bytes, Random, Result } from '../base/index.ts';
import {
  assert,
  concatBytes,
  equalBytes,
  hkdf,
  ok,
  refuse,
  sha256,
  taggedHash,
  u64ToBytes,
  utf8ToBytes,
} from '../base/index.ts';
import type { Aead, VerifySignature } from '../identity/index.ts';
import { AEAD_NONCE_BYTES, signMessage, unwrapKey, verifySignature, wrapKey } from '../identity/index.ts';
import { recordHash } from '../records/index.ts';
import { streamFault } from './faults.ts';

/** Four seconds of the densest print there is: 134 moves a second of 30 bytes. */
export const STREAM_CHUNK_BYTES = 16 * 1024;
/** Chunks that the machine may hold before it has printed them: a quarter of a minute of the densest print. */
export const STREAM_AHEAD_CHUNKS = 4;
/** Bounds for headers of strangers; a day of the densest print has 12 million lines. */
const LINES_MAX = 20_000_000;
const LAYERS_MAX = 100_000;
const KEY_BYTES = 32;
const LINE_FEED = 10;

const bytesOf = (length: number) =>
  z.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length);
const hash = bytesOf(32);

export const StreamHeader = z.strictObject({
  v: z.literal(1),
  kind: z.literal('gcode-stream'),
  /** Random: two streams of one file have nothing in common. */
  streamId: hash,
  job: hash,
  attempt: z.int().min(1),
  copy: z.int().min(1),
  /** Compressed public key of the one machine. */
  machine: bytesOf(33),
  gcodeHash: hash,
  chunks: z.int().min(1).max(LINES_MAX),
  /** Lines that are sent to the machine, and the first of each layer. */
  lines: z.int().min(1).max(LINES_MAX),
  layerStarts: z.array(z.int().min(0).max(LINES_MAX)).max(LAYERS_MAX),
});
export type StreamHeader = z.infer<typeof StreamHeader>;

export type StreamGrant = { readonly header: StreamHeader; readonly wrappedKey: Bytes };

export type ChunkRequest = {
  readonly index: number;
  /** Chunks whose lines the machine has acknowledged, all of them. */
  readonly done: number;
  /** Head of the machine's record of this print as it stands: what is claimed here cannot be recorded otherwise. */
  readonly head: Bytes;
  readonly signature: Bytes;
};

export type ReleasedChunk = { readonly index: number; readonly sealed: Bytes; readonly sealedKey: Bytes };

export type StreamFacts = Omit<StreamHeader, 'v' | 'kind' | 'streamId' | 'chunks'>;

/** The file, of which no more is read than the chunk that is being released. */
export type StreamFile = {
  /** Where each chunk ends (streamChunkEnds). */
  readonly ends: Uint32Array;
  /** The bytes from `start` to `end`; the buffer is the caller's to wipe. */
  read(start: number, end: number): Result<Bytes>;
};

export type ReleaserParts = {
  readonly file: StreamFile;
  /** The file's own key: every chunk key is derived from it and the stream's id. */
  readonly key: Bytes;
  readonly facts: StreamFacts;
  readonly random: Random;
  readonly aead: Aead;
  readonly verify?: VerifySignature;
  /** Public key that the stream's key is wrapped for, where it is not the machine's own: one that lives in memory. */
  readonly session?: Bytes;
  /** Goes on where an earlier releaser of this stream stopped. */
  readonly kept?: KeptRelease;
};

/** What a releaser that starts again needs; secret. */
export type KeptRelease = {
  readonly grant: StreamGrant;
  readonly streamKey: Bytes;
  /** Before the newest chunk, which is made again from it. */
  readonly link: Bytes;
  readonly next: number;
  readonly done: number;
};

/** The side that holds the file. Gives each chunk once, or again to the same machine where the answer was lost. */
export class StreamReleaser {
  readonly grant: StreamGrant;
  readonly #parts: ReleaserParts;
  readonly #name: Bytes;
  readonly #streamKey: Bytes;
  readonly #chunkKey: Bytes;
  #link: Bytes;
  #linkBefore: Bytes;
  #next = 0;
  #done = 0;
  #last: ReleasedChunk | undefined;
  #closed = false;
  /** The chunk at `next` was given before this releaser went on. */
  #again = false;

  constructor(parts: ReleaserParts) {
    const { file, key, facts, random, kept, session } = parts;
    this.#parts = parts;
    const header: StreamHeader = kept?.grant.header ?? {
      ...facts,
      v: 1,
      kind: 'gcode-stream',
      streamId: random.bytes(32),
      chunks: file.ends.length,
    };
    this.#name = recordHash(header);
    this.#link = kept?.link ?? this.#name;
    this.#linkBefore = this.#link;
    this.#streamKey = kept?.streamKey.slice() ?? random.bytes(KEY_BYTES);
    this.#chunkKey = hkdf(sha256, key, header.streamId, utf8ToBytes('dipnet/gcode-stream/v1'), KEY_BYTES);
    const recipient = session ?? header.machine;
    this.grant = kept?.grant ?? {
      header,
      wrappedKey: wrapKey(this.#streamKey, recipient, contextOf(this.#name), random),
    };
    // The newest chunk is made again by the next request for it.
    this.#next = kept === undefined ? 0 : Math.max(0, kept.next - 1);
    this.#again = kept !== undefined && kept.next > 0;
    this.#done = kept?.done ?? 0;
  }

  /** For a releaser that goes on after this process; the caller keeps it secret, and wipes the key. */
  keep(): KeptRelease {
    return {
      grant: this.grant,
      streamKey: this.#streamKey.slice(),
      link: this.#linkBefore,
      next: this.released,
      done: this.#done,
    };
  }

  /** Chunks given so far. */
  get released(): number {
    return this.#next + (this.#again ? 1 : 0);
  }

  /** Chunks that the machine said it has printed. */
  get printed(): number {
    return this.#done;
  }

  release(request: ChunkRequest): Result<ReleasedChunk> {
    const { index, done, head, signature } = request;
    const { header } = this.grant;
    if (this.#closed) return refuse(streamFault('stream.closed'));
    const verify = this.#parts.verify ?? verifySignature;
    const whole = Number.isSafeInteger(index) && Number.isSafeInteger(done) && index >= 0 && done >= 0;
    if (!whole || !verify(header.machine, requestMessage(this.#name, request), signature))
      return refuse(streamFault('stream.not-this-machine'));
    if (head.length !== 32) return refuse(streamFault('stream.malformed'));
    const remade = this.#remake();
    if (!remade.ok) return remade;
    // What is not printed yet cannot have been; what was said to be printed stays so.
    if (done < this.#done || done > this.#next) return refuse(streamFault('stream.order'));
    if (index === this.#next - 1 && this.#last !== undefined) return ok(this.#last);
    if (index !== this.#next || index >= header.chunks) return refuse(streamFault('stream.order'));
    if (index - done >= STREAM_AHEAD_CHUNKS) return refuse(streamFault('stream.too-early'));
    const before = this.#link;
    const sealed = this.#seal(index);
    if (!sealed.ok) return sealed;
    this.#linkBefore = before;
    this.#done = done;
    this.#last = sealed.value;
    this.#next++;
    return sealed;
  }

  /** The same key and the same lines: byte for byte the chunk that was given. */
  #remake(): Result<void> {
    if (!this.#again) return ok(undefined);
    const sealed = this.#seal(this.#next);
    if (!sealed.ok) return sealed;
    this.#again = false;
    this.#last = sealed.value;
    this.#next++;
    return ok(undefined);
  }

  /** Nothing more is given; keys are forgotten. */
  close(): void {
    this.#closed = true;
    this.#last = undefined;
    this.#streamKey.fill(0);
    this.#chunkKey.fill(0);
  }

  #seal(index: number): Result<ReleasedChunk> {
    const { file, aead } = this.#parts;
    const read = file.read(file.ends[index - 1] ?? 0, file.ends[index] ?? 0);
    if (!read.ok) return read;
    const lines = read.value;
    const info = concatBytes(utf8ToBytes('chunk'), u64ToBytes(BigInt(index)));
    const key = hkdf(sha256, this.#chunkKey, this.#link, info, KEY_BYTES);
    const data = concatBytes(this.#link, u64ToBytes(BigInt(index)));
    // Each chunk key seals one chunk, so its nonce may be fixed.
    const sealed = aead.seal(key, new Uint8Array(AEAD_NONCE_BYTES), lines, data);
    const sealedKey = aead.seal(this.#streamKey, nonceOf(index), key, data);
    key.fill(0);
    lines.fill(0);
    this.#link = nextLink(this.#link, sealed);
    return ok({ index, sealed, sealedKey });
  }
}

export type ReaderParts = {
  readonly grant: StreamGrant;
  readonly machineSecret: Bytes;
  /** Of the key that the stream's key was wrapped for, where it is not the machine's own. */
  readonly sessionSecret?: Bytes;
  /** What the machine was asked to print: a stream of anything else is refused before its first line. */
  readonly expected: { readonly job: Bytes; readonly copy: number; readonly gcodeHash: Bytes };
  readonly aead: Aead;
};

/** The machine's side. Opens chunks in their order; whatever does not fit ends the stream for good. */
export class StreamReader {
  readonly header: StreamHeader;
  readonly #parts: ReaderParts;
  readonly #name: Bytes;
  readonly #streamKey: Bytes;
  readonly #sum = sha256.create();
  #link: Bytes;
  #next = 0;

  private constructor(parts: ReaderParts, header: StreamHeader, streamKey: Bytes) {
    this.#parts = parts;
    this.header = header;
    this.#name = recordHash(header);
    this.#link = this.#name;
    this.#streamKey = streamKey;
  }

  static open(parts: ReaderParts): Result<StreamReader> {
    const parsed = StreamHeader.safeParse(parts.grant.header);
    if (!parsed.success) return refuse(streamFault('stream.malformed'));
    const { expected } = parts;
    const header = parsed.data;
    const same =
      equalBytes(header.job, expected.job) &&
      equalBytes(header.gcodeHash, expected.gcodeHash) &&
      header.copy === expected.copy;
    if (!same) return refuse(streamFault('stream.not-this-job'));
    const name = recordHash(header);
    const secret = parts.sessionSecret ?? parts.machineSecret;
    const streamKey = unwrapKey(parts.grant.wrappedKey, secret, contextOf(name));
    if (!streamKey.ok) return refuse(streamFault('stream.not-this-machine'));
    return ok(new StreamReader(parts, header, streamKey.value));
  }

  get complete(): boolean {
    return this.#next === this.header.chunks;
  }

  /** Asks for the next chunk, or again for it where no answer came. `head` is that of the machine's record. */
  request(done: number, head: Bytes): ChunkRequest {
    assert(!this.complete, 'a whole file needs no further chunk');
    const asked = { index: this.#next, done, head };
    const message = requestMessage(this.#name, asked);
    return { ...asked, signature: signMessage(this.#parts.machineSecret, message) };
  }

  /** The lines of the chunk that was asked for. With the last one the whole file is compared with its hash. */
  take(chunk: ReleasedChunk): Result<Bytes> {
    if (this.complete || chunk.index !== this.#next) return refuse(streamFault('stream.order'));
    const { aead } = this.#parts;
    const data = concatBytes(this.#link, u64ToBytes(BigInt(chunk.index)));
    const key = aead.open(this.#streamKey, nonceOf(chunk.index), chunk.sealedKey, data);
    if (key?.length !== KEY_BYTES) return refuse(streamFault('stream.altered'));
    const lines = aead.open(key, new Uint8Array(AEAD_NONCE_BYTES), chunk.sealed, data);
    key.fill(0);
    if (lines === undefined || lines.length > STREAM_CHUNK_BYTES)
      return refuse(streamFault('stream.altered'));
    this.#sum.update(lines);
    this.#link = nextLink(this.#link, chunk.sealed);
    this.#next++;
    // A line cut in two would be one line to whoever checks the file and two to whoever sends it.
    if (!this.complete && lines.at(-1) !== LINE_FEED) return refuse(streamFault('stream.altered'));
    if (this.complete && !equalBytes(this.#sum.digest(), this.header.gcodeHash))
      return refuse(streamFault('stream.altered'));
    return ok(lines);
  }

  close(): void {
    this.#streamKey.fill(0);
  }
}

/** Where each chunk ends: behind a line, and never past the size of a chunk. For files that the guard let pass. */
export function streamChunkEnds(gcode: Bytes): Uint32Array {
  const ends: number[] = [];
  for (let start = 0; start < gcode.length; ) {
    let end = Math.min(gcode.length, start + STREAM_CHUNK_BYTES);
    if (end < gcode.length) end = gcode.lastIndexOf(LINE_FEED, end - 1) + 1;
    assert(end > start, 'the guard refuses a line that is longer than a chunk');
    ends.push(end);
    start = end;
  }
  return Uint32Array.from(ends);
}

/** Whether the machine of the stream signed this request. */
export function isRequestOf(
  header: StreamHeader,
  request: ChunkRequest,
  verify: VerifySignature = verifySignature,
): boolean {
  return verify(header.machine, requestMessage(recordHash(header), request), request.signature);
}

function contextOf(name: Bytes): Bytes {
  return concatBytes(utf8ToBytes('dipnet/gcode-stream/v1'), name);
}

function requestMessage(name: Bytes, { index, done, head }: Omit<ChunkRequest, 'signature'>): Bytes {
  const numbers = concatBytes(u64ToBytes(BigInt(index)), u64ToBytes(BigInt(done)));
  return concatBytes(utf8ToBytes('dipnet/stream-request/v1'), new Uint8Array(1), name, numbers, head);
}

function nextLink(link: Bytes, sealed: Bytes): Bytes {
  return taggedHash('dipnet/stream-link/v1', link, sha256(sealed));
}

function nonceOf(index: number): Bytes {
  return concatBytes(new Uint8Array(AEAD_NONCE_BYTES - 8), u64ToBytes(BigInt(index)));
}
