// Bills of materials: totals against counting by hand, bounds that hold however products are nested, and records that are
// taken in one form only.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import type { ProductFigures, ProductPart, ProductRecord, ProductWorld } from './index.ts';
import {
  checkProduct,
  encodeProduct,
  explodeProduct,
  PRODUCT_DEPTH_MAX,
  PRODUCT_UNITS_MAX,
  parseProduct,
  productId,
} from './index.ts';

const hash = (name: string) => sha256(utf8ToBytes(name));
const DESIGNER = new Uint8Array(20).fill(7);
const NEEDS = {
  process: 'fdm' as const,
  material: 'PLA',
  settings: { layerHeightUm: 200, infillPercent: 20, perimeters: 2, supports: false, brim: false },
};

const NORMAL = { paradigm: new Uint8Array(32).fill(1), roles: {}, terms: {} };

const model = (id: string, quantity: number, design = id): ProductPart => ({
  kind: 'model',
  id,
  designHash: hash(design),
  quantity,
  needs: NEEDS,
});
const inner = (id: string, quantity: number, product: ProductRecord): ProductPart => ({
  kind: 'product',
  id,
  product: productId(product),
  quantity,
});
const product = (
  title: string,
  parts: ProductPart[],
  services: ProductRecord['services'] = [],
): ProductRecord => ({
  v: 1,
  kind: 'product',
  designer: DESIGNER,
  title,
  description: '',
  feeMicro: 0n,
  parts,
  services,
});

/** A network that knows these products and every model. */
function worldOf(known: readonly ProductRecord[]): ProductWorld {
  const world: ProductWorld = {
    hasModel: (design) => !bytesToHex(design).startsWith(bytesToHex(hash('nobody')).slice(0, 16)),
    hasParadigm: (id) => id[0] === 1,
    figuresOf(id): ProductFigures | undefined {
      const record = known.find((one) => bytesToHex(productId(one)) === bytesToHex(id));
      const checked = record === undefined ? undefined : checkProduct(record, world);
      return checked?.ok === true ? checked.value : undefined;
    },
  };
  return world;
}
const finder = (known: readonly ProductRecord[]) => (id: string) =>
  known.find((one) => bytesToHex(productId(one)) === id);
const codeOf = (result: { readonly ok: boolean; readonly fault?: { readonly code: string } }) =>
  result.ok ? 'ok' : result.fault?.code;

const HAND = product('Hand', [model('finger', 5), model('palm', 1)]);
const ARM = product('Arm', [inner('hand', 1, HAND), model('bone', 2), model('screw', 3, 'finger')]);
const ROBOT = product('Robot', [inner('left', 1, ARM), inner('right', 1, ARM), model('head', 1)]);

