// Drawing pictures of files, one's own and strangers'. Decoded in the page alone, only where the header says that it is
// small enough, and onto a canvas: what is shown and what is sent along carries nothing but pixels.

import { pictureSize } from './picture-format.ts';

/** Pixels of a picture that is decoded: a good camera's. Each takes four bytes while it is. */
const PIXELS_MAX = 64_000_000;
/** No browser draws longer sides. */
const SIDE_MAX = 16_384;
const THUMBNAIL_SIDES = [320, 240, 160, 96];
const THUMBNAIL_QUALITIES = [0.8, 0.6];
const THUMBNAIL_BYTES_MAX = 64 * 1024;
const FORMATS = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif' } as const;

/** A decoded picture with sides of at most `sideMax`; undefined for what is none, or says to be too large. */
export async function decodePicture(
  bytes: Uint8Array<ArrayBuffer>,
  sideMax: number,
): Promise<ImageBitmap | undefined> {
  const size = pictureSize(bytes);
  if (size === undefined) return undefined;
  const { width, height, format } = size;
  if (width * height > PIXELS_MAX || Math.max(width, height) > SIDE_MAX) return undefined;
  const share = Math.min(1, sideMax / Math.max(width, height));
  const blob = new Blob([bytes], { type: FORMATS[format] });
  try {
    const whole = await createImageBitmap(blob);
    if (share === 1) return whole;
    const small = await createImageBitmap(whole, {
      // Of what was decoded: it may be turned.
      resizeWidth: Math.max(1, Math.round(whole.width * share)),
      resizeHeight: Math.max(1, Math.round(whole.height * share)),
      resizeQuality: 'high',
    });
    whole.close();
    return small;
  } catch {
    return undefined;
  }
}

/** A small JPEG of a picture, that fits into a message; undefined where there is none to be had. */
export async function makeThumbnail(bytes: Uint8Array<ArrayBuffer>): Promise<Blob | undefined> {
  for (const side of THUMBNAIL_SIDES) {
    const bitmap = await decodePicture(bytes, side);
    if (bitmap === undefined) return undefined;
    const canvas = document.createElement('canvas');
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    const context = canvas.getContext('2d');
    if (context === null) return undefined;
    // JPEG has no transparency: what was not drawn would be black.
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    for (const quality of THUMBNAIL_QUALITIES) {
      const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
      if (made !== null && made.size <= THUMBNAIL_BYTES_MAX) return made;
    }
  }
  return undefined;
}
