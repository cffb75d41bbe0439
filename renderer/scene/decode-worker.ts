// The page's decoding worker: compact codecs to arrays for the graphics card. It knows nothing of the page.

import { decodeMesh, decodeToolpath } from '../../node-core/models/index.ts';
import type { DecodeReply, DecodeRequest } from './decode.ts';
import { prepareMesh, problemsOf } from './mesh-prepare.ts';
import { shareArrays } from './share-arrays.ts';
import { buildToolpathScene } from './toolpath-index.ts';

/** The part of a dedicated worker's scope that is used; the page's own type library does not name it. */
type Scope = {
  onmessage: ((event: MessageEvent<DecodeRequest>) => void) | null;
  postMessage(message: DecodeReply, transfer: Transferable[]): void;
};
const scope = self as unknown as Scope;

scope.onmessage = (event) => {
  void event.data.blob
    .arrayBuffer()
    .then((buffer) => decode(event.data, new Uint8Array(buffer)))
    .catch(() => ({ id: event.data.id, kind: 'refused' as const, fault: UNREADABLE }))
    .then((reply) => scope.postMessage(reply, buffersOf(reply)));
};

const UNREADABLE = {
  code: 'scene.decode.unreadable',
  message: 'This 3D picture could not be read.',
  next: 'Reload the page. If it stays unreadable, the file behind it is damaged.',
};

function decode(request: DecodeRequest, bytes: Uint8Array): DecodeReply {
  const { id } = request;
  if (request.kind === 'mesh') {
    const mesh = decodeMesh(bytes);
    if (!mesh.ok) return { id, kind: 'refused', fault: mesh.fault };
    const problems = problemsOf(mesh.value, request.problemCodes.split(' '));
    return { id, kind: 'mesh', mesh: shareArrays(prepareMesh(mesh.value, problems)) };
  }
  const path = decodeToolpath(bytes);
  if (!path.ok) return { id, kind: 'refused', fault: path.fault };
  return { id, kind: 'toolpath', scene: shareArrays(buildToolpathScene(path.value)) };
}

function buffersOf(reply: DecodeReply): ArrayBuffer[] {
  if (reply.kind === 'refused') return [];
  const buffers = new Set<ArrayBuffer>();
  const collect = (value: unknown): void => {
    if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
  };
  if (reply.kind === 'mesh') for (const value of Object.values(reply.mesh)) collect(value);
  else {
    const { scene } = reply;
    for (const value of [...Object.values(scene), ...Object.values(scene.extrusions)]) collect(value);
    for (const value of Object.values(scene.travels)) collect(value);
  }
  return [...buffers];
}