describe('explodeProduct', () => {
  test('adds equal parts together, wherever they are, and knows every place', () => {
    const bill = unwrap(explodeProduct(ROBOT, 2, finder([HAND, ARM, ROBOT])));
    expect(bill.lines.map(({ name, quantity }) => [name, quantity])).toEqual([
      // Five fingers a hand and three screws of the same model an arm.
      ['finger', 2 * 2 * (5 + 3)],
      ['palm', 4],
      ['bone', 8],
      ['head', 2],
    ]);
    expect(bill.units).toBe(46);
    expect(bill.lines[0]?.uses).toEqual([
      { path: ['left', 'hand', 'finger'], quantity: 10 },
      { path: ['left', 'screw'], quantity: 6 },
      { path: ['right', 'hand', 'finger'], quantity: 10 },
      { path: ['right', 'screw'], quantity: 6 },
    ]);
    expect(checkProduct(ROBOT, worldOf([HAND, ARM]))).toEqual({ ok: true, value: { depth: 3, units: 23 } });
  });

  test('the units that the network keeps are those of the bill, for any nesting', () => {
    const anyLevels = fc.array(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(5)), { minLength: 1, maxLength: 3 }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(anyLevels, fc.integer({ min: 1, max: 3 }), (levels, quantity) => {
        const known: ProductRecord[] = [];
        for (const [level, rows] of levels.entries()) {
          const parts = rows.map(([count, pick], row): ProductPart => {
            const lower = known[pick];
            return lower === undefined ? model(`m${row}`, count) : inner(`p${row}`, count, lower);
          });
          known.push(product(`level ${level}`, parts));
        }
        const top = known.at(-1);
        const checked = top === undefined ? undefined : checkProduct(top, worldOf(known));
        if (top === undefined || checked?.ok !== true || checked.value.units * quantity > PRODUCT_UNITS_MAX)
          return;
        const bill = unwrap(explodeProduct(top, quantity, finder(known)));
        expect(bill.units).toBe(checked.value.units * quantity);
        for (const { quantity: total, uses } of bill.lines)
          expect(uses.reduce((all, use) => all + use.quantity, 0)).toBe(total);
      }),
    );
  });

  test('counts services as often as what they are a part of', () => {
    const service = {
      id: 'test',
      kind: 'inspection' as const,
      contract: NORMAL,
      priceMicro: 5n,
      covers: ['palm'],
    };
    const tested = product('Tested hand', HAND.parts.slice(), [service]);
    const pair = product('Pair', [inner('both', 2, tested)]);
    const bill = unwrap(explodeProduct(pair, 3, finder([tested])));
    expect(bill.services.map(({ path, count }) => [path.join('/'), count])).toEqual([['both/test', 6]]);
  });

  test('a product that multiplies beyond bounds is refused before it is worked through', () => {
    const levels = [product('level 0', [model('dot', 1000)])];
    for (let level = 1; level < PRODUCT_DEPTH_MAX; level++) {
      const below = levels[level - 1];
      if (below !== undefined)
        levels.push(
          product(
            `level ${level}`,
            Array.from({ length: 48 }, (_, at) => inner(`p${at}`, 1000, below)),
          ),
        );
    }
    const top = levels.at(-1);
    expect(top === undefined ? 'none' : codeOf(explodeProduct(top, 1, finder(levels)))).toBe('product.large');
  });
});

describe('checkProduct', () => {
  const refusedAs = (record: ProductRecord, known: readonly ProductRecord[] = []) =>
    codeOf(checkProduct(record, worldOf(known)));

  test('refuses names used twice, parts nobody registered, and services for parts it does not have', () => {
    const service = {
      id: 'finger',
      kind: 'assembly' as const,
      contract: NORMAL,
      priceMicro: 0n,
      covers: [],
    };
    expect(refusedAs(product('x', [model('a', 1), model('a', 2)]))).toBe('product.part.twice');
    expect(refusedAs(product('x', [model('finger', 1)], [service]))).toBe('product.part.twice');
    expect(refusedAs(product('x', [model('a', 1)], [{ ...service, covers: ['b'] }]))).toBe(
      'product.service.covers',
    );
    expect(
      refusedAs(
        product('x', [model('a', 1)], [{ ...service, contract: { ...NORMAL, paradigm: hash('none') } }]),
      ),
    ).toBe('product.paradigm.unknown');
    expect(refusedAs(product('x', [model('a', 1, 'nobody')]))).toBe('product.part.unknown');
    expect(refusedAs(ARM)).toBe('product.part.unknown');
    expect(refusedAs(ARM, [HAND])).toBe('ok');
  });

  test('refuses more levels and more units than can be looked through', () => {
    let below = product('level 0', [model('dot', 1)]);
    const known = [below];
    for (let level = 1; level < PRODUCT_DEPTH_MAX; level++) {
      below = product(`level ${level}`, [inner('in', 1, below)]);
      known.push(below);
    }
    expect(refusedAs(below, known)).toBe('ok');
    expect(refusedAs(product('too deep', [inner('in', 1, below)]), known)).toBe('product.deep');
    const many = product('many', [model('dot', 1000)]);
    expect(refusedAs(product('large', [inner('in', 11, many)]), [many])).toBe('product.large');
  });
});

describe('a record', () => {
  test('has one form: every other way to write it is refused', () => {
    expect(unwrap(parseProduct(encodeProduct(ROBOT)))).toEqual(ROBOT);
    expect(parseProduct(encodeProduct({ ...ROBOT, tip: 1 } as ProductRecord)).ok).toBe(false);
    expect(parseProduct(encodeProduct({ ...ROBOT, parts: [] })).ok).toBe(false);
    expect(parseProduct(encodeProduct({ ...ROBOT, parts: [model('Upper', 1)] })).ok).toBe(false);
    expect(parseProduct(new Uint8Array(0)).ok).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const parsed = parseProduct(bytes);
        if (parsed.ok) expect(encodeProduct(parsed.value)).toEqual(bytes);
      }),
    );
  });
});
