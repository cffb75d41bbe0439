// Groups: who leads, who is in, and which signed commands change that. The state is the group's meta and bulletin, the
// newest reset by its owner or an administrator, and what was asked for since. A state is changed by commands alone whose
// signature was verified. They are applied in the order of their signed times, whatever order they arrived in.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { CommandName } from './content/index.ts';
import { commandFields } from './content/index.ts';
import type { Contacts } from './directory.ts';
import type { DimpDocument } from './documents.ts';
import { documentIds, readId } from './documents.ts';
import { dimpFault } from './faults.ts';
import type { DimpId } from './ids.ts';
import { isUser, sameId } from './ids.ts';
import { samePublicKey } from './keys/index.ts';
import { CLOCK_SKEW_S, GROUP_MEMBERS_MAX } from './limits.ts';
import type { OpenedMessage } from './open.ts';

export type GroupState = {
  readonly group: DimpId;
  readonly owner: DimpId;
  readonly administrators: readonly DimpId[];
  /** Bots that distribute messages; they are not members. */
  readonly assistants: readonly DimpId[];
  /** The owner first. */
  readonly members: readonly DimpId[];
  /** Members who left, until the next reset; messages are no longer encrypted for them. */
  readonly leaving: readonly DimpId[];
  /** Invited or asking to join, until an owner or administrator resets. */
  readonly waiting: readonly DimpId[];
  readonly bulletinTimeS: number;
  /** 0 before the first reset. */
  readonly resetTimeS: number;
};

const forbidden = (what: string) => refuse(dimpFault('dimp.group.forbidden', { what }));
const outdated = () => refuse(dimpFault('dimp.group.outdated'));
const has = (list: readonly DimpId[], id: DimpId) => list.some((one) => sameId(one, id));
const without = (list: readonly DimpId[], gone: readonly DimpId[]) => list.filter((id) => !has(gone, id));

/** Each ID once, in order. */
function union(...lists: readonly (readonly DimpId[])[]): readonly DimpId[] {
  return [...new Map(lists.flat().map((id) => [id.bare, id] as const)).values()];
}

/**
 * The state that meta and bulletin give, before any command. The founder is who the bulletin says, provided that the
 * group's meta has the founder's identity key; meta and bulletin were proven by the directory.
 */
export function foundGroup(group: DimpId, contacts: Contacts): Result<GroupState> {
  const meta = contacts.meta(group);
  const bulletin = newestBulletin(contacts.documents(group));
  const founder = readId(bulletin?.properties['founder'] ?? bulletin?.properties['owner']);
  if (meta === undefined || bulletin === undefined || founder === undefined)
    return refuse(dimpFault('dimp.contact.unknown', { id: group.bare }));
  const identity = contacts.meta(founder);
  if (identity === undefined) return refuse(dimpFault('dimp.contact.unknown', { id: founder.bare }));
  if (!samePublicKey(identity.key, meta.key)) return forbidden('founder');
  const administrators = without(documentIds(bulletin, 'administrators').filter(isUser), [founder]);
  return ok({
    group,
    owner: founder,
    administrators,
    assistants: documentIds(bulletin, 'assistants').filter(isUser),
    members: union([founder], administrators),
    leaving: [],
    waiting: [],
    bulletinTimeS: bulletin.timeS,
    resetTimeS: 0,
  });
}

function newestBulletin(documents: readonly DimpDocument[]): DimpDocument | undefined {
  return documents.find(({ type }) => type === 'bulletin');
}

/** Takes over what a newer bulletin says, keeping members. */
export function renewBulletin(state: GroupState, contacts: Contacts): Result<GroupState> {
  const fresh = foundGroup(state.group, contacts);
  if (!fresh.ok) return fresh;
  const { owner, administrators, assistants, bulletinTimeS } = fresh.value;
  if (bulletinTimeS < state.bulletinTimeS) return outdated();
  const members = union([owner], state.members, administrators);
  return ok({ ...state, owner, administrators, assistants, bulletinTimeS, members });
}

/** Owner and administrators. */
export function leadsGroup(state: GroupState, id: DimpId): boolean {
  return sameId(state.owner, id) || has(state.administrators, id);
}

/** Whether a message of this sender to the group counts. */
export function mayWrite(state: GroupState, sender: DimpId): boolean {
  return has(state.members, sender) && !has(state.leaving, sender);
}

/** Those for whom messages are encrypted: with a fresh key each time, so who has left reads nothing more. */
export function groupReaders(state: GroupState): readonly DimpId[] {
  return without(state.members, state.leaving);
}

type Step = {
  readonly state: GroupState;
  readonly sender: DimpId;
  readonly timeS: number;
  readonly members: readonly DimpId[];
  readonly opened: OpenedMessage;
};

const STEPS: Partial<Readonly<Record<CommandName, (step: Step) => Result<GroupState>>>> = {
  reset: resetMembers,
  invite: inviteMembers,
  join: joinGroup,
  quit: quitGroup,
  hire: (step) => changeStaff(step, union),
  fire: (step) => changeStaff(step, without),
  resign: resignGroup,
};

