// A machine on the wall: everything that can be seen from across the room, and a link to the rest.

import { RingProgress } from '@mantine/core';
import { Bed, Clock, Drill, Thermometer } from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { JobView, MachineView } from '../../../node-core/api/index.ts';
import { href } from '../../bridge/index.ts';
import { Duration } from '../../ui/index.ts';
import styles from './farm.module.css';
import { isBusy, StateBadge } from './state-badge.tsx';

export function fractionDone(progress: MachineView['progress']): number {
  return progress === undefined || progress.linesTotal === 0
    ? 0
    : Math.min(1, progress.linesAcknowledged / progress.linesTotal);
}

/** Left of the slicer's own estimate, by the share of lines that are done; null where there is no estimate. */
export function timeLeftMs(
  progress: MachineView['progress'],
  secondsEstimated: number | undefined,
): number | null {
  if (progress === undefined) return null;
  if (secondsEstimated === undefined) return progress.leftMs;
  return secondsEstimated * 1000 * (1 - fractionDone(progress));
}

export function MachineTile({ machine, job }: { machine: MachineView; job: JobView | undefined }) {
  const intl = useIntl();
  const busy = isBusy(machine.state);
  const fraction = busy ? fractionDone(machine.progress) : 0;
  const leftMs = timeLeftMs(machine.progress, job?.secondsEstimated);
  const title = job?.title ?? machine.jobTitle;
  return (
    <a className={styles['tile']} href={href(`/farm/${machine.id}`)} data-state={machine.state}>
      <span className={styles['tileHead']}>
        <span className={styles['tileName']}>{machine.name}</span>
        <StateBadge machine={machine} />
      </span>
      <span className={styles['tileBody']}>
        <RingProgress
          size={88}
          thickness={8}
          roundCaps
          sections={
            fraction === 0
              ? []
              : [{ value: fraction * 100, color: machine.state === 'paused' ? 'gray' : 'orange' }]
          }
          rootColor="var(--mantine-color-default-border)"
          aria-label={intl.formatMessage(
            { id: machine.process === 'fdm' ? 'farm.tile.progress' : 'farm.tile.progress.cutter' },
            { fraction },
          )}
          label={
            <span className={styles['ringText']}>
              {busy ? <FormattedNumber value={fraction} style="percent" /> : '–'}
            </span>
          }
        />
        <span className={styles['tileFacts']}>
          <span className={styles['tileJob']}>
            {title ?? (
              <FormattedMessage
                id={
                  machine.queued > 0
                    ? 'farm.tile.waiting'
                    : machine.process === 'fdm'
                      ? 'farm.tile.free'
                      : 'farm.tile.free.cutter'
                }
                values={{ count: machine.queued }}
              />
            )}
          </span>
          {busy && leftMs !== null ? (
            <span className={styles['fact']}>
              <Clock size={14} aria-hidden />
              <span>
                <FormattedMessage id="farm.left" values={{ time: <Duration seconds={leftMs / 1000} /> }} />
              </span>
            </span>
          ) : null}
          {machine.process === 'fdm' ? <Heat machine={machine} /> : <Tool machine={machine} />}
        </span>
      </span>
      <span className={styles['tileFoot']}>
        {machine.materials.map((offer) => (
          <span key={`${offer.material} ${offer.colour}`} className={styles['material']}>
            <span className={styles['dot']} style={{ background: offer.colour }} aria-hidden />
            <FormattedMessage
              id="farm.material"
              values={{ material: offer.material, colour: offer.colourName }}
            />
          </span>
        ))}
      </span>
    </a>
  );
}

function Heat({ machine: { temperatures } }: { machine: MachineView }) {
  const { nozzleC, nozzleTargetC, bedC, bedTargetC } = temperatures;
  return (
    <>
      <span className={styles['fact']}>
        <Thermometer size={14} aria-hidden />
        <Degrees label="farm.nozzle" value={nozzleC} target={nozzleTargetC} />
      </span>
      <span className={styles['fact']}>
        <Bed size={14} aria-hidden />
        <Degrees label="farm.bed" value={bedC} target={bedTargetC} />
      </span>
    </>
  );
}

function Tool({ machine: { process, cutter } }: { machine: MachineView }) {
  return (
    <span className={styles['fact']}>
      <Drill size={14} aria-hidden />
      <span>
        <FormattedMessage id={`farm.process.${process}`} />
        {cutter === undefined ? null : (
          <>
            {' · '}
            <FormattedMessage id="farm.cutter.facts" values={{ ...cutter, process }} />
          </>
        )}
      </span>
    </span>
  );
}

/** `204 of 205 °C`; a dash where nothing was reported. */
export function Degrees(props: { label: string; value: number | null; target: number | null }) {
  const { label, value, target } = props;
  return (
    <span className={styles['degrees']}>
      <FormattedMessage
        id={
          value === null
            ? 'farm.degrees.unknown'
            : target === null || target === 0
              ? 'farm.degrees'
              : 'farm.degrees.target'
        }
        values={{
          label: <FormattedMessage id={label} />,
          value: Math.round(value ?? 0),
          target: target ?? 0,
        }}
      />
    </span>
  );
}
