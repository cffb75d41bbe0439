// Forward secrecy for one account: seals what goes to people whose devices speak MLS, opens what comes from them, begins
// anew where keys are lost. Its work is done one after the other; what a step gives and the state it leaves are written in
// one transaction, so a crash repeats the step or finds it done.

import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { ok, refuse, utf8ToBytes } from '../../base/index.ts';
import type {
  Account,
  DimpCrypto,
  DimpId,
  Directory,
  JsonObject,
  OpenedMessage,
  ReliableMessage,
} from '../../dimp/index.ts';
import {
  commitmentTo,
  continueSequence,
  createContent,
  messageToText,
  openCommitment,
  openMessage,
  parseContent,
  parseMessage,
  sealWithKey,
  sequenceField,
  startSequence,
} from '../../dimp/index.ts';
import type {
  MlsContext,
  MlsDevice,
  MlsSuite,
  OutgoingSession,
  OwnPackage,
  PeerPackage,
  SessionPayload,
} from '../../dimp/mls/index.ts';
import {
  beginSession,
  CARRIED_MAX,
  changeSession,
  confirmSession,
  createPackage,
  mlsFault,
  oneTimeTerminals,
  openInSession,
  ownPackageToText,
  packageToText,
  parseOwnPackage,
  payloadFields,
  readMlsContent,
  readPackage,
  renewFields,
  resetFields,
  sealInSession,
  sessionTerminals,
  speaksMls,
  visaPackages,
  welcomedPackages,
} from '../../dimp/mls/index.ts';
import { messageKey, signatureText } from '../../dimp/station/index.ts';
import type { ChatStore, Delivery } from './chat-store.ts';
import { noteOwn, proofText, readChain, writeChain } from './message-chain.ts';
import { ONE_TIME, PackageFund } from './package-fund.ts';
import { type IncomingState, parseIncoming, parseOutgoing, sessionToText } from './session-text.ts';

export type SecretLineParts = {
  readonly account: Account;
  readonly store: ChatStore;
  readonly directory: Directory;
  readonly crypto: DimpCrypto;
  readonly clock: Clock;
  readonly log: Log;
  readonly terminal: string;
  readonly suite: MlsSuite;
  readonly serial: () => number;
  /** Members of every envelope: how to get to know this account. */
  readonly extras: JsonObject;
  /** Finds out what filing a message needs, before its transaction. */
  readonly prepare: (opened: OpenedMessage) => Promise<void>;
  /** Files a message that was opened, within the transaction. */
  readonly file: (opened: OpenedMessage, proof: SecretProof) => void;
  /** A content for the station; false while it is away. */
  readonly tellStation: (fields: JsonObject) => boolean;
  /** There is something to send. */
  readonly pump: () => void;
  /** Something of this sender was dealt with: there may be answers to seal. */
  readonly answer: (sender: string) => void;
  readonly onTampered: (fault: Fault) => void;
};

type Plan = {
  readonly session: OutgoingSession | undefined;
  /** Those of the visas, by device. */
  readonly packages: ReadonlyMap<string, PeerPackage>;
  readonly joining: readonly string[];
  readonly leaving: readonly string[];
  readonly changes?: boolean;
};

export type SecretProof = { readonly key: Uint8Array; readonly inner: string };

/** The keys change after so many messages, and after this time. */
const CHANGE_MESSAGES = 20;
const CHANGE_MS = 24 * 3600 * 1000;
/** A device asks for fresh keys of its own after so many messages that it read. */
const REFRESH_MESSAGES = 20;
/** Sessions of one sender that are kept: one of each device, and the ones before. */
const INCOMING_MAX = 16;
/** Messages of one sender that wait for keys. */
export const UNOPENED_MAX = 500;
/** A session is asked to begin anew at most this often. */
const RESET_AGAIN_MS = 60_000;
const HANDLED_MS = 9 * 24 * 3600 * 1000;

export class SecretLine {
  readonly #parts: SecretLineParts;
  readonly #owner: string;
  readonly #context: MlsContext;
  readonly #device: MlsDevice;
  /** Whose session has had fresh keys since this process began: an older state may be a copy of one that went on. */
  readonly #fresh = new Set<string>();
  /** Packages for sessions that are about to begin, by person and device; undefined where the visa's has to do. */
  readonly #taken = new Map<string, ReadonlyMap<string, PeerPackage | undefined>>();
  /** Of whom the station is asked for packages. */
  readonly #asking = new Set<string>();
  readonly fund: PackageFund;
  #queue: Promise<void> = Promise.resolve();

