// Long work: what is being done to what, how far it is, and a way to stop it.

import { Button, Group, Progress, Text } from '@mantine/core';
import { CircleCheck, CircleSlash, X } from 'lucide-react';
import { createContext, useContext, useState } from 'react';
import { type IntlShape, useIntl } from 'react-intl';
import type { TaskView } from '../../node-core/api/index.ts';
import { FaultNotice } from './fault.tsx';
import { shorten } from './format.ts';
import styles from './ui.module.css';

/** How to stop a task; the application provides it, so that this part needs to know nothing. */
export const CancelTaskContext = createContext<(taskId: string) => Promise<void>>(async () => undefined);

/** What has no name of its own here. */
const HASH = /^(0x)?[0-9a-f]{40,64}$/i;

export function TaskProgress({ task, onRetry }: { task: TaskView; onRetry?: (() => void) | undefined }) {
  const intl = useIntl();
  const cancelTask = useContext(CancelTaskContext);
  const [stopping, setStopping] = useState(false);
  if (task.state === 'failed' && task.fault !== undefined) {
    return <FaultNotice fault={task.fault} onRetry={onRetry} />;
  }
  const percent = task.progress === null ? undefined : Math.round(task.progress * 100);
  const kind = intl.formatMessage(
    { id: `ui.task.${task.kind}` },
    { subject: HASH.test(task.subject) ? shorten(task.subject) : task.subject },
  );
  const cancel = (): void => {
    setStopping(true);
    void cancelTask(task.id).finally(() => setStopping(false));
  };
  return (
    <div className={styles['task']}>
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Text size="sm" fw={550} truncate>
          {kind}
        </Text>
        <TaskStateText task={task} percent={percent} />
      </Group>
      {task.state === 'running' ? (
        <Progress
          value={percent ?? 100}
          animated={percent === undefined}
          striped={percent === undefined}
          aria-label={kind}
          transitionDuration={200}
        />
      ) : null}
      {task.state === 'running' ? (
        <Group justify="space-between" gap="sm" mih={24}>
          <Text size="sm" c="dimmed" aria-live="polite">
            {phaseText(intl, task.phase)}
          </Text>
          {task.cancellable ? (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              leftSection={<X size={14} />}
              loading={stopping}
              onClick={cancel}
            >
              {intl.formatMessage({ id: 'ui.task.cancel' })}
            </Button>
          ) : null}
        </Group>
      ) : null}
    </div>
  );
}

function TaskStateText({ task, percent }: { task: TaskView; percent: number | undefined }) {
  const intl = useIntl();
  if (task.state === 'running') {
    if (percent === undefined) return null;
    return (
      <Text size="sm" c="dimmed" className={styles['number'] ?? ''}>
        {intl.formatNumber(percent / 100, { style: 'percent' })}
      </Text>
    );
  }
  const Icon = task.state === 'done' ? CircleCheck : CircleSlash;
  return (
    <Group gap={6} wrap="nowrap" c={task.state === 'done' ? 'var(--dipnet-positive)' : 'dimmed'}>
      <Icon size={16} aria-hidden />
      <Text size="sm">{intl.formatMessage({ id: `ui.task.state.${task.state}` })}</Text>
    </Group>
  );
}

/** The phase in words; one that this console does not know yet is just "working". */
export function phaseText(intl: IntlShape, phase: string): string {
  const id = `ui.phase.${phase}`;
  return intl.formatMessage({ id: id in intl.messages ? id : 'ui.phase.working' });
}
