// Many users of a station in one process, on real sockets: the product's own client with the cheapest inbox and outbox.
// What they send is signed as any message, but says nothing: a station cannot tell the difference.

import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { unwrap } from '../../../base/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import type { IncomingMail, OutgoingMail } from '../../../dimp/client/index.ts';
import type { Account, DimpCrypto, DimpId, PrivateKey } from '../../../dimp/index.ts';
import {
  createAccount,
  createDirectory,
  createEccKey,
  createRsaKey,
  encodeTransportable,
} from '../../../dimp/index.ts';
import { systemClock } from '../../adapters/system.ts';
import type { StationAddress } from '../station-address.ts';
import type { StationLink } from '../station-link.ts';
import { openStationLink } from '../station-link.ts';

type Signer = {
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array };
  signatureExport(signature: Uint8Array): Uint8Array;
};
const signer = createRequire(import.meta.url)('secp256k1') as Signer;

export async function makePeople(count: number, crypto: DimpCrypto): Promise<Person[]> {
  // Which RSA key somebody has does not matter here, and making one takes long.
  const visaKey = createRsaKey(await crypto.rsa.generate(2048));
  if (visaKey === undefined) throw new Error('no key');
  return Promise.all(Array.from({ length: count }, () => makePerson(crypto, visaKey)));
}

async function makePerson(crypto: DimpCrypto, visaKey: PrivateKey): Promise<Person> {
  const secret = crypto.random.bytes(32);
  const identityKey = createEccKey(secret);
  const request = { identityKey, visaKey, properties: { name: 'x' }, nowS: systemClock.nowMs() / 1000 };
  return new Person(unwrap(await createAccount(request, crypto)), secret, crypto);
}

export class Person {
  readonly account: Account;
  readonly #secret: Uint8Array;
  readonly #crypto: DimpCrypto;
  readonly #waiting = new Map<number, OutgoingMail>();
  #next = 1;
  /** Signatures of what came, in order, with repetitions. */
  readonly heard: string[] = [];
  onHeard: (text: string) => void = () => undefined;
  link: StationLink | undefined;

  constructor(account: Account, secret: Uint8Array, crypto: DimpCrypto) {
    this.account = account;
    this.#secret = secret;
    this.#crypto = crypto;
  }

  get unconfirmed(): number {
    return this.#waiting.size;
  }

  connect(to: number | (() => number) | StationAddress, patience = 0.05, trusted?: string): void {
    const { account } = this;
    const directory = createDirectory(createMemoryKv(), this.#crypto);
    directory.saveMeta(account.id, account.meta.json);
    this.link = openStationLink({
      account,
      crypto: this.#crypto,
      directory,
      clock: systemClock,
      terminal: 'one',
      wantsReceipts: false,
      patience,
      address: () =>
        typeof to === 'object' ? to : { host: '127.0.0.1', port: typeof to === 'number' ? to : to() },
      ...(trusted === undefined ? {} : { trusted }),
      outbox: {
        page: (after, limit) => {
          const page: OutgoingMail[] = [];
          for (const [number, mail] of this.#waiting) {
            if (number > after) page.push(mail);
            if (page.length === limit) break;
          }
          return page;
        },
        confirmed: (numbers) => {
          for (const number of numbers) this.#waiting.delete(number);
        },
      },
      events: {
        take: (mails: readonly IncomingMail[]) => {
          for (const { message, text } of mails) {
            this.heard.push(String(message.json['signature']));
            this.onHeard(text);
          }
        },
        fromStation: () => undefined,
        learned: () => undefined,
        state: () => undefined,
        failed: () => undefined,
      },
    });
  }

  /** Resolves when the station has let this person in. */
  async login(): Promise<void> {
    while (this.link?.client() === undefined) await systemClock.sleep(5);
  }

  /** A signed message of about `bytes` bytes of data; returns its signature. */
  send(to: DimpId, bytes = 300, sentMs = 0): string {
    const { text, signature } = this.sign(to, bytes, sentMs);
    const number = this.#next++;
    this.#waiting.set(number, { number, text, signature });
    this.link?.pump();
    return signature;
  }

  sign(to: DimpId, bytes: number, sentMs: number): { readonly text: string; readonly signature: string } {
    const data = randomBytes(bytes);
    const digest = createHash('sha256').update(data).digest();
    const der = signer.signatureExport(signer.ecdsaSign(digest, this.#secret).signature);
    const signature = encodeTransportable(new Uint8Array(der));
    const text = JSON.stringify({
      sender: this.account.id.bare,
      receiver: to.bare,
      time: systemClock.nowMs() / 1000,
      sentMs,
      type: 1,
      IV: encodeTransportable(data.subarray(0, 16)),
      keys: { [to.bare]: encodeTransportable(new Uint8Array(256)) },
      data: encodeTransportable(data),
      signature,
    });
    return { text, signature };
  }

  async leave(): Promise<void> {
    await this.link?.close();
  }
}
