// Products on the chain: whose they are, what they may refer to, and that the lists leave none out.

import { describe, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import type { ProductPart, ProductRecord } from '../../production/index.ts';
import { encodeProduct, parseProduct, productId } from '../../production/index.ts';
import type { Message } from '../messages.ts';
import { codeOf, createLedger } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';

const BRACKET: ProductPart = {
  kind: 'model',
  id: 'bracket',
  designHash: world.DESIGN_HASH,
  quantity: 4,
  needs: {
    process: 'fdm',
    material: 'PLA',
    settings: { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false },
  },
};

const SHELF: ProductRecord = {
  v: 1,
  kind: 'product',
  designer: world.addressOf('designer'),
  title: 'Shelf',
  description: 'A board on four brackets.',
  feeMicro: 500_000n,
  parts: [BRACKET],
  services: [],
};
const UNIT: ProductRecord = {
  ...SHELF,
  title: 'Wall unit',
  parts: [
    { kind: 'product', id: 'upper', product: productId(SHELF), quantity: 3 },
    { kind: 'product', id: 'lower', product: productId(SHELF), quantity: 1 },
    BRACKET,
  ],
};
const register = (record: ProductRecord): Message => ({
  type: 'product.register',
  product: encodeProduct(record),
});

describe('product.register', () => {
  test('keeps the record under its hash, and lists it under its designer and each thing in it once', () => {
    const ledger = createLedger();
    expect(codeOf(ledger.run('designer', world.REGISTER_MODEL))).toBe('done');
    const registered = ledger.run('designer', register(SHELF));
    expect([codeOf(registered), registered.result.data]).toEqual(['done', productId(SHELF)]);
    expect(codeOf(ledger.run('designer', register(UNIT)))).toBe('done');
    const state = ledger.app.read();
    expect(state.product(productId(UNIT))).toMatchObject({ depth: 2, units: 20, registeredHeight: 3n });
    expect(unwrap(parseProduct(state.product(productId(SHELF))?.product ?? new Uint8Array(0)))).toEqual(
      SHELF,
    );
    expect(state.listOf('products')).toEqual([productId(SHELF), productId(UNIT)]);
    expect(state.listOf('products-of', world.addressOf('designer'))).toEqual(state.listOf('products'));
    expect(state.listOf('products-with', world.DESIGN_HASH)).toEqual([productId(SHELF), productId(UNIT)]);
    expect(state.listOf('products-with', productId(SHELF))).toEqual([productId(UNIT)]);
  });

  test('refuses what others sent, what is there already, what is not known, and what is no record', () => {
    const ledger = createLedger();
    expect(codeOf(ledger.run('designer', register(SHELF)))).toBe('product.part.unknown');
    expect(codeOf(ledger.run('designer', world.REGISTER_MODEL))).toBe('done');
    expect(codeOf(ledger.run('designer', register(UNIT)))).toBe('product.part.unknown');
    expect(codeOf(ledger.run('stranger', register(SHELF)))).toBe('chain.product.not-designer');
    expect(codeOf(ledger.run('designer', register(SHELF)))).toBe('done');
    const again = ledger.run('designer', register(SHELF));
    expect([codeOf(again), again.result.code]).toEqual(['chain.product.taken', 23]);
    const padded = new Uint8Array([...encodeProduct(UNIT), 0]);
    const damaged = ledger.run('designer', { type: 'product.register', product: padded });
    expect(codeOf(damaged)).toBe('record.malformed');
    const paradigm = new Uint8Array(32).fill(9);
    const strange = { ...SHELF, parts: [{ ...BRACKET, contract: { paradigm, roles: {}, terms: {} } }] };
    const refused = ledger.run('designer', register(strange));
    expect([codeOf(refused), refused.result.code]).toEqual(['product.paradigm.unknown', 103]);
    expect(ledger.app.read().indexLength('products')).toBe(1n);
  });

  test('a product of any model may be published by somebody else than the model’s designer', () => {
    const ledger = createLedger();
    expect(codeOf(ledger.run('designer', world.REGISTER_MODEL))).toBe('done');
    const record = { ...SHELF, designer: world.addressOf('owner') };
    expect(codeOf(ledger.run('owner', register(record)))).toBe('done');
  });
});
