// Before a print: a short list of what must be true, the two things only a person can see, and then Start.

import { Button, Checkbox, Group, NativeSelect, Text, Title } from '@mantine/core';
import { CircleCheck, CircleHelp, CircleX, Eye, Play, RotateCcw, ScanEye, StepForward } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { JobView, MachineView } from '../../../node-core/api/index.ts';
import { api, href, useActor, useApiCommand, useApiQuery, useConsole, useNowMs } from '../../bridge/index.ts';
import { Duration, FaultNotice, Hash } from '../../ui/index.ts';
import { expiresSoon } from './commands.ts';
import styles from './farm.module.css';
import { GuardFindings, useVerdict } from './guard-panel.tsx';
import { type Check, isReadyToStart, nextJob, preflightChecks } from './preflight-checks.ts';
import { ProtectionNote } from './protection-note.tsx';
import { mayResume, ResumeDialog } from './resume-dialog.tsx';
import { isBusy } from './state-badge.tsx';

const CLOCK_MS = 10_000;

export function Preflight({ machine, jobs }: { machine: MachineView; jobs: readonly JobView[] }) {
  const job = nextJob(jobs);
  const failed = jobs.filter(({ state }) => state === 'failed' || state === 'cancelled');
  return (
    <>
      {job === undefined || isBusy(machine.state) ? null : (
        <PreflightCard key={job.id} machine={machine} job={job} />
      )}
      <JobQueue jobs={jobs} next={isBusy(machine.state) ? undefined : job} />
      {failed.map((one) => (
        <FailedJob key={one.id} job={one} />
      ))}
    </>
  );
}

function PreflightCard({ machine, job }: { machine: MachineView; job: JobView }) {
  const [materialTicked, setMaterialTicked] = useState(false);
  /** Shown at once; the core's answer follows. */
  const [bedTicked, setBedTicked] = useState(false);
  const locale = useConsole((state) => state.settings.locale);
  const nowS = useNowMs(CLOCK_MS) / 1000;
  const owner = machine.owner.address;
  const { orderId } = job;
  const order = useApiQuery(
    ['orders', 'get', orderId, owner, locale],
    ({ signal }) => api.orders.get({ actor: owner, id: orderId ?? '', locale }, { signal }),
    { enabled: orderId !== undefined },
  );
  const verdict = useVerdict(job);
  const actor = useActor()?.address;
  const bed = useApiCommand(() => api.machines.confirmBedClear({ id: machine.id }));
  const start = useApiCommand(() =>
    api.jobs.start({ id: job.id, expiresMs: expiresSoon(), ...(actor === undefined ? {} : { actor }) }),
  );
  const confirmBed = async (): Promise<void> => {
    setBedTicked(true);
    const result = await bed.run();
    if (!result.ok) setBedTicked(false);
  };
  const checks = preflightChecks({
    machine,
    job,
    order: order.data,
    verdict: verdict.data,
    nowS,
    materialTicked,
  });
  const colourName = machine.materials.find(({ colour }) => colour === job.colour)?.colourName ?? job.colour;
  return (
    <section className={styles['panel']} aria-labelledby="preflight">
      <Title order={2} id="preflight" mb={2}>
        <FormattedMessage id="farm.preflight" />
      </Title>
      <Text size="sm" mb="sm">
        <FormattedMessage
          id="farm.preflight.job"
          values={{
            title: job.title,
            copy: job.copy,
            copies: job.copies,
            time: <Duration seconds={job.secondsEstimated} />,
          }}
        />
      </Text>
      <ul className={styles['checks']}>
        {checks.map((check) => (
          <li key={check.name} data-state={check.state}>
            <CheckIcon state={check.state} />
            <span>
              {check.name === 'setup' ? (
                <Checkbox
                  checked={materialTicked}
                  onChange={(event) => setMaterialTicked(event.currentTarget.checked)}
                  label={<FormattedMessage id="farm.check.setup.tick" />}
                />
              ) : check.name === 'material' && check.state !== 'failed' ? (
                <Checkbox
                  checked={materialTicked}
                  onChange={(event) => setMaterialTicked(event.currentTarget.checked)}
                  label={
                    <FormattedMessage
                      id="farm.check.material.tick"
                      values={{ material: job.material, colour: colourName }}
                    />
                  }
                />
              ) : check.name === 'bed' ? (
                <Checkbox
                  checked={machine.bedClear || bedTicked}
                  disabled={machine.state === 'offline'}
                  aria-disabled={machine.bedClear || bed.busy || undefined}
                  onChange={() => {
                    // Done it stays where the keyboard is, and does nothing more.
                    if (!machine.bedClear && !bed.busy) void confirmBed();
                  }}
                  label={
                    <FormattedMessage
                      id={machine.process === 'fdm' ? 'farm.check.bed.tick' : 'farm.check.bed.tickCutter'}
                    />
                  }
                />
              ) : (
                <FormattedMessage
                  id={`farm.check.${check.name}.${check.state === 'ask' ? 'unknown' : check.state}`}
                  values={{ nozzle: machine.nozzleUm / 1000, material: job.material, colour: colourName }}
                />
              )}
            </span>
          </li>
        ))}
      </ul>
      {verdict.data === undefined ? null : <GuardFindings machine={machine} verdict={verdict.data} />}
      {verdict.fault === undefined ? null : (
        <FaultNotice fault={verdict.fault} onRetry={verdict.refetch} compact />
      )}
      {order.data === undefined ? null : (
        <Group gap={6} mb="sm">
          <Text size="xs" c="dimmed">
            <FormattedMessage id="farm.preflight.file" />
          </Text>
          <Hash value={order.data.quote.gcodeHash} />
        </Group>
      )}
      {order.fault === undefined ? null : <FaultNotice fault={order.fault} onRetry={order.refetch} compact />}
      {bed.fault === undefined ? null : <FaultNotice fault={bed.fault} compact />}
      {start.fault === undefined ? null : <FaultNotice fault={start.fault} compact />}
      {job.filament === undefined || job.filament === 'ok' || job.filament === 'none-loaded' ? null : (
        <Text size="sm" c="orange" mb="sm" role="status">
          <FormattedMessage
            id="farm.filament.state"
            values={{ state: job.filament.replaceAll('-', ''), grams: (job.milligrams ?? 0) / 1000 }}
          />
        </Text>
      )}
      {orderId === undefined ? null : <ProtectionNote machine={machine} />}
      <Button
        fullWidth
        size="md"
        leftSection={<Play size={17} aria-hidden />}
        disabled={!isReadyToStart(checks)}
        loading={start.busy || job.state === 'starting'}
        onClick={() => void start.run()}
      >
        <FormattedMessage id={machine.process === 'fdm' ? 'farm.start' : 'farm.start.cutter'} />
      </Button>
    </section>
  );
}

