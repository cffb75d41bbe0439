// The counted licence: how many copies this printer may make, how many it made, and whether it holds the model's key or
// is given the print file part by part; and what that protects from, and what not.

import { Progress, Text, Title } from '@mantine/core';
import { KeyRound, Lock } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView } from '../../../node-core/api/index.ts';
import { Hash } from '../../ui/index.ts';
import styles from './orders.module.css';

export function LicencePanel({ order }: { order: OrderView }) {
  const intl = useIntl();
  const { licence } = order;
  const Icon = licence?.released === true ? KeyRound : Lock;
  return (
    <section className={styles['panel']} aria-labelledby="licence">
      <Title order={2} id="licence" mb="xs">
        <FormattedMessage id="orders.licence" />
      </Title>
      {licence === undefined ? (
        <Text size="sm" c="dimmed">
          <FormattedMessage id="orders.licence.none" />
        </Text>
      ) : (
        <>
          <p className={styles['iconText']}>
            <Icon size={16} aria-hidden />
            <span>
              <FormattedMessage id={stateOf(licence)} values={{ machine: order.machineName }} />
            </span>
          </p>
          <Text size="sm" mb={4}>
            <FormattedMessage
              id="orders.licence.used"
              values={{ used: licence.used, quantity: licence.quantity }}
            />
          </Text>
          <Progress
            value={licence.quantity === 0 ? 0 : (licence.used / licence.quantity) * 100}
            aria-label={intl.formatMessage(
              { id: 'orders.licence.used' },
              { used: licence.used, quantity: licence.quantity },
            )}
            mb="xs"
          />
          <Hash value={licence.id} />
        </>
      )}
      <Text size="xs" c="dimmed" mt={6}>
        <FormattedMessage
          id={licence?.inParts === true ? 'orders.licence.parts.honest' : 'orders.licence.honest'}
        />
      </Text>
    </section>
  );
}

function stateOf({ released, inParts }: NonNullable<OrderView['licence']>) {
  if (!released) return inParts ? 'orders.licence.parts.waiting' : 'orders.licence.waiting';
  return inParts ? 'orders.licence.parts.released' : 'orders.licence.released';
}
