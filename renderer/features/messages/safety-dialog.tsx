// Who the contact really is: the number to compare, their devices, what protects the messages, and how long they stay.

import { Alert, Badge, Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { Laptop, ShieldAlert, ShieldCheck } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ChatCard, DeviceView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, TimeText } from '../../ui/index.ts';
import styles from './messages.module.css';

type Props = {
  readonly actor: string;
  readonly chat: ChatCard;
  readonly opened: boolean;
  readonly onClose: () => void;
};

const TIMERS_S = [0, 3600, 86_400, 604_800, 2_592_000];

export function SafetyDialog({ actor, chat, opened, onClose }: Props) {
  const intl = useIntl();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={<FormattedMessage id="messages.safety" />}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="lg">
        {chat.kind === 'person' ? <Identity actor={actor} chat={chat} /> : null}
        <Timer actor={actor} chat={chat} />
      </Stack>
    </Modal>
  );
}

function Identity({ actor, chat }: { actor: string; chat: ChatCard }) {
  const view = useApiQuery(['messages', 'safety', actor, chat.id], ({ signal }) =>
    api.messages.safety({ actor, chat: chat.id }, { signal }),
  );
  const verify = useApiCommand((verified: boolean) =>
    api.messages.verify({ actor, chat: chat.id, verified }),
  );
  const allow = useApiCommand(() => api.messages.allowStatic({ actor, chat: chat.id }));
  if (view.fault !== undefined) return <FaultNotice fault={view.fault} onRetry={view.refetch} />;
  if (view.data === undefined) return <Text aria-busy="true">…</Text>;
  const { number, secrecy, verified, alert, allowed, devices, reserve } = view.data;
  return (
    <>
      {alert ? (
        <Alert color="orange" icon={<ShieldAlert aria-hidden />}>
          <FormattedMessage id="messages.safety.changed" />
        </Alert>
      ) : null}
      <Stack gap={6}>
        <Text fw={600}>
          <FormattedMessage id="messages.safety.number" />
        </Text>
        <Text size="sm" c="dimmed">
          <FormattedMessage
            id={number === undefined ? 'messages.safety.unknown' : 'messages.safety.compare'}
          />
        </Text>
        {number === undefined ? null : (
          <>
            <div className={styles['safetyNumber']} data-testid="safety-number">
              {number.split(' ').map((group, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: groups never change their places
                <span key={index}>{group}</span>
              ))}
            </div>
            <Group gap="sm">
              <Button
                variant={verified && !alert ? 'default' : 'filled'}
                size="xs"
                leftSection={<ShieldCheck size={14} aria-hidden />}
                loading={verify.busy}
                onClick={() => void verify.run(alert || !verified)}
              >
                <FormattedMessage
                  id={verified && !alert ? 'messages.safety.unverify' : 'messages.safety.verify'}
                />
              </Button>
              {verified && !alert ? (
                <Badge color="green" variant="light">
                  <FormattedMessage id="messages.safety.verified" />
                </Badge>
              ) : null}
            </Group>
          </>
        )}
        {verify.fault === undefined ? null : <FaultNotice fault={verify.fault} />}
      </Stack>
      <Stack gap={6}>
        <Text fw={600}>
          <FormattedMessage id="messages.safety.protection" />
        </Text>
        <Text size="sm">
          <FormattedMessage id={`messages.secrecy.${secrecy}.text`} />
        </Text>
        {secrecy === 'forward' && reserve !== undefined ? (
          <Text size="sm" c="dimmed">
            <FormattedMessage id={`messages.secrecy.reserve.${reserve}`} />
          </Text>
        ) : null}
        {secrecy === 'downgraded' && !allowed ? (
          <Button
            variant="default"
            size="xs"
            loading={allow.busy}
            onClick={() => void allow.run()}
            style={{ alignSelf: 'start' }}
          >
            <FormattedMessage id="messages.safety.allow" />
          </Button>
        ) : null}
        {allow.fault === undefined ? null : <FaultNotice fault={allow.fault} />}
      </Stack>
      <Stack gap={6}>
        <Text fw={600}>
          <FormattedMessage id="messages.safety.devices" />
        </Text>
        <Devices devices={devices} />
      </Stack>
    </>
  );
}

type DevicesProps = {
  readonly devices: readonly DeviceView[];
  readonly onRemove?: (terminal: string) => void;
};

/** The devices of somebody; `onRemove` for one's own. */
export function Devices({ devices, onRemove }: DevicesProps) {
  const intl = useIntl();
  if (devices.length === 0)
    return (
      <Text size="sm" c="dimmed">
        <FormattedMessage id="messages.devices.none" />
      </Text>
    );
  return (
    <ul className={styles['devices']}>
      {devices.map(({ terminal, fingerprint, sinceS, removed, current }) => (
        <li key={terminal ?? ''} data-removed={removed || undefined}>
          <Laptop size={16} aria-hidden />
          <span className={styles['deviceText']}>
            <span className={styles['fingerprint']}>
              {fingerprint?.replace(/(.{4})(?=.)/g, '$1 ') ??
                intl.formatMessage({ id: 'messages.devices.removed' })}
            </span>
            <span className={styles['deviceSince']}>
              {current ? <FormattedMessage id="messages.devices.current" /> : null}
              <FormattedMessage id="messages.devices.since" /> <TimeText timeS={sinceS} relative />
            </span>
          </span>
          {onRemove === undefined || removed || current || terminal === undefined ? null : (
            <Button variant="default" size="compact-xs" onClick={() => onRemove(terminal)}>
              <FormattedMessage id="messages.devices.remove" />
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Timer({ actor, chat }: { actor: string; chat: ChatCard }) {
  const intl = useIntl();
  const set = useApiCommand((seconds: number) => api.messages.setTimer({ actor, chat: chat.id, seconds }));
  const values = [...new Set([...TIMERS_S, chat.timerS])].sort((a, b) => a - b);
  return (
    <>
      <Select
        label={intl.formatMessage({ id: 'messages.timer' })}
        description={intl.formatMessage({ id: 'messages.timer.help' })}
        data={values.map((seconds) => ({
          value: String(seconds),
          label:
            seconds === 0
              ? intl.formatMessage({ id: 'messages.timer.never' })
              : intl.formatMessage({ id: 'messages.timer.after' }, timerParts(seconds)),
        }))}
        value={String(chat.timerS)}
        allowDeselect={false}
        onChange={(value) => void set.run(Number(value))}
      />
      {set.fault === undefined ? null : <FaultNotice fault={set.fault} />}
    </>
  );
}

/** The largest unit that divides the time. */
export function timerParts(seconds: number): { readonly count: number; readonly unit: string } {
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const)
    if (seconds % size === 0) return { count: seconds / size, unit };
  return { count: seconds, unit: 'second' };
}
