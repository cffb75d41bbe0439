// The chain that this console runs by itself: its keys, its genesis, and the engine and light node over one store.
// One sealed seed gives every key of the network, so a world can be reopened and, in demos, reproduced.

import { z } from 'zod';
import type { Bytes, Clock, KvStore, Log, Random } from '../../base/index.ts';
import { bytesToHex, hkdf, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import type { Engine, Genesis } from '../../chain/index.ts';
import {
  createApplication,
  DEFAULT_NAMES,
  DEFAULT_STORAGE,
  IndexEntry,
  indexEntryKey,
  paradigmKey,
  parseState,
  publishedAccounts,
  SoloEngine,
} from '../../chain/index.ts';
import { createConsensusKey, headerHash, msToTime } from '../../comet/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, createKeyPair } from '../../identity/index.ts';
import type { LightNode } from '../../light/index.ts';
import { createEngineProvider, createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { encodeParadigm, paradigmId } from '../../paradigm/index.ts';
import { readAsset } from '../adapters/assets.ts';
import { createSignatureBackend, createVerifySignature } from '../adapters/signatures.ts';
import { nativeSha256 } from '../adapters/system.ts';

import { DEMO_REVIEW } from './demo-council.ts';

/** What the community stakes of its own behind the only validator: 10 power. On a demo network its account is the faucet. */
const STAKE_MICRO = 10n * 1_000_000n;
/** Nobody can see a reveal on its way to a chain that is in this process: there is little to wait for. */
const OWN_NAMES = { ...DEFAULT_NAMES, waitS: 2 };
/** Nobody but this process signs this chain, and its root is in its own store: age alone makes it no less trusted. */
const OWN_CHAIN_TRUST_NS = 100n * 365n * 24n * 3600n * 1_000_000_000n;

export type WorldKeys = Readonly<
  Record<'validator' | 'faucet' | 'sale' | 'team' | 'council' | 'treasury' | 'author', KeyPair> & {
    /** Of demo worlds: they vote as the checker finds. */
    reviewers: readonly KeyPair[];
  }
>;

export type World = {
  readonly record: WorldRecord;
  readonly engine: Engine;
  readonly light: LightNode;
  readonly paradigmId: Bytes;
  /** Accounts that everybody on this network knows, by name. */
  readonly knownNames: ReadonlyMap<string, string>;
  /** Of a chain of its own; a network of others keeps its keys. */
  readonly keys?: WorldKeys;
};

/** What must stay the same each time the world is opened. */
export const WorldRecord = z.object({
  chainId: z.string(),
  seedHex: z.string(),
  genesisMs: z.number(),
  demo: z.boolean().optional(),
  /** Of a demo world: how long ended contracts are kept, where it is not the ordinary time. */
  keepEndedS: z.number().optional(),
});
export type WorldRecord = Readonly<z.infer<typeof WorldRecord>>;

export function createWorldRecord(
  random: Random,
  nowMs: number,
  demo: { readonly keepEndedS?: number } | undefined,
): WorldRecord {
  return {
    chainId: `dipnet-demo-${bytesToHex(random.bytes(4))}`,
    seedHex: bytesToHex(random.bytes(32)),
    genesisMs: nowMs,
    demo: demo !== undefined,
    ...(demo?.keepEndedS === undefined ? {} : { keepEndedS: demo.keepEndedS }),
  };
}

function deriveKeys(seedHex: string): WorldKeys {
  const seed = utf8ToBytes(seedHex);
  const key = (name: string) =>
    createKeyPair(hkdf(sha256, seed, undefined, utf8ToBytes(`dipnet/world/v1/${name}`), 32));
  return {
    validator: key('validator'),
    faucet: key('faucet'),
    sale: key('sale'),
    team: key('team'),
    council: key('council'),
    treasury: key('treasury'),
    author: key('author'),
    reviewers: [1, 2, 3].map((number) => key(`reviewer-${number}`)),
  };
}

function createGenesis(record: WorldRecord, keys: WorldKeys, document: Bytes): Genesis {
  const key = createConsensusKey(keys.validator.secretKey, 'secp256k1');
  const time = msToTime(record.genesisMs);
  const holders = { sale: keys.sale.address, team: keys.team.address, community: keys.faucet.address };
  return {
    chainId: record.chainId,
    time,
    validators: [{ key, power: 10n }],
    stakes: [{ operator: holders.community, key, name: 'This computer', stakeMicro: STAKE_MICRO }],
    fixedSet: true,
    accounts: publishedAccounts(holders, time.seconds),
    council: keys.council.address,
    treasury: keys.treasury.address,
    paradigms: [{ document, author: keys.author.address }],
    params: {
      names: OWN_NAMES,
      ...(record.demo === true ? { review: DEMO_REVIEW } : {}),
      ...(record.keepEndedS === undefined
        ? {}
        : { storage: { ...DEFAULT_STORAGE, keepS: record.keepEndedS } }),
    },
  };
}

export type WorldParts = {
  readonly chainKv: KvStore;
  readonly lightKv: KvStore;
  readonly clock: Clock;
  readonly log: Log;
};

/** Starts the engine and roots the light node at the first block. */
export async function openWorld(record: WorldRecord, parts: WorldParts): Promise<World> {
  const keys = deriveKeys(record.seedHex);
  const document = unwrap(encodeParadigm(new TextDecoder().decode(readAsset('paradigms', 'normal.json'))));
  const signatures = createSignatureBackend();
  const app = createApplication({
    kv: parts.chainKv,
    hash: nativeSha256,
    verify: createVerifySignature(signatures),
  });
  const engine = new SoloEngine({
    kv: parts.chainKv,
    app,
    clock: parts.clock,
    genesis: createGenesis(record, keys, document),
    validatorKey: { type: 'secp256k1', secretKey: keys.validator.secretKey },
  });
  await engine.start();
  const first = unwrap(await engine.lightBlock(1n));
  const light = createLightNode({
    root: { chainId: record.chainId, height: 1n, hash: headerHash(first.header) },
    verify: { ...defaultVerifyOptions(record.chainId, signatures), trustingPeriodNs: OWN_CHAIN_TRUST_NS },
    clock: parts.clock,
    store: parts.lightKv,
    providers: [createEngineProvider('this computer', engine)],
    witnessesMin: 0,
    log: parts.log,
  });
  const knownNames = new Map([
    [addressToText(keys.treasury.address), 'Network'],
    [addressToText(keys.author.address), 'DIPNET paradigms'],
    [addressToText(keys.faucet.address), 'Faucet'],
    ...keys.reviewers.map(
      ({ address }, index) => [addressToText(address), `Demo reviewer ${index + 1}`] as const,
    ),
  ]);
  return {
    record,
    engine,
    light,
    paradigmId: await ownParadigm(engine, paradigmId(document)),
    knownNames,
    keys,
  };
}

/** The paradigm of this chain's orders: a world that an older console made began with the one that shipped then. */
async function ownParadigm(engine: Engine, current: Bytes): Promise<Bytes> {
  const height = engine.status().height - 1n;
  const known = await engine.query(paradigmKey(current), height);
  if (!known.ok || known.value.value !== undefined) return current;
  const first = await engine.query(indexEntryKey('paradigms', 0n), height);
  if (!first.ok || first.value.value === undefined) return current;
  const entry = parseState(IndexEntry, first.value.value);
  return entry.ok ? entry.value.id : current;
}
