// The machine as a contact: whether it answers messages, who may ask what of it, and what was asked.

import { Button, Checkbox, Group, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineActView, MachineTalkView, MachineView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, Hash, PartyChip, TimeText } from '../../ui/index.ts';
import styles from './farm.module.css';

const RIGHTS = ['status', 'pause', 'resume', 'cancel', 'picture'] as const;
const ACCOUNT = /^0x[0-9a-fA-F]{40}$/;

type Change = {
  readonly enabled?: boolean;
  readonly person?: { readonly account: string; readonly rights: MachineActView[] };
};

export function TalkSettings({ machine }: { machine: MachineView }) {
  const intl = useIntl();
  const { id } = machine;
  const talk = useApiQuery(['machines', 'talk', id], ({ signal }) => api.machines.talk({ id }, { signal }));
  const save = useApiCommand((change: Change) => api.machines.saveTalk({ id, ...change }));
  if (talk.data === undefined) return null;
  const { enabled, people, log } = talk.data;
  return (
    <section className={styles['panel']} aria-labelledby="talk">
      <Title order={2} id="talk" mb={4}>
        <FormattedMessage id="farm.talk" />
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        <FormattedMessage id="farm.talk.note" />
      </Text>
      <Stack gap="sm">
        <Switch
          checked={enabled}
          disabled={save.busy}
          onChange={(event) => void save.run({ enabled: event.currentTarget.checked })}
          label={intl.formatMessage({ id: 'farm.talk.enabled' })}
          description={intl.formatMessage({ id: 'farm.talk.enabled.note' })}
        />
        {save.fault === undefined ? null : <FaultNotice fault={save.fault} compact />}
        {enabled ? (
          <>
            <Group gap="xs">
              <Text size="sm">
                <FormattedMessage id="farm.talk.id" />
              </Text>
              <Hash value={id} />
            </Group>
            {people.map((person) => (
              <Person key={person.account.address} person={person} busy={save.busy} onChange={save.run} />
            ))}
            <NewPerson
              known={people.map(({ account }) => account.address)}
              busy={save.busy}
              onAdd={(account) => save.run({ person: { account, rights: ['status'] } })}
            />
            <Asked log={log} />
          </>
        ) : null}
      </Stack>
    </section>
  );
}

type PersonProps = {
  readonly person: MachineTalkView['people'][number];
  readonly busy: boolean;
  readonly onChange: (change: Change) => unknown;
};

function Person({ person: { account, rights }, busy, onChange }: PersonProps) {
  const { address } = account;
  return (
    <fieldset className={styles['talkPerson']}>
      <legend>
        <PartyChip party={account} size={22} />
      </legend>
      <Group gap="md">
        {RIGHTS.map((right) => (
          <Checkbox
            key={right}
            size="xs"
            checked={rights.includes(right)}
            disabled={busy}
            label={<FormattedMessage id={`farm.talk.right.${right}`} />}
            onChange={(event) => {
              const others = rights.filter((other) => other !== right);
              const next = event.currentTarget.checked ? [...others, right] : others;
              void onChange({ person: { account: address, rights: next } });
            }}
          />
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          color="red"
          disabled={busy}
          onClick={() => void onChange({ person: { account: address, rights: [] } })}
        >
          <FormattedMessage id="farm.talk.remove" />
        </Button>
      </Group>
    </fieldset>
  );
}

type NewPersonProps = {
  readonly known: readonly string[];
  readonly busy: boolean;
  readonly onAdd: (account: string) => unknown;
};

function NewPerson({ known, busy, onAdd }: NewPersonProps) {
  const intl = useIntl();
  const [account, setAccount] = useState('');
  const typed = account.trim();
  const isKnown = known.some((other) => other.toLowerCase() === typed.toLowerCase());
  const isAccount = ACCOUNT.test(typed) && !isKnown;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isAccount) return;
        void onAdd(typed);
        setAccount('');
      }}
    >
      <Group gap="sm" align="flex-end">
        <TextInput
          className={styles['talkAccount'] ?? ''}
          label={intl.formatMessage({ id: 'farm.talk.add' })}
          description={intl.formatMessage({ id: 'farm.talk.add.note' })}
          placeholder="0x…"
          value={account}
          error={
            typed !== '' && !isAccount && typed.length >= 42
              ? intl.formatMessage({ id: isKnown ? 'farm.talk.add.known' : 'farm.talk.add.bad' })
              : undefined
          }
          maxLength={42}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="light"
          disabled={!isAccount || busy}
          leftSection={<UserPlus size={16} aria-hidden />}
        >
          <FormattedMessage id="farm.talk.addIt" />
        </Button>
      </Group>
    </form>
  );
}

/** What changed something, or was refused. */
function Asked({ log }: { log: MachineTalkView['log'] }) {
  if (log.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        <FormattedMessage id="farm.talk.log" />
      </Text>
      <ul className={styles['talkLog']}>
        {log.map(({ account, act, atMs, refused }) => (
          <li key={`${atMs} ${account.address} ${act}`}>
            <PartyChip party={account} size={18} />
            <Text size="sm">
              <FormattedMessage
                id={refused === undefined ? 'farm.talk.log.done' : 'farm.talk.log.refused'}
                values={{ act: <ActWord act={act} />, code: refused ?? '' }}
              />
            </Text>
            <Text size="xs" c="dimmed">
              <TimeText timeS={Math.floor(atMs / 1000)} relative />
            </Text>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A word of others is shown as it is. */
function ActWord({ act }: { act: string }) {
  const known = RIGHTS.find((right) => right === act);
  return known === undefined ? <q>{act}</q> : <FormattedMessage id={`farm.talk.right.${known}`} />;
}
