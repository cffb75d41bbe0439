// What a receiver asks of strangers, paid in work: a number is looked for, a little at a time, that shows it for one message
// to one receiver. No more is ever worked than a console does in a minute or two, whoever asks.

import { setImmediate as soon } from 'node:timers/promises';
import type { JsonObject } from '../../dimp/index.ts';
import { messageToText, parseMessage, withMember } from '../../dimp/index.ts';
import { findWork, Price, shownWork, WORK_FIELD } from '../../dimp/station/index.ts';

/** Tries before others have their turn: a few milliseconds. */
const TRIES = 500;

/** The work that a station's refusal asks for; undefined where work would not help. */
export function workAsked(refusal: JsonObject): number | undefined {
  const price = Price.safeParse(refusal['price']);
  return price.success ? price.data.workBits : undefined;
}

/** The message with the work in its envelope; undefined where it shows that much already, or is none. */
export async function withWork(
  wire: string,
  workBits: number,
  isWanted: () => boolean,
): Promise<string | undefined> {
  const message = parseMessage(wire);
  if (!message.ok) return undefined;
  const { signature, receiver, json } = message.value;
  if (shownWork(json, signature, receiver.bare) >= workBits) return undefined;
  for (let start = 0; isWanted(); start += TRIES) {
    const nonce = findWork(signature, receiver.bare, workBits, { start, tries: TRIES });
    if (nonce !== undefined) {
      const paid = withMember(message.value, WORK_FIELD, nonce);
      return paid.ok ? messageToText(paid.value) : undefined;
    }
    await soon();
  }
  return undefined;
}
