// A machine that cuts and that nobody drives any more: the tool off, and seen to be off. The reset does both, and is the
// one thing that is heard past everything else.

import type { Clock } from '../../base/index.ts';
import type { SerialLink } from '../types.ts';
import { REALTIME } from './grbl-channel.ts';
import { parseGrblLine } from './replies.ts';

const ROUNDS_MAX = 5;
/** A board that restarts when its port is opened hears nothing for a second or two. */
const ROUND_MS = 1_000;

/** `tool-off` where the board answered that it was reset. */
export async function makeCutterSafe(link: SerialLink, clock: Clock): Promise<'tool-off' | 'silent'> {
  let heard = false;
  let line = '';
  link.onData((bytes) => {
    for (const byte of bytes) {
      if (byte !== 10 && byte !== 13) line = `${line}${String.fromCharCode(byte)}`.slice(-200);
      else {
        heard ||= parseGrblLine(line).type === 'banner';
        line = '';
      }
    }
  });
  for (let round = 0; round < ROUNDS_MAX && !heard; round++) {
    await link.write(REALTIME.reset).catch(() => undefined);
    await clock.sleep(ROUND_MS);
  }
  return heard ? 'tool-off' : 'silent';
}
