// Language of the page: loads the chosen one's messages, keeps showing the old one until they are there.

import { type ReactNode, useEffect, useState } from 'react';
import { IntlProvider } from 'react-intl';
import { type Locale, useConsole } from '../bridge/index.ts';
import type { Messages } from './messages/merge.ts';
import { regionalLocale } from './regional-locale.ts';

const LOADERS: Record<Locale, () => Promise<{ messages: Messages }>> = {
  en: () => import('./messages/en.ts'),
  'zh-Hans': () => import('./messages/zh-hans.ts'),
};

export type LoadedLocale = { readonly locale: Locale; readonly messages: Messages };

export async function loadLocale(locale: Locale): Promise<LoadedLocale> {
  return { locale, messages: (await LOADERS[locale]()).messages };
}

export function IntlRoot({ initial, children }: { initial: LoadedLocale; children: ReactNode }) {
  const wanted = useConsole((state) => state.settings.locale);
  const [loaded, setLoaded] = useState(initial);
  useEffect(() => {
    let current = true;
    if (wanted !== loaded.locale) {
      loadLocale(wanted).then(
        (next) => current && setLoaded(next),
        () => undefined,
      );
    }
    return () => {
      current = false;
    };
  }, [wanted, loaded.locale]);
  useEffect(() => {
    document.documentElement.lang = loaded.locale;
  }, [loaded.locale]);
  return (
    <IntlProvider
      locale={regionalLocale(loaded.locale, navigator.languages)}
      messages={loaded.messages}
      onError={reportMessage}
    >
      {children}
    </IntlProvider>
  );
}

/** A missing message shows its id; the message test keeps that from happening, so this is a bug to see while building. */
function reportMessage(error: Error): void {
  if (import.meta.env.DEV) throw error;
}
