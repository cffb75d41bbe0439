// The nodes that the light node asks: what each is used for, how well it answers, and why one is asked no more.

import { Badge, ScrollArea, Table, Text } from '@mantine/core';
import { FormattedMessage, FormattedNumber, type IntlShape, useIntl } from 'react-intl';
import type { LightProviderView } from '../../../node-core/api/index.ts';
import { faultText, TimeText } from '../../ui/index.ts';
import styles from './network.module.css';

/** The core names its own engine in English; others are addresses. */
export const nodeName = (intl: IntlShape, id: string): string =>
  id === 'this computer' ? intl.formatMessage({ id: 'network.node.self' }) : id;

const COLOURS = { asked: 'petrol', witness: 'gray', dropped: 'red' } as const;

export function NodeTable({ nodes }: { nodes: readonly LightProviderView[] }) {
  const intl = useIntl();
  return (
    <ScrollArea
      type="auto"
      viewportProps={{ tabIndex: 0, 'aria-label': intl.formatMessage({ id: 'network.nodes' }) }}
    >
      <Table miw={420} verticalSpacing={6} className={styles['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <FormattedMessage id="network.node.name" />
            </Table.Th>
            <Table.Th ta="end">
              <FormattedMessage id="network.node.score" />
            </Table.Th>
            <Table.Th ta="end">
              <FormattedMessage id="network.node.height" />
            </Table.Th>
            <Table.Th>
              <FormattedMessage id="network.node.seen" />
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {nodes.map((node) => (
            <NodeRow key={node.id} node={node} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function NodeRow({ node }: { node: LightProviderView }) {
  const intl = useIntl();
  return (
    <Table.Tr>
      <Table.Td>
        <span className={styles['nodeName']}>{nodeName(intl, node.id)}</span>{' '}
        <Badge size="sm" variant="light" color={COLOURS[node.role]}>
          <FormattedMessage id={`network.node.role.${node.role}`} />
        </Badge>
        {node.fault === undefined ? null : (
          <Text size="sm" mt={4} maw="44ch">
            {faultText(intl, node.fault).message}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="end">
        <FormattedNumber value={node.score} />
      </Table.Td>
      <Table.Td ta="end">{node.height === null ? '–' : <FormattedNumber value={node.height} />}</Table.Td>
      <Table.Td>
        {node.lastSeenMs === null ? (
          <FormattedMessage id="network.node.never" />
        ) : (
          <TimeText timeS={node.lastSeenMs / 1000} relative />
        )}
      </Table.Td>
    </Table.Tr>
  );
}
