// Accounts: balances of the four tokens, the sequence number, fees and transfers. Money only ever moves from one
// account to another here, so that no other module can make or lose any.

import type { z } from 'zod';
import type { Fault, Result, Token } from '../../base/index.ts';
import { assert, bytesToHex, ok, refuse } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { sameAddress } from '../../identity/keys.ts';
import { chainFault } from '../faults.ts';
import type { BankSend } from '../messages.ts';
import type { AccountState } from '../records.ts';
import type { State } from '../state.ts';
import { done, type MessageContext, type MessageResult } from './context.ts';

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
  if (sameAddress(from, to) || amountMicro === 0n) return ok(undefined);
  state.putAccount(from, withBalance(payer, token, balanceMicro - amountMicro));
  const payee = state.account(to);
  state.putAccount(to, withBalance(payee, token, payee.balances[token] + amountMicro));
  return ok(undefined);
}

function withBalance(account: AccountState, token: Token, balanceMicro: bigint): AccountState {
  return { ...account, balances: { ...account.balances, [token]: balanceMicro } };
}

/** Takes the fee for the treasury and counts the transaction: what remains even where its message is refused. */
export function payFee(state: State, signer: Address, payer: Address, feeMicro: bigint): Fault | undefined {
  const { treasury } = state.params();
  const paid = moveTokens(state, payer, treasury, 'DPN', feeMicro);
  if (!paid.ok) {
    const balanceMicro = state.account(payer).balances.DPN.toString();
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
