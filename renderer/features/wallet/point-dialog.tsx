// What a name stands for: the account itself, or one of its machines, which others then find by the name.

import { Select, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { NameView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog } from '../../ui/index.ts';

type Props = {
  readonly actor: string;
  readonly one: NameView;
  readonly opened: boolean;
  readonly onClose: () => void;
};

export function useOwnMachines(actor: string) {
  const machines = useApiQuery(['machines', 'list'], ({ signal }) =>
    api.machines.list(undefined, { signal }),
  );
  return (machines.data ?? []).filter(({ owner }) => owner.address === actor);
}

export function PointDialog({ actor, one, opened, onClose }: Props) {
  const intl = useIntl();
  const machines = useOwnMachines(actor);
  const [to, setTo] = useState(one.account ?? actor);
  const point = useApiCommand(() => api.names.point({ actor, name: one.name, to }));
  const { reset } = point;
  useEffect(() => {
    if (opened) return;
    setTo(one.account ?? actor);
    reset();
  }, [opened, reset, one.account, actor]);
  const submit = async (): Promise<void> => {
    if (to === one.account) return onClose();
    const result = await point.run();
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'wallet.names.pointed' }, { name: one.name }));
    onClose();
  };
  const options = [
    { value: actor, label: intl.formatMessage({ id: 'wallet.names.point.self' }) },
    ...machines.map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="wallet.names.point.title" values={{ name: one.name }} />}
      confirmLabel={intl.formatMessage({ id: 'wallet.names.point.hold' })}
      onConfirm={() => void submit()}
      busy={point.busy}
      fault={point.fault}
    >
      <Stack gap="md">
        <Text size="sm">
          <FormattedMessage id="wallet.names.point.text" />
        </Text>
        <Select
          label={<FormattedMessage id="wallet.names.point.to" />}
          data={options}
          value={to}
          onChange={(value) => setTo(value ?? actor)}
          allowDeselect={false}
          data-autofocus
        />
      </Stack>
    </ConfirmDialog>
  );
}
