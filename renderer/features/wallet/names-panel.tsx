// The names of an account: which it has and goes by, what a new one costs, and what is due. A name is looked up as it is
// typed, with everything that looks like it.

import { Alert, Badge, Button, Group, NumberInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { AtSign, BadgeCheck, CalendarClock, TriangleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AccountView, NamesView, NameView } from '../../../node-core/api/index.ts';
import {
  api,
  notify,
  notifyFault,
  useApiCommand,
  useApiQuery,
  useConsole,
  useTask,
} from '../../bridge/index.ts';
import { EmptyState, FaultNotice, Hash, Money, TaskProgress, TimeText } from '../../ui/index.ts';
import { PointDialog, useOwnMachines } from './point-dialog.tsx';
import { TransferDialog } from './transfer-dialog.tsx';
import styles from './wallet.module.css';

const DAY_S = 86_400;
/** Said from then on, quietly. */
const REMIND_DAYS = 60;
const TYPING_MS = 250;

export function NamesPanel({ account }: { account: AccountView }) {
  const actor = account.address;
  const names = useApiQuery(['accounts', 'names', actor], ({ signal }) =>
    api.names.view({ actor }, { signal }),
  );
  const [taskId, setTaskId] = useState<string | undefined>(undefined);
  const running = useTask(taskId);
  if (names.data === undefined)
    return names.fault === undefined ? null : <FaultNotice fault={names.fault} onRetry={names.refetch} />;
  const view = names.data;
  return (
    <section className={styles['panel']} aria-labelledby="names-title">
      <Title order={2} mb={4} id="names-title">
        <FormattedMessage id="wallet.names" />
      </Title>
      <Text size="sm" c="dimmed" mb="md" maw="76ch">
        <FormattedMessage id="wallet.names.text" />
      </Text>
      <Stack gap="md">
        {view.names.length === 0 && running?.state !== 'running' ? (
          <EmptyState
            icon={<AtSign size={24} />}
            title={<FormattedMessage id="wallet.names.none.title" />}
            text={<FormattedMessage id="wallet.names.none.text" />}
          />
        ) : (
          <ul className={styles['names']}>
            {view.names.map((one) => (
              <NameRow key={one.name} actor={actor} one={one} view={view} />
            ))}
          </ul>
        )}
        {running === undefined || running.state === 'done' ? null : <TaskProgress task={running} />}
        <NewName actor={actor} view={view} onBegun={setTaskId} />
      </Stack>
    </section>
  );
}

type RowProps = { readonly actor: string; readonly one: NameView; readonly view: NamesView };

function NameRow({ actor, one, view }: RowProps) {
  const intl = useIntl();
  const [giving, setGiving] = useState(false);
  const [pointing, setPointing] = useState(false);
  const renew = useApiCommand(() => api.names.renew({ actor, name: one.name, years: 1 }));
  const goBy = useApiCommand(() => api.names.goBy({ actor, name: one.name }));
  const keep = useApiCommand(() => api.names.transfer({ actor, name: one.name, to: actor }));
  const tell = async (command: typeof renew, done: string): Promise<void> => {
    const result = await command.run();
    if (result.ok) notify('success', intl.formatMessage({ id: done }, { name: one.name }));
    else notifyFault('error', result.fault);
  };
  const settled = one.unsettledUntilS === undefined;
  return (
    <li className={styles['name']}>
      <div className={styles['nameText']}>
        <Group gap="xs">
          <Text fw={600} translate="no">
            {one.name}
          </Text>
          {view.primary === one.name ? (
            <Badge variant="light" leftSection={<BadgeCheck size={13} aria-hidden />}>
              <FormattedMessage id="wallet.names.primary" />
            </Badge>
          ) : null}
        </Group>
        <NameStanding one={one} view={view} />
        {one.account === undefined || one.account === actor ? null : (
          <NameTarget actor={actor} account={one.account} />
        )}
      </div>
      <Group gap="xs">
        {one.transfer === undefined ? null : (
          <Button
            variant="default"
            size="xs"
            loading={keep.busy}
            onClick={() => void tell(keep, 'wallet.names.kept')}
          >
            <FormattedMessage id="wallet.names.keep" />
          </Button>
        )}
        {view.primary === one.name || one.account !== actor ? null : (
          <Button
            variant="default"
            size="xs"
            loading={goBy.busy}
            onClick={() => void tell(goBy, 'wallet.names.goes')}
          >
            <FormattedMessage id="wallet.names.go-by" />
          </Button>
        )}
        {settled ? (
          <Button
            variant="default"
            size="xs"
            loading={renew.busy}
            onClick={() => void tell(renew, 'wallet.names.renewed')}
          >
            <FormattedMessage id="wallet.names.renew" />
          </Button>
        ) : null}
        {one.status === 'active' ? (
          <Button variant="subtle" color="gray" size="xs" onClick={() => setPointing(true)}>
            <FormattedMessage id="wallet.names.point" />
          </Button>
        ) : null}
        {settled && one.transfer === undefined && one.status === 'active' ? (
          <Button variant="subtle" color="gray" size="xs" onClick={() => setGiving(true)}>
            <FormattedMessage id="wallet.names.transfer" />
          </Button>
        ) : null}
      </Group>
      <PointDialog actor={actor} one={one} opened={pointing} onClose={() => setPointing(false)} />
      <TransferDialog
        actor={actor}
        name={one.name}
        days={view.transferDays}
        opened={giving}
        onClose={() => setGiving(false)}
      />
    </li>
  );
}

/** A machine by what its owner calls it; else the account. */
function NameTarget({ actor, account }: { actor: string; account: string }) {
  const machine = useOwnMachines(actor).find(({ id }) => id === account);
  return (
    <Text size="sm">
      <FormattedMessage
        id="wallet.names.for"
        values={{ target: machine?.name ?? <Hash value={account} /> }}
      />
    </Text>
  );
}

/** One line: until when, and what a person should do about it. */
function NameStanding({ one, view }: { one: NameView; view: NamesView }) {
  const nowMs = useConsole((state) => state.status?.nowMs ?? 0);
  const { expiresS = 0 } = one;
  const leftDays = (expiresS - nowMs / 1000) / DAY_S;
  if (one.status === 'grace') {
    return (
      <Text size="sm" c="var(--dipnet-danger-text, var(--mantine-color-red-text))">
        <CalendarClock size={14} aria-hidden className={styles['inline'] ?? ''} />
        <FormattedMessage
          id="wallet.names.grace"
          values={{ until: <TimeText timeS={expiresS + view.graceDays * DAY_S} /> }}
        />
      </Text>
    );
  }
  if (one.transfer !== undefined) {
    return (
      <Text size="sm">
        <FormattedMessage
          id="wallet.names.leaving"
          values={{ until: <TimeText timeS={one.transfer.timeS} /> }}
        />
      </Text>
    );
  }
  return (
    <Text size="sm" {...(leftDays < REMIND_DAYS ? {} : { c: 'dimmed' })}>
      {leftDays < REMIND_DAYS ? (
        <CalendarClock size={14} aria-hidden className={styles['inline'] ?? ''} />
      ) : null}
      <FormattedMessage id="wallet.names.until" values={{ until: <TimeText timeS={expiresS} /> }} />
      {one.unsettledUntilS === undefined ? null : (
        <>
          {' '}
          <FormattedMessage
            id="wallet.names.unsettled"
            values={{ until: <TimeText timeS={one.unsettledUntilS} /> }}
          />
        </>
      )}
    </Text>
  );
}

type NewProps = {
  readonly actor: string;
  readonly view: NamesView;
  readonly onBegun: (taskId: string) => void;
};

function NewName({ actor, view, onBegun }: NewProps) {
  const intl = useIntl();
  const [text, setText] = useState('');
  const [years, setYears] = useState(1);
  const [typed] = useDebouncedValue(text.trim(), TYPING_MS);
  const asked = useApiQuery(
    ['accounts', 'name', typed],
    ({ signal }) => api.names.resolve({ name: typed }, { signal }),
    { enabled: typed.length >= 3, keepPrevious: true },
  );
  const register = useApiCommand(() => api.names.register({ actor, name: text.trim(), years }));
  const found = typed.length >= 3 && typed === text.trim() ? asked.data : undefined;
  const canHave = found !== undefined && isFree(found);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!canHave) return;
    const result = await register.run();
    if (!result.ok) return;
    onBegun(result.value.taskId);
    setText('');
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Group align="flex-start" gap="sm">
        <TextInput
          flex={1}
          miw={220}
          maw={420}
          label={<FormattedMessage id="wallet.names.new" />}
          description={<FormattedMessage id="wallet.names.new.text" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={63}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <NumberInput
          w={90}
          label={<FormattedMessage id="wallet.names.years" />}
          description={intl.formatMessage({ id: 'wallet.names.years.text' })}
          min={1}
          max={10}
          allowDecimal={false}
          value={years}
          onChange={(value) => setYears(typeof value === 'number' ? Math.min(10, Math.max(1, value)) : 1)}
        />
        <Button type="submit" mt={43} loading={register.busy} disabled={!canHave}>
          <FormattedMessage id="wallet.names.get" />
        </Button>
      </Group>
      <div aria-live="polite" className={styles['nameAnswer'] ?? ''}>
        {found === undefined ? <Prices view={view} /> : <Answer found={found} years={years} actor={actor} />}
      </div>
      {register.fault === undefined ? null : <FaultNotice fault={register.fault} compact />}
    </form>
  );
}

