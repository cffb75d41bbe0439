// Files onto a device over implicit FTPS: one control connection an errand, passive data under the same TLS session, as
// such devices demand. It stores and deletes; it lists and fetches nothing.

import type { TLSSocket } from 'node:tls';
import type { Bytes, Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { printhostFault } from '../../devices/index.ts';
import { openPinned, type PinnedLimit, type PinnedPeer } from './pinned-tls.ts';

export type FtpsLogin = { readonly user: string; readonly password: string };

/** Longest answer that is read. */
const REPLY_CHARS_MAX = 8_192;
const TLS = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
type Reply = { readonly code: number; readonly text: string };

export async function storeFile(
  peer: PinnedPeer,
  login: FtpsLogin,
  name: string,
  pieces: readonly Bytes[],
  limit: PinnedLimit,
): Promise<Result<void>> {
  return errand(peer, login, limit, async (control) => {
    const port = await control.passive();
    if (port === undefined) return control.fault();
    const stored = control.ask(`STOR ${name}`, limit.timeoutMs);
    const data = await openPinned({ ...peer, port, pin: control.pin }, limit, {
      ...TLS,
      session: control.socket.getSession(),
    });
    if (!data.ok) return data;
    const opened = await stored;
    if (opened.code !== 125 && opened.code !== 150) {
      data.value.socket.destroy();
      return control.fault();
    }
    const written = await writeAll(data.value.socket, pieces, limit.signal);
    const done = written ? await control.next(limit.timeoutMs) : undefined;
    return done?.code === 226 || done?.code === 250
      ? ok(undefined)
      : refuse(printhostFault('printhost.upload'));
  });
}

/** Ok where the file is not there. */
export async function deleteFile(
  peer: PinnedPeer,
  login: FtpsLogin,
  name: string,
  limit: PinnedLimit,
): Promise<Result<void>> {
  return errand(peer, login, limit, async (control) => {
    const deleted = await control.ask(`DELE ${name}`, limit.timeoutMs);
    if (deleted.code === 250) return ok(undefined);
    const size = await control.ask(`SIZE ${name}`, limit.timeoutMs);
    return size.code === 550 ? ok(undefined) : control.fault();
  });
}

async function errand(
  peer: PinnedPeer,
  { user, password }: FtpsLogin,
  limit: PinnedLimit,
  work: (control: Control) => Promise<Result<void>>,
): Promise<Result<void>> {
  const opened = await openPinned(peer, limit, TLS);
  if (!opened.ok) return opened;
  const control = new Control(opened.value.socket, opened.value.pin, peer.host);
  const abort = () => control.close();
  limit.signal?.addEventListener('abort', abort, { once: true });
  try {
    const greeted = await control.next(limit.timeoutMs);
    if (greeted.code !== 220) return control.fault();
    const named = await control.ask(`USER ${user}`, limit.timeoutMs);
    const known = named.code === 331 ? await control.ask(`PASS ${password}`, limit.timeoutMs) : named;
    if (known.code !== 230)
      return known.code === 530 ? refuse(printhostFault('printhost.key.refused')) : control.fault();
    for (const command of ['PBSZ 0', 'PROT P', 'TYPE I'])
      if ((await control.ask(command, limit.timeoutMs)).code !== 200) return control.fault();
    return await work(control);
  } finally {
    limit.signal?.removeEventListener('abort', abort);
    control.close();
  }
}

class Control {
  readonly socket: TLSSocket;
  readonly pin: string;
  readonly #host: string;
  #buffer = '';
  #replies: Reply[] = [];
  #last: Reply = { code: 0, text: '' };
  #wake: (() => void) | undefined;
  #over = false;

  constructor(socket: TLSSocket, pin: string, host: string) {
    this.socket = socket;
    this.pin = pin;
    this.#host = host;
    socket.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  /** The password is part of a command and of nothing else. */
  ask(command: string, timeoutMs: number): Promise<Reply> {
    if (!this.#over) this.socket.write(`${command}\r\n`);
    return this.next(timeoutMs);
  }

  /** Code 0 where none came. */
  async next(timeoutMs: number): Promise<Reply> {
    if (this.#replies.length === 0 && !this.#over)
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    this.#last = this.#replies.shift() ?? { code: 0, text: '' };
    return this.#last;
  }

  /** The port that the device listens on; its address is the one it was reached at, whatever it says. */
  async passive(): Promise<number | undefined> {
    const extended = this.socket.remoteFamily === 'IPv6';
    const { code, text } = await this.ask(extended ? 'EPSV' : 'PASV', PASSIVE_MS);
    const parts = /\((\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\)/.exec(text);
    const port = extended
      ? Number(/\(\|\|\|(\d+)\|\)/.exec(text)?.[1])
      : Number(parts?.[5]) * 256 + Number(parts?.[6]);
    return (code === 227 || code === 229) && port > 0 && port < 65_536 ? port : undefined;
  }

  /** What the last answer refused. */
  fault(): Result<never> {
    const { code, text } = this.#last;
    const reason = text.replace(/[^\x20-\x7e]/g, '').slice(0, 80);
    const fault: Fault =
      code === 0
        ? printhostFault('printhost.timeout', { host: this.#host })
        : printhostFault('printhost.refused', { reason: `its file store answered ${code} ${reason}`.trim() });
    return refuse(fault);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.socket.destroy();
    this.#wake?.();
  }

  /** `230 text`, or `220-text` and further lines up to one with the code and a blank. */
  #read(text: string): void {
    this.#buffer += text;
    if (this.#buffer.length > REPLY_CHARS_MAX) this.close();
    for (;;) {
      const match = /^(?:(\d{3})-[\s\S]*?\r?\n(?=\1 ))?(\d{3}) ([^\r\n]*)\r?\n/.exec(this.#buffer);
      if (match === null) return;
      this.#buffer = this.#buffer.slice(match[0].length);
      this.#replies.push({ code: Number(match[2]), text: match[3] ?? '' });
      this.#wake?.();
    }
  }
}

const PASSIVE_MS = 10_000;

/** False where the connection broke before the last byte. */
function writeAll(
  socket: TLSSocket,
  pieces: readonly Bytes[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve) => {
    const abort = () => socket.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (whole: boolean) => {
      signal?.removeEventListener('abort', abort);
      resolve(whole);
    };
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
    let next = 0;
    const more = (): void => {
      for (;;) {
        const piece = pieces[next++];
        if (piece === undefined) {
          socket.end(() => settle(true));
          return;
        }
        if (!socket.write(piece)) {
          socket.once('drain', more);
          return;
        }
      }
    };
    more();
  });
}
