// What tells of a call while nobody looks at the page: a tone, and a notification where that is wanted. In
// quiet hours there is neither; the card on the page is there all the same.

import { useEffect } from 'react';
import { useIntl } from 'react-intl';
import type { CallView } from '../../../../node-core/api/index.ts';
import { announce, isLookedAt, isQuietNow, NOTICES_DEFAULT, useConsole } from '../../../bridge/index.ts';
import { shorten } from '../../../ui/index.ts';
import { plainLine } from '../text-parts.ts';
import { useRing } from './ring.ts';

export function useCallNotice(ringing: CallView | undefined): void {
  const intl = useIntl();
  const notices = useConsole((state) => state.settings.notices) ?? NOTICES_DEFAULT;
  const { desktop, shows } = notices;
  const isLoud = ringing !== undefined && !isQuietNow(notices);
  useRing(isLoud);
  const call = ringing?.call;
  const kind = ringing?.video === true ? 'video' : 'voice';
  const { id = '', name = '' } = ringing?.peer ?? {};
  const plain = intl.formatMessage({ id: `messages.call.rings.${kind}` });
  const told =
    shows === 'nothing'
      ? plain
      : intl.formatMessage(
          { id: 'messages.call.rings.from' },
          { kind, name: name === '' ? shorten(id) : plainLine(name) },
        );
  useEffect(() => {
    if (!isLoud || !desktop || call === undefined) return undefined;
    if (isLookedAt()) return undefined;
    // Taken back when it rings no more.
    return announce({ tag: call, text: told, plain, path: '/messages', stays: true });
  }, [isLoud, desktop, call, told, plain]);
}
