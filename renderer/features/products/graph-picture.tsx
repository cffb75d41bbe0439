// The live picture of one order's production: the order, the lines of its bill and the contracts that make them, with
// the money that went down and came back. What moves, moves to its new place; nothing is drawn anew. The lists below it
// tell the same to those who cannot see it.

import { ActionIcon, Group, VisuallyHidden } from '@mantine/core';
import {
  ChevronDown,
  ChevronRight,
  CircleCheck,
  CircleDashed,
  CircleX,
  Loader,
  ZoomIn,
  ZoomOut,
} from 'lucide-react';
import { useMemo, useState } from 'react';
import { FormattedMessage, type IntlShape, useIntl } from 'react-intl';
import type { GraphNode, ProductGraphView } from '../../../node-core/api/index.ts';
import { href } from '../../bridge/index.ts';
import { Money, shorten } from '../../ui/index.ts';
import type { Placed } from './graph-layout.ts';
import { BOX_HEIGHT, BOX_WIDTH, initiallyCollapsed, layoutGraph, replacementsOf } from './graph-layout.ts';
import styles from './graph-picture.module.css';

const SIGNS = { waiting: CircleDashed, running: Loader, done: CircleCheck, failed: CircleX };
const PHASES = ['waiting', 'running', 'done', 'failed'] as const;
const SCALES = [0.5, 0.65, 0.8, 1, 1.25];

export function GraphPicture({ graph }: { graph: ProductGraphView }) {
  const intl = useIntl();
  const [collapsed, setCollapsed] = useState(() => initiallyCollapsed(graph));
  const [zoom, setZoom] = useState(SCALES.indexOf(graph.nodes.length > 40 ? 0.8 : 1));
  const layout = useMemo(() => layoutGraph(graph, collapsed), [graph, collapsed]);
  const nodes = useMemo(() => new Map(graph.nodes.map((node) => [node.id, node])), [graph.nodes]);
  const scale = SCALES[zoom] ?? 1;
  const toggle = (id: string) =>
    setCollapsed(
      (before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]),
    );
  const sizes = { width: layout.width * scale, height: layout.height * scale };
  return (
    <figure className={styles['figure']} aria-label={intl.formatMessage({ id: 'products.graph' })}>
      <div className={styles['window']}>
        <div style={sizes}>
          <div
            className={styles['canvas']}
            style={{ width: layout.width, height: layout.height, transform: `scale(${scale})` }}
          >
            <svg width={layout.width} height={layout.height} aria-hidden className={styles['lines']}>
              {layout.connections.map(({ id, path, isReturned }) => (
                <path key={id} d={path} data-returned={isReturned} />
              ))}
            </svg>
            {layout.boxes.map((box) => {
              const node = nodes.get(box.id);
              return node === undefined ? null : (
                <Box
                  key={box.id}
                  box={box}
                  node={node}
                  replacements={node.phase === 'failed' ? replacementsOf(graph, box.id) : []}
                  isFolded={collapsed.has(box.id)}
                  onToggle={() => toggle(box.id)}
                />
              );
            })}
          </div>
        </div>
      </div>
      <figcaption className={styles['caption']}>
        <Group gap="md">
          {PHASES.map((phase) => (
            <span key={phase} className={styles['key']} data-phase={phase}>
              <Sign phase={phase} />
              <FormattedMessage id={`products.phase.${phase}`} />
            </span>
          ))}
          <span className={styles['key']}>
            <svg width={22} height={8} aria-hidden className={styles['lines']}>
              <path d="M0 4H22" data-returned="true" />
            </svg>
            <FormattedMessage id="products.graph.returned" />
          </span>
        </Group>
        <Group gap={4}>
          <ActionIcon
            variant="default"
            disabled={zoom === 0}
            onClick={() => setZoom(zoom - 1)}
            aria-label={intl.formatMessage({ id: 'products.graph.smaller' })}
          >
            <ZoomOut size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="default"
            disabled={zoom === SCALES.length - 1}
            onClick={() => setZoom(zoom + 1)}
            aria-label={intl.formatMessage({ id: 'products.graph.larger' })}
          >
            <ZoomIn size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </figcaption>
    </figure>
  );
}

/** What people call a node: a service by what is done, everything else by its title. */
export const lineName = ({ service, title }: GraphNode, intl: IntlShape): string =>
  service === undefined ? title : intl.formatMessage({ id: `products.service.${service}` });

function Sign({ phase }: { phase: GraphNode['phase'] }) {
  const Icon = SIGNS[phase];
  return <Icon size={16} aria-hidden className={styles['sign'] ?? ''} />;
}

type BoxProps = {
  box: Placed;
  node: GraphNode;
  replacements: readonly GraphNode[];
  isFolded: boolean;
  onToggle: () => void;
};

function Box({ box, node, replacements, isFolded, onToggle }: BoxProps) {
  const intl = useIntl();
  const place = { transform: `translate(${box.x}px, ${box.y}px)`, width: BOX_WIDTH, height: BOX_HEIGHT };
  const name = lineName(node, intl);
  const title = node.kind === 'product' ? name : `${node.quantity} × ${name}`;
  const phase = intl.formatMessage({ id: `products.phase.${node.phase}` });
  const money = node.kind === 'product' ? node.heldMicro : node.spentMicro;
  const content = (
    <>
      <Sign phase={node.phase} />
      <VisuallyHidden>{phase}</VisuallyHidden>
      <span className={styles['text']}>
        <span className={styles['title']}>{node.kind === 'order' ? producerOf(node) : title}</span>
        <span className={styles['sub']}>
          <Standing node={node} replacements={replacements} />
        </span>
      </span>
      {money === 0n && node.kind !== 'product' ? null : (
        <span className={styles['money']}>
          <Money micro={money} />
        </span>
      )}
    </>
  );
  const shared = {
    className: styles['box'] ?? '',
    style: place,
    'data-phase': node.phase,
    'data-kind': node.kind,
  };
  if (node.kind === 'line' && box.below > 0)
    return (
      <button type="button" {...shared} aria-expanded={!isFolded} onClick={onToggle}>
        {content}
        {isFolded ? (
          <span className={styles['folded']}>
            {box.below}
            <ChevronRight size={14} aria-hidden />
          </span>
        ) : (
          <ChevronDown size={14} aria-hidden className={styles['folded'] ?? ''} />
        )}
      </button>
    );
  if (node.link === undefined || node.kind === 'product')
    return (
      <div {...shared} title={title}>
        {content}
      </div>
    );
  const target = node.link === 'order' ? `/orders/${node.id}` : `/paradigms/agreements/${node.id}`;
  return (
    <a {...shared} href={href(target)} title={`${title} · ${phase}`}>
      {content}
    </a>
  );
}

function producerOf({ quantity, producer }: GraphNode): string {
  const name = producer === undefined ? '' : producer.name === '' ? shorten(producer.address) : producer.name;
  return `${quantity} × ${name}`;
}

/** What there is to say of a place in a few words: how far it is, or who took over. */
function Standing({ node, replacements }: { node: GraphNode; replacements: readonly GraphNode[] }) {
  if (node.kind === 'line')
    return <FormattedMessage id="products.done" values={{ done: node.done, pieces: node.quantity }} />;
  const [first] = replacements;
  if (first?.producer !== undefined) {
    const { name, address } = first.producer;
    return (
      <FormattedMessage
        id="products.graph.replaced"
        values={{ name: name === '' ? shorten(address) : name }}
      />
    );
  }
  return node.yourTurn ? (
    <>
      {node.stateLabel} · <FormattedMessage id="products.yourTurn" />
    </>
  ) : (
    node.stateLabel
  );
}
