// What is fuzzed: every place where bytes or texts of strangers enter. Each target makes an input from valid seeds and
// feeds it; a refusal is right, an exception is a failure, and what is accepted must encode to the same bytes again.

import guarantee from '../../../../assets/paradigms/guarantee.json' with { type: 'json' };
import inspection from '../../../../assets/paradigms/inspection.json' with { type: 'json' };
import normal from '../../../../assets/paradigms/normal.json' with { type: 'json' };
import type { Bytes, CborValue } from '../../../base/index.ts';
import {
  bytesToHex,
  encodeCbor,
  equalBytes,
  hexToBytes,
  parseCbor,
  unwrap,
  utf8ToBytes,
} from '../../../base/index.ts';
import { decodeTx, encodeSignedTx } from '../../../chain/index.ts';
import * as chainWorld from '../../../chain/testing/world.ts';
import type { LightBlock } from '../../../comet/index.ts';
import {
  encodeLightBlock,
  headerHash,
  lightBlockToJson,
  parseCommitResult,
  parseLightBlock,
  parseLightBlockJson,
  parseValidatorsResult,
} from '../../../comet/index.ts';
import { encodeEvidence, parseEvidence, verifyEvidence } from '../../../evidence/index.ts';
import {
  checkLightBlock,
  encodeCommitmentProof,
  parseCommitmentProof,
  SMT_SPEC,
  TENDERMINT_SPEC,
  verifyMembership,
  verifyNonMembership,
} from '../../../light/index.ts';
import { buildSampleChain, createSigner, createSigners } from '../../../light/testing/sample-chain.ts';
import { buildSampleTree } from '../../../light/testing/sample-trees.ts';
import { analyseGcode, checkGcode } from '../../../models/index.ts';
import {
  checkParadigm,
  createPrng,
  damagedDocument,
  encodeParadigm,
  parseParadigm,
  readParadigm,
  readSource,
  simulateParadigm,
} from '../../../paradigm/index.ts';
import { abciTarget } from './abci-target.ts';
import { dimpTargets } from './dimp-target.ts';
import { FuzzFailure } from './failure.ts';
import { mutateBytes, mutateLines, mutateProtobuf, mutateTree } from './mutate.ts';
import type { FuzzRandom } from './random.ts';

export type FuzzTarget = {
  readonly name: string;
  /** How many of a thousand inputs go here: cheap targets get more. */
  readonly weight: number;
  /** Where an input may take longer than a stranger's. */
  readonly inputMsMax?: number;
  /** How often each outcome came about, where that says whether the inputs are worth something. */
  readonly tally?: Record<string, number>;
  /** Makes one input and feeds it. @throws whatever the code under test throws, or FuzzFailure. */
  readonly run: (random: FuzzRandom) => void;
};

function demand(condition: boolean, what: string, input: Bytes): void {
  if (!condition) throw new FuzzFailure(`${what}: ${bytesToHex(input).slice(0, 2000)}`);
}

/** A valid input, and its tree where it is CBOR. */
type Seed = { readonly bytes: Bytes; readonly tree: CborValue | undefined };
const seedsOf = (inputs: readonly Bytes[]): Seed[] =>
  inputs.map((bytes) => ({ bytes, tree: parseCbor(bytes) }));

/** Bytes: from a seed by damage to its bytes or (where it is CBOR) to its tree, or out of nothing. */
function bytesInput(seeds: readonly Seed[], random: FuzzRandom): Bytes {
  if (random.oneIn(20)) return random.bytes(random.length(2048));
  const [seed, other] = [random.pick(seeds), random.pick(seeds)];
  if (seed.tree === undefined || other.tree === undefined || random.oneIn(2))
    return mutateBytes(seed.bytes, random, other.bytes);
  return encodeTree(mutateTree(seed.tree, random, other.tree), random);
}

/** Trees that have no encoding (lone surrogates, numbers beyond 64 bits) become random bytes. */
function encodeTree(tree: CborValue, random: FuzzRandom): Bytes {
  try {
    return encodeCbor(tree);
  } catch {
    return random.bytes(8);
  }
}

function txTarget(): FuzzTarget {
  const { sign } = chainWorld.createSigner();
  const quote = chainWorld.createQuote(2);
  const seeds = seedsOf([
    sign('designer', chainWorld.REGISTER_MODEL),
    sign('machine', chainWorld.registerMachine(), { sponsor: 'owner' }),
    sign('buyer', chainWorld.openOrder(quote)),
    sign('buyer', { type: 'bank.send', to: chainWorld.addressOf('owner'), token: 'DPN', amountMicro: 7n }),
  ]);
  return {
    name: 'transactions',
    weight: 420,
    run(random) {
      const input = bytesInput(seeds, random);
      const decoded = decodeTx(input);
      if (decoded.ok) demand(equalBytes(encodeSignedTx(decoded.value.signed), input), 'two encodings', input);
    },
  };
}

