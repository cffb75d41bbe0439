// What tells of a call while nobody looks at the page: a tone, and a notification of the browser where it was allowed. In
// quiet hours there is neither; the card on the page is there all the same.

import { useEffect } from 'react';
import { useIntl } from 'react-intl';
import type { CallView } from '../../../../node-core/api/index.ts';
import { NOTICES_DEFAULT, useConsole } from '../../../bridge/index.ts';
import { shorten } from '../../../ui/index.ts';
import { isQuiet } from '../news.ts';
import { plainLine } from '../text-parts.ts';
import { useRing } from './ring.ts';

export function useCallNotice(ringing: CallView | undefined): void {
  const intl = useIntl();
  const { desktop, shows, quiet } = useConsole((state) => state.settings.notices) ?? NOTICES_DEFAULT;
  const now = new Date();
  const isLoud = ringing !== undefined && !isQuiet(quiet, now.getHours() * 60 + now.getMinutes());
  useRing(isLoud);
  const call = ringing?.call;
  const kind = ringing?.video === true ? 'video' : 'voice';
  const { id = '', name = '' } = ringing?.peer ?? {};
  const told =
    shows === 'nothing'
      ? intl.formatMessage({ id: `messages.call.rings.${kind}` })
      : intl.formatMessage(
          { id: 'messages.call.rings.from' },
          { kind, name: name === '' ? shorten(id) : plainLine(name) },
        );
  useEffect(() => {
    if (!isLoud || !desktop || call === undefined) return undefined;
    if (document.visibilityState === 'visible' && document.hasFocus()) return undefined;
    if (!('Notification' in window) || Notification.permission !== 'granted') return undefined;
    const notification = new Notification('DIPNET Console', {
      body: told,
      tag: call,
      requireInteraction: true,
    });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
    // It rings no more.
    return () => notification.close();
  }, [isLoud, desktop, call, told]);
}
