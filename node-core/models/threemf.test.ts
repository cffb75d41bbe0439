// 3MF packages built here: units, transforms, components, the production extension, and packages made to hurt.

import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../base/crc32.ts';
import type { Bytes } from '../base/index.ts';
import { concatBytes, unwrap, utf8ToBytes } from '../base/index.ts';
import type { ParseOptions } from './index.ts';
import { measureMesh, parseAnyModel, parseModel } from './index.ts';
import { boxFacets, type Facet, torusFacets } from './test-shapes.ts';

const CORE = 'http://schemas.microsoft.com/3dmanufacturing/core/2015/02';
const PRODUCTION = 'http://schemas.microsoft.com/3dmanufacturing/production/2015/06';
const RELS = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/part.model" Id="r" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>`;

function meshXml(facets: readonly Facet[], prefix = ''): string {
  const points = facets.flat();
  const vertices = points.map(([x, y, z]) => `<${prefix}vertex x="${x}" y="${y}" z="${z}"/>`).join('');
  const triangles = facets
    .map((_, i) => `<${prefix}triangle v1="${3 * i}" v2="${3 * i + 1}" v3="${3 * i + 2}" pid="1"/>`)
    .join('\n');
  return `<${prefix}mesh><${prefix}vertices>${vertices}</${prefix}vertices><${prefix}triangles>${triangles}</${prefix}triangles></${prefix}mesh>`;
}

