// Quotes: the model is sliced for one machine, the price is computed from the figures, and the G-code that was priced is
// kept encrypted under the model's key, so that exactly it can be printed once the licence is released.

import type { QuoteView } from '../../api/index.ts';
import type { Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, ok, refuse } from '../../base/index.ts';
import type { MachineState } from '../../chain/index.ts';
import type { BlockStore, ContentCrypto } from '../../content/index.ts';
import { storeContent } from '../../content/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { GuardRules } from '../../models/index.ts';
import { computeQuote, findOffer } from '../../quote/index.ts';
import type { MaterialOffer, SliceSettings } from '../../records/index.ts';
import {
  encodeRecord,
  isPrinter,
  type MachineProfile,
  parseRecord,
  QuoteRecord,
  RegisteredMachine,
  recordHash,
} from '../../records/index.ts';
import type { Slicers } from '../adapters/slicer.ts';
import { fitsVolume } from '../adapters/slicer-job.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import { gcodeKey } from './keyring.ts';
import type { Models, OpenModel } from './models.ts';
import type { Report } from './tasks.ts';
import { stopFault } from './tasks.ts';

export const quoteServiceFault = defineFaults('quotes', {
  'quotes.unknown': {
    message: 'This quote is not known here.',
    next: 'Ask for a new quote.',
  },
  'quotes.machine.unknown': {
    message: 'This printer is not registered on this network.',
    next: 'Choose another printer.',
  },
  'quotes.machine.no-printer': {
    message: 'This machine cuts; it cannot print a model.',
    next: 'Choose a 3D printer.',
  },
  'quotes.material.unknown': {
    message: 'This printer does not offer {material} in this colour.',
    next: 'Choose a material and colour that it offers, or another printer.',
  },
  'quotes.too-large': {
    message: 'The model is {model} mm and does not fit the printer, which builds {machine} mm.',
    next: 'Choose a larger printer, or ask the designer for a model that is turned or smaller.',
  },
});

/** A quote stands for a day: rates and prices on chain may change after. */
const VALID_S = 24 * 3600;
/** Slicing a large model takes minutes; more than this is a slicer that hangs. */
export const SLICE_TIMEOUT_MS = 10 * 60 * 1000;

export type QuoteRequest = {
  readonly modelId: string;
  readonly machineId: string;
  readonly quantity: number;
  readonly material: string;
  readonly colour: string;
  readonly settings: SliceSettings;
};

export type QuoteParts = {
  readonly database: Sqlite;
  readonly chain: ChainClient;
  readonly models: Models;
  readonly machineState: (id: string) => Promise<Result<MachineState>>;
  /** What the owner of a machine of this console allows. */
  readonly guardRules: (id: string) => GuardRules;
  readonly slicers: Slicers;
  readonly sliceTimeoutMs: number;
  readonly blocks: BlockStore;
  readonly crypto: ContentCrypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly pause: () => Promise<void>;
};

type QuoteRow = {
  readonly id: string;
  readonly record: Buffer;
  readonly gcode_content_id: string;
  readonly warnings: string;
};

type Offer = {
  readonly machine: MachineState;
  readonly profile: MachineProfile;
  readonly material: MaterialOffer;
};

export type Quotes = QuotesService;

export class QuotesService {
  readonly #parts: QuoteParts;

  constructor(parts: QuoteParts) {
    this.#parts = parts;
  }

