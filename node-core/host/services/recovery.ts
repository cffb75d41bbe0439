// Coming back with recovery words: what the chain holds for the account is shown first; taken, its key is sealed here and
// everything follows that the key, the chain and the content store still give. The words are in no log, no task and no
// fault, and nothing keeps them after the answer.

import type { AccountFound, Recovered, Role } from '../../api/index.ts';
import type { Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import type { Identity } from '../../identity/index.ts';
import { addressToText, createIdentity, parseMnemonic } from '../../identity/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { Drafts } from './drafts.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { Machines } from './machines.ts';
import type { Models } from './models.ts';
import type { Orders } from './orders.ts';
import type { Production } from './production.ts';
import type { Wallet } from './wallet.ts';

export type RecoveryParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly wallet: Wallet;
  readonly models: Models;
  readonly drafts: Drafts;
  readonly machines: Machines;
  readonly orders: Orders;
  readonly production: Production;
  readonly bus: EventBus;
};

export class Recovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /** The account that words lead to and what is on chain for it; changes nothing. */
  async inspect(words: string): Promise<Result<AccountFound>> {
    const identity = identityOf(words);
    if (!identity.ok) return identity;
    const { chain, identities, wallet, models, machines, orders } = this.#parts;
    const { address } = identity.value.keyPair;
    const text = addressToText(address);
    const held = await wallet.holdings(address);
    if (!held.ok) return held;
    const cards = await orders.list(text, 'en');
    if (!cards.ok) return cards;
    const designs = await models.list(undefined, text);
    if (!designs.ok) return designs;
    const machineIds = await chain.list('machines-of', address);
    if (!machineIds.ok) return machineIds;
    const names = await Promise.all(machineIds.value.map((id) => machines.nameOf(addressToText(id))));
    const known = identities.people().find((person) => person.address === text);
    const locked = identities.locked().find((person) => person.address === text);
    const found: Role = names.length > 0 ? 'owner' : designs.value.length > 0 ? 'designer' : 'buyer';
    return ok({
      address: text,
      ...(known === undefined ? {} : { held: { name: known.name, role: known.role } }),
      ...(locked === undefined ? {} : { locked: { name: locked.name, role: locked.role } }),
      ...held.value,
      chainId: chain.status().chainId,
      orders: { open: cards.value.filter((card) => !card.final).length, total: cards.value.length },
      models: designs.value.map((model) => model.title),
      machines: names,
      roleSuggested: locked?.role ?? found,
    });
  }

  /** Takes the account: from now on it acts in the role. Interrupted anywhere, it can be asked again. */
  async recover(words: string, role: Role, name: string): Promise<Result<Recovered>> {
    const identity = identityOf(words);
    if (!identity.ok) return identity;
    const taken = await this.#parts.identities.recover(identity.value, role, name.trim());
    if (!taken.ok) return taken;
    const restored = await this.restore(taken.value);
    return restored.ok ? ok({ address: taken.value, ...restored.value }) : restored;
  }

  /** What an account's key gives back of its models, drafts and machines. */
  async restore(address: string): Promise<Result<Pick<Recovered, 'models' | 'machines'>>> {
    const { models, drafts, machines, production, bus } = this.#parts;
    const designs = await models.restoreKeys(address);
    if (!designs.ok) return designs;
    drafts.restoreKeys(address);
    const driven = await machines.registration.restoreKeys(address);
    if (!driven.ok) return driven;
    for (const topic of ['accounts', 'models', 'drafts', 'machines', 'orders', 'jobs'] as const)
      bus.changed(topic);
    await production.reconcileAll();
    return ok({ models: designs.value, machines: driven.value });
  }
}

function identityOf(words: string): Result<Identity> {
  const mnemonic = parseMnemonic(words);
  return mnemonic.ok ? ok(createIdentity(mnemonic.value)) : mnemonic;
}
