// Orders of products. The buyer confirms once; this console then opens the contracts of all parts and services by itself,
// and gives to somebody else what a producer declined, missed or failed at, by the rule of the quote. Reconciling looks at
// the proven state of the order and does what is missing, so it can be run again at any time: a crash anywhere is mended by
// running it at start. What nobody takes over goes back to the buyer by the order's own deadline.

import type { ProductOrderCard } from '../../api/index.ts';
import { defineFaults, hexToBytes, microToDecimal, ok, type Result, refuse } from '../../base/index.ts';
import type { ChainEvent } from '../../chain/index.ts';
import { addressToText, type KeyPair, parseAddress } from '../../identity/index.ts';
import type { BranchRow, Locale } from '../../paradigm/index.ts';
import { BranchFilling, type BranchFillingParts, type Mine, type Trouble } from './branch-filling.ts';
import { childrenOf, type OpenContract, openContract } from './contract-tree.ts';
import type { Identities } from './identities.ts';
import { createInTurn } from './in-turn.ts';
import { batchParadigm } from './part-batches.ts';
import { orderParams } from './product-order-terms.ts';
import {
  heldBy,
  type ProductQuote,
  parseOrderName,
  productParadigm,
  productQuoteFault,
} from './product-quotes.ts';
import { createParadigmReader } from './published-paradigms.ts';
import { faultView } from './tasks.ts';

const productOrderFault = defineFaults('product-orders', {
  'product-orders.used': {
    message: 'This quote was ordered already.',
    next: 'Look at the order, or ask for a new quote.',
  },
  'product-orders.expired': {
    message: 'This quote is not valid any more.',
    next: 'Ask for a new quote; it takes a moment, since the parts are sliced already.',
  },
  'product-orders.unaffordable': {
    message: 'The order takes {totalDpn} DPN and the account has {balanceDpn} DPN.',
    next: 'Get test tokens in the wallet, or choose fewer.',
  },
});

export type ProductOrderParts = BranchFillingParts & { readonly identities: Identities };

export class ProductOrders {
  readonly #parts: ProductOrderParts;
  readonly #paradigm = createParadigmReader();
  #queue: Promise<void> = Promise.resolve();
  readonly #waiting = new Set<string>();
  /** Orders being placed, by quote. */
  readonly #inTurn = createInTurn();
  /** What could not be done last time, by order. */
  readonly #trouble = new Map<string, readonly Trouble[]>();
  readonly #over = new AbortController();
  readonly #filling: BranchFilling;

  constructor(parts: ProductOrderParts) {
    this.#parts = parts;
    this.#filling = new BranchFilling(parts, this.#paradigm, this.#over.signal);
  }

  /** Opens the order; its contracts follow by themselves. Asked twice at the same time, the second hears of the first. */
  place(actor: string, quoteId: string): Promise<Result<string>> {
    return this.#inTurn(quoteId, () => this.#place(actor, quoteId));
  }

  async #place(actor: string, quoteId: string): Promise<Result<string>> {
    const { productQuotes, identities, chain, clock } = this.#parts;
    const quote = productQuotes.record(quoteId);
    if (quote === undefined) return refuse(productQuoteFault('product-quotes.unknown'));
    if (quote.validUntilS * 1000 < clock.nowMs()) return refuse(productOrderFault('product-orders.expired'));
    const buyer = identities.keyPair(actor);
    const unused = await this.#checkUnused(buyer, quoteId);
    if (!unused.ok) return unused;
    const affordable = await this.#checkAffordable(buyer, quote);
    if (!affordable.ok) return affordable;
    const paradigm = await productParadigm(chain);
    if (!paradigm.ok) return paradigm;
    const batch = await batchParadigm(chain);
    if (!batch.ok) return batch;
    const opened = await chain.submit(buyer, {
      type: 'contract.open',
      paradigm: paradigm.value,
      roles: { buyer: buyer.address, coordinator: quote.designer },
      params: orderParams(quote, quoteId, this.#parts.paradigmId, batch.value),
      quote: new Uint8Array(0),
    });
    if (!opened.ok) return opened;
    const id = addressToText(opened.value.result.data);
    this.look(id);
    return ok(id);
  }

