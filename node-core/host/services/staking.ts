// Delegated stake as the chain proves it: who is registered, with how much behind them, how reliably they sign; and the
// stake of one's own accounts, with what is being taken back and what was earned.

import type { StakeView, ValidatorStakeView } from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, hexToBytes, ok, refuse } from '../../base/index.ts';
import type { Message, StakingParams } from '../../chain/index.ts';
import {
  ConsensusKeyState,
  consensusKeyKey,
  DelegationState,
  delegationKey,
  LivenessState,
  livenessKey,
  owedMicro,
  RewardsState,
  rewardsKey,
  UnbondingsState,
  unbondingsKey,
  ValidatorState,
  validatorKey,
  worthOf,
} from '../../chain/index.ts';
import { consensusAddress } from '../../comet/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { Identities } from './identities.ts';
import type { StakeOverview } from './network.ts';
import { walletFault } from './wallet.ts';

/** The set changes at epoch ends, minutes apart; a page that is reloaded at every block asks for it less often. */
const OVERVIEW_KEPT_MS = 20_000;

export type StakingParts = {
  readonly chain: ChainClient;
  readonly identities: Identities;
  readonly clock: Clock;
};

type Registered = { readonly operator: Bytes; readonly state: ValidatorState; readonly missed: number };
type Kept = { readonly overview: StakeOverview; readonly of: string; readonly sinceMs: number };

export class Staking {
  readonly #parts: StakingParts;
  #kept: Kept | undefined;

  constructor(parts: StakingParts) {
    this.#parts = parts;
  }

  /** Everybody who is registered; `signing` are the consensus addresses of the present set. Undefined where unproven. */
  async overview(signing: readonly string[]): Promise<StakeOverview | undefined> {
    const nowMs = this.#parts.clock.monotonicMs();
    const of = signing.join();
    const kept = this.#kept;
    if (kept !== undefined && kept.of === of && nowMs - kept.sinceMs < OVERVIEW_KEPT_MS) return kept.overview;
    const read = await this.#readOverview(new Set(signing));
    // What was proven a while ago is better than nothing: the validators themselves are always the verified ones.
    if (!read.ok) return kept?.overview;
    this.#kept = { overview: read.value, of, sinceMs: nowMs };
    return read.value;
  }

