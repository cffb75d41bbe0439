// A machine in its chat: how it is, and buttons for what it lets this account do. What is asked is asked now or not at
// all; it never comes late.

import { Button, Group, Progress, Text } from '@mantine/core';
import { Camera, CirclePause, CirclePlay, CircleStop, Cpu, ShieldCheck } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineActView, MachineContactView } from '../../../node-core/api/index.ts';
import { api, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, Duration, FaultNotice, PartyChip, TimeText, useBlobUrl } from '../../ui/index.ts';
import styles from './messages.module.css';

const INTERVAL_MS = 4_000;

type Props = { readonly actor: string; readonly chat: string };

export function MachineCard({ actor, chat }: Props) {
  const machine = useApiQuery(
    ['watching', 'machine', actor, chat],
    ({ signal }) => api.messages.machine({ actor, chat }, { signal }),
    { refetchIntervalMs: INTERVAL_MS },
  );
  if (machine.fault !== undefined) return <FaultNotice fault={machine.fault} compact />;
  if (machine.data === undefined) return null;
  return <Card actor={actor} chat={chat} view={machine.data} />;
}

function Card({ actor, chat, view }: Props & { view: MachineContactView }) {
  const intl = useIntl();
  const { name, owner, heardMs, stale, status, refusal } = view;
  return (
    <section
      className={styles['machine']}
      aria-label={intl.formatMessage({ id: 'messages.machine' }, { name })}
      data-stale={stale}
    >
      <Group gap="sm" justify="space-between">
        <span className={styles['machineState']} role="status">
          <Cpu size={16} aria-hidden />
          {status === undefined ? (
            <FormattedMessage
              id={heardMs === undefined ? 'messages.machine.silent' : 'messages.machine.closed'}
            />
          ) : (
            <FormattedMessage id={`messages.machine.state.${status.state}`} />
          )}
        </span>
        {owner === undefined ? (
          <Text size="xs" c="dimmed">
            <FormattedMessage id="messages.machine.unproven" />
          </Text>
        ) : (
          <span className={styles['machineOwner']}>
            <ShieldCheck size={14} aria-hidden />
            <FormattedMessage id="messages.machine.owner" />
            <PartyChip party={owner} size={20} />
          </span>
        )}
      </Group>
      {stale && heardMs !== undefined ? (
        <Text size="xs" className={styles['machineStale'] ?? ''} role="status">
          <FormattedMessage
            id="messages.machine.stale"
            values={{ ago: <TimeText timeS={Math.floor(heardMs / 1000)} relative /> }}
          />
        </Text>
      ) : null}
      {refusal === undefined ? null : <FaultNotice fault={refusal} compact />}
      {status === undefined ? null : <Status status={status} />}
      <Acts actor={actor} chat={chat} view={view} />
    </section>
  );
}

function Status({ status: { temperatures, job } }: { status: NonNullable<MachineContactView['status']> }) {
  const intl = useIntl();
  const { nozzleC, bedC } = temperatures;
  return (
    <>
      {job === undefined ? null : (
        <Progress
          value={job.share * 100}
          size="sm"
          color="teal"
          aria-label={intl.formatMessage({ id: 'messages.machine.share' })}
        />
      )}
      <p className={styles['machineFacts']}>
        {job === undefined ? null : (
          <span>
            <FormattedMessage
              id="messages.machine.job"
              values={{
                copy: job.copy,
                copies: job.copies,
                layer: job.layer,
                layers: job.layers,
                share: intl.formatNumber(job.share, { style: 'percent' }),
              }}
            />
          </span>
        )}
        {job?.leftMs == null ? null : (
          <span>
            <FormattedMessage
              id="messages.machine.left"
              values={{ time: <Duration seconds={Math.ceil(job.leftMs / 1000)} /> }}
            />
          </span>
        )}
        {nozzleC === null ? null : (
          <span>
            <FormattedMessage id="messages.machine.nozzle" values={{ value: Math.round(nozzleC) }} />
          </span>
        )}
        {bedC === null ? null : (
          <span>
            <FormattedMessage id="messages.machine.bed" values={{ value: Math.round(bedC) }} />
          </span>
        )}
      </p>
    </>
  );
}

const BUTTONS = [
  { act: 'pause', Icon: CirclePause },
  { act: 'resume', Icon: CirclePlay },
  { act: 'cancel', Icon: CircleStop },
  { act: 'picture', Icon: Camera },
] as const;

/** Only what can be meant now: a pause of what runs, going on with what is paused. */
function isOpen(act: MachineActView, { status, may, stale }: MachineContactView): boolean {
  if (!may.includes(act) || stale) return false;
  const state = status?.state;
  if (act === 'pause') return state === 'printing' || state === 'heating';
  if (act === 'resume') return state === 'paused';
  if (act === 'cancel') return state === 'printing' || state === 'heating' || state === 'paused';
  return true;
}

function Acts({ actor, chat, view }: Props & { view: MachineContactView }) {
  const intl = useIntl();
  const [asks, setAsks] = useState(false);
  const ask = useApiCommand((act: MachineActView) => api.messages.askMachine({ actor, chat, act }));
  const [answer, setAnswer] = useState<Awaited<ReturnType<typeof api.messages.askMachine>>>();
  const { reset } = ask;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another chat, another answer
  useEffect(() => {
    setAnswer(undefined);
    reset();
  }, [chat, reset]);
  const run = async (act: MachineActView): Promise<void> => {
    setAnswer(undefined);
    const result = await ask.run(act);
    setAsks(false);
    if (result.ok) setAnswer(result.value);
  };
  const shown = BUTTONS.filter(({ act }) => view.may.includes(act));
  if (shown.length === 0) return null;
  return (
    <>
      <Group gap="xs">
        {shown.map(({ act, Icon }) => (
          <Button
            key={act}
            size="xs"
            variant="default"
            {...(act === 'cancel' ? { color: 'red' } : {})}
            leftSection={<Icon size={14} aria-hidden />}
            disabled={ask.busy || !isOpen(act, view)}
            onClick={() => (act === 'cancel' ? setAsks(true) : void run(act))}
          >
            <FormattedMessage id={`messages.machine.${act}`} />
          </Button>
        ))}
      </Group>
      {ask.fault === undefined || asks ? null : <FaultNotice fault={ask.fault} compact />}
      {answer === undefined || ask.busy ? null : <Answer answer={answer} />}
      <ConfirmDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title={intl.formatMessage({ id: 'messages.machine.cancel' })}
        confirmLabel={intl.formatMessage({ id: 'messages.machine.cancel' })}
        onConfirm={() => void run('cancel')}
        mode="hold"
        danger
        busy={ask.busy}
        fault={ask.fault}
      >
        <Text>
          <FormattedMessage id="messages.machine.cancel.explain" values={{ name: view.name }} />
        </Text>
      </ConfirmDialog>
    </>
  );
}

function Answer({ answer: { picture } }: { answer: Awaited<ReturnType<typeof api.messages.askMachine>> }) {
  const intl = useIntl();
  const src = useBlobUrl(picture?.image);
  if (picture === undefined)
    return (
      <Text size="sm" role="status">
        <FormattedMessage id="messages.machine.done" />
      </Text>
    );
  const { rotate, flip } = picture;
  return (
    <img
      className={styles['machinePicture']}
      src={src}
      alt={intl.formatMessage({ id: 'messages.machine.pictureAlt' })}
      style={{ transform: `rotate(${rotate}deg)${flip ? ' scaleX(-1)' : ''}` }}
    />
  );
}
