// How messages travel: the framings of DIMP as pure state machines over bytes and time.

export { createDetectingFraming, detectFraming } from './detect.ts';
export type { CloseReason, Framing, FramingKind, Heard, Payload } from './framing.ts';
export { PAYLOAD_BYTES_MAX } from './limits.ts';
export { createMtpReader, encodeMtp, type MtpPacket, parseMtpDatagram } from './mtp.ts';
export { createMtpFraming } from './mtp-framing.ts';
export { requestUpgrade } from './websocket.ts';
export { createWebSocketFraming } from './websocket-framing.ts';
