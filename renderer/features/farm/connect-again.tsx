// The way back to a machine that is not connected, just below its name and its emergency stop: where its owner looks.

import { Button, Text } from '@mantine/core';
import { Plug } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './farm.module.css';

export function ConnectAgain({ machine }: { machine: MachineView }) {
  const { id, state } = machine;
  const connect = useApiCommand(() => api.machines.connect({ id }));
  const isAway = state === 'offline' || state === 'connecting';
  if (!isAway && state !== 'fault') return null;
  return (
    <section className={styles['again']} aria-labelledby="again">
      <Text id="again" size="sm" flex="1 1 32ch">
        <FormattedMessage id={`farm.again.${isAway ? 'offline' : 'fault'}`} />
      </Text>
      <Button
        leftSection={<Plug size={16} aria-hidden />}
        loading={connect.busy || state === 'connecting'}
        onClick={() => void connect.run()}
      >
        <FormattedMessage id="farm.connect" />
      </Button>
      {connect.fault === undefined ? null : <FaultNotice fault={connect.fault} compact />}
    </section>
  );
}
