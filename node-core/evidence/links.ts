// The links between the proven facts, each returning what it found in words. @throws LinkBroken with the reason.

import type { Bytes } from '../base/index.ts';
import { bytesToHex, equalBytes, microToDecimal, sha256 } from '../base/index.ts';
import type { Message } from '../chain/index.ts';
import type { VerifySignature } from '../identity/index.ts';
import { addressToText, publicKeyToAddress, sameAddress } from '../identity/index.ts';
import { verifyTelemetry } from '../jobs/index.ts';
import { instanceAddress } from '../paradigm/index.ts';
import { verifyQuote } from '../quote/index.ts';
import { parseRecord, QuoteRecord, TelemetryCheckpoint, TelemetryEntry } from '../records/index.ts';
import type { Facts, ProvenTx } from './facts.ts';
import type { Evidence } from './file.ts';
import { holds, LinkBroken, requires } from './link.ts';
import { checkRelease } from './release.ts';
import { payoutsByRole, replayContract } from './replay.ts';

type Typed<T extends Message['type']> = ProvenTx & {
  readonly message: Message & { readonly type: T };
  readonly signer: Bytes;
};

function ofType<T extends Message['type']>(facts: Facts, type: T): Typed<T>[] {
  const found: Typed<T>[] = [];
  for (const tx of facts.txs) {
    const { message, from } = tx.decoded.body;
    if (message.type === type)
      found.push({
        ...tx,
        message: message as Message & { readonly type: T },
        signer: publicKeyToAddress(from),
      });
  }
  return found;
}

/** The order is the contract that its opening transaction made, and every transaction belongs to it. */
export function checkOrder(facts: Facts): string {
  const [opening, ...others] = ofType(facts, 'contract.open');
  requires(opening !== undefined && others.length === 0, 'the order has not exactly one opening');
  const { body } = opening.decoded;
  requires(body.chain === facts.chainId, 'the order was opened on another network');
  const address = instanceAddress({
    chainId: facts.chainId,
    paradigm: facts.contract.paradigm,
    opener: opening.signer,
    seq: body.seq,
  });
  requires(
    equalBytes(opening.message.paradigm, facts.contract.paradigm),
    'the order follows another paradigm',
  );
  requires(equalBytes(address, facts.order), 'the opening transaction made another order');
  for (const tx of facts.txs)
    requires(belongs(facts, tx.decoded.body.message), 'a transaction belongs to another order');
  const events = ofType(facts, 'contract.event').map(({ message }) => message.event);
  return `${addressToText(facts.order)} opened by ${addressToText(opening.signer)}; ${events.join(' → ')}`;
}

function belongs(facts: Facts, message: Message): boolean {
  const licence = facts.licence?.address;
  switch (message.type) {
    case 'contract.open':
      return true;
    case 'contract.event':
      return equalBytes(message.instance, facts.order);
    case 'licence.release':
    case 'licence.use':
    case 'licence.report':
      return licence !== undefined && equalBytes(message.licence, licence);
    case 'licence.gather':
      return licence !== undefined && message.parts.some((part) => equalBytes(part.licence, licence));
    default:
      return false;
  }
}

function quoteOf(facts: Facts): QuoteRecord {
  const [opening] = ofType(facts, 'contract.open');
  requires(opening !== undefined, 'the order has no opening');
  return holds(parseRecord(QuoteRecord, 'quote', opening.message.quote));
}

/** The quote is the one the order was opened with, names its parties, and its price follows from its own figures. */
export function checkQuoteLink(facts: Facts): string {
  const [opening] = ofType(facts, 'contract.open');
  requires(opening !== undefined, 'the order has no opening');
  requires(equalBytes(sha256(opening.message.quote), facts.contract.quote), 'the order is for another quote');
  const quote = quoteOf(facts);
  holds(verifyQuote(quote));
  requires(equalBytes(quote.designHash, facts.contract.designHash), 'the quote is for another design');
  requires(sameAddress(quote.machine, facts.contract.machine), 'the quote is for another machine');
  requires(sameAddress(quote.designer, facts.model.designer), 'the quote names another designer');
  requires(sameAddress(quote.owner, facts.machine.owner), 'the quote names another owner');
  const { roles } = facts.instance;
  const parties: readonly (readonly [string, Bytes])[] = [
    // Who signs for a branch of another contract need not be its buyer; the chain filled the role in.
    ...(opening.message.parent === undefined ? ([['buyer', opening.signer]] as const) : []),
    ['owner', quote.owner],
    ['designer', quote.designer],
    ['machine', quote.machine],
    ['author', facts.author],
    ['network', facts.params.treasury],
  ];
  for (const [role, account] of parties) {
    const given = roles[role];
    requires(
      given === undefined || sameAddress(given, account),
      `the ${role} of the contract is somebody else`,
    );
  }
  return `${microToDecimal(quote.totalMicro)} DPN for ${quote.quantity}, recomputed from ${quote.slice.seconds} s and ${quote.slice.milligrams} mg a copy`;
}

