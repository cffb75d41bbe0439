// The queue in three views of the same work: columns to push along, a table to sort, a plan of the machines.

import { Badge, Group, SegmentedControl, Text, Title, UnstyledButton } from '@mantine/core';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { JobView, MachineView } from '../../../node-core/api/index.ts';
import { href, useNowMs } from '../../bridge/index.ts';
import { Duration, TimeText } from '../../ui/index.ts';
import type { Board } from './board-state.ts';
import styles from './farm.module.css';
import { QueueBoard } from './queue-board.tsx';
import {
  type MachinePlan,
  planOf,
  type QueueRow,
  rowsOf,
  SORT_KEYS,
  type Sorting,
  sortRows,
  ticksOf,
} from './queue-rows.ts';
import { SameParts } from './same-parts.tsx';

const VIEWS = ['board', 'table', 'plan'] as const;
type View = (typeof VIEWS)[number];
const PLAN_TICK_MS = 5_000;

type Props = {
  readonly board: Board;
  readonly machines: readonly MachineView[];
  readonly jobs: readonly JobView[];
};

export function QueueSection({ board, machines, jobs }: Props) {
  const intl = useIntl();
  const [view, setView] = useState<View>('board');
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Title order={2} id="queue">
          <FormattedMessage id="farm.queue" />
        </Title>
        <SegmentedControl
          size="xs"
          aria-label={intl.formatMessage({ id: 'farm.queue.view' })}
          value={view}
          onChange={(value) => setView(VIEWS.find((known) => known === value) ?? view)}
          data={VIEWS.map((value) => ({
            value,
            label: intl.formatMessage({ id: `farm.queue.view.${value}` }),
          }))}
        />
      </Group>
      <SameParts jobs={jobs} />
      {view === 'board' ? <QueueBoard board={board} /> : null}
      {view === 'table' ? <QueueTable rows={rowsOf(board)} /> : null}
      {view === 'plan' ? <QueuePlan machines={machines} jobs={jobs} /> : null}
    </>
  );
}

