// What is a name, and which names look alike. The alphabet is small on purpose, so that no table of Unicode is part of
// the protocol: every name has exactly one spelling, and what looks alike within the alphabet is one name to the chain.

import type { Bytes } from '../../../base/index.ts';
import { concatBytes, taggedHash, utf8ToBytes } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';

export const NAME_CHARS_MIN = 3;
export const NAME_CHARS_MAX = 63;

/** Words of the protocols and of the network, and what people would take for somebody in charge. */
const RESERVED: readonly string[] = [
  ...['all', 'everyone', 'anyone', 'anywhere', 'everywhere', 'nobody', 'owner', 'founder', 'me', 'self'],
  ...[
    'station',
    'stations',
    'provider',
    'gsp',
    'isp',
    'icp',
    'bot',
    'robot',
    'group',
    'broadcast',
    'archivist',
  ],
  ...[
    'announcer',
    'assistant',
    'monitor',
    'master',
    'search',
    'billboard',
    'ans',
    'dim',
    'dimp',
    'dkd',
    'mkm',
  ],
  ...[
    'dipnet',
    'dpn',
    '3dp',
    'dimt',
    'itc',
    'mip',
    'console',
    'network',
    'chain',
    'node',
    'validator',
    'treasury',
  ],
  ...[
    'council',
    'mediator',
    'arbiter',
    'escrow',
    'faucet',
    'wallet',
    'bank',
    'exchange',
    'payment',
    'payments',
  ],
  ...[
    'admin',
    'administrator',
    'root',
    'system',
    'official',
    'support',
    'help',
    'helpdesk',
    'security',
    'service',
  ],
  ...[
    'moderator',
    'staff',
    'team',
    'info',
    'null',
    'undefined',
    'none',
    'unknown',
    'test',
    'example',
    'localhost',
  ],
  ...['bitcoin', 'btc', 'ethereum', 'eth', 'eos', 'usdt', 'usdc', 'moky'],
];

/**
 * How a name looks, spelled out: equal for names that readers take for one another. Letters that look like two are
 * written as the two, so that it does not matter where one reads a pair.
 */
export function nameForm(name: string): string {
  return name
    .replaceAll('-', '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('5', 's')
    .replaceAll('m', 'rn')
    .replaceAll('w', 'vv');
}

const RESERVED_FORMS: ReadonlySet<string> = new Set(RESERVED.map(nameForm));

/** Addresses of this and of other chains, which must never be taken for names. */
const ADDRESS_FORMS = [/^[0o]x[0-9a-f-]{30,}$/, /^bc1[0-9a-z]{20,}$/, /^xn--/];

/** Capitals are small letters to people who type. Nothing else is mended: what stays odd is refused. */
export function normaliseName(text: string): string {
  return text.trim().replace(/^@/, '').toLowerCase();
}

/** Why this is no name; undefined where it is one. */
export function nameFlaw(name: string): 'form' | 'reserved' | undefined {
  const fits = name.length >= NAME_CHARS_MIN && name.length <= NAME_CHARS_MAX;
  if (!fits || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return 'form';
  if (ADDRESS_FORMS.some((form) => form.test(name))) return 'form';
  return RESERVED_FORMS.has(nameForm(name)) ? 'reserved' : undefined;
}

/** Account-like name of a name's record: last 20 bytes of taggedHash('dipnet/name/v1', name). */
export const nameId = (name: string): Address => taggedHash('dipnet/name/v1', utf8ToBytes(name)).slice(12);
/** The same of the form that looks stand under. */
export const nameFormId = (name: string): Address =>
  taggedHash('dipnet/name-form/v1', utf8ToBytes(nameForm(name))).slice(12);

/** Binds network, name and owner: whoever sees the reveal on its way can do nothing with it. The salt has 32 bytes. */
export function nameCommitment(chainId: string, name: string, owner: Address, salt: Bytes): Bytes {
  const zero = new Uint8Array(1);
  const parts = concatBytes(utf8ToBytes(chainId), zero, utf8ToBytes(name), zero, owner, salt);
  return taggedHash('dipnet/name-commit/v1', parts);
}
/** Of a commitment and whoever made it, so that a copy of it is in nobody's way. */
export const commitId = (commitment: Bytes, owner: Address): Address =>
  taggedHash('dipnet/name-commit-id/v1', commitment, owner).slice(12);
