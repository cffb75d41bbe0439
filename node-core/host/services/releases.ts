// The designer's side of printing elsewhere: this console holds the print file and releases it, part by part, to the one
// machine that the licence names, while it prints a copy that the chain has as begun. The file itself never leaves it.

import type { ReleaseView } from '../../api/index.ts';
import type { Bytes, Clock, Log, Random, Result } from '../../base/index.ts';
import { bytesToHex, equalBytes, ok, refuse } from '../../base/index.ts';
import { CopyState, copyKey, LicenceState, licenceKey } from '../../chain/index.ts';
import type {
  BlockStore,
  ContentCrypto,
  KeptStream,
  ReleaseAsk,
  ReleaseBooks,
  ReleaseCase,
} from '../../content/index.ts';
import { openContent, ReleaseDesk, streamFault } from '../../content/index.ts';
import { DEFAULT_HEAT_LIMITS } from '../../devices/index.ts';
import { encodeReleaseFile } from '../../evidence/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import { STRICT_RULES } from '../../models/index.ts';
import { recordHash } from '../../records/index.ts';
import type { MeshService } from '../adapters/mesh-service.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';
import type { Messenger } from '../dimp/messenger.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import { gcodeKey } from './keyring.ts';
import type { Machines } from './machines.ts';
import type { Models } from './models.ts';
import type { OpenOrder, Orders } from './orders.ts';
import { productionFault } from './production-faults.ts';
import type { Quotes } from './quotes.ts';
import { createReleaseLedger, type ReleaseLedger } from './release-ledger.ts';

/** What consoles call this among each other. */
export const RELEASE_SUBJECT = 'release';

export type ReleaseParts = {
  readonly database: Sqlite;
  readonly vault: Vault;
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly machines: Machines;
  readonly models: Models;
  readonly orders: Orders;
  readonly quotes: Quotes;
  readonly mesh: MeshService;
  readonly blocks: BlockStore;
  readonly crypto: ContentCrypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly log: Log;
  readonly messenger: Pick<Messenger, 'say' | 'onWord'>;
};

type PrintFile = Pick<ReleaseCase, 'facts' | 'file' | 'key'>;
/** Files that were looked through; no more than their layout is kept of each. */
const FILES_MAX = 16;

export class Releases implements ReleaseBooks {
  readonly #parts: ReleaseParts;
  readonly #ledger: ReleaseLedger;
  readonly #desk: ReleaseDesk;
  readonly #files = new Map<string, PrintFile>();

  constructor(parts: ReleaseParts) {
    this.#parts = parts;
    this.#ledger = createReleaseLedger(parts.database, parts.vault, parts.clock);
    this.#desk = new ReleaseDesk({ books: this, random: parts.random, aead: parts.crypto });
  }

  /** A question from another console to an account of this one. */
  hear(actor: string, sender: string, question: Bytes): void {
    const { messenger, log } = this.#parts;
    this.#desk
      .answer(question)
      .then((answer) =>
        answer === undefined
          ? undefined
          : messenger.say(actor, sender, { subject: RELEASE_SUBJECT, act: 'answer', data: answer }),
      )
      .catch((error: unknown) => log('error', 'release.failed', { error }));
  }

