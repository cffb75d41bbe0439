// A print on the stage: what is done as solid beads, what is to come as faint lines, the nozzle. Moving along the job
// only changes draw ranges, so a job of several hundred thousand moves follows the nozzle without copying anything.

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  Group,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  InstancedInterleavedBuffer,
  InterleavedBufferAttribute,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  ShaderMaterial,
  Vector3,
} from 'three';
import { disposeTree } from './dispose.ts';
import { PALETTES, type SceneTheme } from './palette.ts';
import { GROWTH_LAYER, type Growth } from './stage.ts';
import { coarseSegments } from './toolpath-coarse.ts';
import { type ColourMode, segmentColours } from './toolpath-colour.ts';
import {
  layerIndexAt,
  nozzleAt,
  type Segments,
  segmentsBefore,
  type ToolpathScene,
} from './toolpath-index.ts';

export type ToolpathObject = {
  readonly group: Group;
  /** Shows the job after so many moves; a fraction places the nozzle between two. */
  readonly setMoves: (moves: number) => void;
  readonly setColourMode: (mode: ColourMode) => void;
  readonly setTravels: (visible: boolean) => void;
  readonly setSingleLayer: (single: boolean) => void;
  /** Plain lines instead of beads, and of what is to come only some, for slow graphics. */
  readonly setLight: (light: boolean) => void;
  /** The picture keeps what is printed and only gets what is new. */
  readonly growth: Growth;
  /** Where the nozzle is. */
  readonly nozzle: Vector3;
  readonly dispose: () => void;
};

/** Beads are a little wider than the nozzle; the codec has no widths, and a good look needs no exact one. */
const BEAD_WIDTH_MM = 0.44;

/** So many lines turn smoothly where 3D is computed in software: a thousand take it about 2 ms. */
const COARSE_SEGMENTS_MAX = 4_000;

export function createToolpathObject(scene: ToolpathScene, theme: SceneTheme): ToolpathObject {
  const { beads, fresh, fine, coarse, travels, group } = createParts(scene, theme);
  const nozzle = new Vector3();
  let colours: Uint8Array = new Uint8Array(0);
  let single = false;
  let light = false;
  let moves = 0;
  /** Extruded segments that are in the kept picture. */
  let drawn = 0;
  let layerShown = -1;
  let mode: ColourMode | undefined;
  const setColours = (next: ColourMode): void => {
    if (next === mode) return;
    mode = next;
    colours = segmentColours(scene, mode, scene.extrusions);
    beads.setColours(colours);
    setPlainColours(fine.printed.geometry, colours);
    setPlainColours(coarse.printed.geometry, segmentColours(scene, mode, coarse.segments));
  };
  setColours('feature');
  return {
    group,
    nozzle,
    growth: {
      beforeWhole(roughly) {
        const at = rangesAt(scene, Math.floor(moves), single);
        beads.mesh.visible = !roughly && !light;
        fine.printed.visible = !roughly && light;
        fine.ghost.visible = !roughly && !light;
        coarse.printed.visible = roughly;
        coarse.ghost.visible = roughly || light;
        const { done, from, layerFrom } = setRanges(fine, at);
        setRanges(coarse, at);
        beads.setRange(from, done, layerFrom);
        const travelled = segmentsBefore(scene.travels, at.layerFirst);
        const travelsEnd = segmentsBefore(scene.travels, at.done);
        travels.geometry.setDrawRange(travelled * 2, (travelsEnd - travelled) * 2);
        layerShown = at.layer;
        drawn = done;
      },
      beforeAddition() {
        const next = segmentsBefore(scene.extrusions, Math.floor(moves));
        if (next === drawn) return false;
        const tooMuch = next < drawn || next - drawn > GROWTH_SEGMENTS_MAX;
        const layer = layerIndexAt(scene.layers, Math.floor(moves)) + 1;
        // A new layer dims those below it; one that shows alone starts with a clean bed.
        if (tooMuch || (layer !== layerShown && (single || !light))) return 'whole';
        fresh.setSegments(
          scene.extrusions.ends.subarray(drawn * 6, next * 6),
          colours.subarray(drawn * 4, next * 4),
        );
        drawn = next;
        return true;
      },
    },
    setMoves: (next) => {
      moves = Math.min(Math.max(0, next), scene.moves);
      nozzleAt(scene, moves, nozzle);
    },
    setColourMode: setColours,
    setTravels: (visible) => {
      travels.visible = visible;
    },
    setSingleLayer: (next) => {
      single = next;
    },
    setLight: (next) => {
      light = next;
    },
    dispose: () => disposeTree(group),
  };
}

