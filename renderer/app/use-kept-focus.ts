// Where the keyboard stands is not lost with what it stood on: an offer that was accepted goes, its button with it, and the
// browser would begin again at the top of the window. The nearest part of the page around it that is left takes over.

import { useEffect } from 'react';

/** A dialog that closes gives the focus back by itself; only after that it counts as lost. */
const LOST_AFTER_MS = 120;
const PARTS = 'section, article, main';

export function useKeptFocus(main: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    let stood: HTMLElement | undefined;
    let around: readonly HTMLElement[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const remember = ({ target }: FocusEvent): void => {
      if (!(target instanceof HTMLElement) || main.current?.contains(target) !== true) return;
      stood = target;
      around = partsAround(target);
    };
    const look = (): void => {
      // Whoever clicks beside everything gives the focus up.
      if (stood === undefined || stood.isConnected || document.activeElement !== document.body) return;
      stood = undefined;
      timer = setTimeout(() => {
        const part = around.find((known) => known.isConnected);
        if (document.activeElement !== document.body || part === undefined) return;
        if (!part.hasAttribute('tabindex')) part.tabIndex = -1;
        part.focus({ preventScroll: true });
      }, LOST_AFTER_MS);
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', remember);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener('focusin', remember);
    };
  }, [main]);
}

/** From the inside out. */
function partsAround(element: HTMLElement): HTMLElement[] {
  const parts: HTMLElement[] = [];
  for (let part = element.closest<HTMLElement>(PARTS); part !== null; ) {
    parts.push(part);
    part = part.parentElement?.closest<HTMLElement>(PARTS) ?? null;
  }
  return parts;
}
