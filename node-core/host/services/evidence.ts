// Gathers what proves an order into one file, and checks the file before handing it out: a file that would not verify is
// never exported.

import type { EvidenceReport } from '../../api/index.ts';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, ok, refuse } from '../../base/index.ts';
import type { Engine, TxInclusion } from '../../chain/index.ts';
import {
  ContractEndState,
  ContractState,
  contractEndKey,
  contractKey,
  decodeTx,
  licenceKey,
  linkedAddress,
  machineKey,
  modelKey,
  ParadigmState,
  paradigmKey,
  paramsKey,
  parseState,
} from '../../chain/index.ts';
import { encodeLightBlock, headerHash } from '../../comet/index.ts';
import type { Evidence } from '../../evidence/index.ts';
import {
  encodeEvidence,
  parseEvidence,
  toEvidenceState,
  toEvidenceTransaction,
  toLinkedState,
  verifyEvidence,
} from '../../evidence/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { LightNode } from '../../light/index.ts';
import { parseRecord, recordHash, TelemetryEntry } from '../../records/index.ts';
import type { ChainIndex } from './chain-index.ts';
import type { JobStore } from './job-store.ts';
import type { OpenOrder, Orders } from './orders.ts';
import type { Releases } from './releases.ts';

const evidenceServiceFault = defineFaults('evidence-export', {
  'evidence-export.incomplete': {
    message: 'The evidence of this order is not complete on this console: {link}.',
    next: 'Export it on the console of the printer owner, which holds the record of the print.',
  },
});

export type EvidenceParts = {
  readonly engine: Engine;
  readonly light: LightNode;
  readonly index: ChainIndex;
  readonly orders: Orders;
  readonly store: JobStore;
  readonly releases: Pick<Releases, 'file'>;
};

