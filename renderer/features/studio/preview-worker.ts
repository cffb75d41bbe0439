// The worker behind preview.ts. The core parses the same file again and decides; this is only for the eye.
// It takes the scene's mesh preparation by its own file, because the scene's index would bring the whole 3D engine.

import { analyseModel, type Mesh, previewMesh } from '../../../node-core/models/index.ts';
import { prepareMesh, type SceneMesh } from '../../scene/mesh-prepare.ts';
import { shareArrays } from '../../scene/share-arrays.ts';
import type { PreviewReply } from './preview.ts';

type Scope = {
  onmessage: ((event: MessageEvent<File>) => void) | null;
  postMessage(message: PreviewReply, transfer: Transferable[]): void;
};
const scope = self as unknown as Scope;

scope.onmessage = (event) => {
  read(event.data).then(
    (reply) => scope.postMessage(reply, buffersOf(reply)),
    () => scope.postMessage({ kind: 'refused', fault: UNREADABLE }, []),
  );
};

const UNREADABLE = {
  code: 'console.file.unreadable',
  message: 'This file could not be read from your disk.',
  next: 'Check that it still exists and that you may open it, then choose it again.',
};

async function read(file: File): Promise<PreviewReply> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const analysed = analyseModel(bytes, file.name);
  if (!analysed.ok) return { kind: 'refused', fault: analysed.fault as PreviewFault };
  const { mesh, measure, format } = analysed.value;
  const problems = measure.problems.map(({ code, count }) => ({ code, count }));
  const { sizeUm, volumeMm3, areaMm2, triangles, shells, watertight } = measure;
  const facts = { format, sizeUm, volumeMm3, areaMm2, triangles, shells, watertight, problems };
  scope.postMessage({ kind: 'measured', facts }, []);
  const codes = problems.map(({ code }) => code);
  return { kind: 'ready', mesh: shareArrays(forTheEye(mesh, codes)) };
}

/** More triangles than a screen has room for only make the window slow. */
const SHOWN_TRIANGLES_MAX = 250_000;
const SIMPLIFIED_TRIANGLES_MAX = 150_000;

/** The shape to show, simplified where it is very fine; problems are marked where they are in the full one. */
function forTheEye(mesh: Mesh, problemCodes: readonly string[]): SceneMesh {
  if (mesh.triangles <= SHOWN_TRIANGLES_MAX) return prepareMesh(mesh, problemCodes);
  const coarse = prepareMesh(previewMesh(mesh, SIMPLIFIED_TRIANGLES_MAX), []);
  const { triangles, minMm, maxMm, problemTriangles, problemEdges } = prepareMesh(mesh, problemCodes);
  return { ...coarse, triangles, minMm, maxMm, problemTriangles, problemEdges };
}

type PreviewFault = Extract<PreviewReply, { kind: 'refused' }>['fault'];

function buffersOf(reply: PreviewReply): ArrayBuffer[] {
  if (reply.kind !== 'ready') return [];
  const buffers = new Set<ArrayBuffer>();
  for (const value of Object.values(reply.mesh)) {
    if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
  }
  return [...buffers];
}