const CUBE = meshXml(boxFacets());
const model = (resources: string, build: string, attributes = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a test --><model xmlns="${CORE}" xmlns:p="${PRODUCTION}" ${attributes}><metadata name="Title">a &amp; b</metadata><resources>${resources}</resources><build>${build}</build></model>`;
const CUBE_MODEL = model(`<object id="1" type="model">${CUBE}</object>`, '<item objectid="1"/>');

function pack(parts: Readonly<Record<string, string | Bytes>>, level: 0 | 6 = 6): Bytes {
  const entries = Object.entries(parts).map(([name, content]) => [
    name,
    typeof content === 'string' ? utf8ToBytes(content) : content,
  ]);
  return zipSync(Object.fromEntries(entries), { level });
}
const packModel = (text: string, more: Readonly<Record<string, string>> = {}) =>
  pack({ '[Content_Types].xml': '<Types/>', '_rels/.rels': RELS, '3D/part.model': text, ...more });

const measure = (bytes: Bytes) => measureMesh(unwrap(parseModel(bytes, 'part.3mf')));
const faultOf = (bytes: Bytes, options: ParseOptions = {}) => {
  const parsed = parseModel(bytes, 'part.3mf', options);
  return parsed.ok ? 'ok' : parsed.fault.code;
};

describe('models', () => {
  test('a cube, stored or deflated, welded within its object', () => {
    for (const level of [0, 6] as const) {
      const bytes = pack({ '_rels/.rels': RELS, '3D/part.model': CUBE_MODEL }, level);
      expect(measure(bytes)).toMatchObject({ volumeMm3: 1000, watertight: true, vertices: 8 });
      expect(unwrap(parseAnyModel(bytes, 'renamed.stl')).format).toBe('3mf');
    }
  });

  test.each([
    ['micron', 0.01],
    ['millimeter', 10],
    ['centimeter', 100],
    ['inch', 254],
    ['foot', 3048],
    ['meter', 10_000],
  ])('unit %s', (unit, sizeMm) => {
    const text = model(`<object id="1">${CUBE}</object>`, '<item objectid="1"/>', `unit="${unit}"`);
    expect(measure(packModel(text)).sizeUm.x).toBe(sizeMm * 1000);
  });

  test('an unknown unit is refused', () => {
    expect(
      faultOf(packModel(model(`<object id="1">${CUBE}</object>`, '<item objectid="1"/>', 'unit="yard"'))),
    ).toBe('model.3mf.malformed');
  });

  test('the translation of a transform is in the unit of the file', () => {
    const item = '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 2 3 4"/>';
    const text = model(`<object id="1">${CUBE}</object>`, item, 'unit="centimeter"');
    expect(measure(packModel(text)).minMm).toEqual({ x: 20, y: 30, z: 40 });
  });

  test('components compose: inner transform first, mirror keeps the outside out', () => {
    const resources = `<object id="1">${CUBE}</object><object id="2"><components><component objectid="1" transform="2 0 0 0 1 0 0 0 1 5 0 0"/><component objectid="1" transform="-1 0 0 0 1 0 0 0 1 -5 0 0"/></components></object>`;
    const text = model(resources, '<item objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 7"/>');
    const measured = measure(packModel(text));
    // x spans -15 … 25 before the quarter turn takes x to y.
    expect(measured).toMatchObject({ volumeMm3: 3000, shells: 2, watertight: true, problems: [] });
    expect([measured.minMm.y, measured.maxMm.y, measured.minMm.z]).toEqual([-15, 25, 7]);
  });

  test('only what is built counts: not other objects, supports, or items not to be printed', () => {
    const resources = `<object id="1">${CUBE}</object><object id="2" type="support">${CUBE}</object><object id="3">${CUBE}</object>`;
    const build =
      '<item objectid="1"/><item objectid="2" transform="1 0 0 0 1 0 0 0 1 50 0 0"/><item objectid="3" printable="0"/>';
    expect(measure(packModel(model(resources, build)))).toMatchObject({ volumeMm3: 1000, shells: 1 });
  });

  test('the production extension: objects in other parts, by any prefix', () => {
    const other = model(`<object id="9">${CUBE}</object>`, '');
    const root = model(
      '<object id="1"><components><component objectid="9" p:path="/3D/Objects/a.model"/></components></object>',
      '<item objectid="1"/><item objectid="9" p:path="/3D/objects/A.model" transform="1 0 0 0 1 0 0 0 1 30 0 0"/>',
      'requiredextensions="p"',
    );
    const bytes = packModel(
      root
        .replace(/\bp:/g, 'prod:')
        .replace('requiredextensions="p"', 'requiredextensions="prod"')
        .replace('xmlns:p=', 'xmlns:prod='),
      { '3D/Objects/a.model': other },
    );
    expect(measure(bytes)).toMatchObject({ volumeMm3: 2000, shells: 2 });
  });

  test('prefixed core elements, single quotes, entities, UTF-16', () => {
    const text = `<c:model xmlns:c='${CORE}' unit='milli&#109;eter'><c:resources><c:object id='&#x31;'>${meshXml(boxFacets(), 'c:')}</c:object></c:resources><c:build><c:item objectid='1'/></c:build></c:model>`;
    expect(measure(packModel(text)).volumeMm3).toBe(1000);
    const words = new Uint16Array([...`\ufeff${CUBE_MODEL}`].map((letter) => letter.charCodeAt(0)));
    const utf16 = pack({ '_rels/.rels': RELS, '3D/part.model': new Uint8Array(words.buffer) });
    expect(measure(utf16).volumeMm3).toBe(1000);
  });

  test('elements of other namespaces are not mistaken for core ones', () => {
    const foreign = `<object id="1" xmlns:x="urn:x"><x:mesh>${CUBE}</x:mesh>${CUBE}</object>`;
    expect(measure(packModel(model(foreign, '<item objectid="1"/>'))).triangles).toBe(12);
  });

  test('an extension that must be understood is refused by name', () => {
    const lattice = `xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02" requiredextensions="b"`;
    const parsed = parseModel(
      packModel(model(`<object id="1">${CUBE}</object>`, '<item objectid="1"/>', lattice)),
      'a.3mf',
    );
    expect(parsed.ok ? 'ok' : [parsed.fault.code, parsed.fault.data?.['extension']]).toEqual([
      'model.3mf.extension',
      '3dmanufacturing/beamlattice/2017/02',
    ]);
  });
});

