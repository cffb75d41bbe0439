// How a station logs in at a neighbour: as any client does, in its own name.

import type { Account, CommandFields, DimpId, JsonObject } from '../index.ts';
import { ANY_STATION, createCommand, EVERY_STATION, HANDSHAKE_TITLES } from '../index.ts';

type Stamp = { readonly sn: number; readonly timeS: number };
export type DialRequest = {
  readonly receiver: DimpId;
  readonly content: JsonObject;
  readonly timeS: number;
  readonly extras: JsonObject;
};

/** What goes with a first message, so that the other side can check it and answer: both prove themselves. */
export function introduction({ meta, visa }: Account): JsonObject {
  return { meta: meta.json, ...(visa === undefined ? {} : { visa: visa.json }) };
}

/** The handshake, at first without and then with the station's challenge. Plain, as the first contact must be. */
export function startDialling(account: Account, stamp: Stamp, challenge?: string): DialRequest {
  const fields = {
    title: HANDSHAKE_TITLES.start,
    ...(challenge === undefined ? {} : { session: challenge }),
  };
  const content = createCommand('handshake', fields, { ...stamp, group: EVERY_STATION });
  return { receiver: ANY_STATION, content, timeS: stamp.timeS, extras: introduction(account) };
}

/** `in`, or the challenge that is to be signed, or undefined where the answer is neither. */
export function dialAnswer({ title, session }: CommandFields['handshake']): string | undefined {
  if (title === HANDSHAKE_TITLES.accepted) return 'in';
  return title === HANDSHAKE_TITLES.ask && session !== undefined && session !== 'in' ? session : undefined;
}