/** One licence for this model, machine and quantity, released by its designer, each copy used and reported by the machine. */
export function checkLicence(facts: Facts): string {
  const uses = ofType(facts, 'licence.use');
  const reports = ofType(facts, 'licence.report');
  if (facts.licence === undefined) {
    requires(uses.length + reports.length === 0, 'copies were printed without a licence');
    return 'none: the order ended before it was accepted';
  }
  const { state } = facts.licence;
  const quote = quoteOf(facts);
  requires(sameAddress(state.machine, quote.machine), 'the licence is for another machine');
  requires(equalBytes(state.designHash, quote.designHash), 'the licence is for another model');
  requires(
    state.quantity <= quote.quantity && state.used <= state.quantity,
    'more copies were licensed or used than ordered',
  );
  const releases = ofType(facts, 'licence.release');
  for (const { signer, message } of releases) {
    requires(sameAddress(signer, quote.designer), 'somebody else than the designer released the model');
    requires(
      state.wrappedKey !== null && equalBytes(message.wrappedKey, state.wrappedKey),
      'another key was released',
    );
  }
  for (const { signer } of [...uses, ...reports, ...ofType(facts, 'licence.gather')]) {
    requires(sameAddress(signer, quote.machine), 'a copy was printed by another machine');
  }
  const copies = new Set(uses.map(({ message }) => message.copy));
  requires(copies.size === state.used, 'not every use of the licence is shown');
  const finished = lastReports(facts).filter((report) => report.message.outcome === 'finished').length;
  requires(finished === state.finished, 'not every finished copy is shown');
  return `${state.used} of ${state.quantity} copies used, ${state.finished} finished, for this machine only`;
}

/** The last report of each copy. */
function lastReports(facts: Facts) {
  const last = new Map<number, ReturnType<typeof ofType<'licence.report'>>[number]>();
  for (const report of ofType(facts, 'licence.report')) last.set(report.message.copy, report);
  return [...last.values()];
}

/** Every copy was printed from the G-code that was priced. */
export function checkGcodeLink(facts: Facts): string {
  const quote = quoteOf(facts);
  for (const { message } of ofType(facts, 'licence.use')) {
    requires(
      equalBytes(message.gcodeHash, quote.slice.gcodeHash),
      `copy ${message.copy} was printed from other G-code than was priced`,
    );
  }
  const { slicer, slicerVersion, gcodeHash, layers } = quote.slice;
  return `${bytesToHex(gcodeHash).slice(0, 16)}, ${layers} layers by ${slicer} ${slicerVersion}`;
}

/** The machine's signed log of every attempt, complete, and the one whose head is on the chain. */
export function checkTelemetry(facts: Facts, evidence: Evidence): string {
  const reports = ofType(facts, 'licence.report');
  requires(reports.length === evidence.telemetry.length, 'the logs do not match the reports on the chain');
  let total = 0;
  for (const [position, { message }] of reports.entries()) {
    const log = evidence.telemetry[position];
    requires(log !== undefined && log.copy === message.copy, 'a log is missing or out of order');
    total += checkLog(facts, log, message);
  }
  return `${reports.length} logs, ${total} entries signed by the machine`;
}

/** What the machine signed to the console that released the file, beside the records that it exports. */
export function checkReleaseLink(
  facts: Facts,
  evidence: Evidence,
  file: Bytes,
  verify: VerifySignature | undefined,
): string {
  const begun = new Map<number, number>();
  for (const { message } of ofType(facts, 'licence.use'))
    begun.set(message.copy, (begun.get(message.copy) ?? 0) + 1);
  return checkRelease(file, {
    chainId: facts.chainId,
    order: facts.order,
    machineKey: facts.machine.machineKey,
    gcodeHash: quoteOf(facts).slice.gcodeHash,
    begun,
    records: evidence.telemetry,
    ...(verify === undefined ? {} : { verify }),
  });
}

type Report = Message & { readonly type: 'licence.report' };

function checkLog(facts: Facts, log: Evidence['telemetry'][number], report: Report): number {
  const entries = log.entries.map((entry) => holds(parseRecord(TelemetryEntry, 'telemetry', entry)));
  const checkpoints = log.checkpoints.map((checkpoint) =>
    holds(parseRecord(TelemetryCheckpoint, 'checkpoint', checkpoint)),
  );
  holds(verifyTelemetry(entries, checkpoints, facts.machine.machineKey));
  const last = log.entries.at(-1);
  requires(
    last !== undefined && equalBytes(sha256(last), report.telemetryHead),
    'a log is not the one that the chain names',
  );
  requires(entries.length === report.entries, 'entries of a log are missing');
  const [begin, end] = [entries[0]?.event, entries.at(-1)?.event];
  if (begin?.type !== 'begin' || end?.type !== 'end')
    throw new LinkBroken('a log has no beginning or no end');
  requires(
    begin.copy === report.copy && end.outcome === report.outcome,
    'a log tells another story than the report',
  );
  requires(equalBytes(begin.gcodeHash, quoteOf(facts).slice.gcodeHash), 'a log is of other G-code');
  return entries.length;
}

/** Replays the contract: it must end in the proven state, and pay out exactly what it took in. */
export function checkPayment(facts: Facts): string {
  const { paradigm, instance, contract } = facts;
  const { order: address, surroundings } = facts;
  const txs = facts.txs.map(({ tx, timeS, height }) => ({ tx, timeS, height }));
  const last = { timeS: contract.updatedS, height: contract.updatedHeight };
  const replayed = replayContract(paradigm, { address, instance }, txs, last, surroundings);
  requires(replayed !== undefined, 'the transactions do not lead to the state that the chain proves');
  const open = instance.deadlineS !== undefined;
  requires(replayed.paidMicro + instance.heldMicro === replayed.heldMicro, 'money was lost or made');
  requires(open || instance.heldMicro === 0n, 'money is left in an ended contract');
  const parts = [...payoutsByRole(replayed)].map(
    ([role, { amountMicro }]) => `${role} ${microToDecimal(amountMicro)}`,
  );
  const held = open ? `, ${microToDecimal(instance.heldMicro)} DPN still held` : '';
  return `state "${instance.state}": ${parts.join(', ')}${held}`;
}
