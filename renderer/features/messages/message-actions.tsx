// What can be done with a message that stands there: answer, react, change, take back; and what was done with it.

import { ActionIcon, Button, Menu, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Copy, EllipsisVertical, History, Pencil, Reply, Trash2 } from 'lucide-react';
import { createContext, use } from 'react';
import { FormattedDate, FormattedMessage, useIntl } from 'react-intl';
import type { MessageView } from '../../../node-core/api/index.ts';
import { api, notifyFault, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, shorten } from '../../ui/index.ts';
import { MessageText } from './message-text.tsx';
import styles from './messages.module.css';
import { plainLine } from './text-parts.ts';

/** What a chat does for its messages. */
export type ChatActs = {
  readonly actor: string;
  readonly chat: string;
  /** Nothing can be written here. */
  readonly isClosed: boolean;
  readonly reply: (message: MessageView) => void;
  readonly edit: (message: MessageView) => void;
  readonly jump: (id: number) => void;
};
export const ChatActsContext = createContext<ChatActs | undefined>(undefined);

const SIGNS = ['👍', '❤️', '😄', '🎉', '✅', '❓'] as const;
const nameOf = ({ id, name }: MessageView['from']) => (name === '' ? shorten(id) : name);

/** The words that a message answers. */
export function Quote({ message: { quote } }: { message: MessageView }) {
  const acts = use(ChatActsContext);
  if (quote === undefined) return null;
  const { message, text, from } = quote;
  return (
    <button
      type="button"
      className={styles['quote']}
      disabled={message === undefined || acts === undefined}
      onClick={() => message !== undefined && acts?.jump(message)}
    >
      <span className={styles['from']}>{nameOf(from)}</span>
      <span className={styles['quoteText']} dir="auto">
        {text === undefined ? <FormattedMessage id="messages.quote.gone" /> : plainLine(text)}
      </span>
    </button>
  );
}

export function Reactions({ message }: { message: MessageView }) {
  const intl = useIntl();
  const acts = use(ChatActsContext);
  const react = useReact(message);
  const { reactions } = message;
  if (reactions === undefined) return null;
  return (
    <span className={styles['reactions']}>
      {reactions.map(({ sign, by, mine }) => {
        const label = intl.formatMessage(
          { id: 'messages.react.by' },
          { sign, names: intl.formatList(by.map(nameOf)) },
        );
        return (
          <button
            key={sign}
            type="button"
            className={styles['reaction']}
            aria-label={label}
            aria-pressed={mine}
            title={label}
            disabled={acts?.isClosed !== false}
            onClick={() => react(mine ? '' : sign)}
          >
            {sign} {by.length > 1 ? by.length : null}
          </button>
        );
      })}
    </span>
  );
}

function useReact({ id }: MessageView): (sign: string) => void {
  const acts = use(ChatActsContext);
  const react = useApiCommand((sign: string) =>
    api.messages.react({ actor: acts?.actor ?? '', chat: acts?.chat ?? '', id, sign }),
  );
  return (sign) =>
    void react.run(sign).then((result) => {
      if (!result.ok) notifyFault('error', result.fault);
    });
}

/** When the text was written that stands there, and a way to what stood there before. */
export function EditedMark({ message }: { message: MessageView }) {
  const intl = useIntl();
  const [isOpen, dialog] = useDisclosure(false);
  if (message.editedMs === undefined) return null;
  const label = intl.formatMessage({ id: 'messages.edited.show' });
  return (
    <>
      <button
        type="button"
        className={styles['edited']}
        title={label}
        aria-label={label}
        onClick={dialog.open}
      >
        <FormattedMessage id="messages.edited" />
      </button>
      {isOpen ? <EarlierDialog message={message} onClose={dialog.close} /> : null}
    </>
  );
}

