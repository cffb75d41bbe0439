// What stands beside a draft's 3D view: being checked, refused with a reason, ready for its terms, or published.

import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { DraftView, TaskView } from '../../../node-core/api/index.ts';
import { api, href, navigate, useActor, useApiCommand, useConsole } from '../../bridge/index.ts';
import type { PreviewFacts } from '../../scene/read-model.ts';
import { ConfirmDialog, FaultNotice, PartyChip, TaskProgress, TimeText } from '../../ui/index.ts';
import { ModelFacts } from './model-facts.tsx';
import { PublishForm } from './publish-form.tsx';
import styles from './studio.module.css';
import { useUploads } from './uploads.ts';

/** `localFacts`: what this page measured itself, until the core's figures are there. */
export function DraftPanel({
  draft,
  localFacts,
}: {
  draft: DraftView;
  localFacts: PreviewFacts | undefined;
}) {
  const analysis = draft.analysis ?? localFacts;
  return (
    <>
      {draft.state === 'analysing' ? <Analysing draft={draft} /> : null}
      {draft.state === 'refused' && draft.fault !== undefined ? (
        <>
          <FaultNotice fault={draft.fault} />
          <Group>
            <Button component="a" href={href('/studio')}>
              <FormattedMessage id="studio.another" />
            </Button>
          </Group>
        </>
      ) : null}
      {draft.registeredBefore === undefined ? null : <RegisteredBefore before={draft.registeredBefore} />}
      {analysis === undefined ? null : <ModelFacts analysis={analysis} />}
      {draft.state === 'ready' ? <PublishForm draft={draft} /> : null}
      {draft.state === 'published' && draft.designHash !== undefined ? (
        <Anchor href={href(`/market/${draft.designHash}`)}>
          <FormattedMessage id="studio.open.published" />
        </Anchor>
      ) : null}
      {draft.state === 'published' ? null : <RemoveDraft draft={draft} />}
    </>
  );
}

/** The task that checks this draft: known by id right after sending, found by its subject after a reload. */
function useAnalysis(draft: DraftView): TaskView | undefined {
  const taskId = useUploads((state) => state.uploads.find(({ draftId }) => draftId === draft.id)?.taskId);
  return useConsole((state) =>
    taskId !== undefined
      ? state.tasks[taskId]
      : Object.values(state.tasks).find(
          (task) => task.kind === 'analyse' && task.state === 'running' && task.subject === draft.fileName,
        ),
  );
}

function Analysing({ draft }: { draft: DraftView }) {
  const task = useAnalysis(draft);
  return (
    <section className={styles['row']}>
      {task === undefined ? (
        <Text role="status">
          <FormattedMessage id="studio.analysing" />
        </Text>
      ) : (
        <TaskProgress task={task} />
      )}
      <Text size="sm" c="dimmed">
        <FormattedMessage id="studio.analysing.text" />
      </Text>
    </section>
  );
}

function RegisteredBefore({ before }: { before: NonNullable<DraftView['registeredBefore']> }) {
  const mine = useActor()?.address === before.designer.address;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={<FormattedMessage id={mine ? 'studio.before.mine' : 'studio.before.title'} />}
    >
      <Stack gap="xs">
        <PartyChip party={before.designer} />
        <Text size="sm">
          <FormattedMessage
            id={mine ? 'studio.before.mine.text' : 'studio.before.text'}
            values={{ time: <TimeText timeS={before.timeS} />, height: before.height }}
          />
        </Text>
      </Stack>
    </Alert>
  );
}

function RemoveDraft({ draft }: { draft: DraftView }) {
  const intl = useIntl();
  const [asking, setAsking] = useState(false);
  const remove = useApiCommand(() => api.drafts.remove({ id: draft.id }));
  const confirm = async (): Promise<void> => {
    const result = await remove.run();
    if (result.ok) navigate('/studio', { replace: true });
  };
  return (
    <Group>
      <Button variant="subtle" color="red" leftSection={<Trash2 size={16} />} onClick={() => setAsking(true)}>
        <FormattedMessage id="studio.remove" />
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={<FormattedMessage id="studio.remove.title" />}
        confirmLabel={intl.formatMessage({ id: 'studio.remove.hold' })}
        onConfirm={() => void confirm()}
        busy={remove.busy}
        fault={remove.fault}
        danger
      >
        <FormattedMessage id="studio.remove.text" values={{ name: <strong>{draft.fileName}</strong> }} />
      </ConfirmDialog>
    </Group>
  );
}
