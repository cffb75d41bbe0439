// Adding a printer in three short steps and a test: how it is connected, what it is, what it costs. A newcomer takes
// less than three minutes, because every field already holds a sensible answer.

import { Button, Group, Stack, Stepper, Text } from '@mantine/core';
import { ArrowLeft, ArrowRight, Check } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, href, useAccounts, useActor, useApiCommand } from '../../bridge/index.ts';
import { BackLink, FaultNotice, PageHeader, parseAmount } from '../../ui/index.ts';
import { ConnectionStep, ProfileStep, RatesStep } from './add-steps.tsx';
import { AddTest } from './add-test.tsx';
import styles from './farm.module.css';
import {
  FIRST_DRAFT,
  isCableKind,
  isNetworkKind,
  type MachineDraft,
  networkInput,
  problemsOf,
} from './profiles.ts';

const STEPS = ['connection', 'profile', 'rates'] as const;
/** What takes no orders has no rates. */
const CUTTER_STEPS = ['connection', 'profile'] as const;

export function AddMachineScreen() {
  const intl = useIntl();
  const actor = useActor();
  const accounts = useAccounts();
  // Machines belong to the owner's account, whichever role is acting just now.
  const owner = accounts.data?.find(({ role }) => role === 'owner') ?? actor;
  const [draft, setDraft] = useState<MachineDraft>(FIRST_DRAFT);
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(false);
  const [added, setAdded] = useState<string | undefined>(undefined);
  const parse = (text: string): bigint | undefined => parseAmount(text, intl.locale);
  const problems = problemsOf(draft, parse);
  const cuts = draft.driver === 'grbl';
  const variant = cuts ? '.cutter' : '';
  const steps = cuts ? CUTTER_STEPS : STEPS;
  const current = added === undefined ? steps[step] : undefined;
  const last = step === steps.length - 1;
  const wrong = current === undefined ? [] : problems[current];
  const add = useApiCommand(() => {
    const { name, driver, volumeMm, nozzleUm, baudRate, port } = draft;
    return api.machines.add({
      actor: owner?.address ?? '',
      name: name.trim(),
      driver,
      volumeMm,
      nozzleUm,
      rateMicroPerHour: cuts ? 0n : (parse(draft.rate) ?? 0n),
      setupMicro: cuts ? 0n : (parse(draft.setup) ?? 0n),
      minimumMicro: cuts ? 0n : (parse(draft.minimum) ?? 0n),
      ...(isCableKind(driver) ? { port, baudRate } : {}),
      ...(driver === 'grbl' ? { cutter: draft.cutter } : {}),
      ...(isNetworkKind(driver) ? networkInput(driver, draft) : {}),
    });
  });
  const next = async (): Promise<void> => {
    setTried(true);
    if (wrong.length > 0) return;
    setTried(false);
    if (!last) {
      setStep(step + 1);
      return;
    }
    const result = await add.run();
    if (!result.ok) return;
    setAdded(result.value.id);
    setStep(steps.length);
  };
  const stepProps = { draft, onChange: setDraft, problems: tried ? wrong : [] };
  return (
    <Stack gap="md" className={styles['screen'] ?? ''}>
      <BackLink to={href('/farm')}>
        <FormattedMessage id="farm.back" />
      </BackLink>
      <PageHeader
        title={<FormattedMessage id="farm.add" />}
        subtitle={<FormattedMessage id={`farm.add.subtitle${variant}`} />}
      />
      <div className={`${styles['panel']} ${styles['wizard']}`}>
        <Stepper
          active={step}
          size="sm"
          allowNextStepsSelect={false}
          {...(added === undefined ? { onStepClick: setStep } : {})}
        >
          {steps.map((name) => (
            <Stepper.Step key={name} label={<FormattedMessage id={`farm.add.${name}`} />} />
          ))}
          <Stepper.Step label={<FormattedMessage id="farm.add.test" />} />
        </Stepper>
        <div className={styles['wizardBody']}>
          {current === 'connection' ? <ConnectionStep {...stepProps} /> : null}
          {current === 'profile' ? <ProfileStep {...stepProps} /> : null}
          {current === 'rates' ? <RatesStep {...stepProps} /> : null}
          {added === undefined ? null : <AddTest id={added} cuts={cuts} />}
        </div>
        {add.fault === undefined ? null : <FaultNotice fault={add.fault} />}
        {current === undefined ? null : (
          <Group justify="space-between" mt="lg">
            <Button
              variant="default"
              disabled={step === 0}
              leftSection={<ArrowLeft size={16} aria-hidden />}
              onClick={() => setStep(step - 1)}
            >
              <FormattedMessage id="farm.add.before" />
            </Button>
            <Group gap="sm">
              {last ? (
                <Text size="sm" c="dimmed">
                  <FormattedMessage id={`farm.add.registers${variant}`} />
                </Text>
              ) : null}
              <Button
                loading={add.busy}
                disabled={owner === undefined}
                rightSection={last ? <Check size={16} aria-hidden /> : <ArrowRight size={16} aria-hidden />}
                onClick={() => void next()}
              >
                <FormattedMessage id={last ? `farm.add.finish${variant}` : 'farm.add.next'} />
              </Button>
            </Group>
          </Group>
        )}
      </div>
    </Stack>
  );
}
