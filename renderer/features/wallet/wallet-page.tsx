// The wallet of the current role: what is available, what an escrow holds, where it came from and went.

import { Button, Collapse, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ArrowUpRight, Coins, HandCoins, KeyRound, LockKeyhole, ShieldCheck, Wallet } from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { AccountView } from '../../../node-core/api/index.ts';
import {
  api,
  notify,
  notifyFault,
  useAccounts,
  useActor,
  useApiCommand,
  useConsole,
} from '../../bridge/index.ts';
import { EmptyState, FaultNotice, Hash, Identicon, Money, PageHeader, StatTile } from '../../ui/index.ts';
import { BackupDialog } from './backup-dialog.tsx';
import { History } from './history.tsx';
import { NamesPanel } from './names-panel.tsx';
import { SendDialog } from './send-dialog.tsx';
import styles from './wallet.module.css';

export function WalletPage() {
  const actor = useActor();
  const accounts = useAccounts();
  if (actor === undefined) {
    return (
      <>
        <PageHeader title={<FormattedMessage id="app.page.wallet" />} />
        {accounts.fault !== undefined ? (
          <FaultNotice fault={accounts.fault} onRetry={accounts.refetch} />
        ) : accounts.data !== undefined ? (
          <EmptyState
            icon={<Wallet size={26} />}
            title={<FormattedMessage id="wallet.none.title" />}
            text={<FormattedMessage id="wallet.none.text" />}
          />
        ) : (
          <Stack gap="lg" aria-busy="true">
            <Skeleton height={110} radius="lg" />
            <Skeleton height={320} radius="lg" />
          </Stack>
        )}
      </>
    );
  }
  return <AccountWallet key={actor.address} account={actor} />;
}

function AccountWallet({ account }: { account: AccountView }) {
  const [sending, send] = useDisclosure(false);
  const [backingUp, backup] = useDisclosure(false);
  return (
    <>
      <PageHeader
        title={<FormattedMessage id="app.page.wallet" />}
        subtitle={
          <Group gap={10} component="span">
            <Identicon address={account.address} size={24} />
            <Text component="span" fw={550} c="var(--mantine-color-text)">
              {account.name}
            </Text>
            <Hash value={account.address} head={8} tail={6} />
          </Group>
        }
        actions={
          <Group gap="sm">
            <FaucetButton account={account} />
            <Button leftSection={<ArrowUpRight size={17} />} onClick={send.open}>
              <FormattedMessage id="wallet.send" />
            </Button>
          </Group>
        }
      />
      <Stack gap="lg">
        <Balances account={account} />
        <BackupCard account={account} onStart={backup.open} />
        <NamesPanel account={account} />
        <section className={styles['panel']}>
          <Title order={2} mb="sm">
            <FormattedMessage id="wallet.history" />
          </Title>
          <History address={account.address} />
        </section>
      </Stack>
      <SendDialog account={account} opened={sending} onClose={send.close} />
      <BackupDialog account={account} opened={backingUp} onClose={backup.close} />
    </>
  );
}

const OTHER_TOKENS = ['3DP', 'DIMT', 'ITC'] as const;

function Balances({ account }: { account: AccountView }) {
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <div>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <StatTile
          icon={<Coins size={15} aria-hidden />}
          label={<FormattedMessage id="wallet.available" />}
          value={<Money micro={account.balances.DPN ?? 0n} />}
          note={<FormattedMessage id="wallet.available.note" />}
        />
        <StatTile
          icon={<LockKeyhole size={15} aria-hidden />}
          label={<FormattedMessage id="wallet.escrow" />}
          value={<Money micro={account.escrowMicro} />}
          note={<FormattedMessage id="wallet.escrow.note" />}
        />
        <StatTile
          icon={<ShieldCheck size={15} aria-hidden />}
          label={<FormattedMessage id="wallet.verified" />}
          value={<FormattedNumber value={account.verifiedHeight} />}
          note={<FormattedMessage id="wallet.verified.note" />}
        />
      </SimpleGrid>
      <Button variant="subtle" color="gray" size="compact-sm" mt="xs" onClick={toggle} aria-expanded={opened}>
        <FormattedMessage id={opened ? 'wallet.tokens.hide' : 'wallet.tokens.show'} />
      </Button>
      <Collapse expanded={opened}>
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md" mt="xs">
          {OTHER_TOKENS.map((token) => (
            <StatTile
              key={token}
              label={<FormattedMessage id={`wallet.token.${token}`} />}
              value={<Money micro={account.balances[token] ?? 0n} token={token} />}
            />
          ))}
        </SimpleGrid>
      </Collapse>
    </div>
  );
}

function FaucetButton({ account }: { account: AccountView }) {
  const intl = useIntl();
  const demo = useConsole((state) => state.status?.demo === true);
  const faucet = useApiCommand(() => api.wallet.faucet({ actor: account.address }));
  if (!demo) return null;
  const ask = async (): Promise<void> => {
    const result = await faucet.run();
    if (result.ok) notify('success', intl.formatMessage({ id: 'wallet.faucet.done' }));
    else notifyFault('error', result.fault);
  };
  return (
    <Button
      variant="default"
      leftSection={<HandCoins size={17} />}
      loading={faucet.busy}
      onClick={() => void ask()}
    >
      <FormattedMessage id="wallet.faucet" />
    </Button>
  );
}

/** Asked for once something of value exists; afterwards a quiet line. */
function BackupCard({ account, onStart }: { account: AccountView; onStart: () => void }) {
  const something = account.escrowMicro > 0n || Object.values(account.balances).some((amount) => amount > 0n);
  if (account.backedUp) {
    return (
      <Group gap="sm" c="dimmed">
        <ShieldCheck size={17} aria-hidden color="var(--dipnet-positive)" />
        <Text size="sm">
          <FormattedMessage id="wallet.backup.done" />
        </Text>
        <Button variant="subtle" color="gray" size="compact-sm" onClick={onStart}>
          <FormattedMessage id="wallet.backup.again" />
        </Button>
      </Group>
    );
  }
  if (!something) return null;
  return (
    <section className={styles['backup']}>
      <KeyRound size={24} strokeWidth={1.6} aria-hidden />
      <div className={styles['backupText']}>
        <Text fw={600}>
          <FormattedMessage id="wallet.backup.title" />
        </Text>
        <Text size="sm">
          <FormattedMessage id="wallet.backup.text" />
        </Text>
      </div>
      <Button variant="default" onClick={onStart} ms="auto">
        <FormattedMessage id="wallet.backup.start" />
      </Button>
    </section>
  );
}
