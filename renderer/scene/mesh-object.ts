// A model on the stage: the surface, its marked problems and its size box; while it is being made, what is still to come
// as a ghost.

import {
  Box3,
  Box3Helper,
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
  Plane,
  Vector3,
} from 'three';
import { disposeTree } from './dispose.ts';
import type { SceneMesh } from './mesh-prepare.ts';
import { PALETTES, type SceneTheme } from './palette.ts';

export type MeshObject = {
  readonly group: Group;
  /** Where it stands on the bed. */
  readonly box: Box3;
  /** `#rrggbb`; the theme's neutral tone without. */
  readonly setColour: (colour: string | undefined) => void;
  readonly setSizeBox: (visible: boolean) => void;
  readonly setProblems: (visible: boolean) => void;
  /** So high it is made, in millimetres from the bed; undefined: it is whole. */
  readonly setMade: (heightMm: number | undefined) => void;
  readonly dispose: () => void;
};

/** Stands the mesh on the bed with its middle at `x`, `y`. */
export function createMeshObject(
  mesh: SceneMesh,
  theme: SceneTheme,
  at: { x: number; y: number },
): MeshObject {
  const group = new Group();
  const palette = PALETTES[theme];
  const material = new MeshStandardMaterial({
    color: new Color(palette.model),
    roughness: 0.62,
    metalness: 0,
    flatShading: mesh.normals === undefined,
    side: DoubleSide,
  });
  const surface = new Mesh(surfaceGeometry(mesh), material);
  surface.castShadow = true;
  surface.receiveShadow = mesh.normals !== undefined;
  group.add(surface);
  const growing = createGrowing(surface, palette.ghost);
  group.add(growing.ghost);
  const problems = new Group();
  for (const mark of problemMarks(mesh, palette.problem)) problems.add(mark);
  group.add(problems);
  const size = new Vector3(...mesh.maxMm).sub(new Vector3(...mesh.minMm));
  group.position.set(
    at.x - (mesh.minMm[0] + size.x / 2),
    at.y - (mesh.minMm[1] + size.y / 2),
    -mesh.minMm[2],
  );
  const box = new Box3(
    new Vector3(...mesh.minMm).add(group.position),
    new Vector3(...mesh.maxMm).add(group.position),
  );
  const sizeBox = new Box3Helper(
    new Box3(new Vector3(...mesh.minMm), new Vector3(...mesh.maxMm)),
    new Color(palette.size),
  );
  sizeBox.visible = false;
  group.add(sizeBox);
  return {
    group,
    box,
    setColour: (colour) => material.color.set(colour ?? palette.model),
    setSizeBox: (visible) => {
      sizeBox.visible = visible;
    },
    setProblems: (visible) => {
      problems.visible = visible;
    },
    setMade: growing.setMade,
    dispose: () => disposeTree(group),
  };
}

/** Cuts the surface at a height of the stage, and shows the rest of it as a ghost. */
function createGrowing(surface: Mesh<BufferGeometry, MeshStandardMaterial>, colour: string) {
  const [below, above] = [new Plane(new Vector3(0, 0, -1)), new Plane(new Vector3(0, 0, 1))];
  const material = new MeshBasicMaterial({
    color: new Color(colour),
    transparent: true,
    opacity: 0.16,
    depthWrite: false,
    clippingPlanes: [above],
  });
  const ghost = new Mesh(surface.geometry, material);
  ghost.visible = false;
  ghost.renderOrder = 1;
  const setMade = (heightMm: number | undefined) => {
    ghost.visible = heightMm !== undefined;
    // Cut exactly at its lowest face, what is left of that would flicker.
    surface.visible = heightMm === undefined || heightMm > 0;
    below.constant = heightMm ?? 0;
    above.constant = -(heightMm ?? 0);
    surface.material.clippingPlanes = heightMm === undefined ? null : [below];
    surface.material.clipShadows = heightMm !== undefined;
  };
  return { ghost, setMade };
}

function surfaceGeometry(mesh: SceneMesh): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(mesh.positions, 3));
  if (mesh.normals !== undefined) geometry.setAttribute('normal', new BufferAttribute(mesh.normals, 3));
  if (mesh.indices !== undefined) geometry.setIndex(new BufferAttribute(mesh.indices, 1));
  return geometry;
}

/** Marked triangles as a tint over the surface and, so that thin ones are seen too, as lines through everything. */
function problemMarks(mesh: SceneMesh, color: string): (Mesh | LineSegments)[] {
  if (mesh.problemEdges.length === 0) return [];
  const triangles = new BufferGeometry();
  triangles.setAttribute('position', new BufferAttribute(mesh.problemTriangles, 3));
  const tint = new Mesh(
    triangles,
    new MeshBasicMaterial({
      color,
      transparent: true,
      opacity: 0.5,
      side: DoubleSide,
      polygonOffset: true,
      polygonOffsetFactor: -2,
      polygonOffsetUnits: -2,
    }),
  );
  const edges = new BufferGeometry();
  edges.setAttribute('position', new BufferAttribute(mesh.problemEdges, 3));
  const lines = new LineSegments(
    edges,
    new LineBasicMaterial({ color, transparent: true, opacity: 0.85, depthTest: false }),
  );
  lines.renderOrder = 2;
  return [tint, lines];
}
