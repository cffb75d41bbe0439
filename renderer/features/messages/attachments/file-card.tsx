// A file in a message: what it is, how far it has come, and what can be done with it. Nothing is fetched, saved, shown or
// started before its reader says so; what would start something when opened is named first.

import { Alert, Button, Group, Progress, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  Box,
  Download,
  Eye,
  FileText,
  Film,
  Image,
  Music,
  Pause,
  Play,
  Save,
  TriangleAlert,
  X,
} from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AttachmentView, MessageView } from '../../../../node-core/api/index.ts';
import {
  api,
  navigate,
  saveFile,
  useAccounts,
  useApiCommand,
  useApiQuery,
  useConsole,
} from '../../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, formatBytes } from '../../../ui/index.ts';
import styles from './attachments.module.css';
import { FileDialog } from './file-dialog.tsx';
import { MODEL_NAME } from './pending.ts';
import { Picture } from './picture.tsx';
import { isPlayed } from './player.tsx';

const ICONS = { image: Image, audio: Music, video: Film, model: Box, file: FileText } as const;

type Props = { readonly actor: string; readonly message: MessageView; readonly file: AttachmentView };

export function FileCard({ actor, message, file }: Props) {
  const { id, mine } = message;
  const locale = useConsole((state) => state.settings.locale);
  const Icon = ICONS[file.kind];
  const [isOpen, dialog] = useDisclosure(false);
  const isShown = file.kind === 'image' || isPlayed(file) || MODEL_NAME.test(file.name);
  const canShow = isShown && (file.state === 'ready' || file.outgoing);
  return (
    <div className={styles['card']} data-state={file.state} data-kind={file.kind}>
      {file.hasPicture ? (
        <SmallPicture actor={actor} id={id} name={file.name} onOpen={canShow ? dialog.open : undefined} />
      ) : null}
      <div className={styles['cardHead']}>
        {file.hasPicture ? null : (
          <span className={styles['mark']}>
            <Icon size={22} aria-hidden />
          </span>
        )}
        <div className={styles['rowText']}>
          <span className={styles['name']} dir="auto">
            {file.name}
          </span>
          <Text size="xs" c="dimmed">
            {file.sizeBytes === 0 ? null : `${formatBytes(file.sizeBytes, locale)} · `}
            <FormattedMessage id={`messages.file.state.${file.outgoing ? 'out' : 'in'}.${file.state}`} />
          </Text>
        </div>
      </div>
      <Moving file={file} />
      {file.danger === undefined || mine ? null : (
        <Alert color="orange" p="xs" icon={<TriangleAlert size={16} aria-hidden />}>
          <FormattedMessage id="messages.file.danger" values={{ extension: file.danger }} />
        </Alert>
      )}
      {file.fault === undefined ? null : <FaultNotice fault={file.fault} compact />}
      <Actions actor={actor} message={message} file={file} onShow={canShow ? dialog.open : undefined} />
      {isOpen ? <FileDialog actor={actor} id={id} file={file} onClose={dialog.close} /> : null}
    </div>
  );
}

type SmallProps = {
  readonly actor: string;
  readonly id: number;
  readonly name: string;
  readonly onOpen: (() => void) | undefined;
};

function SmallPicture({ actor, id, name, onOpen }: SmallProps) {
  const intl = useIntl();
  const small = useApiQuery(
    ['messages', 'picture', actor, id],
    ({ signal }) => api.messages.filePicture({ actor, id }, { signal }),
    { immutable: true },
  );
  const alt = intl.formatMessage({ id: 'messages.file.picture' }, { name });
  const picture = <Picture blob={small.data} alt={onOpen === undefined ? alt : ''} sideMax={320} />;
  if (onOpen === undefined) return <div className={styles['small']}>{picture}</div>;
  return (
    <UnstyledButton
      className={styles['small'] ?? ''}
      onClick={onOpen}
      aria-label={intl.formatMessage({ id: 'messages.file.show.name' }, { name })}
    >
      {picture}
    </UnstyledButton>
  );
}

function Moving({ file }: { file: AttachmentView }) {
  const intl = useIntl();
  const { state, wholeShare, name } = file;
  const isShown = state === 'moving' || state === 'waiting' || (state === 'paused' && wholeShare > 0);
  if (!isShown) return null;
  return (
    <Progress
      size="sm"
      value={Math.max(2, wholeShare * 100)}
      striped={state === 'waiting'}
      color={state === 'moving' ? '' : 'gray'}
      aria-label={intl.formatMessage({ id: 'messages.file.progress' }, { name })}
    />
  );
}

type ActionProps = Props & { readonly onShow: (() => void) | undefined };

