// Calling a mediator into the chat of a disputed order: each of the two parties names somebody; whom both name is in.

import { Alert, Badge, Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Scale } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ChatCard } from '../../../node-core/api/index.ts';
import { api, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice, Identicon, shorten } from '../../ui/index.ts';
import styles from './messages.module.css';

type Person = ChatCard['members'][number];
type Props = { readonly actor: string; readonly chat: ChatCard; readonly contacts: readonly Person[] };

const nameOf = ({ id, name }: Person) => (name === '' ? shorten(id) : name);

/** Shown while somebody can be called, or has been. */
export function MediatorButton({ actor, chat, contacts }: Props) {
  const intl = useIntl();
  const [isOpen, dialog] = useDisclosure(false);
  const { order } = chat;
  if (order === undefined || (!order.mayCall && order.calls.length === 0)) return null;
  const asks = order.mayCall && order.calls.some(({ by }) => by.id !== actor) && !isSettled(order, actor);
  return (
    <>
      <Button
        variant={asks ? 'filled' : 'default'}
        size="xs"
        leftSection={<Scale size={14} aria-hidden />}
        onClick={dialog.open}
      >
        <FormattedMessage id="messages.mediator" />
      </Button>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        title={<FormattedMessage id="messages.mediator.title" />}
        closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
      >
        <Calls actor={actor} chat={chat} order={order} contacts={contacts} />
      </Modal>
    </>
  );
}

type Order = NonNullable<ChatCard['order']>;
/** This account has answered: both name the same person. */
const isSettled = ({ mediators, calls }: Order, actor: string) =>
  mediators.length > 0 && calls.some(({ by }) => by.id === actor);

function Calls({ actor, chat, order, contacts }: Props & { readonly order: Order }) {
  const intl = useIntl();
  const [chosen, setChosen] = useState<string | null>(null);
  const call = useApiCommand((id: string) => api.messages.callMediator({ actor, chat: chat.id, id }));
  const parties = new Set(chat.members.map(({ id }) => id));
  const people = contacts.filter(({ id }) => !parties.has(id));
  const mine = order.calls.find(({ by }) => by.id === actor)?.called.id;
  const choose = async (): Promise<void> => {
    if (chosen === null) return;
    const result = await call.run(chosen);
    if (result.ok) setChosen(null);
  };
  return (
    <Stack gap="md">
      <Text size="sm">
        <FormattedMessage id="messages.mediator.text" />
      </Text>
      {order.calls.length === 0 ? null : (
        <ul className={styles['devices']}>
          {order.calls.map(({ by, called }) => (
            <li key={by.id}>
              <Identicon address={called.id} size={22} />
              <span className={styles['deviceText']}>
                {nameOf(called)}
                <span className={styles['deviceSince']}>
                  {by.id === actor ? (
                    <FormattedMessage id="messages.mediator.byYou" />
                  ) : (
                    <FormattedMessage id="messages.mediator.by" values={{ name: nameOf(by) }} />
                  )}
                </span>
              </span>
              {order.mediators.some(({ id }) => id === called.id) ? (
                <Badge variant="light" color="petrol">
                  <FormattedMessage id="messages.mediator.in" />
                </Badge>
              ) : order.mayCall && by.id !== actor && called.id !== mine ? (
                <Button size="compact-xs" loading={call.busy} onClick={() => void call.run(called.id)}>
                  <FormattedMessage id="messages.mediator.agree" />
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {order.mayCall ? (
        <Group align="end" gap="sm">
          <Select
            className={styles['deviceText'] ?? ''}
            label={intl.formatMessage({ id: 'messages.mediator.choose' })}
            data={people.map((person) => ({ value: person.id, label: nameOf(person) }))}
            value={chosen}
            onChange={setChosen}
            nothingFoundMessage={intl.formatMessage({ id: 'messages.group.nobody' })}
            searchable
          />
          <Button
            variant="default"
            disabled={chosen === null}
            loading={call.busy}
            onClick={() => void choose()}
          >
            <FormattedMessage id="messages.mediator.call" />
          </Button>
        </Group>
      ) : null}
      <Alert color="gray" icon={<Scale size={16} aria-hidden />}>
        <FormattedMessage id="messages.mediator.sees" />
      </Alert>
      {call.fault === undefined ? null : <FaultNotice fault={call.fault} />}
    </Stack>
  );
}
