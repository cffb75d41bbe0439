// JSON-RPC over HTTP to the nodes of a network. The first address that answers is used until it no longer does; then the
// next one is asked. Answers are bounded in size and time and believed in nothing.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { cometbftFault } from './faults.ts';

/** A full block of 21 MiB as base64, with its results. */
const ANSWER_BYTES_MAX = 96 * 1024 * 1024;
const TIMEOUT_MS = 15_000;
const CONNECTIONS_MAX = 8;
const REASON_CHARS_MAX = 300;

export type RpcAnswer =
  | { readonly kind: 'result'; readonly value: unknown }
  /** The node understood and declined. */
  | { readonly kind: 'declined'; readonly text: string }
  /** Nobody answered. `delivered` tells whether somebody may have acted on it all the same. */
  | { readonly kind: 'unreachable'; readonly delivered: boolean };

export interface RpcClient {
  /** Where questions go now. */
  readonly address: string;
  call(method: string, params: Readonly<Record<string, unknown>>): Promise<RpcAnswer>;
  close(): void;
}

/** @throws TypeError where an address is no http or https URL, or there is none. */
export function createRpcClient(addresses: readonly string[]): RpcClient {
  const urls = addresses.map((address) => new URL(address));
  if (urls.length === 0 || urls.some(({ protocol }) => !/^https?:$/.test(protocol)))
    throw new TypeError('not an http address');
  const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };
  let current = 0;
  let lastId = 0;
  const urlAt = (index: number) => urls[index % urls.length] as URL;
  return {
    get address() {
      return urlAt(current).href.replace(/\/$/, '');
    },
    async call(method, params) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: ++lastId, method, params });
      let delivered = false;
      for (let tried = 0; tried < urls.length; tried++) {
        const asked = current;
        const url = urlAt(asked);
        const answer = await post(url, agents[url.protocol as keyof typeof agents], body);
        if (answer.kind !== 'unreachable') return answer;
        delivered ||= answer.delivered;
        // Several questions may fail at once: only the first of them moves on.
        if (current === asked) current = (asked + 1) % urls.length;
      }
      return { kind: 'unreachable', delivered };
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function post(url: URL, agent: HttpAgent, body: string): Promise<RpcAnswer> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    let connected = false;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = send(url, { method: 'POST', agent, headers, timeout: TIMEOUT_MS }, (response) => {
      collect(response).then(
        (text) => resolve(text === undefined ? { kind: 'declined', text: 'too long' } : parseEnvelope(text)),
        () => resolve({ kind: 'unreachable', delivered: true }),
      );
    });
    const deadline = setTimeout(() => request.destroy(new Error('late')), TIMEOUT_MS);
    request.on('socket', (socket) => {
      // A kept connection may have carried the request though it then broke: that counts as delivered.
      if (socket.connecting) socket.once('connect', () => (connected = true));
      else connected = true;
    });
    request.on('error', () => resolve({ kind: 'unreachable', delivered: connected }));
    request.on('close', () => clearTimeout(deadline));
    request.on('timeout', () => request.destroy(new Error('late')));
    request.end(body);
  });
}

/** Undefined where the answer is longer than any honest one. */
async function collect(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A node answers errors with status 500 and an envelope; a proxy in front of it without one. */
function parseEnvelope(text: string): RpcAnswer {
  try {
    const { result, error } = JSON.parse(text) as { result?: unknown; error?: unknown };
    if (error !== undefined && error !== null) return { kind: 'declined', text: errorText(error) };
    if (result !== undefined) return { kind: 'result', value: result };
  } catch {
    // Falls through: no JSON.
  }
  return { kind: 'unreachable', delivered: true };
}

function errorText(error: unknown): string {
  const { data, message } = error as { data?: unknown; message?: unknown };
  const text = typeof data === 'string' && data !== '' ? data : String(message ?? 'error');
  return text.slice(0, REASON_CHARS_MAX);
}

/** The value of an answer read by `parse`, which throws for what it cannot read. */
export function readAnswer<T>(
  client: RpcClient,
  answer: RpcAnswer,
  parse: (value: unknown) => T,
): Result<T, Fault> {
  if (answer.kind === 'unreachable')
    return refuse(cometbftFault('cometbft.rpc.unreachable', { address: client.address }));
  if (answer.kind === 'declined')
    return refuse(cometbftFault('cometbft.rpc.refused', { reason: answer.text }));
  try {
    return ok(parse(answer.value));
  } catch (error) {
    const reason = reasonOf(error).slice(0, REASON_CHARS_MAX);
    return refuse(cometbftFault('cometbft.rpc.answer', { address: client.address, reason }));
  }
}

/** A schema's refusal is a list of JSON; people get its first line. */
function reasonOf(error: unknown): string {
  const [issue] =
    (error as { issues?: readonly { path: readonly unknown[]; message: string }[] }).issues ?? [];
  if (issue !== undefined) return `${issue.path.map(String).join('.')}: ${issue.message}`;
  return error instanceof Error ? error.message : String(error);
}
