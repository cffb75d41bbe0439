// A print on the stage: what is done as solid beads, what is to come as faint lines, the nozzle. Moving along the job
// only changes draw ranges, so a job of several hundred thousand moves follows the nozzle without copying anything.

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  ConeGeometry,
  type Float32BufferAttribute,
  Group,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  InstancedInterleavedBuffer,
  InterleavedBufferAttribute,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  RingGeometry,
  ShaderMaterial,
} from 'three';
import { disposeTree } from './dispose.ts';
import { PALETTES, type SceneTheme } from './palette.ts';
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
  readonly setNozzle: (visible: boolean) => void;
  /** Plain lines instead of beads, for slow graphics while the view is being turned. */
  readonly setLight: (light: boolean) => void;
  readonly dispose: () => void;
};

/** Beads are a little wider than the nozzle; the codec has no widths, and a good look needs no exact one. */
const BEAD_WIDTH_MM = 0.44;

export function createToolpathObject(scene: ToolpathScene, theme: SceneTheme): ToolpathObject {
  const palette = PALETTES[theme];
  const beads = createBeads(scene, theme);
  const lines = createLines(scene.extrusions, palette.ghost, theme === 'light' ? 0.08 : 0.07);
  const travels = createLines(scene.travels, palette.travel, 0.55);
  const plain = createPlainLines(scene.extrusions);
  const nozzle = createNozzle(palette.nozzle);
  travels.visible = false;
  plain.visible = false;
  const group = new Group();
  group.add(beads.mesh, plain, lines, travels, nozzle);
  let single = false;
  let moves = 0;
  const apply = (): void => {
    const whole = Math.floor(moves);
    const done = segmentsBefore(scene.extrusions, whole);
    const layer = scene.layers[layerIndexAt(scene.layers, whole)];
    const layerFrom = layer === undefined ? 0 : segmentsBefore(scene.extrusions, layer.firstMove);
    const layerEnd = layer === undefined ? 0 : segmentsBefore(scene.extrusions, layer.endMove);
    const from = single ? layerFrom : 0;
    beads.setRange(from, done, layerFrom);
    plain.geometry.setDrawRange(from * 2, (done - from) * 2);
    lines.geometry.setDrawRange(done * 2, ((single ? layerEnd : scene.extrusions.count) - done) * 2);
    const travelsDone = segmentsBefore(scene.travels, whole);
    const travelsFrom = layer === undefined ? 0 : segmentsBefore(scene.travels, layer.firstMove);
    travels.geometry.setDrawRange(travelsFrom * 2, (travelsDone - travelsFrom) * 2);
    nozzleAt(scene, moves, nozzle.position);
  };
  apply();
  return {
    group,
    setMoves: (next) => {
      moves = Math.min(Math.max(0, next), scene.moves);
      apply();
    },
    setColourMode: (mode) => {
      const colours = segmentColours(scene, mode);
      beads.setColours(colours);
      setPlainColours(plain.geometry, colours);
    },
    setTravels: (visible) => {
      travels.visible = visible;
    },
    setSingleLayer: (next) => {
      single = next;
      apply();
    },
    setNozzle: (visible) => {
      nozzle.visible = visible;
    },
    setLight: (light) => {
      beads.mesh.visible = !light;
      plain.visible = light;
    },
    dispose: () => disposeTree(group),
  };
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

function createBeads(scene: ToolpathScene, theme: SceneTheme) {
  const { extrusions } = scene;
  const geometry = new InstancedBufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(BEAD_CORNERS), 3));
  geometry.setIndex(BEAD_FACES);
  const ends = new InstancedInterleavedBuffer(extrusions.ends, 6, 1);
  geometry.setAttribute('beadStart', new InterleavedBufferAttribute(ends, 3, 0));
  geometry.setAttribute('beadEnd', new InterleavedBufferAttribute(ends, 3, 3));
  const colours = new InstancedBufferAttribute(segmentColours(scene, 'feature'), 4, true);
  geometry.setAttribute('beadColour', colours);
  const material = new ShaderMaterial({
    vertexShader: BEAD_VERTEX,
    fragmentShader: BEAD_FRAGMENT,
    uniforms: {
      beadWidth: { value: BEAD_WIDTH_MM },
      beadHeight: { value: scene.layerHeightMm * 1.15 },
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
      mesh.visible = mesh.visible && true;
      setUniform(material, 'firstShown', from);
      setUniform(material, 'firstOfLayer', layerFrom);
    },
    setColours(next: Uint8Array): void {
      colours.array.set(next);
      colours.needsUpdate = true;
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

function setPlainColours(geometry: BufferGeometry, colours: Uint8Array): void {
  const attribute = geometry.getAttribute('color') as Float32BufferAttribute;
  const words = new Uint32Array(attribute.array.buffer);
  const given = new Uint32Array(colours.buffer, colours.byteOffset, colours.length / 4);
  for (let index = 0; index < given.length; index++) {
    words[index * 2] = given[index] ?? 0;
    words[index * 2 + 1] = given[index] ?? 0;
  }
  attribute.needsUpdate = true;
}

const NOZZLE_LENGTH_MM = 7;

function createNozzle(color: string): Group {
  const group = new Group();
  const cone = new Mesh(
    new ConeGeometry(2.6, NOZZLE_LENGTH_MM, 24),
    new MeshStandardMaterial({ color, roughness: 0.35, metalness: 0.25 }),
  );
  cone.rotation.x = -Math.PI / 2;
  cone.position.z = NOZZLE_LENGTH_MM / 2;
  const ring = new Mesh(
    new RingGeometry(3.4, 4.1, 40),
    new MeshBasicMaterial({ color, transparent: true, opacity: 0.8, depthTest: false, side: 2 }),
  );
  ring.renderOrder = 3;
  group.add(cone, ring);
  return group;
}
