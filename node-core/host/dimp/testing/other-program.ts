// Somebody with another program of the protocol: it sends with the receiver's lasting key and reads with its own.

import { unwrap } from '../../../base/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import type { Account, JsonObject, OpenedMessage } from '../../../dimp/index.ts';
import {
  createAccount,
  createContent,
  createDirectory,
  createEccKey,
  createRsaKey,
  documentToJson,
  messageToText,
  openMessage,
  parseId,
  sealMessage,
} from '../../../dimp/index.ts';
import { createPackage, mlsProperty } from '../../../dimp/mls/index.ts';
import { signatureText } from '../../../dimp/station/index.ts';
import { createDimpCrypto } from '../../adapters/dimp-crypto.ts';
import { loadMlsSuite } from '../../adapters/mls-suite.ts';
import { systemClock } from '../../adapters/system.ts';
import { openStationLink } from '../station-link.ts';
import { running, until } from './consoles.ts';

const crypto = createDimpCrypto();

/** At the same station. `able` is what the visa of the program said before. */
export async function otherProgram(station: { host: string; port: number }) {
  const identityKey = createEccKey(crypto.random.bytes(32));
  const visaKey = createRsaKey(await crypto.rsa.generate(1024));
  if (visaKey === undefined) throw new Error('a sound key');
  const nowS = systemClock.nowMs() / 1000;
  const directory = createDirectory(createMemoryKv(), crypto);
  const make = async (properties: JsonObject, ageS: number): Promise<Account> =>
    unwrap(
      await createAccount({ identityKey, visaKey, terminal: 'other', properties, nowS: nowS - ageS }, crypto),
    );
  const plain = await make({ name: 'Eve' }, 0);
  const context = { suite: await loadMlsSuite(), contacts: directory, crypto };
  const device = { id: plain.id, terminal: 'other', identityKey };
  const package_ = unwrap(await createPackage(device, context));
  const able = await make({ name: 'Eve', ...mlsProperty(package_) }, 10);
  const heard: OpenedMessage[] = [];
  const queue: { number: number; text: string; signature: string }[] = [];
  const link = openStationLink({
    account: plain,
    crypto,
    directory,
    clock: systemClock,
    terminal: 'other',
    wantsReceipts: false,
    address: () => station,
    outbox: {
      page: (after, limit) => queue.filter(({ number }) => number > after).slice(0, limit),
      confirmed: () => undefined,
    },
    events: {
      take: (mails) => {
        for (const { message } of mails) {
          const opened = openMessage(message, plain, directory, crypto);
          if (opened.ok) heard.push(opened.value);
        }
      },
      fromStation: () => undefined,
      learned: () => undefined,
      state: () => undefined,
      failed: () => undefined,
    },
  });
  running.push({ close: () => link.close() });
  await until(() => link.client() !== undefined);
  return {
    id: plain.id.bare,
    heard,
    async say(to: string, text: string, as: 'able' | 'plain') {
      const receiver = unwrap(parseId(to));
      await until(() => {
        link.client()?.query(receiver);
        return directory.documents(receiver).length > 0;
      });
      const account = as === 'able' ? able : plain;
      const extras = { meta: account.meta.json, visa: documentToJson(account.visa as never) };
      const timeS = systemClock.nowMs() / 1000;
      const content = createContent('text', { text }, { sn: queue.length + 1, timeS });
      const sealed = unwrap(sealMessage({ account, receiver, content, timeS, extras }, directory, crypto));
      const mail = { text: messageToText(sealed), signature: signatureText(sealed.signature) };
      queue.push({ number: queue.length + 1, ...mail });
      link.pump();
    },
  };
}