  async #checkUnused(buyer: KeyPair, quoteId: string): Promise<Result<void>> {
    const orders = await this.#ordersOf(buyer.address);
    if (!orders.ok) return orders;
    const used = orders.value.some((order) => nameOf(order)?.quoteId === quoteId);
    return used ? refuse(productOrderFault('product-orders.used')) : ok(undefined);
  }

  /** Everything that is held, and the fees of all transactions: an order that cannot open its parts is worth nothing. */
  async #checkAffordable({ address }: KeyPair, quote: ProductQuote): Promise<Result<void>> {
    const account = await this.#parts.chain.account(address);
    if (!account.ok) return account;
    const neededMicro = heldBy(quote) + quote.transactionsMicro + quote.depositMicro;
    const balanceMicro = account.value.value.balances.DPN;
    if (balanceMicro >= neededMicro) return ok(undefined);
    const data = { totalDpn: microToDecimal(neededMicro), balanceDpn: microToDecimal(balanceMicro) };
    return refuse(productOrderFault('product-orders.unaffordable', data));
  }

  /** Contracts with lists of branches that the account has a part in. */
  async #ordersOf(account: KeyPair['address'], remembered = false): Promise<Result<OpenContract[]>> {
    const chain = remembered ? this.#parts.chain.known : this.#parts.chain;
    const ids = await chain.list('agreements-of', account);
    if (!ids.ok) return ids;
    const orders: OpenContract[] = [];
    for (const id of ids.value) {
      const open = await openContract(chain, this.#paradigm, id);
      if (!open.ok && open.fault.code === 'graphs.unknown') continue;
      if (!open.ok) return open;
      if (nameOf(open.value) !== undefined) orders.push(open.value);
    }
    return ok(orders);
  }

  /** Newest first. */
  async list(actor: string, locale: Locale): Promise<Result<ProductOrderCard[]>> {
    const orders = await this.#ordersOf(this.#parts.identities.keyPair(actor).address, true);
    if (!orders.ok) return orders;
    return ok(orders.value.toReversed().map((order) => orderCard(order, locale)));
  }

  /** The services of an order, by row; none at consoles that do not have its quote. */
  servicesOf(order: OpenContract): ProductQuote['services'] {
    return this.#parts.productQuotes.record(nameOf(order)?.quoteId ?? '')?.services ?? [];
  }

  troubleOf(id: string): readonly Trouble[] {
    return this.#trouble.get(id) ?? [];
  }

  onChainEvent(event: ChainEvent): void {
    const instance = event.attributes['instance'];
    // A new printer may be able to make what nobody could.
    if (event.type === 'machine.registered') for (const id of this.#trouble.keys()) this.look(id);
    if (instance !== undefined && event.type.startsWith('contract.branch'))
      this.look(addressToText(hexToBytes(instance)));
  }

  /** At start: whatever was left undone. */
  async reconcileAll(): Promise<void> {
    const { identities } = this.#parts;
    for (const { address } of identities.people()) {
      const orders = await this.#ordersOf(identities.keyPair(address).address);
      if (orders.ok) for (const order of orders.value) this.look(addressToText(order.address));
    }
  }

  /** Reconciles soon; however much happens meanwhile, looking once is enough. */
  look(id: string): void {
    if (this.#waiting.has(id)) return;
    this.#waiting.add(id);
    this.#queue = this.#queue.then(async () => {
      this.#waiting.delete(id);
      if (this.#over.signal.aborted) return;
      try {
        const trouble = await this.#reconcile(id);
        if (trouble.length === 0) this.#trouble.delete(id);
        else this.#trouble.set(id, trouble);
        this.#parts.bus.changed('orders', id);
      } catch (error) {
        this.#parts.log('error', 'product-order.failed', { id, error });
      }
    });
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#queue;
  }

  async #reconcile(id: string): Promise<readonly Trouble[]> {
    const mine = await this.#mine(id);
    if (mine === undefined) return [];
    const trouble = await this.#filling.fill(mine);
    for (const { line, fault } of trouble)
      this.#parts.log('warn', 'product-order.trouble', { id, line, code: fault.code });
    return trouble;
  }

  /** Undefined where the order is not one that this console acts for. */
  async #mine(id: string): Promise<Mine | undefined> {
    const { chain, identities, productQuotes } = this.#parts;
    const address = parseAddress(id);
    const open = address === undefined ? undefined : await openContract(chain, this.#paradigm, address);
    if (open?.ok !== true) return undefined;
    const quote = productQuotes.record(nameOf(open.value)?.quoteId ?? '');
    const buyer = open.value.instance.roles['buyer'];
    if (quote === undefined || buyer === undefined || !identities.holds(addressToText(buyer)))
      return undefined;
    const children = await childrenOf(chain, this.#paradigm, open.value.address);
    if (!children.ok) return undefined;
    return {
      open: open.value,
      children: children.value,
      quote,
      signer: identities.keyPair(addressToText(buyer)),
    };
  }
}

export function nameOf({ instance }: OpenContract): ReturnType<typeof parseOrderName> {
  return instance.branches === undefined ? undefined : parseOrderName(instance.params['product']);
}

export function orderCard(open: OpenContract, locale: Locale): ProductOrderCard {
  const { address, instance, paradigm } = open;
  const name = nameOf(open);
  const rows = Object.values(instance.branches ?? {}).flat();
  const sum = (count: (row: BranchRow) => bigint) => Number(rows.reduce((all, row) => all + count(row), 0n));
  const state = paradigm.states[instance.state];
  return {
    id: addressToText(address),
    ...(name === undefined ? {} : { productId: name.productId }),
    title: name?.title ?? paradigm.document.title[locale],
    state: instance.state,
    stateLabel: state?.label[locale] ?? instance.state,
    ...(state?.final === undefined ? {} : { ended: state.final }),
    piecesDone: sum(({ done }) => done),
    pieces: sum(({ quantity }) => quantity),
    heldMicro: instance.heldMicro,
    openedS: Number(instance.openedS),
    ...(instance.deadlineS === undefined ? {} : { deadlineS: Number(instance.deadlineS) }),
  };
}

export const troubleViews = (trouble: readonly Trouble[]) =>
  trouble.map(({ line, title, fault }) => ({ line, title, fault: faultView(fault) }));
