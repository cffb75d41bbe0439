// Tells of new messages: in the corner of the page, and through the browser while the page is not looked at. What a
// notification shows is chosen in the settings; texts are not, unless somebody says so.

import { useEffect, useRef } from 'react';
import { useIntl } from 'react-intl';
import type { ChatCard } from '../../../node-core/api/index.ts';
import {
  api,
  NOTICES_DEFAULT,
  navigate,
  notify,
  useActor,
  useApiQuery,
  useConsole,
  useRoute,
} from '../../bridge/index.ts';
import { shorten } from '../../ui/index.ts';
import { callText } from './calls/call-text.ts';
import { type Heard, heardOf, isQuiet, newsOf } from './news.ts';
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
  const heard = useRef<{ readonly actor: string; readonly chats: Heard }>(undefined);
  useEffect(() => {
    if (chats === undefined || actor === undefined) return;
    const before = heard.current?.actor === actor ? heard.current.chats : undefined;
    heard.current = { actor, chats: heardOf(chats) };
    const isLookedAt = document.visibilityState === 'visible' && document.hasFocus();
    const news = newsOf(before, chats, isLookedAt ? looksAt : undefined);
    const now = new Date();
    if (news.length === 0 || isQuiet(notices.quiet, now.getHours() * 60 + now.getMinutes())) return;
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
            : intl.formatMessage({ id: 'messages.news' });
      if (notices.desktop && !isLookedAt) announce(told, chat);
      if (notices.page) notify('info', told);
    }
  }, [chats, actor, looksAt, notices, intl]);
  return null;
}

/** By the browser, where it was allowed to. One of a chat takes the place of the one before. */
function announce(told: string, chat: ChatCard): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const notification = new Notification('DIPNET Console', { body: told, tag: chat.id });
  notification.onclick = () => {
    window.focus();
    navigate(`/messages/${encodeURIComponent(chat.id)}`);
    notification.close();
  };
}
