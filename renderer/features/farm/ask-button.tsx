// A button that asks a machine something before it is registered, and what it answered.

import { Button, Group, Stack, Text } from '@mantine/core';
import { CircleCheck, Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { FormattedMessage } from 'react-intl';
import { useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './farm.module.css';

export type AskButtonProps<T> = {
  /** Message of the button; `busy`: of what to expect, where it takes a while. */
  readonly label: string;
  readonly busy?: string;
  readonly disabled: boolean;
  readonly ask: () => Promise<T>;
  readonly answer: (value: T) => ReactNode;
  readonly onAnswer?: (value: T) => void;
};

/** Give it a key made of what is asked: another question begins with no answer. */
export function AskButton<T>({ label, busy, disabled, ask, answer, onAnswer }: AskButtonProps<T>) {
  const command = useApiCommand(ask);
  const [answered, setAnswered] = useState<{ readonly value: T } | undefined>();
  const run = async (): Promise<void> => {
    setAnswered(undefined);
    const result = await command.run();
    if (!result.ok) return;
    setAnswered({ value: result.value });
    onAnswer?.(result.value);
  };
  return (
    <Stack gap="sm" aria-live="polite">
      <Group gap="md">
        <Button
          variant="default"
          leftSection={<Search size={15} aria-hidden />}
          loading={command.busy}
          disabled={disabled}
          onClick={() => void run()}
        >
          <FormattedMessage id={label} />
        </Button>
        {command.busy && busy !== undefined ? (
          <Text size="sm" c="dimmed" flex={1}>
            <FormattedMessage id={busy} />
          </Text>
        ) : null}
        {command.busy || answered === undefined ? null : (
          <p className={styles['testLine']}>
            <CircleCheck size={18} aria-hidden className={styles['good'] ?? ''} />
            {answer(answered.value)}
          </p>
        )}
      </Group>
      {command.fault === undefined ? null : <FaultNotice fault={command.fault} compact />}
    </Stack>
  );
}
