// What providers are paid for, day by day: what one's own station earned, what the chosen one proved, and what was signed
// for it today.

import { Badge, ScrollArea, Stack, Table, Text, Title } from '@mantine/core';
import { FormattedDate, FormattedMessage, useIntl } from 'react-intl';
import type { ProvidersView } from '../../../node-core/api/index.ts';
import { Hash, Money } from '../../ui/index.ts';

const STATE_COLOURS = { claimed: 'gray', proven: 'blue', settled: 'green', missed: 'red' } as const;

export function ProviderService({ view }: { view: ProvidersView }) {
  const { receipts, usersToday, days, providers } = view;
  const chosen = providers.find((one) => one.chosen);
  if (usersToday === undefined && chosen === undefined && days.length === 0) return null;
  return (
    <Stack gap="sm" mt="lg">
      <Title order={3}>
        <FormattedMessage id="network.service" />
      </Title>
      <Text size="sm" maw="78ch">
        <FormattedMessage id="network.service.text" />
      </Text>
      {usersToday === undefined ? null : (
        <Text size="sm">
          <FormattedMessage id="network.service.mine" values={{ count: usersToday }} />
        </Text>
      )}
      {chosen === undefined ? null : (
        <Text size="sm">
          <FormattedMessage
            id={receipts.signed === 0 ? 'network.service.unsigned' : 'network.service.signed'}
            values={{ name: chosen.name, signed: receipts.signed, kept: receipts.kept }}
          />
        </Text>
      )}
      {days.length === 0 ? null : <Days view={view} />}
    </Stack>
  );
}

function Days({ view: { days, providers } }: { view: ProvidersView }) {
  const intl = useIntl();
  const nameOf = (account: string) => providers.find((one) => one.account === account)?.name;
  return (
    <ScrollArea
      type="auto"
      viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'network.service' }) }}
    >
      <Table miw={560} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {(['day', 'provider', 'weight', 'state', 'reward'] as const).map((column) => (
              <Table.Th key={column} {...(column === 'weight' || column === 'reward' ? { ta: 'end' } : {})}>
                <FormattedMessage id={`network.service.column.${column}`} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days.map(({ provider, dayS, weight, state, rewardMicro }) => (
            <Table.Tr key={`${provider} ${dayS}`}>
              <Table.Td>
                <FormattedDate value={dayS * 1000} dateStyle="medium" timeZone="UTC" />
              </Table.Td>
              <Table.Td>{nameOf(provider) ?? <Hash value={provider} />}</Table.Td>
              <Table.Td ta="end">{intl.formatNumber(weight)}</Table.Td>
              <Table.Td>
                <Badge variant="light" color={STATE_COLOURS[state]}>
                  <FormattedMessage id={`network.service.state.${state}`} />
                </Badge>
              </Table.Td>
              <Table.Td ta="end">
                {rewardMicro === undefined ? '–' : <Money micro={rewardMicro} token="DIMT" />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
