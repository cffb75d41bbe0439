// Service providers of the messenger: which one carries this console's messages, how quickly the others answer, and how
// to offer a station of one's own.

import { Badge, Button, Group, ScrollArea, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { RadioTower } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ProvidersView, ProviderView } from '../../../node-core/api/index.ts';
import { api, notify, notifyFault, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, EmptyState, FaultNotice, Hash, Money, TimeText } from '../../ui/index.ts';
import styles from './network.module.css';
import { ProviderService } from './provider-service.tsx';

export function ProviderPanel() {
  const actor = useActor();
  return actor === undefined ? null : <Providers key={actor.address} actor={actor.address} />;
}

function Providers({ actor }: { actor: string }) {
  const [offering, setOffering] = useState(false);
  const view = useApiQuery(['network', 'providers', actor], ({ signal }) =>
    api.providers.view({ actor }, { signal }),
  );
  if (view.data === undefined)
    return view.fault === undefined ? null : <FaultNotice fault={view.fault} onRetry={view.refetch} />;
  const { providers, terms, automatic, leavesS } = view.data;
  const mine = providers.find((one) => one.mine);
  return (
    <section className={styles['panel']} aria-labelledby="providers-title">
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <div>
          <Title order={2} id="providers-title">
            <FormattedMessage id="network.providers" />
          </Title>
          <Text mt={6} maw="78ch">
            <FormattedMessage id={automatic ? 'network.providers.automatic' : 'network.providers.text'} />
          </Text>
        </div>
        {leavesS === undefined ? (
          <Button flex="none" variant="default" onClick={() => setOffering(true)}>
            <FormattedMessage
              id={mine === undefined ? 'network.providers.offer' : 'network.providers.edit'}
            />
          </Button>
        ) : (
          <Text size="sm" c="dimmed">
            <FormattedMessage
              id="network.providers.leaving"
              values={{ until: <TimeText timeS={leavesS} /> }}
            />
          </Text>
        )}
      </Group>
      {providers.length === 0 ? (
        <EmptyState
          icon={<RadioTower size={24} />}
          title={<FormattedMessage id="network.providers.none.title" />}
          text={<FormattedMessage id="network.providers.none.text" values={{ count: terms.placesMax }} />}
        />
      ) : (
        <ProviderTable actor={actor} providers={providers} />
      )}
      <ProviderService view={view.data} />
      <OfferDialog
        actor={actor}
        view={view.data}
        mine={mine}
        opened={offering}
        onClose={() => setOffering(false)}
      />
    </section>
  );
}

