// How a machine is reached now, in words, and for a printer in the network the form that changes its address or key.

import { Button, Collapse, Group, Stack } from '@mantine/core';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { NetworkFields } from './network-fields.tsx';
import { isCableKind, isNetworkKind, type NetworkKind, networkInput } from './profiles.ts';
import { isBusy } from './state-badge.tsx';

export function ConnectionWords({ machine }: { machine: MachineView }) {
  const { driver, port = '', address = '' } = machine;
  if (driver === 'virtual') return <FormattedMessage id="farm.connection.virtual" />;
  if (isCableKind(driver)) return <FormattedMessage id="farm.connection.serial" values={{ port }} />;
  return <FormattedMessage id={`farm.net.is.${driver}`} values={{ address }} />;
}

export function NetworkConnection({ machine }: { machine: MachineView }) {
  const { driver } = machine;
  return isNetworkKind(driver) ? <ChangeForm machine={machine} driver={driver} /> : null;
}

function ChangeForm({ machine, driver }: { machine: MachineView; driver: NetworkKind }) {
  const intl = useIntl();
  const stored = { address: machine.address ?? '', user: machine.user ?? '', key: '' };
  const [isOpen, setOpen] = useState(false);
  const [draft, setDraft] = useState(stored);
  const save = useApiCommand(() => {
    const { key, ...rest } = networkInput(driver, draft);
    return api.machines.setConnection({ id: machine.id, ...rest, ...(key === '' ? {} : { key }) });
  });
  const submit = async (): Promise<void> => {
    const result = await save.run();
    if (!result.ok) return;
    setOpen(false);
    setDraft({ ...draft, key: '' });
    notify('success', intl.formatMessage({ id: 'farm.net.saved' }));
  };
  return (
    <Stack gap="sm" mt="md">
      <Group>
        <Button
          variant="subtle"
          size="compact-sm"
          aria-expanded={isOpen}
          leftSection={<Pencil size={14} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
        >
          <FormattedMessage id="farm.net.change" />
        </Button>
      </Group>
      <Collapse expanded={isOpen}>
        <Stack gap="sm">
          <NetworkFields driver={driver} draft={draft} problems={[]} onChange={setDraft} keyKept />
          {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
          <Button
            variant="light"
            loading={save.busy}
            disabled={draft.address.trim() === '' || isBusy(machine.state)}
            onClick={() => void submit()}
          >
            <FormattedMessage id="farm.net.save" />
          </Button>
        </Stack>
      </Collapse>
    </Stack>
  );
}
