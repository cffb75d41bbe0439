// The stations that a message passed. Each adds itself; a station that finds itself there has a loop before it.

import type { DimpId, JsonValue, ReliableMessage } from '../index.ts';
import { isJsonArray, isJsonObject, readId } from '../index.ts';
import { TRACES_MAX } from './limits.ts';

function listOf(message: ReliableMessage, name: 'traces' | 'recipients'): readonly JsonValue[] {
  const value = message.json[name];
  return isJsonArray(value) ? value : [];
}

/** The IDs of `traces` or `recipients`, whichever way they are written. */
export function passedStations(message: ReliableMessage, name: 'traces' | 'recipients'): ReadonlySet<string> {
  const ids = listOf(message, name).flatMap((item) => {
    const id = readId(isJsonObject(item) ? (item['did'] ?? item['ID']) : item);
    return id === undefined ? [] : [id.bare];
  });
  return new Set(ids);
}

/** True where the message was here, or has been under way for so long that it must be going in circles. */
export function isLooping(message: ReliableMessage, self: DimpId): boolean {
  return listOf(message, 'traces').length >= TRACES_MAX || passedStations(message, 'traces').has(self.bare);
}

/** The members of the message with this station at the end of its traces; all others as they came. */
export function withTrace(message: ReliableMessage, self: DimpId, nowMs: number): Map<string, string> {
  const trace = { ID: self.bare, did: self.bare, time: nowMs / 1000 };
  const members = new Map(message.members);
  return members.set('traces', JSON.stringify([...listOf(message, 'traces'), trace]));
}
