// What each message's delivery asks of the store: is the sender blocked, what does the receiver ask of strangers, where is
// the receiver. The answers are remembered, since they seldom change and are asked for every message.

import type { FactKind, ListKind, StationStore } from './store.ts';

/** Answers in memory; beyond them all are asked anew. */
const REMEMBERED_MAX = 50_000;

/** The same store, which remembers what it was asked and forgets what is written. */
export function rememberWishes(store: StationStore): StationStore {
  const facts = new Map<string, string | undefined>();
  const listed = new Map<string, Map<string, boolean>>();
  let answers = 0;

  function remember(): void {
    answers += 1;
    if (answers <= REMEMBERED_MAX) return;
    facts.clear();
    listed.clear();
    answers = 1;
  }

  return {
    ...store,
    fact(kind: FactKind, id: string) {
      const name = `${kind} ${id}`;
      if (facts.has(name)) return facts.get(name);
      const value = store.fact(kind, id);
      remember();
      facts.set(name, value);
      return value;
    },
    putFact(kind, id, value) {
      facts.delete(`${kind} ${id}`);
      store.putFact(kind, id, value);
    },
    isListed(owner: string, kind: ListKind, id: string) {
      const name = `${kind} ${owner}`;
      const known = listed.get(name)?.get(id);
      if (known !== undefined) return known;
      const value = store.isListed(owner, kind, id);
      remember();
      const answersOf = listed.get(name) ?? new Map<string, boolean>();
      listed.set(name, answersOf.set(id, value));
      return value;
    },
    putList(owner, kind, ids) {
      listed.delete(`${kind} ${owner}`);
      store.putList(owner, kind, ids);
    },
    addToList(owner, kind, id) {
      listed.get(`${kind} ${owner}`)?.delete(id);
      store.addToList(owner, kind, id);
    },
  };
}
