// How the print of an order goes, for its parties: state, layer, time left, temperatures and the part as far as it is
// made, as the maker's console tells it and as far as the printer's owner shows it.

import { Group, Progress, Skeleton, Text, Title } from '@mantine/core';
import { CircleCheck, CircleX, Flame, Hourglass, Pause, Printer, WifiOff } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView, PrintWatchView } from '../../../node-core/api/index.ts';
import { api, useActor, useApiQuery } from '../../bridge/index.ts';
import { Duration, TimeText } from '../../ui/index.ts';
import styles from './orders.module.css';

const MeshView = lazy(async () => ({ default: (await import('../../scene/index.ts')).MeshView }));

/** Asking is what keeps the maker's console telling. */
const INTERVAL_MS = 10_000;

type Print = NonNullable<PrintWatchView['print']>;

export function PrintWatch({ order }: { order: OrderView }) {
  const actor = useActor();
  const account = actor?.address.toLowerCase();
  const parties = [order.buyer, order.designer, order.owner].map(({ address }) => address.toLowerCase());
  const isParty = account !== undefined && parties.includes(account);
  const watched = useApiQuery(
    ['watching', order.id, actor?.address],
    ({ signal }) => api.cameras.watchOrder({ actor: actor?.address ?? '', orderId: order.id }, { signal }),
    { enabled: isParty && !order.final && order.licence !== undefined, refetchIntervalMs: INTERVAL_MS },
  );
  if (watched.data === undefined || order.final) return null;
  return (
    <Panel order={order} watched={watched.data} isOwner={account === order.owner.address.toLowerCase()} />
  );
}

type PanelProps = {
  readonly order: OrderView;
  readonly watched: PrintWatchView;
  readonly isOwner: boolean;
};

function Panel({ order, watched, isOwner }: PanelProps) {
  const { print, heardMs, stale, here } = watched;
  return (
    <section className={styles['panel']} aria-labelledby="print-watch">
      <Group justify="space-between" gap="xs" mb="xs">
        <Title order={2} id="print-watch">
          <FormattedMessage id="orders.watch" />
        </Title>
        {print === undefined ? null : <StateWord state={print.state} />}
      </Group>
      {stale && heardMs !== undefined ? <Silence heardMs={heardMs} /> : null}
      {print === undefined ? (
        <Text size="sm" c="dimmed">
          <Nothing watched={watched} />
        </Text>
      ) : (
        <Details order={order} print={print} stale={stale} />
      )}
      {isOwner && here ? <Shown sight={watched.sight} /> : null}
    </section>
  );
}

/** Why there is no print to be seen. */
function Nothing({ watched: { sight, heardMs } }: { watched: PrintWatchView }) {
  if (heardMs === undefined) return <FormattedMessage id="orders.watch.silent" />;
  return <FormattedMessage id={sight?.progress === false ? 'orders.watch.hidden' : 'orders.watch.none'} />;
}

function Silence({ heardMs }: { heardMs: number }) {
  return (
    <p className={`${styles['iconText']} ${styles['silence']}`} role="status">
      <WifiOff size={15} aria-hidden />
      <span>
        <FormattedMessage
          id="orders.watch.stale"
          values={{
            time: <TimeText timeS={Math.floor(heardMs / 1000)} />,
            ago: <TimeText timeS={Math.floor(heardMs / 1000)} relative />,
          }}
        />
      </span>
    </p>
  );
}

const ICONS = {
  waiting: Hourglass,
  heating: Flame,
  printing: Printer,
  paused: Pause,
  finished: CircleCheck,
  failed: CircleX,
  cancelled: CircleX,
} as const;

/** Colour, icon and word together; spoken when it changes. */
function StateWord({ state }: { state: Print['state'] }) {
  const Icon = ICONS[state];
  return (
    <span className={styles['printState']} data-state={state} role="status">
      <Icon size={14} aria-hidden />
      <FormattedMessage id={`orders.watch.state.${state}`} />
    </span>
  );
}

