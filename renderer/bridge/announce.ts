// Telling somebody who does not look at the page: through the desktop shell, or through the browser where it was allowed
// to. Quiet hours are kept here, for everything alike.

import type { NoticeSettings } from '../../node-core/api/index.ts';
import { navigate } from './route.ts';

export type Announcement = {
  /** One takes the place of the one before with the same tag. */
  readonly tag: string;
  readonly text: string;
  /** The same without names and words of others, for a locked screen. */
  readonly plain: string;
  /** Where a click leads. */
  readonly path: string;
  /** Stays until it is answered or taken back. */
  readonly stays?: boolean;
};

const TITLE = 'DIPNET Console';
const TEXT_CHARS_MAX = 400;

/** Whether a time of day, in minutes, lies in the quiet hours; these may pass midnight. Equal ends are no hours. */
export function isQuiet(quiet: NoticeSettings['quiet'], minute: number): boolean {
  if (quiet === null) return false;
  const { fromMin, toMin } = quiet;
  return fromMin <= toMin ? minute >= fromMin && minute < toMin : minute >= fromMin || minute < toMin;
}

export function isQuietNow({ quiet }: NoticeSettings): boolean {
  const now = new Date();
  return isQuiet(quiet, now.getHours() * 60 + now.getMinutes());
}

/** Somebody sees what changes on the page. */
export const isLookedAt = (): boolean => document.visibilityState === 'visible' && document.hasFocus();

/** Whether the browser, or the desktop shell, would show an announcement. */
export const canAnnounce = (): boolean =>
  window.dipnet !== undefined || ('Notification' in window && Notification.permission === 'granted');

/** Tells; what is returned takes it back. */
export function announce({ tag, text, plain, path, stays = false }: Announcement): () => void {
  const shell = window.dipnet;
  const words = text.slice(0, TEXT_CHARS_MAX);
  if (shell !== undefined) {
    // A shell that cannot is no reason to fail: the page shows the same.
    void shell.showNotice({ tag, text: words, plain, path, stays }).catch(() => undefined);
    return () => void shell.closeNotice(tag).catch(() => undefined);
  }
  if (!canAnnounce()) return () => undefined;
  const notification = new Notification(TITLE, { body: words, tag, requireInteraction: stays });
  notification.onclick = () => {
    window.focus();
    navigate(path);
    notification.close();
  };
  return () => notification.close();
}

/** How much waits, at the icon of the program or of the page, where the system shows that. */
export function showBadge(count: number): void {
  if (window.dipnet !== undefined)
    void window.dipnet.setBadge(Math.min(count, 99_999)).catch(() => undefined);
  else if ('setAppBadge' in navigator) void navigator.setAppBadge(count).catch(() => undefined);
}
