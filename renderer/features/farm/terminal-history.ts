// What was typed into a machine's terminal, to be fetched back with the arrow keys; and the search in its lines. Pure.

export type History = { readonly entries: readonly string[]; readonly at: number };

export const EMPTY_HISTORY: History = { entries: [], at: 0 };
const ENTRIES_MAX = 100;

/** Remembers a command at the end; the same one twice in a row is kept once. */
export function remember(history: History, command: string): History {
  const last = history.entries[history.entries.length - 1];
  const entries = last === command ? history.entries : [...history.entries, command].slice(-ENTRIES_MAX);
  return { entries, at: entries.length };
}

/** One step back (-1) or forth (1); the text to show, empty beyond the newest. */
export function recall(history: History, step: -1 | 1): { history: History; text: string } {
  const at = Math.min(history.entries.length, Math.max(0, history.at + step));
  return { history: { ...history, at }, text: history.entries[at] ?? '' };
}

export function matchesSearch(text: string, search: string): boolean {
  return text.toLowerCase().includes(search.trim().toLowerCase());
}