function createParts(scene: ToolpathScene, theme: SceneTheme) {
  const palette = PALETTES[theme];
  const ghostOpacity = theme === 'light' ? 0.08 : 0.07;
  const few = coarseSegments(scene, COARSE_SEGMENTS_MAX);
  const beads = createBeads(scene.extrusions, scene.layerHeightMm, theme);
  const fresh = createBeads(emptySegments(GROWTH_SEGMENTS_MAX), scene.layerHeightMm, theme);
  fresh.mesh.layers.set(GROWTH_LAYER);
  const fine: Lines = {
    segments: scene.extrusions,
    printed: createPlainLines(scene.extrusions),
    ghost: createLines(scene.extrusions, palette.ghost, ghostOpacity),
  };
  const coarse: Lines = {
    segments: few,
    printed: createPlainLines(few),
    ghost: createLines(few, palette.ghost, ghostOpacity * 3),
  };
  const travels = createLines(scene.travels, palette.travel, 0.55);
  travels.visible = false;
  const group = new Group();
  group.add(beads.mesh, fresh.mesh, fine.printed, fine.ghost, coarse.printed, coarse.ghost, travels);
  return { beads, fresh, fine, coarse, travels, group };
}

/** A whole picture's moves: those printed, and of the layer that is being printed or shown alone. */
type Ranges = {
  readonly done: number;
  readonly layer: number;
  readonly layerFirst: number;
  /** Where what is shown begins and what is to come ends. */
  readonly first: number;
  readonly end: number;
};

function rangesAt(scene: ToolpathScene, done: number, single: boolean): Ranges {
  const row = scene.layers[layerIndexAt(scene.layers, done)];
  const layerFirst = row?.firstMove ?? 0;
  return {
    done,
    layer: row?.layer ?? 0,
    layerFirst,
    first: single ? layerFirst : 0,
    end: single ? (row?.endMove ?? 0) : scene.moves,
  };
}

type Lines = {
  readonly segments: Segments;
  readonly printed: LineSegments;
  readonly ghost: LineSegments;
};

function setRanges(
  { segments, printed, ghost }: Lines,
  at: Ranges,
): { done: number; from: number; layerFrom: number } {
  const from = segmentsBefore(segments, at.first);
  const done = segmentsBefore(segments, at.done);
  printed.geometry.setDrawRange(from * 2, (done - from) * 2);
  ghost.geometry.setDrawRange(done * 2, Math.max(0, segmentsBefore(segments, at.end) - done) * 2);
  return { done, from, layerFrom: segmentsBefore(segments, at.layerFirst) };
}

const BEAD_VERTEX = /* glsl */ `
  attribute vec3 beadStart;
  attribute vec3 beadEnd;
  attribute vec4 beadColour;
  uniform float beadWidth;
  uniform float beadHeight;
  uniform int firstShown;
  uniform int firstOfLayer;
  varying vec3 vColour;
  varying vec3 vNormal;
  void main() {
    if (gl_InstanceID < firstShown) {
      gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
      return;
    }
    vec3 way = beadEnd - beadStart;
    float len = length(way);
    vec3 along = len > 1e-5 ? way / len : vec3(1.0, 0.0, 0.0);
    vec3 side = abs(along.z) > 0.99 ? vec3(1.0, 0.0, 0.0) : normalize(cross(vec3(0.0, 0.0, 1.0), along));
    vec3 up = cross(along, side);
    // Beads overlap by a third of their width, which rounds corners.
    float overlap = beadWidth * 0.33;
    vec3 end = mix(beadStart - along * overlap, beadEnd + along * overlap, position.x);
    vec3 corner = end + side * position.y * beadWidth * 0.5
      + up * position.z * beadHeight * 0.5 - vec3(0.0, 0.0, beadHeight * 0.5);
    vNormal = side * position.y + up * position.z;
    float older = gl_InstanceID < firstOfLayer ? 0.82 : 1.0;
    vColour = beadColour.rgb * older;
    gl_Position = projectionMatrix * modelViewMatrix * vec4(corner, 1.0);
  }
`;

const BEAD_FRAGMENT = /* glsl */ `
  uniform float ambient;
  varying vec3 vColour;
  varying vec3 vNormal;
  void main() {
    vec3 normal = normalize(vNormal);
    float key = max(0.0, dot(normal, normalize(vec3(-0.45, -0.6, 0.75))));
    float fill = max(0.0, dot(normal, normalize(vec3(0.8, 0.4, 0.3))));
    float light = ambient + 0.62 * key + 0.2 * fill + 0.08 * normal.z;
    // Colours are given as they should look, so they are lit as such.
    gl_FragColor = vec4(vColour * light, 1.0);
  }
`;

