// The one way from the pages to the core. app/ and the features import from here; ui/ knows nothing of it.

export {
  type Announcement,
  announce,
  canAnnounce,
  isLookedAt,
  isQuietNow,
  showBadge,
} from './announce.ts';
export { api, beginAnew, queryClient, reconnect, saveSettings } from './client.ts';
export { faultOf, pageFault } from './faults.ts';
export {
  type ApiCommand,
  type ApiQuery,
  type ApiQueryOptions,
  type CommandResult,
  useAccounts,
  useActor,
  useApiCommand,
  useApiQuery,
  useModelThumbnail,
  useNowMs,
  useTask,
} from './query.ts';
export { href, navigate, parseRoute, type Route, useRoute } from './route.ts';
export {
  installUpdate,
  isDesktop,
  openDataFolder,
  openOutside,
  type Shell,
  saveFile,
  useShell,
} from './shell.ts';
export {
  type ConsoleState,
  dismissNotice,
  NOTICES_DEFAULT,
  type Notice,
  notify,
  notifyFault,
  useConsole,
} from './store.ts';
export type { Connection } from './transport.ts';
export type { Fault, Locale, NoticeLevel, Topic } from './types.ts';
export { uploadFile } from './upload.ts';
