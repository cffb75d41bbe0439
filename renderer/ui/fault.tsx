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
    const translation = intl.messages[`fault.${fault.code}.${part}`];
    const text =
      typeof translation === 'string'
        ? fillPlaceholders(translation, inWords(intl, fault.data))
        : fault[part];
    return withDates(text, fault.data, (date) =>
      intl.formatDate(date, { dateStyle: 'medium', timeStyle: 'short' }),
    );
  };
  return { message: translated('message'), next: translated('next') };
}

/** A place in a file as the core names it, in the current language. */
function inWords(intl: IntlShape, data: Fault['data']): Fault['data'] {
  const { where } = data ?? {};
  const line = typeof where === 'string' ? /^line (\d+)$/.exec(where)?.[1] : undefined;
  if (line === undefined) return data;
  return { ...data, where: intl.formatMessage({ id: 'ui.fault.line' }, { line: Number(line) }) };
}

/** Fills `{name}` as the core does; an unknown name stays visible rather than vanish. */
export function fillPlaceholders(text: string, data: Fault['data']): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = data?.[name];
    return value === undefined ? whole : String(value);
  });
}

/** A time in seconds since 1970; shorter numbers under such a name are spans. */
const UNIX_SECONDS = /^\d{9,11}$/;
const UNIT = /\s?[(（]Unix (?:seconds|秒)[)）]/g;

/** The chain tells times in Unix seconds, under names that end in `S`; people get a date. */
export function withDates(text: string, data: Fault['data'], format: (date: Date) => string): string {
  const times = Object.entries(data ?? {})
    .filter(([name]) => name.endsWith('S'))
    .map(([, value]) => String(value))
    .filter((value) => UNIX_SECONDS.test(value));
  if (times.length === 0) return text;
  const dated = times.reduce(
    (worded, time) => worded.replaceAll(time, format(new Date(Number(time) * 1000))),
    text,
  );
  return dated.replace(UNIT, '');
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
        <Text size="xs" c="dimmed" ff="monospace" translate="no">
          {fault.code}
        </Text>
      </Group>
    </Alert>
  );
}
