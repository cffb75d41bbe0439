// The chain as this console's own light node sees it: how far it is verified, by whose signatures, from which trust
// root, with whose help. Says in words what the numbers mean.

import { Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Blocks, Fingerprint, Gauge, PenLine, Timer, Users } from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { NetworkView } from '../../../node-core/api/index.ts';
import { api, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, PageHeader, StatTile } from '../../ui/index.ts';
import { BlockTable } from './block-table.tsx';
import { CheckpointDialog } from './checkpoint-dialog.tsx';
import styles from './network.module.css';
import { NodeTable } from './node-table.tsx';
import { ProviderPanel } from './provider-panel.tsx';
import { StakePanel } from './stake-panel.tsx';
import { ValidatorTable } from './validator-table.tsx';
import { Verdict } from './verdict.tsx';
import { TrustPanel, VerificationPanel } from './verification-panel.tsx';

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
      <SimpleGrid cols={{ base: 2, md: 5 }}>
        {['a', 'b', 'c', 'd', 'e'].map((tile) => (
          <Skeleton key={tile} height={96} />
        ))}
      </SimpleGrid>
      <Skeleton height={320} radius="lg" />
    </Stack>
  );
}

function NetworkDetails({ network }: { network: NetworkView }) {
  const [entering, checkpoint] = useDisclosure(false);
  return (
    <Stack gap="lg">
      <Verdict network={network} onCheckpoint={checkpoint.open} />
      <Figures network={network} />
      <section className={styles['panel']}>
        <Group justify="space-between" mb="sm">
          <Title order={2}>
            <FormattedMessage id="network.validators" />
          </Title>
          <Group gap={6} c="dimmed">
            <Users size={15} aria-hidden />
            <Text size="sm">
              <FormattedMessage
                id={network.engine === 'solo' ? 'network.peers.solo' : 'network.peers'}
                values={{ count: network.peers }}
              />
            </Text>
          </Group>
        </Group>
        {network.engine === 'solo' ? (
          <Text size="sm" c="dimmed" mb="sm">
            <FormattedMessage id="network.validators.solo" />
          </Text>
        ) : null}
        <ValidatorTable
          validators={network.validators}
          candidates={network.candidates}
          own={network.engine === 'solo'}
        />
      </section>
      <StakePanel validators={stakedWith(network)} />
      <ProviderPanel />
      <div className={styles['columns']}>
        <Stack gap="lg" miw={0}>
          <section className={styles['panel']}>
            <Title order={2} mb="sm">
              <FormattedMessage id="network.blocks" />
            </Title>
            <BlockTable blocks={network.recentBlocks} />
          </section>
          <section className={styles['panel']}>
            <Title order={2} mb="sm">
              <FormattedMessage id="network.nodes" />
            </Title>
            {isAlone(network) ? (
              <Text size="sm" mb="sm">
                <FormattedMessage id="network.alone" />
              </Text>
            ) : null}
            <NodeTable nodes={network.light.providers} />
          </section>
        </Stack>
        <Stack gap="lg" miw={0}>
          <VerificationPanel light={network.light} />
          <TrustPanel network={network} onCheckpoint={checkpoint.open} />
        </Stack>
      </div>
      <CheckpointDialog opened={entering} onClose={checkpoint.close} />
    </Stack>
  );
}

/** Others run the chain, and only one of them is asked. */
const isAlone = ({ engine, light }: NetworkView) =>
  engine !== 'solo' && light.providers.filter(({ role }) => role !== 'dropped').length < 2;

/** Who may be given stake: those that sign, then those that would like to. */
function stakedWith({ validators, candidates }: NetworkView) {
  return [...validators.flatMap(({ stake }) => (stake === undefined ? [] : [stake])), ...candidates];
}

function Figures({ network }: { network: NetworkView }) {
  const { light } = network;
  return (
    <SimpleGrid cols={{ base: 2, md: 3, lg: 5 }} spacing="md">
      <StatTile
        icon={<Gauge size={15} aria-hidden />}
        label={<FormattedMessage id="network.finality" />}
        value={<Span milliseconds={light.finalityLagMs} />}
        note={<FormattedMessage id="network.finality.note" />}
      />
      <StatTile
        icon={<Timer size={15} aria-hidden />}
        label={<FormattedMessage id="network.interval" />}
        value={
          network.engine === 'solo' ? (
            <FormattedMessage id="network.interval.solo" />
          ) : (
            <Span milliseconds={network.blockIntervalMs} />
          )
        }
        note={<FormattedMessage id={`network.interval.note.${network.engine}`} />}
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
  );
}

function Span({ milliseconds }: { milliseconds: number | null }) {
  const intl = useIntl();
  if (milliseconds === null) return <FormattedMessage id="network.finality.unknown" />;
  const format = { style: 'unit', unitDisplay: 'short' } as const;
  if (milliseconds < 1000)
    return intl.formatNumber(Math.round(milliseconds), { ...format, unit: 'millisecond' });
  return intl.formatNumber(milliseconds / 1000, { ...format, unit: 'second', maximumFractionDigits: 1 });
}
