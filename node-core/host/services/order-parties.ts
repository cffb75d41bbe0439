// Who has a part in an order, as the chain has it; looked up once, because roles of an order do not change.

import type { Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { Orders } from './orders.ts';

export type OrderParties = {
  readonly id: string;
  readonly buyer: string | undefined;
  readonly designer: string;
  readonly owner: string;
  readonly machineId: string;
  readonly copies: number;
  readonly layers: number;
  readonly layerHeightUm: number;
};

/** Orders remembered; the first one is looked up again after so many others. */
const KNOWN_MAX = 500;

export class PartiesOfOrders {
  readonly #orders: Pick<Orders, 'open'>;
  readonly #known = new Map<string, OrderParties>();

  constructor(orders: Pick<Orders, 'open'>) {
    this.#orders = orders;
  }

  async of(orderId: string): Promise<Result<OrderParties>> {
    const known = this.#known.get(orderId);
    if (known !== undefined) return ok(known);
    const order = await this.#orders.open(orderId);
    if (!order.ok) return order;
    const { instance, quote } = order.value;
    const { buyer } = instance.roles;
    const parties: OrderParties = {
      id: order.value.id,
      buyer: buyer === undefined ? undefined : addressToText(buyer),
      designer: addressToText(quote.designer),
      owner: addressToText(quote.owner),
      machineId: addressToText(quote.machine),
      copies: quote.quantity,
      layers: quote.slice.layers,
      layerHeightUm: quote.settings.layerHeightUm,
    };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(orderId, parties);
    return ok(parties);
  }
}

export const isParty = ({ buyer, designer, owner }: OrderParties, account: string): boolean =>
  account === buyer || account === designer || account === owner;
