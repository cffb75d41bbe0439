// Placing the order: what is paid, where the money waits, when it moves and what happens if nobody acts, with dates.
// Then a held button, because money moves.

import { Alert, Anchor, Button, List, Stack, Text } from '@mantine/core';
import { Lock, ShieldCheck, Wallet } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { AccountView, QuoteView } from '../../../node-core/api/index.ts';
import { api, href, navigate, useApiCommand, useApiQuery, useNowMs } from '../../bridge/index.ts';
import { ConfirmDialog, formatAmount, Money, OpeningCosts, TimeText } from '../../ui/index.ts';
import styles from './orders.module.css';
import { latestDates } from './terms.ts';

const EXPIRY_TICK_MS = 5_000;

export type CheckoutProps = {
  readonly quote: QuoteView | undefined;
  readonly actor: AccountView | undefined;
  /** The price's time is over: ask for a new one. */
  readonly onRenew: () => void;
};

export function Checkout({ quote, actor, onRenew }: CheckoutProps) {
  const intl = useIntl();
  const [opened, setOpened] = useState(false);
  const nowS = useNowMs(EXPIRY_TICK_MS) / 1000;
  const place = useApiCommand((quoteId: string) =>
    api.orders.place({ actor: actor?.address ?? '', quoteId }),
  );
  const balanceMicro = actor?.balances.DPN ?? 0n;
  const expired = quote !== undefined && nowS > quote.validUntilS;
  const quoteId = quote?.id ?? '';
  const costs = useApiQuery(
    ['accounts', 'order-costs', quoteId],
    ({ signal }) => api.orders.costs({ quoteId }, { signal }),
    { enabled: quote !== undefined },
  ).data;
  const extraMicro = costs === undefined ? 0n : costs.feeMicro + costs.depositMicro;
  const short = quote !== undefined && actor !== undefined && balanceMicro < quote.totalMicro + extraMicro;
  const confirm = async (): Promise<void> => {
    if (quote === undefined) return;
    const placed = await place.run(quote.id);
    if (!placed.ok) return;
    setOpened(false);
    navigate(`/orders/${placed.value.orderId}`);
  };
  return (
    <section className={styles['panel']} aria-label={intl.formatMessage({ id: 'orders.checkout' })}>
      <Text size="sm" mb="sm" className={styles['iconText'] ?? ''}>
        <ShieldCheck size={16} aria-hidden />
        <FormattedMessage id="orders.checkout.promise" />
      </Text>
      {short ? (
        <Alert role="alert" color="orange" icon={<Wallet size={16} aria-hidden />} mb="sm" p="xs">
          <FormattedMessage
            id="orders.checkout.short"
            values={{
              balance: <Money micro={balanceMicro} />,
              link: (text) => <Anchor href={href('/wallet')}>{text}</Anchor>,
            }}
          />
        </Alert>
      ) : null}
      {expired ? (
        <Alert role="alert" color="orange" mb="sm" p="xs">
          <FormattedMessage id="orders.checkout.expired" />{' '}
          <Button size="compact-sm" variant="light" color="orange" onClick={onRenew}>
            <FormattedMessage id="orders.price.again" />
          </Button>
        </Alert>
      ) : null}
      <Button
        size="md"
        fullWidth
        leftSection={<Lock size={17} aria-hidden />}
        disabled={quote === undefined || short || expired || actor === undefined}
        onClick={() => setOpened(true)}
      >
        {quote === undefined ? (
          <FormattedMessage id="orders.checkout.wait" />
        ) : (
          <FormattedMessage
            id="orders.checkout.button"
            values={{ total: formatAmount(quote.totalMicro, intl.locale) }}
          />
        )}
      </Button>
      {quote === undefined ? null : (
        <ConfirmDialog
          opened={opened}
          onClose={() => {
            setOpened(false);
            place.reset();
          }}
          title={<FormattedMessage id="orders.checkout.title" values={{ title: quote.modelTitle }} />}
          confirmLabel={intl.formatMessage({ id: 'orders.checkout.confirm' })}
          onConfirm={() => void confirm()}
          busy={place.busy}
          fault={place.fault}
        >
          <CheckoutSummary quote={quote} nowS={nowS} />
          {costs === undefined ? null : <OpeningCosts {...costs} />}
        </ConfirmDialog>
      )}
    </section>
  );
}

function CheckoutSummary({ quote, nowS }: { quote: QuoteView; nowS: number }) {
  const dates = latestDates(nowS);
  const time = (timeS: number) => <TimeText timeS={timeS} />;
  return (
    <Stack gap="sm">
      <Text>
        <FormattedMessage
          id="orders.checkout.what"
          values={{
            quantity: quote.quantity,
            title: quote.modelTitle,
            machine: quote.machineName,
            total: (
              <strong>
                <Money micro={quote.totalMicro} />
              </strong>
            ),
          }}
        />
      </Text>
      <List size="sm" spacing={8}>
        <List.Item>
          <FormattedMessage id="orders.checkout.where" />
        </List.Item>
        <List.Item>
          <FormattedMessage
            id="orders.checkout.release"
            values={{
              owner: <Money micro={quote.payouts.owner} />,
              designer: <Money micro={quote.payouts.designer} />,
              fees: <Money micro={quote.payouts.author + quote.payouts.network} />,
            }}
          />
        </List.Item>
        <List.Item>
          <FormattedMessage id="orders.checkout.noAccept" values={{ time: time(dates.acceptByS) }} />
        </List.Item>
        <List.Item>
          <FormattedMessage id="orders.checkout.noShip" values={{ time: time(dates.shipByS) }} />
        </List.Item>
        <List.Item>
          <FormattedMessage id="orders.checkout.noWord" values={{ time: time(dates.inspectByS) }} />
        </List.Item>
      </List>
      <Text size="sm" c="dimmed">
        <FormattedMessage id="orders.checkout.cancel" />
      </Text>
    </Stack>
  );
}
