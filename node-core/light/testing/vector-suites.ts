// The published light-client suites in their JSON forms, told apart by shape: the model-based single steps of CometBFT
// and tendermint-rs, the single steps and the bisections of conformance-tests. Each case is run as its own runner does
// (trust level 1/3 and a clock drift of one second unless it says otherwise). A block that cannot be read is refused.

import type { Result } from '../../base/index.ts';
import { ok, parseHex, refuse } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { LightBlock, SignatureBackend, Time, ValidatorSet } from '../../comet/index.ts';
import {
  parseLightBlockJson,
  parseSignedHeaderJson,
  parseTime,
  parseValidatorSetJson,
  timeToMs,
} from '../../comet/index.ts';
import { ONE_THIRD } from '../commit.ts';
import { lightFault } from '../faults.ts';
import { createLightNode } from '../light-node.ts';
import type { LightProvider } from '../provider.ts';
import type { TrustedState, Verdict, VerifyOptions } from '../verify.ts';
import { verifyStep } from '../verify.ts';
import { createVirtualClock } from './virtual-clock.ts';

const DRIFT_NS = 1_000_000_000n;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export type SuiteForm = 'verdicts' | 'single-step' | 'bisection';
/** What the file expects of each step (or of the whole), and what was found, in the same words. */
export type SuiteReport = {
  readonly form: SuiteForm;
  readonly expected: readonly string[];
  readonly found: readonly string[];
};

/** Undefined for a file of no known form: a list of validators, for instance. */
export function suiteFormOf(json: unknown): SuiteForm | undefined {
  const file = objectOf(json);
  if (isObject(file['trust_options']) && isObject(file['primary'])) return 'bisection';
  const [first] = listOf(file['input']);
  if (!isObject(file['initial']) || first === undefined) return undefined;
  return 'verdict' in objectOf(first) ? 'verdicts' : 'single-step';
}

/** `turn` as for the virtual clock. @throws Error where the file is of no known form. */
export async function runSuiteFile(
  json: unknown,
  signatures: SignatureBackend,
  turn: (work: () => void) => void,
): Promise<SuiteReport> {
  const form = suiteFormOf(json);
  const file = objectOf(json);
  switch (form) {
    case 'verdicts':
      return { form, ...runVerdicts(file, signatures) };
    case 'single-step':
      return { form, ...runSingleStep(file, signatures) };
    case 'bisection':
      return { form, ...(await runBisection(file, signatures, turn)) };
    default:
      throw new Error('not a light-client suite');
  }
}

/** Nanoseconds: Go's JSON writes durations as texts, some suites as numbers. */
function nanosOf(value: unknown): bigint {
  const text = String(value);
  if (!/^\d+$/.test(text)) throw new Error(`not a duration: ${text}`);
  return BigInt(text);
}

function timeOf(value: unknown): Time {
  const time = parseTime(String(value));
  if (time === undefined) throw new Error(`not a time: ${String(value)}`);
  return time;
}

/** Go writes an empty list as null. */
const setOf = (json: unknown): Result<ValidatorSet> =>
  parseValidatorSetJson(objectOf(json)['validators'] ?? []);

const blockOf = (json: unknown): Result<LightBlock> => {
  const { signed_header, validator_set } = objectOf(json);
  const validators = objectOf(validator_set)['validators'] ?? [];
  return parseLightBlockJson({ signed_header, validator_set: { validators } });
};

type Stepper = (block: unknown, now: Time) => Verdict['kind'];

