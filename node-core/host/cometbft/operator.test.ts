// What operators send, taken by the chain's own application: the key of a folder is registered, replaced, and nobody
// else's account can use it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { ValidatorState, validatorKey } from '../../chain/index.ts';
import * as stake from '../../chain/testing/stake-world.ts';
import { CHAIN_ID } from '../../chain/testing/world.ts';
import { createConsensusKey } from '../../comet/index.ts';
import { homePath, writeHome } from './home.ts';
import type { ConsensusSecret } from './keys.ts';
import { registerValidator, rotateValidatorKey } from './operator.ts';

const DPN = 1_000_000n;
const SECRETS: readonly ConsensusSecret[] = [
  { type: 'ed25519', secretKey: sha256(utf8ToBytes('first key of the operator')) },
  { type: 'secp256k1', secretKey: sha256(utf8ToBytes('second key of the operator')) },
];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-operator-'));
  for (const [index, validator] of SECRETS.entries())
    unwrap(
      writeHome(join(folder, `node${index}`), {
        config: {
          moniker: 'x',
          p2p: { host: '127.0.0.1', port: 1, peers: [] },
          rpc: { host: '127.0.0.1', port: 2 },
        },
        genesisJson: '{}',
        nodeSecret: sha256(utf8ToBytes(`node ${index}`)),
        validator,
      }),
    );
});
afterAll(() => rmSync(folder, { recursive: true }));

const homeOf = (index: number) => join(folder, `node${index}`);
const ownerOf = (name: string, chainId = CHAIN_ID) => ({ chainId, operator: stake.addressOf(name) });
const terms = { name: 'Ann', stakeMicro: 20n * DPN, commissionBasisPoints: 500, selfMicroMin: DPN };

describe('an operator', () => {
  test('registers the key of a folder, and gives the validator that of another one', () => {
    const world = stake.createStakeWorld({ validators: { va: 100n }, people: ['ann'] });
    const run = (message: Parameters<typeof world.run>[1]) => stake.codeOf(world.run('ann', message));
    const keyNow = () => world.app.read().read(ValidatorState, validatorKey(stake.addressOf('ann')))?.key;
    expect(run(unwrap(rotateValidatorKey(homeOf(1), ownerOf('ann'))))).toBe('chain.staking.unknown');
    expect(run(unwrap(registerValidator(homeOf(0), ownerOf('ann'), terms)))).toBe('done');
    expect(keyNow()).toEqual(createConsensusKey(SECRETS[0]?.secretKey ?? new Uint8Array(), 'ed25519'));
    expect(run(unwrap(rotateValidatorKey(homeOf(1), ownerOf('ann'))))).toBe('done');
    expect(keyNow()).toEqual(createConsensusKey(SECRETS[1]?.secretKey ?? new Uint8Array(), 'secp256k1'));
    expect(run({ type: 'staking.unjail' })).toBe('chain.staking.not-jailed');
  });

  test('cannot use what was signed for another account or another network', () => {
    const world = stake.createStakeWorld({ validators: { va: 100n }, people: ['ann', 'bob'] });
    for (const owner of [ownerOf('bob'), ownerOf('ann', 'another-network')])
      expect(stake.codeOf(world.run('ann', unwrap(registerValidator(homeOf(0), owner, terms))))).toBe(
        'chain.staking.proof',
      );
  });

  test('hears which file is missing', () => {
    rmSync(homePath(homeOf(1), 'validatorKey'));
    expect(rotateValidatorKey(homeOf(1), ownerOf('ann'))).toMatchObject({
      ok: false,
      fault: { data: { file: 'config/priv_validator_key.json' } },
    });
  });
});
