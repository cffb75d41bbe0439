// Times and sizes of calls. Times are in milliseconds of the console's own clock unless the name says otherwise.

/** A call rings this long. */
export const RING_MS = 45_000;
/** From accepting to hearing each other, over however slow a station. */
export const CONNECT_MS = 30_000;
/** How long a line that was lost is waited for, with new ways being tried. */
export const LOST_MS = 30_000;
/** One device is busy: another of the same person may still ring. */
export const BUSY_GRACE_MS = 4_000;
/** How far two honest clocks may be apart before an invitation counts as one from the past. */
export const SKEW_S = 60;
/** What is said about a call is of no use later than this. */
export const SIGNAL_LIFE_S = 120;
/** Ids of calls that are over, so that nothing of them rings again. */
export const RECENT_MAX = 64;
/** Characters of a description; browsers of today write fewer than ten thousand. */
export const DESCRIPTION_CHARS_MAX = 32_768;
export const CANDIDATE_CHARS_MAX = 512;
/** Candidates in one content; a machine with ten networks has fewer. */
export const CANDIDATES_MAX = 40;
/** Times that a line is set up anew within a call. */
export const ROUNDS_MAX = 1000;
