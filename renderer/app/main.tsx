// Entry: language and theme first, then the shell. Nothing here waits for the core.

import '@mantine/core/styles.css';
import '@fontsource-variable/inter/wght.css';
import './global.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { api, href, parseRoute, queryClient, useConsole } from '../bridge/index.ts';
import { CancelTaskContext } from '../ui/index.ts';
import { App } from './app.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { IntlRoot, type LoadedLocale, loadLocale } from './intl-root.tsx';
import { homeOf, PAGES, type PageEntry, pageOf } from './pages.tsx';
import { reloadAfterUpdate } from './reload-after-update.ts';
import { cssVariables, theme } from './theme.ts';
import { useColorScheme } from './use-color-scheme.ts';

async function cancelTask(id: string): Promise<void> {
  await api.tasks.cancel({ id }).catch(() => undefined);
}

/** Written into the page by the host for each answer; empty in the desktop shell, which needs none. */
function styleNonce(): string {
  return document.querySelector('meta[name="style-nonce"]')?.getAttribute('content') ?? '';
}

declare global {
  interface Window {
    /** Read by the scroll lock inside the dialogs, which adds a style of its own. */
    __webpack_nonce__?: string;
  }
}
window.__webpack_nonce__ = styleNonce();

function Root({ initial }: { initial: LoadedLocale }) {
  const scheme = useColorScheme();
  useEffect(() => {
    // Chinese names appear in any language: their font comes along once the page stands.
    const timer = setTimeout(() => void import('@fontsource-variable/noto-sans-sc/wght.css'), 2_000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      forceColorScheme={scheme}
      getStyleNonce={styleNonce}
    >
      <IntlRoot initial={initial}>
        <QueryClientProvider client={queryClient}>
          <CancelTaskContext value={cancelTask}>
            <ErrorBoundary place="console">
              <App />
            </ErrorBoundary>
          </CancelTaskContext>
        </QueryClientProvider>
      </IntlRoot>
    </MantineProvider>
  );
}

function firstPage(): PageEntry | undefined {
  const { segments } = parseRoute(window.location.hash);
  if (segments.length > 0) return pageOf(segments);
  const { welcomed, role } = useConsole.getState().settings;
  return welcomed ? pageOf(parseRoute(href(homeOf(role))).segments) : PAGES.welcome;
}

async function start(): Promise<void> {
  const container = document.getElementById('root');
  if (container === null) throw new Error('index.html has no #root');
  // The page's own chunk comes along with the language.
  void firstPage()
    ?.preload()
    .catch(() => undefined);
  const initial = await loadLocale(useConsole.getState().settings.locale);
  createRoot(container).render(
    <StrictMode>
      <Root initial={initial} />
    </StrictMode>,
  );
}

reloadAfterUpdate();
void start();
