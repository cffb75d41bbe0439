// The left rail: what this role does most, what everybody has, and the other roles' pages.

import { FormattedMessage, useIntl } from 'react-intl';
import { api, href, useActor, useApiQuery, useConsole, useRoute } from '../bridge/index.ts';
import { type PageEntry, railOf } from './pages.tsx';
import styles from './shell.module.css';

export function Rail() {
  const intl = useIntl();
  const role = useConsole((state) => state.settings.role);
  const { segments } = useRoute();
  const turns = useTurns();
  const unread = useUnread();
  const { main, common, others } = railOf(role);
  const item = (page: PageEntry) => (
    <RailItem
      key={page.id}
      page={page}
      active={segments[0] === page.id}
      badge={page.id === 'orders' ? turns : page.id === 'messages' ? unread : 0}
    />
  );
  return (
    <nav className={styles['rail']} aria-label={intl.formatMessage({ id: 'app.rail' })}>
      <ul>{main.map(item)}</ul>
      <div className={styles['railHeading']}>
        <FormattedMessage id="app.rail.console" />
      </div>
      <ul>{common.map(item)}</ul>
      {others.length === 0 ? null : (
        <>
          <div className={styles['railHeading']}>
            <FormattedMessage id="app.rail.others" />
          </div>
          <ul>{others.map(item)}</ul>
        </>
      )}
    </nav>
  );
}

function RailItem({ page, active, badge }: { page: PageEntry; active: boolean; badge: number }) {
  const intl = useIntl();
  const Icon = page.icon;
  return (
    <li>
      <a
        className={styles['railItem']}
        href={href(page.path)}
        aria-current={active ? 'page' : undefined}
        onPointerEnter={() => void page.preload().catch(() => undefined)}
        title={intl.formatMessage({ id: `app.page.${page.id}` })}
      >
        <Icon size={19} strokeWidth={1.75} aria-hidden />
        <span className={styles['railLabel']}>
          <FormattedMessage id={`app.page.${page.id}`} />
        </span>
        {badge === 0 ? null : (
          <span className={styles['railBadge']}>
            <span aria-hidden>{badge}</span>
            <span className={styles['visuallyHidden']}>
              <FormattedMessage
                id={page.id === 'messages' ? 'app.rail.unread' : 'app.rail.turns'}
                values={{ count: badge }}
              />
            </span>
          </span>
        )}
      </a>
    </li>
  );
}

/** Orders that wait for the acting account. */
function useTurns(): number {
  const actor = useActor()?.address;
  const orders = useApiQuery(
    ['orders', 'list', actor],
    ({ signal }) => api.orders.list({ actor: actor ?? '' }, { signal }),
    { enabled: actor !== undefined },
  );
  return orders.data?.filter((order) => order.yourTurn && !order.final).length ?? 0;
}

/** Messages that the acting account has not read. */
function useUnread(): number {
  const actor = useActor()?.address;
  const messenger = useApiQuery(
    ['messages', 'view', actor],
    ({ signal }) => api.messages.view({ actor: actor ?? '' }, { signal }),
    { enabled: actor !== undefined },
  );
  return messenger.data?.unread ?? 0;
}
