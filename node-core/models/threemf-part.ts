// One model part of a 3MF package: its objects with their meshes in millimetres, and its build items. Unknown elements
// are skipped; extensions that the part says are required, and that could change the shape, are refused by name.

import type { Bytes } from '../base/index.ts';
import { FaultError } from '../base/index.ts';
import { modelFault } from './faults.ts';
import type { ParseContext } from './mesh.ts';
import { TriangleList, Welder } from './mesh.ts';
import { ByteScanner } from './scanner.ts';
import { IDENTITY, type Transform } from './transform.ts';
import { XmlReader } from './xml.ts';

const CORE = 'http://schemas.microsoft.com/3dmanufacturing/core/2015/02';
const PRODUCTION = 'http://schemas.microsoft.com/3dmanufacturing/production/2015/06';
/** Extensions that may be required, because without them the mesh is still the whole shape. */
const HARMLESS_EXTENSIONS = new Set([
  CORE,
  PRODUCTION,
  'http://schemas.microsoft.com/3dmanufacturing/material/2015/02',
  'http://schemas.microsoft.com/3dmanufacturing/slice/2015/07',
  'http://schemas.microsoft.com/3dmanufacturing/trianglesets/2021/07',
]);

const MM_PER_UNIT: Readonly<Record<string, number>> = {
  micron: 0.001,
  millimeter: 1,
  centimeter: 10,
  inch: 25.4,
  foot: 304.8,
  meter: 1000,
};

const TICK_TRIANGLES = 1 << 16;

export type ThreeMfReference = {
  readonly objectId: string;
  /** Part that holds the object; undefined for the referring part. */
  readonly path: string | undefined;
  readonly transform: Transform;
};

export type ThreeMfObject = {
  readonly positions: Float32Array;
  readonly indices: Uint32Array;
  readonly components: readonly ThreeMfReference[];
  /** Support structures are the slicer's business, not part of the shape. */
  readonly isSupport: boolean;
};

type PartMesh = { readonly positions: Float32Array; readonly indices: Uint32Array };

export type ThreeMfPart = {
  readonly objects: ReadonlyMap<string, ThreeMfObject>;
  readonly items: readonly ThreeMfReference[];
};

function malformed(what: string): FaultError {
  return new FaultError(modelFault('model.3mf.malformed', { what }));
}

class PartReader {
  readonly #xml: XmlReader;
  readonly #numbers: ByteScanner;
  readonly #context: ParseContext;
  readonly #objects = new Map<string, ThreeMfObject>();
  readonly #items: ThreeMfReference[] = [];
  #mmPerUnit = 1;

  constructor(bytes: Bytes, context: ParseContext) {
    this.#xml = new XmlReader(bytes);
    this.#numbers = new ByteScanner(this.#xml.bytes);
    this.#context = context;
  }

  read(): ThreeMfPart {
    const xml = this.#xml;
    if (xml.next() !== 'open' || xml.local !== 'model' || xml.namespace !== CORE)
      throw malformed('no model in it');
    this.#readUnit();
    this.#checkExtensions();
    for (let event = xml.next(); event !== 'end'; event = xml.next()) {
      if (event !== 'open') continue;
      if (this.#isCore('resources') || this.#isCore('build')) continue;
      if (this.#isCore('object')) this.#readObject();
      else if (this.#isCore('item')) this.#readItem();
      else xml.skipElement();
    }
    return { objects: this.#objects, items: this.#items };
  }

  #isCore(local: string): boolean {
    return this.#xml.local === local && this.#xml.namespace === CORE;
  }

  #readUnit(): void {
    const unit = this.#xml.attribute('unit') ?? 'millimeter';
    const mm = Object.hasOwn(MM_PER_UNIT, unit) ? MM_PER_UNIT[unit] : undefined;
    if (mm === undefined) throw malformed('unknown unit');
    this.#mmPerUnit = mm;
  }

  #checkExtensions(): void {
    const required = this.#xml.attribute('requiredextensions') ?? '';
    for (const prefix of required.split(/\s+/).filter((word) => word !== '')) {
      const uri = this.#xml.namespaceOf(prefix);
      if (uri === undefined || !HARMLESS_EXTENSIONS.has(uri)) {
        const extension = (uri ?? prefix).replace(/^https?:\/\/[^/]*\//, '').slice(0, 60);
        throw new FaultError(modelFault('model.3mf.extension', { extension }));
      }
    }
  }

  #readItem(): void {
    // Not in the core, but written by slicers for objects that are on the plate and not to be printed.
    const skipped = this.#xml.attribute('printable') === '0';
    if (!skipped) this.#items.push(this.#readReference());
    this.#xml.skipElement();
  }

  #readReference(): ThreeMfReference {
    const xml = this.#xml;
    const objectId = xml.attribute('objectid');
    if (objectId === undefined) throw malformed('a reference without object');
    const text = xml.attribute('transform');
    return {
      objectId,
      path: xml.attribute('path', PRODUCTION),
      transform: text === undefined ? IDENTITY : this.#readTransform(text),
    };
  }