function EarlierDialog({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const intl = useIntl();
  const acts = use(ChatActsContext);
  const { id, text, editedMs } = message;
  const place = { actor: acts?.actor ?? '', chat: acts?.chat ?? '', id };
  const earlier = useApiQuery(['messages', 'earlier', place.actor, place.chat, id], ({ signal }) =>
    api.messages.earlier(place, { signal }),
  );
  const versions = [...(earlier.data ?? []), { text, atMs: editedMs ?? message.atMs }];
  return (
    <Modal
      opened
      onClose={onClose}
      title={<FormattedMessage id="messages.edited.title" />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="sm">
        {earlier.fault === undefined ? null : <FaultNotice fault={earlier.fault} onRetry={earlier.refetch} />}
        <ol className={styles['shown']}>
          {versions.map((one) => (
            <li key={`${one.atMs} ${one.text}`}>
              <Text size="xs" c="dimmed">
                <FormattedDate value={one.atMs} dateStyle="medium" timeStyle="medium" />
              </Text>
              <MessageText text={one.text} />
            </li>
          ))}
        </ol>
      </Stack>
    </Modal>
  );
}

export function MessageMenu({ message }: { message: MessageView }) {
  const intl = useIntl();
  const acts = use(ChatActsContext);
  const react = useReact(message);
  const [isAsking, question] = useDisclosure(false);
  // Nobody has a file yet that is on its way to the station: its own buttons say what can be done.
  const isUnsent = message.mine && message.file !== undefined && message.file.state !== 'ready';
  if (acts === undefined || message.deleted || isUnsent) return null;
  const { mine, from, text } = message;
  const label = intl.formatMessage(
    { id: 'messages.actions' },
    {
      name: mine ? intl.formatMessage({ id: 'messages.you' }) : nameOf(from),
      text: plainLine(text.slice(0, 60)),
    },
  );
  return (
    <>
      <Menu position="bottom-end" withinPortal shadow="md" transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            className={styles['messageMenu'] ?? ''}
            aria-label={label}
            data-message-menu
          >
            <EllipsisVertical size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {acts.isClosed ? null : (
            <>
              <div className={styles['signs']}>
                {SIGNS.map((sign) => (
                  <Menu.Item
                    key={sign}
                    className={styles['signItem'] ?? ''}
                    aria-label={intl.formatMessage({ id: 'messages.react' }, { sign })}
                    onClick={() => react(sign)}
                  >
                    {sign}
                  </Menu.Item>
                ))}
              </div>
              <Menu.Item leftSection={<Reply size={15} aria-hidden />} onClick={() => acts.reply(message)}>
                <FormattedMessage id="messages.reply" />
              </Menu.Item>
            </>
          )}
          <Menu.Item
            leftSection={<Copy size={15} aria-hidden />}
            onClick={() => void navigator.clipboard.writeText(text).catch(() => undefined)}
          >
            <FormattedMessage id="messages.copy" />
          </Menu.Item>
          {mine && !acts.isClosed && message.file === undefined ? (
            <Menu.Item leftSection={<Pencil size={15} aria-hidden />} onClick={() => acts.edit(message)}>
              <FormattedMessage id="messages.edit" />
            </Menu.Item>
          ) : null}
          {mine && !acts.isClosed && !acts.chat.startsWith('o:') ? (
            <Menu.Item color="red" leftSection={<Trash2 size={15} aria-hidden />} onClick={question.open}>
              <FormattedMessage id="messages.remove" />
            </Menu.Item>
          ) : null}
        </Menu.Dropdown>
      </Menu>
      {isAsking ? <RemoveDialog message={message} acts={acts} onClose={question.close} /> : null}
    </>
  );
}

type RemoveProps = { readonly message: MessageView; readonly acts: ChatActs; readonly onClose: () => void };

function RemoveDialog({ message, acts, onClose }: RemoveProps) {
  const intl = useIntl();
  const { actor, chat } = acts;
  const remove = useApiCommand(() => api.messages.remove({ actor, chat, id: message.id }));
  const confirm = async (): Promise<void> => {
    const result = await remove.run();
    if (result.ok) onClose();
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={<FormattedMessage id="messages.remove.title" />}
      confirmLabel={intl.formatMessage({ id: 'messages.remove' })}
      onConfirm={() => void confirm()}
      mode="click"
      danger
      busy={remove.busy}
      fault={remove.fault}
    >
      <Text size="sm">
        <FormattedMessage id="messages.remove.text" />
      </Text>
    </ConfirmDialog>
  );
}

/** Above the box: what is answered or changed. */
export function ComposerTask({
  task,
  onCancel,
}: {
  task: { readonly kind: 'reply' | 'edit'; readonly message: MessageView };
  onCancel: () => void;
}) {
  const { kind, message } = task;
  const Icon = kind === 'reply' ? Reply : History;
  return (
    <div className={styles['task']}>
      <Icon size={16} aria-hidden />
      <span className={styles['taskText']} role="status">
        <FormattedMessage
          id={`messages.task.${kind}`}
          values={{ name: nameOf(message.from), text: plainLine(message.text.slice(0, 120)) }}
        />
      </span>
      <Button variant="subtle" size="compact-xs" onClick={onCancel}>
        <FormattedMessage id="ui.cancel" />
      </Button>
    </div>
  );
}
