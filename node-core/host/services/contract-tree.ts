// A contract and what fills its branches, read with proof: who makes what below it, and how each of these stands.

import type { Bytes, Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import type { BranchLink } from '../../chain/index.ts';
import { ContractState, contractKey, NO_QUOTE, quoteKey } from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import { addressToText, sameAddress } from '../../identity/index.ts';
import type { Instance, Paradigm } from '../../paradigm/index.ts';
import { parseInstance } from '../../paradigm/index.ts';
import { parseRecord, QuoteRecord } from '../../records/index.ts';
import type { ChainReader } from './chain-reader.ts';
import type { ReadParadigmOf } from './published-paradigms.ts';

export const treeFault = defineFaults('graphs', {
  'graphs.unknown': {
    message: 'There is no such contract.',
    next: 'Choose one from the list of your orders.',
  },
});

export type OpenContract = {
  readonly address: Address;
  readonly contract: ContractState;
  readonly instance: Instance;
  readonly paradigm: Paradigm;
  /** Of an order; agreements have none. */
  readonly quote: QuoteRecord | undefined;
  readonly height: bigint;
};

/** A contract below another one, with the branches that it fills there. */
export type Child = OpenContract & { readonly links: readonly BranchLink[] };

export async function openContract(
  chain: ChainReader,
  paradigmOf: ReadParadigmOf,
  address: Address,
): Promise<Result<OpenContract>> {
  const found = await chain.read(ContractState, contractKey(address));
  if (!found.ok) return found;
  if (found.value === undefined) return refuse(treeFault('graphs.unknown'));
  const { value: contract, height } = found.value;
  const instance = parseInstance(contract.instance);
  if (!instance.ok) return instance;
  const paradigm = await paradigmOf(chain, contract.paradigm);
  if (!paradigm.ok) return paradigm;
  const quote = await quoteOf(chain, contract);
  if (!quote.ok) return quote;
  return ok({
    address,
    contract,
    instance: instance.value,
    paradigm: paradigm.value,
    quote: quote.value,
    height,
  });
}

async function quoteOf(
  chain: ChainReader,
  { quote }: ContractState,
): Promise<Result<QuoteRecord | undefined>> {
  if (sameBytes(quote, NO_QUOTE.quote)) return ok(undefined);
  const bytes = await chain.readBytes(quoteKey(quote));
  if (!bytes.ok) return bytes;
  return parseRecord(QuoteRecord, 'quote', bytes.value.value ?? new Uint8Array(0));
}

const sameBytes = (a: Bytes, b: Bytes) =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Everything that fills branches of the contract, each once, in the order in which it came. */
export async function childrenOf(
  chain: ChainReader,
  paradigmOf: ReadParadigmOf,
  parent: Address,
): Promise<Result<Child[]>> {
  const ids = await chain.list('branches-of', parent);
  if (!ids.ok) return ids;
  const seen = new Set<string>();
  const children: Child[] = [];
  for (const id of ids.value) {
    const name = addressToText(id);
    // A job that several branches of one order joined is listed once for each.
    if (seen.has(name)) continue;
    seen.add(name);
    const child = await openContract(chain, paradigmOf, id);
    // Some time after its end a contract leaves the state; what it did is in the rows of its parent.
    if (!child.ok && child.fault.code === 'graphs.unknown') continue;
    if (!child.ok) return child;
    const links = (child.value.contract.branches ?? []).filter((link) => sameAddress(link.contract, parent));
    children.push({ ...child.value, links });
  }
  return ok(children);
}

/** How a contract ended; undefined while it runs. */
export function endingOf({
  paradigm,
  instance,
}: OpenContract): 'success' | 'refund' | 'compromise' | undefined {
  return paradigm.states[instance.state]?.final;
}