  /** What this console released for an order; null where it is not the one that releases. */
  async view(orderId: string): Promise<Result<ReleaseView | null>> {
    const order = await this.#parts.orders.open(orderId);
    if (!order.ok) return order;
    const { licence, quote } = order.value;
    if (licence === undefined || !this.#isOurs(order.value)) return ok(null);
    const rows = this.#ledger.ofOrder(order.value.id);
    const ends = new Map<number, CopyState>();
    for (const { copy } of rows) {
      const state = await this.#parts.chain.known.read(CopyState, copyKey(licence.address, copy));
      if (state.ok && state.value !== undefined) ends.set(copy, state.value.value);
    }
    // The last parts are printed without another question; what became of them is in the machine's report.
    const isWhole = (copy: number, attempt: number) =>
      ends.get(copy)?.attempts === attempt && ends.get(copy)?.report?.outcome === 'finished';
    return ok({
      machineName: quote.profile.name,
      stopped: this.#ledger.isStopped(licence.address),
      copies: rows.map(({ copy, attempt, chunks, released, printed, opened_ms, last_ms }) => ({
        copy,
        attempt,
        parts: chunks,
        released,
        printed: isWhole(copy, attempt) ? chunks : printed,
        openedMs: opened_ms,
        lastMs: last_ms,
      })),
    });
  }

  /** Stops the release at once, for the copy that prints and for all others; or allows it again. */
  async setStopped(actor: string, orderId: string, stopped: boolean): Promise<Result<void>> {
    const order = await this.#parts.orders.open(orderId);
    if (!order.ok) return order;
    const { licence, quote } = order.value;
    const isDesigner = addressToText(quote.designer) === actor;
    if (licence === undefined || !isDesigner || !this.#isOurs(order.value))
      return refuse(productionFault('production.release.not-yours'));
    if (stopped) {
      this.#ledger.stop(licence.address);
      this.#desk.stop(licence.address);
    } else this.#ledger.allow(licence.address);
    this.#parts.bus.changed('orders', order.value.id);
    return ok(undefined);
  }

  /** What the machine signed to this console while it released the file of an order; undefined where it released nothing. */
  file(orderId: string): Bytes | undefined {
    const streams = this.#ledger.wordsOf(orderId);
    if (streams.length === 0) return undefined;
    const order = parseAddress(orderId) ?? new Uint8Array(20);
    return encodeReleaseFile({ chainId: this.#parts.chain.status().chainId, order, streams });
  }

  /** The same for a person, to be shown beside the evidence of the order. */
  exportFile(orderId: string): Result<{ readonly fileName: string; readonly bytes: Bytes }> {
    const bytes = this.file(orderId);
    if (bytes === undefined) return refuse(productionFault('production.release.nothing-signed'));
    return ok({ fileName: `order-${orderId.slice(2, 10).toLowerCase()}.dipnet-release`, bytes });
  }

  close(): void {
    this.#desk.close();
  }

  async look(ask: ReleaseAsk): Promise<Result<ReleaseCase>> {
    const found = await this.#orderOf(ask.licence);
    if (!found.ok) return found;
    const order = found.value;
    const { licence, quote, instance } = order;
    const isOpen = licence !== undefined && instance.deadlineS !== undefined && this.#isOurs(order);
    // A licence that was moved to another machine has no quoted file.
    const isQuoted = licence !== undefined && equalBytes(licence.state.machine, quote.machine);
    if (!isOpen || !isQuoted || licence.state.wrappedKey === null || ask.copy > licence.state.quantity)
      return notOpen();
    const machine = await this.#parts.machines.state(addressToText(licence.state.machine));
    if (!machine.ok) return machine;
    const copy = await this.#parts.chain.read(CopyState, copyKey(ask.licence, ask.copy));
    if (!copy.ok) return copy;
    const { attempts, report } = copy.value?.value ?? { attempts: 0, report: undefined };
    const begun = report === null && attempts === ask.attempt;
    const next = report !== null && report?.outcome !== 'finished' && attempts + 1 === ask.attempt;
    if (!begun && !next) return notOpen();
    const file = await this.#file(order);
    return file.ok ? ok({ machine: machine.value.machineKey, begun, ...file.value }) : file;
  }

  isStopped(licence: Bytes): boolean {
    return this.#ledger.isStopped(licence);
  }

  ofCopy(ask: Pick<ReleaseAsk, 'licence' | 'copy' | 'attempt'>): KeptStream | undefined {
    return this.#ledger.ofCopy(ask);
  }

  ofStream(streamId: Bytes): KeptStream | undefined {
    return this.#ledger.ofStream(streamId);
  }

  write(stream: KeptStream): void {
    const orderId = this.#orders.get(bytesToHex(stream.ask.licence)) ?? '';
    this.#ledger.write(orderId, stream);
    this.#parts.bus.changed('orders', orderId);
  }

  /** Licences that were looked at, with their orders. */
  readonly #orders = new Map<string, string>();

  async #orderOf(licence: Bytes): Promise<Result<OpenOrder>> {
    const state = await this.#parts.chain.read(LicenceState, licenceKey(licence));
    if (!state.ok) return state;
    if (state.value === undefined) return notOpen();
    const order = await this.#parts.orders.open(addressToText(state.value.value.contract));
    if (!order.ok) return order;
    if (order.value.licence === undefined || !equalBytes(order.value.licence.address, licence))
      return notOpen();
    this.#orders.set(bytesToHex(licence), order.value.id);
    return order;
  }

  /** The designer is here and the machine is not. */
  #isOurs({ quote }: OpenOrder): boolean {
    const { identities, machines } = this.#parts;
    return identities.holds(addressToText(quote.designer)) && !machines.row(addressToText(quote.machine)).ok;
  }

  /** The quoted file: where its parts end, and how to read them. */
  async #file({ quote }: OpenOrder): Promise<Result<PrintFile>> {
    const { quotes, models, mesh, blocks, crypto } = this.#parts;
    const quoteId = bytesToHex(recordHash(quote));
    const known = this.#files.get(quoteId);
    if (known !== undefined) return ok(known);
    const contentId = quotes.gcodeContentId(quoteId);
    if (contentId === undefined) return refuse(productionFault('production.gcode.missing'));
    const model = await models.open(bytesToHex(quote.designHash));
    if (!model.ok) return model;
    const { gcodeHash } = quote.slice;
    const key = gcodeKey(model.value.key, gcodeHash);
    const content = openContent(contentId, key, blocks, crypto);
    if (!content.ok) return content;
    const gcode = content.value.read(0, content.value.sizeBytes);
    if (!gcode.ok) return gcode;
    const inspected = await mesh.inspectGcode(gcode.value, {
      profile: quote.profile,
      rules: STRICT_RULES,
      limits: LAYOUT_LIMITS,
      dialect: 'marlin',
      onCable: true,
    });
    if (!inspected.ok) return inspected;
    const { lines } = inspected.value;
    if (!lines.ok) return lines;
    const { count, layerStarts, chunkEnds } = lines.value;
    const facts = { gcodeHash, lines: count, layerStarts: [...layerStarts] };
    const file: PrintFile = { facts, key, file: { ends: chunkEnds, read: content.value.read } };
    const [oldest] = this.#files.keys();
    if (this.#files.size >= FILES_MAX && oldest !== undefined) this.#files.delete(oldest);
    this.#files.set(quoteId, file);
    return ok(file);
  }
}

/** The printer's console judges the heat; here only the lines are counted. */
const LAYOUT_LIMITS = { ...DEFAULT_HEAT_LIMITS, nozzleCMax: 1_000, bedCMax: 1_000, chamberCMax: 1_000 };

function notOpen(): Result<never> {
  return refuse(streamFault('stream.not-open'));
}
