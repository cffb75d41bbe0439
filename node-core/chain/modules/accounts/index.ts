// Accounts: balances of the four tokens, the sequence number, fees and transfers. Money only ever moves from one
// account to another here, so that no other module can make or lose any.

import type { z } from 'zod';
import type { Fault, Result, Token } from '../../../base/index.ts';
import { assert, bytesToHex, ok, refuse } from '../../../base/index.ts';
import type { Address } from '../../../identity/keys.ts';
import { sameAddress } from '../../../identity/keys.ts';
import { chainFault } from '../../faults.ts';
import { supplyKey } from '../../keys.ts';
import type { BankSend } from '../../messages.ts';
import { type AccountState, SUPPLY_MICRO_MAX, SupplyState } from '../../records.ts';
import type { State } from '../../state.ts';
import { done, type MessageContext, type MessageResult } from '../context.ts';
import { POOLS } from '../pools.ts';

/** Moves money or refuses; the amount is never negative and never more than is there. */
export function moveTokens(
  state: State,
  from: Address,
  to: Address,
  token: Token,
  amountMicro: bigint,
): Result<void> {
  assert(amountMicro >= 0n, 'an amount to move is not negative');
  const payer = state.account(from);
  const balanceMicro = payer.balances[token];
  if (balanceMicro < amountMicro) {
    const data = {
      balanceMicro: balanceMicro.toString(),
      amountMicro: amountMicro.toString(),
      token,
    };
    return refuse(chainFault('chain.bank.unaffordable', data));
  }
  const lockedMicro = payer.lockedMicro?.[token] ?? 0n;
  if (balanceMicro - amountMicro < lockedMicro && amountMicro > 0n) {
    const data = { lockedMicro: lockedMicro.toString(), balanceMicro: balanceMicro.toString(), token };
    return refuse(chainFault('chain.bank.locked', data));
  }
  if (sameAddress(from, to) || amountMicro === 0n) return ok(undefined);
  state.putAccount(from, withBalance(payer, token, balanceMicro - amountMicro));
  const payee = state.account(to);
  state.putAccount(to, withBalance(payee, token, payee.balances[token] + amountMicro));
  return ok(undefined);
}

/** Pays what is known to be there: for the chain's own pools, whose books say so. */
export function payFrom(state: State, pool: Address, to: Address, token: Token, amountMicro: bigint): void {
  const paid = moveTokens(state, pool, to, token, amountMicro);
  assert(paid.ok, 'a pool holds what its books say');
}

/** Destroys money of a pool; the supply is less by as much. */
export function burnFrom(state: State, pool: Address, amountMicro: bigint): void {
  const account = state.account(pool);
  assert(amountMicro >= 0n && account.balances.DPN >= amountMicro, 'a pool holds what its books say');
  if (amountMicro === 0n) return;
  const supply = state.read(SupplyState, supplyKey());
  assert(supply !== undefined, 'genesis issued the supply');
  state.putAccount(pool, withBalance(account, 'DPN', account.balances.DPN - amountMicro));
  state.write(supplyKey(), {
    v: 1,
    totalMicro: { ...supply.totalMicro, DPN: supply.totalMicro.DPN - amountMicro },
    burntMicro: supply.burntMicro + amountMicro,
  } satisfies SupplyState);
}

/** Makes new tokens, at most what the token's cap leaves. Returns how many: the supply is more by as much. */
export function mintTo(state: State, to: Address, token: Token, amountMicro: bigint): bigint {
  assert(amountMicro >= 0n, 'an amount to mint is not negative');
  const supply = state.read(SupplyState, supplyKey());
  assert(supply !== undefined, 'genesis issued the supply');
  const left = SUPPLY_MICRO_MAX[token] - supply.totalMicro[token];
  const mintedMicro = amountMicro < left ? amountMicro : left;
  if (mintedMicro <= 0n) return 0n;
  const account = state.account(to);
  state.putAccount(to, withBalance(account, token, account.balances[token] + mintedMicro));
  const totalMicro = { ...supply.totalMicro, [token]: supply.totalMicro[token] + mintedMicro };
  state.write(supplyKey(), { ...supply, totalMicro } satisfies SupplyState);
  return mintedMicro;
}

function withBalance(account: AccountState, token: Token, balanceMicro: bigint): AccountState {
  return { ...account, balances: { ...account.balances, [token]: balanceMicro } };
}

/** Takes the fee, which the end of the block divides, and counts the transaction: what remains even where its message is refused. */
export function payFee(state: State, signer: Address, payer: Address, feeMicro: bigint): Fault | undefined {
  const paid = moveTokens(state, payer, POOLS.fees, 'DPN', feeMicro);
  if (!paid.ok) {
    const { balances, lockedMicro } = state.account(payer);
    const freeMicro = balances.DPN - (lockedMicro?.DPN ?? 0n);
    const balanceMicro = (freeMicro > 0n ? freeMicro : 0n).toString();
    return chainFault('chain.tx.fee-unaffordable', { balanceMicro, feeMicro: feeMicro.toString() });
  }
  const account = state.account(signer);
  state.putAccount(signer, { ...account, seq: account.seq + 1 });
  return undefined;
}

export function sendTokens(context: MessageContext, message: z.infer<typeof BankSend>): MessageResult {
  const { state, signer } = context;
  if (state.account(message.to).kind === 'contract') return refuse(chainFault('chain.bank.keyless'));
  const moved = moveTokens(state, signer, message.to, message.token, message.amountMicro);
  if (!moved.ok) return moved;
  context.emit('bank.sent', {
    from: bytesToHex(signer),
    to: bytesToHex(message.to),
    token: message.token,
    amountMicro: message.amountMicro.toString(),
  });
  return done();
}
