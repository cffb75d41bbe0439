// The agreements of the acting account, and those of others that it could join.

import { Badge, Button, Skeleton, Stack, Table } from '@mantine/core';
import { Handshake } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AgreementCard } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiQuery } from '../../bridge/index.ts';
import { EmptyState, FaultNotice, localeOf, Money, PageHeader, TimeText } from '../../ui/index.ts';
import { EndingChip } from './ending-chip.tsx';
import styles from './paradigms.module.css';
import { Sections } from './sections.tsx';

export function AgreementList() {
  const locale = localeOf(useIntl().locale);
  const actor = useActor()?.address ?? '';
  const agreements = useApiQuery(
    ['orders', 'agreements', actor, locale],
    ({ signal }) => api.agreements.list({ actor, locale }, { signal }),
    { enabled: actor !== '' },
  );
  return (
    <>
      <PageHeader
        title={<FormattedMessage id="paradigms.section.agreements" />}
        subtitle={<FormattedMessage id="paradigms.agreements.subtitle" />}
      />
      <Sections current="agreements" />
      {agreements.fault === undefined ? null : (
        <FaultNotice fault={agreements.fault} onRetry={agreements.refetch} />
      )}
      {agreements.data === undefined ? (
        agreements.fault === undefined ? (
          <Stack gap="xs" aria-busy="true">
            <Skeleton height={44} />
            <Skeleton height={44} />
          </Stack>
        ) : null
      ) : agreements.data.length === 0 ? (
        <EmptyState
          icon={<Handshake size={26} />}
          title={<FormattedMessage id="paradigms.agreements.empty" />}
          text={<FormattedMessage id="paradigms.agreements.empty.text" />}
          action={
            <Button component="a" href={href('/paradigms')}>
              <FormattedMessage id="paradigms.agreements.choose" />
            </Button>
          }
        />
      ) : (
        <Table.ScrollContainer minWidth={620}>
          <Table verticalSpacing="sm" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {(['what', 'state', 'held', 'until', 'turn'] as const).map((column) => (
                  <Table.Th key={column} ta={column === 'held' ? 'right' : 'left'}>
                    <FormattedMessage id={`paradigms.agreements.${column}`} />
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {agreements.data.map((agreement) => (
                <Row key={agreement.id} agreement={agreement} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </>
  );
}

function Row({ agreement }: { agreement: AgreementCard }) {
  const { id, title, about, state, ended, heldMicro, openedS, deadlineS, mine, yourTurn } = agreement;
  return (
    <Table.Tr>
      <Table.Td>
        <a href={href(`/paradigms/agreements/${id}`)}>{title}</a>
        {about === '' ? null : <div className={styles['about']}>{about}</div>}
        <div>
          <small>
            <TimeText timeS={openedS} />
          </small>
        </div>
      </Table.Td>
      <Table.Td>{ended === undefined ? state : <EndingChip kind={ended} label={state} />}</Table.Td>
      <Table.Td ta="right">
        <Money micro={heldMicro} />
      </Table.Td>
      <Table.Td>{deadlineS === undefined ? '–' : <TimeText timeS={deadlineS} relative />}</Table.Td>
      <Table.Td>
        {yourTurn ? (
          <Badge variant="light">
            <FormattedMessage id={mine ? 'paradigms.agreements.yours' : 'paradigms.agreements.join'} />
          </Badge>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
