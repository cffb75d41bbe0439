// Runs: copies of several orders that a machine makes one after the other from one file. The machine says so before it
// begins them; each copy still is begun and reported under its own licence. A run that is recorded anew takes the copies
// over that have not begun, so that no copy is in two. What is not promised: that nothing is printed in between.

import type { z } from 'zod';
import type { Bytes, Fault, Result } from '../../base/index.ts';
import { assert, bytesToHex, equalBytes, ok, refuse, taggedHash, u64ToBytes } from '../../base/index.ts';
import { sameAddress } from '../../identity/keys.ts';
import { chainFault } from '../faults.ts';
import type { LicenceGather } from '../messages.ts';
import type { LicenceState, RunState } from '../records.ts';
import type { State } from '../state.ts';
import { done, type MessageContext, type MessageResult } from './context.ts';
import { isOpen, quotedGcode } from './licences.ts';

/** Runs that copies of one licence may be in: as often as its copies can be put together anew. */
const RUNS_MAX = 8;

type Part = z.infer<typeof LicenceGather>['parts'][number];
type Gathered = { readonly part: Part; readonly licence: LicenceState; readonly gcodeHash: Bytes };

export function gatherCopies(
  context: MessageContext,
  { parts }: z.infer<typeof LicenceGather>,
): MessageResult {
  const { state, signer, seq, timeS: recordedS, height: recordedHeight } = context;
  const gathered: Gathered[] = [];
  for (const part of parts) {
    const checked = checkPart(context, part, gathered);
    if (!checked.ok) return checked;
    gathered.push(checked.value);
  }
  const [first] = gathered;
  assert(first !== undefined, 'a run has parts');
  const id = taggedHash('dipnet/run/v1', signer, u64ToBytes(BigInt(seq)));
  for (const { part } of gathered) leaveEarlierRuns(state, part);
  for (const { part } of gathered) {
    const refused = enter(state, part, id);
    if (refused !== undefined) return refuse(refused);
  }
  state.putRun(id, {
    v: 1,
    machine: signer,
    designHash: first.licence.designHash,
    gcodeHash: first.gcodeHash,
    recordedS,
    recordedHeight,
    parts: gathered.map(({ part, licence }) => ({ ...part, contract: licence.contract })),
  });
  for (const { part, licence } of gathered)
    context.emit('licence.gathered', {
      licence: bytesToHex(part.licence),
      instance: bytesToHex(licence.contract),
      run: bytesToHex(id),
      from: String(part.from),
      to: String(part.to),
    });
  return done(id);
}

/** The machine's own, open, of the file of the others, and of copies that have not begun. */
function checkPart(
  { state, signer }: MessageContext,
  part: Part,
  before: readonly Gathered[],
): Result<Gathered> {
  const licence = state.licence(part.licence);
  if (licence === undefined) return refuse(chainFault('chain.licence.unknown'));
  if (!sameAddress(licence.machine, signer)) return refuse(chainFault('chain.licence.not-machine'));
  if (!isOpen(state, licence)) return refuse(chainFault('chain.licence.closed'));
  const { from, to } = part;
  const flaw = (reason: string) => refuse(chainFault('chain.run.copies', { from, to, reason }));
  if (from > to) return flaw('the last comes before the first');
  if (from <= licence.used) return flaw('some have begun already');
  if (to > licence.quantity) return flaw(`the order is for ${licence.quantity}`);
  if (before.some((other) => equalBytes(other.part.licence, part.licence)))
    return flaw('their order is named twice');
  const gcodeHash = quotedGcode(state, licence);
  const [first] = before;
  if (gcodeHash === undefined || (first !== undefined && !equalBytes(first.gcodeHash, gcodeHash)))
    return refuse(chainFault('chain.run.same'));
  return ok({ part, licence, gcodeHash });
}

/** Copies that have not begun leave the runs they were recorded in; a run that none of them began in is left whole. */
function leaveEarlierRuns(state: State, { licence: address }: Part): void {
  const licence = licenceOf(state, address);
  const kept: Bytes[] = [];
  for (const id of licence.runs ?? []) {
    const run = state.run(id);
    assert(run !== undefined, 'a run that a licence names is kept');
    const parts = run.parts.flatMap((part): RunState['parts'] => {
      if (!equalBytes(part.licence, address)) return [part];
      return part.from > licence.used ? [] : [{ ...part, to: Math.min(part.to, licence.used) }];
    });
    state.putRun(id, { ...run, parts });
    if (parts.some((part) => equalBytes(part.licence, address))) kept.push(id);
  }
  state.putLicence(address, { ...licence, runs: kept });
}

function enter(state: State, { licence: address }: Part, run: Bytes): Fault | undefined {
  const licence = licenceOf(state, address);
  const runs = [...(licence.runs ?? []), run];
  if (runs.length > RUNS_MAX) return chainFault('chain.run.limit', { limit: RUNS_MAX });
  state.putLicence(address, { ...licence, runs });
  return undefined;
}

function licenceOf(state: State, address: Bytes): LicenceState {
  const licence = state.licence(address);
  assert(licence !== undefined, 'the licence was looked at');
  return licence;
}
