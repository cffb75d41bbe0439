// Normals for a good look: smooth over round surfaces, sharp at creases. Pure, linear in the number of triangles.

/** Faces that meet at less than this are drawn as one surface. */
const CREASE_COSINE = Math.cos((32 * Math.PI) / 180);

export type DrawableMesh = {
  /** Three corners a triangle, x, y, z each. */
  readonly positions: Float32Array;
  readonly normals: Float32Array;
};

/** Unit normals of the triangles; zero where a triangle has no area. */
export function faceNormals(positions: Float32Array, indices: Uint32Array): Float32Array {
  const normals = new Float32Array(indices.length);
  for (let at = 0; at < indices.length; at += 3) {
    const a = (indices[at] ?? 0) * 3;
    const b = (indices[at + 1] ?? 0) * 3;
    const c = (indices[at + 2] ?? 0) * 3;
    const ax = positions[a] ?? 0;
    const ay = positions[a + 1] ?? 0;
    const az = positions[a + 2] ?? 0;
    const ux = (positions[b] ?? 0) - ax;
    const uy = (positions[b + 1] ?? 0) - ay;
    const uz = (positions[b + 2] ?? 0) - az;
    const vx = (positions[c] ?? 0) - ax;
    const vy = (positions[c + 1] ?? 0) - ay;
    const vz = (positions[c + 2] ?? 0) - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
    const scale = length > 0 ? 1 / length : 0;
    normals[at] = nx * scale;
    normals[at + 1] = ny * scale;
    normals[at + 2] = nz * scale;
  }
  return normals;
}

/** Faces of each vertex as one list: those of vertex v are faces[starts[v]] … faces[starts[v + 1] - 1]. */
function facesOfVertices(vertices: number, indices: Uint32Array) {
  const starts = new Uint32Array(vertices + 1);
  for (const vertex of indices) starts[vertex + 1] = (starts[vertex + 1] ?? 0) + 1;
  for (let v = 0; v < vertices; v++) starts[v + 1] = (starts[v + 1] ?? 0) + (starts[v] ?? 0);
  const next = starts.slice();
  const faces = new Uint32Array(indices.length);
  for (let corner = 0; corner < indices.length; corner++) {
    const vertex = indices[corner] ?? 0;
    const slot = next[vertex] ?? 0;
    faces[slot] = Math.floor(corner / 3);
    next[vertex] = slot + 1;
  }
  return { starts, faces };
}

/** Corners in which so many faces meet (a hostile fan) are shaded flat, so that the work stays linear. */
const FACES_AT_VERTEX_MAX = 64;

export function creasedMesh(positions: Float32Array, indices: Uint32Array): DrawableMesh {
  const faces = faceNormals(positions, indices);
  const around = facesOfVertices(positions.length / 3, indices);
  const out = {
    positions: new Float32Array(indices.length * 3),
    normals: new Float32Array(indices.length * 3),
  };
  for (let corner = 0; corner < indices.length; corner++) {
    const vertex = indices[corner] ?? 0;
    const own = Math.floor(corner / 3) * 3;
    const ox = faces[own] ?? 0;
    const oy = faces[own + 1] ?? 0;
    const oz = faces[own + 2] ?? 0;
    let nx = ox;
    let ny = oy;
    let nz = oz;
    const from = around.starts[vertex] ?? 0;
    const end = around.starts[vertex + 1] ?? 0;
    if (end - from <= FACES_AT_VERTEX_MAX) {
      for (let slot = from; slot < end; slot++) {
        const other = (around.faces[slot] ?? 0) * 3;
        if (other === own) continue;
        const fx = faces[other] ?? 0;
        const fy = faces[other + 1] ?? 0;
        const fz = faces[other + 2] ?? 0;
        if (fx * ox + fy * oy + fz * oz < CREASE_COSINE) continue;
        nx += fx;
        ny += fy;
        nz += fz;
      }
    }
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    const at = corner * 3;
    out.normals[at] = nx / length;
    out.normals[at + 1] = ny / length;
    out.normals[at + 2] = nz / length;
    for (let axis = 0; axis < 3; axis++) out.positions[at + axis] = positions[vertex * 3 + axis] ?? 0;
  }
  return out;
}
