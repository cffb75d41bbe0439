// One public board: what stands on it, where to write, and what its owner and its readers can do about posts. Texts stay
// text: nothing in them becomes a link, a picture or a format.

import { Button, Group, Skeleton, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { BoardCard, BoardChange, BoardView } from '../../../node-core/api/index.ts';
import { api, href, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { BackLink, FaultNotice, Hash, Identicon, shorten, TimeText } from '../../ui/index.ts';
import styles from './boards.module.css';

/** The station is asked for new posts while the board is open. */
const ASK_AGAIN_MS = 4000;
const POST_CHARS_MAX = 5000;

type Props = { readonly actor: string; readonly id: string };

export function BoardPane({ actor, id }: Props) {
  const view = useApiQuery(
    ['messages', 'board', actor, id],
    ({ signal }) => api.messages.board({ actor, id }, { signal }),
    { refetchIntervalMs: ASK_AGAIN_MS },
  );
  const change = useApiCommand((what: BoardChange) => api.messages.changeBoard({ actor, id, change: what }));
  const run = (what: BoardChange) => () => void change.run(what);
  const card = view.data?.card;
  return (
    <section className={styles['board']} aria-labelledby="board">
      <BackLink to={href('/messages/boards')}>
        <FormattedMessage id="messages.boards" />
      </BackLink>
      {view.fault === undefined ? null : <FaultNotice fault={view.fault} onRetry={view.refetch} />}
      {view.data === undefined ? (
        view.fault === undefined ? (
          <Skeleton height={120} radius="md" aria-busy="true" />
        ) : null
      ) : card === undefined ? (
        <>
          <Title order={2} size="h3" id="board">
            {shorten(id)}
          </Title>
          <Text size="sm">
            <FormattedMessage
              id={`messages.board.unknown.${view.data.state === 'away' ? 'away' : 'asking'}`}
            />
          </Text>
        </>
      ) : (
        <>
          <Head card={card} run={run} busy={change.busy} />
          {view.data.state === 'away' ? (
            <Text size="sm" role="status">
              <FormattedMessage id="messages.board.away" />
            </Text>
          ) : null}
          {change.fault === undefined ? null : <FaultNotice fault={change.fault} />}
          <Posts view={view.data} card={card} run={run} />
          {card.mayPost ? (
            <Write key={actor} actor={actor} id={card.id} />
          ) : (
            <Text size="sm" c="dimmed">
              <FormattedMessage id="messages.board.closed" />
            </Text>
          )}
        </>
      )}
    </section>
  );
}

type Run = (what: BoardChange) => () => void;

function Head({ card, run, busy }: { card: BoardCard; run: Run; busy: boolean }) {
  const { name, id, about, owner, following } = card;
  return (
    <Group justify="space-between" align="start" wrap="nowrap">
      <div>
        <Title order={2} size="h3" id="board">
          {name === '' ? shorten(id) : name}
        </Title>
        {about === '' ? null : (
          <Text size="sm" className={styles['text'] ?? ''}>
            {about}
          </Text>
        )}
        <Group gap="sm" mt={4}>
          <Hash value={id} />
          <Text size="sm" c="dimmed">
            <FormattedMessage
              id="messages.board.by"
              values={{ name: owner.name === '' ? shorten(owner.id) : owner.name }}
            />
          </Text>
        </Group>
      </div>
      <Button
        variant={following ? 'default' : 'filled'}
        size="xs"
        flex="none"
        loading={busy}
        onClick={run({ act: following ? 'leave' : 'follow' })}
      >
        <FormattedMessage id={following ? 'messages.board.leave' : 'messages.board.follow'} />
      </Button>
    </Group>
  );
}

function Posts({ view, card, run }: { view: BoardView; card: BoardCard; run: Run }) {
  const intl = useIntl();
  if (view.posts.length === 0)
    return (
      <p className={styles['hint']}>
        <FormattedMessage id={view.state === 'asking' ? 'messages.board.asking' : 'messages.board.empty'} />
      </p>
    );
  return (
    <ol className={styles['posts']} aria-label={intl.formatMessage({ id: 'messages.board.posts' })}>
      {view.posts.map((post) => (
        <Post key={post.key} post={post} leads={card.leads} run={run} />
      ))}
    </ol>
  );
}

type PostProps = { readonly post: BoardView['posts'][number]; readonly leads: boolean; readonly run: Run };

function Post({ post, leads, run }: PostProps) {
  const { key, author, atMs, mine, muted, hidden, shutOut, text } = post;
  const name = author.name === '' ? shorten(author.id) : author.name;
  const member = author.id;
  const why = hidden ? (shutOut ? 'shut' : 'hidden') : muted ? 'muted' : undefined;
  const button = (id: string, what: BoardChange) => (
    <Button variant="subtle" size="compact-xs" onClick={run(what)}>
      <FormattedMessage id={id} values={{ name }} />
    </Button>
  );
  return (
    <li>
      <Identicon address={author.id} size={28} />
      <div className={styles['post']}>
        <span className={styles['from']}>
          <strong>{name}</strong>
          <TimeText timeS={atMs / 1000} relative />
        </span>
        {why === undefined ? (
          <p className={styles['text']} dir="auto">
            {text}
          </p>
        ) : (
          <p className={styles['gone']}>
            <FormattedMessage id={`messages.board.post.${why}`} />
          </p>
        )}
        <Group gap={4}>
          {(leads || mine) && !hidden ? button('messages.board.hide', { act: 'hide', target: key }) : null}
          {leads && hidden && !shutOut ? button('messages.board.show', { act: 'show', target: key }) : null}
          {leads && !mine
            ? button(shutOut ? 'messages.board.admit' : 'messages.board.shut', {
                act: shutOut ? 'admit' : 'shut',
                member,
              })
            : null}
          {mine
            ? null
            : button(muted ? 'messages.board.unmute' : 'messages.board.mute', {
                act: muted ? 'unmute' : 'mute',
                member,
              })}
        </Group>
      </div>
    </li>
  );
}

function Write({ actor, id }: Props) {
  const intl = useIntl();
  const [text, setText] = useState('');
  const post = useApiCommand(() => api.messages.post({ actor, id, text }));
  const submit = async (): Promise<void> => {
    const result = await post.run();
    if (result.ok) setText('');
  };
  const label = intl.formatMessage({ id: 'messages.board.write' });
  return (
    <div>
      <Textarea
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        label={label}
        maxLength={POST_CHARS_MAX}
        autosize
        minRows={2}
        maxRows={8}
        mb="xs"
      />
      {post.fault === undefined ? null : <FaultNotice fault={post.fault} />}
      <Button disabled={text.trim() === ''} loading={post.busy} onClick={() => void submit()}>
        <FormattedMessage id="messages.board.post" />
      </Button>
    </div>
  );
}
