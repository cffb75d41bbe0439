// Draws a mesh into a thumbnail's buffers: depth and normals as the camera sees them, depth as the key light sees it.
// Normals are smooth across gentle bends and sharp at edges.

import type { Mesh } from './mesh.ts';
import { createRasterTriangle, drawTriangle, type RasterTriangle } from './raster.ts';
import type { Scene } from './thumbnail-scene.ts';

/** Cosine of the angle between face and mean normal from which an edge is drawn sharp: a bend of about 43°. */
const CREASE_COSINE = 0.93;

export function drawMesh(mesh: Mesh, scene: Scene): void {
  const faces = faceNormals(mesh);
  const smooth = vertexNormals(mesh, faces);
  const camera = projectForCamera(mesh, scene);
  const light = projectForLight(mesh, scene);
  const triangle = createRasterTriangle();
  for (let face = 0; face < mesh.triangles; face++) {
    place(triangle, mesh, face, light);
    drawTriangle(scene.shadow, triangle);
    place(triangle, mesh, face, camera);
    for (let corner = 0; corner < 3; corner++) setNormal(triangle, mesh, face, corner, faces, smooth);
    drawTriangle(scene.target, triangle);
  }
}

function place(triangle: RasterTriangle, mesh: Mesh, face: number, projected: Float32Array): void {
  for (let corner = 0; corner < 3; corner++) {
    const vertex = (mesh.indices[face * 3 + corner] as number) * 3;
    triangle.screen[corner * 3] = projected[vertex] as number;
    triangle.screen[corner * 3 + 1] = projected[vertex + 1] as number;
    triangle.screen[corner * 3 + 2] = projected[vertex + 2] as number;
  }
}

function setNormal(
  triangle: RasterTriangle,
  mesh: Mesh,
  face: number,
  corner: number,
  faces: Float32Array,
  smooth: Float32Array,
): void {
  const vertex = (mesh.indices[face * 3 + corner] as number) * 3;
  const at = face * 3;
  const along =
    (faces[at] as number) * (smooth[vertex] as number) +
    (faces[at + 1] as number) * (smooth[vertex + 1] as number) +
    (faces[at + 2] as number) * (smooth[vertex + 2] as number);
  const [source, from] = along >= CREASE_COSINE ? [smooth, vertex] : [faces, at];
  for (let axis = 0; axis < 3; axis++) triangle.normals[corner * 3 + axis] = source[from + axis] as number;
}

/** Unit normals of the triangles; zero for collapsed ones. */
function faceNormals(mesh: Mesh): Float32Array {
  const normals = new Float32Array(mesh.triangles * 3);
  const { positions, indices } = mesh;
  for (let face = 0; face < mesh.triangles; face++) {
    const a = (indices[face * 3] as number) * 3;
    const b = (indices[face * 3 + 1] as number) * 3;
    const c = (indices[face * 3 + 2] as number) * 3;
    const ux = (positions[b] as number) - (positions[a] as number);
    const uy = (positions[b + 1] as number) - (positions[a + 1] as number);
    const uz = (positions[b + 2] as number) - (positions[a + 2] as number);
    const vx = (positions[c] as number) - (positions[a] as number);
    const vy = (positions[c + 1] as number) - (positions[a + 1] as number);
    const vz = (positions[c + 2] as number) - (positions[a + 2] as number);
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
    if (length === 0) continue;
    normals[face * 3] = nx / length;
    normals[face * 3 + 1] = ny / length;
    normals[face * 3 + 2] = nz / length;
  }
  return normals;
}

/** Mean of the faces around each vertex, weighted by their angle there, so that the cut into triangles does not show. */
function vertexNormals(mesh: Mesh, faces: Float32Array): Float32Array {
  const normals = new Float32Array(mesh.positions.length);
  const { positions, indices } = mesh;
  for (let face = 0; face < mesh.triangles; face++) {
    for (let corner = 0; corner < 3; corner++) {
      const here = (indices[face * 3 + corner] as number) * 3;
      const next = (indices[face * 3 + ((corner + 1) % 3)] as number) * 3;
      const last = (indices[face * 3 + ((corner + 2) % 3)] as number) * 3;
      const weight = angleAt(positions, here, next, last);
      for (let axis = 0; axis < 3; axis++) {
        (normals[here + axis] as number) += weight * (faces[face * 3 + axis] as number);
      }
    }
  }
  for (let i = 0; i < normals.length; i += 3) {
    const length = Math.hypot(normals[i] as number, normals[i + 1] as number, normals[i + 2] as number);
    if (length === 0) continue;
    for (let axis = 0; axis < 3; axis++) (normals[i + axis] as number) /= length;
  }
  return normals;
}

function angleAt(positions: Float32Array, here: number, next: number, last: number): number {
  const ux = (positions[next] as number) - (positions[here] as number);
  const uy = (positions[next + 1] as number) - (positions[here + 1] as number);
  const uz = (positions[next + 2] as number) - (positions[here + 2] as number);
  const vx = (positions[last] as number) - (positions[here] as number);
  const vy = (positions[last + 1] as number) - (positions[here + 1] as number);
  const vz = (positions[last + 2] as number) - (positions[here + 2] as number);
  const lengths = Math.sqrt((ux * ux + uy * uy + uz * uz) * (vx * vx + vy * vy + vz * vz));
  if (lengths === 0) return 0;
  return Math.acos(Math.max(-1, Math.min(1, (ux * vx + uy * vy + uz * vz) / lengths)));
}

function projectForCamera(mesh: Mesh, scene: Scene): Float32Array {
  const { centre, toCamera, right, up, cameraDistance, scale, originX, originY } = scene;
  return project(mesh, centre, (x, y, z, into, at) => {
    const distance = cameraDistance - (x * toCamera[0] + y * toCamera[1] + z * toCamera[2]);
    into[at] = originX + ((x * right[0] + y * right[1] + z * right[2]) / distance) * scale;
    into[at + 1] = originY - ((x * up[0] + y * up[1] + z * up[2]) / distance) * scale;
    into[at + 2] = 1 / distance;
  });
}

function projectForLight(mesh: Mesh, scene: Scene): Float32Array {
  const { centre, toLight, lightRight, lightUp, shadowScale, shadowLeft, shadowTop } = scene;
  return project(mesh, centre, (x, y, z, into, at) => {
    into[at] = (x * lightRight[0] + y * lightRight[1] + z * lightRight[2] - shadowLeft) * shadowScale;
    into[at + 1] = (shadowTop - (x * lightUp[0] + y * lightUp[1] + z * lightUp[2])) * shadowScale;
    into[at + 2] = x * toLight[0] + y * toLight[1] + z * toLight[2];
  });
}

function project(
  mesh: Mesh,
  centre: readonly [number, number, number],
  one: (x: number, y: number, z: number, into: Float32Array, at: number) => void,
): Float32Array {
  const projected = new Float32Array(mesh.positions.length);
  for (let i = 0; i < projected.length; i += 3) {
    one(
      (mesh.positions[i] as number) - centre[0],
      (mesh.positions[i + 1] as number) - centre[1],
      (mesh.positions[i + 2] as number) - centre[2],
      projected,
      i,
    );
  }
  return projected;
}
