// What the person should know on every page: the demo world, a lost connection with the age of what is shown.

import { Button } from '@mantine/core';
import { FlaskConical, LogIn, Unplug } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import { pageFault, reconnect, useConsole, useNowMs } from '../bridge/index.ts';
import { Duration, faultText } from '../ui/index.ts';
import styles from './shell.module.css';

export function Banners() {
  const connection = useConsole((state) => state.connection);
  const demo = useConsole((state) => state.status?.demo === true);
  return (
    <>
      {connection === 'lost' ? <LostBanner /> : null}
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
