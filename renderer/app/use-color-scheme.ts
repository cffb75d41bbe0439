// Light or dark: as chosen, or as the system is now. Paper is light.

import { useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import { useConsole } from '../bridge/index.ts';

const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

function subscribe(listener: () => void): () => void {
  systemDark.addEventListener('change', listener);
  return () => systemDark.removeEventListener('change', listener);
}

const paper = window.matchMedia('print');

function subscribeToPaper(listener: () => void): () => void {
  // The page is taken as it stands when this has been heard.
  const now = () => flushSync(listener);
  paper.addEventListener('change', now);
  return () => paper.removeEventListener('change', now);
}

export function useColorScheme(): 'light' | 'dark' {
  const choice = useConsole((state) => state.settings.theme);
  const printing = useSyncExternalStore(subscribeToPaper, () => paper.matches);
  const dark = useSyncExternalStore(subscribe, () => systemDark.matches);
  if (printing) return 'light';
  if (choice === 'auto') return dark ? 'dark' : 'light';
  return choice;
}
