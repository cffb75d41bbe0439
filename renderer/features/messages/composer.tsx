// Where one writes. Enter sends, Shift and Enter begin a new line. What is not sent is kept as a draft.

import { ActionIcon, Textarea } from '@mantine/core';
import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useIntl } from 'react-intl';
import type { MessageView } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { AttachButton, PendingFiles } from './attachments/attach.tsx';
import type { Pending } from './attachments/pending.ts';
import { ComposerTask } from './message-actions.tsx';
import styles from './messages.module.css';

type Props = {
  readonly actor: string;
  readonly chat: string;
  readonly draft: string;
  /** Why nothing can be written, as the name of a text. */
  readonly off: string | undefined;
  /** The message that is answered or changed. */
  readonly task?: ComposerTaskOf | undefined;
  readonly onDone: () => void;
  readonly pending: Pending;
};
export type ComposerTaskOf = { readonly kind: 'reply' | 'edit'; readonly message: MessageView };

const DRAFT_DELAY_MS = 600;
const CHARS_MAX = 10_000;

export function Composer({ actor, chat, draft, off, pending, task, onDone }: Props) {
  const intl = useIntl();
  const edited = task?.kind === 'edit' ? task.message : undefined;
  const [text, setText] = useState(edited?.text ?? draft);
  const send = useApiCommand((input: string) => write({ actor, chat, text: input }, task));
  // What is changed is no draft.
  const touched = useRef(edited !== undefined);
  useDraft(actor, chat, edited === undefined ? text : draft, draft);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (task !== undefined) box.current?.focus();
  }, [task]);
  // What was known of the chat when the page came up may be older than the draft.
  useEffect(() => {
    if (!touched.current) setText(draft);
  }, [draft]);
  const submit = async (): Promise<void> => {
    if (text.trim() === '' || send.busy) return;
    const result = await send.run(text);
    if (!result.ok) return;
    setText((current) => (current === text ? '' : current));
    onDone();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && task !== undefined) onDone();
    // An input method that is choosing a word takes Enter for itself.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void submit();
  };
  const disabled = off !== undefined;
  const label = intl.formatMessage({ id: off ?? 'messages.write' });
  return (
    <div className={styles['composer']}>
      {send.fault === undefined ? null : <FaultNotice fault={send.fault} />}
      {task === undefined ? null : <ComposerTask task={task} onCancel={onDone} />}
      <PendingFiles pending={pending} />
      <div className={styles['composerRow']}>
        <AttachButton onFiles={pending.add} disabled={disabled} />
        <Textarea
          ref={box}
          className={styles['composerText'] ?? ''}
          value={text}
          onChange={(event) => {
            touched.current = true;
            setText(event.currentTarget.value);
          }}
          onKeyDown={onKey}
          placeholder={label}
          aria-label={label}
          disabled={disabled}
          maxLength={CHARS_MAX}
          autosize
          minRows={1}
          maxRows={8}
        />
        <ActionIcon
          size={38}
          aria-label={intl.formatMessage({ id: 'messages.send' })}
          disabled={disabled || text.trim() === ''}
          loading={send.busy}
          onClick={() => void submit()}
        >
          <SendHorizontal size={18} aria-hidden />
        </ActionIcon>
      </div>
    </div>
  );
}

type Written = { readonly actor: string; readonly chat: string; readonly text: string };

async function write(written: Written, task: ComposerTaskOf | undefined): Promise<void> {
  if (task?.kind === 'edit') await api.messages.edit({ ...written, id: task.message.id });
  else await api.messages.send(task === undefined ? written : { ...written, replyTo: task.message.id });
}

/** Saves what is written a moment after the last key, and at once when the chat is left. */
function useDraft(actor: string, chat: string, text: string, draft: string): void {
  const latest = useRef(text);
  const saved = useRef(draft);
  useEffect(() => {
    latest.current = text;
    const save = (): void => {
      if (saved.current === latest.current) return;
      saved.current = latest.current;
      api.messages.saveDraft({ actor, chat, text: latest.current }).catch(() => undefined);
    };
    const timer = setTimeout(save, DRAFT_DELAY_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [actor, chat, text]);
  useEffect(
    () => () => {
      if (saved.current === latest.current) return;
      api.messages.saveDraft({ actor, chat, text: latest.current }).catch(() => undefined);
    },
    [actor, chat],
  );
}
