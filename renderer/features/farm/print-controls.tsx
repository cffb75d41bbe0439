// The running print: how far, how long, and pause, resume, cancel. Every command carries an expiry.

import { Button, Group, Progress, Text, Title } from '@mantine/core';
import { CircleStop, Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { JobView, MachineView } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { ConfirmDialog, Duration, FaultNotice } from '../../ui/index.ts';
import { expiresSoon } from './commands.ts';
import styles from './farm.module.css';
import { fractionDone, timeLeftMs } from './machine-tile.tsx';
import { type MachineWatch, useWatchSnapshot } from './machine-watch.ts';

export function PrintControls(props: {
  machine: MachineView;
  watch: MachineWatch;
  job: JobView | undefined;
}) {
  const { machine, watch, job } = props;
  const intl = useIntl();
  const live = useWatchSnapshot(watch);
  const progress = live.progress ?? machine.progress;
  const fraction = fractionDone(progress);
  const leftMs = timeLeftMs(progress, job?.secondsEstimated);
  const cuts = machine.process !== 'fdm';
  const label = intl.formatMessage(
    { id: cuts ? 'farm.tile.progress.cutter' : 'farm.tile.progress' },
    { fraction },
  );
  return (
    <section className={styles['panel']} aria-labelledby="running">
      <Title order={2} id="running" mb={2}>
        {job?.title ?? machine.jobTitle ?? <FormattedMessage id="farm.running" />}
      </Title>
      {job === undefined ? null : (
        <Text size="sm" c="dimmed">
          <FormattedMessage id="farm.copy" values={{ copy: job.copy, copies: job.copies }} />
        </Text>
      )}
      <div className={styles['percent']}>
        <span>
          <FormattedNumber
            value={fraction}
            style="percent"
            maximumFractionDigits={1}
            minimumFractionDigits={1}
          />
        </span>
        {leftMs === null ? null : (
          <span className={styles['percentLeft']}>
            <FormattedMessage id="farm.left" values={{ time: <Duration seconds={leftMs / 1000} /> }} />
          </span>
        )}
      </div>
      <Progress
        value={fraction * 100}
        aria-label={label}
        color="orange"
        size="lg"
        mb="sm"
        transitionDuration={200}
      />
      {progress === undefined ? null : (
        <dl className={styles['terms']}>
          {cuts ? null : (
            <div>
              <dt>
                <FormattedMessage id="farm.fact.layer" />
              </dt>
              <dd>
                <FormattedMessage
                  id="farm.ofTotal"
                  values={{ value: progress.layer, total: progress.layersTotal }}
                />
              </dd>
            </div>
          )}
          <div>
            <dt>
              <FormattedMessage id="farm.fact.lines" />
            </dt>
            <dd>
              <FormattedMessage
                id="farm.ofTotal"
                values={{ value: progress.linesAcknowledged, total: progress.linesTotal }}
              />
            </dd>
          </div>
          {job?.passed === undefined ? null : (
            <div>
              <dt>
                <FormattedMessage id="farm.fact.passed" />
              </dt>
              <dd>
                <FormattedMessage id="farm.fact.passed.value" values={job.passed} />
              </dd>
            </div>
          )}
          <div>
            <dt>
              <FormattedMessage id="farm.fact.elapsed" />
            </dt>
            <dd>
              <Duration seconds={progress.elapsedMs / 1000} />
            </dd>
          </div>
          <div>
            <dt>
              <FormattedMessage id="farm.fact.resends" />
            </dt>
            <dd>
              <FormattedNumber value={progress.resends} />
            </dd>
          </div>
        </dl>
      )}
      <Buttons machine={machine} />
    </section>
  );
}

function Buttons({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const { id, state } = machine;
  const variant = machine.process === 'fdm' ? '' : '.cutter';
  const [cancelling, setCancelling] = useState(false);
  const pause = useApiCommand(() => api.machines.pause({ id, expiresMs: expiresSoon() }));
  const resume = useApiCommand(() => api.machines.resume({ id, expiresMs: expiresSoon() }));
  const cancel = useApiCommand(() => api.machines.cancel({ id, expiresMs: expiresSoon() }));
  const fault = pause.fault ?? resume.fault ?? cancel.fault;
  const confirmCancel = async (): Promise<void> => {
    const result = await cancel.run();
    if (result.ok) setCancelling(false);
  };
  return (
    <>
      {fault === undefined ? null : <FaultNotice fault={fault} compact />}
      <Group gap="sm" mt="md">
        {state === 'paused' ? (
          <Button
            leftSection={<Play size={16} aria-hidden />}
            loading={resume.busy}
            onClick={() => void resume.run()}
          >
            <FormattedMessage id="farm.resume" />
          </Button>
        ) : (
          <Button
            variant="light"
            leftSection={<Pause size={16} aria-hidden />}
            loading={pause.busy || state === 'pausing'}
            disabled={state === 'cancelling'}
            onClick={() => void pause.run()}
          >
            <FormattedMessage id="farm.pause" />
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<CircleStop size={16} aria-hidden />}
          loading={cancel.busy || state === 'cancelling'}
          onClick={() => setCancelling(true)}
        >
          <FormattedMessage id={`farm.cancel${variant}`} />
        </Button>
      </Group>
      <ConfirmDialog
        opened={cancelling}
        onClose={() => setCancelling(false)}
        title={<FormattedMessage id={`farm.cancel.title${variant}`} />}
        confirmLabel={intl.formatMessage({ id: `farm.cancel${variant}` })}
        onConfirm={() => void confirmCancel()}
        danger
        busy={cancel.busy}
        fault={cancel.fault}
      >
        <FormattedMessage id={`farm.cancel.text${variant}`} />
      </ConfirmDialog>
    </>
  );
}
