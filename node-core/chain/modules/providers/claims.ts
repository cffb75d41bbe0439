// A day's service: claimed the day after, opened where chance asks, and settled when that day is over. There is one open
// day at most. What is not opened is not paid, and costs a part of the deposit.
//
//   day D            users sign receipts
//   day D+1          claim: root and weight · next block: its hash decides what to open · prove: the openings
//   from day D+2 on  settled at the beginning of a block, at least `settleBlocks` after the last claim

import type { z } from 'zod';
import type { Bytes } from '../../../base/index.ts';
import { assert, bytesToHex, refuse, taggedHash } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { chainFault } from '../../faults.ts';
import { providerKey, serviceClaimKey, serviceDayKey } from '../../keys.ts';
import type { ProviderClaim, ProviderProve } from '../../messages.ts';
import { type ServiceClaimState, ServiceDayState } from '../../records.ts';
import { mintTo, payFrom } from '../accounts/index.ts';
import { done, type MessageContext, type MessageResult, type StepContext } from '../context.ts';
import { POOLS } from '../pools.ts';
import { least } from '../staking/index.ts';
import { serving } from './register.ts';
import { auditOpening, claimOf, dayOf, providerOf, samplePoints, termsOf } from './service.ts';

const GAS_PER_RECEIPT = 3_000n;
const GAS_PER_OPENING = 5_000n;

export function claimService(context: MessageContext, message: z.infer<typeof ProviderClaim>): MessageResult {
  const { state, signer, timeS, height } = context;
  const known = serving(context);
  if (!known.ok) return known;
  const terms = termsOf(state);
  if (known.value.depositMicro < terms.depositMicro) return refuse(chainFault('chain.provider.deposit-low'));
  const yesterday = dayOf(timeS, terms) - 1n;
  if (message.day !== yesterday)
    return refuse(
      chainFault('chain.provider.day', { day: message.day.toString(), open: yesterday.toString() }),
    );
  const open = state.read(ServiceDayState, serviceDayKey());
  // The day before still has blocks to wait for.
  if (open !== undefined && open.day !== message.day) return refuse(chainFault('chain.provider.unsettled'));
  if (claimOf(state, signer) !== undefined) return refuse(chainFault('chain.provider.claimed'));
  const { root, weight, day } = message;
  const claim: ServiceClaimState = { v: 1, root, weight, height, proven: false };
  state.write(serviceClaimKey(signer), claim);
  state.addToList('service-claims', signer);
  state.addToList('service-unseeded', signer);
  state.write(serviceDayKey(), { v: 1, day, lastHeight: height } satisfies ServiceDayState);
  context.emit('provider.claimed', {
    provider: bytesToHex(signer),
    day: day.toString(),
    weight: weight.toString(),
  });
  return done();
}

export function proveService(context: MessageContext, message: z.infer<typeof ProviderProve>): MessageResult {
  const { state, signer } = context;
  const claim = claimOf(state, signer);
  const open = state.read(ServiceDayState, serviceDayKey());
  if (claim === undefined || open === undefined) return refuse(chainFault('chain.provider.no-claim'));
  if (claim.proven) return refuse(chainFault('chain.provider.claimed'));
  if (claim.seed === undefined) return refuse(chainFault('chain.provider.early'));
  const audit = { day: open.day, provider: signer, claim };
  const spans: { readonly from: bigint; readonly to: bigint }[] = [];
  let gas = 0n;
  for (const [place, opening] of message.openings.entries()) {
    gas += GAS_PER_OPENING + GAS_PER_RECEIPT * BigInt(opening.receipts.length);
    const span = auditOpening(context, audit, opening);
    if (span === undefined) return refuse(chainFault('chain.provider.opening', { place }));
    spans.push(span);
  }
  const points = samplePoints(claim.seed, signer, claim.weight, termsOf(state).samples);
  const missed = points.findIndex((point) => !spans.some(({ from, to }) => from <= point && point < to));
  if (missed !== -1) return refuse(chainFault('chain.provider.sample', { sample: missed }));
  state.write(serviceClaimKey(signer), { ...claim, proven: true } satisfies ServiceClaimState);
  context.emit('provider.proven', { provider: bytesToHex(signer), day: open.day.toString() });
  return done(undefined, gas);
}

/** Gives claims of earlier blocks their seed. Without a block hash none gets one: a weaker chance would be no audit. */
export function seedClaims({ state, height }: StepContext, blockHash: Bytes | undefined): void {
  if (blockHash === undefined) return;
  for (const provider of state.listOf('service-unseeded')) {
    const claim = claimOf(state, provider);
    assert(claim !== undefined && claim.seed === undefined, 'an unseeded claim waits for its seed');
    if (claim.height >= height) continue;
    const seed = taggedHash('dipnet/audit-seed/v1', blockHash, provider, claim.root);
    state.write(serviceClaimKey(provider), { ...claim, seed } satisfies ServiceClaimState);
    state.removeFromList('service-unseeded', provider);
  }
}

/** Ends the open day where its time has come: pays what was proven, takes its part of what was not. */
export function settleDay(context: StepContext): void {
  const { state, timeS, height } = context;
  const open = state.read(ServiceDayState, serviceDayKey());
  const terms = termsOf(state);
  if (open === undefined || dayOf(timeS, terms) < open.day + 2n) return;
  if (height < open.lastHeight + BigInt(terms.settleBlocks)) return;
  const claims = state.listOf('service-claims').map((provider) => {
    const claim = claimOf(state, provider);
    assert(claim !== undefined, 'a listed claim is there');
    return { provider, claim };
  });
  const proven = claims.filter(({ claim }) => claim.proven);
  const weight = proven.reduce((sum, { claim }) => sum + claim.weight, 0n);
  const wholeMicro = least(weight * terms.perWeightMicro, terms.dailyMicro);
  for (const { provider, claim } of claims) {
    state.remove(serviceClaimKey(provider));
    state.removeFromList('service-claims', provider);
    state.removeFromList('service-unseeded', provider);
    if (!claim.proven) {
      // Where no block hash came, the engine is to blame and not the provider.
      if (claim.seed !== undefined) slash(context, provider);
      continue;
    }
    const paidMicro = mintTo(state, provider, 'DIMT', (wholeMicro * claim.weight) / weight);
    context.emit('provider.rewarded', {
      provider: bytesToHex(provider),
      day: open.day.toString(),
      amountMicro: paidMicro.toString(),
    });
  }
  state.remove(serviceDayKey());
}

function slash({ state, emit }: StepContext, provider: Address): void {
  const known = providerOf(state, provider);
  assert(known !== undefined, 'a deposit outlives the claims on it');
  const amountMicro = (known.depositMicro * BigInt(termsOf(state).missBasisPoints)) / 10_000n;
  state.write(providerKey(provider), { ...known, depositMicro: known.depositMicro - amountMicro });
  payFrom(state, POOLS.providers, state.params().treasury, 'DIMT', amountMicro);
  emit('provider.slashed', { provider: bytesToHex(provider), amountMicro: amountMicro.toString() });
}