function proofTarget(): FuzzTarget {
  const entries = Array.from(
    { length: 9 },
    (_, i) => [utf8ToBytes(`key ${i * 2}`), utf8ToBytes(`v ${i}`)] as const,
  );
  const trees = (['tendermint', 'iavl'] as const).map((kind) => buildSampleTree(kind, entries));
  const keys = ['key 4', 'key 5', 'a', 'z'].map(utf8ToBytes);
  const value = utf8ToBytes('v 2');
  const proofs = trees.flatMap((tree) =>
    keys.map((key) => ({ tree, key, proof: encodeCommitmentProof(tree.prove(key)) })),
  );
  const seeds = proofs.map(({ proof }) => proof);
  return {
    name: 'state proofs',
    weight: 420,
    run(random) {
      const [seed, other] = [random.pick(seeds), random.pick(seeds)];
      const input = random.oneIn(2) ? mutateProtobuf(seed, random, other) : mutateBytes(seed, random, other);
      const parsed = parseCommitmentProof(input);
      if (parsed !== undefined)
        demand(equalBytes(encodeCommitmentProof(parsed), input), 'two encodings', input);
      const { tree, key, proof } = random.pick(proofs);
      const present = verifyMembership(tree.spec, tree.root, input, key, value);
      const absent = verifyNonMembership(tree.spec, tree.root, input, key);
      demand((!present && !absent) || equalBytes(input, proof), 'a proof that nobody made', input);
      const spec = random.oneIn(2) ? SMT_SPEC : TENDERMINT_SPEC;
      demand(!verifyMembership(spec, tree.root, input, utf8ToBytes('key 5'), value), 'an absent key', input);
    },
  };
}

const CHAIN_ID = 'fuzz-1';

function sampleBlocks(): LightBlock[] {
  const signersAt = (height: number) => [
    ...createSigners(2, 'secp256k1'),
    createSigner(`turn ${height >> 1}`, 'ed25519'),
  ];
  return buildSampleChain({ chainId: CHAIN_ID, heights: 4, signersAt });
}

function blockBytesTarget(blocks: readonly LightBlock[]): FuzzTarget {
  const seeds = seedsOf(blocks.map(encodeLightBlock));
  return {
    name: 'light blocks as bytes',
    weight: 60,
    run(random) {
      const input = bytesInput(seeds, random);
      const parsed = parseLightBlock(input);
      if (!parsed.ok) return;
      demand(equalBytes(encodeLightBlock(parsed.value), input), 'two encodings', input);
      checkLightBlock(parsed.value, CHAIN_ID);
    },
  };
}

function blockJsonTarget(blocks: readonly LightBlock[]): FuzzTarget {
  const seeds = blocks.flatMap((block) => {
    const whole = lightBlockToJson(block) as {
      signed_header: CborValue;
      validator_set: { validators: CborValue[] };
    };
    const { validators } = whole.validator_set;
    const page = { block_height: String(block.header.height), validators, count: '3', total: '3' };
    return [whole, { signed_header: whole.signed_header, canonical: true }, page] as CborValue[];
  });
  const parsers = [parseLightBlockJson, parseCommitResult, parseValidatorsResult];
  return {
    name: 'light blocks as JSON',
    weight: 20,
    run(random) {
      const json = jsonInput(seeds, random);
      for (const parse of parsers) parse(json);
      const parsed = parseLightBlockJson(json);
      if (!parsed.ok) return;
      const again = unwrap(parseLightBlockJson(lightBlockToJson(parsed.value)));
      const same = equalBytes(headerHash(again.header), headerHash(parsed.value.header));
      demand(same, 'another header', utf8ToBytes(JSON.stringify(json)));
      checkLightBlock(parsed.value, CHAIN_ID);
    },
  };
}

/** JSON knows neither bytes nor large integers. */
function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, plain(child)]));
}

function jsonInput(seeds: readonly CborValue[], random: FuzzRandom): unknown {
  let tree = random.pick(seeds);
  for (let count = 1 + random.below(3); count > 0; count--)
    tree = mutateTree(tree, random, random.pick(seeds));
  return plain(tree);
}

