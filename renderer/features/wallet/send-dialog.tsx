// Sending tokens: to whom, by name or address, and how much, then a summary in words and a held button. What is sent
// goes to the address that the summary shows. The amount is never rounded.

import { Alert, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AccountView, NameView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { addressWords, ConfirmDialog, FaultNotice, Identicon, Money, parseAmount } from '../../ui/index.ts';
import { checkSend, type SendDraft, type SendTerms, type SendToken, TOKENS } from './send-terms.ts';
import styles from './wallet.module.css';

type Props = { readonly account: AccountView; readonly opened: boolean; readonly onClose: () => void };

const EMPTY: SendDraft = { to: '', token: 'DPN', amount: '' };

export function SendDialog({ account, opened, onClose }: Props) {
  const intl = useIntl();
  const [draft, setDraft] = useState<SendDraft>(EMPTY);
  const [tried, setTried] = useState(false);
  const [terms, setTerms] = useState<SendTerms | undefined>(undefined);
  const [named, setNamed] = useState<{ readonly text: string; readonly view: NameView } | undefined>();
  const resolve = useApiCommand((name: string) => api.names.resolve({ name }));
  const send = useApiCommand((input: SendTerms) => api.wallet.send({ actor: account.address, ...input }));
  useEffect(() => {
    if (opened) return;
    setDraft(EMPTY);
    setTried(false);
    setTerms(undefined);
    setNamed(undefined);
  }, [opened]);

  const check = (view: NameView | undefined) =>
    checkSend(view?.account === undefined ? draft : { ...draft, to: view.account }, account, (text) =>
      parseAmount(text, intl.locale),
    );
  const view = named?.text === draft.to.trim() ? named.view : undefined;
  const { problems } = check(view);
  const problem = (field: 'to' | 'amount'): ReactNode => {
    if (!tried || problems[field] === undefined) return undefined;
    return field === 'to' && view !== undefined && view.account === undefined ? (
      <NameProblem view={view} />
    ) : (
      intl.formatMessage({ id: `wallet.send.problem.${problems[field]}` })
    );
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    send.reset();
    const text = draft.to.trim();
    const asked = isName(text) ? await resolve.run(text) : undefined;
    const found = asked?.ok === true ? asked.value : undefined;
    setNamed(found === undefined ? undefined : { text, view: found });
    setTerms(check(found).terms);
  };
  const confirm = async (): Promise<void> => {
    if (terms === undefined) return;
    const result = await send.run(terms);
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: 'wallet.send.done' }));
    onClose();
  };
  if (terms !== undefined) {
    return (
      <ConfirmDialog
        opened={opened}
        onClose={() => setTerms(undefined)}
        title={<FormattedMessage id="wallet.send.confirm.title" />}
        confirmLabel={intl.formatMessage({ id: 'wallet.send.confirm.hold' })}
        onConfirm={() => void confirm()}
        busy={send.busy}
        fault={send.fault}
      >
        <SendSummary terms={terms} view={view} />
      </ConfirmDialog>
    );
  }
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<FormattedMessage id="wallet.send.title" />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <TextInput
            label={<FormattedMessage id="wallet.send.to" />}
            description={<FormattedMessage id="wallet.send.to.text" />}
            value={draft.to}
            error={problem('to')}
            onChange={(event) => setDraft({ ...draft, to: event.currentTarget.value })}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          {resolve.fault === undefined ? null : <FaultNotice fault={resolve.fault} compact />}
          <Group gap="sm" align="flex-start" wrap="nowrap">
            <TextInput
              flex={1}
              label={<FormattedMessage id="wallet.send.amount" />}
              inputMode="decimal"
              value={draft.amount}
              error={problem('amount')}
              onChange={(event) => setDraft({ ...draft, amount: event.currentTarget.value })}
              autoComplete="off"
            />
            <Select
              w={110}
              label={<FormattedMessage id="wallet.send.token" />}
              data={[...TOKENS]}
              value={draft.token}
              allowDeselect={false}
              onChange={(value) =>
                setDraft({ ...draft, token: TOKENS.find((token) => token === value) ?? draft.token })
              }
            />
          </Group>
          <Text size="sm" c="dimmed">
            <FormattedMessage
              id="wallet.send.available"
              values={{ amount: <Money micro={availableOf(account, draft.token)} token={draft.token} /> }}
            />
          </Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              <FormattedMessage id="ui.cancel" />
            </Button>
            <Button type="submit" loading={resolve.busy}>
              <FormattedMessage id="wallet.send.next" />
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function availableOf(account: AccountView, token: SendToken): bigint {
  return account.balances[token] ?? 0n;
}

/** What is no address is a name; whether it is one is the network's to say. */
const isName = (text: string): boolean => text.length >= 3 && !/^0x/i.test(text);

function NameProblem({ view }: { view: NameView }) {
  return view.lookAlike === undefined ? (
    <FormattedMessage id="wallet.send.name.unknown" values={{ name: view.name }} />
  ) : (
    <FormattedMessage
      id="wallet.send.name.look-alike"
      values={{ name: view.name, other: view.lookAlike.name }}
    />
  );
}

function SendSummary({ terms, view }: { terms: SendTerms; view: NameView | undefined }) {
  return (
    <Stack gap="sm">
      <Text>
        <FormattedMessage
          id="wallet.send.summary"
          values={{
            amount: (
              <strong>
                <Money micro={terms.amountMicro} token={terms.token} />
              </strong>
            ),
          }}
        />
      </Text>
      <div className={styles['recipient']}>
        <Identicon address={terms.to} size={40} />
        <div>
          {view === undefined ? null : (
            <Text fw={700}>
              <FormattedMessage id="wallet.send.by-name" values={{ name: view.name }} />
            </Text>
          )}
          <Text fw={600}>{addressWords(terms.to)}</Text>
          <Text ff="monospace" size="sm" className={styles['address'] ?? ''}>
            {terms.to}
          </Text>
        </div>
      </div>
      {view?.unsettledUntilS === undefined ? null : (
        <Alert role="alert" color="orange">
          <FormattedMessage id="wallet.send.unsettled" />
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        <FormattedMessage id="wallet.send.final" />
      </Text>
    </Stack>
  );
}
