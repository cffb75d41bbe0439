// Who signs blocks: with how much of the vote, how much stake, for which commission, how reliably; and who would like to.

import { Badge, Progress, ScrollArea, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { NetworkView, ValidatorStakeView } from '../../../node-core/api/index.ts';
import { Hash, Money, PartyChip } from '../../ui/index.ts';
import styles from './network.module.css';

type Props = Pick<NetworkView, 'validators' | 'candidates'> & {
  /** The one validator is this computer itself. */
  readonly own: boolean;
};

export function ValidatorTable({ validators, candidates, own }: Props) {
  const intl = useIntl();
  const staked = !own && (candidates.length > 0 || validators.some(({ stake }) => stake !== undefined));
  return (
    <ScrollArea
      type="auto"
      viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'network.validators' }) }}
    >
      <Table miw={staked ? 820 : 460} verticalSpacing={6} className={styles['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <FormattedMessage id="network.validator" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="network.validator.power" />
            </Table.Th>
            {staked ? <StakeHeads /> : null}
            <Table.Th>
              <FormattedMessage id="network.validator.key" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="network.validator.state" />
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {validators.map(({ address, keyType, powerPercent, signed, stake }) => (
            <Table.Tr key={address}>
              <Table.Td>
                {stake === undefined || own ? (
                  <>
                    {own ? <FormattedMessage id="network.validator.self" /> : null}{' '}
                    <Hash value={address} head={8} tail={6} />
                  </>
                ) : (
                  <Operator stake={stake} />
                )}
              </Table.Td>
              <Table.Td>
                <div className={styles['power']}>
                  <Progress value={powerPercent} aria-hidden flex={1} miw={60} />
                  <Percent value={powerPercent / 100} />
                </div>
              </Table.Td>
              {staked ? <StakeCells stake={stake} /> : null}
              <Table.Td>{keyType}</Table.Td>
              <Table.Td>
                {stake === undefined || stake.state === 'elected' ? (
                  <Badge variant="light" color={signed ? 'petrol' : 'gray'}>
                    <FormattedMessage id={`network.validator.signed.${signed ? 'yes' : 'no'}`} />
                  </Badge>
                ) : (
                  <StateBadge stake={stake} />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
          {(staked ? candidates : []).map((stake) => (
            <Table.Tr key={stake.operator}>
              <Table.Td>
                <Operator stake={stake} />
              </Table.Td>
              <Table.Td>–</Table.Td>
              <StakeCells stake={stake} />
              <Table.Td>–</Table.Td>
              <Table.Td>
                <StateBadge stake={stake} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Percent({ value }: { value: number }) {
  return <FormattedNumber value={value} style="percent" maximumFractionDigits={1} />;
}

function Operator({ stake }: { stake: ValidatorStakeView }) {
  return <PartyChip party={{ address: stake.operator, name: stake.name }} />;
}

function StakeHeads() {
  return (
    <>
      <Table.Th ta="end">
        <FormattedMessage id="network.validator.stake" />
      </Table.Th>
      <Table.Th ta="end">
        <FormattedMessage id="network.validator.commission" />
      </Table.Th>
      <Table.Th ta="end">
        <FormattedMessage id="network.validator.uptime" />
      </Table.Th>
    </>
  );
}

function StakeCells({ stake }: { stake: ValidatorStakeView | undefined }) {
  const cell = (content: ReactNode) => <Table.Td ta="end">{stake === undefined ? '–' : content}</Table.Td>;
  return (
    <>
      {cell(<Money micro={stake?.stakeMicro ?? 0n} />)}
      {cell(<Percent value={(stake?.commissionBasisPoints ?? 0) / 10_000} />)}
      {cell(stake?.state === 'elected' ? <Percent value={stake.uptime} /> : '–')}
    </>
  );
}

const STATE_COLOURS = { elected: 'petrol', waiting: 'gray', jailed: 'red', tombstoned: 'red' } as const;

function StateBadge({ stake }: { stake: ValidatorStakeView }) {
  const intl = useIntl();
  const until = stake.state === 'jailed' && stake.jailedUntilS !== null ? stake.jailedUntilS : undefined;
  return (
    <>
      <Badge variant="light" color={STATE_COLOURS[stake.state]}>
        <FormattedMessage id={`network.validator.state.${stake.state}`} />
      </Badge>
      {until === undefined ? null : (
        <Text size="xs" c="dimmed">
          <FormattedMessage
            id="network.validator.jailedUntil"
            values={{ time: intl.formatDate(until * 1000, { dateStyle: 'medium', timeStyle: 'short' }) }}
          />
        </Text>
      )}
    </>
  );
}