  async #readOverview(signing: ReadonlySet<string>): Promise<Result<StakeOverview>> {
    const params = await this.#parts.chain.known.params();
    if (!params.ok) return params;
    const registered = await this.#registered();
    if (!registered.ok) return registered;
    const operators = await this.#operatorsOf(signing, registered.value);
    if (!operators.ok) return operators;
    const views = new Map(
      registered.value.map((one) => [
        bytesToHex(one.operator),
        viewOf(one, params.value.staking, new Set(operators.value.values()).has(bytesToHex(one.operator))),
      ]),
    );
    const byConsensusAddress = new Map<string, ValidatorStakeView>();
    for (const [address, operator] of operators.value) {
      const view = views.get(operator);
      if (view !== undefined) byConsensusAddress.set(address, view);
    }
    const candidates = [...views.values()]
      .filter(({ state }) => state !== 'elected')
      .sort((a, b) => Number(b.stakeMicro - a.stakeMicro));
    return ok({ byConsensusAddress, candidates });
  }

  async #registered(): Promise<Result<Registered[]>> {
    const { known: chain } = this.#parts.chain;
    const operators = await chain.list('validators');
    if (!operators.ok) return operators;
    const found: Registered[] = [];
    for (const operator of operators.value) {
      const state = await chain.read(ValidatorState, validatorKey(operator));
      if (!state.ok) return state;
      const liveness = await chain.read(LivenessState, livenessKey(operator));
      if (!liveness.ok) return liveness;
      if (state.value === undefined) continue;
      found.push({ operator, state: state.value.value, missed: liveness.value?.value.missed ?? 0 });
    }
    return ok(found);
  }

  /** Operators in hexadecimal by consensus address. A key that is being replaced still signs until the epoch ends. */
  async #operatorsOf(
    signing: ReadonlySet<string>,
    registered: readonly Registered[],
  ): Promise<Result<ReadonlyMap<string, string>>> {
    const byKey = new Map(
      registered.map(({ operator, state }) => [
        bytesToHex(consensusAddress(state.key)),
        bytesToHex(operator),
      ]),
    );
    const operators = new Map<string, string>();
    for (const address of signing) {
      const known = byKey.get(address);
      if (known !== undefined) {
        operators.set(address, known);
        continue;
      }
      const state = await this.#parts.chain.known.read(
        ConsensusKeyState,
        consensusKeyKey(hexToBytes(address)),
      );
      if (!state.ok) return state;
      if (state.value !== undefined) operators.set(address, bytesToHex(state.value.value.operator));
    }
    return ok(operators);
  }

  /** The stake of one account. */
  async stakeOf(actor: string): Promise<Result<StakeView>> {
    const { identities } = this.#parts;
    const { known: chain } = this.#parts.chain;
    const { address } = identities.keyPair(actor);
    const params = await chain.params();
    if (!params.ok) return params;
    const account = await chain.account(address);
    if (!account.ok) return account;
    const delegations = await this.#delegationsOf(address);
    if (!delegations.ok) return delegations;
    const unbondings = await chain.read(UnbondingsState, unbondingsKey(address));
    if (!unbondings.ok) return unbondings;
    return ok({
      isElected: params.value.elected,
      unbondingS: params.value.staking.unbondingS,
      availableMicro: account.value.value.balances.DPN,
      delegations: delegations.value,
      unbondings: (unbondings.value?.value.entries ?? []).map(({ validator, amountMicro, completesS }) => ({
        operator: addressToText(validator),
        amountMicro,
        completesS: Number(completesS),
      })),
      verifiedHeight: Number(account.value.height),
    });
  }

  async #delegationsOf(delegator: Bytes): Promise<Result<StakeView['delegations']>> {
    const { known: chain } = this.#parts.chain;
    const operators = await chain.list('delegations-of', delegator);
    if (!operators.ok) return operators;
    const found: StakeView['delegations'] = [];
    for (const operator of operators.value) {
      const delegation = await chain.read(DelegationState, delegationKey(delegator, operator));
      if (!delegation.ok) return delegation;
      const validator = await chain.read(ValidatorState, validatorKey(operator));
      if (!validator.ok) return validator;
      const rewards = await chain.read(RewardsState, rewardsKey(operator));
      if (!rewards.ok) return rewards;
      if (delegation.value === undefined || validator.value === undefined) continue;
      const held = delegation.value.value;
      found.push({
        operator: addressToText(operator),
        name: validator.value.value.name,
        amountMicro: worthOf(validator.value.value, held.shares),
        rewardsMicro: rewards.value === undefined ? 0n : owedMicro(rewards.value.value, held),
      });
    }
    return ok(found);
  }

  delegate(actor: string, operator: string, amountMicro: bigint): Promise<Result<string>> {
    return this.#send(actor, operator, (validator) => ({ type: 'staking.delegate', validator, amountMicro }));
  }

  /** Moves stake to another validator; it stays liable for what the first one did. */
  async redelegate(actor: string, from: string, to: string, amountMicro: bigint): Promise<Result<string>> {
    const target = parseAddress(to);
    if (target === undefined) return refuse(notAnAccount(to));
    return this.#send(actor, from, (validator) => ({
      type: 'staking.redelegate',
      from: validator,
      to: target,
      amountMicro,
    }));
  }

  undelegate(actor: string, operator: string, amountMicro: bigint): Promise<Result<string>> {
    return this.#send(actor, operator, (validator) => ({
      type: 'staking.undelegate',
      validator,
      amountMicro,
    }));
  }

  withdraw(actor: string, operator: string): Promise<Result<string>> {
    return this.#send(actor, operator, (validator) => ({ type: 'staking.withdraw', validator }));
  }

  async #send(
    actor: string,
    operator: string,
    message: (validator: Bytes) => Message,
  ): Promise<Result<string>> {
    const { chain, identities } = this.#parts;
    const validator = parseAddress(operator);
    if (validator === undefined) return refuse(notAnAccount(operator));
    const sent = await chain.submit(identities.keyPair(actor), message(validator));
    // Whoever staked shall see it behind the validator at once.
    if (sent.ok) this.#kept = undefined;
    return sent.ok ? ok(bytesToHex(sent.value.hash)) : sent;
  }
}

const notAnAccount = (text: string) => walletFault('wallet.address.invalid', { text: text.slice(0, 60) });

function viewOf(
  { operator, state, missed }: Registered,
  params: StakingParams,
  signs: boolean,
): ValidatorStakeView {
  const standing = state.tombstoned ? 'tombstoned' : state.jailed ? 'jailed' : signs ? 'elected' : 'waiting';
  return {
    operator: addressToText(operator),
    name: state.name,
    stakeMicro: state.stakeMicro,
    commissionBasisPoints: state.commission.basisPoints,
    state: standing,
    jailedUntilS: state.jailed ? Number(state.jailedUntilS) : null,
    uptime: Math.max(0, 1 - missed / params.windowBlocks),
  };
}
