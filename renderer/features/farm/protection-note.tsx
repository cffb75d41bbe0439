// What streaming a protected file to a printer gives, and what it cannot: in plain words, beside the button that starts it.

import { Text } from '@mantine/core';
import { Lock } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import styles from './farm.module.css';

export function ProtectionNote({ machine }: { machine: MachineView }) {
  return (
    <details className={styles['note']}>
      <summary>
        <Lock size={14} aria-hidden /> <FormattedMessage id="farm.protected" />
      </summary>
      <Text size="sm" mt={4}>
        <FormattedMessage id={machine.secureStreaming ? 'farm.protected.does' : 'farm.protected.whole'} />
      </Text>
      <Text size="sm" mt={4}>
        <FormattedMessage id="farm.protected.doesnot" />
      </Text>
    </details>
  );
}
