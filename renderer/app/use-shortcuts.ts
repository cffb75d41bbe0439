// Keyboard shortcuts of the whole console. Each has a modifier, so that none fires while somebody writes.

import { useEffect } from 'react';
import { navigate } from '../bridge/index.ts';
import { PAGES } from './pages.tsx';

export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}

export function useShortcuts(actions: { onSearch: () => void; onHelp: () => void }): void {
  const { onSearch, onHelp } = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const command = event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey;
      if (command && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onSearch();
      } else if (command && event.key === '/') {
        event.preventDefault();
        onHelp();
      } else if (event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey) {
        const page = Object.values(PAGES).find(({ key }) => key !== undefined && event.code === `Key${key}`);
        if (page === undefined) return;
        event.preventDefault();
        navigate(page.path);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onSearch, onHelp]);
}
