// Founding and changing a group, as people ask for it: IDs as they typed them, one change at a time.

import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { DimpId } from '../../dimp/index.ts';
import { isBroadcast, isUser, parseId } from '../../dimp/index.ts';
import { chatFault } from './chat-faults.ts';
import type { GroupBook } from './group-book.ts';

/** Of one of these. */
export type GroupChange = {
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly appoint?: { readonly id: string; readonly administrator: boolean } | undefined;
  readonly leave?: boolean | undefined;
  readonly rename?: string | undefined;
};

function parseIds(texts: readonly string[]): Result<readonly DimpId[]> {
  const ids: DimpId[] = [];
  for (const text of texts) {
    const id = parseId(text);
    if (!id.ok || !isUser(id.value) || isBroadcast(id.value))
      return refuse(chatFault('chat.id', { id: text }));
    ids.push(id.value);
  }
  return ok(ids);
}

/** A group with these people; its chat. */
export function foundGroupOf(groups: GroupBook, name: string, members: readonly string[]): Result<string> {
  const ids = parseIds(members);
  return ids.ok ? groups.found(name, ids.value) : ids;
}

export function changeGroupOf(groups: GroupBook, group: string, change: GroupChange): Result<void> {
  const [add, remove] = [parseIds(change.add ?? []), parseIds(change.remove ?? [])];
  const appointed = parseIds(change.appoint === undefined ? [] : [change.appoint.id]);
  if (!add.ok) return add;
  if (!remove.ok) return remove;
  if (!appointed.ok) return appointed;
  const [member] = appointed.value;
  if (change.leave) return groups.leave(group);
  if (change.rename !== undefined) return groups.rename(group, change.rename);
  if (member !== undefined) return groups.appoint(group, member, change.appoint?.administrator === true);
  return groups.change(group, add.value, remove.value);
}
