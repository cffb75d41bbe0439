// The stake of the acting account: with whom it lies, what it earned, what is on its way back and when.

import { Button, Group, ScrollArea, Table, Text, Title, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { StakeView, ValidatorStakeView } from '../../../node-core/api/index.ts';
import { api, notify, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, Money, PartyChip, TimeText } from '../../ui/index.ts';
import styles from './network.module.css';
import { StakeDialog, type StakeTask } from './stake-dialog.tsx';

type Props = { readonly validators: readonly ValidatorStakeView[] };

export function StakePanel({ validators }: Props) {
  const actor = useActor();
  return actor === undefined ? null : (
    <AccountStake key={actor.address} actor={actor.address} validators={validators} />
  );
}

function AccountStake({ actor, validators }: { actor: string } & Props) {
  const stake = useApiQuery(['network', 'stake', actor], ({ signal }) =>
    api.network.stake({ actor }, { signal }),
  );
  const [task, setTask] = useState<StakeTask | undefined>(undefined);
  const fault =
    stake.fault === undefined ? null : <FaultNotice fault={stake.fault} onRetry={stake.refetch} />;
  if (stake.data === undefined) return fault;
  // Where the set does not follow the stake, staking would lock money up for nothing.
  if (!stake.data.isElected) return null;
  const open = validators.filter(({ state }) => state !== 'tombstoned');
  const days = Math.ceil(stake.data.unbondingS / 86_400);
  return (
    <section className={styles['panel']}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={2}>
            <FormattedMessage id="network.stake" />
          </Title>
          <Text mt={6} maw="78ch">
            <FormattedMessage id="network.stake.text" values={{ days }} />
          </Text>
        </div>
        <Button
          flex="none"
          variant={stake.data.delegations.length === 0 ? 'filled' : 'default'}
          disabled={open.length === 0}
          onClick={() => setTask({ act: 'delegate' })}
        >
          <FormattedMessage id="network.stake.delegate" />
        </Button>
      </Group>
      {fault}
      <OwnStake actor={actor} stake={stake.data} canMove={open.length > 1} onTask={setTask} />
      <StakeDialog
        actor={actor}
        stake={stake.data}
        validators={open}
        task={task}
        onClose={() => setTask(undefined)}
      />
    </section>
  );
}

type OwnProps = {
  readonly actor: string;
  readonly stake: StakeView;
  readonly canMove: boolean;
  readonly onTask: (task: StakeTask) => void;
};

function OwnStake({ actor, stake, canMove, onTask }: OwnProps) {
  const intl = useIntl();
  const withdraw = useApiCommand((operator: string) => api.network.withdrawRewards({ actor, operator }));
  const [collecting, setCollecting] = useState('');
  const collect = async (operator: string): Promise<void> => {
    setCollecting(operator);
    const result = await withdraw.run(operator);
    setCollecting('');
    if (result.ok) notify('success', intl.formatMessage({ id: 'network.stake.collected' }));
  };
  if (stake.delegations.length === 0 && stake.unbondings.length === 0)
    return (
      <Text mt="sm" c="dimmed">
        <FormattedMessage
          id="network.stake.none"
          values={{ amount: <Money micro={stake.availableMicro} /> }}
        />
      </Text>
    );
  return (
    <>
      {withdraw.fault === undefined ? null : <FaultNotice fault={withdraw.fault} />}
      {stake.delegations.length === 0 ? null : (
        <ScrollArea
          type="auto"
          mt="sm"
          viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'network.stake' }) }}
        >
          <Table miw={640} verticalSpacing={8} className={styles['table'] ?? ''}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>
                  <FormattedMessage id="network.validator" />
                </Table.Th>
                <Table.Th ta="end">
                  <FormattedMessage id="network.stake.held" />
                </Table.Th>
                <Table.Th ta="end">
                  <FormattedMessage id="network.stake.earned" />
                </Table.Th>
                <Table.Th>
                  <VisuallyHidden>
                    <FormattedMessage id="network.stake.acts" />
                  </VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {stake.delegations.map((delegation) => (
                <Delegation
                  key={delegation.operator}
                  delegation={delegation}
                  canMove={canMove}
                  collecting={collecting === delegation.operator}
                  onCollect={() => void collect(delegation.operator)}
                  onTask={onTask}
                />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
      <Unbondings stake={stake} />
    </>
  );
}

type DelegationProps = Pick<OwnProps, 'canMove' | 'onTask'> & {
  readonly delegation: StakeView['delegations'][number];
  readonly collecting: boolean;
  readonly onCollect: () => void;
};

function Delegation({ delegation, canMove, collecting, onCollect, onTask }: DelegationProps) {
  const intl = useIntl();
  const { operator, name, amountMicro, rewardsMicro } = delegation;
  const act = (id: string) => ({
    size: 'compact-sm' as const,
    variant: 'default',
    'aria-label': intl.formatMessage({ id: `network.stake.${id}.from` }, { name }),
    children: <FormattedMessage id={`network.stake.${id}`} />,
  });
  const from = { operator, name };
  return (
    <Table.Tr>
      <Table.Td>
        <PartyChip party={{ address: operator, name }} />
      </Table.Td>
      <Table.Td ta="end">
        <Money micro={amountMicro} />
      </Table.Td>
      <Table.Td ta="end">
        <Money micro={rewardsMicro} signed />
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button
            {...act('collect')}
            disabled={rewardsMicro === 0n}
            loading={collecting}
            onClick={onCollect}
          />
          <Button {...act('move')} disabled={!canMove} onClick={() => onTask({ act: 'redelegate', from })} />
          <Button {...act('take')} onClick={() => onTask({ act: 'undelegate', from })} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** One account may take back from one validator several times in a second: only their order tells them apart. */
function Unbondings({ stake: { unbondings } }: { stake: StakeView }) {
  if (unbondings.length === 0) return null;
  return (
    <>
      <Title order={3} mt="md" mb={4}>
        <FormattedMessage id="network.stake.returning" />
      </Title>
      <ul className={styles['returning']}>
        {unbondings.map(({ amountMicro, completesS }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries have no identity but their place
          <li key={`${completesS} ${index}`}>
            <FormattedMessage
              id="network.stake.unbonding"
              values={{ amount: <Money micro={amountMicro} />, time: <TimeText timeS={completesS} /> }}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
