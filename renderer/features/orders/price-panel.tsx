// The price, line by line, with the rate behind each line; and the work of finding it.

import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { Info, RotateCcw } from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { QuoteView } from '../../../node-core/api/index.ts';
import { Duration, FaultNotice, Hash, Mass, Money, TaskProgress, TimeText } from '../../ui/index.ts';
import styles from './orders.module.css';
import type { LivePrice } from './use-quote.ts';

type Line = QuoteView['lines'][number];

export function PricePanel({ price }: { price: LivePrice }) {
  const { quote, former, task, fault } = price;
  const working = quote === undefined && fault === undefined && !price.stopped;
  return (
    <section className={styles['panel']} aria-labelledby="price" aria-busy={working}>
      <Group justify="space-between" align="baseline" mb="xs">
        <Title order={2} id="price">
          <FormattedMessage id="orders.price" />
        </Title>
        <span className={styles['total']} data-stale={quote === undefined} aria-live="polite">
          {former === undefined ? <Skeleton width={120} height={30} /> : <Money micro={former.totalMicro} />}
        </span>
      </Group>
      {fault === undefined ? null : <FaultNotice fault={fault} onRetry={price.retry} />}
      {working ? (
        task === undefined ? (
          <Text size="sm" c="dimmed">
            <FormattedMessage id="orders.price.soon" />
          </Text>
        ) : (
          <Stack gap={4}>
            <TaskProgress task={task} />
            <Text size="xs" c="dimmed">
              <FormattedMessage id="orders.price.why" />
            </Text>
          </Stack>
        )
      ) : null}
      {price.stopped ? (
        <Group gap="sm">
          <Text size="sm" c="dimmed">
            <FormattedMessage id="orders.price.stopped" />
          </Text>
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<RotateCcw size={14} />}
            onClick={price.retry}
          >
            <FormattedMessage id="orders.price.again" />
          </Button>
        </Group>
      ) : null}
      {quote === undefined ? null : <Breakdown quote={quote} />}
    </section>
  );
}

/** Rates and lines of a quote; also shown on an order's page. */
export function Breakdown({ quote, valid = true }: { quote: QuoteView; valid?: boolean }) {
  const intl = useIntl();
  return (
    <Stack gap="sm">
      <Group gap="lg" className={styles['facts'] ?? ''}>
        <span>
          <FormattedMessage
            id="orders.fact.time"
            values={{ time: <Duration seconds={quote.secondsPerCopy} /> }}
          />
        </span>
        <span>
          <FormattedMessage
            id="orders.fact.mass"
            values={{ mass: <Mass milligrams={quote.milligramsPerCopy} /> }}
          />
        </span>
        <span>
          <FormattedMessage id="orders.fact.layers" values={{ layers: quote.layers }} />
        </span>
      </Group>
      {quote.warnings.map((warning) => (
        <Alert
          key={warning.code}
          color="yellow"
          icon={<Info size={16} aria-hidden />}
          title={warning.message}
          p="xs"
        >
          {warning.next}
        </Alert>
      ))}
      <table className={styles['lines']}>
        <caption hidden>{intl.formatMessage({ id: 'orders.price.lines' })}</caption>
        <tbody>
          {quote.lines.map((line) => (
            <tr key={line.code}>
              <th scope="row">
                <FormattedMessage id={`orders.line.${line.code}`} />
                <span className={styles['rate']}>
                  <Rate line={line} />
                </span>
              </th>
              <td>
                <Money micro={line.amountMicro} />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              <FormattedMessage id="orders.line.total" values={{ quantity: quote.quantity }} />
            </th>
            <td>
              <Money micro={quote.totalMicro} />
            </td>
          </tr>
        </tfoot>
      </table>
      <details className={styles['why']}>
        <summary>
          <FormattedMessage id="orders.why" />
        </summary>
        <Text size="sm">
          <FormattedMessage
            id="orders.why.text"
            values={{ slicer: quote.slicer, machine: quote.machineName }}
          />
        </Text>
        <Group gap={6} mt={4}>
          <Text size="xs" c="dimmed">
            <FormattedMessage id="orders.why.gcode" />
          </Text>
          <Hash value={quote.gcodeHash} />
        </Group>
      </details>
      {valid ? (
        <Text size="xs" c="dimmed">
          <FormattedMessage
            id="orders.price.valid"
            values={{ time: <TimeText timeS={quote.validUntilS} /> }}
          />
        </Text>
      ) : null}
    </Stack>
  );
}

function Rate({ line }: { line: Line }) {
  const rate = <Money micro={line.rateMicro} />;
  switch (line.unit) {
    case 'second':
      return (
        <FormattedMessage
          id="orders.rate.second"
          values={{ time: <Duration seconds={line.count} />, rate }}
        />
      );
    case 'milligram':
      return (
        <FormattedMessage
          id="orders.rate.milligram"
          values={{ mass: <Mass milligrams={line.count} />, rate }}
        />
      );
    case 'job':
      return <FormattedMessage id="orders.rate.job" values={{ count: line.count, rate }} />;
    case 'copy':
      return <FormattedMessage id="orders.rate.copy" values={{ count: line.count, rate }} />;
    case 'basis-point':
      return (
        <FormattedMessage
          id="orders.rate.share"
          values={{
            percent: (
              <FormattedNumber value={line.count / 10_000} style="percent" maximumFractionDigits={2} />
            ),
          }}
        />
      );
  }
}
