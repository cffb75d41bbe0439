// A refusal or failure as people should meet it: what happened, what to do next, the code, and a report to copy.

import { Alert, Button, Group, Text } from '@mantine/core';
import { CircleAlert, ClipboardCopy, RotateCcw } from 'lucide-react';
import { type IntlShape, useIntl } from 'react-intl';
import type { TaskView } from '../../node-core/api/index.ts';
import { useCopy } from './party.tsx';

export type Fault = NonNullable<TaskView['fault']>;

/** The fault's two sentences in the current language; a code without a translation keeps its English. */
export function faultText(intl: IntlShape, fault: Fault): { message: string; next: string } {
  const translated = (part: 'message' | 'next'): string => {
    const text = intl.messages[`fault.${fault.code}.${part}`];
    return typeof text === 'string' ? fillPlaceholders(text, fault.data) : fault[part];
  };
  return { message: translated('message'), next: translated('next') };
}

/** Fills `{name}` as the core does; an unknown name stays visible rather than vanish. */
export function fillPlaceholders(text: string, data: Fault['data']): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = data?.[name];
    return value === undefined ? whole : String(value);
  });
}

/** Plain text for a bug report. Faults carry no secrets. */
export function faultReport(fault: Fault): string {
  const data = Object.entries(fault.data ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [fault.code, fault.message, fault.next, ...data].join('\n');
}

export function FaultNotice(props: { fault: Fault; onRetry?: (() => void) | undefined; compact?: boolean }) {
  const intl = useIntl();
  const { copied, copy } = useCopy();
  const { fault, onRetry, compact = false } = props;
  const { message, next } = faultText(intl, fault);
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      radius="md"
      icon={<CircleAlert size={18} aria-hidden />}
      title={message}
      p={compact ? 'xs' : 'md'}
    >
      <Text size="sm">{next}</Text>
      <Group gap="xs" mt={compact ? 4 : 'xs'} wrap="wrap">
        {onRetry === undefined ? null : (
          <Button
            size="compact-sm"
            color="red"
            variant="light"
            leftSection={<RotateCcw size={14} />}
            onClick={onRetry}
          >
            {intl.formatMessage({ id: 'ui.retry' })}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<ClipboardCopy size={14} />}
          onClick={() => copy(faultReport(fault))}
        >
          {intl.formatMessage({ id: copied ? 'ui.copied' : 'ui.fault.copyReport' })}
        </Button>
        <Text size="xs" c="dimmed" ff="monospace">
          {fault.code}
        </Text>
      </Group>
    </Alert>
  );
}
