// The chat of an order beside it: who is in it, what was said last, and where to answer. Texts stay text.

import { Anchor, Button, Group, Skeleton, Text, Textarea, Title } from '@mantine/core';
import { MessageCircle, SendHorizontal } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ChatView } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, Identicon, shorten, TimeText } from '../../ui/index.ts';
import styles from './orders.module.css';

/** Messages shown here; the chat has all of them. */
const SHOWN_MAX = 4;
const CHARS_MAX = 10_000;

export function OrderChatPanel({ id }: { id: string }) {
  const actor = useActor()?.address;
  const chat = `o:${id}`;
  const view = useApiQuery(
    ['messages', 'get', actor, chat],
    ({ signal }) => api.messages.get({ actor: actor ?? '', chat }, { signal }),
    { enabled: actor !== undefined },
  );
  // Who has no part in the order has no chat of it.
  if (view.fault?.code === 'chat.unknown') return null;
  return (
    <section className={styles['panel']} aria-labelledby="order-chat">
      <Group justify="space-between" mb="sm" wrap="nowrap">
        <Title order={2} id="order-chat">
          <FormattedMessage id="orders.chat" />
        </Title>
        <Anchor
          href={href(`/messages/${encodeURIComponent(chat)}`)}
          size="sm"
          className={styles['iconText'] ?? ''}
        >
          <MessageCircle size={15} aria-hidden />
          <FormattedMessage id="orders.chat.open" />
        </Anchor>
      </Group>
      {view.fault !== undefined ? (
        <FaultNotice fault={view.fault} onRetry={view.refetch} compact />
      ) : view.data === undefined || actor === undefined ? (
        <Skeleton height={90} radius="md" aria-busy="true" />
      ) : (
        <>
          <Last view={view.data} />
          {view.data.chat.order?.member === true ? <Answer key={actor} actor={actor} chat={chat} /> : null}
        </>
      )}
    </section>
  );
}

function Last({ view }: { view: ChatView }) {
  const intl = useIntl();
  const { members } = view.chat;
  const shown = view.messages.slice(-SHOWN_MAX);
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {intl.formatList(members.map(({ id, name }) => (name === '' ? shorten(id) : name)))}
      </Text>
      {shown.length === 0 ? (
        <Text size="sm" mb="sm">
          <FormattedMessage id="orders.chat.empty" />
        </Text>
      ) : (
        <ol className={styles['chatLines']}>
          {shown.map(({ id, from, text, atMs, mine }) => (
            <li key={id}>
              <Identicon address={from.id} size={22} />
              <div>
                <span className={styles['chatFrom']}>
                  {mine ? (
                    <FormattedMessage id="orders.chat.you" />
                  ) : from.name === '' ? (
                    shorten(from.id)
                  ) : (
                    from.name
                  )}
                  <TimeText timeS={atMs / 1000} relative />
                </span>
                <p dir="auto">{text}</p>
              </div>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Answer({ actor, chat }: { actor: string; chat: string }) {
  const intl = useIntl();
  const [text, setText] = useState('');
  const send = useApiCommand(() => api.messages.send({ actor, chat, text }));
  const submit = async (): Promise<void> => {
    const result = await send.run();
    if (result.ok) setText('');
  };
  const label = intl.formatMessage({ id: 'orders.chat.write' });
  return (
    <>
      <Textarea
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        placeholder={label}
        aria-label={label}
        maxLength={CHARS_MAX}
        autosize
        minRows={1}
        maxRows={4}
        mb="xs"
      />
      {send.fault === undefined ? null : <FaultNotice fault={send.fault} compact />}
      <Button
        variant="default"
        size="xs"
        leftSection={<SendHorizontal size={14} aria-hidden />}
        disabled={text.trim() === ''}
        loading={send.busy}
        onClick={() => void submit()}
      >
        <FormattedMessage id="orders.chat.send" />
      </Button>
    </>
  );
}
