// The published light-client suites: the one in vectors/ (tendermint-rs: 41 files, 99 steps), any further ones in the
// folder that LIGHT_VECTORS names (vectors/README.md), and files in each form made here from really signed chains, which
// show that the readers tell right from wrong.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bytesToHex, sha256, utf8ToBytes } from '../base/index.ts';
import type { Json, LightBlock, ValidatorSet } from '../comet/index.ts';
import { headerHash, lightBlockToJson, timeToText, validatorToJson } from '../comet/index.ts';
import { createSignatureBackend } from '../host/adapters/signatures.ts';
import type { SampleOptions, SampleSigner } from './testing/sample-chain.ts';
import { buildSampleChain, createSigner, createSigners, sampleSeconds } from './testing/sample-chain.ts';
import { runSuiteFile, suiteFormOf } from './testing/vector-suites.ts';

const signatures = createSignatureBackend();
const run = (json: unknown) => runSuiteFile(json, signatures, setImmediate);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .sort();
}
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

describe('tendermint-rs, single steps', () => {
  const files = filesBelow(fileURLToPath(new URL('./vectors/single-step/', import.meta.url)));

  test('the suite is whole', () => {
    const steps = files.flatMap((file) => (readJson(file) as { input: unknown[] }).input);
    expect([files.length, steps.length]).toEqual([41, 99]);
  });

  test.each(files.map((file) => [file.slice(file.lastIndexOf('MC')), file]))('%s', async (_name, file) => {
    const { expected, found, form } = await run(readJson(file));
    expect(form).toBe('verdicts');
    expect(found).toEqual(expected);
  });
});

const further = process.env['LIGHT_VECTORS'];
if (further !== undefined) {
  describe('further suites', () => {
    const known = filesBelow(further).filter((file) => suiteFormOf(readJson(file)) !== undefined);

    test('there are some', () => {
      expect(known.length).toBeGreaterThan(0);
    });

    test.each(known)('%s', async (file) => {
      const { expected, found } = await run(readJson(file));
      expect(found).toEqual(expected);
    });
  });
}

const chainId = 'suite-1';
const four = createSigners(4, 'ed25519');
const HEIGHTS = 11;
/** Half of the set goes at height 6, the other half at 9. */
const changing = (height: number): SampleSigner[] => [
  ...createSigners(2, 'ed25519', height < 6 ? 'early' : 'late'),
  ...createSigners(2, 'secp256k1', height < 9 ? 'first' : 'last'),
];
const build = (options: Partial<SampleOptions> = {}) =>
  buildSampleChain({ chainId, heights: HEIGHTS, signersAt: changing, ...options });
const chain = build();
const setAt = (blocks: readonly LightBlock[], height: number): ValidatorSet =>
  blocks[height - 1]?.validators ?? [];

const setToJson = (set: ValidatorSet): Json => ({ validators: set.map(validatorToJson) });
const blockToJson = (blocks: readonly LightBlock[], height: number) => ({
  ...(lightBlockToJson(blocks[height - 1] as LightBlock) as Readonly<Record<string, Json>>),
  next_validator_set: setToJson(setAt(blocks, height + 1)),
});
const timeText = (height: number, seconds = 0) =>
  timeToText({ seconds: sampleSeconds(height) + BigInt(seconds), nanos: 0 });
const initialOf = (blocks: readonly LightBlock[], height: number, now = timeText(HEIGHTS, 5)) => ({
  ...blockToJson(blocks, height),
  trusting_period: '3600000000000',
  now,
});

describe('single steps with verdicts, as CometBFT and tendermint-rs write them', () => {
  const verdicts = (steps: readonly [number, string, string][], blocks = chain) => ({
    description: 'made here',
    initial: initialOf(blocks, 1),
    input: steps.map(([height, now, verdict]) => ({ block: blockToJson(blocks, height), now, verdict })),
  });
  const late = timeText(HEIGHTS, 5);

  test.each([
    [
      'adjacent and skipping steps',
      verdicts([
        [2, late, 'SUCCESS'],
        [8, late, 'SUCCESS'],
        [11, late, 'SUCCESS'],
      ]),
    ],
    [
      'too far',
      verdicts([
        [10, late, 'NOT_ENOUGH_TRUST'],
        [7, late, 'SUCCESS'],
        [10, late, 'SUCCESS'],
      ]),
    ],
    [
      'from the future by more than a second',
      verdicts([
        [5, timeText(5, -1), 'INVALID'],
        [5, timeText(5), 'SUCCESS'],
      ]),
    ],
    ['out of the trusting period', verdicts([[2, timeText(1, 3601), 'INVALID']])],
    [
      'backwards',
      verdicts([
        [5, late, 'SUCCESS'],
        [3, late, 'INVALID'],
        [5, late, 'INVALID'],
      ]),
    ],
  ])('%s', async (_name, file) => {
    const { form, expected, found } = await run(JSON.parse(JSON.stringify(file)));
    expect(form).toBe('verdicts');
    expect(found).toEqual(expected);
  });

  test('lists in any order, empty lists as null, and blocks that cannot be read', async () => {
    const file = JSON.parse(
      JSON.stringify(
        verdicts([
          [2, late, 'SUCCESS'],
          [4, late, 'INVALID'],
          [4, late, 'INVALID'],
        ]),
      ),
    );
    file.input[0].block.validator_set.validators.reverse();
    file.initial.next_validator_set.validators.reverse();
    file.input[1].block.validator_set.validators = null;
    file.input[2].block.signed_header.commit.signatures = 7;
    expect((await run(file)).found).toEqual(['SUCCESS', 'INVALID', 'INVALID']);
    file.initial.next_validator_set.validators = null;
    expect((await run(file)).found).toEqual(['SUCCESS', 'INVALID', 'INVALID']);
  });

  test('parts under the name of tendermint-rs, no last block id, and a version without an application', async () => {
    const file = JSON.parse(JSON.stringify(verdicts([[2, late, 'SUCCESS']])));
    for (const { header, commit } of [file.initial.signed_header, file.input[0].block.signed_header]) {
      if (header.height === '1') header.last_block_id = null;
      header.version = { block: header.version.block };
      commit.block_id = { hash: commit.block_id.hash, part_set_header: commit.block_id.parts };
    }
    expect((await run(file)).found).toEqual(['SUCCESS']);
  });
});

