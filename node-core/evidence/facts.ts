// What the file's headers prove: the records of the state and the order's transactions, parsed. Everything the links
// reason about comes from here, so nothing unproven can slip in.

import type { z } from 'zod';
import type { Bytes, Result } from '../base/index.ts';
import { bytesToHex, equalBytes, parseUtf8 } from '../base/index.ts';
import type { DecodedTx, StateProof } from '../chain/index.ts';
import {
  ContractState,
  contractKey,
  decodeTx,
  LicenceState,
  licenceAddress,
  licenceKey,
  MachineState,
  ModelState,
  machineKey,
  modelKey,
  ParadigmState,
  ParamsState,
  paradigmKey,
  paramsKey,
  parseState,
} from '../chain/index.ts';
import type { Header, LightBlock } from '../comet/index.ts';
import { nobleSignatures, parseLightBlock } from '../comet/index.ts';
import {
  defaultVerifyOptions,
  verifyLightChain,
  verifyStateProof,
  verifyTxInclusion,
} from '../light/index.ts';
import type { Instance, Paradigm } from '../paradigm/index.ts';
import { paradigmId, parseInstance, parseParadigm } from '../paradigm/index.ts';
import type { Evidence } from './file.ts';
import { holds, holdsFor, LinkBroken, requires } from './link.ts';
import type { ReadProven, Surroundings } from './linked.ts';

export type ProvenTx = {
  readonly decoded: DecodedTx;
  readonly tx: Bytes;
  readonly height: bigint;
  readonly timeS: bigint;
};

export type Facts = {
  readonly order: Bytes;
  readonly chainId: string;
  readonly headers: ReadonlyMap<bigint, Header>;
  readonly signatures: number;
  readonly params: ParamsState;
  readonly model: ModelState;
  readonly machine: MachineState;
  readonly contract: ContractState;
  readonly instance: Instance;
  readonly paradigm: Paradigm;
  readonly author: Bytes;
  /** Undefined where the order ended before it was accepted. */
  readonly licence: { readonly address: Bytes; readonly state: LicenceState } | undefined;
  readonly txs: readonly ProvenTx[];
  readonly surroundings: Surroundings;
};

/** Evidence is of the past: how old the root is does not matter, only that validators carry over from block to block. */
const TRUSTING_PERIOD_NS = 100n * 365n * 24n * 3600n * 1_000_000_000n;

/** @throws LinkBroken where a header, a proof or a record does not hold. */
export function openFacts(evidence: Evidence, trustHash: Bytes | undefined): Facts {
  if (trustHash !== undefined)
    requires(equalBytes(trustHash, evidence.trust.hash), 'it begins at another block than you trust');
  const { headers, signatures } = verifyHeaders(evidence);
  const states = provenStates(evidence, headers);
  const read = <S extends z.ZodType>(schema: S, key: Bytes, what: string): z.infer<S> => {
    const value = states.get(bytesToHex(key));
    requires(value !== undefined, `the proof of the ${what} is missing`);
    return holds(parseState(schema, value));
  };
  const contract = read(ContractState, contractKey(evidence.order), 'order');
  const published = read(ParadigmState, paradigmKey(contract.paradigm), 'paradigm');
  requires(equalBytes(paradigmId(published.document), contract.paradigm), 'the paradigm is another one');
  const address = licenceAddress(evidence.order, 0n);
  const hasLicence = states.has(bytesToHex(licenceKey(address)));
  return {
    order: evidence.order,
    chainId: evidence.chainId,
    headers,
    signatures,
    params: read(ParamsState, paramsKey(), 'network parameters'),
    model: read(ModelState, modelKey(contract.designHash), 'design'),
    machine: read(MachineState, machineKey(contract.machine), 'machine'),
    contract,
    instance: holds(parseInstance(contract.instance)),
    paradigm: holds(parseParadigm(published.document)),
    author: published.author,
    licence: hasLicence ? { address, state: read(LicenceState, licenceKey(address), 'licence') } : undefined,
    txs: provenTxs(evidence, headers),
    surroundings: { read: provenLinked(evidence.linked ?? [], headers), documents: evidence.documents ?? [] },
  };
}

