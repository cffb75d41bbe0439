// An order that waits for the owner's word: what, for how much, until when. Accepting is a promise, so it says so.

import { Anchor, Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { Check, TimerReset, X } from 'lucide-react';
import { useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { OrderCard, OrderView } from '../../../node-core/api/index.ts';
import {
  api,
  href,
  notify,
  useApiCommand,
  useApiQuery,
  useConsole,
  useModelThumbnail,
  useNowMs,
} from '../../bridge/index.ts';
import {
  ConfirmDialog,
  Duration,
  FaultNotice,
  Mass,
  Money,
  PartyChip,
  Thumbnail,
  TimeText,
} from '../../ui/index.ts';
import styles from './farm.module.css';

type Action = OrderView['actions'][number];

const COUNTDOWN_MS = 10_000;

export function OfferCard({ order, owner }: { order: OrderCard; owner: string }) {
  const locale = useConsole((state) => state.settings.locale);
  const thumbnail = useModelThumbnail(order.modelId);
  const detail = useApiQuery(['orders', 'get', order.id, owner, locale], ({ signal }) =>
    api.orders.get({ actor: owner, id: order.id, locale }, { signal }),
  );
  const view = detail.data;
  return (
    <article className={styles['offer']} aria-label={order.title}>
      <div className={styles['offerPicture']}>
        <Thumbnail blob={thumbnail.data} pending={thumbnail.isPending} alt={order.title} />
      </div>
      <div className={styles['offerMain']}>
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Anchor href={href(`/orders/${order.id}`)} className={styles['offerTitle'] ?? ''}>
              <FormattedMessage
                id="farm.offer.title"
                values={{ title: order.title, quantity: order.quantity }}
              />
            </Anchor>
            <Text size="sm" c="dimmed">
              <FormattedMessage id="farm.offer.on" values={{ machine: order.machineName }} />
            </Text>
          </div>
          <PartyChip party={order.buyer} size={24} />
        </Group>
        {detail.fault === undefined ? null : (
          <FaultNotice fault={detail.fault} onRetry={detail.refetch} compact />
        )}
        {view === undefined ? <Skeleton height={84} /> : <OfferLines view={view} />}
        {order.deadlineS === undefined ? null : <Countdown deadlineS={order.deadlineS} />}
        {view === undefined ? null : <OfferButtons view={view} owner={owner} />}
      </div>
    </article>
  );
}

function OfferLines({ view }: { view: OrderView }) {
  const { quote } = view;
  return (
    <dl className={styles['terms']}>
      <div>
        <dt>
          <FormattedMessage id="farm.offer.yours" />
        </dt>
        <dd className={styles['strong']}>
          <Money micro={quote.payouts.owner} />
        </dd>
      </div>
      <div>
        <dt>
          <FormattedMessage id="farm.offer.total" />
        </dt>
        <dd>
          <Money micro={quote.totalMicro} />
        </dd>
      </div>
      <div>
        <dt>
          <FormattedMessage id="farm.offer.time" />
        </dt>
        <dd>
          <Duration seconds={quote.secondsPerCopy * quote.quantity} />
        </dd>
      </div>
      <div>
        <dt>
          <FormattedMessage id="farm.offer.material" />
        </dt>
        <dd className={styles['material']}>
          <span className={styles['dot']} style={{ background: quote.colour }} aria-hidden />
          {quote.material} <Mass milligrams={quote.milligramsPerCopy * quote.quantity} />
        </dd>
      </div>
    </dl>
  );
}

function Countdown({ deadlineS }: { deadlineS: number }) {
  const leftS = deadlineS - useNowMs(COUNTDOWN_MS) / 1000;
  return (
    <p className={styles['countdown']}>
      <TimerReset size={15} aria-hidden />
      <span>
        <FormattedMessage
          id={leftS > 0 ? 'farm.offer.deadline' : 'farm.offer.late'}
          values={{ left: <Duration seconds={leftS} />, time: <TimeText timeS={deadlineS} /> }}
        />
      </span>
    </p>
  );
}

function OfferButtons({ view, owner }: { view: OrderView; owner: string }) {
  const [chosen, setChosen] = useState<Action | undefined>(undefined);
  const accept = view.actions.find(({ event }) => event === 'accept');
  const decline = view.actions.find(({ event }) => event === 'decline');
  return (
    <Group gap="sm">
      {accept === undefined ? null : (
        <Button leftSection={<Check size={16} aria-hidden />} onClick={() => setChosen(accept)}>
          {accept.label}
        </Button>
      )}
      {decline === undefined ? null : (
        <Button
          variant="default"
          leftSection={<X size={16} aria-hidden />}
          onClick={() => setChosen(decline)}
        >
          {decline.label}
        </Button>
      )}
      {chosen === undefined ? null : (
        <OfferDialog view={view} owner={owner} action={chosen} onClose={() => setChosen(undefined)} />
      )}
    </Group>
  );
}

function OfferDialog(props: { view: OrderView; owner: string; action: Action; onClose: () => void }) {
  const { view, owner, action, onClose } = props;
  const intl = useIntl();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const act = useApiCommand((args: Record<string, string>) =>
    api.orders.act({ actor: owner, id: view.id, event: action.event, args }),
  );
  const confirm = async (): Promise<void> => {
    const result = await act.run(texts);
    if (!result.ok) return;
    notify(
      'success',
      intl.formatMessage({ id: 'farm.offer.sent' }, { action: action.label, title: view.title }),
    );
    onClose();
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={action.label}
      confirmLabel={action.label}
      onConfirm={() => void confirm()}
      mode={action.danger || action.amountMicro !== undefined ? 'hold' : 'click'}
      danger={action.danger}
      busy={act.busy}
      fault={act.fault}
    >
      <Stack gap="sm">
        <Text>{action.explanation}</Text>
        {action.amountMicro === undefined ? null : (
          <Text fw={600}>
            <FormattedMessage
              id="farm.offer.moves"
              values={{ amount: <Money micro={action.amountMicro} /> }}
            />
          </Text>
        )}
        {action.args.map((argument) => (
          <TextInput
            key={argument.name}
            label={argument.label}
            withAsterisk={argument.required}
            value={texts[argument.name] ?? ''}
            maxLength={200}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setTexts((all) => ({ ...all, [argument.name]: value }));
            }}
          />
        ))}
      </Stack>
    </ConfirmDialog>
  );
}
