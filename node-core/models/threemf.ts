// 3MF: the build of a package as one mesh. Core specification 1.3 (units, objects, components, transforms, build items)
// and the production extension 1.1 (objects in other parts). Properties, colours and slices do not change the shape.

import type { Bytes } from '../base/index.ts';
import { FaultError } from '../base/index.ts';
import { modelFault } from './faults.ts';
import type { ModelLimits } from './limits.ts';
import type { Mesh, ParseContext } from './mesh.ts';
import { finishMesh, tooManyTriangles } from './mesh.ts';
import { parseModelPart, type ThreeMfObject, type ThreeMfPart } from './threemf-part.ts';
import { multiplyTransforms, type Transform, transformMesh } from './transform.ts';
import { XmlReader } from './xml.ts';
import { ZipReader } from './zip.ts';

const MODEL_RELATIONSHIP = 'http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel';
const DEFAULT_PART = '3D/3dmodel.model';
const COMPONENT_DEPTH_MAX = 32;

function malformed(what: string): FaultError {
  return new FaultError(modelFault('model.3mf.malformed', { what }));
}

type Placement = { readonly object: ThreeMfObject; readonly transform: Transform };

/** Expands the build into placed meshes, loading parts as they are referred to. */
class BuildExpander {
  readonly #zip: ZipReader;
  readonly #context: ParseContext;
  readonly #parts = new Map<string, ThreeMfPart>();
  readonly #placements: Placement[] = [];
  #visits = 0;
  #triangles = 0;

  constructor(zip: ZipReader, context: ParseContext) {
    this.#zip = zip;
    this.#context = context;
  }

  expand(rootPath: string): readonly Placement[] {
    const root = this.#part(rootPath);
    for (const item of root.items) {
      this.#visit(item.path ?? rootPath, item.objectId, item.transform, 0);
    }
    return this.#placements;
  }

  #part(path: string): ThreeMfPart {
    const key = path.replace(/^\//, '').toLowerCase();
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const bytes = this.#zip.read(path);
    if (bytes === undefined) throw malformed('a part is missing');
    const part = parseModelPart(bytes, this.#context);
    this.#parts.set(key, part);
    return part;
  }

  #visit(path: string, objectId: string, transform: Transform, depth: number): void {
    if (depth > COMPONENT_DEPTH_MAX) throw malformed('objects contain each other');
    if (++this.#visits > this.#context.limits.instancesMax) throw malformed('too many copies of objects');
    const object = this.#part(path).objects.get(objectId);
    if (object === undefined) throw malformed('an object is missing');
    if (object.isSupport) return;
    if (object.indices.length > 0) {
      this.#triangles += object.indices.length / 3;
      const limit = this.#context.limits.trianglesMax;
      if (this.#triangles > limit) throw tooManyTriangles(limit);
      this.#placements.push({ object, transform });
    }
    for (const component of object.components) {
      this.#visit(
        component.path ?? path,
        component.objectId,
        multiplyTransforms(component.transform, transform),
        depth + 1,
      );
    }
  }
}

/** @throws FaultError */
export function parseThreeMf(bytes: Bytes, context: ParseContext): Mesh {
  const zip = new ZipReader(bytes, context.limits);
  const rootPath = findRootPart(zip);
  const placements = new BuildExpander(zip, context).expand(rootPath);
  return joinPlacements(placements, context.limits);
}

function findRootPart(zip: ZipReader): string {
  const relationships = zip.read('_rels/.rels');
  if (relationships !== undefined) {
    const reader = new XmlReader(relationships);
    for (let event = reader.next(); event !== 'end'; event = reader.next()) {
      if (event !== 'open' || reader.local !== 'Relationship') continue;
      const target = reader.attribute('Target');
      if (reader.attribute('Type') === MODEL_RELATIONSHIP && target !== undefined) return target;
    }
  }
  if (!zip.has(DEFAULT_PART)) throw malformed('no model part');
  return DEFAULT_PART;
}

function joinPlacements(placements: readonly Placement[], limits: ModelLimits): Mesh {
  let vertexFloats = 0;
  let corners = 0;
  for (const { object } of placements) {
    vertexFloats += object.positions.length;
    corners += object.indices.length;
  }
  const positions = new Float32Array(vertexFloats);
  const indices = new Uint32Array(corners);
  let floatAt = 0;
  let cornerAt = 0;
  for (const { object, transform } of placements) {
    transformMesh(object, transform, positions, floatAt, indices, cornerAt);
    floatAt += object.positions.length;
    cornerAt += object.indices.length;
  }
  return finishMesh(positions, indices, limits);
}
