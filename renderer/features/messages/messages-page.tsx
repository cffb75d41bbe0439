// Messages: the chats at the left, the chosen one at the right; on narrow windows one after the other.

import { Button, Group, Skeleton, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { FileCheck, Megaphone, MessageCircle, UserRoundPlus, Users } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import { api, href, navigate, useActor, useApiQuery, useRoute } from '../../bridge/index.ts';
import { EmptyState, FaultNotice, PageHeader } from '../../ui/index.ts';
import { BoardPane } from './board-pane.tsx';
import { BoardsPane } from './boards-pane.tsx';
import { ChatList } from './chat-list.tsx';
import { ChatPane } from './chat-pane.tsx';
import { ContactDialog } from './contact-dialog.tsx';
import { CheckPane, DisclosurePane } from './disclosure-pane.tsx';
import { contactsOf, NewGroupDialog } from './group-dialogs.tsx';
import styles from './messages.module.css';
import { StationLine } from './station-line.tsx';

export function MessagesPage() {
  const actor = useActor()?.address;
  const { segments, query } = useRoute();
  const [, chat, act] = segments;
  // What a link names stands in the dialog; adding it is still for the person to do.
  const given = query.get('add') ?? undefined;
  const [adding, dialog] = useDisclosure(false);
  const closeDialog = (): void => {
    dialog.close();
    if (given !== undefined) navigate('/messages', { replace: true });
  };
  const [founding, group] = useDisclosure(false);
  const chats = useApiQuery(
    ['messages', 'chats', actor],
    ({ signal }) => api.messages.chats({ actor: actor ?? '' }, { signal }),
    { enabled: actor !== undefined, keepPrevious: true },
  );
  return (
    <Stack gap="md" className={styles['screen'] ?? ''}>
      <PageHeader
        title={<FormattedMessage id="app.page.messages" />}
        actions={
          <Group gap="sm">
            <Button
              component="a"
              href={href('/messages/check')}
              variant="default"
              leftSection={<FileCheck size={16} aria-hidden />}
            >
              <FormattedMessage id="messages.check" />
            </Button>
            <Button
              component="a"
              href={href('/messages/boards')}
              variant="default"
              leftSection={<Megaphone size={16} aria-hidden />}
            >
              <FormattedMessage id="messages.boards" />
            </Button>
            <Button variant="default" leftSection={<Users size={16} aria-hidden />} onClick={group.open}>
              <FormattedMessage id="messages.group.new" />
            </Button>
            <Button leftSection={<UserRoundPlus size={16} aria-hidden />} onClick={dialog.open}>
              <FormattedMessage id="messages.add" />
            </Button>
          </Group>
        }
      />
      {actor === undefined ? null : <StationLine actor={actor} />}
      {chats.fault === undefined ? null : <FaultNotice fault={chats.fault} onRetry={chats.refetch} />}
      <div className={styles['columns']} data-open={chat === undefined ? undefined : true}>
        <div className={styles['list']}>
          {chats.data === undefined ? (
            <Stack gap="xs" aria-busy="true">
              {['a', 'b', 'c'].map((row) => (
                <Skeleton key={row} height={64} radius="md" />
              ))}
            </Stack>
          ) : (
            <ChatList key={actor} chats={chats.data} chosen={chat} actor={actor ?? ''} />
          )}
        </div>
        <div className={styles['pane']} data-empty={chat === undefined || undefined}>
          {chat === undefined || actor === undefined ? (
            <EmptyState
              icon={<MessageCircle size={26} />}
              title={<FormattedMessage id="messages.choose.title" />}
              text={<FormattedMessage id="messages.choose.text" />}
            />
          ) : chat === 'boards' ? (
            act === undefined ? (
              <BoardsPane key={actor} actor={actor} />
            ) : (
              <BoardPane key={`${actor} ${act}`} actor={actor} id={act} />
            )
          ) : chat === 'check' ? (
            <CheckPane actor={actor} />
          ) : act === 'disclose' ? (
            <DisclosurePane key={`${actor} ${chat}`} actor={actor} chat={chat} />
          ) : (
            <ChatPane
              key={`${actor} ${chat}`}
              actor={actor}
              chat={chat}
              contacts={contactsOf(chats.data ?? [], actor)}
            />
          )}
        </div>
      </div>
      {actor === undefined ? null : (
        <NewGroupDialog actor={actor} chats={chats.data ?? []} opened={founding} onClose={group.close} />
      )}
      {actor === undefined ? null : (
        <ContactDialog
          actor={actor}
          opened={adding || given !== undefined}
          onClose={closeDialog}
          given={given}
        />
      )}
    </Stack>
  );
}
