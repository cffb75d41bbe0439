// What every page may look at without asking: connection, status, settings, running work, notices. Plain data, filled
// by the event stream alone (events.ts).

import { create } from 'zustand';
import type { NoticeSettings, Settings, StatusView, TaskView } from '../../node-core/api/index.ts';
import type { Connection } from './transport.ts';
import type { Fault, NoticeLevel } from './types.ts';

/** A short message in the corner: from the core as a fault, or from a page as a sentence. */
export type Notice = { readonly id: number; readonly level: NoticeLevel } & (
  | { readonly fault: Fault }
  | { readonly text: string }
);

export type ConsoleState = {
  readonly connection: Connection;
  /** The host refuses this page until its link is opened again. */
  readonly signedOut: boolean;
  /** When the core was last heard, in milliseconds since the epoch. */
  readonly lastContactMs: number | undefined;
  readonly status: StatusView | undefined;
  readonly settings: Settings;
  /** False until the core's own settings replaced those remembered for the first paint. */
  readonly settingsLoaded: boolean;
  readonly tasks: Readonly<Record<string, TaskView>>;
  readonly notices: readonly Notice[];
};

const FINISHED_TASKS_MAX = 40;
const NOTICES_MAX = 4;
const SETTINGS_KEY = 'dipnet.settings';
/** Until somebody chose: from whom, not what. A browser has to be allowed first; the desktop program need not be. */
export const NOTICES_DEFAULT: NoticeSettings = {
  page: true,
  desktop: typeof window !== 'undefined' && window.dipnet !== undefined,
  shows: 'name',
  quiet: null,
};
const SETTINGS_DEFAULT: Settings = { locale: 'en', theme: 'auto', role: 'buyer', welcomed: false };

export const useConsole = create<ConsoleState>(() => ({
  connection: 'connecting',
  signedOut: false,
  lastContactMs: undefined,
  status: undefined,
  settings: rememberedSettings(),
  settingsLoaded: false,
  tasks: {},
  notices: [],
}));

/** Settings of the last visit, so that the first paint has the right language and theme. Damaged ones are dropped. */
export function rememberedSettings(): Settings {
  try {
    return parseRemembered(window.localStorage.getItem(SETTINGS_KEY), navigator.language);
  } catch {
    return SETTINGS_DEFAULT;
  }
}

export function parseRemembered(text: string | null, language: string): Settings {
  const fallback: Settings = { ...SETTINGS_DEFAULT, locale: /^zh\b/i.test(language) ? 'zh-Hans' : 'en' };
  if (text === null) return fallback;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fallback;
  }
  if (typeof value !== 'object' || value === null) return fallback;
  const { locale, theme, role, welcomed } = value as Record<string, unknown>;
  return {
    locale: locale === 'en' || locale === 'zh-Hans' ? locale : fallback.locale,
    theme: theme === 'light' || theme === 'dark' || theme === 'auto' ? theme : fallback.theme,
    role: role === 'designer' || role === 'owner' || role === 'buyer' ? role : fallback.role,
    welcomed: welcomed === true,
  };
}

export function setSettings(settings: Settings, loaded: boolean): void {
  useConsole.setState((state) => ({ settings, settingsLoaded: state.settingsLoaded || loaded }));
  try {
    window.localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
  } catch {
    // Private windows may refuse storage: only the next first paint is the poorer.
  }
}

/** Takes one task's news; old finished ones are forgotten. */
export function withTask(
  tasks: Readonly<Record<string, TaskView>>,
  task: TaskView,
): Readonly<Record<string, TaskView>> {
  const next = { ...tasks, [task.id]: task };
  const finished = Object.values(next)
    .filter(({ state }) => state !== 'running')
    .sort((a, b) => a.startedMs - b.startedMs);
  for (const old of finished.slice(0, Math.max(0, finished.length - FINISHED_TASKS_MAX))) delete next[old.id];
  return next;
}

let noticeCount = 0;

/** Shows a sentence (already translated) in the corner. */
export function notify(level: NoticeLevel, text: string): void {
  pushNotice({ id: ++noticeCount, level, text });
}

export function notifyFault(level: NoticeLevel, fault: Fault): void {
  pushNotice({ id: ++noticeCount, level, fault });
}

function pushNotice(notice: Notice): void {
  useConsole.setState(({ notices }) => ({ notices: [...notices, notice].slice(-NOTICES_MAX) }));
}

export function dismissNotice(id: number): void {
  useConsole.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}
