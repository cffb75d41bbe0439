// What an operator says to the chain about its validator, with the key of a node's folder. Builds messages; signs nothing
// but the proof that the node's key is the operator's, and sends nothing.

import type { Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import type { Message } from '../../chain/index.ts';
import { signPossession } from '../../chain/index.ts';
import { createConsensusKey } from '../../comet/index.ts';
import type { Address } from '../../identity/index.ts';
import { FILES, readHomeFile } from './home.ts';
import { parseValidatorKeyFile } from './keys.ts';

/** Whoever delegates knows how far the operator's part of the rewards can go, and how fast. */
const COMMISSION_BASIS_POINTS_MAX = 2_000;
const DAILY_RISE_BASIS_POINTS_MAX = 100;

export type Registration = {
  readonly name: string;
  readonly stakeMicro: bigint;
  readonly commissionBasisPoints: number;
  /** Least that the network wants of an operator's own stake. */
  readonly selfMicroMin: bigint;
};

type Owner = { readonly chainId: string; readonly operator: Address };

/** The operator's account registers the node's key with its first stake. Refused where the folder holds no key. */
export function registerValidator(home: string, owner: Owner, terms: Registration): Result<Message> {
  const proven = provenKey(home, owner);
  if (!proven.ok) return proven;
  const { name, stakeMicro, commissionBasisPoints, selfMicroMin } = terms;
  return ok({
    type: 'staking.create',
    name,
    ...proven.value,
    commission: {
      basisPoints: commissionBasisPoints,
      basisPointsMax: Math.max(commissionBasisPoints, COMMISSION_BASIS_POINTS_MAX),
      dailyRiseBasisPointsMax: DAILY_RISE_BASIS_POINTS_MAX,
    },
    selfMicroMin,
    amountMicro: stakeMicro,
  });
}

/** From the next epoch on the validator signs with the key of this folder, and with its old one no more. */
export function rotateValidatorKey(home: string, owner: Owner): Result<Message> {
  const proven = provenKey(home, owner);
  return proven.ok ? ok({ type: 'staking.rotate', ...proven.value }) : proven;
}

function provenKey(home: string, { chainId, operator }: Owner) {
  const text = readHomeFile(home, 'validatorKey');
  if (!text.ok) return text;
  const secret = parseValidatorKeyFile(text.value, FILES.validatorKey.join('/'));
  if (!secret.ok) return secret;
  const { secretKey, type } = secret.value;
  const proof = signPossession(secretKey, type, chainId, operator);
  return ok({ key: createConsensusKey(secretKey, type), proof });
}
