// What the contract of a product's service takes when it is opened for one product: the contract itself is asked, as the
// chain will ask it. What could never be opened is refused while its designer can still mend it.

import type { Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import { toParadigmValue } from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import type { Paradigm, ParadigmValue } from '../../paradigm/index.ts';
import { openInstance } from '../../paradigm/index.ts';
import type { ContractTerms } from '../../production/index.ts';

const servicePriceFault = defineFaults('service-price', {
  'service-price.bound': {
    message: 'A contract of “{title}” needs a quote or a design, so it cannot be a service.',
    next: 'Choose another kind of contract.',
  },
  'service-price.role': {
    message: 'Nobody is named for “{role}” in the contract of a service.',
    next: 'Paste the address of an account, or choose one of the people you know.',
  },
  'service-price.opener': {
    message:
      'A contract of “{title}” is opened by whoever orders the product, so nobody else can be its “{role}”.',
    next: 'Leave this role free.',
  },
});

/** Accounts that are not known before somebody orders; no real account is one of them. */
const BUYER: Address = new Uint8Array(20).fill(0xb1);
const BY_CHAIN: Readonly<Record<string, Address>> = {
  author: new Uint8Array(20).fill(0xb2),
  network: new Uint8Array(20).fill(0xb3),
};

/** The buyer opens it and plays every role of a person that the designer left free. */
export function servicePriceMicro(
  p: Paradigm,
  { roles: named, terms }: Pick<ContractTerms, 'roles' | 'terms'>,
  timeS: bigint,
): Result<bigint> {
  const title = p.document.title.en;
  const params: Record<string, ParadigmValue> = {};
  for (const [name, value] of Object.entries(terms)) params[name] = toParadigmValue(value);
  for (const [name, { binds }] of Object.entries(p.params)) {
    if (binds === undefined) continue;
    if (binds !== 'branch.quantity') return refuse(servicePriceFault('service-price.bound', { title }));
    params[name] = 1n;
  }
  const roles: Record<string, Address> = {};
  for (const [role, { kind, label }] of Object.entries(p.roles)) {
    if (kind === 'crowd') continue;
    const opens = p.opening.by.includes(role);
    if (opens && named[role] !== undefined)
      return refuse(servicePriceFault('service-price.opener', { title, role: label.en }));
    const account = named[role] ?? BY_CHAIN[role] ?? (kind === 'person' ? BUYER : undefined);
    if (account === undefined) return refuse(servicePriceFault('service-price.role', { role: label.en }));
    roles[role] = account;
  }
  const opened = openInstance(p, { roles, params, caller: BUYER, timeS });
  if (!opened.ok) return opened;
  return ok(
    opened.value.effects.reduce(
      (sum, effect) => (effect.kind === 'hold' ? sum + effect.amountMicro : sum),
      0n,
    ),
  );
}
