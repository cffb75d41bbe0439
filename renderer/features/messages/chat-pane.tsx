// One chat: who is in it, what was said, and where to write.

import { ActionIcon, Button, Group, Skeleton, Stack, Text, Title, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  ArrowLeft,
  Ban,
  Bell,
  BellOff,
  FileCheck,
  PackageCheck,
  ShieldAlert,
  ShieldCheck,
  Undo2,
  Users,
} from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ChatView } from '../../../node-core/api/index.ts';
import { api, href, useApiCommand, useApiQuery, useConsole } from '../../bridge/index.ts';
import { FaultNotice, Hash, Identicon, shorten } from '../../ui/index.ts';
import { AskedPriceNotice } from './asked-price.tsx';
import { DropArea } from './attachments/attach.tsx';
import { usePendingFiles } from './attachments/pending.ts';
import { CallButtons } from './calls/index.ts';
import { ChatHistory, useChatWindow } from './chat-history.tsx';
import { Composer, type ComposerTaskOf } from './composer.tsx';
import { MembersDialog } from './group-dialogs.tsx';
import { MachineCard } from './machine-card.tsx';
import { MediatorButton } from './mediator-dialog.tsx';
import { type ChatActs, ChatActsContext } from './message-actions.tsx';
import styles from './messages.module.css';
import { SafetyDialog, timerParts } from './safety-dialog.tsx';

type Props = {
  readonly actor: string;
  readonly chat: string;
  /** Who can be put into a group. */
  readonly contacts: readonly ChatView['chat']['members'][number][];
};

export function ChatPane({ actor, chat, contacts }: Props) {
  const { view, place } = useChatWindow(actor, chat);
  const [task, setTask] = useState<ComposerTaskOf>();
  const pending = usePendingFiles(actor, chat);
  const order = chat.startsWith('o:') ? chat.slice(2) : undefined;
  const locale = useConsole((state) => state.settings.locale);
  const timeline = useApiQuery(
    ['orders', 'get', order, actor, locale],
    ({ signal }) => api.orders.get({ id: order ?? '', actor, locale }, { signal }),
    { enabled: order !== undefined },
  );
  if (view.fault !== undefined) return <FaultNotice fault={view.fault} onRetry={view.refetch} />;
  if (view.data === undefined) return <Skeleton height={300} radius="lg" aria-busy="true" />;
  const off = whyNot(view.data.chat);
  const acts: ChatActs = {
    actor,
    chat,
    isClosed: off !== undefined,
    reply: (message) => setTask({ kind: 'reply', message }),
    edit: (message) => setTask({ kind: 'edit', message }),
    jump: place.jump,
  };
  return (
    <ChatActsContext value={acts}>
      <DropArea
        className={styles['conversation'] ?? ''}
        label={view.data.chat.title}
        disabled={off !== undefined}
        onFiles={pending.add}
      >
        <Head view={view.data} actor={actor} order={order} contacts={contacts} />
        {view.data.chat.machine ? <MachineCard actor={actor} chat={chat} /> : null}
        <ChatHistory
          actor={actor}
          view={view.data}
          isFetching={view.isFetching}
          timeline={timeline.data?.timeline ?? []}
          place={place}
        />
        {chat.startsWith('p:') && off === undefined ? <AskedPriceNotice actor={actor} chat={chat} /> : null}
        <Composer
          key={task?.kind === 'edit' ? `edit ${task.message.id}` : 'write'}
          actor={actor}
          chat={chat}
          draft={view.data.chat.draft}
          off={off}
          pending={pending}
          task={task}
          onDone={() => setTask(undefined)}
        />
      </DropArea>
    </ChatActsContext>
  );
}

/** Why nothing can be written here. */
function whyNot({ blocked, group, order }: ChatView['chat']): string | undefined {
  if (blocked) return 'messages.write.blocked';
  if (order?.member === false) return 'messages.write.mediated';
  return group?.member === false ? 'messages.write.out' : undefined;
}

/** Of a large group the first ones; all of them are in its own list. */
const HEAD_MEMBERS_MAX = 4;

type HeadProps = {
  readonly view: ChatView;
  readonly actor: string;
  readonly order: string | undefined;
  readonly contacts: Props['contacts'];
};

