import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphEdge, GraphNode } from '../../../node-core/api/index.ts';
import { BOX_HEIGHT, BOX_WIDTH, initiallyCollapsed, layoutGraph, replacementsOf } from './graph-layout.ts';

const node = (
  id: string,
  kind: GraphNode['kind'] = 'order',
  phase: GraphNode['phase'] = 'running',
): GraphNode => ({
  id,
  kind,
  title: id,
  quantity: 1,
  done: 0,
  running: 1,
  open: 0,
  state: 'printing',
  stateLabel: 'Printing',
  phase,
  turn: [],
  yourTurn: false,
  heldMicro: 0n,
  spentMicro: 0n,
});
const edge = (from: string, to: string, givenMicro = 1n, returnedMicro = 0n): GraphEdge => ({
  from,
  to,
  quantity: 1,
  givenMicro,
  returnedMicro,
});

/** Any graph that can come: each place hangs below some earlier ones, the first below none. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 40 })
  .map((parents) => ({
    nodes: parents.map((_, index) => node(`n${index}`)),
    edges: parents.flatMap((above, index) =>
      index === 0
        ? []
        : [...new Set(above.map((one) => one % index))].map((one) => edge(`n${one}`, `n${index}`)),
    ),
  }));

describe('the layout of a graph', () => {
  it('shows every place once, none over another, each to the right of something above it', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { boxes, connections, width, height } = layoutGraph(graph, new Set());
        expect(boxes.map(({ id }) => id).sort()).toEqual(graph.nodes.map(({ id }) => id).sort());
        expect(connections).toHaveLength(graph.edges.length);
        const at = new Map(boxes.map((box) => [box.id, box]));
        for (const [index, one] of boxes.entries()) {
          expect(one.x + BOX_WIDTH).toBeLessThanOrEqual(width);
          expect(one.y + BOX_HEIGHT).toBeLessThanOrEqual(height);
          for (const other of boxes.slice(index + 1)) {
            const isApart = one.x !== other.x || Math.abs(one.y - other.y) >= BOX_HEIGHT;
            expect(isApart, `${one.id} over ${other.id}`).toBe(true);
          }
          const above = graph.edges.filter(({ to }) => to === one.id);
          const isBelow = above.some(({ from }) => (at.get(from)?.x ?? 0) < one.x);
          expect(above.length === 0 || isBelow).toBe(true);
        }
      }),
      { seed: 7 },
    );
  });

  it('leaves out what is folded up, and says how much that is', () => {
    const graph = {
      nodes: ['order', 'line', 'a', 'b'].map((id) => node(id)),
      edges: [edge('order', 'line'), edge('line', 'a'), edge('line', 'b')],
    };
    const { boxes, connections } = layoutGraph(graph, new Set(['line']));
    expect(boxes.map(({ id, below }) => [id, below])).toEqual([
      ['order', 1],
      ['line', 2],
    ]);
    expect(connections.map(({ id }) => id)).toEqual(['order line']);
  });

  it('marks money that came back, and who took over', () => {
    const graph = {
      nodes: [
        node('line', 'line'),
        node('early', 'order', 'failed'),
        node('late'),
        node('lost', 'order', 'failed'),
      ],
      edges: [edge('line', 'early', 5n, 5n), edge('line', 'late', 6n), edge('line', 'lost', 4n, 3n)],
    };
    expect(layoutGraph(graph, new Set()).connections.map(({ isReturned }) => isReturned)).toEqual([
      true,
      false,
      false,
    ]);
    expect(replacementsOf(graph, 'early').map(({ id }) => id)).toEqual(['late']);
    expect(replacementsOf(graph, 'lost')).toEqual([]);
  });

  it('folds up what is done where there is much', () => {
    const lines = Array.from({ length: 61 }, (_, index) =>
      node(`l${index}`, 'line', index % 2 === 0 ? 'done' : 'running'),
    );
    expect(initiallyCollapsed({ nodes: lines, edges: [] }).size).toBe(31);
    expect(initiallyCollapsed({ nodes: lines.slice(1), edges: [] }).size).toBe(0);
  });
});
