// Showing messages to a third party: the first and the last are chosen, what will be revealed is shown, a file proves it.
// Whoever gets such a file checks it here too.

import { Alert, Button, FileButton, Group, Select, Stack, Text, Title } from '@mantine/core';
import { ArrowLeft, FileCheck, FileDown, ShieldCheck, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { FormattedDate, FormattedMessage, useIntl } from 'react-intl';
import type { DisclosedSaid, DisclosureView, MessageView } from '../../../node-core/api/index.ts';
import { api, href, saveFile, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, shorten } from '../../ui/index.ts';
import { saidWords } from './disclosed-words.ts';
import styles from './messages.module.css';

type Checked = Pick<DisclosureView, 'messages' | 'chains'>;

export function DisclosurePane({ actor, chat }: { actor: string; chat: string }) {
  const view = useApiQuery(['messages', 'get', actor, chat], ({ signal }) =>
    api.messages.get({ actor, chat }, { signal }),
  );
  // Calls are no messages: nobody signed how long they took.
  const messages = view.data?.messages.filter(({ call }) => call === undefined) ?? [];
  return (
    <section className={styles['disclosure']} aria-labelledby="disclosure-title">
      <Group gap="sm">
        <Button
          component="a"
          href={href(`/messages/${encodeURIComponent(chat)}`)}
          variant="subtle"
          leftSection={<ArrowLeft size={16} aria-hidden />}
        >
          <FormattedMessage id="messages.disclose.back" />
        </Button>
      </Group>
      <Title order={2} size="h3" id="disclosure-title">
        <FormattedMessage id="messages.disclose.title" />
      </Title>
      <Text size="sm">
        <FormattedMessage id="messages.disclose.text" />
      </Text>
      {view.fault === undefined ? null : <FaultNotice fault={view.fault} onRetry={view.refetch} />}
      {messages.length === 0 ? (
        <p className={styles['hint']}>
          <FormattedMessage id="messages.start" />
        </p>
      ) : (
        <Choice actor={actor} chat={chat} messages={messages} />
      )}
    </section>
  );
}

type ChoiceProps = {
  readonly actor: string;
  readonly chat: string;
  readonly messages: readonly MessageView[];
};

function Choice({ actor, chat, messages }: ChoiceProps) {
  const intl = useIntl();
  const [from, setFrom] = useState(String(messages[0]?.id ?? 0));
  const [to, setTo] = useState(String(messages.at(-1)?.id ?? 0));
  const [saved, setSaved] = useState(false);
  const disclose = useApiCommand(() =>
    api.messages.disclose({ actor, chat, from: Number(from), to: Number(to) }),
  );
  const [shown, setShown] = useState<DisclosureView>();
  const options = messages.map(({ id, text, atMs, from: sender, mine }) => {
    const who = mine ? intl.formatMessage({ id: 'messages.disclose.me' }) : sender.name || shorten(sender.id);
    const time = intl.formatTime(atMs, { timeStyle: 'short' });
    return { value: String(id), label: `${time} · ${who}: ${text.slice(0, 60)}` };
  });
  const change = (set: (value: string) => void) => (value: string | null) => {
    if (value !== null) set(value);
    setShown(undefined);
    setSaved(false);
  };
  const preview = async (): Promise<void> => {
    const result = await disclose.run();
    setShown(result.ok ? result.value : undefined);
  };
  const save = async (text: string): Promise<void> => {
    setSaved(await saveFile(new Blob([text], { type: 'application/json' }), 'messages.dimp.json'));
  };
  return (
    <Stack gap="md">
      <Group gap="md" grow align="start">
        <Select
          label={intl.formatMessage({ id: 'messages.disclose.first' })}
          data={options}
          value={from}
          allowDeselect={false}
          onChange={change(setFrom)}
        />
        <Select
          label={intl.formatMessage({ id: 'messages.disclose.last' })}
          data={options}
          value={to}
          allowDeselect={false}
          onChange={change(setTo)}
        />
      </Group>
      <Group gap="sm">
        <Button variant="default" loading={disclose.busy} onClick={() => void preview()}>
          <FormattedMessage id="messages.disclose.preview" />
        </Button>
        <Button
          leftSection={<FileDown size={16} aria-hidden />}
          disabled={shown === undefined}
          onClick={() => void save(shown?.text ?? '')}
        >
          <FormattedMessage id="messages.disclose.save" />
        </Button>
        {saved ? (
          <Text size="sm" role="status">
            <FormattedMessage id="messages.disclose.saved" />
          </Text>
        ) : null}
      </Group>
      {disclose.fault === undefined ? null : <FaultNotice fault={disclose.fault} />}
      {shown === undefined ? null : (
        <>
          {shown.missing === 0 ? null : (
            <Alert color="orange" icon={<TriangleAlert aria-hidden />}>
              <FormattedMessage id="messages.disclose.missing" values={{ count: shown.missing }} />
            </Alert>
          )}
          <Shown checked={shown} title="messages.disclose.reveals" />
        </>
      )}
    </Stack>
  );
}

/** Names are what people call themselves; what is proven is the account. */
const nameOf = ({ id, name }: Checked['messages'][number]['from']) =>
  name === '' ? shorten(id) : `${name} (${shorten(id)})`;

/** A message that is no text is told in words, beside what others wrote in it. */
function Said({ said }: { said: DisclosedSaid }) {
  const words = saidWords(said);
  return (
    <>
      {words === undefined ? null : (
        <Text component="span" size="sm" fs="italic">
          <FormattedMessage id={words.id} values={words.values} />
        </Text>
      )}
      {'text' in said && said.text !== '' ? (
        <span className={styles['text']} dir="auto">
          {said.text}
        </span>
      ) : null}
    </>
  );
}

/** What a disclosure proves, for those who made it and for those who got it. */
function Shown({ checked, title }: { checked: Checked; title: string }) {
  return (
    <Stack gap="sm">
      <Text fw={600}>
        <FormattedMessage id={title} values={{ count: checked.messages.length }} />
      </Text>
      <ol className={styles['shown']}>
        {checked.messages.map(({ from, to, said, atMs, bound }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes its order
          <li key={index}>
            <span className={styles['deviceSince']}>
              {index + 1}. <FormattedDate value={atMs} dateStyle="medium" timeStyle="short" /> {nameOf(from)}{' '}
              → {nameOf(to)}
            </span>
            <Said said={said} />
            {bound ? null : (
              <span className={styles['deviceSince']}>
                <FormattedMessage id="messages.unbound" />
              </span>
            )}
          </li>
        ))}
      </ol>
      {checked.chains.map(({ from, first, last, complete }, index) => (
        <Alert
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes its order
          key={index}
          color={complete ? 'green' : 'orange'}
          icon={complete ? <ShieldCheck aria-hidden /> : <TriangleAlert aria-hidden />}
        >
          <FormattedMessage
            id={complete ? 'messages.disclose.complete' : 'messages.disclose.gaps'}
            values={{ name: nameOf(from), first, last }}
          />
        </Alert>
      ))}
    </Stack>
  );
}

/** A file that somebody else made. */
export function CheckPane({ actor }: { actor: string }) {
  const check = useApiCommand((text: string) => api.messages.checkDisclosure({ actor, text }));
  const [checked, setChecked] = useState<Checked>();
  const read = async (file: File | null): Promise<void> => {
    setChecked(undefined);
    if (file === null) return;
    const result = await check.run(await file.text());
    if (result.ok) setChecked(result.value);
  };
  return (
    <section className={styles['disclosure']} aria-labelledby="check-title">
      <Title order={2} size="h3" id="check-title">
        <FormattedMessage id="messages.check.title" />
      </Title>
      <Text size="sm">
        <FormattedMessage id="messages.check.text" />
      </Text>
      <FileButton onChange={(file) => void read(file)} accept="application/json,.json">
        {(props) => (
          <Button
            {...props}
            style={{ alignSelf: 'start' }}
            loading={check.busy}
            leftSection={<FileCheck size={16} aria-hidden />}
          >
            <FormattedMessage id="messages.check.choose" />
          </Button>
        )}
      </FileButton>
      {check.fault === undefined ? null : <FaultNotice fault={check.fault} />}
      {checked === undefined ? null : <Shown checked={checked} title="messages.check.genuine" />}
    </section>
  );
}
