// The application's part of a genesis document (app_state) as text, and back. JSON, since people read and sign off a
// genesis; CometBFT reformats it on the way, so nothing depends on its bytes, only on its values. Chain id, time and
// validators stand beside it in CometBFT's part and are not repeated.

import { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import { assert, base64, ok, parseUtf8, refuse, TOKENS, type Token } from '../base/index.ts';
import type { Genesis } from '../chain/index.ts';
import {
  MachineDataTerms,
  NAME_YEARS_MAX,
  NameTerms,
  ProviderTerms,
  ReviewTerms,
  StakingParams,
  StorageTerms,
} from '../chain/index.ts';
import { addressToText, parseAddress } from '../identity/index.ts';
import { abciFault } from './faults.ts';

/** What CometBFT's part of the document says. */
export type ChainStart = Pick<Genesis, 'chainId' | 'time' | 'validators'>;
type AppState = Omit<Genesis, keyof ChainStart>;

/** CometBFT refuses a genesis document above 100 MiB. */
const TEXT_SIZE_BYTES_MAX = 100 * 1024 * 1024;

/** Text in the document, a value in the program. One text for each value: other spellings are refused. */
function written<T>(
  what: string,
  kind: z.ZodType<T, T>,
  parse: (text: string) => T | undefined,
  show: (value: T) => string,
) {
  return z.codec(z.string(), kind, {
    decode(text, context) {
      const value = parse(text);
      if (value !== undefined && show(value) === text) return value;
      context.issues.push({ code: 'custom', message: `is not ${what}`, input: text });
      return z.NEVER;
    },
    encode: show,
  });
}

const octets = z.custom<Bytes>((value) => value instanceof Uint8Array, 'bytes');
const integer = (digitsMax: number) => (text: string) =>
  /^(0|[1-9]\d*)$/.test(text) && text.length <= digitsMax ? BigInt(text) : undefined;

const micro = written('an amount in micro', z.bigint().min(0n), integer(30), String);
const unixS = written('a time in Unix seconds', z.bigint().min(0n), integer(12), String);
const address = written('an address', octets, parseAddress, addressToText);
const bytes = written('base64', octets, parseBase64, (value) => base64.encode(value));
const basisPoints = z.int().min(0).max(10_000);
const token = z.enum(TOKENS);

const amount = micro.exactOptional();
const account = z.strictObject({
  address,
  // An object and no record, so that the tokens have an order.
  balances: z.strictObject({ DPN: amount, '3DP': amount, DIMT: amount, ITC: amount } satisfies Record<
    Token,
    unknown
  >),
  locks: z
    .array(z.strictObject({ token, amountMicro: micro, startS: unixS, cliffS: unixS, endS: unixS }))
    .exactOptional(),
});

const stake = z.strictObject({
  operator: address,
  key: z.strictObject({ type: z.enum(['ed25519', 'secp256k1']), bytes }),
  name: z.string().min(1).max(60),
  stakeMicro: micro,
  commission: z
    .strictObject({ basisPoints, basisPointsMax: basisPoints, dailyRiseBasisPointsMax: basisPoints })
    .exactOptional(),
});

const { selfMicroMin: _, ...stakingNumbers } = StakingParams.shape;
const staking = z.strictObject({ ...stakingNumbers, selfMicroMin: micro });

const {
  stakeMicro: _s,
  feeMicro: _f,
  appealMicro: _a,
  bondMicro: _b,
  bountyMicro: _c,
  ...reviewNumbers
} = ReviewTerms.shape;
const positive = written('an amount in micro', z.bigint().min(1n), integer(30), String);
const review = z.strictObject({
  ...reviewNumbers,
  stakeMicro: positive,
  feeMicro: micro,
  appealMicro: micro,
  bondMicro: micro,
  bountyMicro: micro,
});

const storage = z.strictObject({
  microPerByte: written('an amount in micro', z.bigint().min(0n).max(1_000_000n), integer(7), String),
  keepS: StorageTerms.shape.keepS,
});

const machineData = z.strictObject({
  ...MachineDataTerms.shape,
  feeMicro: written('an amount in micro', z.bigint().min(0n).max(1_000_000_000_000n), integer(13), String),
});

const names = z.strictObject({
  ...NameTerms.shape,
  shortMicro: micro,
  fourMicro: micro,
  longMicro: micro,
  depositMicro: micro,
  premiumMicro: micro,
});

const providers = z.strictObject({
  ...ProviderTerms.shape,
  depositMicro: micro,
  dailyMicro: micro,
  perWeightMicro: micro,
});

const params = z.strictObject({
  minimumFeeMicro: micro.exactOptional(),
  authorBasisPoints: basisPoints.exactOptional(),
  networkBasisPoints: basisPoints.exactOptional(),
  staking: staking.partial().exactOptional(),
  review: review.exactOptional(),
  storage: storage.exactOptional(),
  machineData: machineData.exactOptional(),
  names: names.exactOptional(),
  providers: providers.exactOptional(),
});

const document = z.strictObject({
  v: z.literal(1),
  accounts: z.array(account),
  stakes: z.array(stake).exactOptional(),
  fixedSet: z.boolean().exactOptional(),
  council: address,
  treasury: address,
  paradigms: z.array(z.strictObject({ document: bytes, author: address })),
  params: params.exactOptional(),
  names: z
    .array(
      z.strictObject({ name: z.string().max(63), owner: address, years: z.int().min(1).max(NAME_YEARS_MAX) }),
    )
    .exactOptional(),
});

/** One text for one genesis: names in a fixed order, no spaces. */
export function encodeAppState(genesis: Genesis): string {
  const { chainId: _chainId, time: _time, validators: _validators, ...state } = genesis;
  const encoded = z.safeEncode(document, { v: 1, ...state } as z.output<typeof document>);
  assert(encoded.success, 'a genesis has values that a document can hold');
  return JSON.stringify(encoded.data);
}

/** Strict: known names only, every amount, address and key well formed. Whether they go together is the chain's to say. */
export function parseAppState(text: Bytes, start: ChainStart): Result<Genesis> {
  const malformed = (reason: string) => refuse(abciFault('abci.genesis.malformed', { reason }));
  if (text.length > TEXT_SIZE_BYTES_MAX) return malformed('it is too long');
  let json: unknown;
  try {
    json = JSON.parse(parseUtf8(text) ?? '');
  } catch {
    return malformed('its app_state is no JSON');
  }
  const parsed = document.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = ['app_state', ...(issue?.path ?? [])].map(String).join('.');
    return malformed(`${place.slice(0, 200)}: ${issue?.message ?? 'wrong'}`);
  }
  const { v: _v, ...state } = parsed.data;
  return ok({ ...start, ...(state as AppState) });
}

function parseBase64(text: string): Bytes | undefined {
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
}
