// One published model: look at it, read its terms, see who registered it first, ask for a quote.

import { Badge, Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import { PackageX } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { ModelView } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiQuery, useModelThumbnail } from '../../bridge/index.ts';
import {
  BackLink,
  EmptyState,
  FaultNotice,
  formatMillimetres,
  formatVolume,
  Hash,
  Money,
  PartyChip,
  Thumbnail,
  TimeText,
  TruthBadge,
  usePageDetail,
} from '../../ui/index.ts';
import styles from './market.module.css';

const MeshView = lazy(async () => ({ default: (await import('../../scene/index.ts')).MeshView }));

export function ModelPage({ modelId }: { modelId: string }) {
  const known = /^[0-9a-f]{64}$/.test(modelId);
  const model = useApiQuery(
    ['models', 'get', modelId],
    ({ signal }) => api.models.get({ id: modelId }, { signal }),
    {
      enabled: known,
    },
  );
  return (
    <Stack gap="md">
      <BackLink to={href('/market')}>
        <FormattedMessage id="market.back" />
      </BackLink>
      {known ? null : (
        <EmptyState
          page
          icon={<PackageX size={26} />}
          title={<FormattedMessage id="market.unknown.title" />}
          text={<FormattedMessage id="market.unknown.text" />}
        />
      )}
      {model.fault === undefined ? null : <FaultNotice fault={model.fault} onRetry={model.refetch} />}
      {model.data !== undefined ? (
        <ModelDetails model={model.data} />
      ) : known && model.fault === undefined ? (
        <div className={styles['model']} aria-busy="true">
          <Skeleton className={styles['stage'] ?? ''} radius="lg" />
          <Stack gap="md">
            <Skeleton height={34} width="70%" />
            <Skeleton height={120} />
            <Skeleton height={180} />
          </Stack>
        </div>
      ) : null}
    </Stack>
  );
}

function ModelDetails({ model }: { model: ModelView }) {
  usePageDetail(model.title);
  return (
    <div className={styles['model']}>
      <div className={styles['stage']}>
        <Preview model={model} />
      </div>
      <Stack gap="lg">
        <div>
          <Title order={1} className={styles['title'] ?? ''}>
            {model.title}
          </Title>
          <div className={styles['byline']}>
            <PartyChip party={model.designer} />
            {model.mine ? (
              <Badge variant="light">
                <FormattedMessage id="market.mine" />
              </Badge>
            ) : null}
          </div>
        </div>
        <section className={styles['offer']}>
          <div>
            <div className={styles['offerPrice']}>
              {model.priceMicroPerCopy === 0n ? (
                <FormattedMessage id="market.free" />
              ) : (
                <Money micro={model.priceMicroPerCopy} />
              )}
            </div>
            <Text size="sm" c="dimmed">
              <FormattedMessage id="market.offer.text" />
            </Text>
          </div>
          <Button component="a" size="md" href={href(`/orders/new?model=${model.id}`)}>
            <FormattedMessage id="market.quote" />
          </Button>
        </section>
        {model.description === '' ? null : <p className={styles['description']}>{model.description}</p>}
        <OfferBatch model={model} />
        <Facts model={model} />
        <Registration model={model} />
      </Stack>
    </div>
  );
}

/** For whoever makes things: one price for many pieces, which orders of several products take together. */
function OfferBatch({ model }: { model: ModelView }) {
  const locale = useIntl().locale.startsWith('zh') ? 'zh-Hans' : 'en';
  const isMaker = useActor()?.role === 'owner';
  const batch = useApiQuery(
    ['orders', 'paradigms', locale],
    ({ signal }) => api.paradigms.list({ locale }, { signal }),
    { enabled: isMaker },
  ).data?.find(({ name, published }) => name === 'part-batch' && published?.closed === undefined);
  if (!isMaker || batch?.published === undefined) return null;
  return (
    <section>
      <Text size="sm" c="dimmed" mb={6}>
        <FormattedMessage id="market.batch.text" />
      </Text>
      <Button
        component="a"
        variant="default"
        size="compact-sm"
        href={href(`/paradigms/${batch.id}?design=${model.id}`)}
      >
        <FormattedMessage id="market.batch" />
      </Button>
    </section>
  );
}

