// How a machine is set up: its connection, the rule for accepting by itself, its rates, and a virtual printer's pace.

import { Button, Group, NumberInput, Select, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { Unplug } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice, formatAmount, Money, parseAmount } from '../../ui/index.ts';
import { CameraSettingsPanel } from './camera-settings.tsx';
import { ConnectionWords, NetworkConnection } from './connection-panel.tsx';
import styles from './farm.module.css';
import { GuardRules } from './guard-panel.tsx';
import { ShopPanels } from './shop-panels.tsx';
import { SightSettings } from './sight-settings.tsx';
import { isBusy } from './state-badge.tsx';
import { TalkSettings } from './talk-settings.tsx';

const TIME_SCALES = [1, 10, 60, 300, 1000] as const;

export function MachineSettings({ machine }: { machine: MachineView }) {
  return (
    <>
      <Connection machine={machine} />
      {machine.process === 'fdm' ? (
        <AcceptRule
          key={`${machine.rule.enabled} ${machine.rule.minimumMicro} ${machine.rule.quantityMax}`}
          machine={machine}
        />
      ) : null}
      <CameraSettingsPanel machine={machine} />
      {machine.process === 'fdm' ? <SightSettings machine={machine} /> : null}
      <TalkSettings machine={machine} />
      <ShopPanels machine={machine} />
      <GuardRules machine={machine} />
      {machine.process === 'fdm' ? <Rates machine={machine} /> : null}
    </>
  );
}

function Connection({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const { id } = machine;
  const disconnect = useApiCommand(() => api.machines.disconnect({ id }));
  const setScale = useApiCommand((timeScale: number) => api.machines.setTimeScale({ id, timeScale }));
  const fault = disconnect.fault ?? setScale.fault;
  const offline = machine.state === 'offline' || machine.state === 'fault';
  const scales = [...new Set([...TIME_SCALES, machine.timeScale])].sort((a, b) => a - b);
  return (
    <section className={styles['panel']} aria-labelledby="connection">
      <Title order={2} id="connection" mb="xs">
        <FormattedMessage id="farm.connection" />
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        <ConnectionWords machine={machine} />
      </Text>
      {fault === undefined ? null : <FaultNotice fault={fault} compact />}
      <Group gap="sm" align="flex-end" mt="sm">
        {offline ? null : (
          <Button
            variant="default"
            leftSection={<Unplug size={16} aria-hidden />}
            loading={disconnect.busy}
            disabled={isBusy(machine.state)}
            onClick={() => void disconnect.run()}
          >
            <FormattedMessage id="farm.disconnect" />
          </Button>
        )}
        {machine.driver === 'virtual' ? (
          <Select
            label={intl.formatMessage({ id: 'farm.scale' })}
            description={intl.formatMessage({ id: 'farm.scale.note' })}
            value={String(machine.timeScale)}
            data={scales.map((scale) => ({
              value: String(scale),
              label: intl.formatMessage({ id: 'farm.scale.times' }, { scale }),
            }))}
            allowDeselect={false}
            disabled={setScale.busy || isBusy(machine.state)}
            onChange={(value) => value !== null && void setScale.run(Number(value))}
          />
        ) : null}
      </Group>
      <NetworkConnection machine={machine} />
    </section>
  );
}

function AcceptRule({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const { rule } = machine;
  const [enabled, setEnabled] = useState(rule.enabled);
  const [minimum, setMinimum] = useState(formatAmount(rule.minimumMicro, intl.locale));
  const [quantityMax, setQuantityMax] = useState(rule.quantityMax);
  const save = useApiCommand((next: MachineView['rule']) =>
    api.machines.saveRule({ id: machine.id, rule: next }),
  );
  const minimumMicro = parseAmount(minimum, intl.locale);
  const changed =
    enabled !== rule.enabled || minimumMicro !== rule.minimumMicro || quantityMax !== rule.quantityMax;
  const submit = async (): Promise<void> => {
    if (minimumMicro === undefined) return;
    const result = await save.run({ enabled, minimumMicro, quantityMax });
    if (result.ok) notify('success', intl.formatMessage({ id: 'farm.rule.saved' }));
  };
  return (
    <section className={styles['panel']} aria-labelledby="rule">
      <Title order={2} id="rule" mb="xs">
        <FormattedMessage id="farm.rule" />
      </Title>
      <Stack gap="sm">
        <Switch
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
          label={intl.formatMessage({ id: 'farm.rule.enabled' })}
          description={intl.formatMessage({ id: 'farm.rule.note' })}
        />
        <Group gap="sm" grow align="flex-start">
          <TextInput
            label={intl.formatMessage({ id: 'farm.rule.minimum' })}
            value={minimum}
            inputMode="decimal"
            rightSection="DPN"
            rightSectionWidth={48}
            disabled={!enabled}
            error={minimumMicro === undefined ? intl.formatMessage({ id: 'farm.amount.bad' }) : undefined}
            onChange={(event) => setMinimum(event.currentTarget.value)}
          />
          <NumberInput
            label={intl.formatMessage({ id: 'farm.rule.quantity' })}
            value={quantityMax}
            min={1}
            max={1000}
            allowDecimal={false}
            disabled={!enabled}
            onChange={(value) => setQuantityMax(Math.max(1, Math.min(1000, Math.trunc(Number(value)) || 1)))}
          />
        </Group>
        {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
        <Button
          variant="light"
          disabled={!changed || minimumMicro === undefined}
          loading={save.busy}
          onClick={() => void submit()}
        >
          <FormattedMessage id="farm.rule.save" />
        </Button>
      </Stack>
    </section>
  );
}

function Rates({ machine }: { machine: MachineView }) {
  const rows = [
    ['farm.rate.hour', machine.rateMicroPerHour],
    ['farm.rate.setup', machine.setupMicro],
    ['farm.rate.minimum', machine.minimumMicro],
  ] as const;
  return (
    <section className={styles['panel']} aria-labelledby="rates">
      <Title order={2} id="rates" mb="xs">
        <FormattedMessage id="farm.rates" />
      </Title>
      <dl className={styles['terms']}>
        {rows.map(([id, micro]) => (
          <div key={id}>
            <dt>
              <FormattedMessage id={id} />
            </dt>
            <dd>
              <Money micro={micro} />
            </dd>
          </div>
        ))}
        {machine.materials.map((offer) => (
          <div key={`${offer.material} ${offer.colour}`}>
            <dt className={styles['material']}>
              <span className={styles['dot']} style={{ background: offer.colour }} aria-hidden />
              <FormattedMessage
                id="farm.material"
                values={{ material: offer.material, colour: offer.colourName }}
              />
            </dt>
            <dd>
              <FormattedMessage
                id="farm.perGram"
                values={{ price: <Money micro={offer.priceMicroPerGram} /> }}
              />
            </dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed" mt={6}>
        <FormattedMessage id="farm.rates.note" />
      </Text>
    </section>
  );
}
