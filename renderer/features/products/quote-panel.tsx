// One price for the whole product, line by line with who would make it, and one confirmation to order all of it.

import { Alert, Anchor, Button, Group, NumberInput, Select, Stack, Text, Title } from '@mantine/core';
import { Lock, ShieldCheck, Wallet } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { ProductPreference, ProductQuoteView, ProductView } from '../../../node-core/api/index.ts';
import {
  api,
  href,
  navigate,
  useActor,
  useApiCommand,
  useApiQuery,
  useNowMs,
  useTask,
} from '../../bridge/index.ts';
import {
  ConfirmDialog,
  Duration,
  FaultNotice,
  formatAmount,
  Money,
  TaskProgress,
  TimeText,
} from '../../ui/index.ts';
import styles from './products.module.css';

const PREFERENCES: readonly ProductPreference[] = ['price', 'date', 'rating'];
const EXPIRY_TICK_MS = 5_000;

export function QuotePanel({ product }: { product: ProductView }) {
  const intl = useIntl();
  const actor = useActor();
  const [quantity, setQuantity] = useState(1);
  const [prefer, setPrefer] = useState<ProductPreference>('price');
  const [taskId, setTaskId] = useState<string | undefined>(undefined);
  const task = useTask(taskId);
  const request = useApiCommand(() =>
    api.products.quote({ actor: actor?.address ?? '', productId: product.id, quantity, prefer }),
  );
  const ask = async (): Promise<void> => {
    const started = await request.run();
    if (started.ok) setTaskId(started.value.taskId);
  };
  const quoteId = task?.state === 'done' ? task.resultId : undefined;
  const quote = useApiQuery(
    ['quotes', 'product', quoteId],
    ({ signal }) => api.products.getQuote({ id: quoteId ?? '' }, { signal }),
    { enabled: quoteId !== undefined, immutable: true },
  );
  const working = request.busy || task?.state === 'running';
  const fault = request.fault ?? quote.fault ?? (task?.state === 'failed' ? task.fault : undefined);
  const change = (): void => setTaskId(undefined);
  return (
    <section className={styles['panel']} aria-labelledby="product-price">
      <Title order={2} id="product-price" size="h3">
        <FormattedMessage id="products.price" />
      </Title>
      <Group grow align="flex-start" mt="sm">
        <NumberInput
          label={intl.formatMessage({ id: 'products.quantity' })}
          min={1}
          max={1000}
          allowDecimal={false}
          clampBehavior="strict"
          disabled={working}
          value={quantity}
          onChange={(value) => {
            if (typeof value === 'number' && value >= 1) setQuantity(value);
            change();
          }}
        />
        <Select
          label={intl.formatMessage({ id: 'products.prefer' })}
          allowDeselect={false}
          disabled={working}
          value={prefer}
          onChange={(value) => {
            const next = PREFERENCES.find((known) => known === value);
            if (next !== undefined) setPrefer(next);
            change();
          }}
          data={PREFERENCES.map((value) => ({
            value,
            label: intl.formatMessage({ id: `products.prefer.${value}` }),
          }))}
        />
      </Group>
      {fault === undefined ? null : <FaultNotice fault={fault} onRetry={() => void ask()} />}
      {task?.state === 'running' ? <TaskProgress task={task} /> : null}
      {quote.data === undefined ? (
        <Button mt="md" fullWidth loading={working} disabled={actor === undefined} onClick={() => void ask()}>
          <FormattedMessage id="products.ask" />
        </Button>
      ) : (
        <>
          <Breakdown quote={quote.data} />
          <Checkout quote={quote.data} onRenew={change} />
        </>
      )}
    </section>
  );
}