function Preview({ model }: { model: ModelView }) {
  const intl = useIntl();
  const label = intl.formatMessage({ id: 'market.preview' }, { title: model.title });
  const thumbnail = useModelThumbnail(model.hasPreview ? model.id : undefined);
  const preview = useApiQuery(
    ['models', 'preview', model.id],
    ({ signal }) => api.models.preview({ id: model.id }, { signal }),
    { enabled: model.hasPreview, immutable: true },
  );
  if (!model.hasPreview || preview.fault !== undefined)
    return <Thumbnail blob={thumbnail.data} alt={label} />;
  return (
    <Suspense fallback={<Skeleton width="100%" height="100%" radius="lg" />}>
      <MeshView blob={preview.data} label={label} />
    </Suspense>
  );
}

function Facts({ model }: { model: ModelView }) {
  const intl = useIntl();
  const [x, y, z] = [model.sizeUm.x, model.sizeUm.y, model.sizeUm.z].map((um) =>
    formatMillimetres(um, intl.locale),
  );
  const licenceId = `market.licence.${model.licence}`;
  return (
    <dl className={styles['facts']}>
      <dt>
        <FormattedMessage id="market.fact.size" />
      </dt>
      <dd>
        <FormattedMessage id="market.size" values={{ x, y, z }} />
      </dd>
      <dt>
        <FormattedMessage id="market.fact.volume" />
      </dt>
      <dd>
        <FormattedMessage
          id="market.volume"
          values={{ volume: formatVolume(model.volumeMm3, intl.locale) }}
        />
      </dd>
      <dt>
        <FormattedMessage id="market.fact.surface" />
      </dt>
      <dd>
        <FormattedMessage
          id={model.watertight ? 'market.surface.closed' : 'market.surface.open'}
          values={{ triangles: model.triangles }}
        />
      </dd>
      <dt>
        <FormattedMessage id="market.fact.licence" />
      </dt>
      <dd>{licenceId in intl.messages ? <FormattedMessage id={licenceId} /> : model.licence}</dd>
      <dt>
        <FormattedMessage id="market.fact.copies" />
      </dt>
      <dd>
        <FormattedNumber value={model.copiesPrinted} />
      </dd>
      {model.mine ? (
        <>
          <dt>
            <FormattedMessage id="market.fact.earned" />
          </dt>
          <dd>
            <Money micro={model.earnedMicro} />
          </dd>
        </>
      ) : null}
    </dl>
  );
}

/** Who was first, and how this console knows. */
function Registration({ model }: { model: ModelView }) {
  const { registered } = model;
  return (
    <section className={styles['registration']}>
      <div className={styles['registrationHead']}>
        <Title order={2}>
          <FormattedMessage id="market.registered" />
        </Title>
        <TruthBadge truth={registered.truth} height={registered.height} />
      </div>
      <Text size="sm" mt={4}>
        <FormattedMessage
          id={`market.registered.text.${registered.truth}`}
          values={{
            designer: <strong>{model.designer.name}</strong>,
            time: registered.timeS === undefined ? '' : <TimeText timeS={registered.timeS} />,
            dated: registered.timeS === undefined ? 'no' : 'yes',
          }}
        />
      </Text>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="market.fact.design" />
        </dt>
        <dd>
          <Hash value={model.id} head={10} tail={8} />
        </dd>
        <dt>
          <FormattedMessage id="market.fact.content" />
        </dt>
        <dd>
          <Hash value={model.contentId} head={10} tail={8} />
        </dd>
        {registered.txHash === undefined ? null : (
          <>
            <dt>
              <FormattedMessage id="market.fact.tx" />
            </dt>
            <dd>
              <Hash value={registered.txHash} head={10} tail={8} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