const isFree = ({ status, lookAlike }: NameView) =>
  (status === 'free' || status === 'released') && lookAlike === undefined;

function Prices({ view }: { view: NamesView }) {
  return (
    <Text size="sm" c="dimmed">
      <FormattedMessage
        id="wallet.names.prices"
        values={{
          long: <Money micro={view.prices.longMicro} token="DIMT" />,
          four: <Money micro={view.prices.fourMicro} token="DIMT" />,
          short: <Money micro={view.prices.shortMicro} token="DIMT" />,
          balance: <Money micro={view.balanceMicro} token="DIMT" />,
        }}
      />
    </Text>
  );
}

/** What the network says of the name that was typed. */
function Answer({ found, years, actor }: { found: NameView; years: number; actor: string }) {
  if (found.lookAlike !== undefined) {
    return (
      <Alert role="alert" color="orange" icon={<TriangleAlert size={18} aria-hidden />}>
        <FormattedMessage
          id="wallet.names.look-alike"
          values={{ name: found.name, other: <strong translate="no">{found.lookAlike.name}</strong> }}
        />
      </Alert>
    );
  }
  if (!isFree(found)) {
    const mine = found.owner === actor;
    const id = mine ? 'wallet.names.mine' : `wallet.names.status.${found.status}`;
    return (
      <Text size="sm">
        <FormattedMessage id={id} values={{ name: found.name }} />
      </Text>
    );
  }
  return (
    <Text size="sm">
      <FormattedMessage
        id={found.premiumMicro > 0n ? 'wallet.names.price.premium' : 'wallet.names.price'}
        values={{
          name: <strong translate="no">{found.name}</strong>,
          price: <Money micro={found.yearlyMicro * BigInt(years) + found.premiumMicro} token="DIMT" />,
          premium: <Money micro={found.premiumMicro} token="DIMT" />,
          years,
        }}
      />
    </Text>
  );
}
