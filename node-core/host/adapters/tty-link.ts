// A claimed serial port as a link that may live in a worker thread. The serial library polls on the main thread's loop
// whatever thread it is called from, and takes the process down from any other; so the main thread claims and
// configures the port (serial.ts), and the worker reads and writes the terminal device through its own loop here.
// Not on Windows, whose ports are no terminal devices.

import { constants, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { SerialLink } from '../../devices/index.ts';
import { deviceFault } from '../../devices/index.ts';

/** Opens a terminal device that this process has claimed and configured already. */
export function openTty(path: string): Result<SerialLink> {
  if (process.platform === 'win32') return refuse(deviceFault('device.port.windows'));
  try {
    const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
    return ok(new TtyLink(new ReadStream(openSync(path, flags)), new WriteStream(openSync(path, flags))));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(deviceFault('device.port.unavailable', { port: path, reason }));
  }
}

const DRAIN_MS = 2_000;

class TtyLink implements SerialLink {
  private readonly input: ReadStream;
  private readonly output: WriteStream;
  private closeListener: ((cause: string | undefined) => void) | undefined;
  private ended: { readonly cause: string | undefined } | undefined;

  constructor(input: ReadStream, output: WriteStream) {
    this.input = input;
    this.output = output;
    for (const stream of [input, output]) {
      stream.on('error', (error: Error) => this.end(error.message));
      stream.on('close', () => this.end('the port has gone'));
    }
    input.on('end', () => this.end('the port has gone'));
  }

  write(bytes: Bytes): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(new Error(this.ended.cause ?? 'the port is closed'));
        return;
      }
      this.output.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  onData(listener: (bytes: Bytes) => void): void {
    this.input.on('data', listener);
  }

  onClose(listener: (cause: string | undefined) => void): void {
    this.closeListener = listener;
    if (this.ended !== undefined) listener(this.ended.cause);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      // What was handed over still has to reach the device (the heaters-off before a goodbye), unless nobody takes it.
      const close = () => {
        clearTimeout(late);
        this.end(undefined);
        resolve();
      };
      const late = setTimeout(close, DRAIN_MS);
      if (this.ended === undefined) this.output.end(close);
      else close();
    });
  }

  private end(cause: string | undefined): void {
    if (this.ended !== undefined) return;
    this.ended = { cause };
    this.input.destroy();
    this.output.destroy();
    this.closeListener?.(cause);
  }
}