describe('malformed models', () => {
  const cases: [string, string, string][] = [
    ['no build', model(`<object id="1">${CUBE}</object>`, ''), 'model.triangles.none'],
    ['missing object', model('', '<item objectid="1"/>'), 'model.3mf.malformed'],
    ['missing part', model('', `<item objectid="1" p:path="/3D/none.model"/>`), 'model.3mf.malformed'],
    ['index beyond', CUBE_MODEL.replace('v1="0"', 'v1="36"'), 'model.index.invalid'],
    ['index negative', CUBE_MODEL.replace('v1="0"', 'v1="-1"'), 'model.index.invalid'],
    ['index missing', CUBE_MODEL.replace('v1="0"', ''), 'model.index.invalid'],
    ['coordinate NaN', CUBE_MODEL.replace('x="0"', 'x="NaN"'), 'model.number.invalid'],
    ['coordinate with unit', CUBE_MODEL.replace('x="0"', 'x="0mm"'), 'model.number.invalid'],
    [
      'transform short',
      model(`<object id="1">${CUBE}</object>`, '<item objectid="1" transform="1 0 0"/>'),
      'model.3mf.malformed',
    ],
    [
      'transform overflow',
      model(
        `<object id="1">${CUBE}</object>`,
        '<item objectid="1" transform="1e300 0 0 0 1e300 0 0 0 1 0 0 0"/>',
      ),
      'model.size.too-large',
    ],
    [
      'cycle',
      model(
        '<object id="1"><components><component objectid="1"/></components></object>',
        '<item objectid="1"/>',
      ),
      'model.3mf.malformed',
    ],
    [
      'document type',
      `<!DOCTYPE model [<!ENTITY a "aaaa">]>${CUBE_MODEL.replace(/^<\?xml.*?\?>/, '')}`,
      'model.3mf.malformed',
    ],
    ['cut off', CUBE_MODEL.slice(0, -20), 'model.3mf.malformed'],
    ['tags crossed', CUBE_MODEL.replace('</vertices>', '</triangles>'), 'model.3mf.malformed'],
    ['not XML', 'hello', 'model.3mf.malformed'],
    ['other namespace', CUBE_MODEL.replace(CORE, 'urn:other'), 'model.3mf.malformed'],
    ['deep', model('<object id="1">'.padEnd(5000, '<a>'), ''), 'model.3mf.malformed'],
  ];
  test.each(cases)('%s', (_, text, code) => {
    expect(faultOf(packModel(text))).toBe(code);
  });

  test('components that double at every level end in a refusal, not in memory', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) =>
        `<object id="${i + 2}"><components><component objectid="${i + 1}"/><component objectid="${i + 1}"/></components></object>`,
    );
    const text = model(`<object id="1">${CUBE}</object>${levels.join('')}`, '<item objectid="31"/>');
    expect(faultOf(packModel(text))).toBe('model.3mf.malformed');
    expect(faultOf(packModel(text), { limits: { instancesMax: 1e9 } })).toBe('model.triangles.too-many');
  });

  test('one byte of the model changed gives a mesh or a fault', () => {
    const bytes = utf8ToBytes(CUBE_MODEL);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = bytes.slice();
        changed[at] = byte;
        const parsed = parseModel(pack({ '_rels/.rels': RELS, '3D/part.model': changed }, 0), 'a.3mf');
        if (!parsed.ok) expect(parsed.fault.code).toMatch(/^model\./);
      }),
      { numRuns: 400 },
    );
  });
});

describe('packages', () => {
  const whole = packModel(CUBE_MODEL);

  test('every truncation is refused', () => {
    for (let length = 4; length < whole.length; length += 7)
      expect(faultOf(whole.slice(0, length))).toMatch(/^model\.zip\./);
  });

  test('one byte of the package changed gives the same mesh or a fault', () => {
    const right = unwrap(parseModel(whole, 'a.3mf'));
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        const parsed = parseModel(changed, 'a.3mf');
        // The checksum guards the model; only the name of a part that is not read may change unseen.
        if (parsed.ok) expect(parsed.value).toEqual(right);
        else expect(parsed.fault.code).toMatch(/^model\./);
      }),
      { numRuns: 500 },
    );
  });

  test('a bomb is refused before it is unpacked', () => {
    const huge = new Uint8Array(17 * 1024 * 1024).fill(32);
    expect(faultOf(pack({ '_rels/.rels': RELS, '3D/part.model': huge }))).toBe('model.zip.bomb');
    const budget = { limits: { inflatedBytesMax: 2000 } };
    expect(faultOf(whole, budget)).toBe('model.zip.bomb');
  });

  test('a part that unpacks to more than it declares is stopped', () => {
    const lying = whole.slice();
    const view = new DataView(lying.buffer);
    const at = findSignature(lying, 0x0201_4b50, 2);
    view.setUint32(at + 24, 100, true);
    expect(faultOf(lying)).toBe('model.zip.bomb');
    view.setUint32(at + 24, 100_000, true);
    expect(faultOf(lying)).toBe('model.zip.damaged');
  });

  test('paths that leave the package, repeat, or hide are refused', () => {
    for (const name of ['../evil.model', '3D/../../x', 'C:\\x', '3D//x', './x', '3d/PART.model']) {
      expect(faultOf(pack({ '_rels/.rels': RELS, '3D/part.model': CUBE_MODEL, [name]: 'x' }))).toBe(
        'model.zip.damaged',
      );
    }
  });

  test('more entries than any model has', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`Metadata/${i}.txt`, '']));
    expect(faultOf(packModel(CUBE_MODEL, many), { limits: { zipEntriesMax: 20 } })).toBe('model.zip.bomb');
  });

  test('encrypted parts and foreign compression say so', () => {
    const encrypted = whole.slice();
    const at = findSignature(encrypted, 0x0201_4b50, 2);
    encrypted[at + 8] = 1;
    expect(faultOf(encrypted)).toBe('model.zip.unsupported');
    const foreign = whole.slice();
    foreign[at + 10] = 14;
    expect(faultOf(foreign)).toBe('model.zip.unsupported');
  });

  test('a package without a model, and the default part without relationships', () => {
    expect(faultOf(pack({ 'word/document.xml': '<a/>' }))).toBe('model.3mf.malformed');
    expect(faultOf(pack({ '3D/3dmodel.model': CUBE_MODEL }))).toBe('ok');
  });

  test('ZIP64 fields are read', () => {
    expect(measure(zip64('3D/3dmodel.model', utf8ToBytes(CUBE_MODEL))).volumeMm3).toBe(1000);
  });

  test('a comment at the end does not hide the directory', () => {
    const commented = concatBytes(whole, utf8ToBytes('PK\u0005\u0006 comment'));
    new DataView(commented.buffer).setUint16(whole.length - 2, commented.length - whole.length, true);
    expect(faultOf(commented)).toBe('ok');
  });
});

