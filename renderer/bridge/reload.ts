// What the core says has changed is asked again. An answer that is on its way is waited for and asked once more after:
// cancelled at each piece of news, a question that takes longer than blocks do would never be answered.

import type { QueryClient } from '@tanstack/react-query';

/** Which answers are meant, by the first part of their key; those that never change are left out. */
export function reloadTopics(client: QueryClient, topics: ReadonlySet<unknown>, onStale: () => void): void {
  const filters = {
    predicate: ({ queryKey, meta }: { queryKey: readonly unknown[]; meta: unknown }) =>
      topics.has(queryKey[0]) && !isImmutable(meta),
  };
  const isUnderWay = client.isFetching(filters) > 0;
  const reloaded = client.invalidateQueries(filters, { cancelRefetch: false });
  // It may have been asked before what is news now.
  if (isUnderWay) void reloaded.then(onStale);
}

export function isImmutable(meta: unknown): boolean {
  return (meta as { immutable?: unknown } | undefined)?.immutable === true;
}
