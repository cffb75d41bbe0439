// A job made for an order: its licence on chain is used up copy by copy and closed by reports of the machine, which signs;
// its owner pays the fees.

import type { Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import { CopyState, copyKey } from '../../chain/index.ts';
import type { BlockStore } from '../../content/index.ts';
import { contentBlocks } from '../../content/index.ts';
import { addressToText, unwrapKey } from '../../identity/index.ts';
import type { Job } from '../../jobs/index.ts';
import { parseRecord, recordHash, TelemetryEntry } from '../../records/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { Identities } from './identities.ts';
import type { JobStore } from './job-store.ts';
import { gcodeKey, releaseContext } from './keyring.ts';
import type { Machines } from './machines.ts';
import type { CopyInBooks, Mandate, RemoteSource, SealedSource } from './mandate.ts';
import type { OpenOrder } from './orders.ts';
import { productionFault } from './production-faults.ts';
import type { Quotes } from './quotes.ts';

export type OrderMandateParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly machines: Machines;
  readonly quotes: Quotes;
  readonly store: JobStore;
  readonly blocks: BlockStore;
};

export class OrderMandate implements Mandate {
  readonly #parts: OrderMandateParts;
  readonly #order: OpenOrder;

  constructor(parts: OrderMandateParts, order: OpenOrder) {
    this.#parts = parts;
    this.#order = order;
  }

  /** Whoever designed it and whoever makes it are two. */
  get isEntrusted(): boolean {
    const { designer, owner } = this.#order.quote;
    return addressToText(designer) !== addressToText(owner);
  }

  /**
   * The quoted G-code as it lies encrypted, with the key that was released to this machine; of a designer elsewhere, who
   * keeps both.
   */
  async source(): Promise<Result<SealedSource | RemoteSource>> {
    const { quotes, machines, blocks } = this.#parts;
    const { licence, quote } = this.#order;
    const contentId = quotes.gcodeContentId(bytesToHex(recordHash(quote)));
    if (licence?.state.wrappedKey == null) return refuse(productionFault('production.gcode.missing'));
    const designer = addressToText(quote.designer);
    if (contentId === undefined && !this.#parts.identities.holds(designer))
      return ok({
        kind: 'remote',
        owner: addressToText(quote.owner),
        designer,
        licence: licence.address,
      });
    if (contentId === undefined) return refuse(productionFault('production.gcode.missing'));
    const secret = machines.keyPair(addressToText(quote.machine)).secretKey;
    const modelKey = unwrapKey(licence.state.wrappedKey, secret, releaseContext(licence.address));
    if (!modelKey.ok) return modelKey;
    const sealed = contentBlocks(contentId, blocks);
    if (!sealed.ok) return sealed;
    return ok({
      kind: 'sealed',
      contentId,
      key: gcodeKey(modelKey.value, quote.slice.gcodeHash),
      blocks: sealed.value,
    });
  }

  async copy(job: Job): Promise<Result<CopyInBooks>> {
    const { licence } = this.#order;
    if (licence === undefined) return refuse(productionFault('production.gcode.missing'));
    const found = await this.#parts.chain.read(CopyState, copyKey(licence.address, job.copy));
    if (!found.ok) return found;
    if (found.value === undefined) return ok('untouched');
    const { report } = found.value.value;
    return ok(report === null ? 'open' : report.outcome === 'finished' ? 'finished' : 'ended');
  }

  async spend(job: Job): Promise<Result<void>> {
    const { licence, quote } = this.#order;
    if (licence === undefined) return refuse(productionFault('production.gcode.missing'));
    return this.#submit(job, {
      type: 'licence.use',
      licence: licence.address,
      copy: job.copy,
      gcodeHash: quote.slice.gcodeHash,
    });
  }

  async report(job: Job): Promise<Result<void>> {
    const { entries } = this.#parts.store.log(job.id, job.attempt);
    const last = entries.at(-1);
    const parsed = last === undefined ? undefined : parseRecord(TelemetryEntry, 'telemetry', last);
    const { licence } = this.#order;
    if (licence === undefined || parsed?.ok !== true || parsed.value.event.type !== 'end')
      return refuse(productionFault('production.gcode.missing'));
    return this.#submit(job, {
      type: 'licence.report',
      licence: licence.address,
      copy: job.copy,
      telemetryHead: recordHash(parsed.value),
      entries: entries.length,
      outcome: parsed.value.event.outcome,
    });
  }

  async #submit(job: Job, message: Parameters<ChainClient['submit']>[1]): Promise<Result<void>> {
    const { machines, identities, chain } = this.#parts;
    const row = machines.row(job.machineId);
    if (!row.ok) return row;
    const sponsor = identities.keyPair(row.value.owner);
    const sent = await chain.submit(machines.keyPair(job.machineId), message, sponsor);
    return sent.ok ? ok(undefined) : sent;
  }
}
