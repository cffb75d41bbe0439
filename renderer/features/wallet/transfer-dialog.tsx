// Giving a name away: to whom, then a held button. For two days it can be taken back.

import { Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { ConfirmDialog } from '../../ui/index.ts';

type Props = {
  readonly actor: string;
  readonly name: string;
  readonly days: number;
  readonly opened: boolean;
  readonly onClose: () => void;
};

export function TransferDialog({ actor, name, days, opened, onClose }: Props) {
  const intl = useIntl();
  const [to, setTo] = useState('');
  const transfer = useApiCommand(() => api.names.transfer({ actor, name, to: to.trim() }));
  const { reset } = transfer;
  useEffect(() => {
    if (opened) return;
    setTo('');
    reset();
  }, [opened, reset]);
  const confirm = async (): Promise<void> => {
    if (to.trim() === '') return;
    const result = await transfer.run();
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'wallet.names.given' }, { name, days }));
    onClose();
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="wallet.names.transfer.title" values={{ name }} />}
      confirmLabel={intl.formatMessage({ id: 'wallet.names.transfer.hold' })}
      onConfirm={() => void confirm()}
      busy={transfer.busy}
      fault={transfer.fault}
      danger
    >
      <Stack gap="md">
        <Text size="sm">
          <FormattedMessage id="wallet.names.transfer.text" values={{ days }} />
        </Text>
        <TextInput
          label={<FormattedMessage id="wallet.names.transfer.to" />}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
      </Stack>
    </ConfirmDialog>
  );
}
