// Answers the requests of the pages. Each one is checked twice before anything happens: it must come from the main frame
// of a window of ours that shows our own page, and its data must fit the schema of its channel.

import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { ipcMain } from 'electron';
import type { Reply, RequestChannel, RequestInput, RequestOutputs } from '../ipc/channels.ts';
import { REQUESTS } from '../ipc/channels.ts';
import type { ShellLog } from './log.ts';
import { PAGE_ORIGIN } from './protocol.ts';

export type RequestHandlers = {
  readonly [C in RequestChannel]: (
    input: RequestInput<C>,
    sender: WebContents,
  ) => RequestOutputs[C] | Promise<RequestOutputs[C]>;
};

/** `isOurs` says whether a page belongs to a window that the shell made. */
export function setupIpc(
  handlers: RequestHandlers,
  isOurs: (contents: WebContents) => boolean,
  log: ShellLog,
): void {
  for (const channel of Object.keys(REQUESTS) as RequestChannel[]) {
    ipcMain.handle(channel, (event, input: unknown) => answer(channel, handlers, isOurs, log, event, input));
  }
}

async function answer<C extends RequestChannel>(
  channel: C,
  handlers: RequestHandlers,
  isOurs: (contents: WebContents) => boolean,
  log: ShellLog,
  event: IpcMainInvokeEvent,
  input: unknown,
): Promise<Reply<C>> {
  if (!isOurs(event.sender) || !isOwnPage(event)) {
    log('warn', 'ipc.refused', { channel });
    return { ok: false, code: 'shell.refused' };
  }
  const parsed = REQUESTS[channel].safeParse(input);
  if (!parsed.success) {
    log('warn', 'ipc.invalid', { channel });
    return { ok: false, code: 'shell.invalid' };
  }
  try {
    const value = await handlers[channel](parsed.data as RequestInput<C>, event.sender);
    return { ok: true, value };
  } catch (error) {
    log('error', 'ipc.failed', { channel, reason: String(error) });
    return { ok: false, code: 'shell.failed' };
  }
}

/** The frame is gone (null) where it navigated or closed before its message was read. */
function isOwnPage(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  if (frame === null || frame.parent !== null || !URL.canParse(frame.url)) return false;
  const { protocol, host } = new URL(frame.url);
  return `${protocol}//${host}` === PAGE_ORIGIN;
}
