// What a camera may cost. It is a stranger's small computer on the local network, and may be broken or hostile.

/** One picture; a 12-megapixel still of a good camera has half of it. */
export const PICTURE_BYTES_MAX = 4 * 1024 * 1024;
/** Sides of a picture: what every browser decodes without trouble. */
export const PICTURE_SIDE_MAX = 8192;
export const PICTURE_PIXELS_MAX = 16_000_000;
/** Bytes without one picture in them: whatever speaks so long is no camera. */
export const NOISE_BYTES_MAX = 2 * PICTURE_BYTES_MAX;
