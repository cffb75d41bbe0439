// A film as a WebM file (RFC 8794 EBML, RFC 9559 Matroska): one VP8 track, a cluster for each key frame, cues in front of
// them so that players can jump. Pure; encoding the pictures is the browser's.

export type Vp8Frame = { readonly data: Uint8Array; readonly atMs: number; readonly key: boolean };

export type WebmFilm = {
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  /** In order; the first is a key frame. */
  readonly frames: readonly Vp8Frame[];
};

type Bytes = Uint8Array<ArrayBuffer>;

const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  tracks: 0x1654ae6b,
  cues: 0x1c53bb6b,
  cluster: 0x1f43b675,
} as const;
const TRACK = 1;
const VIDEO_TRACK = 1;
const KEY_FLAG = 0x80;
const NS_PER_MS = 1_000_000;
const APP = 'DIPNET Console';

export function encodeWebm(film: WebmFilm): Bytes {
  const clusters = clustersOf(film.frames);
  const bodies = clusters.map(({ atMs, frames }) =>
    element(ID.cluster, element(0xe7, uint(atMs)), ...frames.map((frame) => simpleBlock(frame, atMs))),
  );
  const head = [infoOf(film), tracksOf(film)];
  // Positions have a fixed width, so the cues are as long with the right ones as with none.
  const cuesSize = cuesOf(clusters, () => 0).length;
  let at = sizeOf(head) + cuesSize;
  const positions = bodies.map((body) => {
    const position = at;
    at += body.length;
    return position;
  });
  const cues = cuesOf(clusters, (index) => positions[index] ?? 0);
  return concat(ebmlHead(), element(ID.segment, ...head, cues, ...bodies));
}

type Cluster = { readonly atMs: number; readonly frames: Vp8Frame[] };

function clustersOf(frames: readonly Vp8Frame[]): Cluster[] {
  const clusters: Cluster[] = [];
  for (const frame of frames) {
    const last = clusters.at(-1);
    if (last === undefined || frame.key) clusters.push({ atMs: frame.atMs, frames: [frame] });
    else last.frames.push(frame);
  }
  return clusters;
}

function ebmlHead(): Bytes {
  return element(
    ID.ebml,
    element(0x4286, uint(1)),
    element(0x42f7, uint(1)),
    element(0x42f2, uint(4)),
    element(0x42f3, uint(8)),
    element(0x4282, text('webm')),
    element(0x4287, uint(2)),
    element(0x4285, uint(2)),
  );
}

function infoOf({ durationMs }: WebmFilm): Bytes {
  const duration = new Uint8Array(8);
  new DataView(duration.buffer).setFloat64(0, durationMs);
  return element(
    ID.info,
    element(0x2ad7b1, uint(NS_PER_MS)),
    element(0x4489, duration),
    element(0x4d80, text(APP)),
    element(0x5741, text(APP)),
  );
}

function tracksOf({ width, height }: WebmFilm): Bytes {
  const video = element(0xe0, element(0xb0, uint(width)), element(0xba, uint(height)));
  const track = [
    element(0xd7, uint(TRACK)),
    element(0x73c5, uint(TRACK)),
    element(0x83, uint(VIDEO_TRACK)),
    element(0x86, text('V_VP8')),
    video,
  ];
  return element(ID.tracks, element(0xae, ...track));
}

function cuesOf(clusters: readonly Cluster[], positionOf: (index: number) => number): Bytes {
  const points = clusters.map(({ atMs }, index) => {
    const position = new Uint8Array(8);
    new DataView(position.buffer).setBigUint64(0, BigInt(positionOf(index)));
    const place = element(0xb7, element(0xf7, uint(TRACK)), element(0xf1, position));
    return element(0xbb, element(0xb3, uint(atMs)), place);
  });
  return element(ID.cues, ...points);
}

function simpleBlock({ data, atMs, key }: Vp8Frame, clusterMs: number): Bytes {
  const head = new Uint8Array(4);
  head[0] = 0x80 | TRACK;
  new DataView(head.buffer).setInt16(1, atMs - clusterMs);
  head[3] = key ? KEY_FLAG : 0;
  return element(0xa3, head, data);
}

/** Identifier, length in eight bytes, content. */
function element(id: number, ...content: readonly Uint8Array[]): Bytes {
  const idBytes = uint(id);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(sizeOf(content)) | (1n << 56n));
  return concat(idBytes, length, ...content);
}

/** Big-endian without leading zeros. */
function uint(value: number): Bytes {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256))
    bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

function text(value: string): Bytes {
  return new TextEncoder().encode(value);
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
