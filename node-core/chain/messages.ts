// Every transaction the chain knows: one signed body with one message. Encoded as deterministic dag-cbor, decoded
// strictly; the signature covers the exact body bytes under the domain `dipnet/tx/v1`.

import { z } from 'zod';
import { TOKENS } from '../base/index.ts';
import {
  AddressBytes,
  Hash,
  Micro,
  Octets,
  PositiveMicro,
  PublicKeyBytes,
  SignatureBytes,
} from './fields.ts';
import * as council from './messages-council.ts';
import { MachineCheckpoint } from './messages-machine-data.ts';
import * as names from './messages-names.ts';
import * as providers from './messages-providers.ts';
import * as staking from './messages-staking.ts';
import { ReviewTerms } from './records-council.ts';
import { MachineDataTerms } from './records-machine-data.ts';
import { NameTerms } from './records-names.ts';
import { ProviderTerms } from './records-providers.ts';
import { StakingParams } from './records-staking.ts';
import { StorageTerms } from './records-storage.ts';

export { AddressBytes, Hash, PublicKeyBytes, SignatureBytes } from './fields.ts';
export * from './messages-council.ts';
export * from './messages-machine-data.ts';
export * from './messages-names.ts';
export * from './messages-providers.ts';
export * from './messages-staking.ts';

const bytes = Octets;
const micro = Micro;
const title = z.string().min(1).max(120);

/** Values of paradigm parameters and arguments on the wire; integers become bigint in the VM. */
export const WireValue: z.ZodType<WireValue> = z.lazy(() =>
  z.union([
    z.boolean(),
    z.int(),
    z.bigint(),
    z.string().max(4096),
    bytes,
    z.array(WireValue).max(64),
    z.record(z.string().max(64), WireValue),
  ]),
);
export type WireValue =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly WireValue[]
  | { readonly [key: string]: WireValue };

export const BankSend = z.strictObject({
  type: z.literal('bank.send'),
  to: AddressBytes,
  token: z.enum(TOKENS),
  amountMicro: PositiveMicro,
});

/** First come, first recorded: the design hash is the model's name, and only its first registrant owns it. */
export const ModelRegister = z.strictObject({
  type: z.literal('model.register'),
  designHash: Hash,
  /** Content id of the encrypted file's manifest. */
  contentId: z.string().min(1).max(100),
  /** Content id of the public preview bundle (thumbnail and coarse mesh); empty where none. */
  previewId: z.string().max(100),
  title,
  description: z.string().max(2000),
  licence: z.string().min(1).max(64),
  priceMicroPerCopy: micro,
  /** Bounding box in micrometres and volume in cubic millimetres, as measured by the designer's console. */
  sizeUm: z.strictObject({ x: z.int().min(1), y: z.int().min(1), z: z.int().min(1) }),
  volumeMm3: z.int().min(0),
  watertight: z.boolean(),
  triangles: z.int().min(1),
});

/** The model's owner changes how it is offered; orders keep the price of their own quote. */
export const ModelUpdate = z.strictObject({
  type: z.literal('model.update'),
  designHash: Hash,
  title,
  description: z.string().max(2000),
  priceMicroPerCopy: micro,
});

/** A bill of materials under the name of its hash; whoever sends it is its designer. */
export const ProductRegister = z.strictObject({
  type: z.literal('product.register'),
  /** Canonical ProductRecord (node-core/production). */
  product: bytes,
});

/** Sent again by the owner with a new profile, it replaces the old one. */
export const MachineRegister = z.strictObject({
  type: z.literal('machine.register'),
  machineKey: PublicKeyBytes,
  /** The machine key's signature over `dipnet/machine/v1`, chain id and owner address: it agrees to be owned. */
  proof: SignatureBytes,
  /** Canonical RegisteredMachine record. */
  profile: bytes,
});

/** Makes an approved paradigm document usable. On the demo network the council is the genesis key. */
export const ParadigmPublish = z.strictObject({
  type: z.literal('paradigm.publish'),
  /** Canonical paradigm document (dag-cbor). */
  document: bytes,
  /** Account that earns the author's fee; the sender where absent. */
  author: AddressBytes.optional(),
});

/** The council sets the parameters anew, in force when a whole epoch has passed. A later one replaces it. */
export const ParamsUpdate = z.strictObject({
  type: z.literal('params.update'),
  minimumFeeMicro: micro,
  authorBasisPoints: z.int().min(0).max(2000),
  networkBasisPoints: z.int().min(0).max(2000),
  /** The staking parameters stay as they are where absent. */
  staking: StakingParams.optional(),
  /** As for these. */
  review: ReviewTerms.optional(),
  names: NameTerms.optional(),
  storage: StorageTerms.optional(),
  machineData: MachineDataTerms.optional(),
  providers: ProviderTerms.optional(),
});

