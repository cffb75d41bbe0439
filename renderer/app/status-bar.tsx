// The bottom line: network, chain and verified height, sync, printers, running work.

import { Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import {
  CircleDashed,
  CloudOff,
  Hourglass,
  Keyboard,
  LoaderCircle,
  Printer,
  ShieldAlert,
  ShieldCheck,
  Wifi,
  WifiOff,
} from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import { useShallow } from 'zustand/react/shallow';
import { href, useConsole } from '../bridge/index.ts';
import { TaskProgress } from '../ui/index.ts';
import styles from './shell.module.css';

export function StatusBar({ onHelp }: { onHelp: () => void }) {
  return (
    <footer className={styles['status']}>
      <ConnectionState />
      <ChainState />
      <span className={styles['statusSpace']} />
      <RunningTasks />
      <ActivePrinters />
      <button type="button" className={styles['statusItem']} onClick={onHelp}>
        <Keyboard size={15} aria-hidden />
        <span className={styles['statusHelp']}>
          <FormattedMessage id="app.shortcuts" />
        </span>
      </button>
    </footer>
  );
}

function ConnectionState() {
  const connection = useConsole((state) => state.connection);
  const chainId = useConsole((state) => state.status?.chainId);
  const open = connection === 'open';
  const Icon = open ? Wifi : WifiOff;
  return (
    <span className={styles['statusItem']} data-state={connection}>
      <Icon size={15} aria-hidden />
      {open && chainId !== undefined ? (
        <span className={styles['connected']} translate="no">
          {chainId}
        </span>
      ) : (
        <FormattedMessage id={`app.connection.${connection}`} />
      )}
    </span>
  );
}

const CHAIN_ICONS = {
  verified: ShieldCheck,
  verifying: CircleDashed,
  late: CircleDashed,
  offline: CloudOff,
  expired: Hourglass,
  halted: ShieldAlert,
} as const;

function ChainState() {
  const status = useConsole((state) => state.status);
  if (status === undefined) return null;
  const standing = status.stale !== null ? status.stale.reason : status.synced ? 'verified' : 'verifying';
  const Icon = CHAIN_ICONS[standing];
  return (
    <a className={styles['statusItem']} href={href('/network')}>
      <span className={styles['statusWide']}>
        <FormattedMessage id="app.status.height" values={{ height: status.height }} />
      </span>
      <span className={styles['statusPair']} data-synced={status.synced}>
        <Icon size={15} aria-hidden />
        <FormattedMessage id={`app.status.${standing}`} values={{ height: status.verifiedHeight }} />
      </span>
    </a>
  );
}

function ActivePrinters() {
  const count = useConsole((state) => state.status?.activePrinters);
  if (count === undefined) return null;
  return (
    <a className={styles['statusItem']} href={href('/farm')}>
      <Printer size={15} aria-hidden />
      <FormattedMessage id="app.status.printers" values={{ count }} />
    </a>
  );
}

function RunningTasks() {
  const intl = useIntl();
  const running = useConsole(
    useShallow((state) => Object.values(state.tasks).filter((task) => task.state === 'running')),
  );
  if (running.length === 0) return null;
  return (
    <Popover width={340} position="top-end" shadow="md" withArrow trapFocus>
      <Popover.Target>
        <UnstyledButton
          className={styles['statusItem']}
          aria-label={intl.formatMessage({ id: 'app.status.tasks.open' })}
        >
          <LoaderCircle size={15} aria-hidden className={styles['spin']} />
          <FormattedMessage id="app.status.tasks" values={{ count: running.length }} />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="md">
          <Text fw={600} size="sm">
            <FormattedMessage id="app.status.tasks" values={{ count: running.length }} />
          </Text>
          {running.map((task) => (
            <TaskProgress key={task.id} task={task} />
          ))}
          <Text size="xs" c="dimmed">
            <FormattedMessage
              id="app.status.tasks.leave"
              values={{ count: <FormattedNumber value={running.length} /> }}
            />
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
