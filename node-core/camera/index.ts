// Pictures of machines: found in what a camera sends, encoded where there is no camera, joined to a film. Sockets,
// cameras and who may look are the host's.

export { cameraFault } from './faults.ts';
export { encodeJpeg } from './jpeg-encoder.ts';
export { JpegScanner, type Picture, parsePicture, type ScanProblem } from './jpeg-scanner.ts';
export { PICTURE_BYTES_MAX } from './limits.ts';
