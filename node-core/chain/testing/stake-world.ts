// A chain of several validators without consensus: blocks are made as CometBFT would hand them over, with the votes of
// the set that its rules lead to. People and keys come from names. For tests only.

import type { Bytes, KvStore } from '../../base/index.ts';
import { assert, bytesToHex, sha256, utf8ToBytes } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { type ConsensusKey, consensusAddress, createConsensusKey, totalPower } from '../../comet/index.ts';
import { type ChainApplication, createApplication } from '../app.ts';
import type { Message } from '../messages.ts';
import { signPossession } from '../modules/index.ts';
import type { StakingParams, StorageTerms } from '../records.ts';
import { encodeSignedTx, encodeTxBody } from '../tx.ts';
import type {
  BlockInput,
  BlockOutcome,
  ChainEvent,
  Genesis,
  GenesisAccount,
  Misbehavior,
  TxOutcome,
} from '../types.ts';
import { type CometModel, createCometModel } from './comet-model.ts';
import { CHAIN_ID, FEE_MICRO, GENESIS_S, keyOf } from './world.ts';

export const DPN = 1_000_000n;
export const addressOf = (name: string): Bytes => keyOf(name).address;
const secretOf = (name: string) => sha256(utf8ToBytes(`consensus key of ${name}`));

const consensusKeys = new Map<string, ConsensusKey>();

/** Every second name has an ed25519 key, so that both kinds are in every set. */
export function consensusKeyOf(name: string): ConsensusKey {
  const known = consensusKeys.get(name) ?? createConsensusKey(secretOf(name), typeOf(name));
  consensusKeys.set(name, known);
  return known;
}
const typeOf = (name: string): ConsensusKey['type'] =>
  (secretOf(name)[0] ?? 0) % 2 === 0 ? 'ed25519' : 'secp256k1';

export const proofOf = (keyName: string, operator: string): Bytes =>
  signPossession(secretOf(keyName), typeOf(keyName), CHAIN_ID, addressOf(operator));

export type StakeWorldOptions = {
  /** Whole DPN staked at genesis, by operator. */
  readonly validators: Readonly<Record<string, bigint>>;
  /** Whole DPN on the accounts of these people. Operators get `fundsDpn` too. */
  readonly people?: readonly string[];
  readonly fundsDpn?: bigint;
  readonly staking?: Partial<StakingParams>;
  readonly storage?: StorageTerms;
  readonly paradigms?: Genesis['paradigms'];
  readonly accounts?: readonly GenesisAccount[];
  readonly kv?: KvStore;
  /** Instead of the one made of the above. */
  readonly genesis?: Genesis;
  /** Told every block and its root, to make it again elsewhere. */
  readonly record?: (input: BlockInput, root: string) => void;
};

export type BlockOptions = {
  readonly txs?: readonly Bytes[];
  readonly afterS?: bigint;
  /** Whose votes for the block before are missing, by key name. */
  readonly absent?: readonly string[];
  readonly misbehavior?: readonly Misbehavior[];
};

export type StakeWorld = {
  readonly app: ChainApplication;
  readonly comet: CometModel;
  readonly genesis: Genesis;
  block(options?: BlockOptions): BlockOutcome;
  /** One block with this message. */
  run(from: string, message: Message, options?: BlockOptions): TxOutcome;
  tx(from: string, message: Message, options?: { seq?: number; feeMicro?: bigint }): Bytes;
  /** Empty blocks up to and with the end of the present epoch; gives that block. */
  endEpoch(options?: BlockOptions): BlockOutcome;
  /** `name`'s vote against the chain at that height. */
  offence(keyName: string, height: bigint, kind?: Misbehavior['kind']): Misbehavior;
  nowS(): bigint;
  height(): bigint;
  /** Time of a block. */
  timeOf(height: bigint): bigint;
};

export function genesisOf(options: StakeWorldOptions): Genesis {
  const { validators, people = [], fundsDpn = 1_000n } = options;
  const operators = Object.keys(validators);
  return {
    chainId: CHAIN_ID,
    time: { seconds: GENESIS_S, nanos: 0 },
    validators: operators.map((name) => ({ key: consensusKeyOf(name), power: validators[name] ?? 0n })),
    stakes: operators.map((name) => ({
      operator: addressOf(name),
      key: consensusKeyOf(name),
      name,
      stakeMicro: (validators[name] ?? 0n) * DPN,
    })),
    accounts: [
      ...operators.map((name) => ({
        address: addressOf(name),
        balances: { DPN: ((validators[name] ?? 0n) + fundsDpn) * DPN },
      })),
      ...people.map((name) => ({ address: addressOf(name), balances: { DPN: fundsDpn * DPN } })),
      ...(options.accounts ?? []),
    ],
    council: addressOf('council'),
    treasury: addressOf('treasury'),
    paradigms: options.paradigms ?? [],
    params: {
      staking: { epochBlocks: 5, ...options.staking },
      ...(options.storage === undefined ? {} : { storage: options.storage }),
    },
  };
}

