// Where light blocks come from. Nothing a provider says is believed; it only saves asking somebody else.

import type { Clock, Fault, Result } from '../base/index.ts';
import { refuse } from '../base/index.ts';
import type { Engine } from '../chain/types.ts';
import type { LightBlock } from '../comet/index.ts';
import type { AttackEvidence } from './attack-evidence.ts';
import { lightFault } from './faults.ts';

export interface LightProvider {
  /** Names it in events and for people: an address, or `this computer`. */
  readonly id: string;
  /** Refuses with light.height.ahead for a block that does not exist yet, light.provider.silent when out of reach. */
  lightBlock(height: bigint | 'latest', signal?: AbortSignal): Promise<Result<LightBlock>>;
  /** Hands over evidence of an attack; providers that are no full node leave it out. */
  submitEvidence?(evidence: AttackEvidence): Promise<Result<void>>;
}

/** The chain engine in this process as a provider. */
export function createEngineProvider(id: string, engine: Engine): LightProvider {
  return {
    id,
    lightBlock(height) {
      const latest = engine.status().height;
      if (height === 'latest') return engine.lightBlock(latest);
      if (height <= latest) return engine.lightBlock(height);
      const data = { height: String(height), latest: String(latest) };
      return Promise.resolve(refuse(lightFault('light.height.ahead', data)));
    },
  };
}

/** A node that has not answered by then counts as silent: it must not stop the others from being asked. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** The same provider, but silent after the deadline. Its own work is aborted then. */
export function withDeadline(provider: LightProvider, clock: Clock, timeoutMs: number): LightProvider {
  const limit = async <T>(
    work: (signal: AbortSignal) => Promise<Result<T>>,
    late: () => Fault,
    outer?: AbortSignal,
  ): Promise<Result<T>> => {
    outer?.throwIfAborted();
    const controller = new AbortController();
    const cancel = () => controller.abort(outer?.reason);
    outer?.addEventListener('abort', cancel, { once: true });
    try {
      const deadline = clock.sleep(timeoutMs, controller.signal).then(() => refuse(late()));
      return await Promise.race([work(controller.signal), deadline]);
    } finally {
      outer?.removeEventListener('abort', cancel);
      controller.abort(new Error('settled'));
    }
  };
  const { submitEvidence } = provider;
  const silent = (height: bigint | 'latest') =>
    lightFault('light.provider.silent', { height: String(height) });
  return {
    id: provider.id,
    lightBlock: (height, signal) =>
      limit(
        (inner) => provider.lightBlock(height, inner),
        () => silent(height),
        signal,
      ),
    ...(submitEvidence === undefined
      ? {}
      : {
          submitEvidence: (evidence) =>
            limit(
              () => submitEvidence.call(provider, evidence),
              () => silent(evidence.commonHeight),
            ),
        }),
  };
}

/** It was reached and did not fail: a block, or that the block is not there yet. */
export function isAlive(answer: Result<LightBlock>): boolean {
  return answer.ok || answer.fault.code === 'light.height.ahead';
}

export type Fetched =
  | { readonly kind: 'block'; readonly block: LightBlock }
  /** Benign: not reachable, or it does not have the block. */
  | { readonly kind: 'missing'; readonly fault: Fault }
  /** It answered something that no honest provider answers. */
  | { readonly kind: 'bad'; readonly fault: Fault };

/** Asks one provider; a thrown error counts as silence, an abort is passed on. */
export async function fetchBlock(
  provider: LightProvider,
  height: bigint | 'latest',
  signal?: AbortSignal,
): Promise<Fetched> {
  const silent = () => lightFault('light.provider.silent', { height: String(height) });
  let answer: Result<LightBlock>;
  try {
    answer = await provider.lightBlock(height, signal);
  } catch {
    signal?.throwIfAborted();
    return { kind: 'missing', fault: silent() };
  }
  if (!answer.ok) {
    const isBad = answer.fault.code.startsWith('comet.') || answer.fault.code === 'light.provider.height';
    return { kind: isBad ? 'bad' : 'missing', fault: answer.fault };
  }
  const found = answer.value.header.height;
  if (height !== 'latest' && found !== height) {
    const data = { height: String(height), found: String(found) };
    return { kind: 'bad', fault: lightFault('light.provider.height', data) };
  }
  return { kind: 'block', block: answer.value };
}
