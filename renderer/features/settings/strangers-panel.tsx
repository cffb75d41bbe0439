// What somebody unknown has to show before a message of theirs comes through. The station asks for it.

import { Button, Group, Radio, Stack, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { StrangerPrice } from '../../../node-core/api/index.ts';
import { api, useActor, useApiCommand, useApiQuery } from '../../bridge/index.ts';
import { FaultNotice, formatAmount, parseAmount } from '../../ui/index.ts';
import styles from './settings.module.css';

const PRICES = {
  nothing: {},
  light: { workBits: 16 },
  heavy: { workBits: 20 },
} as const satisfies Readonly<Record<string, StrangerPrice>>;
type Known = keyof typeof PRICES;
type Choice = Known | 'stake';
const KNOWN = Object.keys(PRICES) as readonly Known[];
const CHOICES: readonly Choice[] = [...KNOWN, 'stake'];

function choiceOf({ workBits, stakeMicro }: StrangerPrice): Choice | undefined {
  if (stakeMicro !== undefined) return 'stake';
  return KNOWN.find((name) => (PRICES[name] as StrangerPrice).workBits === workBits);
}

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
  const kept = price.data === undefined ? undefined : choiceOf(price.data);
  const chosen = wanted ?? kept;
  const choose = async (name: Choice): Promise<void> => {
    setWanted(name);
    // A stake is asked for when it is said how much.
    if (name === 'stake') return;
    const saved = await save.run(PRICES[name]);
    if (!saved.ok) setWanted(undefined);
  };
  return (
    <section className={styles['panel']}>
      <Radio.Group
        label={
          <Title order={2}>
            <FormattedMessage id="settings.strangers" />
          </Title>
        }
        description={<FormattedMessage id="settings.strangers.text" />}
        value={chosen ?? ''}
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
      {chosen !== 'stake' ? null : (
        <StakeAmount
          key={price.data?.stakeMicro ?? ''}
          stakeMicro={price.data?.stakeMicro}
          busy={save.busy}
          onSave={(stakeMicro) => void save.run({ stakeMicro })}
        />
      )}
      {price.fault === undefined ? null : <FaultNotice fault={price.fault} onRetry={price.refetch} />}
      {save.fault === undefined ? null : <FaultNotice fault={save.fault} />}
    </section>
  );
}

type StakeAmountProps = {
  readonly stakeMicro: string | undefined;
  readonly busy: boolean;
  readonly onSave: (stakeMicro: string) => void;
};

function StakeAmount({ stakeMicro, busy, onSave }: StakeAmountProps) {
  const intl = useIntl();
  const [text, setText] = useState(
    stakeMicro === undefined ? '' : formatAmount(BigInt(stakeMicro), intl.locale),
  );
  const amountMicro = parseAmount(text, intl.locale);
  const isRight = amountMicro !== undefined && amountMicro > 0n;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight) onSave(amountMicro.toString());
      }}
    >
      <Group align="end" gap="sm" mt="sm">
        <TextInput
          label={<FormattedMessage id="settings.strangers.amount" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={text === '' || isRight ? null : <FormattedMessage id="settings.strangers.amount.wrong" />}
          inputMode="decimal"
          autoComplete="off"
          maxLength={24}
        />
        <Button
          type="submit"
          variant="default"
          loading={busy}
          disabled={!isRight || amountMicro.toString() === stakeMicro}
        >
          <FormattedMessage id="settings.strangers.amount.save" />
        </Button>
      </Group>
    </form>
  );
}
