// Runs that copies of several orders share: the printer's console has its machine record them on the chain before they
// begin, and every console reads from there, proven, which copies of a run are whose.

import type { RunView } from '../../api/index.ts';
import type { Bytes, Log, Result } from '../../base/index.ts';
import { bytesToHex, equalBytes, ok } from '../../base/index.ts';
import { LicenceState, licenceKey, RUN_ORDERS_MAX, RunState, runKey } from '../../chain/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainReader } from './chain-reader.ts';
import type { Identities } from './identities.ts';
import type { JobStore } from './job-store.ts';
import type { Machines } from './machines.ts';
import type { OpenOrder, Orders } from './orders.ts';

export type Licence = { readonly address: Bytes; readonly state: LicenceState };

/** The licence of an order; undefined before it is accepted. */
export async function licenceOf(chain: ChainReader, order: Bytes): Promise<Result<Licence | undefined>> {
  const ids = await chain.list('licences-of', order);
  if (!ids.ok) return ids;
  const [address] = ids.value;
  if (address === undefined) return ok(undefined);
  const state = await chain.read(LicenceState, licenceKey(address));
  if (!state.ok) return state;
  return ok(state.value === undefined ? undefined : { address, state: state.value.value });
}

/** Runs of the order with others, oldest first. A run that the others have left is none. */
export async function sharedRuns(chain: ChainReader, licence: Licence | undefined): Promise<RunView[]> {
  const views: RunView[] = [];
  for (const id of licence?.state.runs ?? []) {
    const run = await chain.read(RunState, runKey(id));
    if (!run.ok || run.value === undefined || licence === undefined) continue;
    const view = viewOf(id, run.value.value, licence.address);
    if (view !== undefined) views.push(view);
  }
  return views;
}

function viewOf(id: Bytes, { parts, recordedS }: RunState, licence: Bytes): RunView | undefined {
  if (parts.length < 2) return undefined;
  let copies = 0;
  const placed = parts.map((part) => {
    const from = copies + 1;
    copies += part.to - part.from + 1;
    return { part, from, to: copies, own: equalBytes(part.licence, licence) };
  });
  const own = placed.find((place) => place.own);
  if (own === undefined) return undefined;
  return {
    id: bytesToHex(id),
    recordedS: Number(recordedS),
    orders: parts.length,
    copies,
    from: own.from,
    to: own.to,
    copyFrom: own.part.from,
    copyTo: own.part.to,
    parts: placed.map(({ part, ...place }) => ({ orderId: addressToText(part.contract), ...place })),
  };
}

export type SharedRunParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly machines: Machines;
  readonly orders: Orders;
  readonly store: JobStore;
  readonly log: Log;
};

type RunPart = { readonly licence: Licence; readonly from: number; readonly to: number };

export class SharedRuns {
  readonly #parts: SharedRunParts;

  constructor(parts: SharedRunParts) {
    this.#parts = parts;
  }

  /** Has the run recorded that waiting copies of the order were put in, unless the chain has it so already. */
  async record(order: OpenOrder): Promise<void> {
    const { chain, identities, machines, log } = this.#parts;
    const machineId = addressToText(order.quote.machine);
    const row = machines.row(machineId);
    if (!row.ok || order.licence === undefined) return;
    const parts = await this.#waiting(order.id);
    if (parts.length < 2 || (await this.#isRecorded(order.licence, parts))) return;
    const message = {
      type: 'licence.gather',
      parts: parts.map(({ licence, from, to }) => ({ licence: licence.address, from, to })),
    } as const;
    const sponsor = identities.keyPair(row.value.owner);
    const sent = await chain.submit(machines.keyPair(machineId), message, sponsor);
    if (!sent.ok) log('warn', 'run.refused', { order: order.id, code: sent.fault.code });
  }

  /** Copies of the order's run that were never begun, order by order as they stand in the queue. */
  async #waiting(orderId: string): Promise<RunPart[]> {
    const { store, orders } = this.#parts;
    const waiting = store.state.jobs.filter(({ phase }) => phase === 'waiting');
    const run = waiting.find((job) => job.orderId === orderId && job.run !== undefined)?.run;
    if (run === undefined) return [];
    const together = waiting.filter((job) => job.run === run);
    const parts: RunPart[] = [];
    for (const id of new Set(together.map((job) => job.orderId))) {
      const order = await orders.open(id);
      if (!order.ok || order.value.licence === undefined || order.value.instance.deadlineS === undefined)
        continue;
      const { licence } = order.value;
      const copies = together
        .filter((job) => job.orderId === id && job.copy > licence.state.used)
        .map((job) => job.copy);
      const from = Math.min(...copies);
      // One that was taken out of the queue ends it: copies are used up in their order.
      const count = copies.findIndex((copy, index) => copy !== from + index);
      const to = from + (count === -1 ? copies.length : count) - 1;
      if (copies.length > 0) parts.push({ licence, from, to });
    }
    return parts.slice(0, RUN_ORDERS_MAX);
  }

  async #isRecorded(licence: Licence, parts: readonly RunPart[]): Promise<boolean> {
    const last = licence.state.runs?.at(-1);
    if (last === undefined) return false;
    const run = await this.#parts.chain.read(RunState, runKey(last));
    // Where the chain does not answer, nothing is sent to it either.
    if (!run.ok || run.value === undefined) return true;
    const recorded = run.value.value.parts;
    return parts.every(({ licence: own, from, to }) =>
      recorded.some((part) => equalBytes(part.licence, own.address) && part.from <= from && part.to === to),
    );
  }
}
