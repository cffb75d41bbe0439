// A CometBFT node's RPC as a source of light blocks. Everything it answers is untrusted: parsed strictly, bounded in
// size, and verified by the light node. Failures of the network become faults here and nowhere else.
// Source: CometBFT v0.38.25 rpc/openapi.

import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { SignedHeader, Validator, ValidatorSet } from '../../comet/index.ts';
import {
  cometFault,
  parseCommitResult,
  parseValidatorsResult,
  sortValidators,
  VALIDATORS_MAX,
} from '../../comet/index.ts';
import type { LightProvider } from '../../light/index.ts';
import { attackEvidenceToJson, lightFault } from '../../light/index.ts';

/** Most that is read of one answer, in bytes. A vote takes 250 in JSON, a validator 280; a set has 10 000 at most. */
const SIZE_BYTES_MAX = { commit: 4_000_000, validators: 200_000, broadcast_evidence: 100_000 } as const;
type Method = keyof typeof SIZE_BYTES_MAX;
/** The most that a node gives at once. */
const VALIDATORS_PER_PAGE = 100;
/** CometBFT gives no page beyond this one. */
const PAGES_MAX = 100;

type Answer =
  | { readonly kind: 'result'; readonly value: unknown }
  /** The node understood and declined. */
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** @throws TypeError where `address` is not a URL of http or https. */
export function createRpcProvider(address: string): LightProvider {
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('not an http address');
  return {
    id: url.host,
    async lightBlock(height, signal) {
      const signed = await fetchCommit(url, height, signal);
      if (!signed.ok) return signed;
      const validators = await fetchValidators(url, signed.value.header.height, signal);
      return validators.ok ? ok({ ...signed.value, validators: validators.value }) : validators;
    },
    async submitEvidence(evidence) {
      const answer = await call(url, 'broadcast_evidence', attackEvidenceToJson(evidence), undefined);
      return answer.kind === 'result' ? ok(undefined) : refuse(faultOf(answer, evidence.commonHeight));
    },
  };
}

/**
 * Of the newest block the node gives the votes that it has seen so far (`canonical: false`); others may join them later.
 * They are as good: more than two thirds are enough, whichever they are.
 */
async function fetchCommit(
  url: URL,
  height: bigint | 'latest',
  signal: AbortSignal | undefined,
): Promise<Result<SignedHeader>> {
  const params = height === 'latest' ? {} : { height: String(height) };
  const answer = await call(url, 'commit', params, signal);
  if (answer.kind !== 'result') return refuse(faultOf(answer, height));
  const parsed = parseCommitResult(answer.value);
  return parsed.ok ? ok(parsed.value.signedHeader) : parsed;
}

async function fetchValidators(
  url: URL,
  height: bigint,
  signal: AbortSignal | undefined,
): Promise<Result<ValidatorSet>> {
  const found: Validator[] = [];
  for (let page = 1; page <= PAGES_MAX && found.length < VALIDATORS_MAX; page++) {
    const params = { height: String(height), page: String(page), per_page: String(VALIDATORS_PER_PAGE) };
    const answer = await call(url, 'validators', params, signal);
    if (answer.kind !== 'result') return refuse(faultOf(answer, height));
    const parsed = parseValidatorsResult(answer.value);
    if (!parsed.ok) return parsed;
    const { validators, total, height: given } = parsed.value;
    if (given !== height)
      return refuse(lightFault('light.provider.height', { height: String(height), found: String(given) }));
    found.push(...validators);
    if (found.length >= total) return ok(sortValidators(found));
    if (validators.length === 0) break;
  }
  return refuse(cometFault('comet.json.malformed', { where: 'validators', reason: 'pages do not add up' }));
}

function faultOf(answer: Exclude<Answer, { kind: 'result' }>, height: bigint | 'latest') {
  const asked = String(height);
  if (answer.kind === 'malformed') {
    return cometFault('comet.json.malformed', { where: 'answer', reason: answer.reason });
  }
  const ahead =
    answer.kind === 'error'
      ? /less than or equal to the current blockchain height (\d+)/.exec(answer.text)
      : null;
  if (ahead !== null) return lightFault('light.height.ahead', { height: asked, latest: ahead[1] ?? '?' });
  // Anything else that a node declines (a pruned height, an unknown method) is as if it did not answer.
  return lightFault('light.provider.silent', { height: asked });
}

async function call(
  url: URL,
  method: Method,
  params: unknown,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  let text: string | undefined;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      redirect: 'error',
      ...(signal === undefined ? {} : { signal }),
    });
    text = await readBounded(response, SIZE_BYTES_MAX[method]);
  } catch {
    signal?.throwIfAborted();
    return { kind: 'silent' };
  }
  return text === undefined ? { kind: 'malformed', reason: 'too long' } : parseEnvelope(text);
}

async function readBounded(response: Response, sizeBytesMax: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let [text, sizeBytes] = ['', 0];
  // Leaving the loop cancels the transfer.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** A node answers errors with status 500 and an envelope; a proxy in front of it without one. */
function parseEnvelope(text: string): Answer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'silent' };
  }
  if (typeof json !== 'object' || json === null) return { kind: 'malformed', reason: 'no JSON-RPC' };
  const { result, error } = json as { result?: unknown; error?: unknown };
  if (error !== undefined && error !== null) return { kind: 'error', text: JSON.stringify(error) };
  return result === undefined
    ? { kind: 'malformed', reason: 'no result' }
    : { kind: 'result', value: result };
}
