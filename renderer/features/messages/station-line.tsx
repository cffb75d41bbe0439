// Who I am to others, and how the connection to the station stands; another station can be chosen.

import { Button, Group, NumberInput, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Laptop, Phone, RadioTower } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MessengerView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, FormDialog, Hash } from '../../ui/index.ts';
import { CallSettingsDialog } from './calls/index.ts';
import { DevicesDialog } from './devices-dialog.tsx';
import styles from './messages.module.css';

const REFRESH_MS = 5000;
const DEFAULT_PORT = 9394;

export function StationLine({ actor }: { actor: string }) {
  const [choosing, dialog] = useDisclosure(false);
  const [listing, devices] = useDisclosure(false);
  const [calling, calls] = useDisclosure(false);
  const view = useApiQuery(
    ['messages', 'view', actor],
    ({ signal }) => api.messages.view({ actor }, { signal }),
    { refetchIntervalMs: REFRESH_MS },
  );
  if (view.data === undefined) return view.fault === undefined ? null : <FaultNotice fault={view.fault} />;
  const { station, id, searchNumber } = view.data;
  return (
    <>
      <Group gap="lg" className={styles['station'] ?? ''}>
        <Group gap={6}>
          <Text size="sm" c="dimmed">
            <FormattedMessage id="messages.me" />
          </Text>
          <Hash value={id} />
          {searchNumber === undefined ? null : (
            <Text size="sm" c="dimmed">
              <FormattedMessage id="messages.number" values={{ number: searchNumber }} />
            </Text>
          )}
        </Group>
        <Group gap={6} data-state={station.state}>
          <RadioTower size={15} aria-hidden />
          <Text size="sm" role="status">
            <FormattedMessage
              id={`messages.station.${station.state}`}
              values={{ own: station.own ? 'yes' : 'other', host: station.host, port: String(station.port) }}
            />
          </Text>
          <Button variant="subtle" size="compact-sm" onClick={dialog.open}>
            <FormattedMessage id="messages.station.change" />
          </Button>
        </Group>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Laptop size={14} aria-hidden />}
          onClick={devices.open}
        >
          <FormattedMessage id="messages.devices.own" />
        </Button>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Phone size={14} aria-hidden />}
          onClick={calls.open}
        >
          <FormattedMessage id="messages.call.settings" />
        </Button>
      </Group>
      {station.fault === undefined ? null : <FaultNotice fault={station.fault} />}
      <CallSettingsDialog opened={calling} onClose={calls.close} />
      <DevicesDialog actor={actor} opened={listing} onClose={devices.close} />
      <StationDialog
        key={`${station.host}:${station.port}`}
        actor={actor}
        view={view.data}
        opened={choosing}
        onClose={dialog.close}
      />
    </>
  );
}

type DialogProps = {
  readonly actor: string;
  readonly view: MessengerView;
  readonly opened: boolean;
  readonly onClose: () => void;
};

function StationDialog({ actor, view, opened, onClose }: DialogProps) {
  const intl = useIntl();
  const { own, host: usedHost, port: usedPort } = view.station;
  const [host, setHost] = useState(own ? '' : usedHost);
  const [port, setPort] = useState(own ? DEFAULT_PORT : usedPort);
  const choose = useApiCommand((station: { host: string; port: number } | null) =>
    api.messages.chooseStation({ actor, station }),
  );
  const submit = async (): Promise<void> => {
    const result = await choose.run(host.trim() === '' ? null : { host: host.trim(), port });
    if (result.ok) onClose();
  };
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="messages.station.title" />}
      onSubmit={() => void submit()}
    >
      <Text size="sm">
        <FormattedMessage
          id="messages.station.text"
          values={{ own: own ? 'yes' : 'other', host: usedHost, port: String(usedPort) }}
        />
      </Text>
      <TextInput
        label={intl.formatMessage({ id: 'messages.station.host' })}
        description={intl.formatMessage({ id: 'messages.station.host.help' })}
        value={host}
        onChange={(event) => setHost(event.currentTarget.value)}
        maxLength={255}
        spellCheck={false}
        autoComplete="off"
        data-autofocus
      />
      <NumberInput
        label={intl.formatMessage({ id: 'messages.station.port' })}
        value={port}
        onChange={(value) => setPort(Number(value))}
        min={1}
        max={65_535}
        allowDecimal={false}
      />
      {choose.fault === undefined ? null : <FaultNotice fault={choose.fault} />}
    </FormDialog>
  );
}
