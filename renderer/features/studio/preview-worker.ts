// The worker behind preview.ts. The core parses the same file again and decides; this is only for the eye.
// It takes the scene's mesh preparation by its own file, because the scene's index would bring the whole 3D engine.

import { analyseModel } from '../../../node-core/models/index.ts';
import { prepareMesh } from '../../scene/mesh-prepare.ts';
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
  const analysed = analyseModel(bytes, file.name, {
    onProgress: (fraction) => scope.postMessage({ kind: 'progress', fraction }, []),
  });
  if (!analysed.ok) return { kind: 'refused', fault: analysed.fault as PreviewFault };
  const { mesh, measure, format } = analysed.value;
  const problems = measure.problems.map(({ code, count }) => ({ code, count }));
  return {
    kind: 'ready',
    mesh: prepareMesh(
      mesh,
      problems.map(({ code }) => code),
    ),
    facts: {
      format,
      sizeUm: measure.sizeUm,
      volumeMm3: measure.volumeMm3,
      areaMm2: measure.areaMm2,
      triangles: measure.triangles,
      shells: measure.shells,
      watertight: measure.watertight,
      problems,
    },
  };
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
