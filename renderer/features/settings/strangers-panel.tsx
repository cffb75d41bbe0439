// What somebody unknown has to show before a message of theirs comes through. The station asks for it.

import { Radio, Stack } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { StrangerPrice } from '../../../node-core/api/index.ts';
import { api, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './settings.module.css';

const PRICES = {
  nothing: {},
  light: { workBits: 16 },
  heavy: { workBits: 20 },
} as const satisfies Readonly<Record<string, StrangerPrice>>;
type Choice = keyof typeof PRICES;
const CHOICES = Object.keys(PRICES) as readonly Choice[];

export function StrangersPanel() {
  const intl = useIntl();
  const actor = useActor()?.address;
  const price = useApiQuery(
    ['messages', 'price', actor],
    ({ signal }) => api.messages.price({ actor: actor ?? '' }, { signal }),
    { enabled: actor !== undefined },
  );
  const save = useApiCommand((wanted: StrangerPrice) =>
    api.messages.setPrice({ actor: actor ?? '', price: wanted }),
  );
  // Shown as chosen at once; what the console keeps comes after it.
  const [wanted, setWanted] = useState<Choice>();
  const { workBits, stakeMicro } = price.data ?? {};
  const chosen = CHOICES.find((name) => {
    const known: StrangerPrice = PRICES[name];
    return known.workBits === workBits && known.stakeMicro === stakeMicro;
  });
  const choose = async (name: Choice): Promise<void> => {
    setWanted(name);
    const saved = await save.run(PRICES[name]);
    if (!saved.ok) setWanted(undefined);
  };
  return (
    <section className={styles['panel']}>
      <Radio.Group
        label={<FormattedMessage id="settings.strangers" />}
        description={<FormattedMessage id="settings.strangers.text" />}
        value={wanted ?? chosen ?? ''}
        onChange={(value) => {
          const name = CHOICES.find((known) => known === value);
          if (name !== undefined) void choose(name);
        }}
      >
        <Stack gap="xs" mt="sm">
          {CHOICES.map((name) => (
            <Radio
              key={name}
              value={name}
              disabled={price.data === undefined}
              label={intl.formatMessage({ id: `settings.strangers.${name}` })}
            />
          ))}
        </Stack>
      </Radio.Group>
      {price.fault === undefined ? null : <FaultNotice fault={price.fault} onRetry={price.refetch} />}
      {save.fault === undefined ? null : <FaultNotice fault={save.fault} />}
    </section>
  );
}
