// What a buyer sees of the order under way: one picture of the machine now and then, where its owner lets buyers look.

import { Group, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderView } from '../../../node-core/api/index.ts';
import { api, useActor, useApiQuery } from '../../bridge/index.ts';
import { Duration } from '../../ui/index.ts';
import styles from './orders.module.css';

const INTERVAL_MS = 10_000;

export function PrintPicture({ order }: { order: OrderView }) {
  const intl = useIntl();
  const actor = useActor();
  const isBuyer = actor !== undefined && actor.address.toLowerCase() === order.buyer.address.toLowerCase();
  const picture = useApiQuery(
    ['watching', 'picture', order.id, actor?.address],
    ({ signal }) => api.cameras.orderPicture({ actor: actor?.address ?? '', orderId: order.id }, { signal }),
    { enabled: isBuyer && !order.final && order.licence !== undefined, refetchIntervalMs: INTERVAL_MS },
  );
  const src = useObjectUrl(picture.data?.picture);
  // Not printing, or not allowed: there is nothing to say about it.
  if (picture.data === undefined || picture.fault !== undefined || src === undefined) return null;
  const { layer, layersTotal, ageMs, rotate, flip } = picture.data;
  return (
    <section className={styles['panel']} aria-labelledby="print-picture">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="print-picture">
          <FormattedMessage id="orders.picture" />
        </Title>
        <Text size="xs" c="dimmed">
          <FormattedMessage
            id="orders.picture.facts"
            values={{ layer, total: layersTotal, age: <Duration seconds={Math.ceil(ageMs / 1000)} /> }}
          />
        </Text>
      </Group>
      <div className={styles['picture']}>
        <img
          src={src}
          alt={intl.formatMessage({ id: 'orders.picture.alt' })}
          style={{ transform: `rotate(${rotate}deg)${flip ? ' scaleX(-1)' : ''}` }}
        />
      </div>
    </section>
  );
}

function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [src, setSrc] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (blob === undefined) {
      setSrc(undefined);
      return undefined;
    }
    const made = URL.createObjectURL(blob);
    setSrc(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return src;
}
