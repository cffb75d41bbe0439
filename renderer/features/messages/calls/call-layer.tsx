// Calls, above whatever page is open: what rings, the call that is going on, and how it ended. Nothing here takes the
// keyboard away from somebody who writes: a call is answered by its buttons or by their keys.

import { Button, Text } from '@mantine/core';
import { Phone, PhoneOff, Video } from 'lucide-react';
import { useEffect, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { CallsView, CallView, EndedCallView } from '../../../../node-core/api/index.ts';
import { api, useAccounts, useApiQuery } from '../../../bridge/index.ts';
import { Identicon, shorten } from '../../../ui/index.ts';
import { useCallNotice } from './call-notice.ts';
import { CallPanel } from './call-panel.tsx';
import { callText } from './call-text.ts';
import styles from './calls.module.css';
import { acceptCall, endCall, followSeat, forgetRefusal, SEAT, settleEnded, useCalls } from './calls.ts';

const NOTHING: CallsView = { calls: [], ended: [] };

export function CallLayer() {
  const intl = useIntl();
  const view = useApiQuery(['calls', 'view'], ({ signal }) => api.calls.view(undefined, { signal }));
  const { calls, ended } = view.data ?? NOTHING;
  useEffect(() => {
    const stop = new AbortController();
    void followSeat(stop.signal);
    return () => stop.abort();
  }, []);
  useEffect(() => settleEnded(ended), [ended]);
  const ringing = calls.filter(({ phase }) => phase === 'ringing');
  const mine = calls.find(({ seat, phase }) => seat === SEAT && phase !== 'ringing');
  const others = calls.filter((call) => call !== mine && call.phase !== 'ringing');
  useCallNotice(mine === undefined ? ringing[0] : undefined);
  useKeys(ringing[0], mine);
  return (
    <section className={styles['layer']} aria-label={intl.formatMessage({ id: 'messages.call' })}>
      <Refusal />
      {ringing.map((call) => (
        <Ringing key={call.call} call={call} />
      ))}
      {others.map((call) => (
        <Elsewhere key={call.call} call={call} />
      ))}
      {mine === undefined ? null : <CallPanel key={mine.actor} call={mine} />}
      {view.data === undefined ? null : <Ended ended={ended} />}
    </section>
  );
}

export const nameOf = ({ id, name }: CallView['peer']): string => (name === '' ? shorten(id) : name);

/** The keys of the buttons: Alt and Shift with A to answer, with X to decline or hang up. */
function useKeys(ringing: CallView | undefined, mine: CallView | undefined): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey || event.repeat) return;
      const target = ringing ?? mine;
      if (event.code === 'KeyA' && ringing !== undefined) void acceptCall(ringing, false);
      else if (event.code === 'KeyX' && target !== undefined) endCall(target);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [ringing, mine]);
}

function Ringing({ call }: { call: CallView }) {
  const isOpening = useCalls((state) => state.isOpening);
  const isBusy = useCalls((state) => state.media !== undefined);
  const accounts = useAccounts();
  const name = nameOf(call.peer);
  return (
    <article className={styles['card']} data-live aria-label={name}>
      <div className={styles['who']} role="alert">
        <Identicon address={call.peer.id} size={40} />
        <div className={styles['whoText']}>
          <span className={styles['name']} dir="auto">
            {name}
          </span>
          <Text size="sm" c="dimmed">
            <FormattedMessage id={call.video ? 'messages.call.rings.video' : 'messages.call.rings.voice'} />
            {(accounts.data?.length ?? 0) > 1 ? (
              <>
                {' · '}
                <FormattedMessage id="messages.call.for" values={{ name: call.actorName }} />
              </>
            ) : null}
          </Text>
        </div>
      </div>
      <div className={styles['actions']}>
        {call.video ? (
          <Button
            size="xs"
            loading={isOpening}
            disabled={isBusy}
            leftSection={<Video size={15} aria-hidden />}
            onClick={() => void acceptCall(call, true)}
          >
            <FormattedMessage id="messages.call.accept.video" />
          </Button>
        ) : null}
        <Button
          size="xs"
          variant={call.video ? 'default' : 'filled'}
          loading={isOpening}
          disabled={isBusy}
          leftSection={<Phone size={15} aria-hidden />}
          aria-keyshortcuts="Alt+Shift+A"
          onClick={() => void acceptCall(call, false)}
        >
          <FormattedMessage id={call.video ? 'messages.call.accept.voice' : 'messages.call.accept'} />
        </Button>
        <Button
          size="xs"
          color="red"
          leftSection={<PhoneOff size={15} aria-hidden />}
          aria-keyshortcuts="Alt+Shift+X"
          onClick={() => endCall(call)}
        >
          <FormattedMessage id="messages.call.decline" />
        </Button>
      </div>
    </article>
  );
}

/** A call whose sound and picture are in another window of this console. */
function Elsewhere({ call }: { call: CallView }) {
  return (
    <article className={styles['card']}>
      <div className={styles['who']}>
        <Identicon address={call.peer.id} size={32} />
        <div className={styles['whoText']}>
          <span className={styles['name']} dir="auto">
            {nameOf(call.peer)}
          </span>
          <Text size="sm" c="dimmed">
            <FormattedMessage id="messages.call.elsewhere" />
          </Text>
        </div>
      </div>
      <div className={styles['actions']}>
        <Button
          size="xs"
          color="red"
          leftSection={<PhoneOff size={15} aria-hidden />}
          onClick={() => endCall(call)}
        >
          <FormattedMessage id="messages.call.end" />
        </Button>
      </div>
    </article>
  );
}

function Refusal() {
  const refusal = useCalls((state) => state.refusal);
  if (refusal === undefined) return null;
  return (
    <article className={styles['card']}>
      <Text size="sm" role="alert">
        <FormattedMessage id={`messages.call.refusal.${refusal}`} />
      </Text>
      <div className={styles['actions']}>
        <Button size="xs" variant="default" onClick={forgetRefusal}>
          <FormattedMessage id="ui.close" />
        </Button>
      </div>
    </article>
  );
}

const SHOWN_MS = 6_000;

/** How the last call ended, for a moment: of calls that ended while this window was looking. */
function Ended({ ended }: { ended: readonly EndedCallView[] }) {
  const intl = useIntl();
  const [known] = useState(() => new Set(ended.map(({ call }) => call)));
  const [shown, setShown] = useState<EndedCallView | undefined>(undefined);
  useEffect(() => {
    const fresh = ended.find(({ call }) => !known.has(call));
    for (const { call } of ended) known.add(call);
    if (fresh !== undefined) setShown(fresh);
  }, [ended, known]);
  useEffect(() => {
    if (shown === undefined) return undefined;
    const timer = setTimeout(() => setShown(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div role="status">
      {shown === undefined ? null : (
        <article className={styles['card']}>
          <div className={styles['who']}>
            <PhoneOff size={18} aria-hidden />
            <div className={styles['whoText']}>
              <span className={styles['name']} dir="auto">
                {nameOf(shown.peer)}
              </span>
              <Text size="sm" c="dimmed">
                {callText(intl, shown)}
              </Text>
            </div>
          </div>
        </article>
      )}
    </div>
  );
}
