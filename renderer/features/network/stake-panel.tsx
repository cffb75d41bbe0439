// The stake of the acting account: with whom it lies, what it earned, what is on its way back and when. Money moves only
// after a summary in words and a held button.

import { Button, Group, Modal, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { StakeView, ValidatorStakeView } from '../../../node-core/api/index.ts';
import { api, notify, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { ConfirmDialog, FaultNotice, Money, PartyChip, parseAmount, TimeText } from '../../ui/index.ts';
import styles from './network.module.css';
import { type StakeAct, stakeProblem } from './stake-terms.ts';

type Target = { readonly act: StakeAct; readonly operator: string; readonly name: string };

export function StakePanel({ validators }: { validators: readonly ValidatorStakeView[] }) {
  const actor = useActor();
  return actor === undefined ? null : (
    <AccountStake key={actor.address} actor={actor.address} validators={validators} />
  );
}

function AccountStake({ actor, validators }: { actor: string; validators: readonly ValidatorStakeView[] }) {
  const stake = useApiQuery(['network', 'stake', actor], ({ signal }) =>
    api.network.stake({ actor }, { signal }),
  );
  const [target, setTarget] = useState<Target | undefined>(undefined);
  // Where the set does not follow the stake, staking would lock money up for nothing.
  if (stake.data === undefined || !stake.data.isElected) return null;
  const open = validators.filter(({ state }) => state !== 'tombstoned');
  return (
    <section className={styles['panel']}>
      <Title order={2}>
        <FormattedMessage id="network.stake" />
      </Title>
      <Text mt={6} maw="78ch">
        <FormattedMessage
          id="network.stake.text"
          values={{ days: Math.ceil(stake.data.unbondingS / 86_400) }}
        />
      </Text>
      {stake.fault === undefined ? null : <FaultNotice fault={stake.fault} onRetry={stake.refetch} />}
      <OwnStake actor={actor} stake={stake.data} onTake={setTarget} />
      <Title order={3} mt="md" mb={6}>
        <FormattedMessage id="network.stake.choose" />
      </Title>
      <Group gap="xs">
        {open.map(({ operator, name }) => (
          <Button
            key={operator}
            variant="default"
            onClick={() => setTarget({ act: 'delegate', operator, name })}
          >
            <FormattedMessage id="network.stake.with" values={{ name }} />
          </Button>
        ))}
      </Group>
      <StakeDialog actor={actor} stake={stake.data} target={target} onClose={() => setTarget(undefined)} />
    </section>
  );
}

function OwnStake(props: { actor: string; stake: StakeView; onTake: (target: Target) => void }) {
  const intl = useIntl();
  const { actor, stake, onTake } = props;
  const withdraw = useApiCommand((operator: string) => api.network.withdrawRewards({ actor, operator }));
  if (stake.delegations.length === 0 && stake.unbondings.length === 0) return null;
  const collect = async (operator: string): Promise<void> => {
    const result = await withdraw.run(operator);
    if (result.ok) notify('success', intl.formatMessage({ id: 'network.stake.collected' }));
  };
  return (
    <>
      {withdraw.fault === undefined ? null : <FaultNotice fault={withdraw.fault} />}
      <Table mt="sm" verticalSpacing={6} className={styles['table'] ?? ''}>
        <Table.Tbody>
          {stake.delegations.map(({ operator, name, amountMicro, rewardsMicro }) => (
            <Table.Tr key={operator}>
              <Table.Td>
                <PartyChip party={{ address: operator, name }} />
              </Table.Td>
              <Table.Td ta="end">
                <Money micro={amountMicro} />
              </Table.Td>
              <Table.Td ta="end">
                <FormattedMessage
                  id="network.stake.earned"
                  values={{ amount: <Money micro={rewardsMicro} signed /> }}
                />
              </Table.Td>
              <Table.Td ta="end">
                <Group gap="xs" justify="flex-end">
                  <Button
                    size="compact-sm"
                    variant="default"
                    disabled={rewardsMicro === 0n}
                    loading={withdraw.busy}
                    onClick={() => void collect(operator)}
                  >
                    <FormattedMessage id="network.stake.collect" />
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => onTake({ act: 'undelegate', operator, name })}
                  >
                    <FormattedMessage id="network.stake.take" />
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {stake.unbondings.map(({ operator, amountMicro, completesS }) => (
        <Text key={`${operator} ${completesS}`} size="sm" mt={6}>
          <FormattedMessage
            id="network.stake.unbonding"
            values={{ amount: <Money micro={amountMicro} />, time: <TimeText timeS={completesS} /> }}
          />
        </Text>
      ))}
    </>
  );
}

type DialogProps = {
  readonly actor: string;
  readonly stake: StakeView;
  readonly target: Target | undefined;
  readonly onClose: () => void;
};

function StakeDialog({ actor, stake, target, onClose }: DialogProps) {
  const intl = useIntl();
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const [chosen, setChosen] = useState<bigint | undefined>(undefined);
  const move = useApiCommand(({ act, operator, amountMicro }: Target & { amountMicro: bigint }) =>
    api.network[act]({ actor, operator, amountMicro }),
  );
  useEffect(() => {
    if (target !== undefined) return;
    setText('');
    setTried(false);
    setChosen(undefined);
  }, [target]);
  if (target === undefined) return null;
  const amountMicro = parseAmount(text, intl.locale);
  const problem = stakeProblem(target.act, amountMicro, stake, target.operator);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    move.reset();
    if (problem === undefined) setChosen(amountMicro);
  };
  const confirm = async (): Promise<void> => {
    if (chosen === undefined) return;
    const result = await move.run({ ...target, amountMicro: chosen });
    if (!result.ok) return;
    notify('success', intl.formatMessage({ id: `network.stake.done.${target.act}` }));
    onClose();
  };
  const title = <FormattedMessage id={`network.stake.title.${target.act}`} values={{ name: target.name }} />;
  if (chosen !== undefined) {
    return (
      <ConfirmDialog
        opened
        onClose={() => setChosen(undefined)}
        title={title}
        confirmLabel={intl.formatMessage({ id: `network.stake.hold.${target.act}` })}
        onConfirm={() => void confirm()}
        busy={move.busy}
        fault={move.fault}
      >
        <Text>
          <FormattedMessage
            id={`network.stake.summary.${target.act}`}
            values={{
              amount: <Money micro={chosen} />,
              name: target.name,
              days: Math.ceil(stake.unbondingS / 86_400),
            }}
          />
        </Text>
      </ConfirmDialog>
    );
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label={<FormattedMessage id="network.stake.amount" />}
            description={
              <FormattedMessage
                id="network.stake.available"
                values={{ amount: <Money micro={stake.availableMicro} /> }}
              />
            }
            inputMode="decimal"
            value={text}
            error={
              tried && problem !== undefined
                ? intl.formatMessage({ id: `network.stake.problem.${problem}` })
                : undefined
            }
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              <FormattedMessage id="ui.cancel" />
            </Button>
            <Button type="submit">
              <FormattedMessage id="network.checkpoint.next" />
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
