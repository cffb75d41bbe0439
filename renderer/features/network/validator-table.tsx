// Who signs blocks, with which kind of key, and with how much of the vote.

import { Progress, Table } from '@mantine/core';
import { FormattedMessage, FormattedNumber } from 'react-intl';
import type { NetworkView } from '../../../node-core/api/index.ts';
import { Hash } from '../../ui/index.ts';
import styles from './network.module.css';

export function ValidatorTable({ validators }: { validators: NetworkView['validators'] }) {
  return (
    <Table verticalSpacing={6} className={styles['table'] ?? ''}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>
            <FormattedMessage id="network.validator.address" />
          </Table.Th>
          <Table.Th>
            <FormattedMessage id="network.validator.key" />
          </Table.Th>
          <Table.Th>
            <FormattedMessage id="network.validator.power" />
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {validators.map((validator) => (
          <Table.Tr key={validator.address}>
            <Table.Td>
              <Hash value={validator.address} head={8} tail={6} />
            </Table.Td>
            <Table.Td>{validator.keyType}</Table.Td>
            <Table.Td>
              <div className={styles['power']}>
                <Progress value={validator.powerPercent} aria-hidden flex={1} />
                <FormattedNumber
                  value={validator.powerPercent / 100}
                  style="percent"
                  maximumFractionDigits={1}
                />
              </div>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
