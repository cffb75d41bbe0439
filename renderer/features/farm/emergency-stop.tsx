// The emergency stop: always in sight on a machine's page, one click or Ctrl/Cmd + Shift + full stop, no question asked.
// It goes out whatever state the page thinks the machine is in.

import { Button, Kbd } from '@mantine/core';
import { OctagonX } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, notify, notifyFault, useApiCommand } from '../../bridge/index.ts';
import styles from './farm.module.css';

type KeyPress = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

function isEmergencyKey(event: KeyPress): boolean {
  return event.code === 'Period' && event.shiftKey && !event.altKey && (event.ctrlKey || event.metaKey);
}

export function EmergencyStop({ id, name }: { id: string; name: string }) {
  const intl = useIntl();
  const stop = useApiCommand(() => api.machines.emergencyStop({ id }));
  const { run } = stop;
  const press = useCallback(async (): Promise<void> => {
    const result = await run();
    if (result.ok) notify('warning', intl.formatMessage({ id: 'farm.stop.done' }, { name }));
    else notifyFault('error', result.fault);
  }, [run, intl, name]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!isEmergencyKey(event)) return;
      event.preventDefault();
      void press();
    };
    // Captured, so that no dialog or field can swallow it.
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [press]);
  return (
    <Button
      color="red.9"
      size="md"
      className={styles['stop'] ?? ''}
      leftSection={<OctagonX size={20} aria-hidden />}
      rightSection={
        <Kbd size="xs" className={styles['stopKey'] ?? ''}>
          <FormattedMessage id="farm.stop.key" />
        </Kbd>
      }
      aria-keyshortcuts="Control+Shift+."
      onClick={() => void press()}
    >
      <FormattedMessage id="farm.stop" />
    </Button>
  );
}
