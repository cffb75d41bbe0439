// Sending tokens: to whom and how much, then a summary in words and a held button. The amount is never rounded.

import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AccountView } from '../../../node-core/api/index.ts';
import { api, notify, useApiCommand } from '../../bridge/index.ts';
import { addressWords, ConfirmDialog, Identicon, Money, parseAmount } from '../../ui/index.ts';
import { checkSend, type SendDraft, type SendTerms, type SendToken, TOKENS } from './send-terms.ts';
import styles from './wallet.module.css';

type Props = { readonly account: AccountView; readonly opened: boolean; readonly onClose: () => void };

const EMPTY: SendDraft = { to: '', token: 'DPN', amount: '' };

export function SendDialog({ account, opened, onClose }: Props) {
  const intl = useIntl();
  const [draft, setDraft] = useState<SendDraft>(EMPTY);
  const [tried, setTried] = useState(false);
  const [terms, setTerms] = useState<SendTerms | undefined>(undefined);
  const send = useApiCommand((input: SendTerms) => api.wallet.send({ actor: account.address, ...input }));
  useEffect(() => {
    if (opened) return;
    setDraft(EMPTY);
    setTried(false);
    setTerms(undefined);
  }, [opened]);

  const checked = checkSend(draft, account, (text) => parseAmount(text, intl.locale));
  const problem = (field: 'to' | 'amount'): string | undefined =>
    tried && checked.problems[field] !== undefined
      ? intl.formatMessage({ id: `wallet.send.problem.${checked.problems[field]}` })
      : undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    send.reset();
    setTerms(checked.terms);
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
        <SendSummary terms={terms} />
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
      <form onSubmit={submit} noValidate>
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
            <Button type="submit">
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

function SendSummary({ terms }: { terms: SendTerms }) {
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
          <Text fw={600}>{addressWords(terms.to)}</Text>
          <Text ff="monospace" size="sm" className={styles['address'] ?? ''}>
            {terms.to}
          </Text>
        </div>
      </div>
      <Text size="sm" c="dimmed">
        <FormattedMessage id="wallet.send.final" />
      </Text>
    </Stack>
  );
}
