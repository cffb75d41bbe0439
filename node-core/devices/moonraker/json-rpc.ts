// JSON-RPC 2.0 over a text socket: calls with one answer each, and notifications. Answers are matched by number; what
// fits nothing is dropped.

import { z } from 'zod';
import type { Clock, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { TextSocket } from '../network/index.ts';
import { parseAnswer, plainWords, printhostFault } from '../network/index.ts';

const Message = z.object({
  id: z.number().optional().catch(undefined),
  method: z.string().optional().catch(undefined),
  params: z.array(z.unknown()).optional().catch(undefined),
  result: z.unknown(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

/** Moonraker passes HTTP's codes on as its own. */
const UNAUTHORIZED = 401;

export type RpcParts = {
  readonly socket: TextSocket;
  readonly clock: Clock;
  readonly host: string;
  readonly onNotification: (method: string, params: readonly unknown[]) => void;
};

export class RpcClient {
  private readonly parts: RpcParts;
  private readonly waiting = new Map<number, (result: Result<unknown>) => void>();
  private nextId = 1;
  private closed = false;

  constructor(parts: RpcParts) {
    this.parts = parts;
    parts.socket.onText((text) => this.receive(text));
    parts.socket.onClose(() => this.end());
  }

  /** The `result`; refused with the peer's own words, on silence, or when the connection ends. */
  async call<T>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    shape: z.ZodType<T>,
    timeoutMs: number,
  ): Promise<Result<T>> {
    const { socket, clock, host } = this.parts;
    if (this.closed)
      return refuse(printhostFault('printhost.unreachable', { host, reason: 'the connection is closed' }));
    const id = this.nextId++;
    const late = new AbortController();
    const answer = new Promise<Result<unknown>>((resolve) => this.waiting.set(id, resolve));
    void clock.sleep(timeoutMs, late.signal).then(
      () => this.settle(id, refuse(printhostFault('printhost.timeout', { host }))),
      () => undefined,
    );
    socket.send(JSON.stringify({ jsonrpc: '2.0', method, params, id }));
    const result = await answer;
    late.abort();
    if (!result.ok) return result;
    const parsed = shape.safeParse(result.value);
    return parsed.success ? ok(parsed.data) : refuse(printhostFault('printhost.unreadable'));
  }

  /** Sent, and nobody waits for the answer. */
  notify(method: string): void {
    if (!this.closed) this.parts.socket.send(JSON.stringify({ jsonrpc: '2.0', method, id: this.nextId++ }));
  }

  close(): void {
    this.end();
    this.parts.socket.close();
  }

  private receive(text: string): void {
    const parsed = parseAnswer(Message, text);
    if (!parsed.ok || this.closed) return;
    const { id, method, params, result, error } = parsed.value;
    if (method !== undefined) {
      if (id === undefined) this.parts.onNotification(method, params ?? []);
      return;
    }
    if (id === undefined) return;
    if (error === undefined) this.settle(id, ok(result));
    else if (error.code === UNAUTHORIZED) this.settle(id, refuse(printhostFault('printhost.key.refused')));
    else {
      const reason = plainWords(error.message, `error ${error.code}.`);
      this.settle(id, refuse(printhostFault('printhost.refused', { reason })));
    }
  }

  private settle(id: number, result: Result<unknown>): void {
    const resolve = this.waiting.get(id);
    this.waiting.delete(id);
    resolve?.(result);
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    const { host } = this.parts;
    const reason = 'the connection was cut';
    for (const id of [...this.waiting.keys()])
      this.settle(id, refuse(printhostFault('printhost.unreachable', { host, reason })));
  }
}
