// One machine: the live print in 3D, its temperatures, what can be done with it now, and how it is set up.

import { Alert, Badge, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { CircleHelp } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { JobView, MachineView } from '../../../node-core/api/index.ts';
import { api, href, useApiQuery } from '../../bridge/index.ts';
import { ToolpathView } from '../../scene/index.ts';
import { BackLink, FaultNotice, Hash, TruthBadge, usePageDetail } from '../../ui/index.ts';
import { CameraLive } from './camera-live.tsx';
import { ConnectAgain } from './connect-again.tsx';
import { EmergencyStop } from './emergency-stop.tsx';
import styles from './farm.module.css';
import { Film } from './film.tsx';
import { HandControls } from './hand-controls.tsx';
import { MachineSettings } from './machine-settings.tsx';
import { type MachineWatch, useMachineWatch } from './machine-watch.ts';
import { Preflight } from './preflight.tsx';
import { PrintControls } from './print-controls.tsx';
import { isBusy, StateBadge } from './state-badge.tsx';
import { TemperatureGraph } from './temperature-graph.tsx';
import { Terminal } from './terminal.tsx';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

export function MachineScreen({ id }: { id: string }) {
  const known = ADDRESS.test(id);
  const machine = useApiQuery(['machines', 'get', id], ({ signal }) => api.machines.get({ id }, { signal }), {
    enabled: known,
  });
  return (
    <Stack gap="md">
      <BackLink to={href('/farm')}>
        <FormattedMessage id="farm.back" />
      </BackLink>
      {known ? null : (
        <Alert color="orange">
          <FormattedMessage id="farm.badId" />
        </Alert>
      )}
      {machine.fault === undefined ? null : <FaultNotice fault={machine.fault} onRetry={machine.refetch} />}
      {machine.data === undefined ? (
        known && machine.fault === undefined ? (
          <MachineSkeleton />
        ) : null
      ) : (
        <MachineDetails machine={machine.data} />
      )}
    </Stack>
  );
}

function MachineSkeleton() {
  return (
    <Stack aria-busy="true">
      <Skeleton height={56} />
      <PanelsSkeleton />
    </Stack>
  );
}

function PanelsSkeleton() {
  return (
    <div className={styles['machine']} aria-busy="true">
      <Skeleton height={520} radius="lg" />
      <Skeleton height={520} radius="lg" />
    </div>
  );
}

function MachineDetails({ machine }: { machine: MachineView }) {
  const watch = useMachineWatch(machine.id, machine.mine);
  usePageDetail(machine.name);
  const jobs = useApiQuery(
    ['jobs', 'list', machine.id],
    ({ signal }) => api.jobs.list({ machineId: machine.id }, { signal }),
    { enabled: machine.mine },
  );
  // Whether there is a print and a camera decides what stands where: the page waits for it rather than jump.
  const camera = useApiQuery(
    ['machines', 'camera', machine.id],
    ({ signal }) => api.cameras.get({ id: machine.id }, { signal }),
    { enabled: machine.mine },
  );
  const job = jobs.data?.find(({ id }) => id === machine.jobId);
  return (
    <>
      <header className={styles['machineHead']}>
        <div>
          <Group gap="sm">
            <Title order={1}>{machine.name}</Title>
            <span role="status">
              <StateBadge machine={machine} />
            </span>
            {machine.driver === 'virtual' ? (
              <Badge variant="light" color="gray">
                <FormattedMessage id="farm.virtual" />
              </Badge>
            ) : null}
          </Group>
          <Group gap="md" mt={4}>
            <Text size="sm" c="dimmed">
              {machine.cutter === undefined ? (
                <FormattedMessage
                  id="farm.machine.facts"
                  values={{ ...machine.volumeMm, nozzle: machine.nozzleUm / 1000 }}
                />
              ) : (
                <FormattedMessage
                  id="farm.machine.facts.cutter"
                  values={{ ...machine.volumeMm, ...machine.cutter, process: machine.process }}
                />
              )}
            </Text>
            <Hash value={machine.id} />
            <TruthBadge truth={machine.registered.truth} height={machine.registered.height} />
          </Group>
        </div>
        {machine.mine ? <EmergencyStop id={machine.id} name={machine.name} /> : null}
      </header>
      {machine.fault === undefined ? null : <FaultNotice fault={machine.fault} />}
      {machine.mine ? <ConnectAgain machine={machine} /> : null}
      {machine.mine && (jobs.isPending || camera.isPending) ? (
        <PanelsSkeleton />
      ) : machine.mine ? (
        <OwnMachine machine={machine} watch={watch} job={job} jobs={jobs.data ?? []} />
      ) : (
        <Alert color="gray" icon={<CircleHelp size={18} aria-hidden />}>
          <FormattedMessage id="farm.notMine" values={{ owner: machine.owner.name }} />
        </Alert>
      )}
    </>
  );
}

type OwnProps = {
  readonly machine: MachineView;
  readonly watch: MachineWatch;
  readonly job: JobView | undefined;
  readonly jobs: readonly JobView[];
};

function OwnMachine({ machine, watch, job, jobs }: OwnProps) {
  const waiting = jobs.filter(
    ({ state }) => state === 'queued' || state === 'needs-bed-clear' || state === 'ready',
  );
  return (
    <>
      <div className={styles['machine']}>
        <Stack gap="md">
          <LivePrint machine={machine} watch={watch} job={job ?? waiting[0]} live={job !== undefined} />
          <CameraLive machine={machine} />
          <Film machine={machine} jobs={jobs} />
          {machine.process === 'fdm' ? (
            <section className={styles['panel']} aria-labelledby="temperatures">
              <Title order={2} id="temperatures" mb="xs">
                <FormattedMessage id="farm.temperatures" />
              </Title>
              <TemperatureGraph watch={watch} first={machine.temperatures} beganMs={lastStartMs(jobs)} />
            </section>
          ) : null}
          <section className={styles['panel']} aria-labelledby="terminal">
            <Title order={2} id="terminal" mb="xs">
              <FormattedMessage id="farm.terminal" />
            </Title>
            <Terminal machine={machine} watch={watch} />
          </section>
        </Stack>
        <Stack gap="md">
          {isBusy(machine.state) ? <PrintControls machine={machine} watch={watch} job={job} /> : null}
          <Preflight machine={machine} jobs={jobs} />
          <HandControls machine={machine} />
        </Stack>
      </div>
      <section aria-labelledby="machine-setup">
        <Title order={2} id="machine-setup" mb="sm" mt="xs">
          <FormattedMessage id="farm.setup" />
        </Title>
        <div className={styles['setup']}>
          <MachineSettings machine={machine} />
        </div>
      </section>
    </>
  );
}

function lastStartMs(jobs: readonly JobView[]): number | undefined {
  const starts = jobs.flatMap(({ startedMs }) => startedMs ?? []);
  return starts.length === 0 ? undefined : Math.max(...starts);
}

/** The path is drawn anew as it grew by a twentieth. */
function drawnStep(parts: number): number {
  return Math.floor(Math.log(parts) / Math.log(1.05));
}

function LivePrint(props: {
  machine: MachineView;
  watch: MachineWatch;
  job: JobView | undefined;
  live: boolean;
}) {
  const intl = useIntl();
  const { machine, watch, job, live } = props;
  const { passed } = job ?? {};
  const path = useApiQuery(
    ['jobs', 'toolpath', job?.id, passed === undefined ? undefined : drawnStep(passed.parts)],
    ({ signal }) => api.jobs.toolpath({ id: job?.id ?? '' }, { signal }),
    { enabled: job !== undefined, immutable: true, keepPrevious: passed !== undefined },
  );
  return (
    <section aria-label={intl.formatMessage({ id: 'farm.live' })}>
      {job === undefined ? (
        <div className={styles['noJob']}>
          <Text c="dimmed">
            <FormattedMessage id={machine.process === 'fdm' ? 'farm.noJob' : 'farm.noJob.cutter'} />
          </Text>
        </div>
      ) : path.fault?.code === 'production.file-elsewhere' ? (
        <div className={styles['noJob']}>
          <Text c="dimmed" maw="52ch" ta="center">
            <FormattedMessage id="farm.elsewhere" />
          </Text>
        </div>
      ) : path.fault !== undefined ? (
        <FaultNotice fault={path.fault} onRetry={path.refetch} />
      ) : (
        <ToolpathView
          key={job.id}
          blob={path.data}
          bedMm={machine.volumeMm}
          label={intl.formatMessage(
            { id: 'farm.live.label' },
            { title: job.title, copy: job.copy, copies: job.copies },
          )}
          {...(live ? { feed: watch.feed } : {})}
        />
      )}
      {passed === undefined || path.data === undefined ? null : (
        <Text size="xs" c="dimmed" mt={6}>
          <FormattedMessage id="farm.elsewhere.sofar" values={passed} />
        </Text>
      )}
    </section>
  );
}
