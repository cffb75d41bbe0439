// What an account has locked in stake, as the light node proves it: the price that a receiver may ask of strangers.

import type { Bytes, Log, Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import { DelegationState, delegationKey, ValidatorState, validatorKey, worthOf } from '../../chain/index.ts';
import type { ReadStake } from '../../dimp/station/index.ts';
import { parseAddress } from '../../identity/index.ts';
import type { ChainReader } from './chain-reader.ts';

/** Stake behind validators, in millionths of a DPN. Coins that are being taken back no longer count. */
async function lockedStakeMicro(
  chain: Pick<ChainReader, 'list' | 'read'>,
  account: Bytes,
): Promise<Result<bigint>> {
  const operators = await chain.list('delegations-of', account);
  if (!operators.ok) return operators;
  let totalMicro = 0n;
  for (const operator of operators.value) {
    const delegation = await chain.read(DelegationState, delegationKey(account, operator));
    if (!delegation.ok) return delegation;
    const validator = await chain.read(ValidatorState, validatorKey(operator));
    if (!validator.ok) return validator;
    if (delegation.value === undefined || validator.value === undefined) continue;
    totalMicro += worthOf(validator.value.value, delegation.value.value.shares);
  }
  return ok(totalMicro);
}

/** For a station: people's IDs are their accounts, and all others have nothing. */
export function createStakeReader(chain: Pick<ChainReader, 'list' | 'read'>, log: Log): ReadStake {
  return async (id) => {
    const account = id.address.kind === 'eth' ? parseAddress(id.address.text) : undefined;
    if (account === undefined) return 0n;
    try {
      const locked = await lockedStakeMicro(chain, account);
      if (!locked.ok) log('info', 'stake.unproven', { code: locked.fault.code });
      return locked.ok ? locked.value : undefined;
    } catch (error) {
      log('warn', 'stake.unread', { error });
      return undefined;
    }
  };
}
