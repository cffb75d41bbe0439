// The accounts of this console, who acts in which role, and the way back to one that is not here.

import { Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { KeyRound, LockKeyhole } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AccountView, LockedAccount } from '../../../node-core/api/index.ts';
import { api, href, saveSettings, useAccounts, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, Identicon } from '../../ui/index.ts';
import { AccountFileButtons } from './account-file.tsx';
import styles from './settings.module.css';

export function AccountsPanel() {
  const accounts = useAccounts();
  const locked = useApiQuery(['accounts', 'locked'], ({ signal }) =>
    api.accounts.locked(undefined, { signal }),
  );
  const acting = (account: AccountView): boolean =>
    accounts.data?.find(({ role }) => role === account.role)?.address === account.address;
  return (
    <section className={styles['panel']} aria-labelledby="accounts">
      <Title order={2} id="accounts" mb={4}>
        <FormattedMessage id="settings.accounts" />
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        <FormattedMessage id="settings.accounts.text" />
      </Text>
      {accounts.fault === undefined ? null : (
        <FaultNotice fault={accounts.fault} onRetry={accounts.refetch} />
      )}
      <Stack gap="sm" component="ul" className={styles['accounts'] ?? ''}>
        {(accounts.data ?? []).map((account) => (
          <AccountRow key={account.address} account={account} acting={acting(account)} />
        ))}
        {(locked.data ?? []).map((account) => (
          <LockedRow key={account.address} account={account} />
        ))}
      </Stack>
      <Group gap="sm" mt="md">
        <Button
          component="a"
          href={href('/recover')}
          variant="default"
          leftSection={<KeyRound size={16} aria-hidden />}
        >
          <FormattedMessage id="settings.accounts.recover" />
        </Button>
        <AccountFileButtons />
      </Group>
    </section>
  );
}

function AccountRow({ account, acting }: { account: AccountView; acting: boolean }) {
  const intl = useIntl();
  const use = useApiCommand(async () => {
    await api.accounts.use({ actor: account.address });
    await saveSettings({ role: account.role });
  });
  return (
    <li className={styles['account']} data-account={account.address}>
      <Identicon address={account.address} size={34} />
      <div className={styles['accountText']}>
        <Text fw={600}>{account.name}</Text>
        <Text size="sm" c="dimmed">
          <FormattedMessage id={`app.role.${account.role}`} />
          {' · '}
          <FormattedMessage
            id={account.backedUp ? 'settings.accounts.backedUp' : 'settings.accounts.notBackedUp'}
          />
        </Text>
        {use.fault === undefined ? null : <FaultNotice fault={use.fault} compact />}
      </div>
      {acting ? (
        <Badge variant="light" color="petrol">
          <FormattedMessage id="settings.accounts.acting" />
        </Badge>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          loading={use.busy}
          onClick={() => void use.run()}
          aria-label={intl.formatMessage({ id: 'settings.accounts.use.named' }, { name: account.name })}
        >
          <FormattedMessage id="settings.accounts.use" />
        </Button>
      )}
    </li>
  );
}

function LockedRow({ account }: { account: LockedAccount }) {
  return (
    <li className={styles['account']}>
      <Identicon address={account.address} size={34} />
      <div className={styles['accountText']}>
        <Text fw={600}>{account.name}</Text>
        <Text size="sm" c="dimmed">
          <FormattedMessage id={`app.role.${account.role}`} />
          {' · '}
          <FormattedMessage id="settings.accounts.locked" />
        </Text>
      </div>
      <Group gap={6} c="dimmed">
        <LockKeyhole size={18} aria-hidden />
      </Group>
    </li>
  );
}
