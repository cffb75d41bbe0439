// Named limits of the machine side, each with its reason.

/** Marlin's MAX_CMD_SIZE is 96 with the terminating zero: what is longer loses its tail and its checksum. */
export const LINE_BYTES_MAX = 95;
/** Widest line number that still leaves room: `N` + 9 digits + space, and `*` + 3 digits of checksum. */
export const NUMBER_BYTES_MAX = 11;
export const CHECKSUM_BYTES_MAX = 4;
/** Longest command a job or an owner may send, so that it fits whatever number it gets. */
export const COMMAND_BYTES_MAX = LINE_BYTES_MAX - NUMBER_BYTES_MAX - CHECKSUM_BYTES_MAX;
/** Lines are counted in 32 bits and offsets in 32 bits. */
export const JOB_BYTES_MAX = 1024 * 1024 * 1024;

/** Numbered lines kept for a resend. With one line in flight a firmware asks for the last one or two. Power of two. */
export const HISTORY_LINES = 64;
/** Job lines are numbered from here, so that `Resend: 1` after a board reset can never name a line of the job. */
export const JOB_NUMBER_BASE = 100;
/** Asked for the same line this often, the line will never get through. */
export const RESENDS_OF_ONE_LINE_MAX = 10;
/** Asked for lines this often while none was acknowledged for the first time, the print gets nowhere. */
export const RESENDS_IN_PLACE_MAX = 40;
/** A resend of a line that was never sent is noise once, a reset board when repeated. */
export const STRAY_RESENDS_MAX = 3;
/** Some firmwares send no `ok` after `Resend:`; after this long the host goes on without. */
export const OK_AFTER_RESEND_MS = 500;

export const HELLO_TIMEOUT_MS = 2_000;
export const HELLO_ATTEMPTS_MAX = 8;
/** Silence while a line is unacknowledged, before the host asks again. */
export const SILENCE_MS = 15_000;
/** The same once the firmware has shown that it reports `busy` every 2 s. */
export const SILENCE_WITH_BUSY_MS = 6_000;
/** Commands that block for long without a word on firmwares that have no busy protocol. */
export const SILENCE_LONG_COMMAND_MS = 10 * 60_000;
/** Unanswered questions in a row before the link is called dead. */
export const PROBES_MAX = 4;
/** The one timer of the channel: all deadlines are looked at this often. */
export const WATCH_INTERVAL_MS = 200;
/** A watch so late means that the host itself stood still: a suspended laptop, a stopped process. */
export const STANDSTILL_MS = 2_000;
export const POLL_TEMPERATURE_MS = 3_000;
/** Coming to rest after a cancel; the probing of a large bed in flight included. */
export const DRAIN_TIMEOUT_MS = 300_000;
export const PROGRESS_INTERVAL_MS = 200;
/** A streamed job whose lines ran out: the planner's own moves last about this long, then the nozzle stands on the part. */
export const STREAM_PATIENCE_MS = 1_500;
/** Set aside and hot for so long, nothing came: the print is ended and the machine cools down. */
export const STREAM_GIVE_UP_MS = 15 * 60_000;
/** Longest reply line that is looked at; the rest of it is dropped. */
export const REPLY_BYTES_MAX = 1024;
/** Reply lines collected for one command. */
export const REPLY_LINES_MAX = 200;

/** The host's own limits of temperature, where the machine's profile gives none. Degrees Celsius. */
export const NOZZLE_C_MAX = 300;
export const BED_C_MAX = 120;
export const CHAMBER_C_MAX = 80;