function Actions({ actor, message: { id, mine }, file, onShow }: ActionProps) {
  const start = useApiCommand((foreign: boolean) => api.messages.startFile({ actor, id, foreign }));
  const pause = useApiCommand(() => api.messages.pauseFile({ actor, id }));
  const cancel = useApiCommand(() => api.messages.cancelFile({ actor, id }));
  const designer = useAccounts().data?.find(({ role }) => role === 'designer')?.address;
  const studio = useApiCommand(() => api.messages.fileToStudio({ actor, id, designer: designer ?? '' }));
  const toStudio = async (): Promise<void> => {
    const made = await studio.run(undefined);
    if (made.ok) navigate(`/studio/${made.value.draftId}`);
  };
  const { state, from } = file;
  const isMoving = state === 'moving' || state === 'waiting';
  const isWaitingForReader = state === 'offered' || state === 'paused' || state === 'failed';
  const isHere = state === 'ready';
  const fault = start.fault ?? pause.fault ?? cancel.fault ?? studio.fault;
  return (
    <>
      <Group gap={6}>
        {isWaitingForReader && (from === undefined || state === 'paused') ? (
          <Act
            icon={state === 'offered' ? <Download size={14} aria-hidden /> : <Play size={14} aria-hidden />}
            text={state === 'offered' ? 'fetch' : state === 'paused' ? 'continue' : 'again'}
            busy={start.busy}
            onClick={() => void start.run(false)}
          />
        ) : null}
        {isWaitingForReader && from !== undefined ? (
          <FetchForeign from={from} name={file.name} onFetch={() => void start.run(true)} />
        ) : null}
        {isMoving ? (
          <Act
            icon={<Pause size={14} aria-hidden />}
            text="pause"
            busy={pause.busy}
            onClick={() => void pause.run(undefined)}
          />
        ) : null}
        {file.outgoing && !isHere ? (
          <Act
            icon={<X size={14} aria-hidden />}
            text="cancel"
            busy={cancel.busy}
            onClick={() => void cancel.run(undefined)}
          />
        ) : null}
        {onShow === undefined ? null : (
          <Act
            icon={isPlayed(file) ? <Play size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
            text={file.kind === 'image' ? 'show' : isPlayed(file) ? 'play' : 'show3d'}
            busy={false}
            onClick={onShow}
          />
        )}
        {isHere && MODEL_NAME.test(file.name) && !mine && designer !== undefined ? (
          <Act
            icon={<Box size={14} aria-hidden />}
            text="studio"
            busy={studio.busy}
            onClick={() => void toStudio()}
          />
        ) : null}
        {isHere ? <SaveButton actor={actor} id={id} file={file} mine={mine} /> : null}
      </Group>
      {fault === undefined ? null : <FaultNotice fault={fault} compact />}
    </>
  );
}

type ActProps = {
  readonly icon: ReactNode;
  readonly text: string;
  readonly busy: boolean;
  readonly onClick: () => void;
};

function Act({ icon, text, busy, onClick }: ActProps) {
  return (
    <Button variant="default" size="compact-sm" leftSection={icon} loading={busy} onClick={onClick}>
      <FormattedMessage id={`messages.file.${text}`} />
    </Button>
  );
}

/** Saving is the reader's act; what would start something is asked about once more. */
function SaveButton({
  actor,
  id,
  file,
  mine,
}: {
  actor: string;
  id: number;
  file: AttachmentView;
  mine: boolean;
}) {
  const intl = useIntl();
  const [isAsking, ask] = useDisclosure(false);
  const get = useApiCommand(() => api.messages.file({ actor, id }));
  const save = async (): Promise<void> => {
    const got = await get.run(undefined);
    ask.close();
    if (got.ok) await saveFile(got.value, file.name);
  };
  const isAsked = file.danger !== undefined && !mine;
  return (
    <>
      <Act
        icon={<Save size={14} aria-hidden />}
        text="save"
        busy={get.busy}
        onClick={isAsked ? ask.open : () => void save()}
      />
      <ConfirmDialog
        opened={isAsking}
        onClose={ask.close}
        title={<FormattedMessage id="messages.file.danger.title" />}
        confirmLabel={intl.formatMessage({ id: 'messages.file.danger.save' })}
        mode="click"
        danger
        busy={get.busy}
        onConfirm={() => void save()}
      >
        <FormattedMessage
          id="messages.file.danger.text"
          values={{ name: file.name, extension: file.danger ?? '' }}
        />
      </ConfirmDialog>
      {get.fault === undefined ? null : <FaultNotice fault={get.fault} compact />}
    </>
  );
}

function FetchForeign({ from, name, onFetch }: { from: string; name: string; onFetch: () => void }) {
  const intl = useIntl();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Act
        icon={<Download size={14} aria-hidden />}
        text="fetch"
        busy={false}
        onClick={() => setAsking(true)}
      />
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={<FormattedMessage id="messages.file.foreign.title" />}
        confirmLabel={intl.formatMessage({ id: 'messages.file.fetch' })}
        mode="click"
        onConfirm={() => {
          setAsking(false);
          onFetch();
        }}
      >
        <FormattedMessage id="messages.file.foreign.text" values={{ from, name }} />
      </ConfirmDialog>
    </>
  );
}
