// What the guard found in a job's file, line by line, with the one rule of the owner's that would let each finding pass;
// and the rules that a machine has.

import { Button, Group, List, Stack, Text, Title } from '@mantine/core';
import { ShieldAlert, ShieldCheck, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { GuardRule, GuardVerdictView, JobView, MachineView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, faultText, TimeText } from '../../ui/index.ts';
import styles from './farm.module.css';

/** More than a person reads; the count tells of the rest. */
const FINDINGS_SHOWN = 5;

export function useVerdict(job: JobView | undefined) {
  return useApiQuery(
    ['jobs', 'verdict', job?.id],
    ({ signal }) => api.jobs.verdict({ id: job?.id ?? '' }, { signal }),
    { enabled: job !== undefined },
  );
}

export function GuardFindings({ machine, verdict }: { machine: MachineView; verdict: GuardVerdictView }) {
  const intl = useIntl();
  const [chosen, setChosen] = useState<GuardRule | undefined>(undefined);
  const { findings } = verdict;
  if (findings.length === 0)
    return verdict.rulesUsed.length === 0 ? null : (
      <Text size="sm" className={styles['material'] ?? ''} mb="sm">
        <ShieldCheck size={16} aria-hidden />
        <FormattedMessage id="farm.guard.byRules" values={{ count: verdict.rulesUsed.length }} />
      </Text>
    );
  const rules = rulesOf(findings);
  return (
    <section className={styles['problem']} aria-labelledby="guard">
      <Title order={3} id="guard" className={styles['material'] ?? ''}>
        <ShieldAlert size={17} aria-hidden />
        <FormattedMessage id="farm.guard.stopped" />
      </Title>
      <List size="sm" my="xs">
        {findings.slice(0, FINDINGS_SHOWN).map(({ fault }) => (
          <List.Item key={`${fault.code} ${String(fault.data?.['line'])}`}>
            {faultText(intl, fault).message}
          </List.Item>
        ))}
      </List>
      {findings.length <= FINDINGS_SHOWN ? null : (
        <Text size="sm" c="dimmed">
          <FormattedMessage id="farm.guard.more" values={{ count: findings.length - FINDINGS_SHOWN }} />
        </Text>
      )}
      {findings.some(({ rule }) => rule === undefined) ? (
        <Text size="sm" my="xs">
          <FormattedMessage id="farm.guard.never" />
        </Text>
      ) : null}
      <Group gap="xs" mt="xs">
        {rules.map((rule) => (
          <Button
            key={JSON.stringify(rule)}
            size="compact-sm"
            variant="light"
            onClick={() => setChosen(rule)}
          >
            <FormattedMessage id="farm.guard.allow" values={{ rule: <RuleText rule={rule} /> }} />
          </Button>
        ))}
      </Group>
      {chosen === undefined ? null : (
        <AllowDialog machine={machine} rule={chosen} onClose={() => setChosen(undefined)} />
      )}
    </section>
  );
}

/** Each rule once; of several limits of one kind the one that covers them all. */
function rulesOf(findings: GuardVerdictView['findings']): GuardRule[] {
  const rules = new Map<string, GuardRule>();
  for (const { rule } of findings) {
    if (rule === undefined) continue;
    const key = rule.kind === 'limit' ? rule.limit : rule.kind === 'command' ? rule.command : rule.finding;
    const known = rules.get(key);
    if (known?.kind === 'limit' && rule.kind === 'limit' && known.value >= rule.value) continue;
    rules.set(key, rule);
  }
  return [...rules.values()];
}

function AllowDialog(props: { machine: MachineView; rule: GuardRule; onClose: () => void }) {
  const intl = useIntl();
  const { machine, rule, onClose } = props;
  const allow = useApiCommand(() => api.machines.allow({ id: machine.id, rule }));
  const confirm = async (): Promise<void> => {
    const result = await allow.run();
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'farm.guard.allowed' }, { machine: machine.name }));
    onClose();
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={intl.formatMessage({ id: 'farm.guard.title' }, { machine: machine.name })}
      confirmLabel={intl.formatMessage({ id: 'farm.guard.confirm' })}
      onConfirm={() => void confirm()}
      mode="hold"
      danger
      busy={allow.busy}
      fault={allow.fault}
    >
      <Text fw={600}>
        <RuleText rule={rule} />
      </Text>
      <Text mt="xs">
        <FormattedMessage id="farm.guard.consequence" values={{ machine: machine.name }} />
      </Text>
    </ConfirmDialog>
  );
}

function RuleText({ rule }: { rule: GuardRule }) {
  switch (rule.kind) {
    case 'command':
      return <FormattedMessage id="farm.guard.rule.command" values={{ command: rule.command }} />;
    case 'finding':
      return (
        <FormattedMessage
          id="farm.guard.rule.finding"
          // Message syntax takes plain words only.
          values={{ finding: rule.finding.replace('gcode.guard.', '').replaceAll('-', '') }}
        />
      );
    case 'limit':
      return (
        <FormattedMessage id="farm.guard.rule.limit" values={{ limit: rule.limit, value: rule.value }} />
      );
  }
}

/** The rules of a machine, each to be taken back. */
export function GuardRules({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const { id } = machine;
  const rules = useApiQuery(['machines', 'guard', id], ({ signal }) =>
    api.machines.guardRules({ id }, { signal }),
  );
  const disallow = useApiCommand((key: string) => api.machines.disallow({ id, key }));
  return (
    <section className={styles['panel']} aria-labelledby="guard-rules">
      <Title order={2} id="guard-rules" mb="xs">
        <FormattedMessage id="farm.guard.rules" />
      </Title>
      <Text size="sm" c="dimmed">
        <FormattedMessage id={rules.data?.length === 0 ? 'farm.guard.rules.none' : 'farm.guard.rules.note'} />
      </Text>
      {rules.fault === undefined ? null : <FaultNotice fault={rules.fault} onRetry={rules.refetch} compact />}
      {disallow.fault === undefined ? null : <FaultNotice fault={disallow.fault} compact />}
      <Stack gap="xs" mt="xs">
        {rules.data?.map(({ key, rule, allowedMs }) => (
          <Group key={key} justify="space-between" wrap="nowrap">
            <div>
              <Text size="sm">
                <RuleText rule={rule} />
              </Text>
              <Text size="xs" c="dimmed">
                <FormattedMessage
                  id="farm.guard.since"
                  values={{ owner: machine.owner.name, time: <TimeText timeS={allowedMs / 1000} /> }}
                />
              </Text>
            </div>
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<Trash2 size={14} aria-hidden />}
              disabled={machine.jobId !== undefined}
              loading={disallow.busy}
              aria-label={intl.formatMessage({ id: 'farm.guard.remove' }, { key })}
              onClick={() => void disallow.run(key)}
            >
              <FormattedMessage id="farm.guard.takeBack" />
            </Button>
          </Group>
        ))}
      </Stack>
    </section>
  );
}
