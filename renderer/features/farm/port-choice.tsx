// The port that a machine at a cable is plugged into, and the speed at which it talks, looked for where nobody knows it.

import { Autocomplete, Button, Group, Select, Stack, Text } from '@mantine/core';
import { RefreshCw } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { AskButton } from './ask-button.tsx';
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
          flex="1 1 200px"
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
        maw={260}
        label={intl.formatMessage({ id: 'farm.add.baud' })}
        description={intl.formatMessage({
          id: draft.driver === 'grbl' ? 'farm.add.baud.note.cutter' : 'farm.add.baud.note',
        })}
        value={String(draft.baudRate)}
        data={BAUD_RATES[draft.driver === 'grbl' ? 'grbl' : 'serial'].map((rate) => ({
          value: String(rate),
          label: intl.formatNumber(rate),
        }))}
        allowDeselect={false}
        onChange={(value) => onChange({ ...draft, baudRate: Number(value) })}
      />
      <AskButton
        key={`${draft.driver} ${draft.port}`}
        label="farm.add.speed.find"
        busy="farm.add.speed.busy"
        disabled={draft.port.trim() === ''}
        ask={() =>
          api.machines.findSpeed({
            port: draft.port.trim(),
            driver: draft.driver === 'grbl' ? 'grbl' : 'serial',
          })
        }
        answer={(found) => <FormattedMessage id="farm.add.speed.found" values={found} />}
        onAnswer={({ baudRate }) => onChange({ ...draft, baudRate })}
      />
    </Stack>
  );
}