function evidenceTarget(blocks: readonly LightBlock[]): FuzzTarget {
  const hash = headerHash((blocks[0] as LightBlock).header);
  const { sign } = chainWorld.createSigner();
  const tx = sign('designer', chainWorld.REGISTER_MODEL);
  const proof = { total: 1, index: 0, leafHash: hash, aunts: [] };
  const result = { code: 0, data: new Uint8Array(0), gasWanted: 1n, gasUsed: 1n };
  const content: Parameters<typeof encodeEvidence>[0] = {
    chainId: CHAIN_ID,
    order: chainWorld.addressOf('buyer'),
    trust: { height: 1n, hash },
    blocks: blocks.map(encodeLightBlock),
    transactions: [{ hash, tx, height: 2n, index: 0, result, txProof: proof, resultProof: proof }],
    states: [{ height: 2n, key: hash, value: hash, proof: hexToBytes('0a021a00') }],
    telemetry: [{ copy: 1, entries: [hash], checkpoints: [hash] }],
  };
  const seed = encodeEvidence(content);
  const seeds = seedsOf([seed]);
  // Taken apart and sealed again, so that the damage reaches the links behind the seal.
  const { format: _format, seal: _seal, ...unsealed } = unwrap(parseEvidence(seed));
  return {
    name: 'evidence files',
    weight: 2,
    run(random) {
      if (random.oneIn(2)) {
        const input = bytesInput(seeds, random);
        if (parseEvidence(input).ok) verifyEvidence(input);
        return;
      }
      const tree = mutateTree(unsealed as CborValue, random);
      const input = encodeTree(tree, random);
      const sealed = encodeTree({ ...(tree as object), format: 'dipnet-evidence/v1', seal: hash }, random);
      parseEvidence(sealed);
      if (random.oneIn(20)) demand(!verifyEvidence(sealed).ok, 'evidence of nothing', input);
    },
  };
}

function paradigmTarget(): FuzzTarget {
  const documents = [normal, guarantee, inspection] as unknown as CborValue[];
  const seeds = seedsOf([normal, guarantee, inspection].map((document) => unwrap(encodeParadigm(document))));
  return {
    name: 'paradigm documents',
    weight: 1,
    run(random) {
      if (random.oneIn(2)) {
        parseParadigm(bytesInput(seeds, random));
        return;
      }
      const encoded = encodeParadigm(JSON.stringify(jsonInput(documents, random)));
      if (encoded.ok) demand(parseParadigm(encoded.value).ok, 'encoded but not readable', encoded.value);
    },
  };
}

const GCODE = [
  ';FLAVOR:Marlin',
  ';LAYER_COUNT:2',
  'M140 S60',
  'M104 S210',
  'G28',
  'M190 S60',
  'M109 S210',
  'G92 E0',
  ';LAYER:0',
  'G1 X10 Y10 Z0.2 F1500',
  'G1 X60.5 Y10 E2.5',
  'G2 X70 Y20 I5 J5 E3',
  ';LAYER:1',
  'G0 Z0.4',
  'M106 S255',
  'G1 X10 Y60 E4.75',
  'M104 S0',
  'M140 S0',
  'M84',
].join('\n');
const GCODE_WORDS = [
  'G1',
  'G28',
  'G92',
  'M104',
  'M109',
  'M500',
  'M997',
  'T1',
  'X',
  'X-5',
  'Y1e9',
  'Z.',
  'E-2',
  'F0',
  'S9999',
  '*71',
  'N12',
  ';LAYER:',
  ';TYPE:',
  '(',
  ')',
  '"',
  '1.2.3',
  '-.',
  '0x10',
  'NaN',
  ';TIME:99999999999',
];

function gcodeTarget(): FuzzTarget {
  return {
    name: 'print files',
    weight: 20,
    run(random) {
      const text = utf8ToBytes(mutateLines(GCODE, random, GCODE_WORDS));
      const input = random.oneIn(5) ? mutateBytes(text, random) : text;
      checkGcode(input, chainWorld.PROFILE);
      if (random.oneIn(4)) analyseGcode(input);
    },
  };
}

/** Reads, explores and plays a document: seconds, not microseconds, so it runs only where it is asked for. */
function damagedParadigmTarget(texts: readonly string[]): FuzzTarget {
  const built = [normal, guarantee, inspection] as unknown as object[];
  const documents =
    texts.length === 0 ? built : texts.map((text) => unwrap(readSource(text)).value as object);
  const tally = { refused: 0, 'found out': 0, accepted: 0 };
  return {
    name: 'damaged paradigms',
    weight: 0,
    inputMsMax: 60_000,
    tally,
    run(random) {
      const prng = createPrng(random.u32());
      const { $schema: _schema, ...original } = prng.pick(documents) as Record<string, unknown>;
      const damaged = damagedDocument(original, prng);
      const read = readParadigm(damaged);
      const passed = read.ok && checkParadigm(read.value.paradigm, { firstDefectOnly: true }).ok;
      tally[passed ? 'accepted' : read.ok ? 'found out' : 'refused']++;
      if (!passed) return;
      const played = simulateParadigm(read.value.paradigm, prng.next(), { runs: 1000 });
      demand(played.ok, played.violations[0]?.message ?? '', utf8ToBytes(JSON.stringify(damaged)));
    },
  };
}

export function createFuzzTargets(paradigms: readonly string[]): FuzzTarget[] {
  const blocks = sampleBlocks();
  return [
    txTarget(),
    proofTarget(),
    blockBytesTarget(blocks),
    blockJsonTarget(blocks),
    evidenceTarget(blocks),
    paradigmTarget(),
    damagedParadigmTarget(paradigms),
    gcodeTarget(),
    abciTarget(),
    ...dimpTargets(),
  ];
}
