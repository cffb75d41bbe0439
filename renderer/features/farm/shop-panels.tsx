// How a machine is run: by itself or by hand and in which hours, what is loaded, what is due, and who else may use it.

import {
  Badge,
  Box,
  Button,
  Checkbox,
  Chip,
  Group,
  NumberInput,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView, ShopView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './farm.module.css';
import { SpoolPanel } from './spool-panel.tsx';

type PanelProps = { readonly machine: MachineView; readonly shop: ShopView };

export function ShopPanels({ machine }: { machine: MachineView }) {
  const { id } = machine;
  const shop = useApiQuery(['machines', 'shop', id], ({ signal }) => api.machines.shop({ id }, { signal }));
  if (shop.fault !== undefined) return <FaultNotice fault={shop.fault} onRetry={shop.refetch} compact />;
  if (shop.data === undefined) return null;
  return (
    <>
      {machine.process === 'fdm' ? (
        <>
          <SpoolPanel machine={machine} shop={shop.data} />
          <ByItself machine={machine} shop={shop.data} />
          <Resuming key={`${shop.data.resumes} ${shop.data.bedHoldsC}`} machine={machine} shop={shop.data} />
        </>
      ) : null}
      <Upkeep machine={machine} shop={shop.data} />
      <Rights machine={machine} shop={shop.data} />
    </>
  );
}

/** What a mill or a laser has of the parts that wear. */
const CUTTER_UPKEEP: ReadonlySet<string> = new Set(['lubricate', 'belts']);

const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
/** A Monday, so that the calendar of the language names the days. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

function toTime(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function toMinute(time: string): number | undefined {
  const match = /^(\d{2}):(\d{2})$/.exec(time);
  return match === null ? undefined : Number(match[1]) * 60 + Number(match[2]);
}

function ByItself({ machine, shop }: PanelProps) {
  const intl = useIntl();
  const save = useApiCommand((change: Partial<Pick<ShopView, 'autoContinue' | 'hours'>>) =>
    api.machines.saveShop({ id: machine.id, ...change }),
  );
  const { hours } = shop;
  const saveTime = (name: 'fromMinute' | 'toMinute', time: string): void => {
    const minute = toMinute(time);
    if (minute !== undefined) void save.run({ hours: { ...hours, [name]: minute } });
  };
  return (
    <section className={styles['panel']} aria-labelledby="by-itself">
      <Title order={2} id="by-itself" mb="xs">
        <FormattedMessage id="farm.byItself" />
      </Title>
      <Stack gap="sm">
        <Switch
          checked={shop.autoContinue}
          disabled={save.busy}
          onChange={(event) => void save.run({ autoContinue: event.currentTarget.checked })}
          label={intl.formatMessage({ id: 'farm.byItself.on' })}
          description={intl.formatMessage({ id: 'farm.byItself.note' })}
        />
        <Chip.Group
          multiple
          value={hours.days.map(String)}
          onChange={(days) => void save.run({ hours: { ...hours, days: days.map(Number) } })}
        >
          <Group gap={4}>
            {DAYS.map((day) => (
              <Chip key={day} size="xs" value={String(day)} disabled={!shop.autoContinue}>
                {intl.formatDate(MONDAY + day * DAY_MS, { weekday: 'short', timeZone: 'UTC' })}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Group gap="sm" grow>
          {(['fromMinute', 'toMinute'] as const).map((name) => (
            <TextInput
              key={name}
              type="time"
              label={intl.formatMessage({ id: `farm.byItself.${name}` })}
              value={toTime(hours[name])}
              disabled={!shop.autoContinue}
              onChange={(event) => saveTime(name, event.currentTarget.value)}
            />
          ))}
        </Group>
        {shop.autoContinue && !shop.open ? (
          <Text size="sm" c="dimmed">
            <FormattedMessage id="farm.byItself.closed" />
          </Text>
        ) : null}
        {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
      </Stack>
    </section>
  );
}

/** Whether prints that were cut off may be gone on with, and how long parts stay on this bed. */
function Resuming({ machine, shop }: PanelProps) {
  const intl = useIntl();
  const save = useApiCommand((change: Partial<Pick<ShopView, 'resumes' | 'bedHoldsC'>>) =>
    api.machines.saveShop({ id: machine.id, ...change }),
  );
  const [holdsC, setHoldsC] = useState<number | ''>(shop.bedHoldsC ?? '');
  return (
    <section className={styles['panel']} aria-labelledby="resuming">
      <Title order={2} id="resuming" mb="xs">
        <FormattedMessage id="farm.resuming" />
      </Title>
      <Stack gap="sm">
        <Switch
          checked={shop.resumes}
          disabled={save.busy}
          onChange={(event) => void save.run({ resumes: event.currentTarget.checked })}
          label={intl.formatMessage({ id: 'farm.resuming.on' })}
          description={intl.formatMessage({ id: 'farm.resuming.note' })}
        />
        <NumberInput
          label={intl.formatMessage({ id: 'farm.resuming.holds' })}
          description={intl.formatMessage({ id: 'farm.resuming.holds.note' })}
          placeholder={intl.formatMessage({ id: 'farm.resuming.holds.material' })}
          value={holdsC}
          min={0}
          max={150}
          suffix=" °C"
          allowDecimal={false}
          disabled={!shop.resumes || save.busy}
          onChange={(value) => setHoldsC(typeof value === 'number' ? value : '')}
          onBlur={() => void save.run({ bedHoldsC: holdsC === '' ? null : holdsC })}
        />
        {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
      </Stack>
    </section>
  );
}

function Upkeep({ machine, shop }: PanelProps) {
  const intl = useIntl();
  const done = useApiCommand((task: ShopView['upkeep'][number]['task']) =>
    api.machines.upkeepDone({ id: machine.id, task }),
  );
  const { printHours, filamentMetres, prints, failures } = shop.counters;
  const cuts = machine.process !== 'fdm';
  return (
    <section className={styles['panel']} aria-labelledby="upkeep">
      <Title order={2} id="upkeep" mb="xs">
        <FormattedMessage id="farm.upkeep" />
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        <FormattedMessage
          id={cuts ? 'farm.upkeep.counters.cutter' : 'farm.upkeep.counters'}
          values={{ hours: Math.round(printHours), metres: Math.round(filamentMetres), prints, failures }}
        />
      </Text>
      {done.fault === undefined ? null : <FaultNotice fault={done.fault} compact />}
      <Wear machine={machine} shop={shop} />
      <Stack gap={6}>
        {shop.upkeep
          .filter(({ task }) => !cuts || CUTTER_UPKEEP.has(task))
          .map(({ task, by, used, life, due }) => (
            <Group key={task} justify="space-between" wrap="nowrap">
              <div>
                <Text size="sm">
                  <FormattedMessage id={`farm.upkeep.${task}`} />{' '}
                  {due ? (
                    <Badge size="sm" color="orange" variant="light">
                      <FormattedMessage id="farm.upkeep.due" />
                    </Badge>
                  ) : null}
                </Text>
                <Text size="xs" c="dimmed">
                  <FormattedMessage id="farm.upkeep.used" values={{ by, used: Math.round(used), life }} />
                </Text>
              </div>
              <Button
                size="compact-sm"
                variant="subtle"
                leftSection={<Check size={14} aria-hidden />}
                disabled={done.busy}
                aria-label={intl.formatMessage(
                  { id: 'farm.upkeep.doneLabel' },
                  { task: intl.formatMessage({ id: `farm.upkeep.${task}` }) },
                )}
                onClick={() => void done.run(task)}
              >
                <FormattedMessage id="farm.upkeep.done" />
              </Button>
            </Group>
          ))}
      </Stack>
    </section>
  );
}

/** What the last prints tell of the machine's wear, in words and figures. */
function Wear({ machine, shop }: PanelProps) {
  const seen = useApiCommand(() => api.machines.wearSeenTo({ id: machine.id }));
  if (shop.wear.length === 0) return null;
  return (
    <Box component="section" mb="md" className={styles['problem']} aria-labelledby="wear">
      <Title order={3} id="wear">
        <FormattedMessage id="farm.wear" />
      </Title>
      <ul>
        {shop.wear.map(({ code, now, usual }) => (
          <li key={code}>
            <Text size="sm">
              <FormattedMessage
                id={`farm.wear.${code}`}
                values={{
                  now: Math.round(now * 100) / 100,
                  usual: Math.round(usual * 100) / 100,
                  off: Math.round(Math.abs(now - usual) * 10) / 10,
                  more: usual === 0 ? 0 : Math.round((100 * now) / usual - 100),
                }}
              />
            </Text>
          </li>
        ))}
      </ul>
      {seen.fault === undefined ? null : <FaultNotice fault={seen.fault} compact />}
      <Button size="compact-sm" variant="light" loading={seen.busy} onClick={() => void seen.run()}>
        <FormattedMessage id="farm.wear.seen" />
      </Button>
    </Box>
  );
}

function Rights({ machine, shop }: PanelProps) {
  const intl = useIntl();
  const accounts = useApiQuery(['accounts', 'list'], ({ signal }) =>
    api.wallet.accounts(undefined, { signal }),
  );
  const grant = useApiCommand((right: { account: string; queue: boolean; print: boolean }) =>
    api.machines.grantRight({ id: machine.id, ...right }),
  );
  const others = accounts.data?.filter(
    ({ address }) => address.toLowerCase() !== machine.owner.address.toLowerCase(),
  );
  if (others === undefined || others.length === 0) return null;
  return (
    <section className={styles['panel']} aria-labelledby="rights">
      <Title order={2} id="rights" mb="xs">
        <FormattedMessage id="farm.rights" />
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        <FormattedMessage id="farm.rights.note" />
      </Text>
      {grant.fault === undefined ? null : <FaultNotice fault={grant.fault} compact />}
      <Stack gap="xs">
        {others.map(({ address, name }) => {
          const right = shop.rights.find(({ account }) => account === address.toLowerCase());
          const { queue = false, print = false } = right ?? {};
          return (
            <Group key={address} justify="space-between">
              <Text size="sm">{name}</Text>
              <Group gap="md">
                <Checkbox
                  checked={queue}
                  disabled={grant.busy}
                  label={intl.formatMessage({ id: 'farm.rights.queue' })}
                  aria-label={intl.formatMessage({ id: 'farm.rights.queueOf' }, { name })}
                  onChange={(event) =>
                    void grant.run({ account: address, queue: event.currentTarget.checked, print })
                  }
                />
                <Checkbox
                  checked={print}
                  disabled={grant.busy}
                  label={intl.formatMessage({ id: 'farm.rights.print' })}
                  aria-label={intl.formatMessage({ id: 'farm.rights.printOf' }, { name })}
                  onChange={(event) =>
                    void grant.run({ account: address, queue, print: event.currentTarget.checked })
                  }
                />
              </Group>
            </Group>
          );
        })}
      </Stack>
    </section>
  );
}
