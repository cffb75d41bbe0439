// Every bound of the protocol core, with its reason. Nothing that comes from a peer is larger than these.

/** Characters of one message as JSON: a group of 500 members needs 0.3 million for its keys; the rest is room for pictures. */
export const MESSAGE_CHARS_MAX = 4_194_304;
/** Nesting of JSON: a forward within an array within a forward, with receipts inside, is far below. */
export const JSON_DEPTH_MAX = 32;
/** Characters of an ID; the reference refuses others too. */
export const ID_CHARS_MIN = 4;
export const ID_CHARS_MAX = 64;
/** RSA moduli: 1024 bits is what most peers still have; above 4096 one check costs more than an honest peer asks for. */
export const RSA_BITS_MIN = 1024;
export const RSA_BITS_MAX = 4096;
/** What new visa keys have. */
export const RSA_BITS_NEW = 2048;
/** Characters of a key in its text form: RSA-4096 private keys in PEM, twice. */
export const KEY_CHARS_MAX = 8192;
/** Members of one group. */
export const GROUP_MEMBERS_MAX = 500;
/** Characters of one meta: an RSA-4096 key, its signature and a name. */
export const META_CHARS_MAX = 16_384;
/** Characters of one document: keys, and an avatar within the text. */
export const DOCUMENT_CHARS_MAX = 262_144;
/** Documents kept of one ID: one for each device and type. */
export const DOCUMENTS_MAX = 16;
/** Private keys tried on one message: the newest of each device's and the identity's own. */
export const PRIVATE_KEYS_TRIED_MAX = 8;
/** Contents in an array, secrets in a forward, messages in a combined history. */
export const CONTENTS_MAX = 1024;
/** How far a peer's clock may run ahead of ours, as the reference allows for group commands. */
export const CLOCK_SKEW_S = 30 * 60;
/** How long a message may be on its way: stations keep them for 7 days; one more for clocks. */
export const MESSAGE_AGE_MAX_S = 8 * 24 * 3600;
/** The newest second a time may name: 9999-12-31, beyond which dates cannot be written. */
export const TIME_MAX_S = 253_402_300_799;
