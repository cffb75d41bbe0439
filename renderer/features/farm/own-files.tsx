// Files of the owner's own, made without an order: sent here, split over printers, moved between them while they wait.

import {
  ActionIcon,
  Badge,
  Button,
  FileButton,
  Group,
  Menu,
  Progress,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { Copy, Ellipsis, FileUp, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { JobView, MachineView, OwnFileView } from '../../../node-core/api/index.ts';
import {
  api,
  type Fault,
  notify,
  uploadFile,
  useApiCommand,
  useApiQuery,
  useTask,
} from '../../bridge/index.ts';
import { Duration, FaultNotice, formatBytes, TaskProgress } from '../../ui/index.ts';
import styles from './farm.module.css';
import { type Batch, batchesOf } from './own-batches.ts';
import { CopiesDialog } from './own-copies.tsx';

const EXTENSIONS = '.gcode,.gco,.g,.nc,.ngc,.cnc,.tap,.txt';

type Props = {
  readonly owner: string;
  readonly machines: readonly MachineView[];
  readonly jobs: readonly JobView[];
};

export function OwnFiles({ owner, machines, jobs }: Props) {
  const files = useApiQuery(['jobs', 'files', owner], ({ signal }) =>
    api.files.list({ actor: owner }, { signal }),
  );
  const [chosen, setChosen] = useState<OwnFileView | undefined>(undefined);
  const batches = batchesOf(jobs);
  return (
    <section aria-labelledby="own-files">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="own-files">
          <FormattedMessage id="farm.own" />
        </Title>
        <SendFile owner={owner} onSent={files.refetch} />
      </Group>
      {files.fault === undefined ? null : <FaultNotice fault={files.fault} onRetry={files.refetch} compact />}
      <div className={styles['panel']}>
        {files.data?.length === 0 ? (
          <Text size="sm" c="dimmed">
            <FormattedMessage id="farm.own.empty" />
          </Text>
        ) : (
          <ul className={styles['queue']}>
            {(files.data ?? []).map((file) => (
              <FileRow key={file.id} file={file} owner={owner} onMake={() => setChosen(file)} />
            ))}
          </ul>
        )}
        {batches.length === 0 ? null : (
          <Stack gap="xs" mt="md">
            <Text size="sm" fw={600}>
              <FormattedMessage id="farm.own.waiting" />
            </Text>
            {batches.map((batch) => (
              <BatchRow key={batch.id} batch={batch} owner={owner} machines={machines} />
            ))}
          </Stack>
        )}
      </div>
      {chosen === undefined ? null : (
        <CopiesDialog file={chosen} owner={owner} machines={machines} onClose={() => setChosen(undefined)} />
      )}
    </section>
  );
}

/** One file at a time: sent, then read; what is wrong with it is said here. */
function SendFile({ owner, onSent }: { owner: string; onSent: () => void }) {
  const [share, setShare] = useState<number | undefined>(undefined);
  const [fault, setFault] = useState<Fault | undefined>(undefined);
  const [taskId, setTaskId] = useState<string | undefined>(undefined);
  const task = useTask(taskId);
  const send = async (file: File | null): Promise<void> => {
    if (file === null) return;
    setFault(undefined);
    setTaskId(undefined);
    setShare(0);
    const sent = await uploadFile({
      file,
      actor: owner,
      finish: (uploadId) => api.files.add({ uploadId }),
      signal: new AbortController().signal,
      onProgress: (bytes) => setShare(bytes / Math.max(1, file.size)),
    });
    setShare(undefined);
    if (sent.ok) setTaskId(sent.value.taskId);
    else if ('fault' in sent) setFault(sent.fault);
    onSent();
  };
  const isReading = task?.state === 'running';
  return (
    <Stack gap="xs" align="flex-end">
      <FileButton accept={EXTENSIONS} onChange={(file) => void send(file)}>
        {(props) => (
          <Button
            {...props}
            variant="light"
            leftSection={<FileUp size={16} aria-hidden />}
            loading={share !== undefined || isReading}
          >
            <FormattedMessage id="farm.own.add" />
          </Button>
        )}
      </FileButton>
      {share === undefined ? null : <Progress w={160} value={share * 100} aria-hidden />}
      {fault === undefined ? null : <FaultNotice fault={fault} compact />}
      {task === undefined || task.state === 'done' ? null : <TaskProgress task={task} />}
    </Stack>
  );
}

function FileRow({ file, owner, onMake }: { file: OwnFileView; owner: string; onMake: () => void }) {
  const intl = useIntl();
  const remove = useApiCommand(() => api.files.remove({ actor: owner, id: file.id }));
  return (
    <li>
      <strong>{file.name}</strong>
      <span className={styles['cardNote']}>
        <span>
          <FormattedMessage id={`farm.own.${file.process}`} />
        </span>
        <Duration seconds={file.seconds} />
        <span>{formatBytes(file.sizeBytes, intl.locale)}</span>
      </span>
      <Group gap={6} wrap="nowrap">
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<Copy size={14} aria-hidden />}
          onClick={onMake}
        >
          <FormattedMessage id="farm.own.make" />
        </Button>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={intl.formatMessage({ id: 'farm.own.remove' }, { name: file.name })}
          loading={remove.busy}
          onClick={() => void remove.run()}
        >
          <Trash2 size={15} aria-hidden />
        </ActionIcon>
      </Group>
      {remove.fault === undefined ? null : <FaultNotice fault={remove.fault} compact />}
    </li>
  );
}

type BatchProps = {
  readonly batch: Batch;
  readonly owner: string;
  readonly machines: readonly MachineView[];
};

/** Copies that wait: where, and how they can be put elsewhere. */
function BatchRow({ batch, owner, machines }: BatchProps) {
  const intl = useIntl();
  const move = useApiCommand((onto: string | undefined) =>
    api.files.rearrange({ actor: owner, batch: batch.id, ...(onto === undefined ? {} : { onto }) }),
  );
  const takeOut = useApiCommand(async () => {
    for (const id of batch.waiting) await api.jobs.cancel({ id, actor: owner });
  });
  const nameOf = (id: string): string => machines.find((machine) => machine.id === id)?.name ?? id;
  const rearrange = async (onto: string | undefined): Promise<void> => {
    const moved = await move.run(onto);
    if (moved.ok) notify('success', intl.formatMessage({ id: 'farm.own.moved' }, { title: batch.title }));
  };
  const fault = move.fault ?? takeOut.fault;
  return (
    <div className={styles['batch']}>
      <Group justify="space-between" wrap="nowrap">
        <Group gap={8}>
          <Text size="sm">{batch.title}</Text>
          {batch.places.map(({ machineId, copies }) => (
            <Badge key={machineId} variant="light" color="gray" tt="none">
              <FormattedMessage id="farm.own.share" values={{ copies, machine: nameOf(machineId) }} />
            </Badge>
          ))}
        </Group>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              loading={move.busy || takeOut.busy}
              aria-label={intl.formatMessage({ id: 'farm.own.rearrange' }, { title: batch.title })}
            >
              <Ellipsis size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {batch.group.length > 1 ? (
              <Menu.Item onClick={() => void rearrange(undefined)}>
                <FormattedMessage id="farm.own.splitAgain" />
              </Menu.Item>
            ) : null}
            {batch.group.length > 1
              ? batch.group.map((id) => (
                  <Menu.Item key={id} onClick={() => void rearrange(id)}>
                    <FormattedMessage id="farm.own.allOn" values={{ machine: nameOf(id) }} />
                  </Menu.Item>
                ))
              : null}
            <Menu.Item color="red" onClick={() => void takeOut.run()}>
              <FormattedMessage id="farm.own.takeOut" values={{ count: batch.waiting.length }} />
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {fault === undefined ? null : <FaultNotice fault={fault} compact />}
    </div>
  );
}
