// A TCP socket as the station and its clients write to it: what is written in one turn of the event loop leaves together.

import type { Socket } from 'node:net';
import type { Bytes } from '../../base/index.ts';
import type { Wire } from '../../dimp/station/index.ts';

/** How long a peer has to take the last bytes after its connection is ended. */
const LINGER_MS = 2000;
/** A peer that takes nothing is cut off beyond this: its messages wait in its mailbox. */
const BUFFERED_BYTES_MAX = 4 * 1024 * 1024;

export function createSocketWire(socket: Socket): Wire {
  let isCorked = false;
  let resume: NodeJS.Timeout | undefined;
  // Asked once: a socket forgets it when it closes.
  const remote = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  socket.setNoDelay(true);
  socket.once('close', () => clearTimeout(resume));
  return {
    remote,
    write(bytes: Bytes): void {
      if (!socket.writable) return;
      if (!isCorked) {
        isCorked = true;
        socket.cork();
        process.nextTick(() => {
          isCorked = false;
          socket.uncork();
        });
      }
      socket.write(bytes);
      if (socket.writableLength > BUFFERED_BYTES_MAX) socket.destroy();
    },
    writtenBytes: () => socket.writableLength,
    pause(delayMs: number): void {
      socket.pause();
      clearTimeout(resume);
      resume = setTimeout(() => socket.resume(), delayMs);
    },
    end(): void {
      socket.end();
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    },
  };
}
