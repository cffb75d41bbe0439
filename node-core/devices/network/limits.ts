// Named limits of network printers, each with its reason.

/** A small answer on a home network takes milliseconds; a Raspberry Pi that slices meanwhile takes seconds. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** Slowest upload that is waited for: 100 MB over weak Wi-Fi to the flash of a small board (100 kB/s). */
export const UPLOAD_TIMEOUT_MS = 20 * 60_000;
/** An emergency stop that is not through by then did not arrive. */
export const STOP_TIMEOUT_MS = 5_000;
/** Silence after which the connection counts as interrupted: questions in a row without an answer. */
export const SILENT_READS_MAX = 3;
/** Pauses between attempts to reach a printer again: doubled from the first to the last. */
export const RECONNECT_FIRST_MS = 1_000;
export const RECONNECT_LAST_MS = 30_000;
/** A print goes on without the console, so a router may be away for long. */
export const LOST_PRINTING_MS = 60 * 60_000;
export const LOST_IDLE_MS = 10 * 60_000;
/** Within this time a host that was told to begin shows the print; then its file is removed so it cannot begin late. */
export const START_SETTLE_MS = 30_000;
/** A cancel on a Klipper machine waits for a heat-up in flight: a large bed may take minutes. */
export const CANCEL_TIMEOUT_MS = 15 * 60_000;
/** A console that closes waits so long for a print to end in order. */
export const GOODBYE_MS = 20_000;
/** Looks at the targets before heaters that stay on call the emergency stop. */
export const COLD_LOOKS_MAX = 10;
export const COLD_LOOK_MS = 1_000;
/** Words of a stranger that are shown to people. */
export const REASON_CHARS_MAX = 200;
/** Longest push message or answer that is read. Status is a few kilobytes; lists of files are not asked for. */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Answers collected for one command of the owner's. */
export const COMMAND_LINES_MAX = 200;