export function Breakdown({ quote }: { quote: ProductQuoteView }) {
  const seconds = Math.max(0, quote.finishS - quote.createdS);
  return (
    <Stack gap="sm" mt="md">
      <Text size="sm" c="dimmed">
        <FormattedMessage
          id="products.plan"
          values={{ producers: quote.producers, time: <Duration seconds={seconds} /> }}
        />
      </Text>
      <table className={styles['lines']}>
        <tbody>
          {quote.lines.map((line) => (
            <tr key={`${line.modelId} ${line.name}`}>
              <th scope="row">
                {line.quantity} × {line.title}
                {line.shares.map((share) => (
                  <span key={share.machineId} className={styles['share']}>
                    <FormattedMessage
                      id="products.share"
                      values={{
                        copies: share.copies,
                        owner: share.owner.name === '' ? share.machineName : share.owner.name,
                      }}
                    />
                  </span>
                ))}
              </th>
              <td>
                <Money micro={line.amountMicro} />
              </td>
            </tr>
          ))}
          {quote.services.map((service) => (
            <Line key={service.name} id={`products.service.${service.kind}`} micro={service.amountMicro} />
          ))}
          {quote.feeMicro === 0n ? null : <Line id="products.fee" micro={quote.feeMicro} />}
          <Line id="products.transactions" micro={quote.transactionsMicro} />
        </tbody>
        <tfoot>
          <Line id="products.total" micro={quote.totalMicro} />
        </tfoot>
      </table>
      <table className={styles['lines']}>
        <tbody>
          <Line id="products.reserve" micro={quote.reserveMicro} />
          <Line id="products.deposit" micro={quote.depositMicro} />
        </tbody>
        <tfoot>
          <Line id="products.now" micro={quote.totalMicro + quote.reserveMicro + quote.depositMicro} />
        </tfoot>
      </table>
      <Text size="xs" c="dimmed">
        <FormattedMessage id="products.valid" values={{ time: <TimeText timeS={quote.validUntilS} /> }} />
      </Text>
    </Stack>
  );
}

function Line({ id, micro }: { id: string; micro: bigint }) {
  return (
    <tr>
      <th scope="row">
        <FormattedMessage id={id} />
      </th>
      <td>
        <Money micro={micro} />
      </td>
    </tr>
  );
}

function Checkout({ quote, onRenew }: { quote: ProductQuoteView; onRenew: () => void }) {
  const intl = useIntl();
  const actor = useActor();
  const [opened, setOpened] = useState(false);
  const nowS = useNowMs(EXPIRY_TICK_MS) / 1000;
  const place = useApiCommand(() => api.products.order({ actor: actor?.address ?? '', quoteId: quote.id }));
  const nowMicro = quote.totalMicro + quote.reserveMicro + quote.depositMicro;
  const balanceMicro = actor?.balances.DPN ?? 0n;
  const short = actor !== undefined && balanceMicro < nowMicro;
  const expired = nowS > quote.validUntilS;
  useEffect(() => {
    if (expired) onRenew();
  }, [expired, onRenew]);
  const confirm = async (): Promise<void> => {
    const placed = await place.run();
    if (placed.ok) navigate(`/products/order/${placed.value.orderId}`);
  };
  return (
    <Stack gap="sm" mt="md">
      <Text size="sm" className={styles['iconText'] ?? ''}>
        <ShieldCheck size={16} aria-hidden />
        <FormattedMessage id="products.promise" />
      </Text>
      {short ? (
        <Alert color="orange" icon={<Wallet size={16} aria-hidden />} p="xs">
          <FormattedMessage
            id="products.short"
            values={{
              balance: <Money micro={balanceMicro} />,
              link: (text) => <Anchor href={href('/wallet')}>{text}</Anchor>,
            }}
          />
        </Alert>
      ) : null}
      <Button
        size="md"
        fullWidth
        leftSection={<Lock size={17} aria-hidden />}
        disabled={short || expired || actor === undefined}
        onClick={() => setOpened(true)}
      >
        <FormattedMessage
          id="products.order"
          values={{ total: formatAmount(quote.totalMicro, intl.locale) }}
        />
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={() => {
          setOpened(false);
          place.reset();
        }}
        title={<FormattedMessage id="products.confirm.title" values={{ title: quote.title }} />}
        confirmLabel={intl.formatMessage({ id: 'products.confirm' })}
        onConfirm={() => void confirm()}
        busy={place.busy}
        fault={place.fault}
      >
        <Text>
          <FormattedMessage
            id="products.confirm.text"
            values={{
              quantity: quote.quantity,
              title: quote.title,
              producers: quote.producers,
              now: <Money micro={nowMicro} />,
              total: <Money micro={quote.totalMicro} />,
            }}
          />
        </Text>
      </ConfirmDialog>
    </Stack>
  );
}
