// Every bound of the paradigm language, with its reason. A document beyond any of them is refused, never truncated.

/** Canonical document. The longest bundled one has a fifth of it; a light node may have to fetch it. */
export const DOCUMENT_BYTES_MAX = 64 * 1024;
export const ROLES_MAX = 16;
export const PARAMS_MAX = 64;
export const VARS_MAX = 32;
export const STATES_MAX = 64;
export const TRANSITIONS_MAX = 128;
export const ARGS_MAX = 16;
export const EFFECTS_MAX = 16;
export const SHARES_MAX = 16;
export const OPTIONS_MAX = 32;
export const LINKS_MAX = 16;
/** Lists of branches of one document; rows of all of them are looked at in each step. */
export const BRANCH_LISTS_MAX = 4;
/** Pieces that one branch can ask for. */
export const BRANCH_PIECES_MAX = 1_000_000n;
/** Accounts that may join one contract: each can be paid in one step, whose cost this bounds. */
export const MEMBERS_MAX = 64;
export const COLUMNS_MAX = 8;

/** A person reviewing the document reads every expression. */
export const EXPRESSION_CHARS_MAX = 512;
export const EXPRESSION_NODES_MAX = 160;
export const EXPRESSION_DEPTH_MAX = 24;
export const LIST_LITERAL_MAX = 32;

/** Items of a list or entries of a map held by a parameter, variable or argument: bounds each macro's loop. */
export const ITEMS_MAX = 64;
export const TEXT_CHARS_MAX = 1024;
export const VALUE_BYTES_MAX = 4096;

/** CEL's int. A result outside is a refusal, never a wrap. */
export const INT_MAX = 2n ** 63n - 1n;
export const INT_MIN = -(2n ** 63n);

/** 9 billion DPN in micro-units: a safe integer in JSON, and times 100 (percent) still inside CEL's int. */
export const AMOUNT_MICRO_MAX = 9_000_000_000_000_000n;

/** Ten years: no state may hold money longer than that without anybody acting. */
export const DEADLINE_S_MAX = 10n * 366n * 86_400n;

/** Steps of one instance. Past it only deadlines act, so that nobody can keep a contract busy for ever. */
export const STEPS_MAX = 1000;

/** One step, whatever the document says. A unit of gas is five to ten nanoseconds of one core. */
export const GAS_STEP_MAX = 200_000n;
