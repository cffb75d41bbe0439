// Bounds of files beside messages, each with its reason.

/** A file in a chat: it is in memory while it is sealed and while it is shown. Larger models go through the Studio. */
export const FILE_BYTES_MAX = 100 * 1024 * 1024;
/** A step of progress, and all that a lost connection costs. A multiple of the cipher's block. */
export const FILE_CHUNK_BYTES = 256 * 1024;
/** A block as a station takes it: a chunk, or the list of the chunks of the largest file. */
export const FILE_BLOCK_BYTES_MAX = FILE_CHUNK_BYTES;
/** A picture of a file within its message, which has room for two megabytes in all. */
export const THUMBNAIL_BYTES_MAX = 64 * 1024;
/** What file systems take, with room for a number that makes a name unlike others. */
export const FILE_NAME_CHARS_MAX = 120;
/** Characters of the address of a file. */
export const FILE_URL_CHARS_MAX = 1024;
/** Ids in one question to a station: more than the chunks of the largest file. */
export const FILE_IDS_MAX = 512;
/** Blocks under way at once: enough to fill a line, few enough that a pause is one. */
export const FILE_PARALLEL = 3;
/** How often a block that came altered is asked for again before the file is given up. */
export const FILE_ALTERED_TRIES = 4;
/** How long a station keeps a file for those who have not fetched it: as long as the message may wait, and a day. */
export const FILE_AGE_MS = 8 * 24 * 3_600_000;
/** How old the signature under a block may be, and how far ahead: clocks differ. */
export const FILE_REQUEST_AGE_S = 3600;
