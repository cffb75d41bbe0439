// The machine worker's sign of life to the watchdog: a byte each second over a local socket, connected again whenever the
// watchdog was started again.

import { connect, type Socket } from 'node:net';

const BEAT_MS = 1_000;

let beating: string | undefined;

/** Beats from now on, for as long as this thread lives. */
export function beatTo(path: string): void {
  if (beating === path) return;
  beating = path;
  let socket: Socket | undefined;
  const beat = () => {
    if (beating !== path) {
      clearInterval(timer);
      socket?.destroy();
    } else if (socket === undefined || socket.destroyed) {
      socket = connect(path);
      socket.on('error', () => socket?.destroy());
      socket.unref();
    } else socket.write('.');
  };
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  beat();
}
