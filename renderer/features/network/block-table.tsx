// Recent blocks: which of them this console verified itself, and how much voting power signed them.

import { ScrollArea, Table, Text } from '@mantine/core';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { NetworkView } from '../../../node-core/api/index.ts';
import { Hash, TimeText, TruthBadge } from '../../ui/index.ts';
import styles from './network.module.css';

export function BlockTable({ blocks }: { blocks: NetworkView['recentBlocks'] }) {
  const intl = useIntl();
  if (blocks.length === 0) {
    return (
      <Text c="dimmed">
        <FormattedMessage id="network.blocks.none" />
      </Text>
    );
  }
  return (
    <ScrollArea
      type="auto"
      viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'network.blocks' }) }}
    >
      <Table miw={560} verticalSpacing={6} className={styles['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="end">
              <FormattedMessage id="network.block.height" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="network.block.hash" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="network.block.time" />
            </Table.Th>
            <Table.Th ta="end">
              <FormattedMessage id="network.block.txs" />
            </Table.Th>
            <Table.Th ta="end">
              <FormattedMessage id="network.block.signed" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="network.block.truth" />
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {blocks.map((block) => (
            <Table.Tr key={block.height}>
              <Table.Td ta="end">
                <FormattedNumber value={block.height} />
              </Table.Td>
              <Table.Td>
                <Hash value={block.hash} head={8} tail={6} />
              </Table.Td>
              <Table.Td>
                <TimeText timeS={block.timeS} relative />
              </Table.Td>
              <Table.Td ta="end">{block.txs === null ? '–' : <FormattedNumber value={block.txs} />}</Table.Td>
              <Table.Td ta="end">
                <FormattedNumber
                  value={block.signedPercent / 100}
                  style="percent"
                  maximumFractionDigits={1}
                />
              </Table.Td>
              <Table.Td>
                <TruthBadge truth={block.verified ? 'verified' : 'sent'} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
