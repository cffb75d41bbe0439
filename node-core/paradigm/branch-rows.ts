// The rows of a contract's lists of branches: made from its parameters when it is opened, added up for expressions.

import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { Paradigm } from './compile.ts';
import type { BranchList } from './document.ts';
import type { BranchTotals } from './expression.ts';
import { paradigmFault } from './faults.ts';
import type { Values } from './inputs.ts';
import { AMOUNT_MICRO_MAX, BRANCH_PIECES_MAX } from './limits.ts';
import type { Branches, BranchRow } from './types.ts';

/** Undefined where the document has no lists. Refused where the parameters do not describe rows. */
export function openBranches(p: Paradigm, params: Values): Result<Branches | undefined> {
  const { branches } = p.document;
  if (branches === undefined) return ok(undefined);
  const opened: Record<string, readonly BranchRow[]> = {};
  for (const [name, list] of Object.entries(branches)) {
    const rows = rowsOf(list, params);
    if (typeof rows === 'string')
      return refuse(paradigmFault('paradigm.branch.rows', { list: name, reason: rows }));
    opened[name] = rows;
  }
  return ok(opened);
}

/** The rows, or why there are none, as the end of a sentence. */
function rowsOf(list: BranchList, params: Values): readonly BranchRow[] | string {
  const quantities = listOf(params, list.quantities);
  const units = listOf(params, list.units);
  const items = list.items === undefined ? undefined : listOf(params, list.items);
  if (units.length !== quantities.length || (items ?? quantities).length !== quantities.length)
    return 'they are not equally many';
  const rows: BranchRow[] = [];
  let budgetMicro = 0n;
  for (const [index, quantity] of quantities.entries()) {
    const [unitMicro, item = NO_ITEM] = [units[index], items?.[index]];
    if (typeof quantity !== 'bigint' || quantity < 1n || quantity > BRANCH_PIECES_MAX)
      return `a number of pieces is not between 1 and ${BRANCH_PIECES_MAX}`;
    if (typeof unitMicro !== 'bigint' || !(item instanceof Uint8Array)) return 'they are of the wrong kind';
    budgetMicro += quantity * unitMicro;
    if (budgetMicro > AMOUNT_MICRO_MAX) return `they cost more than ${AMOUNT_MICRO_MAX} micro-DPN in all`;
    rows.push({ item, quantity, open: quantity, done: 0n, unitMicro, spentMicro: 0n });
  }
  return rows;
}

const NO_ITEM = new Uint8Array(0);

function listOf(params: Values, name: string): readonly unknown[] {
  const value = params[name];
  return Array.isArray(value) ? value : [];
}

/** Pieces that contracts which run are to make. */
export function runningOf({ quantity, open, done }: BranchRow): bigint {
  return quantity - open - done;
}

/** What the row may still put into contracts. */
export function leftOf({ quantity, unitMicro, spentMicro }: BranchRow): bigint {
  return quantity * unitMicro - spentMicro;
}

/** What expressions read of the lists. */
export function totalsOf(branches: Branches | undefined): Readonly<Record<string, BranchTotals>> | undefined {
  if (branches === undefined) return undefined;
  return Object.fromEntries(Object.entries(branches).map(([name, rows]) => [name, addUp(rows)]));
}

function addUp(rows: readonly BranchRow[]): BranchTotals {
  const totals = { quantity: 0n, open: 0n, running: 0n, done: 0n, budget: 0n, spent: 0n };
  for (const row of rows) {
    totals.quantity += row.quantity;
    totals.open += row.open;
    totals.running += runningOf(row);
    totals.done += row.done;
    totals.budget += row.quantity * row.unitMicro;
    totals.spent += row.spentMicro;
  }
  return { rows: BigInt(rows.length), ...totals };
}
