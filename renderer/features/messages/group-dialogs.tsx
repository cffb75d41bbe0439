// Groups: founding one, and who is in it.

import { Button, Group, Modal, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ChatCard } from '../../../node-core/api/index.ts';
import { api, navigate, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice, FormDialog, Identicon, shorten } from '../../ui/index.ts';
import styles from './messages.module.css';

type Person = ChatCard['members'][number];
const nameOf = ({ id, name }: Person) => (name === '' ? shorten(id) : `${name} (${shorten(id)})`);

/** The people of one's chats: who can be put into a group. */
export function contactsOf(chats: readonly ChatCard[], actor: string): readonly Person[] {
  const people = chats.filter(({ kind, blocked }) => kind === 'person' && !blocked);
  return people.flatMap(({ members }) => members.filter(({ id }) => id !== actor));
}

type PickProps = {
  readonly people: readonly Person[];
  readonly chosen: readonly string[];
  readonly onChange: (ids: string[]) => void;
};

function PickPeople({ people, chosen, onChange }: PickProps) {
  const intl = useIntl();
  return (
    <MultiSelect
      label={intl.formatMessage({ id: 'messages.group.people' })}
      description={intl.formatMessage({ id: 'messages.group.people.help' })}
      data={people.map((person) => ({ value: person.id, label: nameOf(person) }))}
      value={[...chosen]}
      onChange={onChange}
      nothingFoundMessage={intl.formatMessage({ id: 'messages.group.nobody' })}
      searchable
      hidePickedOptions
    />
  );
}

type NewProps = {
  readonly actor: string;
  readonly chats: readonly ChatCard[];
  readonly opened: boolean;
  readonly onClose: () => void;
};

export function NewGroupDialog({ actor, chats, opened, onClose }: NewProps) {
  const intl = useIntl();
  const [name, setName] = useState('');
  const [members, setMembers] = useState<string[]>([]);
  const found = useApiCommand(() => api.messages.foundGroup({ actor, name: name.trim(), members }));
  const submit = async (): Promise<void> => {
    if (name.trim() === '') return;
    const result = await found.run();
    if (!result.ok) return;
    setName('');
    setMembers([]);
    onClose();
    navigate(`/messages/${encodeURIComponent(result.value.chat)}`);
  };
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="messages.group.new" />}
      onSubmit={() => void submit()}
    >
      <TextInput
        label={intl.formatMessage({ id: 'messages.group.name' })}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={60}
        required
        data-autofocus
      />
      <PickPeople people={contactsOf(chats, actor)} chosen={members} onChange={setMembers} />
      {found.fault === undefined ? null : <FaultNotice fault={found.fault} />}
    </FormDialog>
  );
}

type MembersProps = {
  readonly actor: string;
  readonly chat: ChatCard;
  readonly contacts: readonly Person[];
  readonly opened: boolean;
  readonly onClose: () => void;
};
type Change = Omit<Parameters<typeof api.messages.changeGroup>[0], 'actor' | 'chat'>;

export function MembersDialog({ actor, chat, contacts, opened, onClose }: MembersProps) {
  const intl = useIntl();
  const [chosen, setChosen] = useState<string[]>([]);
  const change = useApiCommand((what: Change) => api.messages.changeGroup({ actor, chat: chat.id, ...what }));
  const { group, members, plain = [] } = chat;
  if (group === undefined) return null;
  const strangers = contacts.filter(({ id }) => !members.some((member) => member.id === id));
  const run = (what: Change) => () => void change.run(what);
  const add = async (): Promise<void> => {
    const result = await change.run({ add: chosen });
    if (result.ok) setChosen([]);
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="messages.group.members" values={{ count: members.length }} />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="md">
        {group.owner === actor ? (
          <GroupName name={chat.title} onRename={(rename) => change.run({ rename })} />
        ) : null}
        <ul className={styles['devices']}>
          {members.map((member) => (
            <Member
              key={member.id}
              member={member}
              isPlain={plain.some(({ id }) => id === member.id)}
              actor={actor}
              group={group}
              run={run}
            />
          ))}
        </ul>
        {group.waiting.length === 0 ? null : (
          <>
            <Text fw={600}>
              <FormattedMessage id="messages.group.waiting" />
            </Text>
            <ul className={styles['devices']}>
              {group.waiting.map((person) => (
                <li key={person.id}>
                  <Identicon address={person.id} size={22} />
                  <span className={styles['deviceText']}>{nameOf(person)}</span>
                  {group.leads ? (
                    <Button variant="default" size="compact-xs" onClick={run({ add: [person.id] })}>
                      <FormattedMessage id="messages.group.accept" />
                    </Button>
                  ) : null}
                </li>
              ))}
            </ul>
          </>
        )}
        {group.member ? (
          <>
            <PickPeople people={strangers} chosen={chosen} onChange={setChosen} />
            <Group justify="space-between">
              <Button disabled={chosen.length === 0} loading={change.busy} onClick={() => void add()}>
                <FormattedMessage id={group.leads ? 'messages.group.add' : 'messages.group.propose'} />
              </Button>
              {group.leads ? null : (
                <Button variant="default" onClick={run({ leave: true })}>
                  <FormattedMessage id="messages.group.leave" />
                </Button>
              )}
            </Group>
          </>
        ) : (
          <Text size="sm">
            <FormattedMessage id="messages.group.out" />
          </Text>
        )}
        {change.fault === undefined ? null : <FaultNotice fault={change.fault} />}
      </Stack>
    </Modal>
  );
}

function GroupName({ name, onRename }: { name: string; onRename: (name: string) => Promise<unknown> }) {
  const intl = useIntl();
  const [text, setText] = useState(name);
  const fresh = text.trim();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (fresh !== '' && fresh !== name) void onRename(fresh);
      }}
    >
      <Group align="flex-end" gap="sm">
        <TextInput
          flex={1}
          label={intl.formatMessage({ id: 'messages.group.name' })}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={60}
        />
        <Button type="submit" variant="default" disabled={fresh === '' || fresh === name}>
          <FormattedMessage id="messages.group.rename" />
        </Button>
      </Group>
    </form>
  );
}

type MemberProps = {
  readonly member: Person;
  /** Their program has no forward secrecy. */
  readonly isPlain: boolean;
  readonly actor: string;
  readonly group: NonNullable<ChatCard['group']>;
  readonly run: (what: Change) => () => void;
};

function Member({ member, isPlain, actor, group, run }: MemberProps) {
  const { id } = member;
  const isAdministrator = group.administrators.includes(id);
  const role = id === group.owner ? 'owner' : isAdministrator ? 'administrator' : undefined;
  const canRemove = group.leads && role === undefined && id !== actor;
  return (
    <li>
      <Identicon address={id} size={22} />
      <span className={styles['deviceText']}>
        {nameOf(member)}
        {role === undefined ? null : (
          <span className={styles['deviceSince']}>
            <FormattedMessage id={`messages.group.${role}`} />
          </span>
        )}
        {isPlain ? (
          <span className={styles['deviceSince']}>
            <FormattedMessage id="messages.secrecy.static" />
          </span>
        ) : null}
      </span>
      {group.owner === actor && id !== actor ? (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={run({ appoint: { id, administrator: !isAdministrator } })}
        >
          <FormattedMessage id={isAdministrator ? 'messages.group.dismiss' : 'messages.group.appoint'} />
        </Button>
      ) : null}
      {canRemove ? (
        <Button variant="default" size="compact-xs" onClick={run({ remove: [id] })}>
          <FormattedMessage id="messages.group.remove" />
        </Button>
      ) : null}
    </li>
  );
}