function verifyHeaders(evidence: Evidence) {
  const blocks: LightBlock[] = evidence.blocks.map((encoded) => holds(parseLightBlock(encoded)));
  const options = {
    ...defaultVerifyOptions(evidence.chainId, nobleSignatures),
    trustingPeriodNs: TRUSTING_PERIOD_NS,
  };
  const root = { chainId: evidence.chainId, height: evidence.trust.height, hash: evidence.trust.hash };
  const chain = holds(verifyLightChain(root, blocks, options));
  const signatures = blocks.reduce((sum, block) => sum + block.commit.signatures.length, 0);
  return { headers: chain.headers, signatures };
}

function provenStates(evidence: Evidence, headers: ReadonlyMap<bigint, Header>): Map<string, Bytes> {
  const states = new Map<string, Bytes>();
  const height = evidence.states[0]?.height;
  for (const state of evidence.states) {
    requires(state.height === height, 'the records are of different heights');
    const next = headers.get(state.height + 1n);
    requires(next !== undefined, 'the header that proves a record is missing');
    holdsFor(linkOfState(state.key), verifyStateProof(next, state satisfies StateProof));
    const name = bytesToHex(state.key);
    requires(!states.has(name), 'a record is given twice');
    states.set(name, state.value);
  }
  return states;
}

/** Of several heights, unlike the order's own records. @throws LinkBroken where a proof does not hold. */
export function provenLinked(
  linked: NonNullable<Evidence['linked']>,
  headers: ReadonlyMap<bigint, Header>,
): ReadProven {
  const proven = new Map<string, Bytes | undefined>();
  for (const { height, key, value, proof } of linked) {
    const next = headers.get(height + 1n);
    requires(next !== undefined, 'the header that proves a linked record is missing');
    const state = { height, key, value: value ?? undefined, proof };
    holdsFor('payment', verifyStateProof(next, state satisfies StateProof));
    proven.set(`${height}/${bytesToHex(key)}`, state.value);
  }
  return (key, height) => {
    const name = `${height}/${bytesToHex(key)}`;
    return proven.has(name) ? { value: proven.get(name) } : undefined;
  };
}

function provenTxs(evidence: Evidence, headers: ReadonlyMap<bigint, Header>): ProvenTx[] {
  let before = { height: -1n, index: -1 };
  return evidence.transactions.map((inclusion) => {
    const { height, index, tx } = inclusion;
    requires(
      height > before.height || (height === before.height && index > before.index),
      'the transactions are not in order',
    );
    before = { height, index };
    const [header, next] = [headers.get(height), headers.get(height + 1n)];
    if (header === undefined || next === undefined)
      throw new LinkBroken('the header that proves a transaction is missing');
    const decoded = decodeTx(tx);
    holdsFor(linkOfTx(decoded), verifyTxInclusion(header, next, { ...inclusion, events: [] }));
    requires(inclusion.result.code === 0, 'a transaction was refused by the chain');
    return { decoded: holds(decoded), tx, height, timeS: header.time.seconds };
  });
}

/** The link that a record of the state carries, by the kind that its key begins with. */
function linkOfState(key: Bytes): string {
  const kind = (parseUtf8(key.subarray(0, key.indexOf(0x2f))) ?? '').toLowerCase();
  const links: Readonly<Record<string, string>> = {
    model: 'design',
    machine: 'machine',
    contract: 'order',
    licence: 'licence',
  };
  return links[kind] ?? 'payment';
}

/** The link that a transaction carries. */
function linkOfTx(decoded: Result<DecodedTx>): string {
  if (!decoded.ok) return 'order';
  const { type } = decoded.value.body.message;
  return type === 'contract.open' ? 'quote' : type.startsWith('licence.') ? 'licence' : 'order';
}
