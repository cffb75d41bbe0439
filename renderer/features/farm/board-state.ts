// The queue board: orders and jobs sorted into columns by what has to be done next. Pure; every order and job that is
// not over stands in exactly one column.

import type { JobView, OrderCard } from '../../../node-core/api/index.ts';

export const BOARD_COLUMNS = ['inbox', 'accepted', 'ready', 'printing', 'done', 'problem'] as const;
export type BoardColumn = (typeof BOARD_COLUMNS)[number];

export type BoardCard =
  | { readonly kind: 'order'; readonly id: string; readonly order: OrderCard }
  | { readonly kind: 'job'; readonly id: string; readonly job: JobView };

export type Board = Readonly<Record<BoardColumn, readonly BoardCard[]>>;

/** Where a job stands; finished copies wait in `done` until their order is shipped. */
function columnOfJob(job: JobView): BoardColumn {
  switch (job.state) {
    case 'queued':
    case 'needs-bed-clear':
    case 'ready':
      return 'ready';
    case 'starting':
    case 'printing':
    case 'paused':
      return 'printing';
    case 'finished':
      return 'done';
    case 'failed':
    case 'cancelled':
      return 'problem';
  }
}

/** Where an order stands that has no job of its own on the board; undefined where nothing is left to do for the owner. */
function columnOfOrder(order: OrderCard): BoardColumn | undefined {
  if (order.final) return undefined;
  switch (order.state) {
    case 'open':
      return 'inbox';
    case 'accepted':
      return 'accepted';
    case 'printed':
    case 'shipped':
      return 'done';
    case 'disputed':
      return 'problem';
    default:
      // Other paradigms name their states as they like: what waits for the owner is an inbox matter.
      return order.yourTurn ? 'inbox' : 'accepted';
  }
}

export function boardOf(orders: readonly OrderCard[], jobs: readonly JobView[]): Board {
  const columns: Record<BoardColumn, BoardCard[]> = {
    inbox: [],
    accepted: [],
    ready: [],
    printing: [],
    done: [],
    problem: [],
  };
  const orderOf = new Map(orders.map((order) => [order.id, order]));
  const withOpenJobs = new Set<string>();
  // A file of the owner's own is on the board until its last copy is done or taken out.
  const isOver = ({ state }: JobView) => state === 'finished' || state === 'cancelled';
  const open = new Set(jobs.filter((job) => !isOver(job)).map(({ batch }) => batch));
  for (const job of jobs) {
    if (job.orderId === undefined) {
      if (open.has(job.batch)) columns[columnOfJob(job)].push({ kind: 'job', id: job.id, job });
      continue;
    }
    const order = orderOf.get(job.orderId);
    // Jobs of finished, shipped or unknown orders are history.
    if (order === undefined || order.final || order.state === 'shipped' || order.state === 'printed')
      continue;
    withOpenJobs.add(job.orderId);
    columns[columnOfJob(job)].push({ kind: 'job', id: job.id, job });
  }
  for (const order of orders) {
    const column = columnOfOrder(order);
    if (column === undefined) continue;
    if (column === 'accepted' && withOpenJobs.has(order.id)) continue;
    columns[column].push({ kind: 'order', id: order.id, order });
  }
  for (const name of BOARD_COLUMNS)
    columns[name].sort((a, b) => placeOf(a) - placeOf(b) || ageOf(a) - ageOf(b) || a.id.localeCompare(b.id));
  return columns;
}

/** What waits for a machine stands as in that machine's line, the next ones of all machines first. */
function placeOf(card: BoardCard): number {
  return card.kind === 'order' ? 0 : (card.job.place ?? 0);
}

/** Older first: what waits longest is done first. */
function ageOf(card: BoardCard): number {
  return card.kind === 'order' ? card.order.openedS * 1000 : card.job.createdMs;
}
