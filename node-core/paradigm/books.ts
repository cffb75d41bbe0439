// Who paid and received what in the course of a contract, kept from its effects alone and independently of what the
// virtual machine says it holds.

import type { Effect } from './types.ts';

export type Books = {
  /** By party: a role, or a member of a crowd. */
  readonly received: ReadonlyMap<string, bigint>;
  readonly deposited: ReadonlyMap<string, bigint>;
  /** Money put into linked contracts, by link. */
  readonly funded: ReadonlyMap<string, bigint>;
  readonly opened: ReadonlySet<string>;
  /** Copies by machine, models by receiver. */
  readonly licensed: ReadonlyMap<string, bigint>;
  readonly transferred: ReadonlyMap<string, bigint>;
  readonly mintedMicro: bigint;
  /** Put into branches less what came back, by row of a list: `parts#0`. */
  readonly branches: ReadonlyMap<string, bigint>;
};

export const EMPTY_BOOKS: Books = {
  received: new Map(),
  deposited: new Map(),
  funded: new Map(),
  opened: new Set(),
  licensed: new Map(),
  transferred: new Map(),
  mintedMicro: 0n,
  branches: new Map(),
};

/** `bidder#0` for the first who joined, `seller` for a role of one account. */
export function partyKey(role: string, member: number | undefined): string {
  return member === undefined ? role : `${role}#${member}`;
}

export function roleOfParty(party: string): string {
  return party.split('#')[0] ?? party;
}

/** Of a crowd, of all its members together. */
export function sumOfRole(sums: ReadonlyMap<string, bigint>, role: string): bigint {
  let sum = 0n;
  for (const [party, amount] of sums) if (roleOfParty(party) === role) sum += amount;
  return sum;
}

export function keepBooks(before: Books, effects: readonly Effect[]): Books {
  if (effects.length === 0) return before;
  const books = {
    ...before,
    received: new Map(before.received),
    deposited: new Map(before.deposited),
    funded: new Map(before.funded),
    opened: new Set(before.opened),
    licensed: new Map(before.licensed),
    transferred: new Map(before.transferred),
    branches: new Map(before.branches),
  };
  const add = (sums: Map<string, bigint>, key: string, amount: bigint) =>
    sums.set(key, (sums.get(key) ?? 0n) + amount);
  for (const effect of effects) {
    switch (effect.kind) {
      case 'hold':
        add(books.deposited, partyKey(effect.role, effect.member), effect.amountMicro);
        break;
      case 'pay':
        add(books.received, partyKey(effect.role, effect.member), effect.amountMicro);
        break;
      case 'open':
        add(books.funded, effect.link, effect.amountMicro);
        books.opened.add(effect.link);
        break;
      case 'licence':
        add(books.licensed, effect.role ?? '', effect.quantity);
        break;
      case 'mint':
        books.mintedMicro += effect.amountMicro;
        break;
      case 'transfer-model':
        add(books.transferred, effect.role ?? '', 1n);
        break;
      case 'move-licence':
        add(books.licensed, effect.fromRole ?? '', -effect.quantity);
        add(books.licensed, effect.role ?? '', effect.quantity);
        break;
      case 'fund':
        add(books.branches, partyKey(effect.list, effect.row), effect.amountMicro);
        break;
      case 'return':
        add(books.branches, partyKey(effect.list, effect.row), -effect.amountMicro);
        break;
      case 'emit':
        break;
    }
  }
  return books;
}

/** Equal for equal books. */
export function booksKey(books: Books): string {
  const sums = (map: ReadonlyMap<string, bigint>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1)).join(';');
  const { received, deposited, funded, opened, licensed, mintedMicro, transferred, branches } = books;
  const rights = `${sums(licensed)}|${sums(transferred)}|${mintedMicro}|${sums(branches)}`;
  return `|${sums(received)}|${sums(deposited)}|${sums(funded)}|${[...opened].sort()}|${rights}`;
}
