// What the person should know on every page: the demo world, a lost connection, a network that cannot be reached or
// believed, each with the age of what is shown.

import { Button } from '@mantine/core';
import { CloudOff, FlaskConical, Hourglass, LogIn, ShieldAlert, Unplug } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { StaleView } from '../../node-core/api/index.ts';
import { href, pageFault, reconnect, useConsole, useNowMs } from '../bridge/index.ts';
import { Duration, faultText } from '../ui/index.ts';
import styles from './shell.module.css';

export function Banners() {
  const connection = useConsole((state) => state.connection);
  const demo = useConsole((state) => state.status?.demo === true);
  const stale = useConsole((state) => state.status?.stale ?? null);
  return (
    <>
      {connection === 'lost' ? <LostBanner /> : stale === null ? null : <StaleBanner stale={stale} />}
      {demo ? (
        <div className={styles['demo']} role="note">
          <FlaskConical size={15} aria-hidden />
          <strong>
            <FormattedMessage id="app.demo.title" />
          </strong>
          <span>
            <FormattedMessage id="app.demo.text" />
          </span>
        </div>
      ) : null}
    </>
  );
}

const STALE_ICONS = { late: Hourglass, offline: CloudOff, expired: Hourglass, halted: ShieldAlert } as const;

/** Pages show what was verified before: at which block, how old that is, and what of it is older still. */
function StaleBanner({ stale: { reason, newest, oldest } }: { stale: StaleView }) {
  const nowS = useNowMs(10_000) / 1000;
  const Icon = STALE_ICONS[reason];
  const place = ({ height, timeS }: { height: number; timeS: number }) => ({
    height,
    age: <Duration seconds={Math.max(0, nowS - timeS)} />,
  });
  const isOlder = newest !== null && oldest !== null && oldest.height < newest.height - 1;
  return (
    <div
      className={styles['stale']}
      data-reason={reason}
      role={reason === 'offline' || reason === 'late' ? 'status' : 'alert'}
    >
      <Icon size={17} aria-hidden />
      <div>
        <strong>
          <FormattedMessage id={`app.stale.${reason}`} />
        </strong>{' '}
        {newest === null ? (
          <FormattedMessage id="app.stale.nothing" />
        ) : (
          <FormattedMessage id="app.stale.verified" values={place(newest)} />
        )}{' '}
        {isOlder ? <FormattedMessage id="app.stale.oldest" values={place(oldest)} /> : null}
      </div>
      <a className={styles['staleLink']} href={href('/network')}>
        <FormattedMessage id="app.stale.more" />
      </a>
    </div>
  );
}

function LostBanner() {
  const intl = useIntl();
  const signedOut = useConsole((state) => state.signedOut);
  const lastContactMs = useConsole((state) => state.lastContactMs);
  const nowMs = useNowMs(1_000);
  if (signedOut) {
    const { message, next } = faultText(intl, pageFault('console.session.ended'));
    return (
      <div className={styles['lost']} role="alert">
        <LogIn size={17} aria-hidden />
        <div>
          <strong>{message}</strong> {next}
        </div>
      </div>
    );
  }
  return (
    <div className={styles['lost']} role="status">
      <Unplug size={17} aria-hidden />
      <div>
        {lastContactMs === undefined ? (
          <FormattedMessage id="app.lost.never" />
        ) : (
          <FormattedMessage
            id="app.lost.since"
            values={{ age: <Duration seconds={Math.max(0, (nowMs - lastContactMs) / 1000)} /> }}
          />
        )}
      </div>
      <Button size="compact-sm" variant="default" onClick={reconnect}>
        <FormattedMessage id="app.lost.retry" />
      </Button>
    </div>
  );
}
