// One file from the moment it is dropped until it is published. The 3D view stays the same one all the way: building a
// second one would cost seconds on a slow machine.

import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { FormattedMessage } from 'react-intl';
import type { DraftView } from '../../../node-core/api/index.ts';
import { api, href, navigate, useApiQuery } from '../../bridge/index.ts';
import { BackLink, FaultNotice, usePageDetail } from '../../ui/index.ts';
import { DraftPanel } from './draft-panel.tsx';
import { ModelFacts } from './model-facts.tsx';
import { Stage } from './stage.tsx';
import styles from './studio.module.css';
import { UploadRow } from './upload-row.tsx';
import { dismissUpload, type Upload } from './uploads.ts';

type Props = {
  /** The file as this page sends or sent it; undefined for drafts from before. */
  readonly upload: Upload | undefined;
  /** Undefined until the core has the whole file. */
  readonly draftId: string | undefined;
};

export function FilePage({ upload, draftId }: Props) {
  const draft = useApiQuery(
    ['drafts', 'get', draftId],
    ({ signal }) => api.drafts.get({ id: draftId ?? '' }, { signal }),
    { enabled: draftId !== undefined },
  );
  const address = draftId !== undefined ? `/studio/${draftId}` : upload === undefined ? '/studio' : undefined;
  useEffect(() => {
    // Once sent, the address is the draft's; an upload that was stopped or is from before a reload has none.
    if (address !== undefined) navigate(address, { replace: true });
  }, [address]);
  return (
    <Stack gap="md">
      <BackLink to={href('/studio')}>
        <FormattedMessage id="studio.back" />
      </BackLink>
      {draft.fault === undefined ? null : <FaultNotice fault={draft.fault} onRetry={draft.refetch} />}
      {draft.data === undefined && upload === undefined ? (
        draft.fault === undefined ? (
          <FileSkeleton />
        ) : null
      ) : (
        <FileDetails draft={draft.data} upload={upload} />
      )}
    </Stack>
  );
}

function FileDetails({ draft, upload }: { draft: DraftView | undefined; upload: Upload | undefined }) {
  const local = upload?.mesh;
  const mesh = useApiQuery(
    ['drafts', 'mesh', draft?.id],
    ({ signal }) => api.drafts.mesh({ id: draft?.id ?? '' }, { signal }),
    {
      enabled: local === undefined && (draft?.state === 'ready' || draft?.state === 'published'),
      immutable: true,
    },
  );
  const name = draft?.fileName ?? upload?.fileName ?? '';
  usePageDetail(name === '' ? undefined : name);
  const unreadable = draft?.state === 'refused' || upload?.previewFault !== undefined;
  const showStage = local !== undefined || !unreadable;
  return (
    <div className={styles['draft']} data-wide={!showStage}>
      {showStage ? (
        <Stage
          name={name}
          mesh={local}
          blob={mesh.data}
          problems={draft?.analysis?.problems ?? upload?.facts?.problems}
        />
      ) : null}
      <Stack gap="lg">
        <Title order={1} className={styles['title'] ?? ''}>
          {name}
        </Title>
        {mesh.fault === undefined ? null : <FaultNotice fault={mesh.fault} onRetry={mesh.refetch} compact />}
        {draft !== undefined ? (
          <DraftPanel draft={draft} localFacts={upload?.facts} />
        ) : upload !== undefined ? (
          <UploadPanel upload={upload} />
        ) : null}
      </Stack>
    </div>
  );
}

function UploadPanel({ upload }: { upload: Upload }) {
  return (
    <>
      <UploadRow upload={upload} />
      {upload.previewFault === undefined ? null : <FaultNotice fault={upload.previewFault} />}
      {upload.facts === undefined ? null : <ModelFacts analysis={upload.facts} />}
      {upload.state === 'failed' ? (
        <Group>
          <Button onClick={() => dismissUpload(upload.id)}>
            <FormattedMessage id="studio.another" />
          </Button>
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          <FormattedMessage id="studio.upload.leave" />
        </Text>
      )}
    </>
  );
}

function FileSkeleton() {
  return (
    <div className={styles['draft']} aria-busy="true">
      <Skeleton className={styles['stage'] ?? ''} />
      <Stack gap="md">
        <Skeleton height={34} width="70%" />
        <Skeleton height={220} />
      </Stack>
    </div>
  );
}
