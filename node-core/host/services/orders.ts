// Orders: contracts of the normal paradigm as people see them. What is shown comes from proven state; what may be done
// comes from asking the contract itself.

import type { OpeningCosts, OrderCard, OrderView, TimelineStep, Truth } from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, equalBytes, microToDecimal, ok, refuse } from '../../base/index.ts';
import { ContractEndState, ContractState, contractEndKey, contractKey, quoteKey } from '../../chain/index.ts';
import type { WireValue } from '../../chain/messages.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { Instance, Locale, Paradigm } from '../../paradigm/index.ts';
import { ifNobodyActs, legalEvents, parseInstance, rolesOf, rolesToAct } from '../../paradigm/index.ts';
import { encodeRecord, parseRecord, QuoteRecord, recordHash } from '../../records/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainIndex, OrderStepRow } from './chain-index.ts';
import type { ChainReader } from './chain-reader.ts';
import type { Identities } from './identities.ts';
import { createInTurn } from './in-turn.ts';
import type { Models } from './models.ts';
import { openingCosts } from './opening-costs.ts';
import { actionsFor, argumentsFor } from './order-actions.ts';
import { orderFault } from './order-faults.ts';
import { timelineOf } from './order-timeline.ts';
import type { Parties } from './parties.ts';
import { createParadigmReader } from './published-paradigms.ts';
import type { Quotes } from './quotes.ts';
import { quoteServiceFault } from './quotes.ts';
import { type Licence, licenceOf, sharedRuns } from './shared-runs.ts';

export type OrderParts = {
  readonly chain: ChainClient;
  readonly index: ChainIndex;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly models: Models;
  readonly quotes: Quotes;
  readonly paradigmId: Bytes;
  readonly clock: Clock;
  readonly jobIdsOf: (orderId: string) => readonly string[];
};

/** A contract with everything it refers to, proven. */
export type OpenOrder = {
  readonly id: string;
  readonly contract: ContractState;
  readonly instance: Instance;
  readonly paradigm: Paradigm;
  readonly quote: QuoteRecord;
  readonly licence: Licence | undefined;
};

export class Orders {
  readonly #parts: OrderParts;
  readonly #paradigm = createParadigmReader();
  /** Orders being placed, by quote. */
  readonly #inTurn = createInTurn();

  constructor(parts: OrderParts) {
    this.#parts = parts;
  }

  /**
   * Opens the contract; the buyer's money moves into it in the same transaction. A quote is ordered once: asked twice at
   * the same time, the second is told of the first.
   */
  place(actor: string, quoteId: string): Promise<Result<string>> {
    return this.#inTurn(quoteId, () => this.#place(actor, quoteId));
  }