export class EvidenceService {
  readonly #parts: EvidenceParts;

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
  }

  /** Where this console released the print file, the machine's story is compared with the one that it was told. */
  verify(file: Bytes): EvidenceReport {
    const parsed = parseEvidence(file);
    const release = parsed.ok ? this.#parts.releases.file(addressToText(parsed.value.order)) : undefined;
    // Each signature was checked when it came.
    const checked = { verifyRelease: () => true };
    const report = verifyEvidence(file, release === undefined ? {} : { release, ...checked });
    return { ...report, links: [...report.links], trust: { ...report.trust } } as EvidenceReport;
  }

  async export(id: string): Promise<Result<{ readonly fileName: string; readonly bytes: Bytes }>> {
    const order = await this.#parts.orders.open(id);
    if (!order.ok) return order;
    const height = this.#height();
    const transactions = await this.#transactions(id, height);
    if (!transactions.ok) return transactions;
    const states = await this.#states(order.value, height);
    if (!states.ok) return states;
    const linked = await this.#linked(order.value, transactions.value);
    if (!linked.ok) return linked;
    const heights = heightsOf(transactions.value, [...states.value, ...(linked.value.linked ?? [])]);
    const blocks = await this.#parts.light.proofChain(heights);
    if (!blocks.ok) return blocks;
    const first = blocks.value[0];
    if (first === undefined)
      return refuse(evidenceServiceFault('evidence-export.incomplete', { link: 'headers' }));
    const bytes = encodeEvidence({
      chainId: this.#parts.engine.status().chainId,
      order: parseAddress(id) ?? new Uint8Array(20),
      trust: { height: first.header.height, hash: headerHash(first.header) },
      blocks: blocks.value.map(encodeLightBlock),
      transactions: transactions.value.map(toEvidenceTransaction),
      states: states.value,
      telemetry: this.#telemetry(order.value, transactions.value),
      ...linked.value,
    });
    const report = verifyEvidence(bytes);
    if (!report.ok)
      return refuse(evidenceServiceFault('evidence-export.incomplete', { link: report.broken ?? '' }));
    return ok({ fileName: `order-${id.slice(2, 10).toLowerCase()}.dipnet-evidence`, bytes });
  }

  /** The newest one whose header proves the state after it, and of which every transaction is known here. */
  #height(): bigint {
    const proven = this.#parts.engine.status().height - 1n;
    const known = BigInt(this.#parts.index.height());
    return known < proven ? known : proven;
  }

  /** Every transaction of the order up to a height, in the order of the chain. */
  async #transactions(id: string, height: bigint): Promise<Result<TxInclusion[]>> {
    const hashes = new Set<string>();
    for (const step of this.#parts.index.steps(id)) if (step.tx_hash !== null) hashes.add(step.tx_hash);
    const inclusions: TxInclusion[] = [];
    for (const hash of hashes) {
      const inclusion = await this.#parts.engine.txByHash(hexToBytes(hash));
      if (!inclusion.ok) return inclusion;
      if (inclusion.value.height <= height) inclusions.push(inclusion.value);
    }
    return ok(inclusions.sort((a, b) => Number(a.height - b.height) || a.index - b.index));
  }

  /** The records that the links reason about, all at one height. */
  async #states(order: OpenOrder, height: bigint): Promise<Result<Evidence['states']>> {
    const { engine } = this.#parts;
    const address = parseAddress(order.id) ?? new Uint8Array(20);
    const keys = [
      paramsKey(),
      paradigmKey(order.contract.paradigm),
      modelKey(order.contract.designHash),
      machineKey(order.contract.machine),
      contractKey(address),
      ...(order.licence === undefined ? [] : [licenceKey(order.licence.address)]),
    ];
    const states: Evidence['states'] = [];
    for (const key of keys) {
      const proof = await engine.query(key, height);
      if (!proof.ok) return proof;
      // The licence may be newer.
      if (proof.value.value !== undefined) states.push(toEvidenceState(proof.value));
    }
    return ok(states);
  }

  /** How the contracts that the order is linked to stood around each of its steps. */
  async #linked(
    order: OpenOrder,
    transactions: readonly TxInclusion[],
  ): Promise<Result<Pick<Evidence, 'linked' | 'documents'>>> {
    const { engine } = this.#parts;
    const targets = linkTargets(order);
    if (targets.length === 0) return ok({});
    const steps = [...transactions.map(({ height }) => height), order.contract.updatedHeight];
    const heights = new Set(steps.flatMap((height) => [height - 1n, height]));
    const linked: NonNullable<Evidence['linked']> = [];
    const documents = new Map<string, Bytes>();
    for (const height of heights) {
      for (const target of targets) {
        const records = [
          [contractKey(target), ContractState],
          [contractEndKey(target), ContractEndState],
        ] as const;
        for (const [key, schema] of records) {
          const proof = await engine.query(key, height);
          if (!proof.ok) return proof;
          linked.push(toLinkedState(proof.value));
          const state = proof.value.value === undefined ? undefined : parseState(schema, proof.value.value);
          if (state?.ok !== true) continue;
          const document = await this.#document(state.value.paradigm);
          if (!document.ok) return document;
          documents.set(bytesToHex(state.value.paradigm), document.value);
        }
      }
    }
    return ok({ linked, documents: [...documents.values()] });
  }

  async #document(paradigm: Bytes): Promise<Result<Bytes>> {
    const { engine } = this.#parts;
    const proof = await engine.query(paradigmKey(paradigm), engine.status().height - 1n);
    if (!proof.ok) return proof;
    const published = parseState(ParadigmState, proof.value.value ?? new Uint8Array(0));
    return published.ok ? ok(published.value.document) : published;
  }

  /** The log behind each report, found by the head that the report names. */
  #telemetry(order: OpenOrder, transactions: readonly TxInclusion[]): Evidence['telemetry'] {
    const logs = new Map<string, Omit<Evidence['telemetry'][number], 'copy'>>();
    for (const job of this.#parts.store.ofOrder(order.id)) {
      for (let attempt = 1; attempt <= job.attempt; attempt++) {
        const log = this.#parts.store.log(job.id, attempt);
        const last = log.entries.at(-1);
        const parsed = last === undefined ? undefined : parseRecord(TelemetryEntry, 'telemetry', last);
        if (parsed?.ok === true)
          logs.set(bytesToHex(recordHash(parsed.value)), {
            entries: [...log.entries],
            checkpoints: [...log.checkpoints],
          });
      }
    }
    const telemetry: Evidence['telemetry'] = [];
    for (const { tx } of transactions) {
      const decoded = decodeTx(tx);
      const message = decoded.ok ? decoded.value.body.message : undefined;
      if (message?.type !== 'licence.report') continue;
      const log = logs.get(bytesToHex(message.telemetryHead));
      if (log !== undefined) telemetry.push({ copy: message.copy, ...log });
    }
    return telemetry;
  }
}

/** Accounts of the contracts that its links name, running or still to be opened. */
function linkTargets({ id, paradigm, instance }: OpenOrder): readonly Bytes[] {
  const own = parseAddress(id) ?? new Uint8Array(20);
  return Object.entries(paradigm.document.links ?? {}).flatMap(([name, link]) => {
    const value = instance.params['contract' in link ? link.contract : link.opens];
    if (!(value instanceof Uint8Array)) return [];
    return ['contract' in link ? value : linkedAddress(own, value, name)];
  });
}

function heightsOf(
  transactions: readonly TxInclusion[],
  states: readonly { readonly height: bigint }[],
): bigint[] {
  const heights = transactions.flatMap(({ height }) => [height, height + 1n]);
  return [...heights, ...states.map((state) => state.height + 1n)];
}
