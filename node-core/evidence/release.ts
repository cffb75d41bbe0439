// What a machine signed to the console that released its print file, while it printed: the second story of a print, kept by
// somebody else than the one who tells the first. Compared with the records in the evidence of the order, it shows a machine
// that exports another record than it made. It is the releaser's file: it may hold less than was said, and never more.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import {
  bytesToHex,
  defineFaults,
  encodeCbor,
  equalBytes,
  ok,
  parseCbor,
  refuse,
  sha256,
} from '../base/index.ts';
import { isRequestOf, StreamHeader } from '../content/index.ts';
import type { VerifySignature } from '../identity/index.ts';
import { parseRecord, TelemetryEntry } from '../records/index.ts';
import { holds, LinkBroken, requires } from './link.ts';

const releaseFileFault = defineFaults('release-file', {
  'release-file.form': {
    message:
      'This is not what a machine signed while its print file was released, or bytes of it were lost or changed.',
    next: 'Save it again on the console of the designer.',
  },
});

const RELEASE_FILE_BYTES_MAX = 64 * 1024 * 1024;
const STREAMS_MAX = 1_000;
const WORDS_MAX = 1_000_000;

const bytesOf = (length: number) =>
  z.custom<Bytes>((value) => value instanceof Uint8Array && value.length === length);

/** What the machine said when it asked for one part: how much it had printed, and the head of its record then. */
const ReleaseWord = z.strictObject({
  index: z.int().min(0),
  done: z.int().min(0),
  head: bytesOf(32),
  signature: bytesOf(64),
});

/** One attempt at one copy. */
const ReleaseStream = z.strictObject({
  header: StreamHeader,
  words: z.array(ReleaseWord).max(WORDS_MAX),
});
export type ReleaseStream = z.infer<typeof ReleaseStream>;

const ReleaseFile = z.strictObject({
  format: z.literal('dipnet-release/v1'),
  chainId: z.string().min(1).max(50),
  order: bytesOf(20),
  streams: z.array(ReleaseStream).min(1).max(STREAMS_MAX),
});
export type ReleaseFile = z.infer<typeof ReleaseFile>;

export function encodeReleaseFile({ chainId, order, streams }: Omit<ReleaseFile, 'format'>): Bytes {
  return encodeCbor({ format: 'dipnet-release/v1', chainId, order, streams });
}

/** Strict: canonical bytes of exactly this shape. */
export function parseReleaseFile(file: Bytes): Result<ReleaseFile> {
  const value = file.length > RELEASE_FILE_BYTES_MAX ? undefined : parseCbor(file);
  const parsed = value === undefined ? undefined : ReleaseFile.safeParse(value);
  if (parsed?.success !== true || !equalBytes(encodeCbor(parsed.data), file))
    return refuse(releaseFileFault('release-file.form'));
  return ok(parsed.data);
}

/** What the evidence proves of the order that the file speaks of. */
export type ReleaseGround = {
  readonly chainId: string;
  readonly order: Bytes;
  readonly machineKey: Bytes;
  readonly gcodeHash: Bytes;
  /** Attempts that were begun on the chain, by copy. */
  readonly begun: ReadonlyMap<number, number>;
  /** Records whose heads are on the chain, in its order; the so-manyth of a copy is that of its so-manyth attempt. */
  readonly records: readonly { readonly copy: number; readonly entries: readonly Bytes[] }[];
  readonly verify?: VerifySignature;
};

/** @throws LinkBroken where the machine told its releaser another story than its record tells. */
export function checkRelease(file: Bytes, ground: ReleaseGround): string {
  const { chainId, order, streams } = holds(parseReleaseFile(file));
  requires(
    chainId === ground.chainId && equalBytes(order, ground.order),
    'what the machine signed to the designer is of another order',
  );
  let words = 0;
  let unreported = 0;
  const seen = new Set<string>();
  for (const stream of streams) {
    const { copy, attempt } = stream.header;
    requires(!seen.has(`${copy}.${attempt}`), `copy ${copy}, attempt ${attempt} was released twice`);
    seen.add(`${copy}.${attempt}`);
    checkSigned(stream, ground);
    words += stream.words.length;
    const record = ground.records.filter((one) => one.copy === copy)[attempt - 1];
    if (record === undefined) unreported++;
    else checkStory(stream, record.entries);
  }
  const open = unreported === 0 ? '' : `; no record on the chain yet of ${unreported} of them`;
  return `${words} times the machine signed its record to the designer in ${streams.length} attempts, each in the record it exports${open}`;
}

function checkSigned({ header, words }: ReleaseStream, ground: ReleaseGround): void {
  const { copy, attempt } = header;
  const where = `copy ${copy}, attempt ${attempt}`;
  requires(equalBytes(header.machine, ground.machineKey), `${where} was released to another machine`);
  requires(equalBytes(header.gcodeHash, ground.gcodeHash), `${where} was released from other G-code`);
  requires(
    attempt <= (ground.begun.get(copy) ?? 0),
    `${where} was released, and the chain does not have it as begun`,
  );
  for (const word of words)
    requires(
      word.index < header.chunks && isRequestOf(header, word, ground.verify),
      `${where}: what is shown for part ${word.index + 1} was not signed by the machine`,
    );
}

/** Every head that the machine signed is in its record, in the order in which it asked. */
function checkStory({ header, words }: ReleaseStream, entries: readonly Bytes[]): void {
  const { copy, attempt, chunks } = header;
  const where = `copy ${copy}, attempt ${attempt}`;
  const places = new Map(entries.map((entry, place) => [bytesToHex(sha256(entry)), place]));
  const [first, last] = [entries[0], entries.at(-1)].map((entry) =>
    entry === undefined ? undefined : holds(parseRecord(TelemetryEntry, 'telemetry', entry)).event,
  );
  if (first?.type !== 'begin' || last?.type !== 'end')
    throw new LinkBroken('a log has no beginning or no end');
  requires(equalBytes(first.job, header.job), `${where}: the record is of another job than the release`);
  let [place, index] = [-1, -1];
  for (const word of words) {
    const at = places.get(bytesToHex(word.head));
    requires(
      at !== undefined,
      `${where}: what the machine signed when it asked for part ${word.index + 1} is not in the record that it exports`,
    );
    requires(
      word.index > index && at >= place,
      `${where}: the machine asked for its parts in another order than its record tells`,
    );
    [place, index] = [at, word.index];
  }
  requires(
    last.outcome !== 'finished' || index === chunks - 1,
    `${where}: the record says finished, and its designer gave ${index + 1} of ${chunks} parts`,
  );
}
