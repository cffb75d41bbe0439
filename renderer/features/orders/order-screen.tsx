// One order: whose turn it is and what they can do, the timeline with its proofs, where the money is, the licence, the
// evidence.

import { Alert, Anchor, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { CalendarClock, FileDown, Printer } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView } from '../../../node-core/api/index.ts';
import {
  api,
  href,
  notify,
  saveFile,
  useActor,
  useApiCommand,
  useApiQuery,
  useConsole,
  useModelThumbnail,
} from '../../bridge/index.ts';
import {
  BackLink,
  FaultNotice,
  Hash,
  PageHeader,
  PartyChip,
  Thumbnail,
  TimeText,
  TruthBadge,
  usePageDetail,
} from '../../ui/index.ts';
import { OrderActions } from './actions.tsx';
import { EvidenceCheck } from './evidence-check.tsx';
import { LicencePanel } from './licence-panel.tsx';
import { MoneyPanel } from './money-panel.tsx';
import { OrderChatPanel } from './order-chat-panel.tsx';
import styles from './orders.module.css';
import { Breakdown } from './price-panel.tsx';
import { PrintPicture } from './print-picture.tsx';
import { PrintWatch } from './print-watch.tsx';
import { ReleasePanel } from './release-panel.tsx';
import { RunsPanel } from './runs-panel.tsx';
import { Timeline } from './timeline.tsx';
import { Trouble } from './trouble.tsx';
import { TurnBadge } from './turn-badge.tsx';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

export function OrderScreen({ id }: { id: string }) {
  const actor = useActor();
  const locale = useConsole((state) => state.settings.locale);
  const order = useApiQuery(
    ['orders', 'get', id, actor?.address, locale],
    ({ signal }) => api.orders.get({ actor: actor?.address ?? '', id, locale }, { signal }),
    { enabled: actor !== undefined && ADDRESS.test(id), keepPrevious: true },
  );
  return (
    <Stack gap="md" className={styles['screen'] ?? ''}>
      <BackLink to={href('/orders')}>
        <FormattedMessage id="orders.back" />
      </BackLink>
      {order.fault === undefined ? null : <FaultNotice fault={order.fault} onRetry={order.refetch} />}
      {ADDRESS.test(id) ? null : (
        <Alert color="orange">
          <FormattedMessage id="orders.badId" />
        </Alert>
      )}
      {order.data === undefined ? (
        order.fault === undefined && ADDRESS.test(id) ? (
          <OrderSkeleton />
        ) : null
      ) : (
        <OrderDetails order={order.data} />
      )}
    </Stack>
  );
}

function OrderSkeleton() {
  return (
    <div className={styles['order']} aria-busy="true">
      <Stack>
        <Skeleton height={130} radius="lg" />
        <Skeleton height={420} radius="lg" />
      </Stack>
      <Stack>
        <Skeleton height={220} radius="lg" />
        <Skeleton height={160} radius="lg" />
      </Stack>
    </div>
  );
}

function OrderDetails({ order }: { order: OrderView }) {
  const thumbnail = useModelThumbnail(order.modelId);
  usePageDetail(order.title);
  return (
    <>
      <PageHeader
        title={
          <FormattedMessage id="orders.row.title" values={{ title: order.title, quantity: order.quantity }} />
        }
        subtitle={
          <span className={styles['byline']}>
            <FormattedMessage id="orders.paradigm" values={{ name: order.paradigm.name }} />
            <Hash value={order.id} />
            <TruthBadge truth={order.truth} />
          </span>
        }
      />
      <div className={styles['order']}>
        <Stack gap="md">
          <NowPanel order={order} />
          <PrintWatch order={order} />
          <PrintPicture order={order} />
          <section className={styles['panel']} aria-labelledby="timeline">
            <Title order={2} id="timeline" mb="md">
              <FormattedMessage id="orders.timeline" />
            </Title>
            <Timeline order={order} />
          </section>
          <section className={styles['panel']} aria-labelledby="breakdown">
            <Title order={2} id="breakdown" mb="sm">
              <FormattedMessage id="orders.quote" />
            </Title>
            <Breakdown quote={order.quote} valid={false} />
          </section>
        </Stack>
        <Stack gap="md">
          <section className={styles['panel']} aria-labelledby="parties">
            <Title order={2} id="parties" mb="sm">
              <FormattedMessage id="orders.parties" />
            </Title>
            <div className={styles['orderPicture']}>
              <Thumbnail blob={thumbnail.data} pending={thumbnail.isPending} alt={order.title} />
            </div>
            <Parties order={order} />
          </section>
          <div data-screen-only>
            <OrderChatPanel id={order.id} />
          </div>
          <MoneyPanel order={order} />
          <LicencePanel order={order} />
          <RunsPanel order={order} />
          <ReleasePanel order={order} />
          <div data-screen-only>
            <EvidencePanel order={order} />
          </div>
        </Stack>
      </div>
      <div data-screen-only>
        <EvidenceCheck />
      </div>
    </>
  );
}

