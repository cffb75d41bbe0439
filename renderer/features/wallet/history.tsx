// Money in and out, newest first, each line with how far it is proven and the order it belongs to.

import { Anchor, ScrollArea, Skeleton, Stack, Table, Text } from '@mantine/core';
import {
  Archive,
  ArchiveRestore,
  ArrowDownLeft,
  ArrowUpRight,
  AtSign,
  HandCoins,
  Landmark,
  LockKeyhole,
  type LucideIcon,
  Receipt,
  ScrollText,
  Sparkles,
  Undo2,
} from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { WalletEntry } from '../../../node-core/api/index.ts';
import { api, href, useApiQuery } from '../../bridge/index.ts';
import { EmptyState, FaultNotice, Money, PartyChip, TimeText, TruthBadge } from '../../ui/index.ts';
import styles from './wallet.module.css';

const ICONS: Readonly<Record<WalletEntry['kind'], LucideIcon>> = {
  received: ArrowDownLeft,
  sent: ArrowUpRight,
  escrow: LockKeyhole,
  refund: Undo2,
  earning: Sparkles,
  author: ScrollText,
  fee: Receipt,
  name: AtSign,
  review: Landmark,
  'review-back': Landmark,
  deposit: Archive,
  'deposit-back': ArchiveRestore,
  faucet: HandCoins,
};

export function History({ address }: { address: string }) {
  const intl = useIntl();
  const history = useApiQuery(['accounts', 'history', address], ({ signal }) =>
    api.wallet.history({ address }, { signal }),
  );
  if (history.fault !== undefined && history.data === undefined)
    return <FaultNotice fault={history.fault} onRetry={history.refetch} />;
  if (history.data === undefined) {
    return (
      <Stack gap="xs" aria-busy="true">
        {['a', 'b', 'c', 'd'].map((row) => (
          <Skeleton key={row} height={44} />
        ))}
      </Stack>
    );
  }
  if (history.data.length === 0) {
    return (
      <EmptyState
        icon={<ScrollText size={24} />}
        title={<FormattedMessage id="wallet.history.none.title" />}
        text={<FormattedMessage id="wallet.history.none.text" />}
      />
    );
  }
  return (
    <ScrollArea
      type="auto"
      viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'wallet.history' }) }}
    >
      <Table miw={680} verticalSpacing="xs" className={styles['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <FormattedMessage id="wallet.column.kind" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="wallet.column.party" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="wallet.column.time" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="wallet.column.truth" />
            </Table.Th>
            <Table.Th ta="end">
              <FormattedMessage id="wallet.column.amount" />
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {history.data.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

/** Deposits are put down for contracts, as a reviewer and as a provider; only of the first is it known which. */
const kindMessage = ({ kind, orderId }: WalletEntry): string =>
  kind === 'deposit' && orderId === undefined ? 'wallet.kind.deposit.other' : `wallet.kind.${kind}`;

function EntryRow({ entry }: { entry: WalletEntry }) {
  const Icon = ICONS[entry.kind];
  return (
    <Table.Tr>
      <Table.Td>
        <span className={styles['kind']}>
          <span className={styles['kindIcon']} data-kind={entry.kind}>
            <Icon size={16} aria-hidden />
          </span>
          <span>
            <FormattedMessage id={kindMessage(entry)} />
            {entry.orderId === undefined ? null : (
              <Anchor
                href={href(
                  // Of a contract without a model, the page of agreements tells more.
                  entry.orderTitle === undefined
                    ? `/paradigms/agreements/${entry.orderId}`
                    : `/orders/${entry.orderId}`,
                )}
                size="sm"
                display="block"
              >
                {entry.orderTitle ?? <FormattedMessage id="wallet.order" />}
              </Anchor>
            )}
          </span>
        </span>
      </Table.Td>
      <Table.Td>
        {entry.counterparty === undefined ? null : <PartyChip party={entry.counterparty} size={24} />}
      </Table.Td>
      <Table.Td>
        {entry.anchor.timeS === undefined ? (
          <Text c="dimmed">–</Text>
        ) : (
          <TimeText timeS={entry.anchor.timeS} relative />
        )}
      </Table.Td>
      <Table.Td>
        <TruthBadge truth={entry.anchor.truth} height={entry.anchor.height} />
      </Table.Td>
      <Table.Td ta="end" fw={600}>
        <Money micro={entry.amountMicro} token={entry.token} signed />
      </Table.Td>
    </Table.Tr>
  );
}
