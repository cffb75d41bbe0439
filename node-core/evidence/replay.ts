// Runs an order's contract again from its transactions. The paradigm is deterministic, so the replay must end in exactly
// the instance that the chain's state proves, and whatever it paid on the way is what the chain paid.

import type { Bytes, Result } from '../base/index.ts';
import { bytesToHex, equalBytes } from '../base/index.ts';
import type { DecodedTx, Message } from '../chain/index.ts';
import { decodeTx, toParadigmValue } from '../chain/index.ts';
import { publicKeyToAddress } from '../identity/index.ts';
import type { Effect, Instance, Paradigm, ParadigmValue, StepOutcome } from '../paradigm/index.ts';
import { applyDeadline, applyEvent, encodeInstance, openInstance } from '../paradigm/index.ts';

export type PlacedTx = { readonly tx: Bytes; readonly timeS: bigint };

export type Replayed = {
  readonly pays: readonly (Effect & { readonly kind: 'pay' })[];
  readonly heldMicro: bigint;
  readonly paidMicro: bigint;
};

type Licence = { quantity: bigint; released: boolean; readonly reports: Map<number, string> };

/** Undefined where the transactions do not lead to `final`. `updatedS`: block time of the contract's last step. */
export function replayContract(
  paradigm: Paradigm,
  final: Instance,
  txs: readonly PlacedTx[],
  updatedS: bigint,
): Replayed | undefined {
  const licence: Licence = { quantity: 0n, released: false, reports: new Map() };
  const effects: Effect[] = [];
  let instance: Instance | undefined;
  const take = (outcome: Result<StepOutcome>): boolean => {
    if (!outcome.ok) return false;
    instance = outcome.value.instance;
    effects.push(...outcome.value.effects);
    for (const effect of outcome.value.effects)
      if (effect.kind === 'licence') licence.quantity += effect.quantity;
    return true;
  };
  for (const { tx, timeS } of txs) {
    const decoded = decodeTx(tx);
    if (!decoded.ok || !replayMessage(paradigm, instance, final, licence, decoded.value, timeS, take))
      return undefined;
  }
  if (instance === undefined) return undefined;
  if (!sameInstance(instance, final) && !take(applyDeadline(paradigm, instance, updatedS))) return undefined;
  return sameInstance(instance, final) ? sumUp(effects) : undefined;
}

function replayMessage(
  paradigm: Paradigm,
  instance: Instance | undefined,
  final: Instance,
  licence: Licence,
  decoded: DecodedTx,
  timeS: bigint,
  take: (outcome: Result<StepOutcome>) => boolean,
): boolean {
  const message: Message = decoded.body.message;
  const signer = publicKeyToAddress(decoded.body.from);
  // A branch of another contract is agreed in the name of whoever that one is for, whoever signs.
  const forBranch = message.type === 'contract.open' && message.parent !== undefined;
  const caller = (forBranch ? final.roles[paradigm.opening.by[0] ?? ''] : undefined) ?? signer;
  switch (message.type) {
    case 'contract.open':
      return (
        instance === undefined &&
        take(openInstance(paradigm, { roles: final.roles, params: final.params, caller, timeS }))
      );
    case 'contract.event': {
      if (instance === undefined) return false;
      const args: Record<string, ParadigmValue> = { facts: factsOf(licence) };
      for (const [name, value] of Object.entries(message.args)) args[name] = toParadigmValue(value);
      return take(applyEvent(paradigm, instance, { event: message.event, caller, args, timeS }));
    }
    case 'licence.release':
      licence.released = true;
      return instance !== undefined;
    case 'licence.use':
      licence.reports.delete(message.copy);
      return instance !== undefined;
    case 'licence.report':
      licence.reports.set(message.copy, message.outcome);
      return instance !== undefined;
    default:
      return false;
  }
}

function factsOf(licence: Licence) {
  const outcomes = [...licence.reports.values()];
  return {
    quantity: licence.quantity,
    copiesReported: BigInt(outcomes.length),
    copiesFinished: BigInt(outcomes.filter((outcome) => outcome === 'finished').length),
    licenceReleased: licence.released,
  };
}

function sameInstance(a: Instance, b: Instance): boolean {
  return equalBytes(encodeInstance(a), encodeInstance(b));
}

function sumUp(effects: readonly Effect[]): Replayed {
  const pays = effects.filter((effect) => effect.kind === 'pay');
  const heldMicro = effects.reduce(
    (sum, effect) => (effect.kind === 'hold' ? sum + effect.amountMicro : sum),
    0n,
  );
  return { pays, heldMicro, paidMicro: pays.reduce((sum, pay) => sum + pay.amountMicro, 0n) };
}

/** Payouts by role, with the account each went to. */
export function payoutsByRole(
  replayed: Replayed,
): ReadonlyMap<string, { readonly to: string; readonly amountMicro: bigint }> {
  const payouts = new Map<string, { to: string; amountMicro: bigint }>();
  for (const pay of replayed.pays) {
    const before = payouts.get(pay.role)?.amountMicro ?? 0n;
    payouts.set(pay.role, { to: bytesToHex(pay.to), amountMicro: before + pay.amountMicro });
  }
  return payouts;
}