/** Whose turn it is, until when, what happens otherwise, and the buttons for it. */
function NowPanel({ order }: { order: OrderView }) {
  return (
    <section
      className={styles['now']}
      data-turn={order.yourTurn}
      data-final={order.final}
      aria-labelledby="now"
    >
      <Group gap="sm" mb={6}>
        <Title order={2} id="now">
          {order.stateLabel}
        </Title>
        {order.yourTurn ? <TurnBadge /> : null}
      </Group>
      {order.deadlineS === undefined || order.final ? null : (
        <p className={styles['iconText']}>
          <CalendarClock size={16} aria-hidden />
          <span>
            <FormattedMessage
              id="orders.deadline"
              values={{
                time: <TimeText timeS={order.deadlineS} />,
                relative: <TimeText timeS={order.deadlineS} relative />,
              }}
            />
          </span>
        </p>
      )}
      {order.ifNobodyActs === undefined || order.final ? null : (
        <Text size="sm" c="dimmed" mb="sm">
          <FormattedMessage id="orders.ifNobodyActs" values={{ what: order.ifNobodyActs }} />
        </Text>
      )}
      <Trouble order={order} />
      <div data-screen-only>
        <OrderActions order={order} />
      </div>
    </section>
  );
}

function Parties({ order }: { order: OrderView }) {
  const rows = [
    { role: 'buyer', party: order.buyer },
    { role: 'owner', party: order.owner },
    { role: 'designer', party: order.designer },
  ] as const;
  return (
    <dl className={styles['parties']}>
      {rows.map(({ role, party }) => (
        <div key={role}>
          <dt>
            <FormattedMessage id={`app.role.${role}`} />
          </dt>
          <dd>
            <PartyChip party={party} />
          </dd>
        </div>
      ))}
      <div>
        <dt>
          <FormattedMessage id="orders.machine" />
        </dt>
        <dd className={styles['iconText']}>
          <Printer size={16} aria-hidden />
          <Anchor href={href(`/farm/${order.machineId}`)}>{order.machineName}</Anchor>
        </dd>
      </div>
    </dl>
  );
}

function EvidencePanel({ order }: { order: OrderView }) {
  const intl = useIntl();
  const exported = useApiCommand(async (id: string) => {
    const { file, fileName } = await api.orders.exportEvidence({ id });
    return { fileName, saved: await saveFile(file, fileName) };
  });
  const save = async (): Promise<void> => {
    const result = await exported.run(order.id);
    // In the desktop shell a person may change their mind about where.
    if (!result.ok || !result.value.saved) return;
    notify(
      'success',
      intl.formatMessage({ id: 'orders.evidence.saved' }, { fileName: result.value.fileName }),
    );
  };
  return (
    <section className={styles['panel']} aria-labelledby="evidence">
      <Title order={2} id="evidence" mb={4}>
        <FormattedMessage id="orders.evidence" />
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        <FormattedMessage id={order.final ? 'orders.evidence.final' : 'orders.evidence.soFar'} />
      </Text>
      {exported.fault === undefined ? null : <FaultNotice fault={exported.fault} compact />}
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<FileDown size={16} aria-hidden />}
          loading={exported.busy}
          onClick={() => void save()}
        >
          <FormattedMessage id="orders.evidence.export" />
        </Button>
        <Button
          variant="subtle"
          leftSection={<Printer size={16} aria-hidden />}
          onClick={() => window.print()}
        >
          <FormattedMessage id="orders.receipt" />
        </Button>
      </Group>
    </section>
  );
}
