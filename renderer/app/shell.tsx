// The frame around every page: rail by role, role switcher, search, banners, status bar.

import { ActionIcon, Kbd, SegmentedControl, Tooltip, UnstyledButton } from '@mantine/core';
import { Moon, Search, Sun } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { Role } from '../../node-core/api/index.ts';
import {
  faultOf,
  href,
  navigate,
  notifyFault,
  saveSettings,
  useActor,
  useConsole,
  useRoute,
} from '../bridge/index.ts';
import { Identicon } from '../ui/index.ts';
import { Banners } from './banners.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { homeOf, PAGES, pageOf, roleOf } from './pages.tsx';
import { Rail } from './rail.tsx';
import styles from './shell.module.css';
import { StatusBar } from './status-bar.tsx';
import { useColorScheme } from './use-color-scheme.ts';
import { useKeptFocus } from './use-kept-focus.ts';
import { isApple, useShortcuts } from './use-shortcuts.ts';

const SearchDialog = lazy(async () => ({ default: (await import('./search-dialog.tsx')).SearchDialog }));
const ShortcutsDialog = lazy(async () => ({
  default: (await import('./shortcuts-dialog.tsx')).ShortcutsDialog,
}));

const ChatNotifier = lazy(async () => ({
  default: (await import('../features/messages/index.ts')).ChatNotifier,
}));

const OrderNotifier = lazy(async () => ({
  default: (await import('../features/orders/order-notifier.tsx')).OrderNotifier,
}));

type Dialog = 'none' | 'search' | 'shortcuts';

export function Shell({ children }: { children: ReactNode }) {
  const [dialog, setDialog] = useState<Dialog>('none');
  const close = useCallback(() => setDialog('none'), []);
  const main = useRef<HTMLElement>(null);
  useFocusOnNavigation(main);
  useKeptFocus(main);
  usePreloadedPages();
  useShortcuts({
    onSearch: useCallback(() => setDialog('search'), []),
    onHelp: useCallback(() => setDialog('shortcuts'), []),
  });
  return (
    <div className={styles['shell']}>
      <button type="button" className={styles['skip']} onClick={() => main.current?.focus()}>
        <FormattedMessage id="app.skip" />
      </button>
      <Header onSearch={() => setDialog('search')} />
      <Rail />
      <main className={styles['main']} ref={main} tabIndex={-1} id="main">
        <Banners />
        <div className={styles['page']}>{children}</div>
      </main>
      <StatusBar onHelp={() => setDialog('shortcuts')} />
      <ErrorBoundary place="notices">
        <Suspense fallback={null}>
          <ChatNotifier />
          <OrderNotifier />
        </Suspense>
      </ErrorBoundary>
      <ErrorBoundary place={dialog}>
        <Suspense fallback={null}>
          {dialog === 'search' ? <SearchDialog onClose={close} /> : null}
          {dialog === 'shortcuts' ? <ShortcutsDialog onClose={close} /> : null}
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}

/** After going to another page, the keyboard and the screen reader start at its top. */
function useFocusOnNavigation(main: { readonly current: HTMLElement | null }): void {
  const { path } = useRoute();
  const previous = useRef(path);
  useEffect(() => {
    const before = previous.current;
    previous.current = path;
    if (before === path || before === '/') return;
    main.current?.scrollTo({ top: 0 });
    main.current?.focus({ preventScroll: true });
  }, [path, main]);
}

const PRELOAD_AFTER_MS = 1_500;

function usePreloadedPages(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const page of Object.values(PAGES)) void page.preload().catch(() => undefined);
    }, PRELOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
}

function Header({ onSearch }: { onSearch: () => void }) {
  const intl = useIntl();
  return (
    <header className={styles['header']}>
      <a className={styles['brand']} href={href('/')} aria-label={intl.formatMessage({ id: 'app.home' })}>
        <img src="./icon.svg" width={28} height={28} alt="" />
        <span className={styles['brandName']} translate="no">
          DIPNET
        </span>
      </a>
      <RoleSwitcher />
      <UnstyledButton className={styles['search']} onClick={onSearch} aria-keyshortcuts="Control+K Meta+K">
        <Search size={16} aria-hidden />
        <span className={styles['searchText']}>
          <FormattedMessage id="app.search.open" />
        </span>
        <Kbd size="xs" translate="no" className={styles['searchKey'] ?? ''}>
          {isApple() ? '⌘ K' : 'Ctrl K'}
        </Kbd>
      </UnstyledButton>
      <div className={styles['headerEnd']}>
        <ThemeButton />
        <AccountLink />
      </div>
    </header>
  );
}

const ROLES: readonly Role[] = ['designer', 'owner', 'buyer'];

function RoleSwitcher() {
  const intl = useIntl();
  const role = useConsole((state) => state.settings.role);
  const { segments } = useRoute();
  const change = (value: string): void => {
    const next = ROLES.find((known) => known === value);
    if (next === undefined) return;
    // A page of the old role's own makes room for the new role's; shared pages stay.
    const page = pageOf(segments)?.id;
    if (page !== undefined && roleOf(page) !== undefined) navigate(homeOf(next));
    saveSettings({ role: next }).catch((error: unknown) => notifyFault('error', faultOf(error)));
  };
  return (
    <SegmentedControl
      className={styles['roles'] ?? ''}
      aria-label={intl.formatMessage({ id: 'app.role' })}
      value={role}
      onChange={change}
      data={ROLES.map((value) => ({ value, label: intl.formatMessage({ id: `app.role.${value}` }) }))}
    />
  );
}

function ThemeButton() {
  const intl = useIntl();
  const scheme = useColorScheme();
  const next = scheme === 'dark' ? 'light' : 'dark';
  const label = intl.formatMessage({ id: `app.theme.to.${next}` });
  return (
    <Tooltip label={label}>
      <ActionIcon
        aria-label={label}
        onClick={() => {
          saveSettings({ theme: next }).catch((error: unknown) => notifyFault('error', faultOf(error)));
        }}
      >
        {scheme === 'dark' ? <Sun size={18} aria-hidden /> : <Moon size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

function AccountLink() {
  const intl = useIntl();
  const actor = useActor();
  if (actor === undefined) return <span className={styles['accountPlaceholder']} />;
  return (
    <a
      className={styles['account']}
      href={href('/wallet')}
      aria-label={intl.formatMessage({ id: 'app.account' }, { name: actor.name })}
    >
      <Identicon address={actor.address} size={26} />
      <span className={styles['accountName']} translate="no">
        {actor.name}
      </span>
    </a>
  );
}
