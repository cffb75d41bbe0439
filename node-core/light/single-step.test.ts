// The published single-step suite of tendermint-rs (vectors/README.md): 41 files, 99 steps. Trust level 1/3, drift 1 s.
// After a success the block and its *next* validators are trusted, as the suite's own runner does.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unwrap } from '../base/index.ts';
import {
  nobleSignatures,
  parseLightBlockJson,
  parseSignedHeaderJson,
  parseTime,
  parseValidatorSetJson,
} from '../comet/index.ts';
import { ONE_THIRD } from './commit.ts';
import { verifyStep } from './verify.ts';

type Step = { block: { next_validator_set: { validators: unknown } }; now: string; verdict: string };
type Case = {
  description: string;
  initial: {
    signed_header: unknown;
    next_validator_set: { validators: unknown };
    trusting_period: string;
    now: string;
  };
  input: Step[];
};

const folder = new URL('./vectors/single-step/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const VERDICTS = { SUCCESS: 'success', NOT_ENOUGH_TRUST: 'not-enough-trust', INVALID: 'invalid' } as const;

test('the suite is whole', () => {
  expect(files.length).toBe(41);
});

test.each(files)('%s', (file) => {
  const { initial, input } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case;
  const { header } = unwrap(parseSignedHeaderJson(initial.signed_header));
  let trusted = { header, validators: unwrap(parseValidatorSetJson(initial.next_validator_set.validators)) };
  const options = {
    chainId: header.chainId,
    trustLevel: ONE_THIRD,
    trustingPeriodNs: BigInt(initial.trusting_period),
    clockDriftNs: 1_000_000_000n,
    signatures: nobleSignatures,
  };
  const verdicts = input.map((step) => {
    const now = parseTime(step.now);
    if (now === undefined) throw new Error('the vector has no time');
    const block = unwrap(parseLightBlockJson(step.block));
    const { kind } = verifyStep(trusted, block, options, now);
    if (kind === 'success') {
      trusted = {
        header: block.header,
        validators: unwrap(parseValidatorSetJson(step.block.next_validator_set.validators)),
      };
    }
    return kind;
  });
  expect(verdicts).toEqual(input.map(({ verdict }) => VERDICTS[verdict as keyof typeof VERDICTS]));
});
