// A program of somebody else at a station: it knows the protocol and docs/machine-messages.md, and nothing of a console.
// It asks machines, and can be told to say anything, as often as it likes.

import { randomBytes } from 'node:crypto';
import { unwrap } from '../../node-core/base/index.ts';
import { createMemoryKv } from '../../node-core/base/memory-kv.ts';
import type { JsonObject } from '../../node-core/dimp/index.ts';
import {
  createAccount,
  createContent,
  createDirectory,
  createEccKey,
  createRsaKey,
  documentToJson,
  learnAttached,
  messageToText,
  openMessage,
  parseId,
  sealMessage,
} from '../../node-core/dimp/index.ts';
import { createDimpCrypto } from '../../node-core/host/adapters/dimp-crypto.ts';
import { systemClock } from '../../node-core/host/adapters/system.ts';
import { openStationLink } from '../../node-core/host/dimp/station-link.ts';
import { until } from '../acts.ts';

export type Answer = { readonly ok: boolean; readonly nonce: string; readonly code?: string } & JsonObject;

export type ScriptedPeer = {
  readonly id: string;
  /** What machines answered, by the nonce of the question, in order. */
  readonly answers: readonly Answer[];
  /** Texts that were said to it. */
  readonly texts: readonly string[];
  /** Sends a content of its own making; the bytes that went out. */
  say(to: string, fields: JsonObject, kind?: 'customized' | 'text'): Promise<string>;
  /** Sends bytes that went out before. */
  sayAgain(wire: string): void;
  /** Asks a machine, in time and under a fresh nonce unless told otherwise, and waits for what it says to that. */
  ask(to: string, act: string, more?: JsonObject): Promise<Answer>;
  close(): Promise<void>;
};

export const freshNonce = () => randomBytes(16).toString('hex');
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

export async function openScriptedPeer(station: { host: string; port: number }): Promise<ScriptedPeer> {
  const crypto = createDimpCrypto();
  const directory = createDirectory(createMemoryKv(), crypto);
  const visaKey = createRsaKey(await crypto.rsa.generate(2048));
  if (visaKey === undefined) throw new Error('a sound key');
  const nowS = systemClock.nowMs() / 1000;
  const identityKey = createEccKey(crypto.random.bytes(32));
  const properties = { name: 'Peer', app_id: 'somebody.else' };
  const account = unwrap(
    await createAccount({ identityKey, visaKey, terminal: 'peer', properties, nowS }, crypto),
  );
  const answers: Answer[] = [];
  const texts: string[] = [];
  let serial = 1;
  const link = openStationLink({
    account,
    crypto,
    directory,
    clock: systemClock,
    terminal: 'peer',
    wantsReceipts: false,
    address: () => station,
    outbox: { page: () => [], confirmed: () => undefined },
    events: {
      take: (mails) => {
        for (const { message } of mails) {
          learnAttached(message, directory, systemClock.nowMs() / 1000);
          const opened = openMessage(message, account, directory, crypto);
          if (!opened.ok) continue;
          const { json, kind } = opened.value.content;
          if (kind === 'text') texts.push(String(json['text']));
          else if (json['app'] === 'dipnet.machine') answers.push(json as unknown as Answer);
        }
      },
      fromStation: () => undefined,
      learned: () => undefined,
      state: () => undefined,
      failed: () => undefined,
    },
  });
  await until(() => link.client() ?? undefined);
  const sayAgain = (wire: string) => void link.client()?.sendNow(wire);
  const say: ScriptedPeer['say'] = async (to, fields, kind = 'customized') => {
    const receiver = unwrap(parseId(to));
    await until(() => {
      if (directory.documents(receiver).length > 0) return true;
      link.client()?.query(receiver);
      return undefined;
    });
    const timeS = systemClock.nowMs() / 1000;
    const extras = { meta: account.meta.json, visa: documentToJson(account.visa as never) };
    const content = createContent(kind, fields, { sn: serial++, timeS });
    const sealed = unwrap(sealMessage({ account, receiver, content, timeS, extras }, directory, crypto));
    const wire = messageToText(sealed);
    sayAgain(wire);
    return wire;
  };
  return {
    id: account.id.bare,
    answers,
    texts,
    say,
    sayAgain,
    async ask(to, act, more = {}) {
      const nonce = String(more['nonce'] ?? freshNonce());
      const before = answers.length;
      const fields = { app: 'dipnet.machine', mod: 'ask', act, expires: inSeconds(60), ...more, nonce };
      await say(to, fields);
      return until(() => answers.slice(before).find((answer) => answer.nonce === nonce));
    },
    close: () => link.close(),
  };
}
