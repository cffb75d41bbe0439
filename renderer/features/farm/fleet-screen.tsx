// The owner's view of everything: what waits for a decision, the machines, and the queue.

import { Button, SimpleGrid, Skeleton, Stack, Title } from '@mantine/core';
import { Plus, Printer } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiQuery, useConsole } from '../../bridge/index.ts';
import { EmptyState, FaultNotice, PageHeader } from '../../ui/index.ts';
import { boardOf } from './board-state.ts';
import styles from './farm.module.css';
import { MachineTile } from './machine-tile.tsx';
import { OfferCard } from './offer-card.tsx';
import { OwnFiles } from './own-files.tsx';
import { QueueSection } from './queue-section.tsx';

/** How often tiles of printing machines are brought up to date; a machine's own page is live. */
const TILES_MS = 1_500;

export function FleetScreen() {
  const machines = useApiQuery(
    ['machines', 'list'],
    ({ signal }) => api.machines.list(undefined, { signal }),
    { refetchIntervalMs: TILES_MS },
  );
  const mine = machines.data?.filter((machine) => machine.mine);
  return (
    <Stack gap="xl" className={styles['screen'] ?? ''}>
      <PageHeader
        title={<FormattedMessage id="app.page.farm" />}
        subtitle={<FormattedMessage id="farm.subtitle" />}
        actions={
          <Button component="a" href={href('/farm/add')} leftSection={<Plus size={16} aria-hidden />}>
            <FormattedMessage id="farm.add" />
          </Button>
        }
      />
      {machines.fault === undefined || mine !== undefined ? null : (
        <FaultNotice fault={machines.fault} onRetry={machines.refetch} />
      )}
      {mine === undefined ? (
        machines.fault === undefined ? (
          <FleetSkeleton />
        ) : null
      ) : mine.length === 0 ? (
        <EmptyState
          icon={<Printer size={26} />}
          title={<FormattedMessage id="farm.empty.title" />}
          text={<FormattedMessage id="farm.empty.text" />}
          action={
            <Button component="a" href={href('/farm/add')}>
              <FormattedMessage id="farm.add" />
            </Button>
          }
        />
      ) : (
        <Fleet machines={mine} />
      )}
    </Stack>
  );
}

function FleetSkeleton() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} aria-busy="true">
      {['a', 'b', 'c'].map((tile) => (
        <Skeleton key={tile} height={210} radius="lg" />
      ))}
    </SimpleGrid>
  );
}

function Fleet({ machines }: { machines: MachineView[] }) {
  const actor = useActor();
  const locale = useConsole((state) => state.settings.locale);
  const owner = machines[0]?.owner.address ?? actor?.address;
  const orders = useApiQuery(
    ['orders', 'list', owner, locale],
    ({ signal }) => api.orders.list({ actor: owner ?? '', locale }, { signal }),
    { enabled: owner !== undefined },
  );
  const jobs = useApiQuery(['jobs', 'list'], ({ signal }) => api.jobs.list({}, { signal }), {
    refetchIntervalMs: TILES_MS,
  });
  // What waits for the owner stands above the machines: they do not move down under the pointer when it comes.
  if ((owner !== undefined && orders.isPending) || jobs.isPending) return <FleetSkeleton />;
  const ids = new Set(machines.map(({ id }) => id));
  const board = boardOf(
    (orders.data ?? []).filter(({ machineId }) => ids.has(machineId)),
    (jobs.data ?? []).filter(({ machineId }) => ids.has(machineId)),
  );
  const offers = board.inbox.flatMap((card) => (card.kind === 'order' ? [card.order] : []));
  return (
    <>
      {offers.length === 0 || owner === undefined ? null : (
        <section aria-labelledby="inbox">
          <Title order={2} id="inbox" mb="sm">
            <FormattedMessage id="farm.inbox" values={{ count: offers.length }} />
          </Title>
          <div className={styles['offers']}>
            {offers.map((order) => (
              <OfferCard key={order.id} order={order} owner={owner} />
            ))}
          </div>
        </section>
      )}
      <section aria-labelledby="wall">
        <Title order={2} id="wall" mb="sm">
          <FormattedMessage id="farm.machines" values={{ count: machines.length }} />
        </Title>
        <ul className={styles['wall']}>
          {machines.map((machine) => (
            <li key={machine.id}>
              <MachineTile machine={machine} job={jobs.data?.find(({ id }) => id === machine.jobId)} />
            </li>
          ))}
        </ul>
      </section>
      {owner === undefined || jobs.data === undefined ? null : (
        <OwnFiles owner={owner} machines={machines} jobs={jobs.data} />
      )}
      <section aria-labelledby="queue">
        {orders.fault === undefined ? null : <FaultNotice fault={orders.fault} onRetry={orders.refetch} />}
        {orders.data === undefined || jobs.data === undefined ? (
          <Skeleton height={180} radius="lg" />
        ) : (
          <QueueSection board={board} machines={machines} jobs={jobs.data} />
        )}
      </section>
    </>
  );
}
