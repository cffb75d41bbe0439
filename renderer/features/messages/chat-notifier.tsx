// Tells of new messages: in the corner of the page, through the system while the page is not looked at, and as a number
// at the icon. What a notification shows is chosen in the settings; texts are not, unless somebody says so.

import { useEffect, useRef } from 'react';
import { useIntl } from 'react-intl';
import {
  announce,
  api,
  isLookedAt,
  isQuietNow,
  NOTICES_DEFAULT,
  notify,
  showBadge,
  useActor,
  useApiQuery,
  useConsole,
  useRoute,
} from '../../bridge/index.ts';
import { shorten } from '../../ui/index.ts';
import { callText } from './calls/call-text.ts';
import { type Heard, heardOf, newsOf, unreadOf } from './news.ts';
import { plainLine } from './text-parts.ts';

/** Characters of a text in a notification. */
const TEXT_CHARS_MAX = 120;

export function ChatNotifier() {
  const intl = useIntl();
  const actor = useActor()?.address;
  const notices = useConsole((state) => state.settings.notices) ?? NOTICES_DEFAULT;
  const { segments } = useRoute();
  const looksAt = segments[0] === 'messages' ? segments[1] : undefined;
  const chats = useApiQuery(
    ['messages', 'chats', actor],
    ({ signal }) => api.messages.chats({ actor: actor ?? '' }, { signal }),
    { enabled: actor !== undefined },
  ).data;
  const waiting = chats === undefined ? undefined : unreadOf(chats);
  useEffect(() => {
    if (waiting !== undefined) showBadge(waiting);
  }, [waiting]);
  const heard = useRef<{ readonly actor: string; readonly chats: Heard }>(undefined);
  useEffect(() => {
    if (chats === undefined || actor === undefined) return;
    const before = heard.current?.actor === actor ? heard.current.chats : undefined;
    heard.current = { actor, chats: heardOf(chats) };
    const looked = isLookedAt();
    const news = newsOf(before, chats, looked ? looksAt : undefined);
    if (news.length === 0 || isQuietNow(notices)) return;
    const plain = intl.formatMessage({ id: 'messages.news' });
    for (const chat of news) {
      const name = chat.title === '' ? shorten(chat.id.slice(2)) : plainLine(chat.title);
      const { call, text = '' } = chat.last ?? {};
      const said = call === undefined ? plainLine(text.slice(0, TEXT_CHARS_MAX)) : callText(intl, call);
      const told =
        // That somebody called is no more than from whom there is news.
        notices.shows === 'text' || (call !== undefined && notices.shows === 'name')
          ? intl.formatMessage({ id: 'messages.news.text' }, { name, text: said })
          : notices.shows === 'name'
            ? intl.formatMessage({ id: 'messages.news.name' }, { name })
            : plain;
      const path = `/messages/${encodeURIComponent(chat.id)}`;
      if (notices.desktop && !looked) announce({ tag: chat.id, text: told, plain, path });
      if (notices.page) notify('info', told);
    }
  }, [chats, actor, looksAt, notices, intl]);
  return null;
}
