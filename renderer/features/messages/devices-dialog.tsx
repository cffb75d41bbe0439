// The devices of one's own account, and how to remove one.

import { Modal, Stack, Text } from '@mantine/core';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { Devices } from './safety-dialog.tsx';

type Props = { readonly actor: string; readonly opened: boolean; readonly onClose: () => void };

export function DevicesDialog({ actor, opened, onClose }: Props) {
  const intl = useIntl();
  const devices = useApiQuery(
    ['messages', 'devices', actor],
    ({ signal }) => api.messages.devices({ actor }, { signal }),
    { enabled: opened },
  );
  const remove = useApiCommand((terminal: string) => api.messages.removeDevice({ actor, terminal }));
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="messages.devices.own" />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="md">
        <Text size="sm">
          <FormattedMessage id="messages.devices.help" />
        </Text>
        {devices.fault === undefined ? null : <FaultNotice fault={devices.fault} onRetry={devices.refetch} />}
        <Devices devices={devices.data ?? []} onRemove={(terminal) => void remove.run(terminal)} />
        {remove.fault === undefined ? null : <FaultNotice fault={remove.fault} />}
      </Stack>
    </Modal>
  );
}
