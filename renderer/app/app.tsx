// Which page is shown: the first-run question, or a page inside the shell. A broken page never takes the shell along.

import { lazy, Suspense, useEffect, useState } from 'react';
import { useIntl } from 'react-intl';
import type { Role } from '../../node-core/api/index.ts';
import { faultOf, navigate, notifyFault, saveSettings, useConsole, useRoute } from '../bridge/index.ts';
import { EmptyState, PageDetailContext } from '../ui/index.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { LinkPage } from './link-page.tsx';
import { Notices } from './notices.tsx';
import { PageSkeleton } from './page-skeleton.tsx';
import { homeOf, PAGES, pageOf, roleOf } from './pages.tsx';
import { Shell } from './shell.tsx';

// Calls ring on every page; their code is not in the way of the first one.
const CallLayer = lazy(async () => ({
  default: (await import('../features/messages/calls/index.ts')).CallLayer,
}));

export function App() {
  const route = useRoute();
  const { welcomed, role } = useConsole((state) => state.settings);
  const settingsLoaded = useConsole((state) => state.settingsLoaded);
  const atRoot = route.segments.length === 0;
  const showWelcome = route.segments[0] === 'welcome' || (atRoot && settingsLoaded && !welcomed);

  useEffect(() => {
    if (atRoot && welcomed) navigate(homeOf(role), { replace: true });
  }, [atRoot, welcomed, role]);

  const pageRole = roleOfRoute(route.segments);
  useEffect(() => {
    if (pageRole === undefined || pageRole === role || !settingsLoaded) return;
    saveSettings({ role: pageRole }).catch((error: unknown) => notifyFault('error', faultOf(error)));
  }, [pageRole, role, settingsLoaded]);

  const Welcome = PAGES.welcome.Page;
  const name = useIntl().formatMessage({ id: 'app.name' });
  useEffect(() => {
    if (!showWelcome) return undefined;
    document.title = name;
    // The keyboard goes on where the first question led to.
    return () => queueMicrotask(() => document.getElementById('main')?.focus({ preventScroll: true }));
  }, [showWelcome, name]);
  if (showWelcome) {
    return (
      <ErrorBoundary key="welcome" place="/welcome">
        <Suspense fallback={null}>
          <Welcome />
        </Suspense>
      </ErrorBoundary>
    );
  }
  return (
    <>
      <Shell>
        <CurrentPage />
      </Shell>
      <Notices />
      <ErrorBoundary place="calls">
        <Suspense fallback={null}>
          <CallLayer />
        </Suspense>
      </ErrorBoundary>
    </>
  );
}

function roleOfRoute(segments: readonly string[]): Role | undefined {
  const page = pageOf(segments);
  return page === undefined ? undefined : roleOf(page.id);
}

function CurrentPage() {
  const intl = useIntl();
  const route = useRoute();
  const page = pageOf(route.segments);
  const isLink = route.segments[0] === 'link';
  const name = isLink ? 'app.page.link' : page === undefined ? undefined : `app.page.${page.id}`;
  const title = name === undefined ? undefined : intl.formatMessage({ id: name });
  const [detail, setDetail] = useState<string>();
  useEffect(() => {
    document.title =
      title === undefined
        ? intl.formatMessage({ id: 'app.name' })
        : intl.formatMessage(
            { id: detail === undefined ? 'app.title' : 'app.title.detail' },
            { page: title, detail },
          );
  }, [title, detail, intl]);
  if (route.segments.length === 0) return <PageSkeleton />;
  if (isLink) return <LinkPage />;
  if (page === undefined) {
    return (
      <EmptyState
        page
        title={intl.formatMessage({ id: 'app.notFound.title' })}
        text={intl.formatMessage({ id: 'app.notFound.text' })}
        action={<a href="#/">{intl.formatMessage({ id: 'app.notFound.action' })}</a>}
      />
    );
  }
  const { Page } = page;
  return (
    <ErrorBoundary key={page.id} place={route.path}>
      <Suspense fallback={<PageSkeleton />}>
        <PageDetailContext value={setDetail}>
          <Page />
        </PageDetailContext>
      </Suspense>
    </ErrorBoundary>
  );
}
