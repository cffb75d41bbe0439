// An order on a ledger, for tests of what happens to it.

import { expect } from 'vitest';
import type { Message } from '../messages.ts';
import { instanceOf, licenceAddress } from '../modules/index.ts';
import { codeOf, createLedger, type Ledger } from './ledger.ts';
import * as world from './world.ts';

export const dpn = (ledger: Ledger, name: world.Name) =>
  ledger.app.read().account(world.addressOf(name)).balances.DPN;

export const send = (to: world.Name, amountMicro: bigint): Message => ({
  type: 'bank.send',
  to: world.addressOf(to),
  token: 'DPN',
  amountMicro,
});

export const event = (instance: Uint8Array, name: string, args = {}): Message => ({
  type: 'contract.event',
  instance,
  event: name,
  args,
});

/** A model, a machine and an opened order. */
export function withOrder(quantity = 2) {
  const ledger = createLedger();
  expect(codeOf(ledger.run('designer', world.REGISTER_MODEL))).toBe('done');
  expect(codeOf(ledger.run('owner', world.registerMachine()))).toBe('done');
  const quote = world.createQuote(quantity);
  const opened = ledger.run('buyer', world.openOrder(quote));
  expect(codeOf(opened)).toBe('done');
  const instance = opened.result.data;
  return { ledger, quote, instance, licence: licenceAddress(instance, 0n) };
}

export const stateOf = (ledger: Ledger, instance: Uint8Array) => {
  const contract = ledger.app.read().contract(instance);
  return contract === undefined ? undefined : instanceOf(contract);
};
