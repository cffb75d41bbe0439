// This console as a device of its accounts: its name at stations, the accounts as it makes them of the keys that it has, with
// the visa that says so, and what must not be used again where its file was copied.

import { statSync } from 'node:fs';
import type { Clock } from '../../base/index.ts';
import { unwrap } from '../../base/index.ts';
import type { Account, DimpCrypto, Directory, JsonObject } from '../../dimp/index.ts';
import {
  createAccount,
  createEccKey,
  createRsaKey,
  MESSAGE_AGE_MAX_S,
  parseId,
  parseJson,
  parsePrivateKey,
  privateKeyToJson,
  RSA_BITS_NEW,
} from '../../dimp/index.ts';
import type { MlsDevice, OwnPackage } from '../../dimp/mls/index.ts';
import { createPackage, mlsProperty, ownPackageToText, parseOwnPackage } from '../../dimp/mls/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { loadMlsSuite } from '../adapters/mls-suite.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { ChatStore } from './chat-store.ts';
import { makeTerminal } from './correspondent.ts';

export type ConsoleDeviceParts = {
  readonly database: Sqlite;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
};

/** Whose account, and what its visa says beside the keys. */
export type AccountOwner = { readonly keyPair: KeyPair; readonly said: JsonObject };

const TERMINAL = 'terminal';
/** The file as it was at the last start. */
const FILE_CHOICE = 'file';
/** A visa's package is replaced after this time. */
const PACKAGE_MS = 3 * 24 * 3600 * 1000;

export class ConsoleDevice {
  readonly #parts: ConsoleDeviceParts;

  constructor(parts: ConsoleDeviceParts) {
    this.#parts = parts;
    this.#forgetCopiedSessions();
  }

  /** The identity is the account's own key; the key that others encrypt with is made once and kept sealed. */
  async account(address: string, { keyPair, said }: AccountOwner): Promise<Account> {
    const { store, crypto, clock } = this.#parts;
    const stored = parseJson(store.keys(address));
    const parsed = stored.ok ? parsePrivateKey(stored.value) : undefined;
    const kept = parsed?.ok ? parsed.value : undefined;
    const visaKey = kept ?? createRsaKey(await crypto.rsa.generate(RSA_BITS_NEW));
    if (visaKey === undefined) throw new Error('a fresh key is sound');
    if (kept === undefined) store.putKeys(address, JSON.stringify(privateKeyToJson(visaKey)));
    const identityKey = createEccKey(keyPair.secretKey);
    const id = unwrap(parseId(address));
    const terminal = this.terminal();
    const published = await this.#publishedPackage({ id, terminal, identityKey });
    const properties: JsonObject = { ...said, app_id: 'dipnet.console', ...mlsProperty(published) };
    const request = { identityKey, visaKey, terminal, properties, nowS: clock.nowMs() / 1000 };
    return unwrap(await createAccount(request, crypto));
  }

  /**
   * The package of the visa, for those who have no other. Its keys are kept as long as a message that used it may be on its
   * way, and then deleted.
   */
  async #publishedPackage(device: MlsDevice): Promise<OwnPackage> {
    const owner = device.id.bare;
    const nowMs = this.#parts.clock.nowMs();
    const known = this.#parts.store.secrets(owner, 'package', '');
    for (const old of known)
      if (nowMs - old.atMs > PACKAGE_MS + MESSAGE_AGE_MAX_S * 1000)
        this.#parts.store.dropSecret(owner, 'package', '', old.id);
    const [newest] = known;
    const young = newest !== undefined && nowMs - newest.atMs < PACKAGE_MS;
    const kept = young ? parseOwnPackage(newest.body) : undefined;
    if (kept !== undefined) return kept;
    const context = {
      suite: await loadMlsSuite(),
      contacts: this.#parts.directory,
      crypto: this.#parts.crypto,
    };
    const made = unwrap(await createPackage(device, context));
    const body = ownPackageToText(made);
    this.#parts.store.putSecret(owner, 'package', { peer: '', id: made.name, body, atMs: nowMs });
    return made;
  }

  /**
   * A file that is another one than at the last start was copied, or brought back from a copy: the sessions in it may have
   * gone on elsewhere, and a key must not be used twice.
   */
  #forgetCopiedSessions(): void {
    const { ino, birthtimeMs } = statSync(this.#parts.database.name);
    const file = `${ino} ${Math.trunc(birthtimeMs)}`;
    const known = this.#parts.store.choice(FILE_CHOICE);
    if (known === file) return;
    if (known !== undefined) this.#parts.store.forgetSessions();
    this.#parts.store.putChoice(FILE_CHOICE, file);
  }

  /** Names this device at stations, for as long as the folder lives. */
  terminal(): string {
    const known = this.#parts.store.choice(TERMINAL);
    if (known !== undefined) return known;
    const fresh = makeTerminal(this.#parts.crypto);
    this.#parts.store.putChoice(TERMINAL, fresh);
    return fresh;
  }
}
