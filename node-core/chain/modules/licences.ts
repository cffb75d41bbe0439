// Licences: the right of one machine to print one model a counted number of times, issued by a contract. The designer
// releases the key, the machine uses the copies up in order and reports how each ended.

import type { z } from 'zod';
import type { Bytes, Fault } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, refuse } from '../../base/index.ts';
import { sameAddress } from '../../identity/keys.ts';
import { parseRecord, QuoteRecord } from '../../records/index.ts';
import { chainFault } from '../faults.ts';
import type { LicenceRelease, LicenceReport, LicenceUse } from '../messages.ts';
import type { LicenceState } from '../records.ts';
import type { State } from '../state.ts';
import { done, type MessageContext, type MessageResult } from './context.ts';
import { instanceOf } from './instances.ts';

/** Final states have no deadline. An ended order, whatever its outcome, lets nothing more be printed; later it is pruned. */
export function isOpen(state: State, licence: LicenceState): boolean {
  const contract = state.contract(licence.contract);
  return contract !== undefined && instanceOf(contract).deadlineS !== undefined;
}

/**
 * SHA-256 of the G-code that was priced, and that alone may be printed. Undefined where none was: in an agreement, and on
 * a machine to which the licence was moved.
 */
export function quotedGcode(state: State, licence: LicenceState): Bytes | undefined {
  const contract = state.contract(licence.contract);
  assert(contract !== undefined, 'a contract that is open is kept');
  if (!sameAddress(contract.machine, licence.machine)) return undefined;
  const bytes = state.quote(contract.quote);
  assert(bytes !== undefined, 'the quote of a contract is kept');
  const quote = parseRecord(QuoteRecord, 'quote', bytes);
  assert(quote.ok, 'a stored quote is well formed');
  return quote.value.slice.gcodeHash;
}

export function releaseLicence(
  context: MessageContext,
  message: z.infer<typeof LicenceRelease>,
): MessageResult {
  const { state, signer } = context;
  const licence = state.licence(message.licence);
  if (licence === undefined) return refuse(chainFault('chain.licence.unknown'));
  if (!sameAddress(licence.licensor, signer)) return refuse(chainFault('chain.licence.not-licensor'));
  if (licence.wrappedKey !== null) return refuse(chainFault('chain.licence.released'));
  if (!isOpen(state, licence)) return refuse(chainFault('chain.licence.closed'));
  state.putLicence(message.licence, { ...licence, wrappedKey: message.wrappedKey });
  context.emit('licence.released', {
    licence: bytesToHex(message.licence),
    instance: bytesToHex(licence.contract),
    machine: bytesToHex(licence.machine),
  });
  return done();
}

export function spendLicence(context: MessageContext, message: z.infer<typeof LicenceUse>): MessageResult {
  const { state, signer } = context;
  const licence = state.licence(message.licence);
  if (licence === undefined) return refuse(chainFault('chain.licence.unknown'));
  if (!sameAddress(licence.machine, signer)) return refuse(chainFault('chain.licence.not-machine'));
  if (licence.wrappedKey === null) return refuse(chainFault('chain.licence.unreleased'));
  if (!isOpen(state, licence)) return refuse(chainFault('chain.licence.closed'));
  const quoted = quotedGcode(state, licence);
  if (quoted !== undefined && !equalBytes(message.gcodeHash, quoted)) {
    return refuse(chainFault('chain.licence.gcode'));
  }
  const begun = beginCopy(context, licence, message);
  if (begun !== undefined) return refuse(begun);
  context.emit('licence.used', {
    licence: bytesToHex(message.licence),
    instance: bytesToHex(licence.contract),
    copy: String(message.copy),
    gcodeHash: bytesToHex(message.gcodeHash),
  });
  return done();
}

/** The next copy, or one that was reported as not finished, again. */
function beginCopy(
  context: MessageContext,
  licence: LicenceState,
  message: z.infer<typeof LicenceUse>,
): Fault | undefined {
  const { state } = context;
  const { copy, gcodeHash } = message;
  const { quantity, used } = licence;
  if (copy > quantity) return chainFault('chain.licence.used-up', { copy, quantity });
  const before = state.copy(message.licence, copy);
  const again =
    before?.report !== undefined && before.report !== null && before.report.outcome !== 'finished';
  if (copy !== used + 1 && !again) {
    if (used === quantity) return chainFault('chain.licence.used-up', { copy, quantity });
    return chainFault('chain.licence.copy-order', { copy, next: used + 1 });
  }
  const attempts = (before?.attempts ?? 0) + 1;
  const { copyAttemptsMax } = state.params();
  if (attempts > copyAttemptsMax) {
    return chainFault('chain.licence.attempts', { copy, attempts: copyAttemptsMax });
  }
  state.putCopy(message.licence, copy, { v: 1, gcodeHash, begunS: context.timeS, attempts, report: null });
  state.putLicence(message.licence, {
    ...licence,
    used: Math.max(used, copy),
    reported: again ? licence.reported - 1 : licence.reported,
  });
  return undefined;
}

export function reportLicence(
  context: MessageContext,
  message: z.infer<typeof LicenceReport>,
): MessageResult {
  const { state, signer } = context;
  const { copy, telemetryHead, entries, outcome } = message;
  const licence = state.licence(message.licence);
  if (licence === undefined) return refuse(chainFault('chain.licence.unknown'));
  if (!sameAddress(licence.machine, signer)) return refuse(chainFault('chain.licence.not-machine'));
  const begun = state.copy(message.licence, copy);
  if (begun === undefined || begun.report !== null) {
    return refuse(chainFault('chain.licence.not-begun', { copy }));
  }
  const report = { telemetryHead, entries, outcome, reportedS: context.timeS };
  const finished = outcome === 'finished';
  state.putCopy(message.licence, copy, { ...begun, report });
  state.putLicence(message.licence, {
    ...licence,
    reported: licence.reported + 1,
    finished: licence.finished + (finished ? 1 : 0),
  });
  const model = state.model(licence.designHash);
  assert(model !== undefined, 'a licensed model is registered');
  if (finished) state.putModel({ ...model, copiesPrinted: model.copiesPrinted + 1 });
  context.emit('licence.reported', {
    licence: bytesToHex(message.licence),
    instance: bytesToHex(licence.contract),
    copy: String(copy),
    outcome,
    telemetryHead: bytesToHex(telemetryHead),
  });
  return done();
}
