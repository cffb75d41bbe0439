// All orders of the acting account. What waits for this person comes first, with the date it must be done by.

import { Button, Group, SegmentedControl, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { CalendarClock, ChevronRight, PackageSearch, Search, Store } from 'lucide-react';
import { useMemo, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderCard } from '../../../node-core/api/index.ts';
import {
  api,
  href,
  navigate,
  useActor,
  useApiQuery,
  useConsole,
  useModelThumbnail,
} from '../../bridge/index.ts';
import {
  EmptyState,
  FaultNotice,
  Money,
  PageHeader,
  PartyChip,
  Thumbnail,
  TimeText,
  TruthBadge,
} from '../../ui/index.ts';
import { EvidenceCheck } from './evidence-check.tsx';
import { matchesFilter, ORDER_FILTERS, type OrderFilter, searchOrders, sortOrders } from './list-state.ts';
import styles from './orders.module.css';
import { TurnBadge } from './turn-badge.tsx';

export function OrderListScreen() {
  const actor = useActor();
  const locale = useConsole((state) => state.settings.locale);
  const orders = useApiQuery(
    ['orders', 'list', actor?.address, locale],
    ({ signal }) => api.orders.list({ actor: actor?.address ?? '', locale }, { signal }),
    { enabled: actor !== undefined, keepPrevious: true },
  );
  return (
    <Stack gap="lg" className={styles['screen'] ?? ''}>
      <PageHeader
        title={<FormattedMessage id="app.page.orders" />}
        subtitle={<FormattedMessage id={`orders.subtitle.${actor?.role ?? 'buyer'}`} />}
        actions={
          actor?.role === 'buyer' ? (
            <Button component="a" href={href('/market')} leftSection={<Store size={16} aria-hidden />}>
              <FormattedMessage id="orders.find" />
            </Button>
          ) : undefined
        }
      />
      {orders.fault === undefined ? null : <FaultNotice fault={orders.fault} onRetry={orders.refetch} />}
      {orders.data === undefined ? (
        <ListSkeleton />
      ) : (
        <OrderList orders={orders.data} role={actor?.role ?? 'buyer'} />
      )}
      <EvidenceCheck />
    </Stack>
  );
}

function ListSkeleton() {
  return (
    <Stack gap="sm" aria-busy="true">
      {['a', 'b', 'c'].map((row) => (
        <Skeleton key={row} height={96} radius="lg" />
      ))}
    </Stack>
  );
}

function OrderList({ orders, role }: { orders: OrderCard[]; role: string }) {
  const intl = useIntl();
  const [filter, setFilter] = useState<OrderFilter>('all');
  const [search, setSearch] = useState('');
  const shown = useMemo(
    () => sortOrders(searchOrders(orders, search)).filter((card) => matchesFilter(card, filter)),
    [orders, search, filter],
  );
  if (orders.length === 0) {
    return (
      <EmptyState
        icon={<PackageSearch size={26} />}
        title={<FormattedMessage id="orders.empty.title" />}
        text={<FormattedMessage id={`orders.empty.${role}`} />}
        action={
          role === 'buyer' ? (
            <Button onClick={() => navigate('/market')}>
              <FormattedMessage id="orders.find" />
            </Button>
          ) : undefined
        }
      />
    );
  }
  const countOf = (one: OrderFilter): number => orders.filter((card) => matchesFilter(card, one)).length;
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          aria-label={intl.formatMessage({ id: 'orders.filter' })}
          value={filter}
          onChange={(value) => setFilter(ORDER_FILTERS.find((one) => one === value) ?? 'all')}
          data={ORDER_FILTERS.map((one) => ({
            value: one,
            label: intl.formatMessage({ id: `orders.filter.${one}` }, { count: countOf(one) }),
          }))}
        />
        <TextInput
          aria-label={intl.formatMessage({ id: 'orders.search' })}
          placeholder={intl.formatMessage({ id: 'orders.search' })}
          leftSection={<Search size={15} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </Group>
      {shown.length === 0 ? (
        <Text c="dimmed" py="lg" ta="center" role="status">
          <FormattedMessage id="orders.none" />
        </Text>
      ) : (
        <ul className={styles['list']}>
          {shown.map((card) => (
            <li key={card.id}>
              <OrderRow card={card} role={role} />
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

function OrderRow({ card, role }: { card: OrderCard; role: string }) {
  const thumbnail = useModelThumbnail(card.modelId);
  const other = role === 'buyer' ? card.owner : card.buyer;
  return (
    <a className={styles['row']} href={href(`/orders/${card.id}`)} data-turn={card.yourTurn}>
      <span className={styles['rowPicture']}>
        <Thumbnail blob={thumbnail.data} pending={thumbnail.isPending} alt="" />
      </span>
      <span className={styles['rowMain']}>
        <span className={styles['rowTitle']}>
          <FormattedMessage id="orders.row.title" values={{ title: card.title, quantity: card.quantity }} />
        </span>
        <span className={styles['rowState']}>
          {card.yourTurn ? <TurnBadge /> : null}
          <span>{card.stateLabel}</span>
          <TruthBadge truth={card.truth} />
        </span>
        {card.deadlineS === undefined || card.final ? null : (
          <span className={styles['rowNote']}>
            <CalendarClock size={14} aria-hidden />
            <FormattedMessage
              id="orders.row.deadline"
              values={{ time: <TimeText timeS={card.deadlineS} relative /> }}
            />
          </span>
        )}
      </span>
      <span className={styles['rowParty']}>
        <PartyChip party={other} />
        <span className={styles['rowNote']}>{card.machineName}</span>
      </span>
      <span className={styles['rowMoney']}>
        <Money micro={card.totalMicro} />
        <span className={styles['rowNote']}>
          <TimeText timeS={card.openedS} relative />
        </span>
      </span>
      <ChevronRight size={18} aria-hidden className={styles['chevron']} />
    </a>
  );
}
