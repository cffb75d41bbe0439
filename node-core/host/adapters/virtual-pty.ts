// A pseudo-terminal whose far side is a link in this program, so that any print host can open the virtual printer as
// if it were a USB port. Node has no pseudo-terminals of its own; socat makes them.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import type { Bytes, Result } from '../../base/index.ts';
import { defineFaults, ok, refuse } from '../../base/index.ts';
import type { SerialLink } from '../../devices/index.ts';

const ptyFault = defineFaults('pty', {
  'pty.unavailable': {
    message: 'A pseudo-terminal cannot be made here: {reason}.',
    next: 'Install the program "socat" (for instance: apt install socat), then try again.',
  },
});

export type VirtualPty = {
  /** What a host opens. */
  readonly path: string;
  /** The machine's side. */
  readonly link: SerialLink;
};

/** Makes a pseudo-terminal, at `path` where one is given. It lasts until its link is closed, however often hosts come and go. */
export function openVirtualPty(path?: string): Promise<Result<VirtualPty>> {
  return new Promise((resolve) => {
    const place = path === undefined ? '' : `,link=${path}`;
    const child = spawn('socat', ['-d', '-d', `pty,raw,echo=0${place}`, 'stdio'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    let settled = false;
    const fail = (reason: string) => {
      if (settled) return;
      settled = true;
      resolve(refuse(ptyFault('pty.unavailable', { reason })));
    };
    child.on('error', (error) => fail(error.message));
    child.on('exit', () => fail(said.trim().split('\n').at(-1)?.slice(0, 120) ?? 'socat ended'));
    child.stderr.on('data', (text: Buffer) => {
      if (settled) return;
      said += text.toString();
      const device = /PTY is (\S+)/.exec(said)?.[1];
      if (device === undefined || !said.includes('starting data transfer loop')) return;
      settled = true;
      resolve(ok({ path: path ?? device, link: new PtyLink(child, device) }));
    });
  });
}

class PtyLink implements SerialLink {
  private readonly child: ChildProcessWithoutNullStreams;
  /** Held open, so that the terminal does not hang up when a host leaves. */
  private readonly held: number;
  private ended = false;

  constructor(child: ChildProcessWithoutNullStreams, device: string) {
    this.child = child;
    this.held = openSync(device, constants.O_RDWR | constants.O_NOCTTY);
    child.stdin.on('error', () => undefined);
    child.on('exit', () => this.release());
  }

  write(bytes: Bytes): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new Error('the pseudo-terminal is closed'));
        return;
      }
      this.child.stdin.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  onData(listener: (bytes: Bytes) => void): void {
    this.child.stdout.on('data', listener);
  }

  onClose(listener: (cause: string | undefined) => void): void {
    this.child.on('exit', () => listener(undefined));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        resolve();
        return;
      }
      this.child.on('exit', () => resolve());
      this.child.kill();
    });
  }

  private release(): void {
    if (this.ended) return;
    this.ended = true;
    closeSync(this.held);
  }
}
