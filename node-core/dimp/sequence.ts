// Messages of one device to one destination form a chain: each names the one before by its hash, inside the signature.
// So a station that drops, holds back or reorders messages is noticed, and in a dispute a span of messages is shown to be
// complete. Peers that do not know of it ignore the field.

import type { Bytes, Random } from '../base/index.ts';
import { bytesToHex } from '../base/index.ts';
import type { Content } from './content/index.ts';
import type { JsonObject } from './json.ts';
import { isJsonObject } from './json.ts';
import type { ReliableMessage } from './message.ts';
import { replayHash } from './replay.ts';

export const SEQUENCE_FIELD = 'sequence';

/** The end of a chain: what its next message continues. */
export type SequenceEnd = {
  /** 32 hexadecimal digits, new for each device and destination. */
  readonly chain: string;
  /** Messages so far. */
  readonly count: number;
  /** Hash of the last one, in hexadecimal. */
  readonly last: string;
};

export function startSequence(random: Random): SequenceEnd {
  return { chain: bytesToHex(random.bytes(16)), count: 0, last: '' };
}

/** The field for the next message. */
export function sequenceField({ chain, count, last }: SequenceEnd): JsonObject {
  return { [SEQUENCE_FIELD]: { chain, index: count, previous: last } };
}

/** The end of the chain after this message, which carries the field of `end`. */
export function continueSequence(end: SequenceEnd, message: ReliableMessage): SequenceEnd {
  return { chain: end.chain, count: end.count + 1, last: messageHash(message) };
}

export type SequenceLink = { readonly chain: string; readonly index: number; readonly previous: string };

/** Where the message says that it stands; undefined where it does not, or not soundly. */
export function readSequence(content: Content): SequenceLink | undefined {
  const field = content.json[SEQUENCE_FIELD];
  if (!isJsonObject(field)) return undefined;
  const { chain, index, previous } = field;
  if (typeof chain !== 'string' || !/^[0-9a-f]{32}$/.test(chain)) return undefined;
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) return undefined;
  const wanted = index === 0 ? /^$/ : /^[0-9a-f]{64}$/;
  return typeof previous === 'string' && wanted.test(previous) ? { chain, index, previous } : undefined;
}

/**
 * How a message follows the known end of its chain: `next`; `gap` where messages before it are missing; `late` where it
 * is of before the end; `fork` where it contradicts what was received. A new chain is `next` only from its beginning.
 */
export function followSequence(
  end: SequenceEnd | undefined,
  link: SequenceLink,
): 'next' | 'gap' | 'late' | 'fork' {
  if (end === undefined || end.chain !== link.chain) return link.index === 0 ? 'next' : 'gap';
  if (link.index < end.count) return 'late';
  if (link.index > end.count) return 'gap';
  return link.previous === end.last ? 'next' : 'fork';
}

/** The end of a chain after a received message. */
export function endAfter(link: SequenceLink, message: ReliableMessage): SequenceEnd {
  return { chain: link.chain, count: link.index + 1, last: messageHash(message) };
}

function messageHash(message: ReliableMessage): string {
  const hash: Bytes = replayHash(message);
  return bytesToHex(hash);
}
