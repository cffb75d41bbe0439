// Quotes: the model is sliced for one machine, the price is computed from the figures, and the G-code that was priced is
// kept encrypted under the model's key, so that exactly it can be printed once the licence is released.

import type { QuoteView } from '../../api/index.ts';
import type { Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, ok, refuse } from '../../base/index.ts';
import type { MachineState, ParamsState } from '../../chain/index.ts';
import type { BlockStore, ContentCrypto } from '../../content/index.ts';
import { contentBlocks, storeContent } from '../../content/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { GuardRules } from '../../models/index.ts';
import { computeQuote, findOffer } from '../../quote/index.ts';
import type { MaterialOffer, SliceSettings } from '../../records/index.ts';
import {
  encodeRecord,
  isPrinter,
  type MachineProfile,
  parseRecord,
  QUOTE_NONCE_BYTES,
  QuoteRecord,
  RegisteredMachine,
  recordHash,
} from '../../records/index.ts';
import type { SliceJob, Slicers } from '../adapters/slicer.ts';
import { fitsVolume } from '../adapters/slicer-job.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import { gcodeKey } from './keyring.ts';
import type { Models, OpenModel } from './models.ts';
import type { KeptSlice, Slices } from './slices.ts';
import { createSlices } from './slices.ts';
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

/** One model sliced for one machine. What any number of copies costs follows from it. */
export type PreparedQuote = {
  readonly machine: MachineState;
  readonly machineId: string;
  readonly secondsPerCopy: number;
  readonly price: (quantity: number) => Result<QuoteRecord>;
  /** Keeps a quote of this price, so that it can be ordered; its id. */
  readonly keep: (record: QuoteRecord) => string;
};

export type Quotes = QuotesService;

export class QuotesService {
  readonly #parts: QuoteParts;
  readonly #slices: Slices;

  constructor(parts: QuoteParts) {
    this.#parts = parts;
    this.#slices = createSlices(parts.database);
  }

  /** Slices and prices; the result names the quote. */
  async request(
    request: QuoteRequest,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<{ readonly resultId: string }>> {
    const prepared = await this.prepare(request, signal, report);
    if (!prepared.ok) return prepared;
    report('pricing', null);
    const quote = prepared.value.price(request.quantity);
    if (!quote.ok) return quote;
    if (signal.aborted) return refuse(stopFault(signal));
    return ok({ resultId: prepared.value.keep(quote.value) });
  }

  /** Slices, where that was not done before for machines of this kind. */
  async prepare(
    request: Omit<QuoteRequest, 'quantity'>,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<PreparedQuote>> {
    report('reading', null);
    const opened = await this.#parts.models.open(request.modelId);
    if (!opened.ok) return opened;
    const offer = await this.#offer(request);
    if (!offer.ok) return offer;
    const fits = checkSize(opened.value, offer.value.profile);
    if (!fits.ok) return fits;
    const sliced = await this.#sliced(opened.value, offer.value, request, signal, report);
    if (!sliced.ok) return sliced;
    const params = await this.#parts.chain.params();
    if (!params.ok) return params;
    const { stats, gcodeContentId } = sliced.value;
    return ok({
      machine: offer.value.machine,
      machineId: request.machineId,
      secondsPerCopy: stats.seconds,
      price: (quantity) =>
        this.#price(opened.value, offer.value, { ...request, quantity }, stats, params.value),
      keep: (record) => this.#store(record, gcodeContentId, []),
    });
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

  async #offer(request: Omit<QuoteRequest, 'quantity'>): Promise<Result<Offer>> {
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

  async #sliced(
    opened: OpenModel,
    offer: Offer,
    request: Omit<QuoteRequest, 'quantity'>,
    signal: AbortSignal,
    report: Report,
  ): Promise<Result<KeptSlice>> {
    const { profile, material } = offer;
    const { slicers, sliceTimeoutMs: timeoutMs, blocks, random, crypto, pause } = this.#parts;
    const job: SliceJob = {
      model: opened.file,
      name: opened.model.title,
      profile,
      material,
      settings: request.settings,
      rules: this.#parts.guardRules(request.machineId),
    };
    const known = this.#slices.find(request.modelId, job, slicers.preferred);
    if (known !== undefined && contentBlocks(known.gcodeContentId, blocks).ok) return ok(known);
    const onProgress = (progress: number | null) => report('slicing', progress);
    onProgress(null);
    const sliced = await slicers.slice(job, { signal, timeoutMs, onProgress });
    if (!sliced.ok) return sliced;
    if (signal.aborted) return refuse(stopFault(signal));
    const { gcode, stats } = sliced.value;
    const key = gcodeKey(opened.key, stats.gcodeHash);
    const gcodeContentId = await storeContent({ file: gcode, key, store: blocks, random, crypto, pause });
    this.#slices.keep(request.modelId, job, { stats, gcodeContentId });
    return ok({ stats, gcodeContentId });
  }

  #price(
    opened: OpenModel,
    offer: Offer,
    request: QuoteRequest,
    slice: QuoteRecord['slice'],
    params: ParamsState,
  ): Result<QuoteRecord> {
    const machine = parseAddress(request.machineId);
    if (machine === undefined) return refuse(quoteServiceFault('quotes.machine.unknown'));
    // The chain's own time, which judges the validity, may run ahead of this clock by a heartbeat.
    const createdS = Math.floor(this.#parts.clock.nowMs() / 1000);
    return computeQuote({
      chainId: params.chainId,
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
      authorBasisPoints: params.authorBasisPoints,
      networkBasisPoints: params.networkBasisPoints,
      createdS,
      validUntilS: createdS + VALID_S,
      nonce: this.#parts.random.bytes(QUOTE_NONCE_BYTES),
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
