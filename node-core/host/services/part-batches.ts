// Batches: contracts in which a producer makes one design for several orders at once. Here for an order of a product that
// has pieces which nobody makes: which running batches would take them, tried as the chain will try it, and joining one.

import type { PartBatchView } from '../../api/index.ts';
import type { Clock, Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import { ParadigmNameState, paradigmNameKey } from '../../chain/index.ts';
import type { Address } from '../../identity/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { BranchRow, ParadigmValue } from '../../paradigm/index.ts';
import { applyEvent, fillBranch, takesBranches } from '../../paradigm/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainReader } from './chain-reader.ts';
import { type OpenContract, openContract, treeFault } from './contract-tree.ts';
import type { Identities } from './identities.ts';
import type { Parties } from './parties.ts';
import { createParadigmReader } from './published-paradigms.ts';

const partBatchFault = defineFaults('part-batches', {
  'part-batches.gone': {
    message: 'This batch does not take these pieces any more.',
    next: 'Look at what is offered now; the pieces may have a producer already.',
  },
});

/** The paradigm of batches that is allowed in orders of products beside those of their bill. */
const PART_BATCH_PARADIGM = 'part-batch';
/** Newest agreements that are looked through. */
const LOOKED_AT_MAX = 100;

export type PartBatchParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly clock: Clock;
};

/** Pieces of an order that nobody makes. */
type Gap = { readonly list: string; readonly row: number; readonly state: BranchRow };
type Taking = { readonly event: string; readonly amountMicro: bigint };

export class PartBatches {
  readonly #parts: PartBatchParts;
  readonly #paradigm = createParadigmReader();

  constructor(parts: PartBatchParts) {
    this.#parts = parts;
  }

  /** For each line with open pieces, the batches that would take all of them within its price. */
  async offers(order: string): Promise<Result<PartBatchView[]>> {
    const { chain, parties } = this.#parts;
    const parent = await this.#open(chain.known, order);
    if (!parent.ok) return parent;
    const gaps = gapsOf(parent.value);
    if (gaps.length === 0) return ok([]);
    const ids = await chain.known.list('agreements');
    if (!ids.ok) return ids;
    const views: PartBatchView[] = [];
    for (const id of ids.value.slice(-LOOKED_AT_MAX).toReversed()) {
      const batch = await openContract(chain.known, this.#paradigm, id);
      if (!batch.ok) continue;
      for (const gap of gaps) {
        const taking = this.#taking(parent.value, gap, batch.value);
        const { deadlineS, roles } = batch.value.instance;
        const producer = roles[batch.value.paradigm.opening.by[0] ?? ''];
        if (taking === undefined || deadlineS === undefined || producer === undefined) continue;
        views.push({
          id: addressToText(id),
          line: `${order}/${gap.list}/${gap.row}`,
          producer: parties.ofBytes(producer),
          pieces: Number(gap.state.open),
          amountMicro: taking.amountMicro,
          deadlineS: Number(deadlineS),
        });
      }
    }
    return ok(views);
  }

  /** All open pieces of the line go to the batch, with the money that the order holds for them. */
  async take(actor: string, line: string, batchId: string): Promise<Result<void>> {
    const { chain, identities } = this.#parts;
    const [order = '', list = '', row = ''] = line.split('/');
    const parent = await this.#open(chain, order);
    if (!parent.ok) return parent;
    const batch = await this.#open(chain, batchId);
    if (!batch.ok) return batch;
    const gap = gapsOf(parent.value).find((one) => one.list === list && one.row === Number(row));
    const taking = gap === undefined ? undefined : this.#taking(parent.value, gap, batch.value);
    if (gap === undefined || taking === undefined) return refuse(partBatchFault('part-batches.gone'));
    const sent = await chain.submit(identities.keyPair(actor), {
      type: 'contract.event',
      instance: batch.value.address,
      event: taking.event,
      args: {},
      parent: { contract: parent.value.address, list, row: gap.row, quantity: Number(gap.state.open) },
    });
    return sent.ok ? ok(undefined) : sent;
  }

  async #open(chain: ChainReader, id: string): Promise<Result<OpenContract>> {
    const address = parseAddress(id);
    return address === undefined
      ? refuse(treeFault('graphs.unknown'))
      : openContract(chain, this.#paradigm, address);
  }

  /** What the chain would do: the batch takes the pieces, and the order may pay what that costs. */
  #taking(parent: OpenContract, { list, row, state }: Gap, batch: OpenContract): Taking | undefined {
    const { paradigm, instance } = batch;
    const caller = principalOf(parent, list);
    const steps = [...(paradigm.steps.get(instance.state) ?? [])];
    const [event, step] = steps.find(([, one]) => takesBranches(one)) ?? [];
    if (caller === undefined || event === undefined || step === undefined) return undefined;
    const timeS = BigInt(Math.floor(this.#parts.clock.nowMs() / 1000));
    const args: Record<string, ParadigmValue> = {};
    for (const [name, { binds }] of Object.entries(step.args)) {
      if (binds === 'branch.item') args[name] = state.item;
      if (binds === 'branch.quantity') args[name] = state.open;
    }
    const applied = applyEvent(paradigm, instance, { event, caller, args, timeS });
    if (!applied.ok) return undefined;
    const { effects } = applied.value;
    const amountMicro = effects.reduce(
      (sum, effect) => (effect.kind === 'hold' ? sum + effect.amountMicro : sum),
      0n,
    );
    const quantity = state.open;
    const filling = { list, row, quantity, amountMicro, timeS, caller, paradigm: paradigm.id };
    return fillBranch(parent.paradigm, parent.instance, filling).ok ? { event, amountMicro } : undefined;
  }
}

/** Its id where it is published: orders of products name it, so that what finds no producer can join a batch. */
export async function batchParadigm(
  chain: Pick<ChainReader, 'read'>,
): Promise<Result<Uint8Array | undefined>> {
  const named = await chain.read(ParadigmNameState, paradigmNameKey(PART_BATCH_PARADIGM));
  return named.ok ? ok(named.value?.value.paradigm) : named;
}

function gapsOf({ paradigm, instance }: OpenContract): Gap[] {
  return Object.entries(paradigm.document.branches ?? {}).flatMap(([list, declared]) =>
    declared.items === undefined || !declared.while.includes(instance.state)
      ? []
      : (instance.branches?.[list] ?? []).flatMap((state, row) =>
          state.open > 0n ? [{ list, row, state }] : [],
        ),
  );
}

function principalOf({ paradigm, instance }: OpenContract, list: string): Address | undefined {
  return instance.roles[paradigm.document.branches?.[list]?.for ?? ''];
}
