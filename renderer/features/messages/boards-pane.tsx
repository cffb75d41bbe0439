// Public boards: those that one follows and those of the station; founding one. A board itself is in board-pane.tsx.

import {
  Badge,
  Button,
  Group,
  Radio,
  Skeleton,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Megaphone, Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { BoardCard, BoardDraft } from '../../../node-core/api/index.ts';
import { api, href, navigate, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { EmptyState, FaultNotice, FormDialog, shorten } from '../../ui/index.ts';
import styles from './boards.module.css';

/** The station is asked again while the page is open. */
const ASK_AGAIN_MS = 5000;
const boardRoute = (id: string) => `/messages/boards/${encodeURIComponent(id)}`;

export function BoardsPane({ actor }: { actor: string }) {
  const [isFounding, dialog] = useDisclosure(false);
  const boards = useApiQuery(
    ['messages', 'boards', actor],
    ({ signal }) => api.messages.boards({ actor }, { signal }),
    { refetchIntervalMs: ASK_AGAIN_MS },
  );
  const list = boards.data ?? [];
  return (
    <section className={styles['boards']} aria-labelledby="boards">
      <Group justify="space-between" align="start">
        <div>
          <Title order={2} size="h3" id="boards">
            <FormattedMessage id="messages.boards" />
          </Title>
          <Text size="sm" c="dimmed" maw="60ch">
            <FormattedMessage id="messages.boards.text" />
          </Text>
        </div>
        <Button leftSection={<Plus size={16} aria-hidden />} onClick={dialog.open}>
          <FormattedMessage id="messages.board.new" />
        </Button>
      </Group>
      <OpenById />
      {boards.fault === undefined ? null : <FaultNotice fault={boards.fault} onRetry={boards.refetch} />}
      {boards.data === undefined ? (
        <Skeleton height={80} radius="md" aria-busy="true" />
      ) : list.length === 0 ? (
        <EmptyState
          icon={<Megaphone size={26} />}
          title={<FormattedMessage id="messages.boards.none.title" />}
          text={<FormattedMessage id="messages.boards.none.text" />}
        />
      ) : (
        <>
          <Cards id="messages.boards.followed" boards={list.filter(({ following }) => following)} />
          <Cards id="messages.boards.found" boards={list.filter(({ following }) => !following)} />
        </>
      )}
      <FoundDialog actor={actor} opened={isFounding} onClose={dialog.close} />
    </section>
  );
}

function OpenById() {
  const intl = useIntl();
  const [id, setId] = useState('');
  const open = (event: FormEvent): void => {
    event.preventDefault();
    if (id.trim() !== '') navigate(boardRoute(id.trim()));
  };
  return (
    <form onSubmit={open} className={styles['byId']}>
      <TextInput
        label={intl.formatMessage({ id: 'messages.board.id' })}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
        maxLength={64}
      />
      <Button type="submit" variant="default" disabled={id.trim() === ''}>
        <FormattedMessage id="messages.board.open" />
      </Button>
    </form>
  );
}

function Cards({ id, boards }: { id: string; boards: readonly BoardCard[] }) {
  if (boards.length === 0) return null;
  return (
    <div>
      <Title order={3} size="h5" mb="xs">
        <FormattedMessage id={id} />
      </Title>
      <ul className={styles['cards']}>
        {boards.map((board) => (
          <li key={board.id}>
            <a href={href(boardRoute(board.id))}>
              <span className={styles['cardName']}>
                {board.name === '' ? shorten(board.id) : board.name}
                {board.leads ? (
                  <Badge variant="light" color="petrol" size="sm">
                    <FormattedMessage id="messages.board.yours" />
                  </Badge>
                ) : null}
              </span>
              <span className={styles['cardAbout']}>{board.about}</span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

const POSTINGS: readonly BoardDraft['posting'][] = ['everybody', 'leaders'];

type FoundProps = { readonly actor: string; readonly opened: boolean; readonly onClose: () => void };

function FoundDialog({ actor, opened, onClose }: FoundProps) {
  const intl = useIntl();
  const [name, setName] = useState('');
  const [about, setAbout] = useState('');
  const [posting, setPosting] = useState<BoardDraft['posting']>('everybody');
  const found = useApiCommand(() => api.messages.foundBoard({ actor, name: name.trim(), about, posting }));
  const submit = async (): Promise<void> => {
    if (name.trim() === '') return;
    const result = await found.run();
    if (!result.ok) return;
    setName('');
    setAbout('');
    onClose();
    navigate(boardRoute(result.value.id));
  };
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="messages.board.new" />}
      onSubmit={() => void submit()}
    >
      <Text size="sm">
        <FormattedMessage id="messages.board.public" />
      </Text>
      <TextInput
        label={intl.formatMessage({ id: 'messages.board.name' })}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={60}
        required
        data-autofocus
      />
      <Textarea
        label={intl.formatMessage({ id: 'messages.board.about' })}
        value={about}
        onChange={(event) => setAbout(event.currentTarget.value)}
        maxLength={500}
        autosize
      />
      <Radio.Group
        label={intl.formatMessage({ id: 'messages.board.posting' })}
        value={posting}
        onChange={(value) => setPosting(POSTINGS.find((known) => known === value) ?? 'everybody')}
      >
        <Stack gap="xs" mt="xs">
          {POSTINGS.map((value) => (
            <Radio
              key={value}
              value={value}
              label={intl.formatMessage({ id: `messages.board.posting.${value}` })}
            />
          ))}
        </Stack>
      </Radio.Group>
      {found.fault === undefined ? null : <FaultNotice fault={found.fault} />}
    </FormDialog>
  );
}
