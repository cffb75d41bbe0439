// Sending to a group in the three ways that peers understand: through the group's bot, as personal messages that nobody
// on the way can tell from others (small groups), or as one ciphertext split into a copy for each member.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { Account } from './account.ts';
import { createContent } from './content/index.ts';
import type { DimpCrypto } from './crypto.ts';
import type { Contacts } from './directory.ts';
import { dimpFault } from './faults.ts';
import type { GroupState } from './groups.ts';
import { groupReaders, mayWrite } from './groups.ts';
import type { DimpId } from './ids.ts';
import { sameId } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { ReliableMessage } from './message.ts';
import { parseMessage } from './message.ts';
import { encryptionKeys, sealMessage } from './seal.ts';

/** Below this a group is hidden: its members are written to one by one. */
const SECRET_GROUP_LIMIT = 16;

export type GroupSealRequest = {
  readonly account: Account;
  readonly state: GroupState;
  /** With `group` set, as createContent makes it. */
  readonly content: JsonObject;
  readonly timeS: number;
  /** The serial number of the content, shown to the bot that distributes. */
  readonly sn: number;
};

export type GroupDelivery = {
  readonly messages: readonly ReliableMessage[];
  /** Members whose keys are not known yet: the message does not reach them. */
  readonly missing: readonly DimpId[];
};

/** The messages to send, one to the bot or one to each other member. */
export function sealForGroup(
  request: GroupSealRequest,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<GroupDelivery> {
  const { account, state } = request;
  if (!mayWrite(state, account.id)) return refuse(dimpFault('dimp.group.forbidden', { what: 'message' }));
  const others = groupReaders(state).filter((member) => !sameId(member, account.id));
  const readers = others.filter((member) => encryptionKeys(member, contacts).size > 0);
  const missing = others.filter((member) => !readers.includes(member));
  const [bot] = state.assistants.filter((assistant) => encryptionKeys(assistant, contacts).size > 0);
  const messages =
    bot === undefined && others.length + 1 < SECRET_GROUP_LIMIT
      ? sealEach(request, readers, contacts, crypto)
      : sealOnce(request, readers, bot, contacts, crypto);
  return messages.ok ? ok({ messages: messages.value, missing }) : messages;
}

function sealEach(
  { account, content, timeS }: GroupSealRequest,
  readers: readonly DimpId[],
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<readonly ReliableMessage[]> {
  return collect(readers, (receiver) => sealMessage({ account, receiver, content, timeS }, contacts, crypto));
}

function sealOnce(
  { account, state, content, timeS, sn }: GroupSealRequest,
  readers: readonly DimpId[],
  bot: DimpId | undefined,
  contacts: Contacts,
  crypto: DimpCrypto,
): Result<readonly ReliableMessage[]> {
  const { group } = state;
  const request = { account, receiver: group, members: readers, content, timeS };
  const extras = bot === undefined ? {} : { group: group.text, sn };
  const whole = sealMessage({ ...request, extras }, contacts, crypto);
  if (!whole.ok) return whole;
  if (bot === undefined) return collect(readers, (member) => splitForMember(whole.value, member));
  const forward = createContent('forward', { secrets: [whole.value.json] }, { sn, timeS });
  const wrapped = sealMessage({ account, receiver: bot, content: forward, timeS }, contacts, crypto);
  return wrapped.ok ? ok([wrapped.value]) : wrapped;
}

/** The copy of a group message for one member, with the keys of that member's devices only. Data and signature stay. */
export function splitForMember(message: ReliableMessage, member: DimpId): Result<ReliableMessage> {
  const all = message.json['keys'];
  const own: { [id: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(all ?? {}))
    if (name === member.bare || name.startsWith(`${member.bare}/`)) own[name] = value;
  const key = own[member.bare];
  if (key === undefined) return refuse(dimpFault('dimp.contact.unknown', { id: member.bare }));
  const group = (message.group ?? message.receiver).text;
  const { keys: _, ...rest } = message.json;
  const devices = Object.keys(own).length > 1 ? { keys: own } : {};
  return parseMessage(JSON.stringify({ ...rest, group, receiver: member.text, key, ...devices }));
}

function collect<T, V>(items: readonly T[], make: (item: T) => Result<V>): Result<readonly V[]> {
  const made: V[] = [];
  for (const item of items) {
    const result = make(item);
    if (!result.ok) return result;
    made.push(result.value);
  }
  return ok(made);
}
