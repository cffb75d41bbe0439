// The studio's front: a place to drop files, what is under way, drafts, and what is published.

import { Badge, Group, Stack, Title } from '@mantine/core';
import { Shapes } from 'lucide-react';
import { useEffect } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { DraftView, ModelView } from '../../../node-core/api/index.ts';
import { api, href, navigate, useActor, useApiQuery, useModelThumbnail } from '../../bridge/index.ts';
import { warmPreview } from '../../scene/read-model.ts';
import {
  Card,
  CardLink,
  CardList,
  CardSkeletons,
  EmptyState,
  FaultNotice,
  formatBytes,
  Money,
  PageHeader,
  Thumbnail,
  TimeText,
  TruthBadge,
} from '../../ui/index.ts';
import { DraftStateBadge } from './draft-state.tsx';
import { DropZone } from './drop-zone.tsx';
import styles from './studio.module.css';
import { UploadRow } from './upload-row.tsx';
import { startUpload, useUploads } from './uploads.ts';

/** After the page stands and before a file is likely to come. */
const WARM_MS = 700;

export function StudioHome() {
  const actor = useActor();
  useEffect(() => {
    const timer = setTimeout(() => {
      warmPreview();
      void import('../../scene/index.ts').then(({ warmStage }) => warmStage());
    }, WARM_MS);
    return () => clearTimeout(timer);
  }, []);
  const uploads = useUploads((state) => state.uploads).filter((upload) => upload.state !== 'sent');
  const start = (files: readonly File[]): void => {
    if (actor === undefined) return;
    const ids = files.map((file) => startUpload(file, actor.address));
    if (ids.length === 1) navigate(`/studio/upload/${ids[0]}`);
  };
  return (
    <>
      <PageHeader
        title={<FormattedMessage id="app.page.studio" />}
        subtitle={<FormattedMessage id="studio.subtitle" />}
      />
      <Stack gap="xl">
        <DropZone onFiles={start} disabled={actor === undefined} />
        {uploads.length === 0 ? null : (
          <section>
            <Title order={2} mb="sm">
              <FormattedMessage id="studio.uploads" />
            </Title>
            <Stack gap="sm">
              {uploads.map((upload) => (
                <UploadRow key={upload.id} upload={upload} />
              ))}
            </Stack>
          </section>
        )}
        <Drafts actor={actor?.address} />
        <Published actor={actor?.address} />
      </Stack>
    </>
  );
}

function Drafts({ actor }: { actor: string | undefined }) {
  const drafts = useApiQuery(
    ['drafts', 'list', actor],
    ({ signal }) => api.drafts.list({ actor: actor ?? '' }, { signal }),
    { enabled: actor !== undefined },
  );
  const open = drafts.data?.filter((draft) => draft.state !== 'published');
  return (
    <section>
      <Title order={2} mb="sm">
        <FormattedMessage id="studio.drafts" />
      </Title>
      {drafts.fault === undefined ? null : <FaultNotice fault={drafts.fault} onRetry={drafts.refetch} />}
      {open === undefined ? (
        drafts.fault === undefined ? (
          <CardSkeletons count={3} heightPx={260} />
        ) : null
      ) : open.length === 0 ? (
        <EmptyState
          icon={<Shapes size={26} />}
          title={<FormattedMessage id="studio.drafts.none.title" />}
          text={<FormattedMessage id="studio.drafts.none.text" />}
        />
      ) : (
        <CardList>
          {open.map((draft) => (
            <DraftCard key={draft.id} draft={draft} />
          ))}
        </CardList>
      )}
    </section>
  );
}

function DraftCard({ draft }: { draft: DraftView }) {
  const { locale } = useIntl();
  const ready = draft.state === 'ready';
  const thumbnail = useApiQuery(
    ['drafts', 'thumbnail', draft.id],
    ({ signal }) => api.drafts.thumbnail({ id: draft.id }, { signal }),
    { enabled: ready, immutable: true },
  );
  return (
    <Card>
      <Thumbnail
        blob={thumbnail.data}
        pending={draft.state === 'analysing' || (ready && thumbnail.isPending)}
        alt=""
      />
      <div className={styles['cardBody']}>
        <strong className={styles['cardTitle']}>
          <CardLink to={href(`/studio/${draft.id}`)}>{draft.fileName}</CardLink>
        </strong>
        <div className={styles['cardFacts']}>
          <span>{formatBytes(draft.sizeBytes, locale)}</span>
          <TimeText timeS={draft.createdMs / 1000} relative />
        </div>
        <DraftStateBadge state={draft.state} />
      </div>
    </Card>
  );
}

function Published({ actor }: { actor: string | undefined }) {
  const models = useApiQuery(
    ['models', 'mine', actor],
    ({ signal }) => api.models.list({ designer: actor ?? '' }, { signal }),
    { enabled: actor !== undefined },
  );
  if (models.data === undefined || models.data.length === 0) return null;
  return (
    <section>
      <Title order={2} mb="sm">
        <FormattedMessage id="studio.published" />
      </Title>
      <CardList>
        {models.data.map((model) => (
          <PublishedCard key={model.id} model={model} />
        ))}
      </CardList>
    </section>
  );
}

function PublishedCard({ model }: { model: ModelView }) {
  const thumbnail = useModelThumbnail(model.hasPreview ? model.id : undefined);
  return (
    <Card>
      <Thumbnail blob={thumbnail.data} pending={model.hasPreview && thumbnail.isPending} alt="" />
      <div className={styles['cardBody']}>
        <strong className={styles['cardTitle']}>
          <CardLink to={href(`/market/${model.id}`)}>{model.title}</CardLink>
        </strong>
        <dl className={styles['earnings']}>
          <div>
            <dt>
              <FormattedMessage id="studio.published.copies" />
            </dt>
            <dd>
              <FormattedNumber value={model.copiesPrinted} />
            </dd>
          </div>
          <div>
            <dt>
              <FormattedMessage id="studio.published.earned" />
            </dt>
            <dd>
              <Money micro={model.earnedMicro} />
            </dd>
          </div>
        </dl>
        <Group gap={6}>
          <TruthBadge truth={model.registered.truth} height={model.registered.height} />
          {model.acquired ? (
            <Badge variant="default">
              <FormattedMessage id="studio.published.acquired" />
            </Badge>
          ) : null}
        </Group>
      </div>
    </Card>
  );
}
