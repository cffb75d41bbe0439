// Values as text: money, times, durations, masses. Exact, localised, with figures of equal width.

import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useIntl } from 'react-intl';
import { formatAmount, formatDuration, formatMass, relativeParts } from './format.ts';
import styles from './ui.module.css';

export function Money(props: { micro: bigint; token?: string | undefined; signed?: boolean | undefined }) {
  const { locale } = useIntl();
  const { micro, token = 'DPN', signed = false } = props;
  const positive = signed && micro > 0n;
  return (
    <span className={`${styles['number']} ${positive ? styles['positive'] : ''}`}>
      {formatAmount(micro, locale, { signed })}{' '}
      <span className={styles['unit']} translate="no">
        {token}
      </span>
    </span>
  );
}

const RELATIVE_TICK_MS = 15_000;
const CLOCK_SLACK_S = 5;

/** A point in time, Unix seconds: absolute with its zone, or relative with the absolute one as a tooltip. */
export function TimeText(props: { timeS: number; relative?: boolean | undefined }) {
  const intl = useIntl();
  const { timeS, relative = false } = props;
  const date = new Date(timeS * 1000);
  const absolute = intl.formatDate(date, { dateStyle: 'medium', timeStyle: 'short' });
  if (!relative) {
    return (
      <time dateTime={date.toISOString()} className={styles['number']}>
        {absolute}
      </time>
    );
  }
  const zoned = intl.formatDate(date, { dateStyle: 'full', timeStyle: 'long' });
  return (
    <Tooltip label={zoned} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={date.toISOString()} className={styles['number']}>
        <RelativeTime timeS={timeS} />
      </time>
    </Tooltip>
  );
}

function RelativeTime({ timeS }: { timeS: number }) {
  const intl = useIntl();
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), RELATIVE_TICK_MS);
    return () => clearInterval(timer);
  }, []);
  // The clocks of page and core may differ by a little: what just happened does not lie ahead.
  const differenceS = timeS - Date.now() / 1000;
  const { value, unit } = relativeParts(Math.abs(differenceS) < CLOCK_SLACK_S ? -CLOCK_SLACK_S : differenceS);
  if (unit === 'second') return intl.formatMessage({ id: value < 0 ? 'ui.time.justNow' : 'ui.time.soon' });
  return intl.formatRelativeTime(value, unit, { numeric: 'auto' });
}

export function Duration({ seconds }: { seconds: number }) {
  const { locale } = useIntl();
  return <span className={styles['number']}>{formatDuration(seconds, locale)}</span>;
}

export function Mass({ milligrams }: { milligrams: number }) {
  const { locale } = useIntl();
  return <span className={styles['number']}>{formatMass(milligrams, locale)}</span>;
}
