// The chain as this console's own light node sees it: how far it is verified, by whose signatures, from which trust
// root. Says in words what the numbers mean.

import { Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { Blocks, Fingerprint, Gauge, PenLine, ShieldCheck, Users } from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { NetworkView } from '../../../node-core/api/index.ts';
import { api, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, Hash, PageHeader, StatTile, TimeText } from '../../ui/index.ts';
import { BlockTable } from './block-table.tsx';
import styles from './network.module.css';
import { ValidatorTable } from './validator-table.tsx';

export function NetworkPage() {
  const network = useApiQuery(['network', 'view'], ({ signal }) => api.network.view(undefined, { signal }));
  return (
    <>
      <PageHeader
        title={<FormattedMessage id="app.page.network" />}
        subtitle={<FormattedMessage id="network.subtitle" />}
      />
      {network.fault === undefined ? null : <FaultNotice fault={network.fault} onRetry={network.refetch} />}
      {network.data === undefined ? <NetworkSkeleton /> : <NetworkDetails network={network.data} />}
    </>
  );
}

function NetworkSkeleton() {
  return (
    <Stack gap="lg" aria-busy="true">
      <Skeleton height={112} radius="lg" />
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        {['a', 'b', 'c', 'd'].map((tile) => (
          <Skeleton key={tile} height={96} />
        ))}
      </SimpleGrid>
      <Skeleton height={320} radius="lg" />
    </Stack>
  );
}

function NetworkDetails({ network }: { network: NetworkView }) {
  const { light } = network;
  return (
    <Stack gap="lg">
      {light.fault === undefined ? null : <FaultNotice fault={light.fault} />}
      <Verdict network={network} />
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
        <StatTile
          icon={<Gauge size={15} aria-hidden />}
          label={<FormattedMessage id="network.finality" />}
          value={<Finality milliseconds={light.finalityLagMs} />}
          note={<FormattedMessage id="network.finality.note" />}
        />
        <StatTile
          icon={<Blocks size={15} aria-hidden />}
          label={<FormattedMessage id="network.headers" />}
          value={<FormattedNumber value={light.headersVerified} />}
          note={<FormattedMessage id="network.headers.note" />}
        />
        <StatTile
          icon={<PenLine size={15} aria-hidden />}
          label={<FormattedMessage id="network.signatures" />}
          value={<FormattedNumber value={light.signaturesVerified} />}
          note={<FormattedMessage id="network.signatures.note" />}
        />
        <StatTile
          icon={<Fingerprint size={15} aria-hidden />}
          label={<FormattedMessage id="network.proofs" />}
          value={<FormattedNumber value={light.proofsVerified} />}
          note={<FormattedMessage id="network.proofs.note" />}
        />
      </SimpleGrid>
      <div className={styles['columns']}>
        <section className={styles['panel']}>
          <Title order={2} mb="sm">
            <FormattedMessage id="network.blocks" />
          </Title>
          <BlockTable blocks={network.recentBlocks} />
        </section>
        <Stack gap="lg">
          <TrustRoot network={network} />
          <section className={styles['panel']}>
            <Group justify="space-between" mb="sm">
              <Title order={2}>
                <FormattedMessage id="network.validators" />
              </Title>
              <Group gap={6} c="dimmed">
                <Users size={15} aria-hidden />
                <Text size="sm">
                  <FormattedMessage id="network.peers" values={{ count: network.peers }} />
                </Text>
              </Group>
            </Group>
            <ValidatorTable validators={network.validators} />
          </section>
        </Stack>
      </div>
    </Stack>
  );
}

/** How far behind the chain's head the light node may be without a warning tone: a block is always on its way. */
const LAG_BLOCKS_NORMAL = 2;

function Verdict({ network }: { network: NetworkView }) {
  const { light, height } = network;
  const behind = Math.max(0, height - light.height);
  const level = behind <= LAG_BLOCKS_NORMAL;
  return (
    <section className={styles['verdict']} data-level={level}>
      <span className={styles['verdictIcon']}>
        <ShieldCheck size={30} strokeWidth={1.6} aria-hidden />
      </span>
      <div>
        <Title order={2}>
          <FormattedMessage
            id={level ? 'network.verdict.level' : 'network.verdict.behind'}
            values={{ height: light.height, behind }}
          />
        </Title>
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
      </div>
    </section>
  );
}

function Finality({ milliseconds }: { milliseconds: number | null }) {
  const intl = useIntl();
  if (milliseconds === null) return <FormattedMessage id="network.finality.unknown" />;
  const format = { style: 'unit', unitDisplay: 'short' } as const;
  if (milliseconds < 1000)
    return intl.formatNumber(Math.round(milliseconds), { ...format, unit: 'millisecond' });
  return intl.formatNumber(milliseconds / 1000, { ...format, unit: 'second', maximumFractionDigits: 1 });
}

function TrustRoot({ network }: { network: NetworkView }) {
  const { light } = network;
  return (
    <section className={styles['panel']}>
      <Title order={2}>
        <FormattedMessage id="network.trust" />
      </Title>
      <Text mt={6}>
        <FormattedMessage id="network.trust.text" values={{ height: light.trustHeight }} />
      </Text>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="network.trust.hash" />
        </dt>
        <dd>
          <Hash value={light.trustHash} head={10} tail={8} />
        </dd>
        <dt>
          <FormattedMessage id="network.trust.head" />
        </dt>
        <dd>
          <Hash value={light.hash} head={10} tail={8} />
        </dd>
        <dt>
          <FormattedMessage id="network.trust.blockTime" />
        </dt>
        <dd>
          <TimeText timeS={network.blockTimeS} relative />
        </dd>
      </dl>
    </section>
  );
}