function CheckIcon({ state }: { state: Check['state'] }) {
  const Icon = { ok: CircleCheck, later: ScanEye, failed: CircleX, ask: Eye, unknown: CircleHelp }[state];
  return <Icon size={17} aria-hidden />;
}

function JobQueue(props: { jobs: readonly JobView[]; next: JobView | undefined }) {
  const waiting = props.jobs.filter(
    ({ state, id }) =>
      (state === 'queued' || state === 'needs-bed-clear' || state === 'ready') && id !== props.next?.id,
  );
  return (
    <section className={styles['panel']} aria-labelledby="jobs">
      <Title order={2} id="jobs" mb="xs">
        <FormattedMessage id="farm.jobs" />
      </Title>
      {waiting.length === 0 ? (
        <Text size="sm" c="dimmed">
          <FormattedMessage id={props.next === undefined ? 'farm.jobs.none' : 'farm.jobs.last'} />
        </Text>
      ) : (
        <ol className={styles['queue']}>
          {waiting.map((job) => (
            <li key={job.id}>
              {job.orderId === undefined ? (
                <strong>{job.title}</strong>
              ) : (
                <a href={href(`/orders/${job.orderId}`)}>{job.title}</a>
              )}
              <span className={styles['cardNote']}>
                <FormattedMessage id="farm.copy" values={{ copy: job.copy, copies: job.copies }} />
                <Duration seconds={job.secondsEstimated} />
              </span>
              <JobPriority job={job} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const PRIORITIES = [
  { value: 2, step: 'first' },
  { value: 1, step: 'sooner' },
  { value: 0, step: 'inTurn' },
  { value: -1, step: 'later' },
  { value: -2, step: 'last' },
] as const;

/** How soon the job goes; the order follows at once. */
function JobPriority({ job }: { job: JobView }) {
  const intl = useIntl();
  const actor = useActor()?.address;
  const prefer = useApiCommand((priority: number) =>
    api.jobs.prefer({ id: job.id, priority, ...(actor === undefined ? {} : { actor }) }),
  );
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label={intl.formatMessage({ id: 'farm.priority' }, { title: job.title, copy: job.copy })}
        value={job.priority}
        disabled={prefer.busy}
        data={PRIORITIES.map(({ value, step }) => ({
          value: String(value),
          label: intl.formatMessage({ id: 'farm.priority.value' }, { step }),
        }))}
        onChange={(event) => void prefer.run(Number(event.currentTarget.value))}
      />
      {prefer.fault === undefined ? null : <FaultNotice fault={prefer.fault} compact />}
    </>
  );
}

function FailedJob({ job }: { job: JobView }) {
  const actor = useActor()?.address;
  const retry = useApiCommand(() =>
    api.jobs.retry({ id: job.id, ...(actor === undefined ? {} : { actor }) }),
  );
  const [resuming, setResuming] = useState(false);
  return (
    <section className={styles['problem']} aria-label={job.title}>
      <Text fw={600}>
        <FormattedMessage
          id={`farm.job.${job.state}.title`}
          values={{ title: job.title, copy: job.copy, copies: job.copies }}
        />
      </Text>
      {job.fault === undefined ? null : <FaultNotice fault={job.fault} compact />}
      {retry.fault === undefined ? null : <FaultNotice fault={retry.fault} compact />}
      <Group mt="xs">
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<RotateCcw size={14} aria-hidden />}
          loading={retry.busy}
          onClick={() => void retry.run()}
        >
          <FormattedMessage id="farm.retry" />
        </Button>
        {mayResume(job) ? (
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<StepForward size={14} aria-hidden />}
            onClick={() => setResuming(true)}
          >
            <FormattedMessage id="farm.resume.open" />
          </Button>
        ) : null}
        {job.orderId === undefined ? null : (
          <Button size="compact-sm" variant="subtle" component="a" href={href(`/orders/${job.orderId}`)}>
            <FormattedMessage id="farm.toOrder" />
          </Button>
        )}
      </Group>
      {resuming ? <ResumeDialog job={job} onClose={() => setResuming(false)} /> : null}
    </section>
  );
}
