// The worker behind read-model.ts. The core parses the same file again and decides; this is only for the eye.

import {
  checkPrintable,
  type Mesh,
  type MeshProblem,
  measureMesh,
  parseAnyModel,
  previewMesh,
} from '../../node-core/models/index.ts';
import { prepareMesh, type SceneMesh } from './mesh-prepare.ts';
import type { PreviewReply } from './read-model.ts';
import { UNREADABLE } from './read-model-fault.ts';
import { shareArrays } from './share-arrays.ts';

type Scope = {
  onmessage: ((event: MessageEvent<File>) => void) | null;
  postMessage(message: PreviewReply, transfer: Transferable[]): void;
};
const scope = self as unknown as Scope;

scope.onmessage = (event) => {
  read(event.data).then(
    () => scope.postMessage({ kind: 'done' }, []),
    () => scope.postMessage({ kind: 'refused', fault: UNREADABLE }, []),
  );
};

/** More triangles than a screen has room for only make drawing slow. */
const SHOWN_TRIANGLES_MAX = 250_000;
const SIMPLIFIED_TRIANGLES_MAX = 150_000;

async function read(file: File): Promise<void> {
  const parsed = parseAnyModel(new Uint8Array(await file.arrayBuffer()), file.name);
  if (!parsed.ok) return refuse(parsed.fault as PreviewFault);
  const { mesh, format } = parsed.value;
  const large = mesh.triangles > SHOWN_TRIANGLES_MAX;
  const shown = large ? previewMesh(mesh, SIMPLIFIED_TRIANGLES_MAX) : mesh;
  // Measuring a large model takes as long as drawing it: the one goes on while the other is done.
  if (large) show(forTheEye(mesh, shown, []));
  const measure = measureMesh(mesh);
  const printable = checkPrintable(measure);
  if (!printable.ok) return refuse(printable.fault as PreviewFault);
  const problems = measure.problems.map(({ code, count }) => ({ code, count }));
  const { sizeUm, volumeMm3, areaMm2, triangles, shells, watertight } = measure;
  const facts = { format, sizeUm, volumeMm3, areaMm2, triangles, shells, watertight, problems };
  scope.postMessage({ kind: 'measured', facts }, []);
  if (!large || problems.length > 0) show(forTheEye(mesh, shown, measure.problems));
}

/** The shape to show, with the size of the full one and its problems marked where they are in it. */
function forTheEye(mesh: Mesh, shown: Mesh, problems: readonly MeshProblem[]): SceneMesh {
  const full = prepareMesh(mesh, problems);
  if (shown === mesh) return full;
  const { triangles, minMm, maxMm, problemTriangles, problemEdges } = full;
  return { ...prepareMesh(shown, []), triangles, minMm, maxMm, problemTriangles, problemEdges };
}

function show(prepared: SceneMesh): void {
  const mesh = shareArrays(prepared);
  const buffers = new Set<ArrayBuffer>();
  for (const value of Object.values(mesh)) {
    if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
  }
  scope.postMessage({ kind: 'shape', mesh }, [...buffers]);
}

type PreviewFault = Extract<PreviewReply, { kind: 'refused' }>['fault'];

function refuse(fault: PreviewFault): void {
  scope.postMessage({ kind: 'refused', fault }, []);
}