/** The state after a verified group command; a fault where it does not count. Other contents change nothing. */
export function applyGroupCommand(
  state: GroupState,
  opened: OpenedMessage,
  nowS: number,
): Result<GroupState> {
  const { content, message, timeS, isTimeSigned } = opened;
  if (content.kind !== 'history' || content.command === undefined) return ok(state);
  if (content.group === undefined || !sameId(content.group, state.group)) return forbidden('group');
  const name = content.command as CommandName;
  const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (step === undefined) return name === 'query' || name === 'found' ? ok(state) : forbidden(name);
  if (!isTimeSigned) return forbidden('time');
  if (timeS > nowS + CLOCK_SKEW_S) return refuse(dimpFault('dimp.message.future'));
  const fields = commandFields(content, name);
  if (fields === undefined) return refuse(dimpFault('dimp.content.malformed', { what: name }));
  const members = union(commandMembers(opened));
  return step({ state, sender: message.sender, timeS, members, opened });
}

/** The state after a whole history, in any order; what does not count is left out. */
export function applyGroupHistory(
  state: GroupState,
  history: readonly OpenedMessage[],
  nowS: number,
): GroupState {
  const sorted = [...history].sort((a, b) => a.timeS - b.timeS);
  return sorted.reduce((before, opened) => {
    const after = applyGroupCommand(before, opened, nowS);
    return after.ok ? after.value : before;
  }, state);
}

function commandMembers({ content }: OpenedMessage): readonly DimpId[] {
  const { members } = content.json;
  return Array.isArray(members) ? members.flatMap((member) => readId(member) ?? []) : [];
}

/** The one command that makes members: the owner comes first, and no administrator is left out. */
function resetMembers({ state, sender, timeS, members }: Step): Result<GroupState> {
  const { owner, administrators } = state;
  if (!leadsGroup(state, sender)) return forbidden('reset');
  if (timeS <= state.resetTimeS) return outdated();
  if (members.length > GROUP_MEMBERS_MAX)
    return refuse(dimpFault('dimp.group.large', { membersMax: GROUP_MEMBERS_MAX }));
  const [first] = members;
  if (first === undefined || !sameId(first, owner)) return forbidden('reset');
  if (!members.every(isUser) || without(administrators, members).length > 0) return forbidden('reset');
  return ok({ ...state, members, leaving: [], waiting: [], resetTimeS: timeS });
}

function inviteMembers({ state, sender, timeS, members }: Step): Result<GroupState> {
  if (!mayWrite(state, sender)) return forbidden('invite');
  if (timeS <= state.resetTimeS) return outdated();
  return wait(state, members);
}

function joinGroup({ state, sender, timeS }: Step): Result<GroupState> {
  if (timeS <= state.resetTimeS) return outdated();
  return wait(state, [sender]);
}

function wait(state: GroupState, newcomers: readonly DimpId[]): Result<GroupState> {
  const strangers = without(newcomers.filter(isUser), groupReaders(state));
  const waiting = union(state.waiting, strangers);
  if (state.members.length + waiting.length > GROUP_MEMBERS_MAX)
    return refuse(dimpFault('dimp.group.large', { membersMax: GROUP_MEMBERS_MAX }));
  return ok({ ...state, waiting });
}

function quitGroup({ state, sender, timeS }: Step): Result<GroupState> {
  if (leadsGroup(state, sender)) return forbidden('quit');
  if (timeS <= state.resetTimeS) return outdated();
  const waiting = without(state.waiting, [sender]);
  if (!has(state.members, sender)) return ok({ ...state, waiting });
  return ok({ ...state, waiting, leaving: union(state.leaving, [sender]) });
}

type Change = (list: readonly DimpId[], change: readonly DimpId[]) => readonly DimpId[];

function changeStaff({ state, sender, timeS, opened }: Step, change: Change): Result<GroupState> {
  if (!sameId(state.owner, sender)) return forbidden(opened.content.command ?? '');
  if (timeS <= state.bulletinTimeS) return outdated();
  const list = (name: string) => {
    const ids = opened.content.json[name];
    return Array.isArray(ids) ? ids.flatMap((id) => readId(id) ?? []).filter(isUser) : [];
  };
  const administrators = without(change(state.administrators, list('administrators')), [state.owner]);
  const assistants = change(state.assistants, list('assistants'));
  const members = union(state.members, administrators);
  if (members.length > GROUP_MEMBERS_MAX)
    return refuse(dimpFault('dimp.group.large', { membersMax: GROUP_MEMBERS_MAX }));
  return ok({ ...state, administrators, assistants, members, bulletinTimeS: timeS });
}

function resignGroup({ state, sender, timeS }: Step): Result<GroupState> {
  if (!has(state.administrators, sender)) return forbidden('resign');
  if (timeS <= state.bulletinTimeS) return outdated();
  return ok({ ...state, administrators: without(state.administrators, [sender]) });
}
