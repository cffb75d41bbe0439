// How long a station takes to answer a connection. Nothing is said to it.

import { connect } from 'node:net';

const PROBE_MS_MAX = 3_000;

/** Milliseconds; undefined where it did not answer in time. */
export function probeStation(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect({ host, port });
    const end = (tookMs: number | undefined) => {
      socket.destroy();
      resolve(tookMs);
    };
    socket.setTimeout(PROBE_MS_MAX, () => end(undefined));
    socket.once('connect', () => end(Math.max(1, Math.round(performance.now() - began))));
    socket.once('error', () => end(undefined));
  });
}