/** The branch of a running contract that a contract is to fill, with money of that one. */
export const BranchRef = z.strictObject({
  contract: AddressBytes,
  list: z.string().min(1).max(32),
  /** From 0. */
  row: z.int().min(0).max(63),
  /** Pieces. */
  quantity: z.int().min(1).max(1_000_000),
});
export type BranchRef = z.infer<typeof BranchRef>;

export const ContractOpen = z.strictObject({
  type: z.literal('contract.open'),
  paradigm: Hash,
  roles: z.record(z.string().max(32), AddressBytes),
  params: z.record(z.string().max(64), WireValue),
  /** Canonical QuoteRecord that the order is for. Empty for an agreement, which is about no quoted print. */
  quote: bytes,
  /** Where it fills a branch of another contract, which then pays for it. */
  parent: BranchRef.optional(),
});

export const ContractEvent = z.strictObject({
  type: z.literal('contract.event'),
  instance: AddressBytes,
  event: z.string().min(1).max(32),
  args: z.record(z.string().max(64), WireValue),
  /** For a step that joins a crowd: the branch of another contract that is filled by it. */
  parent: BranchRef.optional(),
});

/** The licensor hands the model key, wrapped for the machine, to a licence that an order opened. */
export const LicenceRelease = z.strictObject({
  type: z.literal('licence.release'),
  licence: AddressBytes,
  wrappedKey: bytes.refine((value) => value.length > 0 && value.length <= 256, 'a wrapped key'),
});

/**
 * The machine uses up one copy of a licence before it prints. Signed by the machine key; refused beyond the quantity.
 * A copy that was reported failed or cancelled may be begun again, a limited number of times.
 */
export const LicenceUse = z.strictObject({
  type: z.literal('licence.use'),
  licence: AddressBytes,
  /** 1-based. */
  copy: z.int().min(1),
  gcodeHash: Hash,
});

/** The machine records the end of one copy: head of the signed telemetry chain and the outcome. */
export const LicenceReport = z.strictObject({
  type: z.literal('licence.report'),
  licence: AddressBytes,
  copy: z.int().min(1),
  telemetryHead: Hash,
  entries: z.int().min(1),
  outcome: z.enum(['finished', 'cancelled', 'failed']),
});

/** Orders that one run may be shared by. */
export const RUN_ORDERS_MAX = 16;

/**
 * Before it begins them, the machine records copies of several orders that it makes in one run: of the same file, one
 * after the other, in the order of the parts. Signed by the machine key. Recorded anew, the later run has the copies.
 */
export const LicenceGather = z.strictObject({
  type: z.literal('licence.gather'),
  parts: z
    .array(z.strictObject({ licence: AddressBytes, from: z.int().min(1), to: z.int().min(1) }))
    .min(2)
    .max(RUN_ORDERS_MAX),
});

export const Message = z.discriminatedUnion('type', [
  BankSend,
  ModelRegister,
  ModelUpdate,
  ProductRegister,
  MachineRegister,
  MachineCheckpoint,
  ParadigmPublish,
  ParamsUpdate,
  ContractOpen,
  ContractEvent,
  LicenceRelease,
  LicenceUse,
  LicenceReport,
  LicenceGather,
  staking.StakingCreate,
  staking.StakingEdit,
  staking.StakingRotate,
  staking.StakingDelegate,
  staking.StakingUndelegate,
  staking.StakingRedelegate,
  staking.StakingWithdraw,
  staking.StakingUnjail,
  council.CouncilJoin,
  council.CouncilLeave,
  council.CouncilVote,
  council.ParadigmSubmit,
  council.ParadigmAppeal,
  council.ParadigmWithdraw,
  council.ParadigmReport,
  names.NameCommit,
  names.NameRegister,
  names.NameRenew,
  names.NamePoint,
  names.NamePrimary,
  names.NameTransfer,
  providers.ProviderRegister,
  providers.ProviderLeave,
  providers.ProviderChoose,
  providers.ProviderClaim,
  providers.ProviderProve,
]);
export type Message = z.infer<typeof Message>;

export const TxBody = z.strictObject({
  v: z.literal(1),
  chain: z.string().min(1).max(50),
  /** Public key of the signer; its address is the acting account. */
  from: PublicKeyBytes,
  /** Next sequence number of the signer's account. */
  seq: z.int().min(0),
  /** Last height at which the transaction may enter a block. */
  expiry: z.int().min(1),
  feeMicro: micro,
  /** Account that pays the fee instead of the signer; must sign too. */
  sponsor: z.union([PublicKeyBytes, z.null()]),
  message: Message,
});
export type TxBody = z.infer<typeof TxBody>;

export const SignedTx = z.strictObject({
  body: bytes,
  signature: SignatureBytes,
  sponsorSignature: z.union([SignatureBytes, z.null()]),
});
export type SignedTx = z.infer<typeof SignedTx>;
