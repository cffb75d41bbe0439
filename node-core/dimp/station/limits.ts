// Limits of a station: what one user, one device, one stranger and one connection may take. Operators may lower or
// raise what PolicyDefaults in policy.ts names; these here are the shape of the machine.

/** Messages on their way to one connection and not acknowledged yet. */
export const WINDOW_MESSAGES = 256;
/** Bytes written to one connection that its socket has not taken yet; beyond them the mailbox waits. */
export const WRITTEN_BYTES_MAX = 1024 * 1024;
/** Rows read from the store at once while a device catches up. */
export const PAGE_MESSAGES = 128;
/** Devices of one user that have their own place in the mailbox; the one longest away gives way. */
export const DEVICES_MAX = 8;
/** A device that was away this long no longer keeps messages from being removed. */
export const DEVICE_AWAY_MS = 30 * 24 * 3_600_000;
/** How long a message waits for its receiver, as stations of the protocol keep them. */
export const MAIL_AGE_MS = 7 * 24 * 3_600_000;
/** How long a message is remembered so that its repetition is recognised, as stations of the protocol do. */
export const SEEN_MS = 5 * 3_600_000;
/** Mailboxes in memory without a connection. */
export const IDLE_MAILBOXES_MAX = 4096;
/** How long a new connection may take to say who it is, … */
export const LOGIN_MS = 30_000;
/** … and how many payloads it may need for it. */
export const LOGIN_PAYLOADS_MAX = 8;
/** People that one user may block, mute or be known to. */
export const LIST_IDS_MAX = 10_000;
/** Boards that a station keeps, and those of one founder. */
export const BOARDS_MAX = 512;
export const BOARDS_PER_FOUNDER_MAX = 16;
/** Entries of one board; the oldest gives way. */
export const BOARD_ENTRIES_MAX = 2000;
/** Entries, and their characters, in one answer. */
export const BOARD_PAGE_MAX = 64;
export const BOARD_PAGE_CHARS_MAX = 512 * 1024;
/** Queries for one ID go to the neighbours at most this often. */
export const QUERY_AGAIN_MS = 600_000;
/** Stations on the way of one message; a longer way is a loop that hides itself. */
export const TRACES_MAX = 16;