function ProviderTable({ actor, providers }: { actor: string; providers: readonly ProviderView[] }) {
  const intl = useIntl();
  return (
    <ScrollArea
      type="auto"
      viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'network.providers' }) }}
    >
      <Table miw={680} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {(['name', 'station', 'answers', 'deposit', 'act'] as const).map((column) => (
              <Table.Th key={column} {...(column === 'deposit' || column === 'act' ? { ta: 'end' } : {})}>
                <FormattedMessage id={`network.providers.column.${column}`} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {providers.map((one) => (
            <ProviderRow key={one.account} actor={actor} one={one} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function ProviderRow({ actor, one }: { actor: string; one: ProviderView }) {
  const intl = useIntl();
  const use = useApiCommand(() => api.providers.use({ actor, provider: one.account }));
  const change = async (): Promise<void> => {
    const result = await use.run();
    if (result.ok)
      notify('success', intl.formatMessage({ id: 'network.providers.used' }, { name: one.name }));
    else notifyFault('error', result.fault);
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <Text fw={600} maw="24ch" truncate>
            {one.name}
          </Text>
          {one.mine ? (
            <Badge variant="default">
              <FormattedMessage id="network.providers.mine" />
            </Badge>
          ) : null}
        </Group>
        <Hash value={one.account} />
      </Table.Td>
      <Table.Td>
        {one.stations.map((station) => (
          <Text key={station} size="sm" ff="monospace" maw="30ch" truncate>
            {station}
          </Text>
        ))}
      </Table.Td>
      <Table.Td>
        <Text size="sm" {...(one.answersMs === null ? { c: 'dimmed' } : {})}>
          {one.answersMs === undefined ? (
            '–'
          ) : one.answersMs === null ? (
            <FormattedMessage id="network.providers.silent" />
          ) : (
            <FormattedMessage id="network.providers.ms" values={{ ms: one.answersMs }} />
          )}
        </Text>
      </Table.Td>
      <Table.Td ta="end">
        <Money micro={one.depositMicro} token="DIMT" />
      </Table.Td>
      <Table.Td ta="end">
        {one.inUse ? (
          <Badge variant="light">
            <FormattedMessage id="network.providers.in-use" />
          </Badge>
        ) : (
          <Button
            variant="default"
            size="xs"
            loading={use.busy}
            disabled={one.answersMs === null}
            onClick={() => void change()}
          >
            <FormattedMessage id="network.providers.use" />
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

type OfferProps = {
  readonly actor: string;
  readonly view: ProvidersView;
  readonly mine: ProviderView | undefined;
  readonly opened: boolean;
  readonly onClose: () => void;
};

/** What is locked, what it earns and what can be lost, before anything is. */
function OfferDialog({ actor, view, mine, opened, onClose }: OfferProps) {
  const intl = useIntl();
  const [name, setName] = useState(mine?.name ?? '');
  const [station, setStation] = useState(mine?.stations.join(', ') ?? '');
  const stations = station.split(',').map((text) => text.trim().toLowerCase());
  const register = useApiCommand(() => api.providers.register({ actor, name: name.trim(), stations }));
  const leave = useApiCommand(() => api.providers.leave({ actor }));
  const { terms, balanceMicro } = view;
  const missingMicro = terms.depositMicro - (mine?.depositMicro ?? 0n);
  const confirm = async (): Promise<void> => {
    if (name.trim() === '' || station.trim() === '') return;
    const result = await register.run();
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'network.providers.registered' }));
    onClose();
  };
  const goAway = async (): Promise<void> => {
    const result = await leave.run();
    if (result.ok) onClose();
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="network.providers.offer.title" />}
      confirmLabel={intl.formatMessage({ id: 'network.providers.offer.hold' })}
      onConfirm={() => void confirm()}
      busy={register.busy}
      fault={register.fault ?? leave.fault}
    >
      <Stack gap="md">
        <Text size="sm">
          <FormattedMessage
            id="network.providers.offer.text"
            values={{
              deposit: <Money micro={terms.depositMicro} token="DIMT" />,
              daily: <Money micro={terms.dailyMicro} token="DIMT" />,
              days: terms.leaveDays,
            }}
          />
        </Text>
        <TextInput
          label={<FormattedMessage id="network.providers.offer.name" />}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={60}
          data-autofocus
        />
        <TextInput
          label={<FormattedMessage id="network.providers.offer.stations" />}
          description={<FormattedMessage id="network.providers.offer.stations.text" />}
          value={station}
          onChange={(event) => setStation(event.currentTarget.value)}
          maxLength={600}
          spellCheck={false}
          autoComplete="off"
        />
        {missingMicro > 0n ? (
          <Text
            size="sm"
            {...(missingMicro > balanceMicro ? { c: 'var(--mantine-color-error)' } : { c: 'dimmed' })}
          >
            <FormattedMessage
              id={
                missingMicro > balanceMicro
                  ? 'network.providers.offer.short'
                  : 'network.providers.offer.locks'
              }
              values={{
                amount: <Money micro={missingMicro} token="DIMT" />,
                balance: <Money micro={balanceMicro} token="DIMT" />,
              }}
            />
          </Text>
        ) : null}
        {mine === undefined ? null : (
          <Button variant="subtle" color="red" size="xs" loading={leave.busy} onClick={() => void goAway()}>
            <FormattedMessage id="network.providers.leave" values={{ days: terms.leaveDays }} />
          </Button>
        )}
      </Stack>
    </ConfirmDialog>
  );
}
