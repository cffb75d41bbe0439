// An order of a product: how far each part is, who makes it, whose turn it is, and what to do where nobody does.

import { Alert, Badge, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { Hand, Layers } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { GraphNode, PartBatchView, ProductGraphView } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import {
  ConfirmDialog,
  FaultNotice,
  Money,
  PartyChip,
  TimeText,
  TruthBadge,
  usePageDetail,
} from '../../ui/index.ts';
import { GraphPicture, lineName } from './graph-picture.tsx';
import { EndingBadge } from './product-list.tsx';
import { BackToProducts } from './product-page.tsx';
import styles from './products.module.css';

export function OrderPage({ id }: { id: string }) {
  const intl = useIntl();
  const actor = useActor();
  const locale = intl.locale.startsWith('zh') ? ('zh-Hans' as const) : ('en' as const);
  const graph = useApiQuery(
    ['orders', 'product-graph', id, actor?.address, locale],
    ({ signal }) => api.products.graph({ actor: actor?.address ?? '', id, locale }, { signal }),
    { enabled: actor !== undefined, keepPrevious: true },
  );
  return (
    <Stack gap="md">
      <BackToProducts />
      {graph.fault === undefined ? null : <FaultNotice fault={graph.fault} onRetry={graph.refetch} />}
      {graph.data !== undefined ? (
        <Standing graph={graph.data} />
      ) : graph.fault === undefined ? (
        <Skeleton height={420} radius="lg" aria-busy />
      ) : null}
    </Stack>
  );
}

function Standing({ graph }: { graph: ProductGraphView }) {
  usePageDetail(graph.title);
  const lines = graph.nodes.filter(({ kind }) => kind === 'line');
  const hasOpen = graph.ended === undefined && lines.some(({ open }) => open > 0);
  const batches =
    useApiQuery(
      ['orders', 'part-batches', graph.id],
      ({ signal }) => api.products.batches({ id: graph.id }, { signal }),
      { enabled: hasOpen },
    ).data ?? [];
  return (
    <Stack gap="lg">
      <div>
        <Title order={1} className={styles['title'] ?? ''}>
          {graph.title}
        </Title>
        <div className={styles['byline']}>
          <EndingBadge order={graph} />
          <span className={styles['dim']}>
            <FormattedMessage id="products.done" values={{ done: graph.piecesDone, pieces: graph.pieces }} />
          </span>
          <TruthBadge truth="verified" height={graph.verifiedHeight} />
        </div>
      </div>
      <Group gap="xl">
        <Text size="sm">
          <FormattedMessage id="products.held" values={{ amount: <Money micro={graph.heldMicro} /> }} />
        </Text>
        {graph.deadlineS === undefined ? null : (
          <Text size="sm">
            <FormattedMessage id="products.until" values={{ time: <TimeText timeS={graph.deadlineS} /> }} />
          </Text>
        )}
        <Button
          component="a"
          variant="default"
          size="compact-sm"
          href={href(`/paradigms/agreements/${graph.id}`)}
        >
          <FormattedMessage id="products.contract" />
        </Button>
      </Group>
      {graph.trouble?.map(({ line, title, fault }) => (
        <Alert
          key={line}
          color="orange"
          title={<FormattedMessage id="products.trouble" values={{ line: title }} />}
        >
          {fault.message} {fault.next}
        </Alert>
      ))}
      <GraphPicture key={graph.id} graph={graph} />
      {lines.map((line) => (
        <LineOfBill
          key={line.id}
          line={line}
          graph={graph}
          batches={batches.filter((batch) => batch.line === line.id)}
        />
      ))}
    </Stack>
  );
}

const PHASE_COLOURS: Readonly<Record<GraphNode['phase'], string>> = {
  waiting: 'gray',
  running: 'petrol',
  done: 'green',
  failed: 'red',
};

type LineProps = {
  readonly line: GraphNode;
  readonly graph: ProductGraphView;
  readonly batches: readonly PartBatchView[];
};

function LineOfBill({ line, graph, batches }: LineProps) {
  const name = lineName(line, useIntl());
  const below = new Set(graph.edges.flatMap(({ from, to }) => (from === line.id ? [to] : [])));
  const contracts = graph.nodes.filter(({ id }) => below.has(id));
  return (
    <section className={styles['line']}>
      <div className={styles['lineHead']}>
        <Title order={2} size="h4">
          {line.quantity} × {name}
        </Title>
        <Badge variant="light" color={PHASE_COLOURS[line.phase]}>
          <FormattedMessage id={`products.phase.${line.phase}`} />
        </Badge>
        <span className={styles['dim']}>
          <FormattedMessage id="products.done" values={{ done: line.done, pieces: line.quantity }} />
        </span>
        <Money micro={line.spentMicro} />
      </div>
      {contracts.length === 0 ? (
        <Text size="sm" c="dimmed">
          <FormattedMessage id="products.nobody" />
        </Text>
      ) : (
        <ul className={styles['contracts']}>
          {contracts.map((node) => (
            <ContractRow key={node.id} node={node} />
          ))}
        </ul>
      )}
      {batches.map((batch) => (
        <BatchOffer key={batch.id} batch={batch} title={name} />
      ))}
    </section>
  );
}

/** A producer who collects orders for this part: joining gives all open pieces to that batch. */
function BatchOffer({ batch, title }: { batch: PartBatchView; title: string }) {
  const intl = useIntl();
  const actor = useActor();
  const [opened, setOpened] = useState(false);
  const join = useApiCommand(() =>
    api.products.joinBatch({ actor: actor?.address ?? '', line: batch.line, batchId: batch.id }),
  );
  const { pieces, amountMicro, deadlineS } = batch;
  const amount = <Money micro={amountMicro} />;
  return (
    <Alert color="petrol" icon={<Layers size={18} aria-hidden />} mt="sm">
      <FormattedMessage
        id="products.batch"
        values={{ producer: batch.producer.name, pieces, amount, time: <TimeText timeS={deadlineS} /> }}
      />
      <Group mt="sm" gap="sm">
        <Button size="compact-sm" disabled={actor === undefined} onClick={() => setOpened(true)}>
          <FormattedMessage id="products.batch.join" />
        </Button>
        <Button
          component="a"
          variant="default"
          size="compact-sm"
          href={href(`/paradigms/agreements/${batch.id}`)}
        >
          <FormattedMessage id="products.contract" />
        </Button>
      </Group>
      <ConfirmDialog
        opened={opened}
        onClose={() => {
          setOpened(false);
          join.reset();
        }}
        title={<FormattedMessage id="products.batch.title" values={{ pieces, title }} />}
        confirmLabel={intl.formatMessage({ id: 'products.batch.confirm' })}
        onConfirm={() => void join.run().then((done) => done.ok && setOpened(false))}
        busy={join.busy}
        fault={join.fault}
      >
        <Text>
          <FormattedMessage
            id="products.batch.text"
            values={{ amount, time: <TimeText timeS={deadlineS} /> }}
          />
        </Text>
      </ConfirmDialog>
    </Alert>
  );
}

function RunWords({ run }: { run: NonNullable<GraphNode['run']> }) {
  const { from, to, copies, orders } = run;
  return <FormattedMessage id="products.run" values={{ from, to, copies, orders }} />;
}

function ContractRow({ node }: { node: GraphNode }) {
  const target = node.link === 'order' ? `/orders/${node.id}` : `/paradigms/agreements/${node.id}`;
  return (
    <li>
      <span className={styles['times']}>{node.quantity} ×</span>
      {node.producer === undefined ? <span /> : <PartyChip party={node.producer} size={22} />}
      <a href={href(target)}>{node.stateLabel}</a>
      <span className={styles['dim']}>
        {node.yourTurn ? (
          <span className={styles['turn']}>
            <Hand size={13} aria-hidden />
            <FormattedMessage id="products.yourTurn" />
          </span>
        ) : node.deadlineS === undefined ? null : (
          <FormattedMessage id="products.until" values={{ time: <TimeText timeS={node.deadlineS} /> }} />
        )}
        {node.run === undefined ? null : (
          <span className={styles['run']}>
            <RunWords run={node.run} />
          </span>
        )}
      </span>
      <Money micro={node.spentMicro} />
    </li>
  );
}