  /** Slices and prices; the result names the quote. */
  async request(
    request: QuoteRequest,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<{ readonly resultId: string }>> {
    report('reading', null);
    const opened = await this.#parts.models.open(request.modelId);
    if (!opened.ok) return opened;
    const offer = await this.#offer(request);
    if (!offer.ok) return offer;
    const fits = checkSize(opened.value, offer.value.profile);
    if (!fits.ok) return fits;
    const sliced = await this.#slice(opened.value, offer.value, request, signal, report);
    if (!sliced.ok) return sliced;
    report('pricing', null);
    const { gcode, stats } = sliced.value;
    const quote = await this.#price(opened.value, offer.value, request, stats);
    if (!quote.ok) return quote;
    if (signal.aborted) return refuse(stopFault(signal));
    const key = gcodeKey(opened.value.key, stats.gcodeHash);
    const { blocks, random, crypto, pause } = this.#parts;
    const gcodeContentId = await storeContent({ file: gcode, key, store: blocks, random, crypto, pause });
    return ok({ resultId: this.#store(quote.value, gcodeContentId, []) });
  }

  record(id: string): QuoteRecord | undefined {
    const row = this.#row(id);
    if (row === undefined) return undefined;
    const parsed = parseRecord(QuoteRecord, 'quote', new Uint8Array(row.record));
    return parsed.ok ? parsed.value : undefined;
  }

  /** Where the priced G-code lies, encrypted. */
  gcodeContentId(id: string): string | undefined {
    return this.#row(id)?.gcode_content_id;
  }

  async get(id: string): Promise<Result<QuoteView>> {
    const record = this.record(id);
    return record === undefined ? refuse(quoteServiceFault('quotes.unknown')) : ok(await this.view(record));
  }

  async view(record: QuoteRecord): Promise<QuoteView> {
    const id = bytesToHex(recordHash(record));
    const modelId = bytesToHex(record.designHash);
    const model = await this.#parts.models.state(modelId);
    const warnings = JSON.parse(this.#row(id)?.warnings ?? '[]') as QuoteView['warnings'];
    return {
      id,
      modelId,
      modelTitle: model.ok ? model.value.value.title : '',
      machineId: addressToText(record.machine),
      machineName: record.profile.name,
      quantity: record.quantity,
      material: record.material,
      colour: record.colour,
      settings: record.settings,
      slicer: `${record.slice.slicer} ${record.slice.slicerVersion}`,
      secondsPerCopy: record.slice.seconds,
      milligramsPerCopy: record.slice.milligrams,
      layers: record.slice.layers,
      gcodeHash: bytesToHex(record.slice.gcodeHash),
      lines: record.lines.map((line) => ({ ...line })),
      payouts: { ...record.payouts },
      totalMicro: record.totalMicro,
      createdS: record.createdS,
      validUntilS: record.validUntilS,
      warnings,
    };
  }

  #row(id: string): QuoteRow | undefined {
    return this.#parts.database.prepare<[string], QuoteRow>('SELECT * FROM quotes WHERE id = ?').get(id);
  }

  async #offer(request: QuoteRequest): Promise<Result<Offer>> {
    const machine = await this.#parts.machineState(request.machineId);
    if (!machine.ok) return machine;
    const profile = parseRecord(RegisteredMachine, 'machine', machine.value.profile);
    if (!profile.ok) return profile;
    if (!isPrinter(profile.value)) return refuse(quoteServiceFault('quotes.machine.no-printer'));
    const material = findOffer(profile.value, request.material, request.colour);
    if (material === undefined) {
      return refuse(
        quoteServiceFault('quotes.material.unknown', { material: request.material.slice(0, 40) }),
      );
    }
    return ok({ machine: machine.value, profile: profile.value, material });
  }

  async #slice(opened: OpenModel, offer: Offer, request: QuoteRequest, signal: AbortSignal, report: Report) {
    const { profile, material } = offer;
    const job = {
      model: opened.file,
      name: opened.model.title,
      profile,
      material,
      settings: request.settings,
      rules: this.#parts.guardRules(request.machineId),
    };
    const onProgress = (progress: number | null) => report('slicing', progress);
    onProgress(null);
    const { slicers, sliceTimeoutMs: timeoutMs } = this.#parts;
    return slicers.slice(job, { signal, timeoutMs, onProgress });
  }

  async #price(
    opened: OpenModel,
    offer: Offer,
    request: QuoteRequest,
    slice: QuoteRecord['slice'],
  ): Promise<Result<QuoteRecord>> {
    const params = await this.#parts.chain.params();
    if (!params.ok) return params;
    const machine = parseAddress(request.machineId);
    if (machine === undefined) return refuse(quoteServiceFault('quotes.machine.unknown'));
    // The chain's own time, which judges the validity, may run ahead of this clock by a heartbeat.
    const createdS = Math.floor(this.#parts.clock.nowMs() / 1000);
    return computeQuote({
      chainId: params.value.chainId,
      designHash: hexToBytes(request.modelId),
      designer: opened.model.designer,
      machine,
      owner: offer.machine.owner,
      quantity: request.quantity,
      material: request.material,
      colour: request.colour,
      settings: request.settings,
      slice,
      profile: offer.profile,
      licenceMicroPerCopy: opened.model.priceMicroPerCopy,
      authorBasisPoints: params.value.authorBasisPoints,
      networkBasisPoints: params.value.networkBasisPoints,
      createdS,
      validUntilS: createdS + VALID_S,
    });
  }

  #store(record: QuoteRecord, gcodeContentId: string, warnings: QuoteView['warnings']): string {
    const id = bytesToHex(recordHash(record));
    this.#parts.database
      .prepare(
        'INSERT OR IGNORE INTO quotes (id, record, gcode_content_id, warnings, created_ms) VALUES (?, ?, ?, ?, ?)',
      )
      .run(id, encodeRecord(record), gcodeContentId, JSON.stringify(warnings), this.#parts.clock.nowMs());
    this.#parts.bus.changed('quotes', id);
    return id;
  }
}

function checkSize({ model }: OpenModel, { volumeMm }: MachineProfile): Result<void> {
  const mm = (um: number) => (um / 1000).toFixed(1);
  const { x, y, z } = model.sizeUm;
  if (fitsVolume(model.sizeUm, volumeMm)) return ok(undefined);
  const machine = `${volumeMm.x} × ${volumeMm.y} × ${volumeMm.z}`;
  return refuse(quoteServiceFault('quotes.too-large', { model: `${mm(x)} × ${mm(y)} × ${mm(z)}`, machine }));
}