function Details({ order, print, stale }: { order: OrderView; print: Print; stale: boolean }) {
  const intl = useIntl();
  const percent = Math.floor(print.share * 100);
  const isOver = ['finished', 'failed', 'cancelled'].includes(print.state);
  return (
    <div className={styles['watch']} data-stale={stale}>
      <Progress
        value={percent}
        color={print.state === 'failed' || print.state === 'cancelled' ? 'red' : 'teal'}
        aria-label={intl.formatMessage({ id: 'orders.watch.share' })}
        mb="sm"
      />
      <dl className={styles['watchFacts']}>
        <Fact id="orders.watch.copy">
          <FormattedMessage id="orders.watch.copyOf" values={{ copy: print.copy, copies: print.copies }} />
        </Fact>
        <Fact id="orders.watch.layer">
          <FormattedMessage id="orders.watch.layerOf" values={{ layer: print.layer, layers: print.layers }} />
        </Fact>
        <Fact id="orders.watch.done">{intl.formatNumber(print.share, { style: 'percent' })}</Fact>
        {isOver || print.leftMs === null ? null : (
          <Fact id="orders.watch.left">
            <Duration seconds={Math.ceil(print.leftMs / 1000)} />
          </Fact>
        )}
        {print.temperatures === undefined ? null : <Temperatures of={print.temperatures} />}
      </dl>
      <LivePart order={order} print={print} />
    </div>
  );
}

function Fact({ id, children }: { id: string; children: ReactNode }) {
  return (
    <div>
      <dt>
        <FormattedMessage id={id} />
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function Temperatures({ of }: { of: NonNullable<Print['temperatures']> }) {
  const rows = [
    ['orders.watch.nozzle', of.nozzleC, of.nozzleTargetC],
    ['orders.watch.bed', of.bedC, of.bedTargetC],
  ] as const;
  return rows.map(([id, value, target]) =>
    value === null ? null : (
      <Fact key={id} id={id}>
        <FormattedMessage
          id={target === null || target === 0 ? 'orders.watch.degrees' : 'orders.watch.degreesOf'}
          values={{ value: Math.round(value), target: Math.round(target ?? 0) }}
        />
      </Fact>
    ),
  );
}

/** The part itself, made up to the layer; from the public preview, never from the print file. */
function LivePart({ order, print }: { order: OrderView; print: Print }) {
  const intl = useIntl();
  const model = useApiQuery(['models', 'get', order.modelId], ({ signal }) =>
    api.models.get({ id: order.modelId }, { signal }),
  );
  const hasPreview = model.data?.hasPreview === true;
  const preview = useApiQuery(
    ['models', 'preview', order.modelId],
    ({ signal }) => api.models.preview({ id: order.modelId }, { signal }),
    { enabled: hasPreview, immutable: true },
  );
  if (!hasPreview || preview.fault !== undefined) return null;
  const isWhole = print.state === 'finished';
  return (
    <>
      <div className={styles['livePart']}>
        <Suspense fallback={<Skeleton width="100%" height="100%" radius="lg" />}>
          <MeshView
            blob={preview.data}
            label={intl.formatMessage(
              { id: 'orders.watch.part' },
              { title: order.title, layer: print.layer, layers: print.layers },
            )}
            {...(isWhole ? {} : { madeMm: print.heightMm })}
          />
        </Suspense>
      </div>
      <Text size="xs" c="dimmed" mt={6}>
        <FormattedMessage id="orders.watch.partNote" />
      </Text>
    </>
  );
}

/** To the owner of the printer: what the others see of this. */
function Shown({ sight }: { sight: PrintWatchView['sight'] }) {
  if (sight === undefined) return null;
  const kinds = (['progress', 'temperatures', 'pictures'] as const).filter((kind) => sight[kind]);
  return (
    <Text size="xs" c="dimmed" mt="sm">
      <FormattedMessage id={`orders.watch.shown.${kinds.length === 0 ? 'nothing' : kinds.join('-')}`} />
    </Text>
  );
}