/** Cross-section of a bead: left, top, right, bottom; the first four at its start, the others at its end. */
const BEAD_CORNERS = [
  [0, 1, 0],
  [0, 0, 1],
  [0, -1, 0],
  [0, 0, -1],
  [1, 1, 0],
  [1, 0, 1],
  [1, -1, 0],
  [1, 0, -1],
].flat();
const BEAD_FACES = [0, 1, 2, 3].flatMap((corner) => {
  const next = (corner + 1) % 4;
  return [corner, next, corner + 4, next, next + 4, corner + 4];
});

/** So many segments fit into one addition to the kept picture; more is a whole picture. */
const GROWTH_SEGMENTS_MAX = 4096;

function emptySegments(count: number): Pick<Segments, 'count' | 'ends'> {
  return { count, ends: new Float32Array(count * 6) };
}

function createBeads(segments: Pick<Segments, 'count' | 'ends'>, layerHeightMm: number, theme: SceneTheme) {
  const geometry = new InstancedBufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(BEAD_CORNERS), 3));
  geometry.setIndex(BEAD_FACES);
  const ends = new InstancedInterleavedBuffer(segments.ends, 6, 1);
  geometry.setAttribute('beadStart', new InterleavedBufferAttribute(ends, 3, 0));
  geometry.setAttribute('beadEnd', new InterleavedBufferAttribute(ends, 3, 3));
  const colours = new InstancedBufferAttribute(new Uint8Array(segments.count * 4), 4, true);
  geometry.setAttribute('beadColour', colours);
  const material = new ShaderMaterial({
    vertexShader: BEAD_VERTEX,
    fragmentShader: BEAD_FRAGMENT,
    uniforms: {
      beadWidth: { value: BEAD_WIDTH_MM },
      beadHeight: { value: layerHeightMm * 1.15 },
      firstShown: { value: 0 },
      firstOfLayer: { value: 0 },
      ambient: { value: theme === 'light' ? 0.52 : 0.42 },
    },
  });
  const mesh = new Mesh(geometry, material);
  // The box of the eight corners says nothing about where the instances are.
  mesh.frustumCulled = false;
  return {
    mesh,
    setRange(from: number, end: number, layerFrom: number): void {
      geometry.instanceCount = end;
      setUniform(material, 'firstShown', from);
      setUniform(material, 'firstOfLayer', layerFrom);
    },
    setColours(next: Uint8Array): void {
      colours.array.set(next);
      colours.needsUpdate = true;
    },
    /** Replaces what is shown by a few segments. */
    setSegments(some: Float32Array, theirColours: Uint8Array): void {
      segments.ends.set(some);
      ends.clearUpdateRanges();
      ends.addUpdateRange(0, some.length);
      ends.needsUpdate = true;
      colours.array.set(theirColours);
      colours.clearUpdateRanges();
      colours.addUpdateRange(0, theirColours.length);
      colours.needsUpdate = true;
      geometry.instanceCount = some.length / 6;
    },
  };
}

function setUniform(material: ShaderMaterial, name: string, value: number): void {
  const uniform = material.uniforms[name];
  if (uniform !== undefined) uniform.value = value;
}

function createLines(segments: Segments, color: string, opacity: number): LineSegments {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(segments.ends, 3));
  const lines = new LineSegments(
    geometry,
    new LineBasicMaterial({ color: new Color(color), transparent: true, opacity, depthWrite: false }),
  );
  lines.frustumCulled = false;
  return lines;
}

function createPlainLines(segments: Segments): LineSegments {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(segments.ends, 3));
  geometry.setAttribute('color', new BufferAttribute(new Uint8Array(segments.count * 8), 4, true));
  const lines = new LineSegments(geometry, new LineBasicMaterial({ vertexColors: true, toneMapped: false }));
  lines.frustumCulled = false;
  return lines;
}

/** The renderer takes vertex colours as linear light; these are given as they should look (sRGB). */
const SRGB_TO_LINEAR = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return Math.round((value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4) * 255);
});

function setPlainColours(geometry: BufferGeometry, colours: Uint8Array): void {
  const attribute = geometry.getAttribute('color') as BufferAttribute;
  const bytes = attribute.array;
  for (let at = 0; at < colours.length; at++) {
    const linear = at % 4 === 3 ? 255 : (SRGB_TO_LINEAR[colours[at] ?? 0] ?? 0);
    const segment = at - (at % 4);
    bytes[segment * 2 + (at % 4)] = linear;
    bytes[segment * 2 + 4 + (at % 4)] = linear;
  }
  attribute.needsUpdate = true;
}
