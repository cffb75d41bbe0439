// Over which addresses calls may go, and which servers help them to find a way. None are set by default, and the dialog says
// what works without them.

import { ActionIcon, Button, Group, PasswordInput, Radio, Stack, Text, TextInput } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { CallSettings, IceServer } from '../../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../../bridge/index.ts';
import { FaultNotice, FormDialog } from '../../../ui/index.ts';
import styles from './calls.module.css';

type Props = { readonly opened: boolean; readonly onClose: () => void };
const SERVERS_MAX = 8;

export function CallSettingsDialog({ opened, onClose }: Props) {
  const settings = useApiQuery(
    ['calls', 'settings'],
    ({ signal }) => api.calls.settings(undefined, { signal }),
    {
      enabled: opened,
    },
  );
  if (!opened || settings.data === undefined) return null;
  return <SettingsForm settings={settings.data} onClose={onClose} />;
}

/** Rows have a number of their own, so that taking one away leaves the others' fields alone. */
type Row = IceServer & { readonly row: number };

function SettingsForm({ settings, onClose }: { settings: CallSettings; onClose: () => void }) {
  const intl = useIntl();
  const [addresses, setAddresses] = useState(settings.addresses);
  const [rows, setRows] = useState<readonly Row[]>(settings.servers.map((one, row) => ({ ...one, row })));
  const [next, setNext] = useState(rows.length);
  const [isChecked, setChecked] = useState(false);
  const save = useApiCommand((input: CallSettings) => api.calls.saveSettings(input));
  const servers = rows.map(({ row: _row, ...server }) => ({ ...server, url: server.url.trim() }));
  const submit = async (): Promise<void> => {
    setChecked(true);
    if (!servers.every(isServer)) return;
    const result = await save.run({ addresses, servers });
    if (result.ok) onClose();
  };
  const hasRelay = servers.some(({ url }) => url.startsWith('turn'));
  const state = hasRelay ? 'relay' : servers.length > 0 ? 'mirror' : 'none';
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={<FormattedMessage id="messages.call.settings" />}
      onSubmit={() => void submit()}
    >
      <Radio.Group
        label={intl.formatMessage({ id: 'messages.call.addresses' })}
        value={addresses}
        onChange={(value) => setAddresses(value === 'relay' ? 'relay' : 'all')}
      >
        <Stack gap="xs" mt="xs">
          {(['all', 'relay'] as const).map((value) => (
            <Radio
              key={value}
              value={value}
              label={intl.formatMessage({ id: `messages.call.addresses.${value}` })}
              description={intl.formatMessage({ id: `messages.call.addresses.${value}.help` })}
            />
          ))}
        </Stack>
      </Radio.Group>
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          <FormattedMessage id="messages.call.servers" />
        </Text>
        <Text size="sm" c="dimmed" role="status">
          <FormattedMessage id={`messages.call.servers.${state}`} />
        </Text>
        {rows.map((server) => (
          <ServerRow
            key={server.row}
            server={server}
            isChecked={isChecked}
            onChange={(change) =>
              setRows(rows.map((one) => (one.row === server.row ? { ...one, ...change } : one)))
            }
            onRemove={() => setRows(rows.filter(({ row }) => row !== server.row))}
          />
        ))}
        {rows.length >= SERVERS_MAX ? null : (
          <Group>
            <Button
              variant="default"
              size="xs"
              leftSection={<Plus size={14} aria-hidden />}
              onClick={() => {
                setRows([...rows, { url: '', username: '', credential: '', row: next }]);
                setNext(next + 1);
              }}
            >
              <FormattedMessage id="messages.call.servers.add" />
            </Button>
          </Group>
        )}
      </Stack>
      {save.fault === undefined ? null : <FaultNotice fault={save.fault} />}
    </FormDialog>
  );
}

const isUrl = (url: string): boolean =>
  /^(stuns?|turns?):(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/.test(url);
const isServer = ({ url, username, credential }: IceServer): boolean =>
  isUrl(url) && (!url.startsWith('turn') || (username !== '' && credential !== ''));

type ServerRowProps = {
  readonly server: IceServer;
  readonly isChecked: boolean;
  readonly onChange: (change: Partial<IceServer>) => void;
  readonly onRemove: () => void;
};

function ServerRow({ server, isChecked, onChange, onRemove }: ServerRowProps) {
  const intl = useIntl();
  const url = server.url.trim();
  const isRelay = url.startsWith('turn');
  const wrong = (bad: boolean, id: string) => (isChecked && bad ? intl.formatMessage({ id }) : undefined);
  return (
    <div className={styles['server']}>
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <TextInput
          className={styles['serverUrl'] ?? ''}
          label={intl.formatMessage({ id: 'messages.call.server.url' })}
          placeholder="turn:turn.example.org:3478"
          value={server.url}
          onChange={(event) => onChange({ url: event.currentTarget.value })}
          error={wrong(!isUrl(url), 'messages.call.server.url.wrong')}
          maxLength={300}
          spellCheck={false}
          autoComplete="off"
        />
        <ActionIcon
          size={36}
          aria-label={intl.formatMessage({ id: 'messages.call.server.remove' })}
          onClick={onRemove}
        >
          <X size={16} aria-hidden />
        </ActionIcon>
      </Group>
      {isRelay ? (
        <Group gap="xs" grow align="flex-start">
          <TextInput
            label={intl.formatMessage({ id: 'messages.call.server.username' })}
            value={server.username}
            onChange={(event) => onChange({ username: event.currentTarget.value })}
            error={wrong(server.username === '', 'messages.call.server.needed')}
            maxLength={200}
            spellCheck={false}
            autoComplete="off"
          />
          <PasswordInput
            label={intl.formatMessage({ id: 'messages.call.server.credential' })}
            value={server.credential}
            onChange={(event) => onChange({ credential: event.currentTarget.value })}
            error={wrong(server.credential === '', 'messages.call.server.needed')}
            maxLength={500}
            autoComplete="off"
          />
        </Group>
      ) : null}
    </div>
  );
}
