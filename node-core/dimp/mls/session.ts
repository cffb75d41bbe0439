// Sessions: an outgoing one of each device that sends, with the devices of one receiver in it, and the incoming ones at
// those. A step takes a session as bytes and gives the next one: whoever stores it together with what the step gave, in
// one transaction, can crash at any instant. Keys that were used are not in the next one.
//
//   begin ─► seal, seal … ─► change (new keys, devices come and go) ─► seal …        owner
//   join by a welcome ─► open, open … ─► follow the changes that messages carry       receiver

import type { ClientState, CreateCommitResult, KeyPackage, PrivateMessage, Proposal, Welcome } from 'ts-mls';
import {
  createApplicationMessage,
  createCommit,
  createGroup,
  decodeGroupState,
  decodeMlsMessage,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  joinGroup,
  processPrivateMessage,
} from 'ts-mls';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { DimpId } from '../ids.ts';
import { sameId } from '../ids.ts';
import type { MlsContext, MlsDevice } from './context.ts';
import { attempt, clientConfig, own, readCredential, wipe } from './context.ts';
import { mlsFault } from './faults.ts';
import type { OwnPackage, PeerPackage } from './packages.ts';
import { createPackage } from './packages.ts';
import type { Carried, SessionPayload } from './payload.ts';
import { CARRIED_MAX } from './payload.ts';

/** A session as it is stored. */
export type Session = {
  /** Its group, in hexadecimal. */
  readonly id: string;
  /** The other person. */
  readonly peer: string;
  /** With its secrets: seal it. */
  readonly state: Bytes;
};

export type OutgoingSession = Session & {
  /** Changes that the receiver has not confirmed. */
  readonly carried: readonly Carried[];
  /** Messages since the keys changed. */
  readonly sentCount: number;
  readonly changedMs: number;
  /** 1 where its keys were never changed since it began. */
  readonly epoch: number;
  /**
   * A device joined by the last resort of its visa, whose keys it keeps for days: `open` while it still is in the group by
   * it, `renewed` once it has keys of its own. Absent where all joined by packages that are used once.
   */
  readonly reserve?: 'open' | 'renewed';
};

const GROUP_ID_BYTES = 16;
/** Leaf of who began the group: nobody else changes it. */
const OWNER_LEAF = 0;
const lost = () => refuse(mlsFault('mls.lost'));

function load({ id, state }: Session, context: MlsContext): ClientState | undefined {
  // A copy: what is read shares its bytes, and used keys are wiped.
  const [group] = decodeGroupState(state.slice(), 0) ?? [];
  if (group === undefined || bytesToHex(own(group.groupContext.groupId)) !== id) return undefined;
  return { ...group, clientConfig: clientConfig(context) };
}
const store = (state: ClientState): Bytes => own(encodeGroupState(state));
const epochOf = (state: ClientState): number => Number(state.groupContext.epoch);

type Leaf = { readonly index: number; readonly id: DimpId; readonly terminal: string };

/** Who is in the group; undefined where a leaf has no sound credential. */
function leavesOf({ ratchetTree }: ClientState): readonly Leaf[] | undefined {
  const leaves: Leaf[] = [];
  for (const [position, node] of ratchetTree.entries()) {
    if (node?.nodeType !== 'leaf') continue;
    const owner = readCredential(node.leaf.credential);
    if (owner === undefined) return undefined;
    leaves.push({ index: position / 2, id: owner.id, terminal: owner.terminal });
  }
  return leaves;
}

/** The devices of the receiver in an outgoing session. */
export function sessionTerminals(session: OutgoingSession, context: MlsContext): readonly string[] {
  const state = load(session, context);
  const leaves = state === undefined ? undefined : leavesOf(state);
  return (leaves ?? []).filter(({ index }) => index !== OWNER_LEAF).map(({ terminal }) => terminal);
}

export type BeginRequest = {
  readonly device: MlsDevice;
  readonly peer: DimpId;
  /** Of each device of the receiver, one. */
  readonly packages: readonly PeerPackage[];
  readonly nowMs: number;
};

/** A new group with the receiver's devices in it. Nothing of an older session is used. */
export async function beginSession(
  { device, peer, packages, nowMs }: BeginRequest,
  context: MlsContext,
): Promise<Result<OutgoingSession>> {
  if (packages.length === 0) return refuse(mlsFault('mls.unsupported'));
  const mine = await createPackage(device, context);
  if (!mine.ok) return mine;
  const { publicPart, secrets } = mine.value;
  const groupId = context.crypto.random.bytes(GROUP_ID_BYTES);
  const { suite } = context;
  const empty = await createGroup(groupId, publicPart, secrets, [], suite, clientConfig(context));
  const id = bytesToHex(groupId);
  const bare = {
    id,
    peer: peer.bare,
    state: store(empty),
    carried: [],
    sentCount: 0,
    changedMs: nowMs,
    epoch: 0,
  };
  return changeSession(bare, { add: packages, remove: [], nowMs }, context);
}

