// How MLS travels: inside an ordinary content of the protocol, so that stations and programs that know nothing of it pass
// it on and say that they cannot show it. The content commits to what is encrypted in it, so that a message can be shown
// to a third party without the keys of its session.

import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonArray, isJsonObject } from '../json.ts';
import { encodeTransportable, parseTransportable } from '../transportable.ts';
import { mlsFault } from './faults.ts';

export const MLS_APP = 'dipnet.mls';
/** Changes of keys that the receiver may not have yet; more than that, and the session is begun anew. */
export const CARRIED_MAX = 8;

/** A change of the group: the commit for who was in it, the welcome for who came. */
export type Carried = {
  /** The epoch that it ends. */
  readonly epoch: number;
  readonly commit?: Bytes;
  readonly welcome?: Bytes;
};

export type SessionPayload = {
  /** The group, in hexadecimal. */
  readonly session: string;
  readonly message: Bytes;
  readonly carried: readonly Carried[];
};

/** What stands beside the payload in the content. */
export type PayloadExtras = {
  /** Hash of what is encrypted. */
  readonly commitment: string;
  /** A fresh package of the sending device, for the receiver to write back with. */
  readonly package?: string;
};

export function payloadFields(payload: SessionPayload, extras: PayloadExtras): JsonObject {
  const carried = payload.carried.map(({ epoch, commit, welcome }) => ({
    epoch,
    ...(commit === undefined ? {} : { commit: encodeTransportable(commit) }),
    ...(welcome === undefined ? {} : { welcome: encodeTransportable(welcome) }),
  }));
  const { session, message } = payload;
  return {
    app: MLS_APP,
    mod: 'session',
    act: 'message',
    session,
    message: encodeTransportable(message),
    carried,
    ...extras,
  };
}

/** Asks the sender to begin a session anew, for its messages cannot be read here. */
export function resetFields(session: string, freshPackage: string): JsonObject {
  return { app: MLS_APP, mod: 'session', act: 'reset', session, package: freshPackage };
}

/**
 * Gives the sender of a session a fresh package in the place of the last resort by which this device joined, whose keys it
 * still has: as long as that leaf is in the group, whoever takes those keys follows every change of the session.
 */
export function renewFields(session: string, freshPackage: string): JsonObject {
  return { app: MLS_APP, mod: 'session', act: 'renew', session, package: freshPackage };
}

export type MlsContent =
  | { readonly act: 'message'; readonly payload: SessionPayload; readonly extras: PayloadExtras }
  | {
      readonly act: 'reset' | 'renew';
      readonly session: string;
      readonly package: JsonValue | undefined;
    };

/** What the programs on both sides say about their session by themselves; nobody's words, and no service to anybody. */
export const isSessionUpkeep = (json: JsonObject): boolean =>
  json['app'] === MLS_APP && json['act'] !== 'message';

/** Reads a content of MLS; undefined for every other one. */
export function readMlsContent(json: JsonObject): Result<MlsContent> | undefined {
  if (json['app'] !== MLS_APP) return undefined;
  const malformed = (what: string) => refuse(mlsFault('mls.malformed', { what }));
  const { session, act, commitment } = json;
  if (json['mod'] !== 'session' || typeof session !== 'string' || !/^[0-9a-f]{32}$/.test(session))
    return malformed('session');
  if (act === 'reset' || act === 'renew') return ok({ act, session, package: json['package'] });
  if (act !== 'message') return malformed('act');
  const message = parseTransportable(json['message']);
  const carried = readCarried(json['carried']);
  if (message === undefined || carried === undefined) return malformed('message');
  if (typeof commitment !== 'string') return malformed('commitment');
  const fresh = typeof json['package'] === 'string' ? { package: json['package'] } : {};
  return ok({ act, payload: { session, message, carried }, extras: { commitment, ...fresh } });
}

function readCarried(value: JsonValue | undefined): readonly Carried[] | undefined {
  if (!isJsonArray(value) || value.length > CARRIED_MAX) return undefined;
  const list = value.flatMap((item): readonly Carried[] => {
    if (!isJsonObject(item)) return [];
    const { epoch } = item;
    if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 0) return [];
    const [commit, welcome] = [parseTransportable(item['commit']), parseTransportable(item['welcome'])];
    return [{ epoch, ...(commit ? { commit } : {}), ...(welcome ? { welcome } : {}) }];
  });
  return list.length === value.length ? [...list].sort((a, b) => a.epoch - b.epoch) : undefined;
}
