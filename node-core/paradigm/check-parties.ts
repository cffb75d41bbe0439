// Who is who in a contract that is explored: parties that can be promised money, and roles that have a part in it.

import { type Books, partyKey } from './books.ts';
import type { CompiledStep, Paradigm } from './compile.ts';
import type { Scope } from './expression.ts';
import type { Instance } from './types.ts';

export function gainOf({ received, deposited }: Books, party: string): bigint {
  return (received.get(party) ?? 0n) - (deposited.get(party) ?? 0n);
}

export function countsOf(p: Paradigm, instance: Instance): Record<string, bigint> {
  return Object.fromEntries(
    [...p.crowds.keys()].map((name) => [name, BigInt(instance.crowds?.[name]?.length ?? 0)]),
  );
}

export type Party = { readonly key: string; readonly name: string; readonly member: Scope['member'] };

/** Everybody who can be promised money: roles of one account, and each member of each crowd. */
export function partiesOf(p: Paradigm, instance: Instance): readonly Party[] {
  return Object.keys(p.roles).flatMap((name): readonly Party[] => {
    if (!p.crowds.has(name)) return [{ key: name, name, member: undefined }];
    return (instance.crowds?.[name] ?? []).map(({ account, row }, index) => ({
      key: partyKey(name, index),
      name,
      member: { ...row, account, index: BigInt(index) },
    }));
  });
}

/** Machines whose figures the step asks for. */
export function measuringRoles({ args }: CompiledStep): readonly string[] {
  return Object.values(args).flatMap((field) => (field.type === 'measured' ? [field.machine] : []));
}

export function rolesOfEffect(effect: CompiledStep['effects'][number]): readonly string[] {
  switch (effect.kind) {
    case 'hold':
      return [effect.from];
    case 'pay':
    case 'refund':
      return [effect.to];
    case 'split':
      return [...effect.shares.map((share) => share.to), effect.remainder];
    case 'each':
      return [effect.of];
    case 'open':
      return effect.roles.map(([, role]) => role);
    case 'mint':
      return [effect.to];
    case 'transferModel':
    case 'moveLicence':
      return [effect.from, effect.to];
    case 'licence':
      return [effect.licensor, effect.machine];
    case 'emit':
      return [];
  }
}
