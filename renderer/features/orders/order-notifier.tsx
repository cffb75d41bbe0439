// Tells of orders while the page is not looked at: one that waits for the person now, and one that came to its end. On the
// page itself the number beside the orders says it.

import { useEffect, useRef } from 'react';
import { useIntl } from 'react-intl';
import {
  announce,
  api,
  isLookedAt,
  isQuietNow,
  NOTICES_DEFAULT,
  useActor,
  useApiQuery,
  useConsole,
} from '../../bridge/index.ts';
import { type Known, knownOf, newsOfOrders } from './order-news.ts';

export function OrderNotifier() {
  const intl = useIntl();
  const actor = useActor()?.address;
  const locale = useConsole((state) => state.settings.locale);
  const notices = useConsole((state) => state.settings.notices) ?? NOTICES_DEFAULT;
  const orders = useApiQuery(
    ['orders', 'list', actor, locale],
    ({ signal }) => api.orders.list({ actor: actor ?? '', locale }, { signal }),
    { enabled: actor !== undefined && notices.desktop },
  ).data;
  const known = useRef<{ readonly actor: string; readonly orders: Known }>(undefined);
  useEffect(() => {
    if (orders === undefined || actor === undefined) return;
    const before = known.current?.actor === actor ? known.current.orders : undefined;
    known.current = { actor, orders: knownOf(orders) };
    if (!notices.desktop || isLookedAt() || isQuietNow(notices)) return;
    const plain = intl.formatMessage({ id: 'orders.news' });
    for (const { id, title, stateLabel, final } of newsOfOrders(before, orders)) {
      const named = intl.formatMessage(
        { id: final ? 'orders.news.ended' : 'orders.news.turn' },
        { title: title, state: stateLabel },
      );
      announce({ tag: id, text: notices.shows === 'nothing' ? plain : named, plain, path: `/orders/${id}` });
    }
  }, [orders, actor, notices, intl]);
  return null;
}
