// The order's history as a person reads it: what was done, whose turn it is, what comes next if all goes well.

import type { TimelineStep, Truth } from '../../api/index.ts';
import type { OrderStepRow } from './chain-index.ts';
import type { OpenOrder } from './orders.ts';
import type { Parties } from './parties.ts';

type Code = TimelineStep['code'];

/** How an order goes when nothing is in its way. */
const HAPPY_PATH: readonly Code[] = [
  'funded',
  'accepted',
  'released',
  'printing',
  'printed',
  'shipped',
  'delivered',
  'settled',
];

export function timelineOf(
  order: OpenOrder,
  rows: readonly OrderStepRow[],
  truthOf: (txHash: string | null) => Truth,
  parties: Parties,
): TimelineStep[] {
  const quoted: TimelineStep = {
    code: 'quoted',
    state: 'done',
    timeS: order.quote.createdS,
    anchor: { truth: truthOf(rows[0]?.tx_hash ?? null) },
  };
  const done: TimelineStep[] = [quoted];
  const reported = rows.filter(
    (row) => row.code === 'reported' && row.detail?.endsWith(':finished') === true,
  ).length;
  for (const row of rows) {
    if (row.code === 'reported') continue;
    // Further copies and attempts belong to the one printing step.
    if (row.code === 'printing' && done.some((step) => step.code === 'printing')) continue;
    done.push(stepOf(row, truthOf, parties));
  }
  const printing = done.find((step) => step.code === 'printing');
  if (printing !== undefined) printing.detail = `${reported} / ${order.quote.quantity}`;
  const shipped = done.find((step) => step.code === 'shipped');
  const { carrier, tracking } = order.instance.vars;
  if (shipped !== undefined && typeof tracking === 'string' && tracking !== '')
    shipped.detail = `${String(carrier)} ${tracking}`.trim();
  if (order.instance.deadlineS === undefined) return done;
  return [...done, ...remaining(done, reported < order.quote.quantity)];
}

function stepOf(
  row: OrderStepRow,
  truthOf: (txHash: string | null) => Truth,
  parties: Parties,
): TimelineStep {
  return {
    code: row.code as Code,
    state: 'done',
    timeS: row.time_s,
    ...(row.signer === null ? {} : { signer: parties.party(row.signer) }),
    anchor: {
      truth: truthOf(row.tx_hash),
      height: row.height,
      timeS: row.time_s,
      ...(row.tx_hash === null ? {} : { txHash: row.tx_hash }),
    },
  };
}

/** The steps still to come; the first of them is the one somebody has to do now. */
function remaining(done: readonly TimelineStep[], copiesLeft: boolean): TimelineStep[] {
  const reached = Math.max(...done.map((step) => HAPPY_PATH.indexOf(step.code)));
  const printing = done.find((step) => step.code === 'printing');
  if (printing !== undefined && copiesLeft && reached === HAPPY_PATH.indexOf('printing'))
    printing.state = 'now';
  return HAPPY_PATH.slice(reached + 1).map((code, position) => ({
    code,
    state: position === 0 && printing?.state !== 'now' ? 'now' : 'next',
    anchor: { truth: 'local' },
  }));
}
