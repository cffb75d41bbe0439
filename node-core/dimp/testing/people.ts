// Two people who know each other, for tests: what they send and how it is opened.

import type { Result } from '../../base/index.ts';
import { unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type {
  Account,
  DimpCrypto,
  Directory,
  JsonObject,
  OpenedMessage,
  ReliableMessage,
  SealRequest,
} from '../index.ts';
import {
  createAccount,
  createDirectory,
  createEccKey,
  documentToJson,
  metaToJson,
  openMessage,
  sealMessage,
} from '../index.ts';

export const NOW_S = 1_795_250_000.25;
export const stamp = { sn: 77, timeS: NOW_S };

export type People = {
  readonly alice: Account;
  readonly bob: Account;
  readonly directory: Directory;
  /** From alice to bob, unless it is said otherwise. */
  readonly send: (content: JsonObject, more?: Partial<SealRequest>) => ReliableMessage;
  /** By bob, unless it is said otherwise. */
  readonly open: (message: ReliableMessage, as?: Account) => Result<OpenedMessage>;
};

/** Puts an account's papers into a directory, as anybody may. */
export function know(into: Directory, { id, meta, visa }: Account): void {
  unwrap(into.saveMeta(id, metaToJson(meta)));
  if (visa !== undefined) unwrap(into.saveDocument(documentToJson(visa), id, NOW_S));
}

export async function meetPeople(crypto: DimpCrypto): Promise<People> {
  const meet = async (fill: number): Promise<Account> => {
    const identityKey = createEccKey(new Uint8Array(32).fill(fill));
    const properties = { name: `Person ${fill}` };
    return unwrap(await createAccount({ identityKey, properties, nowS: NOW_S }, crypto));
  };
  const [alice, bob] = await Promise.all([meet(1), meet(2)]);
  const directory = createDirectory(createMemoryKv(), crypto);
  for (const who of [alice, bob]) know(directory, who);
  return {
    alice,
    bob,
    directory,
    send(content, more = {}) {
      const request = { account: alice, receiver: bob.id, content, timeS: NOW_S, ...more };
      return unwrap(sealMessage(request, directory, crypto));
    },
    open: (message, as = bob) => openMessage(message, as, directory, crypto),
  };
}
