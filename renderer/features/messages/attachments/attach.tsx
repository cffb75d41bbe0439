// Where files enter a chat: dropped on it, pasted into it, or chosen. They wait above the box where one writes, each with
// what can be seen of it, until they are sent or removed.

import { ActionIcon, Button, CloseButton, Group, Progress, Text } from '@mantine/core';
import { FileText, ImageOff, Paperclip, SendHorizontal } from 'lucide-react';
import { type ClipboardEvent, type DragEvent, type ReactNode, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { useConsole } from '../../../bridge/index.ts';
import { FaultNotice, formatBytes } from '../../../ui/index.ts';
import styles from './attachments.module.css';
import { ModelPreview } from './model-preview.tsx';
import type { Pending, PendingFile } from './pending.ts';
import { Picture } from './picture.tsx';

type DropProps = {
  readonly onFiles: (files: readonly File[]) => void;
  readonly disabled: boolean;
  readonly className: string;
  readonly label: string;
  readonly children: ReactNode;
};

/** The whole chat takes files. */
export function DropArea({ onFiles, disabled, className, label, children }: DropProps) {
  const [over, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  const onDrag = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (!disabled) setOver(true);
  };
  const onLeave = (event: DragEvent): void => {
    if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...event.clipboardData.files];
    // Programs put a picture beside a text that is meant: the text is what one wants then.
    if (files.length === 0 || event.clipboardData.getData('text/plain') !== '') return;
    event.preventDefault();
    if (!disabled) onFiles(files);
  };
  return (
    <section
      className={`${className} ${styles['area'] ?? ''}`}
      aria-label={label}
      onDragEnter={onDrag}
      onDragOver={onDrag}
      onDragLeave={onLeave}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        const files = [...event.dataTransfer.files];
        if (!disabled && files.length > 0) onFiles(files);
      }}
      onPaste={onPaste}
    >
      {children}
      {over ? (
        <div className={styles['over']} aria-hidden>
          <Paperclip size={28} />
          <FormattedMessage id="messages.file.drop" />
        </div>
      ) : null}
    </section>
  );
}

type ButtonProps = { readonly onFiles: (files: readonly File[]) => void; readonly disabled: boolean };

export function AttachButton({ onFiles, disabled }: ButtonProps) {
  const intl = useIntl();
  const input = useRef<HTMLInputElement>(null);
  const label = intl.formatMessage({ id: 'messages.file.attach' });
  return (
    <>
      <ActionIcon
        size={38}
        variant="default"
        aria-label={label}
        disabled={disabled}
        onClick={() => input.current?.click()}
      >
        <Paperclip size={18} aria-hidden />
      </ActionIcon>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}

/** What waits to be sent. */
export function PendingFiles({ pending }: { pending: Pending }) {
  const { files, remove, sendAll, sending } = pending;
  const isReady = files.some(({ ready }) => ready !== undefined);
  if (files.length === 0) return null;
  return (
    <div className={styles['tray']}>
      <ul className={styles['pending']}>
        {files.map((one) => (
          <li key={one.key}>
            <PendingRow pending={one} onRemove={() => remove(one.key)} busy={sending} />
          </li>
        ))}
      </ul>
      <Group justify="flex-end">
        <Button
          size="xs"
          disabled={!isReady}
          loading={sending}
          leftSection={<SendHorizontal size={14} aria-hidden />}
          onClick={() => void sendAll()}
        >
          <FormattedMessage id="messages.file.send" values={{ count: files.length }} />
        </Button>
      </Group>
    </div>
  );
}

type RowProps = { readonly pending: PendingFile; readonly onRemove: () => void; readonly busy: boolean };

function PendingRow({ pending, onRemove, busy }: RowProps) {
  const intl = useIntl();
  const locale = useConsole((state) => state.settings.locale);
  const { file, kind, picture, isCleaned, sentShare, fault } = pending;
  return (
    <div className={styles['row']} data-kind={kind}>
      {kind === 'model' ? (
        <div className={styles['stage']}>
          <ModelPreview file={file} />
        </div>
      ) : (
        <div className={styles['mark']}>
          {picture !== undefined ? (
            <Picture blob={picture} alt="" sideMax={96} />
          ) : kind === 'image' ? (
            <ImageOff size={22} aria-hidden />
          ) : (
            <FileText size={22} aria-hidden />
          )}
        </div>
      )}
      <div className={styles['rowText']}>
        <span className={styles['name']} dir="auto">
          {file.name}
        </span>
        <Text size="xs" c="dimmed">
          {formatBytes(file.size, locale)}
        </Text>
        {isCleaned === undefined ? null : (
          <Text size="xs" c={isCleaned ? 'dimmed' : 'var(--mantine-color-text)'} fw={isCleaned ? 400 : 600}>
            <FormattedMessage id={isCleaned ? 'messages.file.cleaned' : 'messages.file.uncleaned'} />
          </Text>
        )}
        {sentShare === undefined || fault !== undefined ? null : (
          <Progress
            size="sm"
            value={sentShare * 100}
            aria-label={intl.formatMessage({ id: 'messages.file.progress' }, { name: file.name })}
          />
        )}
        {fault === undefined ? null : <FaultNotice fault={fault} compact />}
      </div>
      <CloseButton
        size="sm"
        disabled={busy}
        aria-label={intl.formatMessage({ id: 'messages.file.remove' }, { name: file.name })}
        onClick={onRemove}
      />
    </div>
  );
}