export type SessionChange = {
  /** Devices that come, or take their place anew with fresh keys. */
  readonly add: readonly PeerPackage[];
  /** Terminals of devices that go. */
  readonly remove: readonly string[];
  readonly nowMs: number;
};

/** New keys for the session, known to those who are in it afterwards and to nobody who knew the old ones alone. */
export async function changeSession(
  session: OutgoingSession,
  { add, remove, nowMs }: SessionChange,
  context: MlsContext,
): Promise<Result<OutgoingSession>> {
  const state = load(session, context);
  const leaves = state === undefined ? undefined : leavesOf(state);
  if (state === undefined || leaves === undefined || session.carried.length >= CARRIED_MAX) return lost();
  const isStranger = add.some(({ owner }) => owner.id.bare !== session.peer);
  if (isStranger) return refuse(mlsFault('mls.foreign'));
  const going = new Set([...remove, ...add.map(({ owner }) => owner.terminal)]);
  const gone = leaves.filter(({ index, terminal }) => index !== OWNER_LEAF && going.has(terminal));
  const proposals: Proposal[] = [
    ...gone.map(({ index }): Proposal => ({ proposalType: 'remove', remove: { removed: index } })),
    ...add.map(
      (one): Proposal => ({ proposalType: 'add', add: { keyPackage: one.publicPart as KeyPackage } }),
    ),
  ];
  const made = await attempt(() => commitTo(state, proposals, context), 'mls.foreign');
  if (!made.ok) return made;
  const { newState, welcome, commit, consumed } = made.value;
  const carried: Carried = {
    epoch: epochOf(state),
    // Nobody but the owner was in a group that just began.
    ...(leaves.length === 1 ? {} : { commit: own(encodeMlsMessage(commit)) }),
    ...(welcome === undefined ? {} : { welcome: encodeWelcome(welcome) }),
  };
  const next = store(newState);
  wipe(consumed);
  const all = [...session.carried, carried];
  return ok({
    ...session,
    state: next,
    carried: all,
    sentCount: 0,
    changedMs: nowMs,
    epoch: epochOf(newState),
  });
}

/** RFC 9420 section 12.4.1: a commit without additions brings a path, and so fresh keys of the committer. */
async function commitTo(
  state: ClientState,
  extraProposals: Proposal[],
  { suite }: MlsContext,
): Promise<CreateCommitResult> {
  const options = { extraProposals, ratchetTreeExtension: true };
  return createCommit({ state, cipherSuite: suite }, options);
}

const encodeWelcome = (welcome: Welcome): Bytes =>
  own(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome }));

/** One message, with a key of its own that is not in the next state. */
export async function sealInSession(
  session: OutgoingSession,
  plaintext: Bytes,
  context: MlsContext,
): Promise<
  Result<{ readonly session: OutgoingSession; readonly payload: SessionPayload; readonly epoch: number }>
> {
  const state = load(session, context);
  if (state === undefined) return lost();
  const made = await attempt(() => createApplicationMessage(state, plaintext, context.suite), 'mls.lost');
  if (!made.ok) return made;
  const { newState, privateMessage, consumed } = made.value;
  const message = own(
    encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }),
  );
  const next = { ...session, state: store(newState), sentCount: session.sentCount + 1 };
  wipe(consumed);
  const payload = { session: session.id, message, carried: session.carried };
  return ok({ session: next, payload, epoch: epochOf(state) });
}

/** The receiver has a message of this epoch, and so what led to it. */
export function confirmSession(session: OutgoingSession, epoch: number): OutgoingSession {
  return { ...session, carried: session.carried.filter((one) => one.epoch >= epoch) };
}

export type Incoming = {
  readonly payload: SessionPayload;
  readonly sender: DimpId;
  readonly receiver: DimpId;
  /** The session, where it is known. */
  readonly session: Session | undefined;
  /** At least those that the payload welcomes. */
  readonly packages: readonly OwnPackage[];
};

export type OpenedPayload = {
  readonly session: Session;
  readonly plaintext: Bytes;
  /** The package by which this device joined just now. */
  readonly usedPackage?: string;
  /** In which the message was sealed. */
  readonly epoch: number;
};

/** Opens a message: joins or follows the group first, as far as the message carries what that needs. */
export async function openInSession(incoming: Incoming, context: MlsContext): Promise<Result<OpenedPayload>> {
  const { payload, sender, session } = incoming;
  if (session !== undefined && session.peer !== sender.bare) return refuse(mlsFault('mls.foreign'));
  const known = session === undefined ? undefined : load(session, context);
  const joined = await join(incoming, known, context);
  if (!joined.ok) return joined;
  const state = joined.value?.state ?? known;
  if (state === undefined) return lost();
  const followed = await follow(state, incoming, context);
  if (!followed.ok) return followed;
  const message = decodePrivate(payload.message);
  if (message === undefined || message.contentType !== 'application')
    return refuse(mlsFault('mls.malformed', { what: 'message' }));
  if (bytesToHex(own(message.groupId)) !== payload.session) return refuse(mlsFault('mls.foreign'));
  if (message.epoch > followed.value.groupContext.epoch) return refuse(mlsFault('mls.ahead'));
  const opened = await attempt(
    () => processPrivateMessage(followed.value, message, emptyPskIndex, context.suite),
    'mls.unreadable',
  );
  if (!opened.ok) return opened;
  if (opened.value.kind !== 'applicationMessage') return refuse(mlsFault('mls.unreadable'));
  const next = { id: payload.session, peer: sender.bare, state: store(opened.value.newState) };
  const plaintext = own(opened.value.message);
  wipe(opened.value.consumed);
  const used = joined.value === undefined ? {} : { usedPackage: joined.value.name };
  return ok({ session: next, plaintext, epoch: Number(message.epoch), ...used });
}

