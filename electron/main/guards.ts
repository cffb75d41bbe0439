// What no page of the console may ever do, whoever wrote what it shows: leave its own address, open windows, embed
// other pages, load anything over the network, or ask for a device or a permission. The one exception are the microphone
// and the camera, for calls, and for the console's own page alone.

import { app, session } from 'electron';
import type { ShellLog } from './log.ts';
import { PAGE_ORIGIN, SCHEME, START_PAGE } from './protocol.ts';

/** Local schemes that pages make themselves; DevTools' own pages exist in unpackaged builds only. */
const LOCAL_SCHEMES = [`${SCHEME}:`, 'data:', 'blob:', 'devtools:'];

export function setupGuards(log: ShellLog): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { preventDefault(): void; readonly url: string }) => {
      if (event.url.split('#', 1)[0] === START_PAGE) return;
      event.preventDefault();
      log('warn', 'navigation.prevented');
    };
    contents.on('will-navigate', stay);
    contents.on('will-frame-navigate', stay);
    contents.on('will-redirect', stay);
    contents.on('will-attach-webview', (event) => {
      event.preventDefault();
      log('warn', 'webview.prevented');
    });
    contents.setWindowOpenHandler(() => {
      log('warn', 'window.denied');
      return { action: 'deny' };
    });
  });
}

const isConsole = (url: string): boolean => url.split('#', 1)[0] === START_PAGE;

/** Once the application is ready: sessions do not exist before. */
export function setupSession(log: ShellLog): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((contents, permission, callback, details) => {
    const granted =
      permission === 'media' &&
      details.isMainFrame &&
      isConsole(details.requestingUrl) &&
      isConsole(contents.getURL()) &&
      details.mediaTypes?.every((type) => type === 'audio' || type === 'video') === true;
    if (!granted) log('warn', 'permission.denied', { permission });
    callback(granted);
  });
  // Asked before the names of microphones and cameras are told.
  defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin, { isMainFrame }) =>
      permission === 'media' && isMainFrame && (origin === PAGE_ORIGIN || origin === START_PAGE),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.webRequest.onBeforeRequest((details, callback) => {
    const cancel = !LOCAL_SCHEMES.some((scheme) => details.url.startsWith(scheme));
    if (cancel) log('warn', 'request.cancelled');
    callback({ cancel });
  });
  defaultSession.on('will-download', (event) => event.preventDefault());
}
