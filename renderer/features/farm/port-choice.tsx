// The port that a machine at a cable is plugged into, and the speed at which it talks, looked for where nobody knows it.

import { Autocomplete, Button, Group, Select, Stack, Text } from '@mantine/core';
import { CircleCheck, RefreshCw, Search } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './farm.module.css';
import { BAUD_RATES, type DraftProblem, type MachineDraft } from './profiles.ts';

type PortProps = {
  readonly draft: MachineDraft;
  readonly onChange: (draft: MachineDraft) => void;
  readonly problems: readonly DraftProblem[];
};

export function PortChoice({ draft, onChange, problems }: PortProps) {
  const intl = useIntl();
  const ports = useApiQuery(['machines', 'ports'], ({ signal }) => api.machines.ports(undefined, { signal }));
  return (
    <Stack gap="sm">
      {ports.fault === undefined ? null : <FaultNotice fault={ports.fault} onRetry={ports.refetch} compact />}
      <Group align="flex-end" gap="sm">
        <Autocomplete
          flex={1}
          label={intl.formatMessage({ id: 'farm.add.port' })}
          placeholder={intl.formatMessage({ id: 'farm.add.port.choose' })}
          value={draft.port}
          data={(ports.data ?? []).map(({ path }) => path)}
          renderOption={({ option }) => (
            <FormattedMessage
              id="farm.add.port.label"
              values={{
                path: option.value,
                label: ports.data?.find(({ path }) => path === option.value)?.label ?? '',
              }}
            />
          )}
          spellCheck={false}
          autoComplete="off"
          error={problems.includes('port') ? intl.formatMessage({ id: 'farm.add.problem.port' }) : undefined}
          onChange={(port) => onChange({ ...draft, port })}
        />
        <Button
          variant="default"
          leftSection={<RefreshCw size={15} aria-hidden />}
          loading={ports.isFetching}
          onClick={ports.refetch}
        >
          <FormattedMessage id="farm.add.port.again" />
        </Button>
      </Group>
      {ports.data?.length === 0 && draft.port === '' ? (
        <Text size="sm" c="dimmed" role="status">
          <FormattedMessage id="farm.add.port.none" />
        </Text>
      ) : null}
      <Text size="xs" c="dimmed">
        <FormattedMessage id="farm.add.port.names" />
      </Text>
      <Select
        w={260}
        label={intl.formatMessage({ id: 'farm.add.baud' })}
        description={intl.formatMessage({
          id: draft.driver === 'grbl' ? 'farm.add.baud.note.cutter' : 'farm.add.baud.note',
        })}
        value={String(draft.baudRate)}
        data={BAUD_RATES.map((rate) => ({ value: String(rate), label: intl.formatNumber(rate) }))}
        allowDeselect={false}
        onChange={(value) => onChange({ ...draft, baudRate: Number(value) })}
      />
      {draft.driver === 'serial' ? (
        <FindSpeed
          key={draft.port}
          port={draft.port.trim()}
          onFound={(baudRate) => onChange({ ...draft, baudRate })}
        />
      ) : null}
    </Stack>
  );
}

/** Another port begins with no answer. */
function FindSpeed({ port, onFound }: { port: string; onFound: (baudRate: number) => void }) {
  const find = useApiCommand(() => api.machines.findSpeed({ port }));
  const [found, setFound] = useState<{ readonly baudRate: number; readonly firmware: string } | undefined>();
  const search = async (): Promise<void> => {
    setFound(undefined);
    const result = await find.run();
    if (!result.ok) return;
    setFound(result.value);
    onFound(result.value.baudRate);
  };
  return (
    <Stack gap="sm" aria-live="polite">
      <Group gap="md">
        <Button
          variant="default"
          leftSection={<Search size={15} aria-hidden />}
          loading={find.busy}
          disabled={port === ''}
          onClick={() => void search()}
        >
          <FormattedMessage id="farm.add.speed.find" />
        </Button>
        {find.busy ? (
          <Text size="sm" c="dimmed" flex={1}>
            <FormattedMessage id="farm.add.speed.busy" />
          </Text>
        ) : found === undefined ? null : (
          <p className={styles['testLine']}>
            <CircleCheck size={18} aria-hidden className={styles['good'] ?? ''} />
            <FormattedMessage id="farm.add.speed.found" values={found} />
          </p>
        )}
      </Group>
      {find.fault === undefined ? null : <FaultNotice fault={find.fault} compact />}
    </Stack>
  );
}
