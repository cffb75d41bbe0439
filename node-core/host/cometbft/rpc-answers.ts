// The RPC answers that the engine reads, strict in types and ignorant of the rest. Source: CometBFT v0.38.25
// rpc/core/types; int64 are decimal strings, bytes base64, hashes hexadecimal, empty lists null.

import { z } from 'zod';
import type { Bytes, Fault } from '../../base/index.ts';
import { base64, parseHex } from '../../base/index.ts';
import type { ChainEvent, CommittedBlock, TxOutcome } from '../../chain/index.ts';
import { parseTime } from '../../comet/index.ts';
import { cometbftFault } from './faults.ts';

const EMPTY = new Uint8Array(0);
const TXS_MAX = 200_000;

function converted<T>(what: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `not ${what}` });
    return z.NEVER;
  });
}

const int64 = converted('an int64', (text) => (/^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined));
const bytes = converted('base64', (text) => {
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
});
const hex = converted('hexadecimal', parseHex);
const time = converted('a time', parseTime);

const event = z.object({
  type: z.string(),
  attributes: z.array(z.object({ key: z.string(), value: z.string().nullish() })).nullish(),
});

function toChainEvent(json: z.infer<typeof event>): ChainEvent {
  const attributes = (json.attributes ?? []).map(({ key, value }): [string, string] => [key, value ?? '']);
  return { type: json.type, attributes: Object.fromEntries(attributes) };
}

const execResult = z.object({
  code: z.int().min(0),
  data: bytes.nullish(),
  log: z.string(),
  gas_wanted: int64,
  gas_used: int64,
  events: z.array(event).nullish(),
});

const fault = z.object({
  code: z.string().max(100),
  message: z.string().max(2000),
  next: z.string().max(2000),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** The application writes its fault as JSON into `log`. Another application's log is no sentence for people. */
export function faultOfLog(code: number, log: string): Fault {
  try {
    const parsed = fault.safeParse(JSON.parse(log));
    if (parsed.success) {
      const { data, ...rest } = parsed.data;
      return data === undefined ? rest : { ...rest, data };
    }
  } catch {
    // Falls through: no JSON.
  }
  return cometbftFault('cometbft.tx.refused', { code });
}

function toOutcome(json: z.infer<typeof execResult>): TxOutcome {
  const { code, gas_wanted: gasWanted, gas_used: gasUsed } = json;
  const result = { code, data: json.data ?? EMPTY, gasWanted, gasUsed };
  const events = (json.events ?? []).map(toChainEvent);
  return code === 0 ? { result, events } : { result, events, fault: faultOfLog(code, json.log) };
}

const blockAnswer = z.object({
  block: z.object({
    header: z.object({ chain_id: z.string(), height: int64, time, app_hash: hex }),
    data: z.object({ txs: z.array(bytes).max(TXS_MAX).nullish() }),
  }),
});
const resultsAnswer = z.object({
  height: int64,
  txs_results: z.array(execResult).max(TXS_MAX).nullish(),
  finalize_block_events: z.array(event).nullish(),
});

export type FetchedBlock = { readonly block: CommittedBlock; readonly appHash: Bytes };

/** A block with its results. @throws Error where the two do not belong together. */
export function parseBlock(blockJson: unknown, resultsJson: unknown, wanted: bigint): FetchedBlock {
  const { header, data } = blockAnswer.parse(blockJson).block;
  const results = resultsAnswer.parse(resultsJson);
  const txs = data.txs ?? [];
  const outcomes = (results.txs_results ?? []).map(toOutcome);
  if (header.height !== wanted || results.height !== wanted || txs.length !== outcomes.length)
    throw new Error(`the block and the results at ${wanted} do not belong together`);
  const blockEvents = (results.finalize_block_events ?? []).map(toChainEvent);
  const pairs = txs.map((tx, index) => ({ tx, outcome: outcomes[index] as TxOutcome }));
  const block = { height: header.height, time: header.time, txs: pairs, blockEvents };
  return { block, appHash: header.app_hash };
}

const statusAnswer = z.object({
  node_info: z.object({ network: z.string(), id: z.string() }),
  sync_info: z.object({
    latest_block_height: int64,
    latest_app_hash: hex,
    earliest_block_height: int64,
    catching_up: z.boolean(),
  }),
});

export type NodeInfo = {
  readonly chainId: string;
  readonly height: bigint;
  readonly earliest: bigint;
  readonly catchingUp: boolean;
};

export function parseStatus(json: unknown): NodeInfo {
  const { node_info: node, sync_info: sync } = statusAnswer.parse(json);
  return {
    chainId: node.network,
    height: sync.latest_block_height,
    earliest: sync.earliest_block_height,
    catchingUp: sync.catching_up,
  };
}

export function parsePeers(json: unknown): number {
  return Number(z.object({ n_peers: int64 }).parse(json).n_peers);
}

/** Undefined for a transaction that passed the check, else why it did not. */
export function parseBroadcast(json: unknown): Fault | undefined {
  const { code, log } = z.object({ code: z.int().min(0), log: z.string() }).parse(json);
  return code === 0 ? undefined : faultOfLog(code, log);
}

export function parseTxHeight(json: unknown): bigint {
  return z.object({ height: int64 }).parse(json).height;
}

const queryAnswer = z.object({
  response: z.object({
    code: z.int().min(0),
    log: z.string(),
    key: bytes.nullish(),
    value: bytes.nullish(),
    height: int64,
    proofOps: z.object({ ops: z.array(z.object({ type: z.string(), data: bytes })) }).nullish(),
  }),
});

export type QueryAnswer = z.output<typeof queryAnswer>['response'];

export function parseQuery(json: unknown): QueryAnswer {
  return queryAnswer.parse(json).response;
}
