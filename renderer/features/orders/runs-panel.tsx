// Copies that the printer makes in one run with those of other orders: which numbers of the run are whose, as its machine
// recorded it on the chain.

import { Text, Title } from '@mantine/core';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView } from '../../../node-core/api/index.ts';
import { Hash, TimeText } from '../../ui/index.ts';
import styles from './orders.module.css';

export function RunsPanel({ order }: { order: OrderView }) {
  if (order.runs.length === 0) return null;
  return (
    <section className={styles['panel']} aria-labelledby="runs">
      <Title order={2} id="runs" mb="xs">
        <FormattedMessage id="orders.runs" />
      </Title>
      {order.runs.map((run) => (
        <Run key={run.id} run={run} />
      ))}
      <Text size="xs" c="dimmed" mt={6}>
        <FormattedMessage id="orders.runs.text" />
      </Text>
    </section>
  );
}

function Run({ run }: { run: OrderView['runs'][number] }) {
  const intl = useIntl();
  const { from, to, copies, orders, copyFrom: first, copyTo: last, recordedS } = run;
  return (
    <>
      <Text size="sm">
        <FormattedMessage
          id="orders.runs.part"
          values={{ from, to, copies, orders, first, last, count: to - from + 1 }}
        />
      </Text>
      <Text size="xs" c="dimmed">
        <FormattedMessage id="orders.runs.when" values={{ time: <TimeText timeS={recordedS} /> }} />
      </Text>
      <ol className={styles['runParts']} aria-label={intl.formatMessage({ id: 'orders.runs.list' })}>
        {run.parts.map((part) => (
          <li key={part.orderId} data-own={part.own}>
            <span>
              <FormattedMessage
                id="orders.runs.numbers"
                values={{ from: part.from, to: part.to, count: part.to - part.from + 1 }}
              />
            </span>
            {part.own ? <FormattedMessage id="orders.runs.own" /> : <Hash value={part.orderId} />}
          </li>
        ))}
      </ol>
    </>
  );
}