test('a package of a hundred thousand triangles keeps its volume', () => {
  const facets = torusFacets(250, 200);
  const measured = measure(
    packModel(model(`<object id="1">${meshXml(facets)}</object>`, '<item objectid="1"/>')),
  );
  expect(measured).toMatchObject({ triangles: 100_000, watertight: true, shells: 1 });
});

test('CRC-32 has its check value', () => {
  expect(crc32(utf8ToBytes('123456789'))).toBe(0xcbf4_3926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

function findSignature(bytes: Bytes, signature: number, occurrence: number): number {
  const view = new DataView(bytes.buffer);
  let seen = -1;
  for (let at = 0; at + 4 <= bytes.length; at++) {
    if (view.getUint32(at, true) === signature && ++seen === occurrence) return at;
  }
  throw new Error('no such entry');
}

/** A stored entry whose sizes and offset are all in ZIP64 fields, as large-file writers do even for small files. */
function zip64(name: string, content: Bytes): Bytes {
  const nameBytes = utf8ToBytes(name);
  const local = new Uint8Array(30);
  const localView = new DataView(local.buffer);
  localView.setUint32(0, 0x0403_4b50, true);
  localView.setUint32(14, crc32(content), true);
  localView.setUint32(18, 0xffff_ffff, true);
  localView.setUint32(22, 0xffff_ffff, true);
  localView.setUint16(26, nameBytes.length, true);
  const extra = new Uint8Array(28);
  const extraView = new DataView(extra.buffer);
  extraView.setUint16(0, 1, true);
  extraView.setUint16(2, 24, true);
  extraView.setBigUint64(4, BigInt(content.length), true);
  extraView.setBigUint64(12, BigInt(content.length), true);
  extraView.setBigUint64(20, 0n, true);
  const directory = new Uint8Array(46);
  const directoryView = new DataView(directory.buffer);
  directoryView.setUint32(0, 0x0201_4b50, true);
  directoryView.setUint32(16, crc32(content), true);
  for (const at of [20, 24, 42]) directoryView.setUint32(at, 0xffff_ffff, true);
  directoryView.setUint16(28, nameBytes.length, true);
  directoryView.setUint16(30, extra.length, true);
  const body = concatBytes(local, nameBytes, content);
  const entry = concatBytes(directory, nameBytes, extra);
  const end64 = new Uint8Array(56);
  const end64View = new DataView(end64.buffer);
  end64View.setUint32(0, 0x0606_4b50, true);
  end64View.setBigUint64(4, 44n, true);
  end64View.setBigUint64(24, 1n, true);
  end64View.setBigUint64(32, 1n, true);
  end64View.setBigUint64(40, BigInt(entry.length), true);
  end64View.setBigUint64(48, BigInt(body.length), true);
  const locator = new Uint8Array(20);
  const locatorView = new DataView(locator.buffer);
  locatorView.setUint32(0, 0x0706_4b50, true);
  locatorView.setBigUint64(8, BigInt(body.length + entry.length), true);
  locatorView.setUint32(16, 1, true);
  const end = new Uint8Array(22);
  const endView = new DataView(end.buffer);
  endView.setUint32(0, 0x0605_4b50, true);
  endView.setUint16(8, 0xffff, true);
  endView.setUint16(10, 0xffff, true);
  endView.setUint32(12, 0xffff_ffff, true);
  endView.setUint32(16, 0xffff_ffff, true);
  return concatBytes(body, entry, end64, locator, end);
}
