// The chain as this console sees it: what the engine says, what the light node verified of it, and with which signatures.

import type { NetworkView } from '../../api/index.ts';
import type { Clock } from '../../base/index.ts';
import { bytesToHex } from '../../base/index.ts';
import type { CommittedBlock, Engine } from '../../chain/index.ts';
import type { ValidatorSet } from '../../comet/index.ts';
import { consensusAddress, headerHash, timeToMs, totalPower } from '../../comet/index.ts';
import type { LightEvent, LightNode } from '../../light/index.ts';

const RECENT_BLOCKS = 20;
const LAGS_KEPT = 50;

export class Network {
  readonly #engine: Engine;
  readonly #light: LightNode;
  readonly #clock: Clock;
  readonly #lagsMs: number[] = [];
  #headersVerified = 0;
  #signaturesVerified = 0;
  #proofsVerified = 0;
  #lastVerifiedMs = 0;

  constructor(engine: Engine, light: LightNode, clock: Clock) {
    this.#engine = engine;
    this.#light = light;
    this.#clock = clock;
    light.onEvent((event) => this.#onLight(event));
  }

  /** Follows the chain with the light node, block by block, and tells when something new is verified. */
  follow(onVerified: () => void, onFailed: (error: unknown) => void): () => void {
    return this.#engine.onBlock((block: CommittedBlock) => {
      this.#light.syncTo(block.height).then(
        (synced) => {
          if (synced.ok) onVerified();
        },
        (error: unknown) => onFailed(error),
      );
    });
  }

  countProof(): void {
    this.#proofsVerified++;
  }

  get verifiedHeight(): number {
    return Number(this.#light.status().latest?.height ?? 0n);
  }

  async view(): Promise<NetworkView> {
    const status = this.#engine.status();
    const light = this.#light.status();
    const head = await this.#engine.lightBlock(status.height);
    return {
      chainId: status.chainId,
      engine: status.engine,
      height: Number(status.height),
      blockTimeS: Number(status.time.seconds),
      peers: status.peers,
      validators: head.ok ? validatorsOf(head.value.validators) : [],
      light: {
        height: this.verifiedHeight,
        hash: bytesToHex(light.latest?.hash ?? light.root.hash),
        trustHeight: Number(light.root.height),
        trustHash: bytesToHex(light.root.hash),
        headersVerified: this.#headersVerified,
        proofsVerified: this.#proofsVerified,
        signaturesVerified: this.#signaturesVerified,
        finalityLagMs: median(this.#lagsMs),
        lastVerifiedMs: this.#lastVerifiedMs,
        ...(light.halted === undefined
          ? {}
          : {
              fault: {
                ...light.halted,
                ...(light.halted.data === undefined ? {} : { data: { ...light.halted.data } }),
              },
            }),
      },
      recentBlocks: await this.#recent(status.height),
    };
  }

  async #recent(head: bigint): Promise<NetworkView['recentBlocks']> {
    const rows: NetworkView['recentBlocks'] = [];
    for (let height = head; height > 0n && height > head - BigInt(RECENT_BLOCKS); height--) {
      const [light, block] = [await this.#engine.lightBlock(height), await this.#engine.blockAt(height)];
      if (!light.ok || !block.ok) break;
      const { header, commit, validators } = light.value;
      const signed = validators.reduce(
        (power, validator, i) => (commit.signatures[i]?.flag === 2 ? power + validator.power : power),
        0n,
      );
      rows.push({
        height: Number(height),
        hash: bytesToHex(headerHash(header)),
        timeS: Number(header.time.seconds),
        txs: block.value.txs.length,
        verified: this.#light.stored(height) !== undefined,
        signedPercent: Number((signed * 10_000n) / totalPower(validators)) / 100,
      });
    }
    return rows;
  }

  #onLight(event: LightEvent): void {
    if (event.type !== 'light.verified') return;
    const nowMs = this.#clock.nowMs();
    this.#headersVerified++;
    this.#signaturesVerified += event.tally.signers.length;
    this.#lastVerifiedMs = nowMs;
    this.#lagsMs.push(Math.max(0, nowMs - timeToMs(event.time)));
    if (this.#lagsMs.length > LAGS_KEPT) this.#lagsMs.shift();
  }
}

function validatorsOf(validators: ValidatorSet): NetworkView['validators'] {
  const total = totalPower(validators);
  return validators.map(({ key, power }) => ({
    address: bytesToHex(consensusAddress(key)),
    keyType: key.type,
    powerPercent: Number((power * 10_000n) / total) / 100,
  }));
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
