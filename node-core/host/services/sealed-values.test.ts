// What is sealed in an agreement opens there, for that account, and nowhere else.

import { describe, expect, it } from 'vitest';
import { createKeyPair } from '../../identity/index.ts';
import { sealValue } from '../../paradigm/index.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import { createSealedValues } from './sealed-values.ts';

const key = (fill: number) => createKeyPair(new Uint8Array(32).fill(fill));
const agreement = (fill: number) => new Uint8Array(20).fill(fill);

describe('sealed values', () => {
  const database = openSqlite(':memory:', CONSOLE_MIGRATIONS);
  const open = (secret: number) =>
    createSealedValues(database, createVault(new Uint8Array(32).fill(secret), systemRandom));

  it('are remembered for one account in one agreement, and only under the vault that sealed them', () => {
    const values = open(1);
    values.remember(agreement(1), key(1).address, 4_321_000n);
    values.remember(agreement(1), key(1).address, 4_000_000n);
    expect(values.recall(agreement(1), key(1).address)).toBe(4_000_000n);
    expect(values.recall(agreement(2), key(1).address)).toBe(undefined);
    expect(values.recall(agreement(1), key(2).address)).toBe(undefined);
    expect(open(2).recall(agreement(1), key(1).address)).toBe(undefined);
    const stored = database.prepare('SELECT sealed FROM sealed_values').all() as { sealed: Buffer }[];
    for (const { sealed } of stored) expect(sealed.includes(Buffer.from([0x3d, 0x09, 0x00]))).toBe(false);
  });

  it('have a salt that the key alone brings back, and that is another in every agreement', () => {
    const salts = [
      [key(1), agreement(1)],
      [key(1), agreement(2)],
      [key(2), agreement(1)],
    ] as const;
    const seals = salts.map(([owner, where]) =>
      sealValue(owner.address, 7n, open(1).salt(owner, where)).join(),
    );
    expect(new Set(seals).size).toBe(3);
    expect(open(2).salt(key(1), agreement(1))).toEqual(open(1).salt(key(1), agreement(1)));
  });
});
