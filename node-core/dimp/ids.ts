// DIMP IDs: `name@address/terminal`, with name and terminal optional. The type of an entity is decided by the address's
// network byte, after the values of older generations are mapped, and never by the name.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { DimpAddress } from './address.ts';
import { parseAddress } from './address.ts';
import { dimpFault } from './faults.ts';
import { ID_CHARS_MAX, ID_CHARS_MIN } from './limits.ts';

export type DimpId = {
  /** As it came. */
  readonly text: string;
  readonly name?: string;
  readonly address: DimpAddress;
  /** The device, where one is meant. */
  readonly terminal?: string;
  /** `name@address` with the canonical address and without the terminal: the key of maps, equal for equal entities. */
  readonly bare: string;
  /** One of ENTITY_TYPES or a value that only newer programs know. */
  readonly type: number;
};

/** The network byte of today's generation. Bit 0 is set for groups, bit 7 for broadcasts. */
export const ENTITY_TYPES = {
  user: 0x00,
  group: 0x01,
  station: 0x02,
  provider: 0x03,
  bot: 0x04,
  contentProvider: 0x05,
  supervisor: 0x06,
  company: 0x07,
  authority: 0x08,
  appUser: 0x40,
  appGroup: 0x41,
  any: 0x80,
  every: 0x81,
} as const;

/** Bytes of Ming-Ke-Ming 0.9, which are still seen, and what they are now. */
const LEGACY_TYPES: Readonly<Record<number, number>> = {
  8: ENTITY_TYPES.user,
  16: ENTITY_TYPES.group,
  48: 0x31,
  118: ENTITY_TYPES.provider,
  136: ENTITY_TYPES.station,
  200: ENTITY_TYPES.bot,
};

/** The type of today for a network byte of any generation; an unknown byte stays what it is. */
export function networkToType(network: number): number {
  return LEGACY_TYPES[network] ?? network;
}

/** Never throws. Blanks, control characters and a second `@` or `/` are refused: they would make two texts of one ID. */
export function parseId(text: string): Result<DimpId> {
  const match = text.length <= ID_CHARS_MAX ? /^(?:([^@/]+)@)?([^@/]+)(?:\/([^@/]+))?$/.exec(text) : null;
  if (match === null || text.length < ID_CHARS_MIN || /[\s\p{C}]/u.test(text))
    return refuse(dimpFault('dimp.id.malformed'));
  const [, name, addressText = '', terminal] = match;
  const address = parseAddress(addressText);
  if (address === undefined) return refuse(dimpFault('dimp.id.malformed'));
  return ok(compose(text, name, address, terminal));
}

/** An ID of parts that are known to be right. */
export function createId(name: string | undefined, address: DimpAddress, terminal?: string): DimpId {
  const bare = name === undefined ? address.text : `${name}@${address.text}`;
  return compose(terminal === undefined ? bare : `${bare}/${terminal}`, name, address, terminal);
}

function compose(
  text: string,
  name: string | undefined,
  address: DimpAddress,
  terminal: string | undefined,
): DimpId {
  const bare = name === undefined ? address.text : `${name}@${address.text}`;
  // As in the reference, an ID without a name is a user, whatever its byte; a broadcast stays one.
  const isNamed = name !== undefined || address.kind === 'broadcast';
  return {
    text,
    address,
    bare,
    type: isNamed ? networkToType(address.network) : ENTITY_TYPES.user,
    ...(name === undefined ? {} : { name }),
    ...(terminal === undefined ? {} : { terminal }),
  };
}

export const isUser = (id: DimpId): boolean => (id.type & 1) === 0;
export const isGroup = (id: DimpId): boolean => (id.type & 1) === 1;
export const isBroadcast = (id: DimpId): boolean => (id.type & 0x80) === 0x80;
export const isStation = (id: DimpId): boolean => id.type === ENTITY_TYPES.station;
export const isBot = (id: DimpId): boolean => id.type === ENTITY_TYPES.bot;

/** The same entity, whichever of its devices is meant. */
export function sameId(a: DimpId, b: DimpId): boolean {
  return a.bare === b.bare;
}

const broadcast = (name: string, address: 'anywhere' | 'everywhere'): DimpId => {
  const parsed = parseId(`${name}@${address}`);
  if (!parsed.ok) throw new RangeError('not a broadcast');
  return parsed.value;
};

export const ANYONE = broadcast('anyone', 'anywhere');
export const EVERYONE = broadcast('everyone', 'everywhere');
export const FOUNDER = broadcast('moky', 'anywhere');
export const ANY_STATION = broadcast('station', 'anywhere');
export const EVERY_STATION = broadcast('stations', 'everywhere');

/** Who leads and who is in a broadcast group, by the protocol's consensus; undefined for other IDs. */
export function broadcastGroup(
  group: DimpId,
): { readonly founder: DimpId; readonly owner: DimpId; readonly members: readonly DimpId[] } | undefined {
  if (!isBroadcast(group) || !isGroup(group)) return undefined;
  const name = group.name?.toLowerCase() ?? '';
  if (name === '' || name === 'everyone') return { founder: FOUNDER, owner: ANYONE, members: [ANYONE] };
  const role = (of: string) => parseId(`${group.name}.${of}@anywhere`);
  const [founder, owner, member] = [role('founder'), role('owner'), role('member')];
  if (!founder.ok || !owner.ok || !member.ok) return undefined;
  return { founder: founder.value, owner: owner.value, members: [owner.value, member.value] };
}

/** The number by which people find an ID, for example 272-972-7604; undefined for addresses that have none. */
export function searchNumber(id: DimpId): string | undefined {
  const { bytes } = id.address;
  if (bytes.length < 4) return undefined;
  const tail = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0);
  const digits = String(tail).padStart(10, '0');
  return `${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`;
}