function Head({ view, actor, order, contacts }: HeadProps) {
  const { chat } = view;
  const others = chat.members.filter(({ id }) => id !== actor);
  const block = useApiCommand((blocked: boolean) => api.messages.block({ actor, chat: chat.id, blocked }));
  const [isOpen, safety] = useDisclosure(false);
  return (
    <header className={styles['head']}>
      <Button
        component="a"
        href={href('/messages')}
        variant="subtle"
        className={styles['back'] ?? ''}
        leftSection={<ArrowLeft size={16} aria-hidden />}
      >
        <FormattedMessage id="messages.back" />
      </Button>
      <Stack gap={4} className={styles['headText'] ?? ''}>
        <Title order={2} size="h3">
          {chat.title === '' ? shorten(chat.id.slice(2)) : chat.title}
        </Title>
        <Group gap="sm">
          {others.slice(0, HEAD_MEMBERS_MAX).map(({ id, name }) => (
            <Group key={id} gap={6}>
              <Identicon address={id} size={18} />
              {chat.kind === 'person' || name === '' ? null : <Text size="sm">{name}</Text>}
              <Hash value={id} />
            </Group>
          ))}
        </Group>
        <Protection chat={chat} />
      </Stack>
      {chat.kind === 'person' && !chat.machine ? (
        <CallButtons actor={actor} chat={chat.id} off={chat.blocked} />
      ) : null}
      <Button
        component="a"
        variant="default"
        size="xs"
        href={href(`/messages/${encodeURIComponent(chat.id)}/disclose`)}
        leftSection={<FileCheck size={14} aria-hidden />}
      >
        <FormattedMessage id="messages.disclose" />
      </Button>
      <Button
        variant={chat.alert ? 'filled' : 'default'}
        color={chat.alert ? 'orange' : ''}
        size="xs"
        leftSection={
          chat.alert ? <ShieldAlert size={14} aria-hidden /> : <ShieldCheck size={14} aria-hidden />
        }
        onClick={safety.open}
      >
        <FormattedMessage id="messages.safety" />
      </Button>
      <Mute actor={actor} chat={chat} />
      <SafetyDialog actor={actor} chat={chat} opened={isOpen} onClose={safety.close} />
      {chat.kind === 'group' ? (
        <Members actor={actor} chat={chat} contacts={contacts} />
      ) : order === undefined ? (
        <Button
          variant="default"
          size="xs"
          loading={block.busy}
          leftSection={chat.blocked ? <Undo2 size={14} aria-hidden /> : <Ban size={14} aria-hidden />}
          onClick={() => void block.run(!chat.blocked)}
        >
          <FormattedMessage id={chat.blocked ? 'messages.unblock' : 'messages.block'} />
        </Button>
      ) : (
        <Button
          component="a"
          variant="default"
          size="xs"
          href={href(`/orders/${order}`)}
          leftSection={<PackageCheck size={14} aria-hidden />}
        >
          <FormattedMessage id="messages.toOrder" />
        </Button>
      )}
      <MediatorButton actor={actor} chat={chat} contacts={contacts} />
    </header>
  );
}

function Mute({ actor, chat }: Pick<HeadProps, 'actor'> & Pick<ChatView, 'chat'>) {
  const intl = useIntl();
  const mute = useApiCommand((muted: boolean) => api.messages.mute({ actor, chat: chat.id, muted }));
  const label = intl.formatMessage({ id: chat.muted ? 'messages.unmute' : 'messages.mute' });
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size={30}
        aria-label={label}
        loading={mute.busy}
        onClick={() => void mute.run(!chat.muted)}
      >
        {chat.muted ? <BellOff size={15} aria-hidden /> : <Bell size={15} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

function Members({ actor, chat, contacts }: Pick<HeadProps, 'actor' | 'contacts'> & Pick<ChatView, 'chat'>) {
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <>
      <Button variant="default" size="xs" leftSection={<Users size={14} aria-hidden />} onClick={dialog.open}>
        <FormattedMessage id="messages.group.members" values={{ count: chat.members.length }} />
      </Button>
      <MembersDialog actor={actor} chat={chat} contacts={contacts} opened={isOpen} onClose={dialog.close} />
    </>
  );
}

/** In one line: what protects what is written here, and for how long it stays. */
function Protection({ chat }: { chat: ChatView['chat'] }) {
  const intl = useIntl();
  const { secrecy, plain = [], alert, verified, timerS } = chat;
  return (
    <Group gap="sm" className={styles['protection'] ?? ''} data-secrecy={secrecy}>
      {secrecy === undefined ? null : (
        <Text size="xs">
          <FormattedMessage id={`messages.secrecy.${secrecy}`} />
        </Text>
      )}
      {plain.length === 0 ? null : (
        <Text size="xs">
          <FormattedMessage
            id="messages.secrecy.plain"
            values={{
              names: intl.formatList(
                plain.slice(0, HEAD_MEMBERS_MAX).map(({ id, name }) => name || shorten(id)),
              ),
              more: Math.max(0, plain.length - HEAD_MEMBERS_MAX),
            }}
          />
        </Text>
      )}
      {verified && !alert ? (
        <Text size="xs">
          <FormattedMessage id="messages.safety.verified" />
        </Text>
      ) : null}
      {alert ? (
        <Text size="xs" fw={600}>
          <FormattedMessage id="messages.safety.alert" />
        </Text>
      ) : null}
      {timerS === 0 ? null : (
        <Text size="xs">
          <FormattedMessage id="messages.timer.line" values={timerParts(timerS)} />
        </Text>
      )}
    </Group>
  );
}