  async #place(actor: string, quoteId: string): Promise<Result<string>> {
    const { quotes, chain, identities, paradigmId } = this.#parts;
    const quote = quotes.record(quoteId);
    if (quote === undefined) return refuse(quoteServiceFault('quotes.unknown'));
    const buyer = identities.keyPair(actor);
    const unused = await this.#checkUnused(quote);
    if (!unused.ok) return unused;
    const affordable = await this.#checkAffordable(buyer.address, quote);
    if (!affordable.ok) return affordable;
    const opened = await chain.submit(buyer, {
      type: 'contract.open',
      paradigm: paradigmId,
      roles: {},
      params: {},
      quote: encodeRecord(quote),
    });
    if (!opened.ok) return opened;
    return ok(addressToText(opened.value.result.data));
  }

  async #checkUnused(quote: QuoteRecord): Promise<Result<void>> {
    const { chain } = this.#parts;
    const hash = recordHash(quote);
    const ids = await chain.list('contracts-for', quote.designHash);
    if (!ids.ok) return ids;
    for (const id of ids.value) {
      const contract = await chain.read(ContractState, contractKey(id));
      if (!contract.ok) return contract;
      if (contract.value !== undefined && equalBytes(contract.value.value.quote, hash))
        return refuse(orderFault('orders.quote.used', { orderId: addressToText(id) }));
    }
    return ok(undefined);
  }

  /** What placing it takes beside its price. */
  async costs(quoteId: string): Promise<Result<OpeningCosts>> {
    const quote = this.#parts.quotes.record(quoteId);
    return quote === undefined
      ? refuse(quoteServiceFault('quotes.unknown'))
      : this.#costsOf(this.#parts.chain.known, quote);
  }

  #costsOf(chain: ChainReader, quote: QuoteRecord): Promise<Result<OpeningCosts>> {
    return openingCosts(chain, this.#paradigm, this.#parts.paradigmId, encodeRecord(quote).length);
  }

  /** The price, the fee and the deposit: an order that the chain refused would still cost the fee. */
  async #checkAffordable(buyer: Bytes, quote: QuoteRecord): Promise<Result<void>> {
    const { chain } = this.#parts;
    const account = await chain.account(buyer);
    if (!account.ok) return account;
    const costs = await this.#costsOf(chain, quote);
    if (!costs.ok) return costs;
    const neededMicro = quote.totalMicro + costs.value.feeMicro + costs.value.depositMicro;
    const balanceMicro = account.value.value.balances.DPN;
    if (balanceMicro >= neededMicro) return ok(undefined);
    const totalDpn = microToDecimal(neededMicro);
    return refuse(orderFault('orders.unaffordable', { totalDpn, balanceDpn: microToDecimal(balanceMicro) }));
  }

  /** Sends one of the contract's events as the actor; typed arguments are made from the text that was entered. */
  async act(
    actor: string,
    id: string,
    event: string,
    texts: Readonly<Record<string, string>>,
  ): Promise<Result<void>> {
    const order = await this.open(id);
    if (!order.ok) return order;
    const signer = this.#parts.identities.keyPair(actor);
    const roles = rolesOf(order.value.instance, signer.address);
    const step = roles
      .flatMap((role) => legalEvents(order.value.paradigm, order.value.instance, role))
      .find((legal) => legal.event === event);
    if (step === undefined) return refuse(orderFault('orders.not-yours'));
    const args = argumentsFor(step, texts);
    if (!args.ok) return args;
    return this.send(signer, id, event, args.value);
  }

  async send(
    signer: Parameters<ChainClient['submit']>[0],
    id: string,
    event: string,
    args: Record<string, WireValue>,
    sponsor?: Parameters<ChainClient['submit']>[2],
  ): Promise<Result<void>> {
    const instance = parseAddress(id);
    if (instance === undefined) return refuse(orderFault('orders.unknown'));
    const sent = await this.#parts.chain.submit(
      signer,
      { type: 'contract.event', instance, event, args },
      sponsor,
    );
    return sent.ok ? ok(undefined) : sent;
  }

  /** As the chain has it now: for acting on it. */
  open(id: string): Promise<Result<OpenOrder>> {
    return this.#openBy(this.#parts.chain, id);
  }

  async #openBy(chain: ChainReader, id: string): Promise<Result<OpenOrder>> {
    const address = parseAddress(id);
    if (address === undefined) return refuse(orderFault('orders.unknown'));
    const contract = await chain.read(ContractState, contractKey(address));
    if (!contract.ok) return contract;
    if (contract.value === undefined) return this.#absent(chain, address);
    const state = contract.value.value;
    const instance = parseInstance(state.instance);
    if (!instance.ok) return instance;
    const paradigm = await this.#paradigm(chain, state.paradigm);
    if (!paradigm.ok) return paradigm;
    const quoteBytes = await chain.readBytes(quoteKey(state.quote));
    if (!quoteBytes.ok) return quoteBytes;
    const quote = parseRecord(QuoteRecord, 'quote', quoteBytes.value.value ?? new Uint8Array(0));
    if (!quote.ok) return quote;
    const licence = await licenceOf(chain, address);
    if (!licence.ok) return licence;
    return ok({
      id: addressToText(address),
      contract: state,
      instance: instance.value,
      paradigm: paradigm.value,
      quote: quote.value,
      licence: licence.value,
    });
  }

  /** Pruned, or never there. */
  async #absent(chain: ChainReader, address: Bytes): Promise<Result<never>> {
    const end = await chain.read(ContractEndState, contractEndKey(address));
    if (!end.ok) return end;
    return refuse(orderFault(end.value === undefined ? 'orders.unknown' : 'orders.pruned'));
  }

  /** Title of the model that was ordered; empty where it cannot be told. */
  async titleOf(id: string): Promise<string> {
    const order = await this.#openBy(this.#parts.chain.known, id);
    if (!order.ok) return '';
    const model = await this.#parts.models.knownState(bytesToHex(order.value.contract.designHash));
    return model.ok ? model.value.value.title : '';
  }

  /** Orders that the account is a party of and that the chain keeps, newest first. */
  async list(actor: string, locale: Locale): Promise<Result<OrderCard[]>> {
    const { known } = this.#parts.chain;
    const address = parseAddress(actor);
    if (address === undefined) return refuse(orderFault('orders.unknown'));
    const ids = await known.list('contracts-of', address);
    if (!ids.ok) return ids;
    const cards: OrderCard[] = [];
    for (const id of ids.value) {
      const order = await this.#openBy(known, addressToText(id));
      if (!order.ok && order.fault.code === 'orders.pruned') continue;
      if (!order.ok) return order;
      cards.push(await this.#card(order.value, actor, locale));
    }
    return ok(cards.reverse());
  }

  async get(id: string, actor: string, locale: Locale): Promise<Result<OrderView>> {
    const order = await this.#openBy(this.#parts.chain.known, id);
    return order.ok ? ok(await this.view(order.value, actor, locale)) : order;
  }

  async view(order: OpenOrder, actor: string, locale: Locale): Promise<OrderView> {
    const { quotes, index } = this.#parts;
    const { instance, paradigm, licence } = order;
    const card = await this.#card(order, actor, locale);
    const steps = index.steps(order.id);
    const idle = ifNobodyActs(paradigm, instance);
    return {
      ...card,
      paradigm: { id: bytesToHex(paradigm.id), name: paradigm.document.title[locale] ?? paradigm.name },
      quote: await quotes.view(order.quote),
      heldMicro: instance.heldMicro,
      ...(idle === undefined
        ? {}
        : {
            ifNobodyActs: idle.explain[locale] ?? idle.explain.en,
          }),
      ...troubleOf(instance),
      timeline: this.#timeline(order, steps),
      actions: actionsFor(order, parseAddress(actor), locale),
      payouts: this.#payouts(order),
      ...(licence === undefined
        ? {}
        : {
            licence: {
              id: addressToText(licence.address),
              quantity: licence.state.quantity,
              used: licence.state.used,
              released: licence.state.wrappedKey !== null,
              inParts: !this.#isInOneHand(order.quote),
            },
          }),
      runs: await sharedRuns(this.#parts.chain.known, licence),
      jobs: [...this.#parts.jobIdsOf(order.id)],
    };
  }

  /** Designer and printer are of this console, which then prints the file that it holds. */
  #isInOneHand({ designer, owner }: QuoteRecord): boolean {
    const { identities } = this.#parts;
    return [designer, owner].every((address) => identities.holds(addressToText(address)));
  }

  #timeline(order: OpenOrder, steps: readonly OrderStepRow[]): TimelineStep[] {
    const { chain, parties } = this.#parts;
    const truthOf = (txHash: string | null): Truth => {
      if (txHash === null) return 'verified';
      return chain.anchors.get(txHash)?.verified_ms == null ? 'sent' : 'verified';
    };
    return timelineOf(order, steps, truthOf, parties);
  }

  #payouts(order: OpenOrder): OrderView['payouts'] {
    const { index, parties } = this.#parts;
    const rows: OrderView['payouts'] = [];
    const payments = index.paidBy(order.id);
    for (const [role, address] of Object.entries(order.instance.roles)) {
      const account = addressToText(address);
      const paid = payments.filter((row) => row.address === account);
      const amountMicro = paid.reduce((sum, row) => sum + BigInt(row.amount_micro), 0n);
      if (amountMicro > 0n && !rows.some((row) => row.party.address === account))
        rows.push({ role, party: parties.party(account), amountMicro });
    }
    return rows;
  }

  async #card(order: OpenOrder, actor: string, locale: Locale): Promise<OrderCard> {
    const { models, parties, index, chain } = this.#parts;
    const { instance, paradigm, quote, contract } = order;
    const model = await models.knownState(bytesToHex(contract.designHash));
    const state = paradigm.states[instance.state];
    const address = parseAddress(actor);
    const mine = address === undefined ? [] : rolesOf(instance, address);
    const acting = rolesToAct(paradigm, instance);
    const unproven = index
      .steps(order.id)
      .flatMap(({ tx_hash }) =>
        tx_hash === null || chain.anchors.get(tx_hash)?.verified_ms != null ? [] : [tx_hash],
      );
    chain.proveSoon(unproven);
    return {
      id: order.id,
      modelId: bytesToHex(contract.designHash),
      title: model.ok ? model.value.value.title : '',
      quantity: quote.quantity,
      state: instance.state,
      stateLabel: state?.label[locale] ?? state?.label.en ?? instance.state,
      final: instance.deadlineS === undefined,
      totalMicro: quote.totalMicro,
      buyer: parties.ofBytes(instance.roles['buyer'] ?? quote.owner),
      owner: parties.ofBytes(quote.owner),
      designer: parties.ofBytes(quote.designer),
      machineId: addressToText(quote.machine),
      machineName: quote.profile.name,
      openedS: Number(instance.openedS),
      ...(instance.deadlineS === undefined ? {} : { deadlineS: Number(instance.deadlineS) }),
      yourTurn: mine.some((role) => acting[0] === role),
      truth: unproven.length > 0 ? 'sent' : 'verified',
    };
  }
}

/** What the parties said and offered, as the normal paradigm keeps it. */
function troubleOf({ vars }: Instance): Pick<OrderView, 'statement' | 'refundOfferedMicro'> {
  const statement = [vars['complaint'], vars['failure']].find(
    (text) => typeof text === 'string' && text !== '',
  );
  const { refundMicro, proposer } = vars;
  const isOffered = proposer instanceof Uint8Array && proposer.some((byte) => byte !== 0);
  return {
    ...(typeof statement === 'string' ? { statement } : {}),
    ...(isOffered && typeof refundMicro === 'bigint' ? { refundOfferedMicro: refundMicro } : {}),
  };
}
