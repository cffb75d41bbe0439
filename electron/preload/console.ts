// The bridge between the sandboxed page and the shell: one function for each message, plain data both ways. No part of
// Electron and no event object reaches the page.

import { contextBridge, ipcRenderer } from 'electron';
import type {
  Reply,
  RequestChannel,
  RequestInput,
  RequestOutputs,
  ShellEvents,
  ShellInfo,
  UpdateState,
} from '../ipc/channels.ts';

// The schemas stay in the main process; importing this one word would bring them here.
const PORT_CHANNEL = 'dipnet:port';

async function request<C extends RequestChannel>(
  channel: C,
  input: RequestInput<C>,
): Promise<RequestOutputs[C]> {
  const reply: Reply<C> = await ipcRenderer.invoke(channel, input);
  if (reply.ok) return reply.value;
  throw new Error(reply.code);
}

/** Calls back with the data alone; returns the function that ends it. */
function listen<E extends keyof ShellEvents>(event: E, callback: (data: ShellEvents[E]) => void): () => void {
  const listener = (_event: unknown, data: ShellEvents[E]) => callback(data);
  ipcRenderer.on(event, listener);
  return () => {
    ipcRenderer.removeListener(event, listener);
  };
}

const bridge = {
  /** Asks for a port to the core; it arrives as a window message `dipnet:port`. */
  connect: (): Promise<void> => request('core.connect', undefined),
  info: (): Promise<ShellInfo> => request('shell.info', undefined),
  saveFile: (fileName: string, data: Uint8Array): Promise<{ readonly saved: boolean }> =>
    request('file.save', { fileName, data }),
  openLink: (url: string): Promise<{ readonly opened: boolean }> => request('link.open', { url }),
  openFolder: (): Promise<{ readonly opened: boolean }> => request('folder.open', undefined),
  showNotice: (notice: RequestInput<'notice.show'>): Promise<{ readonly shown: boolean }> =>
    request('notice.show', notice),
  closeNotice: (tag: string): Promise<void> => request('notice.close', { tag }),
  setBadge: (count: number): Promise<{ readonly shown: boolean }> => request('badge.set', { count }),
  installUpdate: (): Promise<{ readonly installing: boolean }> => request('update.install', undefined),
  onUpdate: (callback: (state: UpdateState) => void): (() => void) => listen('shell.update', callback),
};

export type DesktopBridge = typeof bridge;

contextBridge.exposeInMainWorld('dipnet', bridge);

// A port cannot cross the bridge; it can be sent to the page's own window, and only there.
ipcRenderer.on(PORT_CHANNEL, (event) => {
  const [port] = event.ports;
  if (port !== undefined) window.postMessage(PORT_CHANNEL, '/', [port]);
});
