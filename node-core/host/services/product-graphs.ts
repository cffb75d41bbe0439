// The graph of one order as it stands: the contract that was paid, the lines of its bill, and every contract below them,
// whatever paradigm each follows. All of it from proven state, at the height that is named with it.

import type { GraphEdge, GraphNode, ProductGraphView } from '../../api/index.ts';
import type { Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { BranchLink } from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { BranchRow, Locale } from '../../paradigm/index.ts';
import { rolesOf, rolesToAct } from '../../paradigm/index.ts';
import type { ChainReader } from './chain-reader.ts';
import type { OpenContract } from './contract-tree.ts';
import { childrenOf, endingOf, openContract, treeFault } from './contract-tree.ts';
import type { Parties } from './parties.ts';
import { SERVICE_LIST } from './product-order-terms.ts';
import type { ProductOrders } from './product-orders.ts';
import { nameOf, orderCard, troubleViews } from './product-orders.ts';
import { modelTitle, type ProductQuote } from './product-quotes.ts';
import { createParadigmReader } from './published-paradigms.ts';
import { licenceOf, sharedRuns } from './shared-runs.ts';

export type ProductGraphParts = {
  readonly chain: { readonly known: ChainReader };
  readonly parties: Parties;
  readonly productOrders: ProductOrders;
};

/** Contracts below one another that are followed, as deep as the chain lets them hang. */
const DEPTH_MAX = 8;
/** Contracts of one picture; an order of that many is looked at in pieces. */
const NODES_MAX = 2000;

type Drawing = {
  readonly actor: Address;
  readonly locale: Locale;
  readonly nodes: Map<string, GraphNode>;
  readonly edges: GraphEdge[];
};

/** A row of a list of branches, and the service that it is for, where this console knows. */
type Line = {
  readonly list: string;
  readonly row: number;
  readonly state: BranchRow;
  readonly service: ProductQuote['services'][number] | undefined;
};

export class ProductGraphs {
  readonly #parts: ProductGraphParts;
  readonly #paradigm = createParadigmReader();

  constructor(parts: ProductGraphParts) {
    this.#parts = parts;
  }

  async get(id: string, actor: string, locale: Locale): Promise<Result<ProductGraphView>> {
    const { chain, parties, productOrders } = this.#parts;
    const [address, account] = [parseAddress(id), parseAddress(actor)];
    if (address === undefined || account === undefined) return refuse(treeFault('graphs.unknown'));
    const open = await openContract(chain.known, this.#paradigm, address);
    if (!open.ok) return open;
    const drawing: Drawing = { actor: account, locale, nodes: new Map(), edges: [] };
    const top = await this.#contractNode(drawing, open.value);
    const card = orderCard(open.value, locale);
    drawing.nodes.set(top.id, { ...top, kind: 'product', title: card.title });
    const drawn = await this.#below(drawing, open.value, 1);
    if (!drawn.ok) return drawn;
    const buyer = open.value.instance.roles['buyer'] ?? account;
    const trouble = troubleViews(productOrders.troubleOf(card.id));
    return ok({
      ...card,
      buyer: parties.ofBytes(buyer),
      nodes: [...drawing.nodes.values()],
      edges: drawing.edges,
      ...(trouble.length === 0 ? {} : { trouble }),
      verifiedHeight: Number(open.value.height),
    });
  }

  /** Lines of the contract's lists, and what fills them. */
  async #below(drawing: Drawing, parent: OpenContract, depth: number): Promise<Result<void>> {
    const { nodes, edges } = drawing;
    const parentId = addressToText(parent.address);
    const services = this.#parts.productOrders.servicesOf(parent);
    for (const [list, rows] of Object.entries(parent.instance.branches ?? {})) {
      for (const [row, state] of rows.entries()) {
        const service = list === SERVICE_LIST ? services[row] : undefined;
        const line = await this.#lineNode(drawing, parent, { list, row, state, service });
        nodes.set(line.id, line);
        const { spentMicro } = state;
        const [givenMicro, returnedMicro] = spentMicro < 0n ? [0n, -spentMicro] : [spentMicro, 0n];
        edges.push({ from: parentId, to: line.id, quantity: line.quantity, givenMicro, returnedMicro });
      }
    }
    const children = await childrenOf(this.#parts.chain.known, this.#paradigm, parent.address);
    if (!children.ok) return children;
    for (const child of children.value) {
      const childId = addressToText(child.address);
      const isNew = !nodes.has(childId);
      if (isNew) nodes.set(childId, await this.#contractNode(drawing, child));
      for (const link of child.links) edges.push(edgeOf(parentId, childId, link));
      if (!isNew || depth >= DEPTH_MAX || nodes.size >= NODES_MAX) continue;
      const drawn = await this.#below(drawing, child, depth + 1);
      if (!drawn.ok) return drawn;
    }
    return ok(undefined);
  }

  async #lineNode(
    { locale }: Drawing,
    parent: OpenContract,
    { list, row, state, service }: Line,
  ): Promise<GraphNode> {
    const modelId = state.item.length === 32 ? bytesToHex(state.item) : undefined;
    const label = parent.paradigm.document.branches?.[list]?.label[locale] ?? list;
    const title =
      modelId === undefined ? (service?.name ?? '') : await modelTitle(this.#parts.chain.known, state.item);
    const [quantity, done, open] = [state.quantity, state.done, state.open].map(Number) as [
      number,
      number,
      number,
    ];
    const running = quantity - done - open;
    const over = endingOf(parent) !== undefined;
    const phase = done === quantity ? 'done' : over ? 'failed' : open > 0 ? 'waiting' : 'running';
    return {
      id: lineId(addressToText(parent.address), list, row),
      kind: 'line',
      list,
      title: title === '' ? `${label} ${row + 1}` : title,
      ...(service === undefined ? {} : { service: service.kind }),
      ...(modelId === undefined ? {} : { modelId }),
      quantity,
      done,
      running,
      open,
      state: phase,
      stateLabel: '',
      phase,
      turn: [],
      yourTurn: false,
      heldMicro: 0n,
      spentMicro: state.spentMicro,
    };
  }

  async #contractNode({ actor, locale }: Drawing, open: OpenContract): Promise<GraphNode> {
    const { chain, parties } = this.#parts;
    const { address, contract, instance, paradigm, quote } = open;
    const state = paradigm.states[instance.state];
    const ending = endingOf(open);
    const links = contract.branches ?? [];
    const rows = Object.values(instance.branches ?? {}).flat();
    const quantity =
      quote?.quantity ??
      (links.length > 0
        ? links.reduce((sum, link) => sum + link.quantity, 0)
        : Number(rows.reduce((sum, row) => sum + row.quantity, 0n)));
    const done = ending === 'success' ? quantity : 0;
    const producer = instance.roles['owner'] ?? otherParty(open, actor);
    const acting = turnOf(open);
    const mine = rolesOf(instance, actor);
    const name = nameOf(open);
    const licence = quote === undefined ? undefined : await licenceOf(chain.known, address);
    const runs = licence?.ok === true ? await sharedRuns(chain.known, licence.value) : [];
    const run = runs.at(-1);
    const title =
      quote === undefined
        ? (name?.title ?? paradigm.document.title[locale])
        : await modelTitle(chain.known, quote.designHash);
    return {
      id: addressToText(address),
      kind: quote === undefined ? 'agreement' : 'order',
      title,
      ...(quote === undefined ? {} : { modelId: bytesToHex(quote.designHash) }),
      paradigm: { id: bytesToHex(paradigm.id), name: paradigm.document.title[locale] },
      ...(producer === undefined ? {} : { producer: parties.ofBytes(producer) }),
      ...(quote === undefined
        ? {}
        : { machineId: addressToText(quote.machine), machineName: quote.profile.name }),
      quantity,
      done,
      running: ending === undefined ? quantity : 0,
      open: ending !== undefined && ending !== 'success' ? quantity : 0,
      state: instance.state,
      stateLabel: state?.label[locale] ?? instance.state,
      phase: phaseOf(open),
      turn: acting.flatMap((role) => {
        const account = instance.roles[role];
        return account === undefined
          ? []
          : [{ role: paradigm.roles[role]?.label[locale] ?? role, party: parties.ofBytes(account) }];
      }),
      yourTurn: acting.some((role) => mine.includes(role)),
      heldMicro: instance.heldMicro,
      spentMicro: links.reduce((sum, link) => sum + link.givenMicro - link.returnedMicro, 0n),
      ...(instance.deadlineS === undefined ? {} : { deadlineS: Number(instance.deadlineS) }),
      openedS: Number(instance.openedS),
      ...(run === undefined ? {} : { run }),
      link: quote === undefined ? 'agreement' : 'order',
    };
  }
}

const lineId = (contract: string, list: string, row: number) => `${contract}/${list}/${row}`;

function edgeOf(
  parent: string,
  child: string,
  { list, row, quantity, givenMicro, returnedMicro }: BranchLink,
): GraphEdge {
  return { from: lineId(parent, list, row), to: child, quantity, givenMicro, returnedMicro };
}

/** The role that is expected to act, as on the order's own page; nobody's while others fill its branches. */
function turnOf(open: OpenContract): readonly string[] {
  const { paradigm, instance } = open;
  const lists = Object.values(paradigm.document.branches ?? {});
  if (endingOf(open) !== undefined || lists.some((list) => list.while.includes(instance.state))) return [];
  return rolesToAct(paradigm, instance)
    .filter((role) => role in instance.roles)
    .slice(0, 1);
}

/** Waiting as long as nobody but whoever opened it has acted. */
function phaseOf(open: OpenContract): GraphNode['phase'] {
  const ending = endingOf(open);
  if (ending !== undefined) return ending === 'success' ? 'done' : 'failed';
  return open.quote !== undefined && open.instance.state === open.paradigm.opening.to ? 'waiting' : 'running';
}

/** Of an agreement, whoever is not the one who looks at it. */
function otherParty({ instance }: OpenContract, actor: Address): Address | undefined {
  const own = addressToText(actor);
  return Object.values(instance.roles).find((account) => addressToText(account) !== own);
}