  #readTransform(text: string): Transform {
    const numbers = text.trim().split(/\s+/).map(Number);
    if (numbers.length !== 12 || !numbers.every(Number.isFinite)) throw malformed('a transform');
    return numbers.map((value, i) => (i < 9 ? value : value * this.#mmPerUnit));
  }

  #readObject(): void {
    const xml = this.#xml;
    const id = xml.attribute('id');
    if (id === undefined || this.#objects.has(id)) throw malformed('object numbers');
    const type = xml.attribute('type') ?? 'model';
    const components: ThreeMfReference[] = [];
    let mesh: PartMesh = { positions: new Float32Array(0), indices: new Uint32Array(0) };
    const depth = xml.depth;
    while (!(xml.next() === 'close' && xml.depth < depth)) {
      if (!xml.isOpening) continue;
      if (this.#isCore('mesh') && xml.depth === depth + 1) mesh = this.#readMesh();
      else if (this.#isCore('component')) components.push(this.#readReference());
    }
    const isSupport = type === 'support' || type === 'solidsupport';
    this.#objects.set(id, { ...mesh, components, isSupport });
  }

  #readMesh(): PartMesh {
    const xml = this.#xml;
    const limits = this.#context.limits;
    const welder = new Welder(1024);
    const triangles = new TriangleList(1024, limits.trianglesMax);
    let welded = new Uint32Array(1024);
    let vertexCount = 0;
    const depth = xml.depth;
    while (!(xml.next() === 'close' && xml.depth < depth)) {
      if (!xml.isOpening) continue;
      if (this.#isCore('vertex')) {
        if (vertexCount === welded.length) {
          const grown = new Uint32Array(welded.length * 2);
          grown.set(welded);
          welded = grown;
        }
        welded[vertexCount++] = this.#readVertex(welder, vertexCount);
      } else if (this.#isCore('triangle')) {
        if (triangles.count % TICK_TRIANGLES === 0) this.#context.tick(xml.at / xml.bytes.length);
        const a = this.#readIndex('v1', vertexCount);
        const b = this.#readIndex('v2', vertexCount);
        const c = this.#readIndex('v3', vertexCount);
        triangles.add(welded[a] as number, welded[b] as number, welded[c] as number);
      }
    }
    return { positions: welder.positions(), indices: triangles.indices() };
  }

  #readVertex(welder: Welder, number: number): number {
    const mm = this.#mmPerUnit;
    const index = welder.add(
      this.#readNumber('x') * mm,
      this.#readNumber('y') * mm,
      this.#readNumber('z') * mm,
    );
    if (index >= 0) return index;
    throw new FaultError(modelFault('model.number.invalid', { where: `vertex ${number}` }));
  }

  /** NaN where the attribute is missing or not a number, which the welder refuses. */
  #readNumber(name: string): number {
    const at = this.#xml.attributeAt(name);
    if (at < 0) return Number.NaN;
    const { bytes } = this.#xml;
    const scanner = this.#numbers;
    scanner.at = at;
    scanner.skipSpace(true);
    const value = scanner.readNumber();
    scanner.skipSpace(true);
    const ending = bytes[scanner.at];
    return ending === bytes[at - 1] ? value : Number.NaN;
  }

  #readIndex(name: string, vertexCount: number): number {
    const index = this.#readNumber(name);
    if (Number.isInteger(index) && index >= 0 && index < vertexCount) return index;
    throw new FaultError(modelFault('model.index.invalid', { where: `attribute ${name}` }));
  }
}

/** @throws FaultError */
export function parseModelPart(bytes: Bytes, context: ParseContext): ThreeMfPart {
  return new PartReader(bytes, context).read();
}
