// Adding somebody by the ID or account that they gave.

import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { api, navigate, useApiCommand } from '../../bridge/index.ts';
import { FaultNotice, FormDialog } from '../../ui/index.ts';

type Props = {
  readonly actor: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  /** An ID or a name that a link gave. */
  readonly given?: string | undefined;
};

export function ContactDialog({ actor, opened, onClose, given }: Props) {
  const intl = useIntl();
  const [id, setId] = useState('');
  const [missing, setMissing] = useState(false);
  const [name, setName] = useState('');
  const add = useApiCommand(() => api.messages.addContact({ actor, id: id.trim(), name: name.trim() }));
  const { reset } = add;
  useEffect(() => {
    if (opened) {
      if (given !== undefined) setId(given);
      return;
    }
    setId('');
    setMissing(false);
    setName('');
    reset();
  }, [opened, given, reset]);
  const submit = async (): Promise<void> => {
    setMissing(id.trim() === '');
    if (id.trim() === '') return;
    const result = await add.run();
    if (!result.ok) return;
    onClose();
    navigate(`/messages/${encodeURIComponent(result.value.chat)}`);
  };
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="messages.add" />}
      onSubmit={() => void submit()}
    >
      <TextInput
        label={intl.formatMessage({ id: 'messages.add.id' })}
        description={intl.formatMessage({ id: 'messages.add.id.help' })}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
        error={
          missing && id.trim() === '' ? intl.formatMessage({ id: 'messages.add.id.missing' }) : undefined
        }
        maxLength={96}
        spellCheck={false}
        autoComplete="off"
        data-autofocus
      />
      <TextInput
        label={intl.formatMessage({ id: 'messages.add.name' })}
        description={intl.formatMessage({ id: 'messages.add.name.help' })}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={40}
        autoComplete="off"
      />
      {add.fault === undefined ? null : <FaultNotice fault={add.fault} />}
    </FormDialog>
  );
}
