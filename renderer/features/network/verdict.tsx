// The first thing on the page: is what this console shows verified? Level, on the way, out of reach (with the age of what
// is known), too old to go on, or stopped because of an attack.

import { Button, Group, Text, Title } from '@mantine/core';
import { CloudOff, Hourglass, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { LightView, NetworkView } from '../../../node-core/api/index.ts';
import { useNowMs } from '../../bridge/index.ts';
import { Duration, FaultNotice, faultText, TimeText } from '../../ui/index.ts';
import styles from './network.module.css';

/** How far behind the chain's head the light node may be without a warning tone: a block is always on its way. */
const LAG_BLOCKS_NORMAL = 2;
/** Nobody to ask, or nobody to confirm: what is known stays good, only older. */
const OUT_OF_REACH = ['light.provider.silent', 'light.providers.none', 'light.witness.none'];
const TOO_OLD = ['light.trust.expired', 'light.root.expired'];

export type Standing = 'halted' | 'expired' | 'offline' | 'behind' | 'level';

export function standingOf({ light, height }: NetworkView): Standing {
  if (light.fault !== undefined) return 'halted';
  const code = light.problem?.code ?? '';
  if (TOO_OLD.includes(code)) return 'expired';
  if (OUT_OF_REACH.includes(code)) return 'offline';
  return height - light.height > LAG_BLOCKS_NORMAL ? 'behind' : 'level';
}

type Props = { readonly network: NetworkView; readonly onCheckpoint: () => void };

export function Verdict({ network, onCheckpoint }: Props) {
  const standing = standingOf(network);
  switch (standing) {
    case 'halted':
      return <Halted light={network.light} onCheckpoint={onCheckpoint} />;
    case 'expired':
      return <Expired light={network.light} onCheckpoint={onCheckpoint} />;
    case 'offline':
      return <Offline light={network.light} />;
    default:
      return <Following network={network} level={standing === 'level'} />;
  }
}

function Panel(props: {
  tone: string;
  icon: ReactNode;
  title: ReactNode;
  children: ReactNode;
  alert?: boolean;
}) {
  return (
    <section
      className={styles['verdict']}
      data-tone={props.tone}
      role={props.alert === true ? 'alert' : undefined}
    >
      <span className={styles['verdictIcon']}>{props.icon}</span>
      <div className={styles['verdictText']}>
        <Title order={2}>{props.title}</Title>
        {props.children}
      </div>
    </section>
  );
}

function Following({ network, level }: { network: NetworkView; level: boolean }) {
  const { light, height } = network;
  const behind = Math.max(0, height - light.height);
  return (
    <>
      {light.problem === undefined ? null : <FaultNotice fault={light.problem} />}
      <Panel
        tone={level ? 'verified' : 'sent'}
        icon={<ShieldCheck size={30} strokeWidth={1.6} aria-hidden />}
        title={
          <FormattedMessage
            id={level ? 'network.verdict.level' : 'network.verdict.behind'}
            values={{ height: light.height, behind }}
          />
        }
      >
        <Text mt={4} maw="78ch">
          <FormattedMessage id={`network.verdict.text.${network.engine}`} />
        </Text>
        <Text size="sm" c="dimmed" mt={6} className={styles['figures'] ?? ''}>
          <FormattedMessage
            id="network.verdict.age"
            values={{
              chain: network.chainId,
              height,
              age: <TimeText timeS={light.lastVerifiedMs / 1000} relative />,
            }}
          />
        </Text>
      </Panel>
    </>
  );
}

function Age({ light }: { light: LightView }) {
  const nowMs = useNowMs(10_000);
  return <Duration seconds={Math.max(0, nowMs / 1000 - (light.blockTimeS ?? nowMs / 1000))} />;
}

function Offline({ light }: { light: LightView }) {
  const intl = useIntl();
  if (light.problem === undefined) return null;
  const { message, next } = faultText(intl, light.problem);
  return (
    <Panel
      tone="sent"
      icon={<CloudOff size={30} strokeWidth={1.6} aria-hidden />}
      title={<FormattedMessage id="network.offline.title" />}
    >
      <Text mt={4} maw="78ch">
        {light.blockTimeS === null ? (
          <FormattedMessage id="network.offline.nothing" />
        ) : (
          <FormattedMessage
            id="network.offline.text"
            values={{ height: light.height, age: <Age light={light} /> }}
          />
        )}
      </Text>
      <Text size="sm" c="dimmed" mt={6} maw="78ch">
        {message} {next}
      </Text>
    </Panel>
  );
}

function Expired({ light, onCheckpoint }: { light: LightView; onCheckpoint: () => void }) {
  return (
    <Panel
      tone="alert"
      icon={<Hourglass size={30} strokeWidth={1.6} aria-hidden />}
      title={<FormattedMessage id="network.expired.title" />}
      alert
    >
      <Text mt={4} maw="78ch">
        <FormattedMessage
          id="network.expired.text"
          values={{ height: light.height, age: <Age light={light} /> }}
        />
      </Text>
      <CheckpointButton onClick={onCheckpoint} />
    </Panel>
  );
}

function CheckpointButton({ onClick }: { onClick: () => void }) {
  return (
    <Group mt="md">
      <Button onClick={onClick}>
        <FormattedMessage id="network.checkpoint.enter" />
      </Button>
    </Group>
  );
}

/** Stopped for good: what was seen, what it means for the person, and what to do. */
function Halted({ light, onCheckpoint }: { light: LightView; onCheckpoint: () => void }) {
  const intl = useIntl();
  const { fault, attack } = light;
  if (fault === undefined) return null;
  const { message } = faultText(intl, fault);
  return (
    <Panel
      tone="alert"
      icon={<ShieldAlert size={30} strokeWidth={1.6} aria-hidden />}
      title={<FormattedMessage id="network.halted.title" />}
      alert
    >
      <Text mt={4} maw="78ch">
        {message}
      </Text>
      {attack === undefined ? null : (
        <Text mt="sm" maw="78ch">
          <FormattedMessage
            id={`network.halted.kind.${attack.kind}`}
            values={{ count: attack.culprits.length }}
          />
        </Text>
      )}
      <Text mt="sm" maw="78ch">
        <FormattedMessage
          id="network.halted.safe"
          values={{ height: light.height, age: <Age light={light} /> }}
        />
      </Text>
      <ol className={styles['steps']}>
        {['ask', 'compare', 'enter'].map((step) => (
          <li key={step}>
            <FormattedMessage id={`network.halted.step.${step}`} />
          </li>
        ))}
      </ol>
      {attack === undefined ? null : <AttackFacts attack={attack} />}
      <CheckpointButton onClick={onCheckpoint} />
    </Panel>
  );
}

function AttackFacts({ attack }: { attack: NonNullable<LightView['attack']> }) {
  const intl = useIntl();
  const seen = attack.primary === '' ? intl.formatMessage({ id: 'network.halted.before' }) : attack.primary;
  return (
    <dl className={styles['facts']}>
      <dt>
        <FormattedMessage id="network.halted.height" />
      </dt>
      <dd>{attack.height}</dd>
      <dt>{seen}</dt>
      <dd>
        <code>{attack.primaryHash}…</code>
      </dd>
      <dt>{attack.witness}</dt>
      <dd>
        <code>{attack.witnessHash}…</code>
      </dd>
      <dt>
        <FormattedMessage id="network.halted.common" />
      </dt>
      <dd>{attack.commonHeight}</dd>
      <dt>
        <FormattedMessage id="network.halted.seen" />
      </dt>
      <dd>
        <TimeText timeS={attack.seenMs / 1000} />
      </dd>
      <dt>
        <FormattedMessage id="network.halted.reported" />
      </dt>
      <dd>
        {attack.reportedTo.length === 0 ? (
          <FormattedMessage id="network.halted.reported.nobody" />
        ) : (
          intl.formatList(attack.reportedTo)
        )}
      </dd>
    </dl>
  );
}
