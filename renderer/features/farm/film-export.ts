// The film of a print as one file: each picture is decoded, turned as the owner set it, and encoded by the browser.

import { encodeWebm, type Vp8Frame } from './webm.ts';

export type Turning = { readonly rotate: 0 | 90 | 180 | 270; readonly flip: boolean };

export const FILM_FPS = 12;
const KEY_EVERY = FILM_FPS;
const BITS_PER_SECOND = 2_500_000;
const SIDE_PX_MAX = 1280;
/** The last picture stays for a while. */
const LAST_FRAMES = FILM_FPS;

/** Without it the pictures can be looked at, and not saved as a film. */
export function canExportFilm(): boolean {
  return typeof VideoEncoder === 'function';
}

/** @throws Error where the browser cannot decode a picture or encode the film. */
export async function makeFilm(
  count: number,
  pictureAt: (index: number) => Promise<Blob>,
  turning: Turning,
  onProgress: (share: number) => void,
): Promise<Blob> {
  const frames: Vp8Frame[] = [];
  let failure: Error | undefined;
  const encoder = new VideoEncoder({
    output(chunk) {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      frames.push({ data, atMs: Math.round(chunk.timestamp / 1000), key: chunk.type === 'key' });
    },
    error(error) {
      failure = error;
    },
  });
  const canvas = document.createElement('canvas');
  const total = count + LAST_FRAMES;
  for (let index = 0; index < total; index++) {
    if (index < count) await draw(canvas, await pictureAt(index), turning, index === 0);
    if (index === 0) {
      const { width, height } = canvas;
      encoder.configure({ codec: 'vp8', width, height, bitrate: BITS_PER_SECOND, framerate: FILM_FPS });
    }
    const frame = new VideoFrame(canvas, { timestamp: Math.round((index * 1_000_000) / FILM_FPS) });
    encoder.encode(frame, { keyFrame: index % KEY_EVERY === 0 });
    frame.close();
    if (failure !== undefined) throw failure;
    onProgress((index + 1) / total);
  }
  await encoder.flush();
  encoder.close();
  if (failure !== undefined) throw failure;
  const { width, height } = canvas;
  const durationMs = Math.round((total * 1000) / FILM_FPS);
  return new Blob([encodeWebm({ width, height, durationMs, frames })], { type: 'video/webm' });
}

/** The first picture decides the film's size; sides are even, as the encoder wants them. */
async function draw(canvas: HTMLCanvasElement, blob: Blob, { rotate, flip }: Turning, first: boolean) {
  const picture = await createImageBitmap(blob);
  const onSide = rotate === 90 || rotate === 270;
  if (first) {
    const scale = Math.min(1, SIDE_PX_MAX / Math.max(picture.width, picture.height));
    const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2));
    canvas.width = even(onSide ? picture.height : picture.width);
    canvas.height = even(onSide ? picture.width : picture.height);
  }
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('no canvas');
  const [across, down] = onSide ? [canvas.height, canvas.width] : [canvas.width, canvas.height];
  context.setTransform(1, 0, 0, 1, canvas.width / 2, canvas.height / 2);
  context.rotate((rotate * Math.PI) / 180);
  context.scale(flip ? -1 : 1, 1);
  context.drawImage(picture, -across / 2, -down / 2, across, down);
  picture.close();
}
