// A cable that disturbs what passes: a seeded wrapper around a link. One byte at a time is hit, at least `gapBytes`
// apart, because two hits in one bit column of a line pass an 8-bit XOR: that is a limit of the protocol, not of a host.

import type { Bytes } from '../../base/index.ts';
import type { SerialLink } from '../types.ts';
import { createSeeded } from './seeded.ts';

export type NoiseOptions = {
  readonly seed: number;
  /** Chance for each byte to be hit, in either direction. */
  readonly toMachine: number;
  readonly toHost: number;
  readonly gapBytes: number;
};

/** The host's end, disturbed. */
export function createNoisyLink(link: SerialLink, options: NoiseOptions): SerialLink {
  const random = createSeeded(options.seed);
  const outward = createDisturber(random, options.toMachine, options.gapBytes);
  const inward = createDisturber(random, options.toHost, options.gapBytes);
  return {
    write: (bytes) => link.write(outward(bytes)),
    onData: (listener) => link.onData((bytes) => listener(inward(bytes))),
    onClose: (listener) => link.onClose(listener),
    close: () => link.close(),
  };
}

function createDisturber(random: () => number, chance: number, gapBytes: number): (bytes: Bytes) => Bytes {
  let calm = gapBytes;
  return (bytes) => {
    const disturbed: number[] = [];
    let hit = false;
    for (const byte of bytes) {
      calm++;
      if (calm < gapBytes || random() >= chance) {
        disturbed.push(byte);
        continue;
      }
      calm = 0;
      hit = true;
      // Two hits of three flip one bit, the third loses the byte.
      if (random() < 2 / 3) disturbed.push(byte ^ (1 << Math.floor(random() * 8)));
    }
    return hit ? Uint8Array.from(disturbed) : bytes;
  };
}
