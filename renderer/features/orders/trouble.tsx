// What went wrong in an order, in the words of the one who said so, and what is offered. Words of others are plain text.

import { Alert, Text } from '@mantine/core';
import { MessageCircleWarning } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { OrderView } from '../../../node-core/api/index.ts';
import { Money } from '../../ui/index.ts';
import styles from './orders.module.css';

/** Who speaks in which state. */
const SPEAKERS: Readonly<Record<string, 'declined' | 'failed'>> = { declined: 'declined', failed: 'failed' };

export function Trouble({ order }: { order: OrderView }) {
  const { statement, refundOfferedMicro } = order;
  if (statement === undefined && refundOfferedMicro === undefined) return null;
  const said = SPEAKERS[order.state] ?? 'disputed';
  return (
    <Alert
      color="yellow"
      variant="light"
      mb="sm"
      icon={<MessageCircleWarning size={18} aria-hidden />}
      title={<FormattedMessage id={`orders.said.${said}`} />}
    >
      {statement === undefined ? null : <blockquote className={styles['said']}>{statement}</blockquote>}
      {refundOfferedMicro === undefined ? null : (
        <Text fw={600} mt={6}>
          <FormattedMessage
            id={order.final ? 'orders.said.refund' : 'orders.said.offer'}
            values={{ amount: <Money micro={refundOfferedMicro} /> }}
          />
        </Text>
      )}
    </Alert>
  );
}
