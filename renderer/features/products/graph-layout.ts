// Where the places of a production graph stand: columns from the order on the left to the contracts on the right, each
// place level with the middle of what is below it. The same graph is laid out in the same way each time, so that news
// moves only what it must.

import type { ProductGraphView } from '../../../node-core/api/index.ts';

export const BOX_WIDTH = 236;
export const BOX_HEIGHT = 58;
const COLUMN_WIDTH = BOX_WIDTH + 56;
const ROW_HEIGHT = BOX_HEIGHT + 14;

export type Placed = {
  readonly id: string;
  /** Left upper corner, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Places directly below it, shown or not. */
  readonly below: number;
};

export type Connection = {
  readonly id: string;
  /** Of an SVG path. */
  readonly path: string;
  /** All money that went this way came back. */
  readonly isReturned: boolean;
};

export type Layout = {
  readonly boxes: readonly Placed[];
  readonly connections: readonly Connection[];
  readonly width: number;
  readonly height: number;
};

type Graph = Pick<ProductGraphView, 'nodes' | 'edges'>;

/** What is below a collapsed place is left out, unless another place leads to it as well. */
export function layoutGraph({ nodes, edges }: Graph, collapsed: ReadonlySet<string>): Layout {
  const known = new Set(nodes.map(({ id }) => id));
  const below = new Map<string, string[]>();
  const hasParent = new Set<string>();
  for (const { from, to } of edges) {
    if (!known.has(from) || !known.has(to)) continue;
    below.set(from, [...(below.get(from) ?? []), to]);
    hasParent.add(to);
  }
  const places = new Map<string, Placed>();
  let rows = 0;
  let columns = 0;

  /** Returns how far down it stands, in rows; undefined where it stands already. */
  function place(id: string, column: number): number | undefined {
    if (places.has(id)) return undefined;
    const children = below.get(id) ?? [];
    const placed: Placed = { id, x: column * COLUMN_WIDTH, y: 0, below: children.length };
    places.set(id, placed);
    columns = Math.max(columns, column + 1);
    const levels = (collapsed.has(id) ? [] : children).flatMap((child) => place(child, column + 1) ?? []);
    const [first, last] = [levels[0], levels.at(-1)];
    const level = first === undefined || last === undefined ? rows++ : (first + last) / 2;
    places.set(id, { ...placed, y: level * ROW_HEIGHT });
    return level;
  }

  for (const { id } of nodes) if (!hasParent.has(id)) place(id, 0);
  const connections = edges.flatMap(({ from, to, givenMicro, returnedMicro }): Connection[] => {
    const [start, end] = [places.get(from), places.get(to)];
    if (start === undefined || end === undefined || collapsed.has(from)) return [];
    const isReturned = returnedMicro > 0n && returnedMicro >= givenMicro;
    return [{ id: `${from} ${to}`, path: curve(start, end), isReturned }];
  });
  return {
    boxes: [...places.values()],
    connections,
    width: Math.max(0, columns * COLUMN_WIDTH - (COLUMN_WIDTH - BOX_WIDTH)),
    height: Math.max(0, rows * ROW_HEIGHT - (ROW_HEIGHT - BOX_HEIGHT)),
  };
}

function curve(from: Placed, to: Placed): string {
  const [x1, y1] = [from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2];
  const [x2, y2] = [to.x, to.y + BOX_HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

/** Large graphs begin with what needs no attention folded up: lines that are done. */
export function initiallyCollapsed({ nodes }: Graph): ReadonlySet<string> {
  if (nodes.length <= FOLD_ABOVE) return new Set();
  return new Set(nodes.flatMap(({ id, kind, phase }) => (kind === 'line' && phase === 'done' ? [id] : [])));
}
const FOLD_ABOVE = 60;

/** Who took over what a failed place left undone: later places below the same line that did not fail. */
export function replacementsOf(
  { nodes, edges }: Graph,
  id: string,
): readonly ProductGraphView['nodes'][number][] {
  const lines = new Set(edges.flatMap(({ from, to }) => (to === id ? [from] : [])));
  return [...lines].flatMap((line) => {
    const siblings = edges.flatMap(({ from, to }) => (from === line ? [to] : []));
    const later = new Set(siblings.slice(siblings.indexOf(id) + 1));
    return nodes.filter((node) => later.has(node.id) && node.phase !== 'failed');
  });
}
