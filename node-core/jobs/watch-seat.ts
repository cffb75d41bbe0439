// The watcher's side of one order: asks with a fresh nonce each time, and believes only what answers one of its last two
// questions and is newer than what it believed before. So a report that was kept back, or comes again, is never shown.

import type { Bytes, Random } from '../base/index.ts';
import { concatBytes, equalBytes, sha256 } from '../base/index.ts';
import type { PicturePart, PrintReport, WatchAsk } from './print-report.ts';
import { WATCH_NONCE_BYTES, WATCH_PICTURE_BYTES_MAX } from './print-report.ts';

/** While answers come. */
export const ASK_AGAIN_MS = 20_000;
/** What was said last is old after this time without another word. */
export const WATCH_STALE_MS = 45_000;
/** While none come: from the first pause to the longest. */
const UNANSWERED_MS_MIN = 2_000;
const UNANSWERED_MS_MAX = 300_000;

type Question = { readonly nonce: Bytes; readonly number: number };
type Parts = { readonly first: PicturePart; readonly bytes: (Bytes | undefined)[] };

export type WatchedPicture = Pick<PicturePart, 'layer' | 'layers' | 'rotate' | 'flip'> & {
  readonly jpeg: Bytes;
};

export class WatchSeat {
  readonly #order: Bytes;
  readonly #random: Random;
  #questions: readonly Question[] = [];
  #asked = 0;
  #unanswered = 0;
  #believed = { number: -1, index: -1 };
  #parts: Parts | undefined;

  constructor(order: Bytes, random: Random) {
    this.#order = order;
    this.#random = random;
  }

  /** The next question. */
  ask(pictures: boolean): WatchAsk {
    const nonce = this.#random.bytes(WATCH_NONCE_BYTES);
    this.#questions = [{ nonce, number: this.#asked++ }, ...this.#questions].slice(0, 2);
    this.#unanswered++;
    return { v: 1, order: this.#order, nonce, pictures };
  }

  /** How long to wait before the next one: ever longer while nobody answers. */
  get pauseMs(): number {
    if (this.#unanswered <= 1 && this.#believed.number >= 0) return ASK_AGAIN_MS;
    return Math.min(UNANSWERED_MS_MAX, UNANSWERED_MS_MIN * 2 ** Math.min(20, this.#unanswered - 1));
  }

  /** Whether this report, whose sender is the maker, is news. */
  hear({ order, nonce, index }: PrintReport): boolean {
    const question = this.#questions.find((asked) => equalBytes(asked.nonce, nonce));
    if (question === undefined || !equalBytes(order, this.#order)) return false;
    const { number } = question;
    const isNewer =
      number > this.#believed.number || (number === this.#believed.number && index > this.#believed.index);
    if (!isNewer) return false;
    this.#believed = { number, index };
    this.#unanswered = 0;
    return true;
  }

  /** The picture, once its last part is here and its hash is right. Parts of one picture at a time. */
  hearPart(part: PicturePart): WatchedPicture | undefined {
    const isAsked = this.#questions.some((asked) => equalBytes(asked.nonce, part.nonce));
    if (!isAsked || !equalBytes(part.order, this.#order) || part.part >= part.parts) return undefined;
    const known = this.#parts;
    const isSame =
      known !== undefined &&
      equalBytes(known.first.hash, part.hash) &&
      known.first.parts === part.parts &&
      equalBytes(known.first.nonce, part.nonce);
    const parts = isSame ? known : { first: part, bytes: [] };
    parts.bytes[part.part] = part.bytes;
    this.#parts = parts;
    const { hash, layer, layers, rotate, flip } = parts.first;
    const all = Array.from({ length: part.parts }, (_, index) => parts.bytes[index]);
    const whole = all.filter((bytes) => bytes !== undefined);
    if (whole.length < part.parts) return undefined;
    this.#parts = undefined;
    const jpeg = concatBytes(...whole);
    const isRight = jpeg.length <= WATCH_PICTURE_BYTES_MAX && equalBytes(sha256(jpeg), hash);
    return isRight ? { layer, layers, rotate, flip, jpeg } : undefined;
  }
}
