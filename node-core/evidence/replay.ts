// Runs an order's contract again from its transactions. The paradigm is deterministic, so the replay must end in exactly
// the instance that the chain's state proves, and whatever it paid on the way is what the chain paid.

import type { Bytes, Result } from '../base/index.ts';
import { bytesToHex, equalBytes } from '../base/index.ts';
import type { DecodedTx, Message } from '../chain/index.ts';
import { decodeTx, toParadigmValue } from '../chain/index.ts';
import { publicKeyToAddress } from '../identity/index.ts';
import type { Effect, Instance, Paradigm, ParadigmValue, StepOutcome, World } from '../paradigm/index.ts';
import { applyDeadline, applyEvent, encodeInstance, openInstance } from '../paradigm/index.ts';
import { NO_SURROUNDINGS, type Surroundings, worldAt } from './linked.ts';

type Place = { readonly timeS: bigint; readonly height: bigint };
export type PlacedTx = Place & { readonly tx: Bytes };

export type Replayed = {
  readonly pays: readonly (Effect & { readonly kind: 'pay' })[];
  readonly heldMicro: bigint;
  readonly paidMicro: bigint;
};

type Licence = { quantity: bigint; released: boolean; readonly reports: Map<number, string> };

/** A step as it would be in some world. */
type Step = (world: World) => Result<StepOutcome>;

type Replay = {
  readonly paradigm: Paradigm;
  readonly final: Instance;
  readonly licence: Licence;
  instance: Instance | undefined;
  /** False where the step is refused, or the file does not show what it would have done. */
  take(step: Step, place: Place): boolean;
};

/**
 * Undefined where the transactions do not lead to `final`. `last`: block and time of the contract's last step. What the
 * contract knew of others comes from `surroundings`.
 */
export function replayContract(
  paradigm: Paradigm,
  { address, instance: final }: { readonly address: Bytes; readonly instance: Instance },
  txs: readonly PlacedTx[],
  last: Place,
  surroundings: Surroundings = NO_SURROUNDINGS,
): Replayed | undefined {
  const effects: Effect[] = [];
  const opened = new Set<string>();
  const isLinked = paradigm.document.links !== undefined;
  const run = (step: Step, place: Place, linksHeight: bigint): Result<StepOutcome> =>
    step(worldAt(surroundings, { address, openedS: final.openedS, opened }, { ...place, linksHeight }));
  const replay: Replay = {
    paradigm,
    final,
    licence: { quantity: 0n, released: false, reports: new Map() },
    instance: undefined,
    take(step, place) {
      const outcome = run(step, place, place.height - 1n);
      if (isLinked && !isSameOutcome(outcome, run(step, place, place.height))) return false;
      if (!outcome.ok) return false;
      this.instance = outcome.value.instance;
      effects.push(...outcome.value.effects);
      for (const effect of outcome.value.effects) {
        if (effect.kind === 'licence') this.licence.quantity += effect.quantity;
        if (effect.kind === 'open') opened.add(effect.link);
      }
      return true;
    },
  };
  for (const placed of txs) {
    const decoded = decodeTx(placed.tx);
    if (!decoded.ok || !replayMessage(replay, decoded.value, placed)) return undefined;
  }
  const { instance } = replay;
  if (instance === undefined) return undefined;
  const atEnd = (known: Instance) => sameInstance(known, final);
  if (!atEnd(instance)) {
    if (!replay.take((world) => applyDeadline(paradigm, instance, last.timeS, world), last)) return undefined;
  }
  return atEnd(replay.instance ?? instance) ? sumUp(effects) : undefined;
}

/** Refused alike, or with the same result down to each effect. */
function isSameOutcome(a: Result<StepOutcome>, b: Result<StepOutcome>): boolean {
  if (!a.ok || !b.ok) return a.ok === b.ok;
  return (
    sameInstance(a.value.instance, b.value.instance) && textOf(a.value.effects) === textOf(b.value.effects)
  );
}

function textOf(effects: readonly Effect[]): string {
  return JSON.stringify(effects, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Uint8Array ? bytesToHex(value) : value;
  });
}

function replayMessage(replay: Replay, decoded: DecodedTx, place: Place): boolean {
  const { paradigm, final, licence, instance } = replay;
  const { timeS } = place;
  const message: Message = decoded.body.message;
  const signer = publicKeyToAddress(decoded.body.from);
  // A branch of another contract is agreed in the name of whoever that one is for, whoever signs.
  const forBranch = message.type === 'contract.open' && message.parent !== undefined;
  const caller = (forBranch ? final.roles[paradigm.opening.by[0] ?? ''] : undefined) ?? signer;
  switch (message.type) {
    case 'contract.open': {
      const { roles, params } = final;
      const open: Step = (world) => openInstance(paradigm, { roles, params, caller, timeS, world });
      return instance === undefined && replay.take(open, place);
    }
    case 'contract.event': {
      if (instance === undefined) return false;
      const args: Record<string, ParadigmValue> = { facts: factsOf(licence) };
      for (const [name, value] of Object.entries(message.args)) args[name] = toParadigmValue(value);
      const { event } = message;
      return replay.take(
        (world) => applyEvent(paradigm, instance, { event, caller, args, timeS, world }),
        place,
      );
    }
    case 'licence.release':
      licence.released = true;
      return instance !== undefined;
    case 'licence.gather':
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