function QueueTable({ rows }: { rows: readonly QueueRow[] }) {
  const [sorting, setSorting] = useState<Sorting>({ key: 'stage', descending: false });
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        <FormattedMessage id="farm.jobs.none" />
      </Text>
    );
  return (
    // Wider than the page on small screens: it scrolls by itself, by keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable
    <section className={styles['tableFrame']} aria-labelledby="queue" tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            {SORT_KEYS.map((key) => {
              const active = sorting.key === key;
              const Icon = !active ? ChevronsUpDown : sorting.descending ? ArrowDown : ArrowUp;
              return (
                <th
                  key={key}
                  scope="col"
                  aria-sort={!active ? 'none' : sorting.descending ? 'descending' : 'ascending'}
                >
                  <UnstyledButton
                    className={styles['sort']}
                    onClick={() => setSorting({ key, descending: active && !sorting.descending })}
                  >
                    <FormattedMessage id={`farm.queue.sort.${key}`} />
                    <Icon size={14} aria-hidden />
                  </UnstyledButton>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sortRows(rows, sorting).map((row) => (
            <tr key={`${row.stage} ${row.id}`}>
              <th scope="row">
                <a href={href(row.path)}>{row.title}</a>
                {row.copy === undefined ? null : (
                  <span className={styles['cardNote']}>
                    <FormattedMessage id="farm.copy" values={row.copy} />
                  </span>
                )}
              </th>
              <td>{row.machineName}</td>
              <td>
                {'job' in row.state ? <FormattedMessage id={`farm.job.${row.state.job}`} /> : row.state.label}
              </td>
              <td>{row.seconds === undefined ? '–' : <Duration seconds={row.seconds} />}</td>
              <td>
                <TimeText timeS={row.sinceMs / 1000} relative />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A plan of little or nothing still shows so much time. */
const PLAN_MS_MIN = 60_000;
const DAY_MS = 86_400_000;
/** Labels so near to the right edge would run out of the card. */
const LABEL_ROOM = 0.94;

/** The time that all bars share, from left to right. */
type Scale = { readonly nowMs: number; readonly spanMs: number; readonly ticksMs: readonly number[] };

function percent(atMs: number, { nowMs, spanMs }: Scale): string {
  return `${(100 * (atMs - nowMs)) / spanMs}%`;
}

function QueuePlan({ machines, jobs }: Pick<Props, 'machines' | 'jobs'>) {
  const nowMs = useNowMs(PLAN_TICK_MS);
  const plans = planOf(machines, jobs, nowMs);
  const spanMs = Math.max(PLAN_MS_MIN, ...plans.map(({ freeMs }) => freeMs - nowMs));
  const offsetMs = -new Date(nowMs).getTimezoneOffset() * 60_000;
  const scale = { nowMs, spanMs, ticksMs: ticksOf(nowMs, spanMs, offsetMs) };
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        <FormattedMessage id="farm.plan.text" />
      </Text>
      <div className={styles['plans']}>
        <PlanAxis scale={scale} />
        {plans.map((plan) => (
          <PlanOfMachine key={plan.machine.id} plan={plan} scale={scale} />
        ))}
      </div>
    </>
  );
}

function PlanAxis({ scale }: { scale: Scale }) {
  const intl = useIntl();
  const days = scale.spanMs > DAY_MS;
  return (
    <div className={styles['planAxis']} aria-hidden>
      {scale.ticksMs
        .filter((atMs) => atMs - scale.nowMs < scale.spanMs * LABEL_ROOM)
        .map((atMs) => (
          <span key={atMs} style={{ insetInlineStart: percent(atMs, scale) }}>
            {intl.formatDate(atMs, {
              ...(days ? { weekday: 'short' as const } : {}),
              hour: '2-digit',
              minute: '2-digit',
            })}
          </span>
        ))}
    </div>
  );
}

function PlanOfMachine({ plan, scale }: { plan: MachinePlan; scale: Scale }) {
  const { machine, jobs, freeMs } = plan;
  return (
    <section className={styles['plan']} aria-labelledby={`plan-${machine.id}`}>
      <h3 id={`plan-${machine.id}`} className={styles['columnTitle']}>
        <a href={href(`/farm/${machine.id}`)}>{machine.name}</a>
        <span className={styles['planUntil']}>
          {jobs.length === 0 ? (
            <FormattedMessage id="farm.plan.free" />
          ) : (
            <FormattedMessage id="farm.plan.until" values={{ time: <TimeText timeS={freeMs / 1000} /> }} />
          )}
        </span>
      </h3>
      <div className={styles['planBar']} aria-hidden>
        {jobs.map(({ job, running, startMs, endMs, late }) => (
          <span
            key={job.id}
            title={job.title}
            data-running={running}
            data-late={late}
            style={{
              insetInlineStart: percent(Math.max(startMs, scale.nowMs), scale),
              width: percent(scale.nowMs + endMs - Math.max(startMs, scale.nowMs), scale),
            }}
          >
            {job.title}
          </span>
        ))}
        {scale.ticksMs.map((atMs) => (
          <i key={atMs} style={{ insetInlineStart: percent(atMs, scale) }} />
        ))}
      </div>
      {jobs.length === 0 ? null : (
        <ol className={styles['planJobs']}>
          {jobs.map(({ job, running, endMs, late }) => (
            <li key={job.id}>
              <strong>{job.title}</strong>{' '}
              <FormattedMessage id="farm.copy" values={{ copy: job.copy, copies: job.copies }} />
              {' · '}
              <FormattedMessage
                id={running ? 'farm.plan.runs' : 'farm.plan.then'}
                values={{ time: <TimeText timeS={endMs / 1000} /> }}
              />
              {late ? (
                <Badge size="sm" color="red" variant="light" ml={6}>
                  <FormattedMessage id="farm.plan.late" />
                </Badge>
              ) : null}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
