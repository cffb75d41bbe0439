// The API of a served console from this process, as the browser that already has a session there.

import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { BrowserContext } from 'playwright-core';
import { WebSocket } from 'ws';
import type { Api } from '../node-core/host/cli/story.ts';

export async function connectApi(
  context: BrowserContext,
  url: string,
): Promise<{ readonly api: Api; close(): void }> {
  const { origin, host } = new URL(url);
  const cookies = await context.cookies(origin);
  const socket = new WebSocket(`ws://${host}/api`, {
    origin,
    headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return { api: createORPCClient(link), close: () => socket.close() };
}
