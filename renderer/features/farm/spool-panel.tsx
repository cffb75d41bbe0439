// Which spool is on the machine and how much is left of it; other spools are added and corrected here, too.

import {
  Button,
  Group,
  NativeSelect,
  NumberInput,
  Progress,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView, ShopView, SpoolView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './farm.module.css';

const NONE = '';
const FULL_GRAMS = 1000;

export function SpoolPanel({ machine, shop }: { machine: MachineView; shop: ShopView }) {
  const intl = useIntl();
  const actor = machine.owner.address;
  const [adding, setAdding] = useState(false);
  const spools = useApiQuery(['machines', 'spools', actor], ({ signal }) =>
    api.spools.list({ actor }, { signal }),
  );
  const load = useApiCommand((spoolId: string | null) => api.machines.loadSpool({ id: machine.id, spoolId }));
  const { spool } = shop;
  return (
    <section className={styles['panel']} aria-labelledby="spool">
      <Title order={2} id="spool" mb="xs">
        <FormattedMessage id="farm.spool" />
      </Title>
      <Stack gap="sm">
        <NativeSelect
          label={intl.formatMessage({ id: 'farm.spool.loaded' })}
          value={spool?.id ?? NONE}
          disabled={load.busy || machine.jobId !== undefined}
          data={[
            { value: NONE, label: intl.formatMessage({ id: 'farm.spool.none' }) },
            ...(spools.data ?? []).map(({ id, name, material, gramsLeft }) => ({
              value: id,
              label: intl.formatMessage(
                { id: 'farm.spool.option' },
                { name, material, grams: Math.round(gramsLeft) },
              ),
            })),
          ]}
          onChange={(event) => {
            const { value } = event.currentTarget;
            void load.run(value === NONE ? null : value);
          }}
        />
        {spool === undefined ? null : (
          <SpoolLeft key={`${spool.id} ${spool.gramsLeft}`} actor={actor} spool={spool} />
        )}
        {load.fault === undefined ? null : <FaultNotice fault={load.fault} compact />}
        {adding ? (
          <NewSpool machine={machine} onDone={() => setAdding(false)} />
        ) : (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            <FormattedMessage id="farm.spool.add" />
          </Button>
        )}
      </Stack>
    </section>
  );
}

function SpoolLeft({ actor, spool }: { actor: string; spool: SpoolView }) {
  const intl = useIntl();
  const [grams, setGrams] = useState(Math.round(spool.gramsLeft));
  const save = useApiCommand(() => api.spools.save({ actor, spool: { ...spool, gramsLeft: grams } }));
  const share = Math.min(100, (100 * spool.gramsLeft) / spool.gramsFull);
  return (
    <>
      <Text size="sm" className={styles['material'] ?? ''}>
        <span className={styles['dot']} style={{ background: spool.colour }} aria-hidden />
        <FormattedMessage
          id="farm.spool.left"
          values={{ grams: Math.round(spool.gramsLeft), full: Math.round(spool.gramsFull) }}
        />
      </Text>
      <Progress value={share} aria-hidden />
      <Group gap="sm" align="flex-end">
        <NumberInput
          label={intl.formatMessage({ id: 'farm.spool.weighed' })}
          value={grams}
          min={0}
          max={20_000}
          onChange={(value) => setGrams(Number(value))}
        />
        <Button
          variant="default"
          disabled={grams === Math.round(spool.gramsLeft)}
          loading={save.busy}
          onClick={() => void save.run()}
        >
          <FormattedMessage id="farm.spool.correct" />
        </Button>
      </Group>
      {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
    </>
  );
}

function NewSpool({ machine, onDone }: { machine: MachineView; onDone: () => void }) {
  const intl = useIntl();
  const offers = machine.materials.map(({ material, colour, colourName }) => ({
    value: `${material} ${colour}`,
    label: `${material} ${colourName}`,
  }));
  const [name, setName] = useState('');
  const [offer, setOffer] = useState(offers[0]?.value ?? '');
  const [grams, setGrams] = useState(FULL_GRAMS);
  const save = useApiCommand(async () => {
    const [material = '', colour = ''] = offer.split(' ');
    const spool = {
      name: name.trim(),
      material,
      colour,
      gramsFull: Math.max(grams, FULL_GRAMS),
      gramsLeft: grams,
    };
    const { id } = await api.spools.save({ actor: machine.owner.address, spool });
    return machine.jobId === undefined ? api.machines.loadSpool({ id: machine.id, spoolId: id }) : {};
  });
  const submit = async (): Promise<void> => {
    if ((await save.run()).ok) onDone();
  };
  return (
    <Stack gap="xs">
      <TextInput
        label={intl.formatMessage({ id: 'farm.spool.name' })}
        value={name}
        maxLength={60}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Group gap="sm" grow>
        <Select
          label={intl.formatMessage({ id: 'farm.spool.material' })}
          value={offer}
          data={offers}
          allowDeselect={false}
          onChange={(value) => setOffer(value ?? offer)}
        />
        <NumberInput
          label={intl.formatMessage({ id: 'farm.spool.grams' })}
          value={grams}
          min={0}
          max={20_000}
          onChange={(value) => setGrams(Number(value))}
        />
      </Group>
      {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
      <Group gap="xs">
        <Button
          size="compact-sm"
          disabled={name.trim() === ''}
          loading={save.busy}
          onClick={() => void submit()}
        >
          <FormattedMessage id="farm.spool.save" />
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={onDone}>
          <FormattedMessage id="farm.spool.cancel" />
        </Button>
      </Group>
    </Stack>
  );
}