describe('single steps as conformance-tests writes them', () => {
  const steps = (heights: readonly number[], expected: string, blocks = chain) => ({
    description: 'made here',
    initial: initialOf(blocks, 1),
    input: heights.map((height) => blockToJson(blocks, height)),
    expected_output: expected,
  });
  const few = build({ votersAt: (height) => (height === 4 ? changing(4).slice(0, 2) : changing(height)) });
  const rogue = createSigner('rogue', 'ed25519');
  const forged = chain.map((block, index) =>
    index === 2
      ? { ...block, header: { ...block.header, proposerAddress: sha256(rogue.key.bytes).slice(0, 20) } }
      : block,
  );

  test.each([
    ['a chain', steps([2, 3, 4, 5, 6, 7], 'no error')],
    ['skipping', steps([5, 8], 'no error')],
    ['too far', steps([10], 'error')],
    ['two of four signed', steps([2, 3, 4], 'error', few)],
    ['a changed header', steps([2, 3], 'error', forged)],
  ])('%s', async (_name, file) => {
    const { form, expected, found } = await run(JSON.parse(JSON.stringify(file)));
    expect(form).toBe('single-step');
    expect(found).toEqual(expected);
  });
});

describe('bisections as conformance-tests writes them', () => {
  const provider = (blocks: readonly LightBlock[]) => ({
    chain_id: chainId,
    lite_blocks: blocks.map((_block, index) => blockToJson(blocks, index + 1)),
  });
  const bisection = (
    primary: readonly LightBlock[],
    witnesses: readonly (readonly LightBlock[])[],
    expected: string,
    change: Record<string, unknown> = {},
  ) => ({
    description: 'made here',
    trust_options: {
      period: '10800000000000',
      height: '2',
      hash: bytesToHex(headerHash((chain[1] as LightBlock).header)).toUpperCase(),
      trust_level: { numerator: '1', denominator: '3' },
    },
    primary: provider(primary),
    witnesses: witnesses.map((blocks) => ({ type: 'tendermint/MockProvider', value: provider(blocks) })),
    height_to_verify: '11',
    now: timeText(HEIGHTS, 5),
    expected_output: expected,
    expected_num_of_bisections: 2,
    ...change,
  });
  const fork = build({
    base: chain.slice(0, 9),
    signersAt: changing,
    appHashAt: () => sha256(utf8ToBytes('invented')),
  });
  const unsigned = build({ signersAt: () => four });
  const late = { now: timeText(2, 10_801) };

  test.each([
    ['agreement', bisection(chain, [chain], 'no error')],
    ['nobody else to ask', bisection(chain, [], 'no error')],
    ['witnesses null', bisection(chain, [], 'no error', { witnesses: null })],
    ['a conflict with the only witness', bisection(chain, [fork], 'error')],
    ['a conflict with one of two witnesses', bisection(chain, [chain, fork], 'error')],
    ['a primary that invents', bisection(fork, [chain], 'error')],
    [
      'a primary that is not signed',
      bisection([...chain.slice(0, 10), unsigned[10] as LightBlock], [chain], 'error'),
    ],
    ['a witness that cannot prove its lie', bisection(chain, [unsigned, chain], 'error')],
    ['another root', bisection(unsigned, [unsigned], 'error')],
    ['out of the trusting period', bisection(chain, [chain], 'error', late)],
  ])('%s', async (_name, file) => {
    const { form, expected, found } = await run(JSON.parse(JSON.stringify(file)));
    expect(form).toBe('bisection');
    expect(found).toEqual(expected);
  });
});

test('other files are no suites', () => {
  for (const other of [null, 7, [], {}, { input: [] }, { validators: [] }, { initial: {}, input: [] }])
    expect(suiteFormOf(other)).toBeUndefined();
});
