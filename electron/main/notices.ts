// What the system shows for the pages: notifications, and how much waits at the program's icon. A locked screen shows
// that there is something, never from whom or what. What is said, and when nothing is, the pages decide.

import type { BrowserWindow } from 'electron';
import { app, Notification, nativeImage, powerMonitor } from 'electron';
import type { RequestInput } from '../ipc/channels.ts';
import type { ShellLog } from './log.ts';
import type { ShellTexts } from './texts.ts';

export type ShellNotices = {
  /** False where the system shows none. */
  readonly show: (notice: RequestInput<'notice.show'>) => boolean;
  readonly close: (tag: string) => void;
  /** False where the system has no place for it. */
  readonly setBadge: (count: number) => boolean;
};

export type NoticeParts = {
  readonly icon: string;
  /** A dot, for systems that lay a picture over the icon instead of a number. */
  readonly dot: string;
  readonly texts: ShellTexts;
  readonly window: () => BrowserWindow | undefined;
  /** Brings the window to the front, at this page. */
  readonly open: (path: string) => void;
  readonly log: ShellLog;
};

/** Shown at the same time; the oldest makes room. */
const SHOWN_MAX = 16;
const TITLE = 'DIPNET Console';

export function setupNotices({ icon, dot, texts, window, open, log }: NoticeParts): ShellNotices {
  // Held, or a click after the next sweep of memory would reach nobody.
  const shown = new Map<string, Notification>();
  const close = (tag: string) => {
    const one = shown.get(tag);
    shown.delete(tag);
    one?.close();
  };
  return {
    show({ tag, text, plain, path, stays }) {
      if (!Notification.isSupported()) return false;
      const isLocked = powerMonitor.getSystemIdleState(1) === 'locked';
      close(tag);
      for (const [oldest] of shown) if (shown.size >= SHOWN_MAX) close(oldest);
      const body = isLocked ? plain : text;
      const one = new Notification({ title: TITLE, body, icon, ...(stays ? { timeoutType: 'never' } : {}) });
      shown.set(tag, one);
      const forget = () => {
        if (shown.get(tag) === one) shown.delete(tag);
      };
      one.on('click', () => {
        forget();
        open(path);
      });
      one.on('close', forget);
      one.on('failed', (_event, reason) => {
        forget();
        log('warn', 'notice.failed', { reason });
      });
      one.show();
      return true;
    },
    close,
    setBadge(count) {
      if (process.platform !== 'win32') return app.setBadgeCount(count);
      const overlay = count === 0 ? null : nativeImage.createFromPath(dot);
      window()?.setOverlayIcon(overlay, count === 0 ? '' : texts.waiting);
      return window() !== undefined;
    },
  };
}
