// Where the money is, and how it is split: a bar, and the same as a table of exact amounts.

import { Text, Title } from '@mantine/core';
import { Banknote, Lock } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView } from '../../../node-core/api/index.ts';
import { Money } from '../../ui/index.ts';
import { barWidths, sharesOf } from './money-split.ts';
import styles from './orders.module.css';

const WIDTH_PERCENT_MIN = 2;

export function MoneyPanel({ order }: { order: OrderView }) {
  const shares = sharesOf(order);
  const widths = barWidths(shares, WIDTH_PERCENT_MIN);
  const held = order.heldMicro > 0n;
  const Icon = held ? Lock : Banknote;
  return (
    <section className={styles['panel']} aria-labelledby="money">
      <Title order={2} id="money" mb="xs">
        <FormattedMessage id="orders.money" />
      </Title>
      <p className={styles['iconText']}>
        <Icon size={17} aria-hidden />
        <span>
          {held ? (
            <FormattedMessage
              id="orders.money.held"
              values={{
                amount: (
                  <strong>
                    <Money micro={order.heldMicro} />
                  </strong>
                ),
              }}
            />
          ) : (
            <FormattedMessage id="orders.money.paid" />
          )}
        </span>
      </p>
      <div className={styles['bar']} aria-hidden>
        {shares.map((share, index) => (
          <span
            key={share.role}
            className={styles['barPart']}
            data-role={share.role}
            style={{ width: `${widths[index] ?? 0}%` }}
          />
        ))}
      </div>
      <table className={styles['lines']}>
        <caption className={styles['caption']}>
          <FormattedMessage id={shares.some(({ paid }) => paid) ? 'orders.money.was' : 'orders.money.will'} />
        </caption>
        <tbody>
          {shares.map((share) => (
            <tr key={share.role}>
              <th scope="row">
                <span className={styles['key']} data-role={share.role} aria-hidden />
                <RoleName role={share.role} />
              </th>
              <td>
                <Money micro={share.amountMicro} />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              <FormattedMessage id="orders.money.total" />
            </th>
            <td>
              <Money micro={shares.reduce((sum, { amountMicro }) => sum + amountMicro, 0n)} />
            </td>
          </tr>
        </tfoot>
      </table>
      <Text size="xs" c="dimmed" mt={4}>
        <FormattedMessage id="orders.money.exact" />
      </Text>
    </section>
  );
}

function RoleName({ role }: { role: string }) {
  const intl = useIntl();
  const id = `orders.role.${role}`;
  return id in intl.messages ? <FormattedMessage id={id} /> : role;
}
