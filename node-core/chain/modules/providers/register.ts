// Who provides, with what deposit and where; who leaves; and who is whose user.

import type { z } from 'zod';
import type { Result } from '../../../base/index.ts';
import { assert, bytesToHex, ok, refuse } from '../../../base/index.ts';
import { sameAddress } from '../../../identity/keys.ts';
import { popDeadline, pushDeadline } from '../../deadlines.ts';
import { chainFault } from '../../faults.ts';
import { chosenProviderKey, providerKey } from '../../keys.ts';
import type { ProviderChoose, ProviderRegister } from '../../messages.ts';
import type { ChosenProviderState, ProviderState } from '../../records.ts';
import { moveTokens, payFrom } from '../accounts/index.ts';
import { done, type MessageContext, type MessageResult, type StepContext } from '../context.ts';
import { POOLS } from '../pools.ts';
import { chosenBy, claimOf, dayOf, providerOf, termsOf } from './service.ts';

const EXITS_PER_BLOCK_MAX = 20;

/** `host:port`, or `wss://host[:port][/path]`. Hosts are names, IPv4 or bracketed IPv6 addresses. */
export function isStationAddress(text: string): boolean {
  const host =
    '(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\\[[0-9a-f:.]{2,45}\\])';
  const form = new RegExp(
    `^(?:${host}:([0-9]{1,5})|wss://${host}(?::([0-9]{1,5}))?(?:/[A-Za-z0-9._~/-]{0,100})?)$`,
  );
  const match = text.length <= 255 ? form.exec(text) : null;
  if (match === null) return false;
  const port = Number(match[1] ?? match[2] ?? '443');
  return port >= 1 && port <= 65_535;
}

export function registerProvider(
  context: MessageContext,
  message: z.infer<typeof ProviderRegister>,
): MessageResult {
  const { state, signer, timeS } = context;
  const { name, stations } = message;
  const strange = stations.find((station) => !isStationAddress(station));
  if (strange !== undefined)
    return refuse(chainFault('chain.provider.station', { station: strange.slice(0, 80) }));
  const terms = termsOf(state);
  const known = providerOf(state, signer);
  if (known?.leavesS !== undefined)
    return refuse(chainFault('chain.provider.leaving', { untilS: known.leavesS.toString() }));
  if (known === undefined && state.indexLength('providers') >= BigInt(terms.placesMax))
    return refuse(chainFault('chain.provider.full', { placesMax: terms.placesMax }));
  const heldMicro = known?.depositMicro ?? 0n;
  const missingMicro = heldMicro < terms.depositMicro ? terms.depositMicro - heldMicro : 0n;
  const paid = moveTokens(state, signer, POOLS.providers, 'DIMT', missingMicro);
  if (!paid.ok) return paid;
  const record: ProviderState = {
    v: 1,
    name,
    stations,
    depositMicro: heldMicro + missingMicro,
    registeredS: known?.registeredS ?? timeS,
  };
  state.write(providerKey(signer), record);
  state.addToList('providers', signer);
  context.emit('provider.registered', {
    provider: bytesToHex(signer),
    depositMicro: missingMicro.toString(),
  });
  return done();
}

export function leaveProviders(context: MessageContext): MessageResult {
  const { state, signer, timeS } = context;
  const known = serving(context);
  if (!known.ok) return known;
  const leavesS = timeS + BigInt(termsOf(state).leaveS);
  state.write(providerKey(signer), { ...known.value, leavesS } satisfies ProviderState);
  state.removeFromList('providers', signer);
  pushDeadline(state, leavesS, context.nextOrder(), signer, 'provider-exits');
  context.emit('provider.left', { provider: bytesToHex(signer), untilS: leavesS.toString() });
  return done();
}

/** The signer as a provider that serves. */
export function serving({ state, signer }: MessageContext): Result<ProviderState> {
  const known = providerOf(state, signer);
  if (known === undefined || known.leavesS !== undefined) return refuse(chainFault('chain.provider.none'));
  return ok(known);
}

export function chooseProvider(
  context: MessageContext,
  message: z.infer<typeof ProviderChoose>,
): MessageResult {
  const { state, signer, timeS } = context;
  const { provider } = message;
  const known = providerOf(state, provider);
  if (known === undefined || known.leavesS !== undefined) return refuse(chainFault('chain.provider.unknown'));
  const today = dayOf(timeS, termsOf(state));
  const before = chosenBy(state, signer);
  // A day that is still being settled must be able to tell whose user this was.
  if (before !== undefined && today <= before.sinceDay + 1n) return refuse(chainFault('chain.provider.soon'));
  const same = before !== undefined && sameAddress(before.provider, provider);
  if (same) return done();
  const chosen: ChosenProviderState = {
    v: 1,
    provider,
    sinceDay: today + 1n,
    ...(before === undefined ? {} : { previous: before.provider }),
  };
  state.write(chosenProviderKey(signer), chosen);
  context.emit('provider.chosen', { user: bytesToHex(signer), provider: bytesToHex(provider) });
  return done();
}

/** Pays out whoever has left and is liable no longer. */
export function runExits(context: StepContext): void {
  const { state, timeS } = context;
  for (let count = 0; count < EXITS_PER_BLOCK_MAX; count++) {
    const due = popDeadline(state, timeS, 'provider-exits');
    if (due === undefined) return;
    const provider = due.instance;
    const known = providerOf(state, provider);
    assert(known?.leavesS !== undefined, 'only who has left is queued');
    // A claim of its last day must be over first; leaving takes longer than two days.
    if (claimOf(state, provider) !== undefined) {
      pushDeadline(
        state,
        timeS + BigInt(termsOf(state).dayS),
        context.nextOrder(),
        provider,
        'provider-exits',
      );
      continue;
    }
    state.remove(providerKey(provider));
    payFrom(state, POOLS.providers, provider, 'DIMT', known.depositMicro);
    context.emit('provider.paid-out', {
      provider: bytesToHex(provider),
      amountMicro: known.depositMicro.toString(),
    });
  }
}
