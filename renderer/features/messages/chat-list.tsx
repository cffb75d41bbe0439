// The chats, the latest first, and what a search finds in them.

import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { BellOff, Cpu, PackageCheck, Search, Users } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ChatCard } from '../../../node-core/api/index.ts';
import { api, href, useApiQuery } from '../../bridge/index.ts';
import { Identicon, shorten, TimeText } from '../../ui/index.ts';
import { callText } from './calls/index.ts';
import { filterChats } from './lines.ts';
import styles from './messages.module.css';
import { plainLine } from './text-parts.ts';

type Props = {
  readonly chats: readonly ChatCard[];
  readonly chosen: string | undefined;
  readonly actor: string;
};

const SEARCH_DELAY_MS = 250;

export function ChatList({ chats, chosen, actor }: Props) {
  const intl = useIntl();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search.trim(), SEARCH_DELAY_MS);
  const shown = filterChats(chats, search);
  const label = intl.formatMessage({ id: 'messages.search' });
  return (
    <>
      <TextInput
        type="search"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        placeholder={label}
        aria-label={label}
        leftSection={<Search size={15} aria-hidden />}
        maxLength={200}
      />
      <ul className={styles['chats']} aria-label={intl.formatMessage({ id: 'messages.chats' })}>
        {shown.map((chat) => (
          <ChatRow key={chat.id} chat={chat} active={chat.id === chosen} />
        ))}
      </ul>
      {shown.length === 0 && settled === '' ? (
        <p className={styles['hint']}>
          <FormattedMessage id="messages.none" />
        </p>
      ) : null}
      {settled === '' ? null : <Hits actor={actor} query={settled} />}
    </>
  );
}

function ChatRow({ chat, active }: { chat: ChatCard; active: boolean }) {
  const intl = useIntl();
  const { id, kind, title, last, unread, draft, muted, machine } = chat;
  const name = title === '' ? shorten(id.slice(2)) : title;
  return (
    <li>
      <a
        className={styles['chat']}
        href={href(`/messages/${encodeURIComponent(id)}`)}
        aria-current={active ? 'page' : undefined}
      >
        {kind !== 'person' || machine ? (
          <span className={styles['orderIcon']}>
            {machine ? (
              <Cpu size={18} aria-hidden />
            ) : kind === 'order' ? (
              <PackageCheck size={18} aria-hidden />
            ) : (
              <Users size={18} aria-hidden />
            )}
          </span>
        ) : (
          <Identicon address={id.slice(2)} size={34} />
        )}
        <span className={styles['chatText']}>
          <span className={styles['chatTitle']}>
            {kind === 'order' ? intl.formatMessage({ id: 'messages.order' }, { title: name }) : name}
          </span>
          <span className={styles['chatLast']}>
            {draft !== '' ? (
              <FormattedMessage id="messages.draft" values={{ text: draft }} />
            ) : last === undefined ? (
              <FormattedMessage id="messages.empty" />
            ) : last.deleted ? (
              <FormattedMessage id="messages.removed" />
            ) : last.call !== undefined ? (
              callText(intl, last.call)
            ) : last.mine ? (
              <FormattedMessage id="messages.mine" values={{ text: plainLine(last.text) }} />
            ) : (
              plainLine(last.text)
            )}
          </span>
        </span>
        <span className={styles['chatSide']}>
          {last === undefined ? null : <TimeText timeS={last.atMs / 1000} relative />}
          {muted ? (
            <BellOff size={13} role="img" aria-label={intl.formatMessage({ id: 'messages.muted' })} />
          ) : null}
          {unread === 0 ? null : (
            <span className={styles['badge']}>
              <span aria-hidden>{unread}</span>
              <span className={styles['hidden']}>
                <FormattedMessage id="messages.unread" values={{ count: unread }} />
              </span>
            </span>
          )}
        </span>
      </a>
    </li>
  );
}

function Hits({ actor, query }: { actor: string; query: string }) {
  const hits = useApiQuery(
    ['messages', 'search', actor, query],
    ({ signal }) => api.messages.search({ actor, query }, { signal }),
    { keepPrevious: true },
  );
  const found = hits.data ?? [];
  return (
    <section aria-live="polite">
      <h2 className={styles['hitsTitle']}>
        <FormattedMessage id="messages.hits" values={{ count: found.length }} />
      </h2>
      <ul className={styles['chats']}>
        {found.map(({ chat, title, message }) => (
          <li key={message.id}>
            <a
              className={styles['hit']}
              href={href(`/messages/${encodeURIComponent(chat)}?at=${message.id}`)}
            >
              <span className={styles['chatTitle']}>{title === '' ? shorten(chat.slice(2)) : title}</span>
              <span className={styles['chatLast']}>{plainLine(message.text)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