export function createStakeWorld(options: StakeWorldOptions): StakeWorld {
  const genesis = options.genesis ?? genesisOf(options);
  // Signatures of transactions are not what these tests are about: every one is taken for good.
  const app = createApplication({ kv: options.kv ?? createMemoryKv(), verify: () => true });
  const { validators } = app.initChain(genesis);
  const comet = createCometModel(validators);
  const times = new Map<bigint, bigint>([[0n, GENESIS_S]]);
  const height = () => app.info().height;
  const nowS = () => times.get(height()) ?? GENESIS_S;
  const block = ({ txs = [], afterS = 5n, absent = [], misbehavior = [] }: BlockOptions = {}) => {
    const next = height() + 1n;
    times.set(next, nowS() + afterS);
    const [proposer] = comet.setAt(next);
    assert(proposer !== undefined, 'a set is never empty');
    const missing = new Set(absent.map((name) => consensusKeyOf(name)));
    const voters = next === 1n ? [] : comet.setAt(next - 1n);
    const input: BlockInput = {
      height: next,
      time: { seconds: nowS() + afterS, nanos: 0 },
      txs,
      proposerAddress: consensusAddress(proposer.key),
      lastCommitVotes: voters.map(({ key, power }) => {
        const gone = [...missing].some((known) => known.bytes.join() === key.bytes.join());
        return { address: consensusAddress(key), power, flag: gone ? 1 : 2 };
      }),
      misbehavior,
    };
    const outcome = app.finalizeBlock(input);
    app.commit();
    options.record?.(input, bytesToHex(outcome.appHash));
    comet.update(next, outcome.validatorUpdates);
    return outcome;
  };
  const tx: StakeWorld['tx'] = (from, message, { seq, feeMicro = FEE_MICRO } = {}) =>
    encodeSignedTx({
      body: encodeTxBody({
        v: 1,
        chain: CHAIN_ID,
        from: keyOf(from).publicKey,
        seq: seq ?? app.read().account(addressOf(from)).seq,
        expiry: 1_000_000_000,
        feeMicro,
        sponsor: null,
        message,
      }),
      signature: new Uint8Array(64),
      sponsorSignature: null,
    });
  return {
    app,
    comet,
    genesis,
    block,
    tx,
    run(from, message, blockOptions) {
      const [outcome] = block({ ...blockOptions, txs: [tx(from, message)] }).outcomes;
      assert(outcome !== undefined, 'a transaction has an outcome');
      return outcome;
    },
    endEpoch(blockOptions) {
      for (;;) {
        const outcome = block(blockOptions);
        if (outcome.blockEvents.some(({ type }) => type === 'epoch.ended')) return outcome;
      }
    },
    offence(keyName, at, kind = 'duplicate-vote') {
      const set = comet.setAt(at);
      const address = consensusAddress(consensusKeyOf(keyName));
      const power = set.find(({ key }) => consensusAddress(key).join() === address.join())?.power ?? 0n;
      const time = { seconds: times.get(at) ?? nowS(), nanos: 0 };
      return { kind, address, power, height: at, time, totalPower: totalPower(set) };
    },
    nowS,
    height,
    timeOf: (at) => times.get(at) ?? 0n,
  };
}

export const codeOf = (outcome: TxOutcome): string => outcome.fault?.code ?? 'done';
export const typesOf = (events: readonly ChainEvent[]): readonly string[] => events.map(({ type }) => type);

export const createMessage = (
  operator: string,
  dpn: bigint,
  changes: Partial<CreateMessage> = {},
): Message => ({
  type: 'staking.create',
  name: operator,
  key: consensusKeyOf(operator),
  proof: proofOf(operator, operator),
  commission: { basisPoints: 1_000, basisPointsMax: 2_000, dailyRiseBasisPointsMax: 100 },
  selfMicroMin: DPN,
  amountMicro: dpn * DPN,
  ...changes,
});
type CreateMessage = Extract<Message, { type: 'staking.create' }>;

const validatorField = (operator: string) => ({ validator: addressOf(operator) });
export const delegateMessage = (operator: string, dpn: bigint): Message => ({
  type: 'staking.delegate',
  ...validatorField(operator),
  amountMicro: dpn * DPN,
});
export const undelegateMessage = (operator: string, dpn: bigint): Message => ({
  type: 'staking.undelegate',
  ...validatorField(operator),
  amountMicro: dpn * DPN,
});
export const redelegateMessage = (from: string, to: string, dpn: bigint): Message => ({
  type: 'staking.redelegate',
  from: addressOf(from),
  to: addressOf(to),
  amountMicro: dpn * DPN,
});
export const withdrawMessage = (operator: string): Message => ({
  type: 'staking.withdraw',
  ...validatorField(operator),
});