  constructor(parts: SecretLineParts) {
    this.#parts = parts;
    const { account, terminal, suite, directory, crypto, store, clock } = parts;
    this.#owner = account.id.bare;
    this.#context = { suite, contacts: directory, crypto };
    this.#device = { id: account.id, terminal, identityKey: account.identityKey };
    store.forgetHandled(clock.nowMs() - HANDLED_MS);
    this.fund = new PackageFund({ ...parts, device: this.#device, context: this.#context });
  }

  /** Every device of this person speaks MLS. */
  speaks(id: DimpId): boolean {
    return speaksMls(id, this.#parts.directory);
  }

  /** Seals what waits for somebody. */
  seal(id: DimpId): void {
    this.#enqueue(() => this.#sealAll(id));
  }

  /** Opens what came, as far as it can be. */
  open(): void {
    this.#enqueue(() => this.#openAll());
  }

  /** A receipt came for what was sealed in this session. */
  confirm(peer: string, session: string, epoch: number): void {
    this.#enqueue(async () => {
      const current = this.#outgoing(peer);
      if (current?.id === session) this.#putOutgoing(confirmSession(current, epoch));
    });
  }

  /** The receiver has lost the keys: everything of that session that was not received is sealed in a new one. */
  reset(sender: DimpId, session: string, freshPackage: JsonObject[string] | undefined): void {
    this.#enqueue(async () => {
      const { store } = this.#parts;
      const isCurrent = this.#outgoing(sender.bare)?.id === session;
      const peer = readPackage(freshPackage, sender, this.#context);
      if (isCurrent && peer.ok)
        this.#taken.set(sender.bare, new Map([[peer.value.owner.terminal, peer.value]]));
      store.transact(() => {
        if (isCurrent) store.dropSecret(this.#owner, 'outgoing', sender.bare, '');
        store.unsealSession(this.#owner, sender.bare, session);
      });
      await this.#sealAll(sender);
    });
  }

  /** A device that joined by the last resort of its visa has fresh keys. */
  renew(sender: DimpId, session: string, freshPackage: JsonObject[string] | undefined): void {
    this.#enqueue(async () => {
      if (this.#outgoing(sender.bare)?.id === session) await this.#replace(sender, freshPackage);
    });
  }

  /** How the session with somebody began, where that was not with packages that are used once. */
  reserveOf(peer: string): OutgoingSession['reserve'] {
    return this.#outgoing(peer)?.reserve;
  }

  /** When everything that was asked for so far is done. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  async close(): Promise<void> {
    await this.fund.close();
    await this.idle();
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#parts.log('error', 'chat.secret', { error });
    });
  }

  #outgoing(peer: string): OutgoingSession | undefined {
    return parseOutgoing(this.#parts.store.secret(this.#owner, 'outgoing', peer, '')?.body);
  }

  #putOutgoing(session: OutgoingSession): void {
    const body = sessionToText(session);
    const atMs = this.#parts.clock.nowMs();
    this.#parts.store.putSecret(this.#owner, 'outgoing', { peer: session.peer, id: '', body, atMs });
  }

  async #sealAll(id: DimpId): Promise<void> {
    const { store, log } = this.#parts;
    const next = () => store.unsealed(this.#owner, id.bare).find(({ message }) => message !== undefined);
    if (next() === undefined || this.#mustAsk(id)) return;
    for (let delivery = next(); delivery !== undefined; delivery = next()) {
      const sealed = await this.#sealOne(id, delivery);
      if (sealed.ok) continue;
      log('warn', 'chat.unsealed', { code: sealed.fault.code });
      break;
    }
    this.#parts.pump();
  }

  async #sealOne(id: DimpId, { number, message, content: inner }: Delivery): Promise<Result<void>> {
    const { store, account, directory, crypto, clock, serial, extras } = this.#parts;
    const ready = await this.#ready(id);
    if (!ready.ok) return ready;
    const offered = await this.#offer(id.bare);
    const sealed = await sealInSession(ready.value, utf8ToBytes(inner), this.#context);
    if (!sealed.ok) return sealed;
    const { session, payload, epoch } = sealed.value;
    const chat = message === undefined ? '' : (store.chatOf(this.#owner, message) ?? '');
    const end = readChain(store, this.#owner, id.bare, chat) ?? startSequence(crypto.random);
    const given = offered === undefined ? {} : { package: packageToText(offered.mine.publicPart) };
    const fields = payloadFields(payload, { commitment: commitmentTo(inner), ...given });
    const timeS = clock.nowMs() / 1000;
    const content = createContent(
      'customized',
      { ...fields, ...sequenceField(end) },
      { sn: serial(), timeS },
    );
    const outer = sealWithKey({ account, receiver: id, content, timeS, extras }, directory, crypto);
    if (!outer.ok) return outer;
    const wire = messageToText(outer.value.message);
    const proof = proofText(wire, outer.value.key, inner);
    store.transact(() => {
      this.#putOutgoing(session);
      if (offered !== undefined) this.#keepOffer(offered);
      writeChain(store, this.#owner, id.bare, chat, continueSequence(end, outer.value.message), clock);
      const signature = signatureText(outer.value.message.signature);
      store.sealDelivery({ number, wire, signature, session: { id: session.id, epoch } });
      noteOwn(store, this.#owner, outer.value.message, clock);
      if (message !== undefined) store.markSealed(message, 'forward', proof);
    });
    this.#fresh.add(id.bare);
    return ok(undefined);
  }

  /** What is to become of the session before something is sealed in it; without one, all devices join a new one. */
  #plan(id: DimpId): Plan {
    const session = this.#outgoing(id.bare);
    const packages = this.#packagesOf(id);
    const anew: Plan = { session: undefined, packages, joining: [...packages.keys()], leaving: [] };
    if (session === undefined) return anew;
    const present = new Set(sessionTerminals(session, this.#context));
    const joining = [...packages.keys()].filter((terminal) => !present.has(terminal));
    const leaving = [...present].filter((terminal) => !packages.has(terminal));
    const isOld =
      session.sentCount >= CHANGE_MESSAGES ||
      this.#parts.clock.nowMs() - session.changedMs > CHANGE_MS ||
      // What began with a package of a visa goes on with keys that nobody has published.
      (session.epoch === 1 && session.carried.length === 0);
    const isFull = session.carried.length >= CARRIED_MAX - 1;
    const mustChange = joining.length + leaving.length > 0 || !this.#fresh.has(id.bare);
    if (mustChange && isFull) return anew;
    return { session, packages, joining, leaving, changes: mustChange || (isOld && !isFull) };
  }

  /** True while the station is asked for packages of devices that are to join, or is away. */
  #mustAsk(id: DimpId): boolean {
    if (this.#asking.has(id.bare)) return true;
    const taken = this.#taken.get(id.bare);
    const having = new Set(oneTimeTerminals(id, this.#parts.directory));
    const wanted = this.#plan(id).joining.filter((terminal) => having.has(terminal) && !taken?.has(terminal));
    if (wanted.length === 0) return false;
    this.#asking.add(id.bare);
    void this.fund
      .take(id, wanted)
      .then((found) => {
        this.#asking.delete(id.bare);
        // Where the station is away nothing could leave: it is asked when it is back.
        if (found === undefined) return;
        const all = wanted.map((terminal) => [terminal, found.get(terminal)] as const);
        this.#taken.set(id.bare, new Map([...(this.#taken.get(id.bare) ?? []), ...all]));
        this.seal(id);
      })
      .catch((error: unknown) => this.#parts.log('error', 'chat.packages', { error }));
    return true;
  }

  /** The session as it may be used now: with the receiver's devices of today, and keys that are young enough. */
  async #ready(id: DimpId): Promise<Result<OutgoingSession>> {
    const { session, packages, joining, leaving, changes } = this.#plan(id);
    if (packages.size === 0) return refuse(mlsFault('mls.unsupported'));
    if (session !== undefined && changes !== true) return ok(session);
    const taken = this.#taken.get(id.bare);
    this.#taken.delete(id.bare);
    const add = joining.flatMap((terminal) => taken?.get(terminal) ?? packages.get(terminal) ?? []);
    const isReserve = joining.some((terminal) => taken?.get(terminal) === undefined);
    const nowMs = this.#parts.clock.nowMs();
    if (session !== undefined) {
      const changed = await changeSession(session, { add, remove: leaving, nowMs }, this.#context);
      if (changed.ok) return isReserve ? ok({ ...changed.value, reserve: 'open' }) : changed;
    }
    const all = session === undefined ? add : [...packages.values()];
    const begun = await beginSession({ device: this.#device, peer: id, packages: all, nowMs }, this.#context);
    const hasReserve = isReserve || session !== undefined;
    return begun.ok && hasReserve ? ok({ ...begun.value, reserve: 'open' }) : begun;
  }

  /** Of each device that is to read, one: of one's own account all but this one. */
  #packagesOf(id: DimpId): ReadonlyMap<string, PeerPackage> {
    const packages = visaPackages(id, this.#context);
    if (id.bare !== this.#owner) return packages;
    return new Map([...packages].filter(([terminal]) => terminal !== this.#device.terminal));
  }

  /** A fresh package of this device for somebody of whom it has read much, so that a thief of its keys reads no more. */
  async #offer(
    peer: string,
  ): Promise<{ mine: OwnPackage; incoming: IncomingState; peer: string } | undefined> {
    const [newest] = this.#parts.store.secrets(this.#owner, 'incoming', peer);
    const incoming = parseIncoming(newest?.body);
    if (incoming === undefined || incoming.hasOffered || incoming.openedCount < REFRESH_MESSAGES)
      return undefined;
    const mine = await createPackage(this.#device, this.#context);
    return mine.ok ? { mine: mine.value, incoming, peer } : undefined;
  }

  #keepOffer({ mine, incoming, peer }: { mine: OwnPackage; incoming: IncomingState; peer: string }): void {
    this.#keepPackage(mine, peer);
    this.#putIncoming({ ...incoming, hasOffered: true });
  }

  #keepPackage(mine: OwnPackage, peer: string): void {
    const secret = { peer, id: mine.name, body: ownPackageToText(mine), atMs: this.#parts.clock.nowMs() };
    this.#parts.store.putSecret(this.#owner, 'package', secret);
  }

  #putIncoming(incoming: IncomingState): void {
    const { store, clock } = this.#parts;
    const { peer, id } = incoming.session;
    const body = sessionToText(incoming);
    store.putSecret(this.#owner, 'incoming', { peer, id, body, atMs: clock.nowMs() });
    for (const old of store.secrets(this.#owner, 'incoming', peer).slice(INCOMING_MAX))
      store.dropSecret(this.#owner, 'incoming', peer, old.id);
  }

  /** Again and again while something was opened: one message may carry the keys of another that came before it. */
  async #openAll(): Promise<void> {
    for (let isMoving = true; isMoving; ) {
      const senders = new Set<string>();
      for (const row of this.#parts.store.unopened(this.#owner))
        if ((await this.#openOne(row)) === 'done') senders.add(row.sender);
      for (const sender of senders) this.#parts.answer(sender);
      isMoving = senders.size > 0;
    }
  }

  async #openOne({ id, wire }: { readonly id: number; readonly wire: string }): Promise<'done' | 'waits'> {
    const { store, account, directory, crypto } = this.#parts;
    const drop = () => {
      store.removeUnopened(id);
      return 'done' as const;
    };
    const parsed = parseMessage(wire);
    const outer = parsed.ok ? openMessage(parsed.value, account, directory, crypto) : parsed;
    const content = outer.ok ? readMlsContent(outer.value.content.json) : undefined;
    if (!outer.ok || content?.ok !== true || content.value.act !== 'message') return drop();
    const { message } = outer.value;
    const key = messageKey(message, this.#owner);
    if (store.isHandled(this.#owner, key)) return drop();
    const { payload, extras } = content.value;
    const incoming = this.#incoming(message.sender.bare, payload.session);
    const request = { payload, sender: message.sender, receiver: account.id, session: incoming?.session };
    const packages = this.#packages(message.sender.bare, payload);
    const opened = await openInSession({ ...request, packages }, this.#context);
    if (!opened.ok) return this.#fail(opened.fault, id, message, payload);
    const inner = new TextDecoder().decode(opened.value.plaintext);
    const said = readInner(outer.value, extras.commitment, inner);
    if (said.ok) await this.#parts.prepare(said.value);
    const { usedPackage, session } = opened.value;
    const openedCount = usedPackage === undefined ? (incoming?.openedCount ?? 0) + 1 : 1;
    const hasOffered = usedPackage === undefined && incoming?.hasOffered === true;
    const isReserve = usedPackage !== undefined && this.#isPublished(usedPackage);
    const fresh = isReserve ? await this.#freshPackage() : undefined;
    store.transact(() => {
      this.#putIncoming({ session, openedCount, hasOffered });
      if (fresh !== undefined) this.#tell(message.sender.bare, renewFields, payload.session, fresh);
      if (usedPackage !== undefined)
        for (const of of [message.sender.bare, ONE_TIME])
          store.dropSecret(this.#owner, 'package', of, usedPackage);
      store.removeUnopened(id);
      store.markHandled(this.#owner, key, this.#parts.clock.nowMs());
      if (said.ok) this.#parts.file(said.value, { key, inner });
    });
    if (usedPackage !== undefined) this.fund.used();
    if (!said.ok) this.#parts.onTampered(said.fault);
    if (extras.package !== undefined) await this.#replace(message.sender, extras.package);
    return 'done';
  }

  #incoming(peer: string, session: string): IncomingState | undefined {
    return parseIncoming(this.#parts.store.secret(this.#owner, 'incoming', peer, session)?.body);
  }

  /** What a message welcomes this device by: handed to this person, given out by the station, or of the visas. */
  #packages(peer: string, payload: SessionPayload): readonly OwnPackage[] {
    const { store } = this.#parts;
    return [...welcomedPackages(payload)].flatMap((name) =>
      [peer, ONE_TIME, ''].flatMap((of) => {
        const body = store.secret(this.#owner, 'package', of, name)?.body;
        return body === undefined || body === '' ? [] : (parseOwnPackage(body) ?? []);
      }),
    );
  }

  async #fail(
    fault: Fault,
    id: number,
    message: ReliableMessage,
    { session }: SessionPayload,
  ): Promise<'done' | 'waits'> {
    const { store, log, clock, onTampered } = this.#parts;
    const { sender } = message;
    if (fault.code === 'mls.ahead') return 'waits';
    log('warn', 'chat.secret.unopened', { code: fault.code, sender: sender.bare });
    const isLost = fault.code === 'mls.lost' || fault.code === 'mls.unreadable';
    const nowMs = clock.nowMs();
    const asked = store.secret(this.#owner, 'reset', sender.bare, session)?.atMs ?? Number.NEGATIVE_INFINITY;
    const fresh = isLost && nowMs - asked >= RESET_AGAIN_MS ? await this.#freshPackage() : undefined;
    store.transact(() => {
      store.removeUnopened(id);
      store.markHandled(this.#owner, messageKey(message, this.#owner), nowMs);
      if (fresh === undefined) return;
      store.putSecret(this.#owner, 'reset', { peer: sender.bare, id: session, body: '', atMs: nowMs });
      this.#tell(sender.bare, resetFields, session, fresh);
    });
    if (!isLost) onTampered(fault);
    return 'done';
  }

  /** Asks somebody for something about their session, with a package for it. */
  #tell(peer: string, fields: typeof resetFields, session: string, fresh: OwnPackage): void {
    const { store, serial, clock } = this.#parts;
    this.#keepPackage(fresh, peer);
    const said = fields(session, packageToText(fresh.publicPart));
    const request = createContent('customized', said, { sn: serial(), timeS: clock.nowMs() / 1000 });
    store.addDelivery(this.#owner, undefined, peer, JSON.stringify(request));
  }

  /** Whether a package is one of the visas, whose keys are kept after it was used. */
  #isPublished(name: string): boolean {
    return this.#parts.store.secret(this.#owner, 'package', '', name) !== undefined;
  }

  async #freshPackage(): Promise<OwnPackage | undefined> {
    const made = await createPackage(this.#device, this.#context);
    return made.ok ? made.value : undefined;
  }

  /** The receiver's device has fresh keys: it takes its place in the session anew. */
  async #replace(sender: DimpId, text: JsonObject[string] | undefined): Promise<void> {
    const session = this.#outgoing(sender.bare);
    const peer = readPackage(text, sender, this.#context);
    if (session === undefined || !peer.ok || session.carried.length >= CARRIED_MAX - 1) return;
    const change = { add: [peer.value], remove: [], nowMs: this.#parts.clock.nowMs() };
    const changed = await changeSession(session, change, this.#context);
    if (!changed.ok) return;
    const renewed = changed.value.reserve === undefined ? {} : ({ reserve: 'renewed' } as const);
    this.#putOutgoing({ ...changed.value, ...renewed });
  }
}

/** What a message of a session says, where it is what the sender signed. */
function readInner(outer: OpenedMessage, commitment: string, inner: string): Result<OpenedMessage> {
  const json = openCommitment(commitment, inner);
  const content = json === undefined ? undefined : parseContent(json);
  if (content?.ok !== true || outer.protection !== 'bound')
    return refuse(mlsFault('mls.malformed', { what: 'commitment' }));
  const { timeS } = content.value;
  return ok({ ...outer, content: content.value, timeS: timeS ?? outer.timeS });
}
