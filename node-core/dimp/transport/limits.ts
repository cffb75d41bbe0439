// Limits of the transports: every queue, buffer and wait of a connection has one, each with its reason.

/** Largest payload in bytes: a message with thumbnails. Files travel through the content store, not in messages. */
export const PAYLOAD_BYTES_MAX = 2 * 1024 * 1024;

/** Garbage without a frame's magic is thrown away beyond this many bytes, as peers of the protocol do. */
export const GARBAGE_BYTES_MAX = 65_536;

/** A connection that was silent this long is asked for a sign of life. */
export const IDLE_MS = 16_000;

/** A connection from which nothing came for this long is gone. */
export const SILENT_MS = 128_000;

/** A message without acknowledgement is sent again after this long, … */
export const RESEND_MS = 120_000;

/** … and this many times in all; then the connection is given up and the message waits for the next one. */
export const SEND_TRIES_MAX = 3;

/** Sequence numbers of a connection that are remembered, to recognise what the peer repeats. */
export const SEEN_NUMBERS_MAX = 1024;

/** Messages in pieces that one connection may have open, … */
export const ASSEMBLIES_MAX = 4;

/** … how many pieces one of them may have (of the protocol's 2^21), … */
export const FRAGMENTS_MAX = 4096;

/** … and how long it may stay incomplete. */
export const ASSEMBLY_MS = 300_000;

/** The HTTP request or answer that opens a WebSocket, in bytes. */
export const UPGRADE_BYTES_MAX = 8192;

/** How long a WebSocket peer has for its first ACK before it counts as one that never sends any. */
export const ACK_GRACE_MS = 3000;
