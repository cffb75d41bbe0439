// Going on with a print that was cut off: what the machine will do, step by step, before it does anything, and the two
// things that only a person at the machine can see.

import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Stack,
  Text,
} from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { JobView, ResumeView } from '../../../node-core/api/index.ts';
import { api, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import { expiresSoon } from './commands.ts';
import styles from './farm.module.css';

/** Ends at which the machine stopped where it was; the core decides for good. */
const RESUMABLE = /^(job\.interrupted|device\.(reset|link\.lost|no-answer|worker\.died))/;

/** Refusals that no other answer in the form can mend: there is nothing to fill in then. */
const FINAL = /^(device\.resume\.(cold|unsupported)|(job|shop|production)\.resume\.)/;

export function mayResume(job: JobView): boolean {
  return job.state === 'failed' && RESUMABLE.test(job.fault?.code ?? '');
}

export function ResumeDialog({ job, onClose }: { job: JobView; onClose: () => void }) {
  const intl = useIntl();
  const actor = useActor()?.address;
  const [from, setFrom] = useState<'line' | 'layer'>('line');
  const [heightMm, setHeightMm] = useState<number | undefined>(undefined);
  const [seen, setSeen] = useState({ part: false, height: false });
  const plan = useApiQuery(['jobs', 'resume', job.id, from, heightMm], ({ signal }) =>
    api.jobs.resumePlan(
      { id: job.id, from, ...(heightMm === undefined ? {} : { nozzleHeightMm: heightMm }) },
      { signal },
    ),
  );
  const resume = useApiCommand((nozzleHeightMm: number) =>
    api.jobs.resumePrint({
      id: job.id,
      from,
      nozzleHeightMm,
      seen: true,
      expiresMs: expiresSoon(),
      ...(actor === undefined ? {} : { actor }),
    }),
  );
  const refused = FINAL.test(plan.fault?.code ?? '');
  const go = async (): Promise<void> => {
    if (plan.data === undefined) return;
    const started = await resume.run(plan.data.nozzleHeightMm);
    if (started.ok) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<FormattedMessage id="farm.resume.title" values={{ title: job.title }} />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="md">
        {plan.fault === undefined ? null : <FaultNotice fault={plan.fault} />}
        {refused ? null : (
          <>
            <SegmentedControl
              aria-label={intl.formatMessage({ id: 'farm.resume.from' })}
              value={from}
              onChange={(value) => setFrom(value === 'layer' ? 'layer' : 'line')}
              data={[
                { value: 'line', label: intl.formatMessage({ id: 'farm.resume.from.line' }) },
                { value: 'layer', label: intl.formatMessage({ id: 'farm.resume.from.layer' }) },
              ]}
            />
            <NumberInput
              label={intl.formatMessage({ id: 'farm.resume.height' })}
              description={intl.formatMessage({ id: 'farm.resume.height.note' })}
              value={heightMm ?? plan.data?.nozzleHeightMm ?? ''}
              min={0}
              max={2000}
              step={0.1}
              decimalScale={2}
              suffix=" mm"
              onChange={(value) => setHeightMm(typeof value === 'number' ? value : undefined)}
            />
            {plan.data === undefined ? null : <Steps plan={plan.data} />}
            <Checkbox
              checked={seen.part}
              onChange={(event) => setSeen({ ...seen, part: event.currentTarget.checked })}
              label={<FormattedMessage id="farm.resume.seen.part" />}
            />
            <Checkbox
              checked={seen.height}
              onChange={(event) => setSeen({ ...seen, height: event.currentTarget.checked })}
              label={<FormattedMessage id="farm.resume.seen.height" />}
            />
            <Alert color="orange" icon={<TriangleAlert size={18} aria-hidden />}>
              <FormattedMessage id="farm.resume.warning" />
            </Alert>
          </>
        )}
        {resume.fault === undefined ? null : <FaultNotice fault={resume.fault} compact />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            <FormattedMessage id={refused ? 'ui.close' : 'ui.cancel'} />
          </Button>
          {refused ? null : (
            <Button
              loading={resume.busy}
              disabled={plan.data === undefined || plan.isFetching || !seen.part || !seen.height}
              onClick={() => void go()}
            >
              <FormattedMessage id="farm.resume.go" />
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

const STEPS = ['bed', 'up', 'home', 'prime', 'back'] as const;

function Steps({ plan }: { plan: ResumeView }) {
  const { line, lines, layer, layersTotal, heightMm, nozzleHeightMm, nozzleC, bedC } = plan;
  const values = { nozzleC, bedC, height: heightMm, line, layer, total: layersTotal };
  return (
    <div>
      <Text size="sm" mb={6}>
        <FormattedMessage id="farm.resume.reached" values={{ lines, line, layer, total: layersTotal }} />
      </Text>
      <ol className={styles['steps']}>
        {STEPS.filter((step) => step !== 'bed' || bedC > 0).map((step) => (
          <li key={step}>
            <Text size="sm">
              <FormattedMessage
                id={`farm.resume.step.${step}`}
                values={{
                  ...values,
                  now: <FormattedNumber value={nozzleHeightMm} maximumFractionDigits={2} />,
                }}
              />
            </Text>
          </li>
        ))}
      </ol>
      <details>
        <summary>
          <FormattedMessage id="farm.resume.commands" values={{ count: plan.preamble.length }} />
        </summary>
        <pre className={styles['preamble']}>{plan.preamble.join('\n')}</pre>
      </details>
    </div>
  );
}