/** Steps on from the initial block; after a success the block and its *next* validators are trusted. */
function createStepper(initial: Json, signatures: SignatureBackend): Stepper | undefined {
  const signed = parseSignedHeaderJson(initial['signed_header']);
  const next = setOf(initial['next_validator_set']);
  if (!signed.ok || !next.ok) return undefined;
  let trusted: TrustedState = { header: signed.value.header, validators: next.value };
  const options: VerifyOptions = {
    chainId: signed.value.header.chainId,
    trustLevel: ONE_THIRD,
    trustingPeriodNs: nanosOf(initial['trusting_period']),
    clockDriftNs: DRIFT_NS,
    signatures,
  };
  return (json, now) => {
    const block = blockOf(json);
    if (!block.ok) return 'invalid';
    const { kind } = verifyStep(trusted, block.value, options, now);
    const following = setOf(objectOf(json)['next_validator_set']);
    if (kind === 'success' && following.ok)
      trusted = { header: block.value.header, validators: following.value };
    return kind;
  };
}

const VERDICTS = { success: 'SUCCESS', 'not-enough-trust': 'NOT_ENOUGH_TRUST', invalid: 'INVALID' } as const;

function runVerdicts(file: Json, signatures: SignatureBackend): Omit<SuiteReport, 'form'> {
  const step = createStepper(objectOf(file['initial']), signatures);
  const inputs = listOf(file['input']).map(objectOf);
  return {
    expected: inputs.map(({ verdict }) => String(verdict)),
    found: inputs.map(({ block, now }) =>
      step === undefined ? VERDICTS.invalid : VERDICTS[step(block, timeOf(now))],
    ),
  };
}

const ERROR = 'error';
const NO_ERROR = 'no error';
const expectationOf = (file: Json) => [file['expected_output'] === ERROR ? ERROR : NO_ERROR];

function runSingleStep(file: Json, signatures: SignatureBackend): Omit<SuiteReport, 'form'> {
  const initial = objectOf(file['initial']);
  const step = createStepper(initial, signatures);
  const now = timeOf(initial['now']);
  const passes = listOf(file['input']).map((block) => step?.(block, now) === 'success');
  return { expected: expectationOf(file), found: [passes.every(Boolean) ? NO_ERROR : ERROR] };
}

/** Serves the file's blocks by their place; the first is block 1. */
function createFileProvider(id: string, json: unknown): LightProvider {
  // Go names the type of an interface's value.
  const provider = objectOf(objectOf(json)['value'] ?? json);
  const blocks = listOf(provider['lite_blocks']);
  return {
    id,
    lightBlock: (height) => {
      const index = height === 'latest' ? blocks.length : Number(height);
      const block = blocks[index - 1];
      const data = { height: String(height), latest: String(blocks.length) };
      return Promise.resolve(
        block === undefined ? refuse(lightFault('light.height.ahead', data)) : blockOf(block),
      );
    },
    submitEvidence: () => Promise.resolve(ok(undefined)),
  };
}

async function runBisection(
  file: Json,
  signatures: SignatureBackend,
  turn: (work: () => void) => void,
): Promise<Omit<SuiteReport, 'form'>> {
  const trust = objectOf(file['trust_options']);
  const level = objectOf(trust['trust_level']);
  const chainId = String(objectOf(file['primary'])['chain_id']);
  const witnesses = listOf(file['witnesses']);
  const node = createLightNode({
    root: {
      chainId,
      height: BigInt(String(trust['height'])),
      hash: parseHex(String(trust['hash'])) ?? new Uint8Array(0),
    },
    verify: {
      chainId,
      trustLevel: {
        numerator: BigInt(String(level['numerator'] ?? 1)),
        denominator: BigInt(String(level['denominator'] ?? 3)),
      },
      trustingPeriodNs: nanosOf(trust['period']),
      clockDriftNs: DRIFT_NS,
      signatures,
    },
    clock: createVirtualClock(timeToMs(timeOf(file['now'])), turn),
    store: createMemoryKv(),
    providers: [
      createFileProvider('primary', file['primary']),
      ...witnesses.map((witness, index) => createFileProvider(`witness ${index + 1}`, witness)),
    ],
    witnessesMin: witnesses.length > 0 ? 1 : 0,
  });
  const verified = await node.syncTo(BigInt(String(file['height_to_verify'])));
  return { expected: expectationOf(file), found: [verified.ok ? NO_ERROR : ERROR] };
}
