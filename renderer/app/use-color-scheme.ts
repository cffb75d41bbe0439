// Light or dark: as chosen, or as the system is now.

import { useSyncExternalStore } from 'react';
import { useConsole } from '../bridge/index.ts';

const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

function subscribe(listener: () => void): () => void {
  systemDark.addEventListener('change', listener);
  return () => systemDark.removeEventListener('change', listener);
}

export function useColorScheme(): 'light' | 'dark' {
  const choice = useConsole((state) => state.settings.theme);
  const dark = useSyncExternalStore(subscribe, () => systemDark.matches);
  if (choice === 'auto') return dark ? 'dark' : 'light';
  return choice;
}
