// Accounts that leave this console as a file and come into it, with contacts, groups and, if asked for, history: the protocol's own form, under a passphrase unless its owner
// wants it open. Keys and passphrase stand in no log, no task and no fault, and nothing keeps them after the answer.

import type { AccountFileView, Role } from '../../api/index.ts';
import type { Bytes, Random, Result } from '../../base/index.ts';
import { ok, parseUtf8, refuse, utf8ToBytes } from '../../base/index.ts';
import type { DimpCrypto, Directory, ImportedAccount, KnownContact, MovedChat } from '../../dimp/index.ts';
import {
  dimpFault,
  documentToJson,
  exportAccount,
  importAccount,
  isBroadcast,
  isUser,
  metaToJson,
  openSealedAccount,
  parseId,
  privateKeyToJson,
  readAccountFileHead,
  sealAccountFile,
  TIME_MAX_S,
} from '../../dimp/index.ts';
import type { Identity } from '../../identity/index.ts';
import { addressToText, createIdentity, createKeyPair, parseMnemonic } from '../../identity/index.ts';
import { nativeAead, nativeScrypt } from '../adapters/system.ts';
import type { Identities } from '../services/identities.ts';
import type { Report } from '../services/tasks.ts';
import { chatFault } from './chat-faults.ts';
import type { ChatStore } from './chat-store.ts';
import type { Correspondent } from './correspondent.ts';
import { giveHistory, takeHistory } from './history-transfer.ts';

export type TransferParts = {
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly random: Random;
  readonly identities: Identities;
  readonly open: (actor: string) => Promise<Correspondent>;
  readonly changed: () => void;
};

export type TakenAccount = {
  readonly address: string;
  readonly contacts: number;
  /** Groups and messages that were not here. */
  readonly groups: number;
  readonly messages: number;
  /** False where the account was here already: only what was missing came. */
  readonly added: boolean;
};

/** Shows work to whoever may stop it. */
export type Watch = <T>(
  work: (signal: AbortSignal, report: Report) => Promise<Result<T>>,
) => Promise<Result<T>>;

const UNWATCHED: Watch = (work) => work(new AbortController().signal, () => undefined);

const TOOLS = { aead: nativeAead, scrypt: nativeScrypt };
/** Documents are taken as they are: when they were made was judged where they first came. */
const ANY_TIME_S = TIME_MAX_S;

export class AccountTransfer {
  readonly #parts: TransferParts;

  constructor(parts: TransferParts) {
    this.#parts = parts;
  }

  /** The account with its contacts and groups, under the passphrase; open where none is given. */
  async give(
    actor: string,
    passphrase: string | undefined,
    { history = false, watch = UNWATCHED }: { readonly history?: boolean; readonly watch?: Watch } = {},
  ): Promise<Result<Bytes>> {
    if (!history) return this.#give(actor, passphrase, []);
    return watch(async (signal, report) => {
      await this.#parts.open(actor);
      const chats = await giveHistory(this.#parts.store, actor, signal, report);
      report('sealing', null);
      return this.#give(actor, passphrase, chats);
    });
  }

  async #give(
    actor: string,
    passphrase: string | undefined,
    chats: readonly MovedChat[],
  ): Promise<Result<Bytes>> {
    const { store, directory, identities, random } = this.#parts;
    const { account, groups } = await this.#parts.open(actor);
    const contacts = store.chats(actor).flatMap(({ chat, name, blocked }) => {
      const id = chat.startsWith('p:') ? parseId(chat.slice(2)) : undefined;
      return id?.ok ? [{ id: id.value, name, blocked }] : [];
    });
    // Words are for a console of this kind; other applications take the key. An open file has no more than it must.
    const words = passphrase === undefined ? undefined : await identities.wordsIfAny(actor);
    const text = exportAccount(account, contacts, directory, words?.join(' '), {
      groups: groups.giveAll(),
      history: chats,
    });
    if (passphrase === undefined) return ok(utf8ToBytes(text));
    return ok(utf8ToBytes(await sealAccountFile(text, account.id, passphrase, { ...TOOLS, random })));
  }

