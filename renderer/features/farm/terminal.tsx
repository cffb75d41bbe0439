// The machine's own words: what was sent and what it answered, a search, and single commands while it is not printing.
// Everything from the machine is shown as plain text.

import { Button, Group, Text, TextInput } from '@mantine/core';
import { Search, SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { expiresSoon } from './commands.ts';
import styles from './farm.module.css';
import { type MachineWatch, useWatchSnapshot } from './machine-watch.ts';
import { EMPTY_HISTORY, matchesSearch, recall, remember } from './terminal-history.ts';

const COMMAND_CHARS_MAX = 90;
/** Within this of the end, new lines keep the end in view. */
const STICKY_PX = 24;

export function Terminal({ machine, watch }: { machine: MachineView; watch: MachineWatch }) {
  const intl = useIntl();
  const { lines } = useWatchSnapshot(watch);
  const [search, setSearch] = useState('');
  const shown = useMemo(
    () => (search.trim() === '' ? lines : lines.filter(({ text }) => matchesSearch(text, search))),
    [lines, search],
  );
  const box = useRef<HTMLDivElement>(null);
  const sticky = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (element !== null && sticky.current && shown.length > 0) element.scrollTop = element.scrollHeight;
  }, [shown]);
  return (
    <>
      <TextInput
        size="xs"
        aria-label={intl.formatMessage({ id: 'farm.terminal.search' })}
        placeholder={intl.formatMessage({ id: 'farm.terminal.search' })}
        leftSection={<Search size={14} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        mb={6}
      />
      <div
        ref={box}
        className={styles['terminal']}
        role="log"
        aria-live="off"
        aria-label={intl.formatMessage({ id: 'farm.terminal' })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard's way to scroll
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          sticky.current = scrollHeight - scrollTop - clientHeight < STICKY_PX;
        }}
      >
        {shown.length === 0 ? (
          <Text size="sm" c="dimmed">
            <FormattedMessage id={lines.length === 0 ? 'farm.terminal.empty' : 'farm.terminal.none'} />
          </Text>
        ) : (
          shown.map((line) => (
            <div key={line.key} data-direction={line.direction} className={styles['line']}>
              <span className={styles['lineMark']} aria-hidden>
                {line.direction === 'sent' ? '›' : '‹'}
              </span>
              <span>{line.text}</span>
            </div>
          ))
        )}
      </div>
      <CommandLine machine={machine} />
    </>
  );
}

function CommandLine({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const [command, setCommand] = useState('');
  const [history, setHistory] = useState(EMPTY_HISTORY);
  const send = useApiCommand((text: string) =>
    api.machines.send({ id: machine.id, command: text, expiresMs: expiresSoon() }),
  );
  // A board that is locked takes the words that unlock it.
  const locked = machine.process !== 'fdm' && machine.state === 'fault';
  const ready = machine.state === 'idle' || machine.state === 'paused' || locked;
  const placeholder =
    machine.process === 'fdm' ? 'farm.terminal.placeholder' : 'farm.terminal.placeholder.cutter';
  const submit = async (): Promise<void> => {
    const text = command.trim();
    if (text === '' || !ready) return;
    setHistory(remember(history, text));
    const result = await send.run(text);
    if (result.ok) setCommand('');
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const recalled = recall(history, event.key === 'ArrowUp' ? -1 : 1);
    setHistory(recalled.history);
    setCommand(recalled.text);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Group gap="xs" mt={8} wrap="nowrap" align="flex-start">
        <TextInput
          flex={1}
          aria-label={intl.formatMessage({ id: 'farm.terminal.command' })}
          placeholder={intl.formatMessage({ id: ready ? placeholder : 'farm.terminal.busy' })}
          className={styles['mono'] ?? ''}
          value={command}
          maxLength={COMMAND_CHARS_MAX}
          autoComplete="off"
          spellCheck={false}
          disabled={!ready}
          onChange={(event) => setCommand(event.currentTarget.value)}
          onKeyDown={onKey}
        />
        <Button
          type="submit"
          variant="default"
          loading={send.busy}
          disabled={!ready || command.trim() === ''}
          leftSection={<SendHorizontal size={15} aria-hidden />}
        >
          <FormattedMessage id="farm.terminal.send" />
        </Button>
      </Group>
      {send.fault === undefined ? null : <FaultNotice fault={send.fault} compact />}
    </form>
  );
}
