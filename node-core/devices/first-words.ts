// What came from a port on which no printer answered: nothing, noise of another speed, a mill, or some other device. Whoever
// looks for a printer is told which, because each has another remedy.

import type { Bytes, Fault } from '../base/index.ts';
import { deviceFault } from './faults.ts';

/** Enough to judge by. */
const BYTES_MAX = 4_096;
/** So much of it unprintable is no text at this speed. */
const NOISE_SHARE = 0.15;

export class FirstWords {
  #text = '';
  #bytes = 0;
  #noise = 0;

  take(bytes: Bytes): void {
    for (const byte of bytes) {
      if (this.#bytes >= BYTES_MAX) return;
      this.#bytes++;
      const isText = (byte >= 32 && byte < 127) || byte === 10 || byte === 13 || byte === 9;
      if (!isText) this.#noise++;
      this.#text += isText ? String.fromCharCode(byte) : ' ';
    }
  }

  /** Why nobody answered. */
  fault(): Fault {
    if (this.#bytes === 0) return deviceFault('device.no-answer');
    if (/\bgrbl(?:hal)?\s+v?\d/i.test(this.#text)) return deviceFault('device.is-grbl');
    if (this.#noise > this.#bytes * NOISE_SHARE) return deviceFault('device.wrong-speed');
    return deviceFault('device.no-printer');
  }
}