  /** Whose account a file holds; changes nothing. */
  inspect(file: Bytes): Result<AccountFileView> {
    const head = readAccountFileHead(parseUtf8(file) ?? '');
    if (!head.ok) return head;
    const { id, isSealed } = head.value;
    const held = this.#parts.identities.people().find(({ address }) => address === id.bare);
    return ok({ id: id.bare, sealed: isSealed, ...(held === undefined ? {} : { held: held.name }) });
  }

  /** Takes an account with its contacts, groups and history; of one that is here already, what is missing of them. */
  async take(
    file: Bytes,
    passphrase: string | undefined,
    role: Role,
    name: string,
    watch = UNWATCHED,
  ): Promise<Result<TakenAccount>> {
    const { identities, store, crypto, changed, open } = this.#parts;
    const text = await this.#open(file, passphrase);
    if (!text.ok) return text;
    const read = importAccount(text.value, crypto);
    if (!read.ok) return read;
    const identity = identityOf(read.value);
    if (!identity.ok) return identity;
    const address = addressToText(identity.value.keyPair.address);
    const added = !identities.holds(address);
    if (added) {
      // Before the account begins to run: it goes on with the key that others know it by.
      const visaKey = read.value.account.visaKeys.find(({ algorithm }) => algorithm === 'RSA');
      if (visaKey !== undefined) store.putKeys(address, JSON.stringify(privateKeyToJson(visaKey)));
      const taken = await identities.recover(identity.value, role, name);
      if (!taken.ok) return taken;
    }
    const contacts = this.#learn(address, read.value.contacts);
    const { moved } = read.value;
    const groups = moved.groups.length === 0 ? 0 : (await open(address)).groups.takeAll(moved.groups);
    changed();
    const messages =
      moved.history.length === 0
        ? ok(0)
        : await watch(async (signal, report) =>
            ok(await takeHistory(store, address, moved.history, signal, report)),
          );
    changed();
    return messages.ok ? ok({ address, contacts, groups, messages: messages.value, added }) : messages;
  }

  async #open(file: Bytes, passphrase: string | undefined): Promise<Result<string>> {
    const text = parseUtf8(file) ?? '';
    const head = readAccountFileHead(text);
    if (!head.ok) return head;
    if (!head.value.isSealed) return ok(text);
    return passphrase === undefined
      ? refuse(dimpFault('dimp.account-file.passphrase'))
      : openSealedAccount(text, passphrase, TOOLS);
  }

  /** How many are new. What this console calls somebody already stays, and so does whether it hears them. */
  #learn(actor: string, contacts: readonly KnownContact[]): number {
    const { store, directory } = this.#parts;
    return store.transact(() => {
      let count = 0;
      for (const { id, meta, documents, name, blocked } of contacts) {
        if (!isUser(id) || isBroadcast(id) || id.bare === actor) continue;
        if (meta !== undefined) directory.saveMeta(id, metaToJson(meta));
        for (const document of documents) directory.saveDocument(documentToJson(document), id, ANY_TIME_S);
        const chat = `p:${id.bare}`;
        const known = store.chat(actor, chat);
        if (known === undefined) count++;
        store.addChat(actor, chat);
        if (name !== undefined && (known?.name ?? '') === '') store.nameChat(actor, chat, name);
        if (blocked === true && known === undefined) store.block(actor, chat, true);
      }
      return count;
    });
  }
}

/** The words where they came and are the key's; else the key alone. */
function identityOf({ account, recovery }: ImportedAccount): Result<Identity> {
  const { id, identityKey } = account;
  if (identityKey.algorithm !== 'ECC') return refuse(chatFault('chat.account-file.foreign'));
  const keyPair = createKeyPair(identityKey.secret);
  if (addressToText(keyPair.address) !== id.bare) return refuse(chatFault('chat.account-file.foreign'));
  const words = recovery === undefined ? undefined : parseMnemonic(recovery);
  const identity = words?.ok ? createIdentity(words.value) : undefined;
  const isSame = identity !== undefined && addressToText(identity.keyPair.address) === id.bare;
  return ok(isSame ? identity : { keyPair });
}
