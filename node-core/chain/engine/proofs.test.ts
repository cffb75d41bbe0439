import { expect, test } from 'vitest';
import { merkleProof, merkleRoot, utf8ToBytes, verifyMerkleProof } from '../../base/index.ts';
import { merkleProofs } from './proofs.ts';

test('all proofs at once are the single proofs, for every count up to 40', () => {
  for (let count = 0; count <= 40; count++) {
    const items = Array.from({ length: count }, (_, n) => utf8ToBytes(`item ${n}`));
    const proofs = merkleProofs(items);
    expect(proofs).toEqual(items.map((_, index) => merkleProof(items, index)));
    const root = merkleRoot(items);
    for (const [index, proof] of proofs.entries()) {
      expect(verifyMerkleProof(root, items[index]!, proof)).toBe(true);
    }
  }
});
