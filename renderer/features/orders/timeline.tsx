// The order's history: each row with its time, who signed it, and how far it is proven. The printing row is alive.

import { Progress } from '@mantine/core';
import {
  Banknote,
  Check,
  CircleDot,
  FileCheck2,
  FileText,
  KeyRound,
  Layers,
  Lock,
  PackageCheck,
  PackageOpen,
  Printer,
  TriangleAlert,
  Truck,
  Undo2,
} from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { JobView, OrderView, Party, TimelineStep } from '../../../node-core/api/index.ts';
import { api, useApiQuery } from '../../bridge/index.ts';
import { Duration, PartyChip, TimeText, TruthBadge } from '../../ui/index.ts';
import styles from './orders.module.css';

const ICONS = {
  quoted: FileText,
  funded: Lock,
  accepted: FileCheck2,
  released: KeyRound,
  gathered: Layers,
  printing: Printer,
  printed: PackageCheck,
  shipped: Truck,
  delivered: PackageOpen,
  settled: Banknote,
  refunded: Undo2,
  problem: TriangleAlert,
} as const;

export function Timeline({ order }: { order: OrderView }) {
  return (
    <ol className={styles['timeline']}>
      {order.timeline.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step has no identity but its place; steps are only appended
        <Step key={`${index} ${step.code}`} step={step} order={order} />
      ))}
    </ol>
  );
}

function Step({ step, order }: { step: TimelineStep; order: OrderView }) {
  const intl = useIntl();
  const Icon = ICONS[step.code];
  const timeS = step.timeS ?? step.anchor.timeS;
  return (
    <li
      className={styles['step']}
      data-state={step.state}
      data-code={step.code}
      aria-current={step.state === 'now' ? 'step' : undefined}
    >
      <span className={styles['stepIcon']} aria-hidden>
        <Icon size={17} />
      </span>
      <div className={styles['stepMain']}>
        <div className={styles['stepHead']}>
          <strong>
            <FormattedMessage id={`orders.step.${step.code}`} />
          </strong>
          <span className={styles['stepState']}>
            {step.state === 'done' ? <Check size={13} aria-hidden /> : null}
            {step.state === 'now' ? <CircleDot size={13} aria-hidden /> : null}
            {intl.formatMessage({ id: `orders.step.state.${step.state}` })}
          </span>
          {step.state === 'next' ? null : timeS === undefined ? null : (
            <span className={styles['stepTime']}>
              <TimeText timeS={timeS} />
            </span>
          )}
        </div>
        {step.detail === undefined ? null : (
          <p className={styles['stepDetail']}>
            {step.code === 'printing' ? (
              <FormattedMessage id="orders.step.copies" values={{ count: step.detail }} />
            ) : (
              step.detail
            )}
          </p>
        )}
        {step.code === 'printing' && step.state === 'now' ? <LivePrint jobs={order.jobs} /> : null}
        {step.state === 'done' ? (
          <div className={styles['stepProof']}>
            {step.signer === undefined ? null : <PartyChip party={signerOf(step.signer, order)} size={22} />}
            <TruthBadge truth={step.anchor.truth} height={step.anchor.height} />
          </div>
        ) : null}
      </div>
    </li>
  );
}

/** Machines sign too; the order knows what its own is called. */
function signerOf(signer: Party, order: OrderView): Party {
  const isMachine = signer.address.toLowerCase() === order.machineId.toLowerCase();
  return isMachine ? { ...signer, name: order.machineName } : signer;
}

/** How often the copy that prints right now is looked at. */
const LIVE_MS = 1_500;

function LivePrint({ jobs }: { jobs: readonly string[] }) {
  const list = useApiQuery(['jobs', 'list'], ({ signal }) => api.jobs.list({}, { signal }), {
    refetchIntervalMs: LIVE_MS,
  });
  const active = (list.data ?? []).find((job) => jobs.includes(job.id) && isActive(job));
  if (active === undefined) return null;
  return <LiveJob job={active} />;
}

function isActive(job: JobView): boolean {
  return job.state === 'printing' || job.state === 'starting' || job.state === 'paused';
}

function LiveJob({ job }: { job: JobView }) {
  const intl = useIntl();
  const { progress } = job;
  const fraction =
    progress === undefined || progress.linesTotal === 0
      ? 0
      : progress.linesAcknowledged / progress.linesTotal;
  const label = intl.formatMessage({ id: 'orders.live' }, { copy: job.copy, copies: job.copies });
  return (
    <div className={styles['live']}>
      <div className={styles['stepHead']}>
        <span>{label}</span>
        <span className={styles['stepTime']}>
          {intl.formatNumber(fraction, { style: 'percent', maximumFractionDigits: 0 })}
        </span>
      </div>
      <Progress value={fraction * 100} aria-label={label} color="orange" />
      {progress === undefined ? null : (
        <span className={styles['rowNote']}>
          <FormattedMessage
            id="orders.live.layer"
            values={{ layer: progress.layer, layers: progress.layersTotal }}
          />
          <span>
            <FormattedMessage
              id="orders.live.left"
              values={{ time: <Duration seconds={job.secondsEstimated * (1 - fraction)} /> }}
            />
          </span>
        </span>
      )}
    </div>
  );
}
