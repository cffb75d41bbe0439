// The accounts that a console begins with: one for each role, made silently, so that nobody has to know what a key is
// before the first model, printer or order. Demo worlds bring people of their own.

import type { Role } from '../../api/index.ts';
import type { Identities } from './identities.ts';

/** Names are the person's own data: they are written once, in the language of the system. */
const NAMES: Readonly<Record<'en' | 'zh', Readonly<Record<Role, string>>>> = {
  en: { designer: 'Designer', owner: 'Printer owner', buyer: 'Buyer' },
  zh: { designer: '设计者', owner: '打印机主', buyer: '买家' },
};
const ROLES: readonly Role[] = ['designer', 'owner', 'buyer'];

/**
 * Makes what is missing. A role whose account is locked gets none: its owner comes back with the recovery words, and a
 * second account would only stand in the way.
 */
export async function ensureAccounts(identities: Identities, systemLocale: string): Promise<void> {
  const taken = new Set([...identities.people(), ...identities.locked()].map(({ role }) => role));
  const names = systemLocale.toLowerCase().startsWith('zh') ? NAMES.zh : NAMES.en;
  for (const role of ROLES) if (!taken.has(role)) await identities.create(role, names[role]);
}