/** Names of the packages that a message welcomes, of this device's and of others. */
export function welcomedPackages({ carried }: SessionPayload): ReadonlySet<string> {
  const welcomes = carried.flatMap(({ welcome }) => (welcome === undefined ? [] : [welcome]));
  return new Set(welcomes.flatMap((bytes) => welcomedBy(decodeWelcome(bytes))));
}

const welcomedBy = (welcome: Welcome | undefined): readonly string[] =>
  welcome?.secrets.map(({ newMember }) => bytesToHex(own(newMember))) ?? [];

/** Joins by the newest welcome for a package of this device, where that leads further than what is known. */
async function join(
  { payload, sender, receiver, packages }: Incoming,
  known: ClientState | undefined,
  context: MlsContext,
): Promise<Result<{ readonly state: ClientState; readonly name: string } | undefined>> {
  const config = clientConfig(context);
  for (const { epoch, welcome: bytes } of payload.carried.toReversed()) {
    if (bytes === undefined || (known !== undefined && epoch < epochOf(known))) continue;
    const welcome = decodeWelcome(bytes);
    const names = new Set(welcomedBy(welcome));
    const mine = packages.find(({ name }) => names.has(name));
    if (welcome === undefined || mine === undefined) continue;
    const { publicPart, secrets } = mine;
    // The tree is in the welcome, and nothing is resumed.
    const rest = [emptyPskIndex, context.suite, undefined, undefined, config] as const;
    const joined = await attempt(() => joinGroup(welcome, publicPart, secrets, ...rest), 'mls.lost');
    if (!joined.ok) return joined;
    const isRight =
      bytesToHex(own(joined.value.groupContext.groupId)) === payload.session &&
      epochOf(joined.value) === epoch + 1 &&
      isBetween(joined.value, sender, receiver);
    return isRight ? ok({ state: joined.value, name: mine.name }) : refuse(mlsFault('mls.foreign'));
  }
  return ok(undefined);
}

/** The sender's device owns the group, and the receiver's devices are all who is in it besides. */
function isBetween(state: ClientState, sender: DimpId, receiver: DimpId): boolean {
  const leaves = leavesOf(state);
  if (leaves === undefined || leaves[0]?.index !== OWNER_LEAF) return false;
  return leaves.every(({ id, index }) => sameId(id, index === OWNER_LEAF ? sender : receiver));
}

/** Follows the carried changes from where this device is. */
async function follow(
  from: ClientState,
  { payload, sender, receiver }: Incoming,
  context: MlsContext,
): Promise<Result<ClientState>> {
  let state = from;
  for (const { epoch, commit } of payload.carried) {
    if (commit === undefined || epoch !== epochOf(state)) continue;
    const message = decodePrivate(commit);
    if (message === undefined || message.contentType !== 'commit')
      return refuse(mlsFault('mls.malformed', { what: 'commit' }));
    const before = state;
    const processed = await attempt(
      () =>
        processPrivateMessage(before, message, emptyPskIndex, context.suite, (incoming) =>
          incoming.kind === 'commit' && incoming.senderLeafIndex === OWNER_LEAF ? 'accept' : 'reject',
        ),
      'mls.lost',
    );
    if (!processed.ok) return processed;
    const { newState, consumed } = processed.value;
    const isFollowed = epochOf(newState) === epoch + 1 && newState.groupActiveState.kind === 'active';
    if (!isFollowed) return lost();
    if (!isBetween(newState, sender, receiver)) return refuse(mlsFault('mls.foreign'));
    wipe(consumed);
    state = newState;
  }
  return ok(state);
}

function decodePrivate(bytes: Bytes): PrivateMessage | undefined {
  const message = decode(bytes);
  return message?.wireformat === 'mls_private_message' ? message.privateMessage : undefined;
}

function decodeWelcome(bytes: Bytes): Welcome | undefined {
  const message = decode(bytes);
  return message?.wireformat === 'mls_welcome' ? message.welcome : undefined;
}

function decode(bytes: Bytes) {
  try {
    const [message, length] = decodeMlsMessage(bytes, 0) ?? [];
    return length === bytes.length ? message : undefined;
  } catch {
    return undefined;
  }
}
