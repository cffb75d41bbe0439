// The settings of one CometBFT node and their text, config.toml. Only what differs from CometBFT's own defaults or what
// the console relies on is written; everything else stays CometBFT's. Source: config/config.go at v0.38.25.

export type HostPort = { readonly host: string; readonly port: number };

/** Another node: its id (hash of its p2p key) and where it listens. */
export type Peer = HostPort & { readonly id: string };

export type StateSync = {
  /** At least two, so that one liar is noticed. */
  readonly rpcServers: readonly string[];
  readonly trustHeight: bigint;
  readonly trustHash: string;
  /** Must be shorter than the unbonding time: who has left can no longer be punished. */
  readonly trustPeriodS: number;
};

export type NodeConfig = {
  readonly moniker: string;
  readonly p2p: HostPort & {
    /** Where others reach this node, if not at `host`. */
    readonly external?: HostPort;
    readonly peers: readonly Peer[];
    /** Peers whose addresses are told to nobody: a validator behind its sentries. */
    readonly privatePeerIds?: readonly string[];
    /** Tells and asks others for addresses. A validator behind sentries does not. */
    readonly exchange?: boolean;
    /** Private addresses count as reachable, and several peers may share one: for networks on one machine. */
    readonly local?: boolean;
  };
  readonly rpc: HostPort;
  readonly consensus?: {
    /** After a block, before the next. */
    readonly commitMs?: number;
    readonly proposeMs?: number;
    readonly voteMs?: number;
    /** Without transactions a block comes this often. 0: as fast as blocks come. */
    readonly heartbeatMs?: number;
    /** Next height as soon as every precommit is there. */
    readonly hurry?: boolean;
  };
  readonly mempool?: { readonly txsMax?: number; readonly recheck?: boolean };
  /** Finds transactions by their hash; costs a little of the rate. Default: true. */
  readonly indexTxs?: boolean;
  readonly stateSync?: StateSync;
};

/** A quiet network makes six blocks a minute; a transaction comes at once, and the block that proves it a second later. */
const COMMIT_MS = 1000;
const HEARTBEAT_MS = 10_000;
const PROPOSE_MS = 3000;
const VOTE_MS = 1000;
/** Twenty full blocks of transfers. */
const MEMPOOL_TXS_MAX = 20_000;
const MEMPOOL_BYTES_MAX = 256 * 1024 * 1024;

/** CometBFT takes what it trusted for two thirds of the unbonding time as still punishable. */
const TRUST_PERIOD_S = 14 * 86_400;

/** Joining by a snapshot, from a block that the operator trusts. A lone server is named twice: CometBFT wants two. */
export function stateSyncFrom(rpcs: readonly string[], trustHeight: bigint, trustHash: string): StateSync {
  const [only] = rpcs;
  const rpcServers = rpcs.length === 1 && only !== undefined ? [only, only] : rpcs;
  return { rpcServers, trustHeight, trustHash: trustHash.toUpperCase(), trustPeriodS: TRUST_PERIOD_S };
}

type Value = string | number | boolean | readonly string[];
type Section = Readonly<Record<string, Value>>;

const address = ({ host, port }: HostPort) => `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
const bare = (at: HostPort) => address(at).slice('tcp://'.length);
const ms = (value: number) => `${value}ms`;

export function peerText(peer: Peer): string {
  return `${peer.id}@${bare(peer)}`;
}

export function rpcUrl({ host, port }: HostPort): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

export function configToml(config: NodeConfig): string {
  const { moniker, indexTxs = true } = config;
  const sections: Readonly<Record<string, Section>> = {
    rpc: { laddr: address(config.rpc) },
    p2p: p2pSection(config.p2p),
    mempool: mempoolSection(config.mempool ?? {}),
    consensus: consensusSection(config.consensus ?? {}),
    statesync: stateSyncSection(config.stateSync),
    // The results of blocks are what the console reads its events from.
    storage: { discard_abci_responses: false },
    tx_index: { indexer: indexTxs ? 'kv' : 'null' },
  };
  const top: Section = { moniker, log_format: 'json', log_level: 'info', abci: 'socket' };
  return [
    '# Settings of this CometBFT node. What is not named here is CometBFT’s default; "dipnet node" gives proxy_app.',
    ...sectionLines(top),
    ...Object.entries(sections).flatMap(([name, section]) => ['', `[${name}]`, ...sectionLines(section)]),
    '',
  ].join('\n');
}

function p2pSection(p2p: NodeConfig['p2p']): Section {
  return {
    laddr: address(p2p),
    external_address: p2p.external === undefined ? '' : bare(p2p.external),
    persistent_peers: p2p.peers.map(peerText).join(','),
    private_peer_ids: (p2p.privatePeerIds ?? []).join(','),
    pex: p2p.exchange ?? true,
    addr_book_strict: p2p.local !== true,
    allow_duplicate_ip: p2p.local === true,
    // After a cut the peers are found again within seconds, not after the default's growing pauses.
    persistent_peers_max_dial_period: '10s',
  };
}

function mempoolSection({ txsMax = MEMPOOL_TXS_MAX, recheck = true }: NonNullable<NodeConfig['mempool']>) {
  return {
    size: txsMax,
    max_txs_bytes: MEMPOOL_BYTES_MAX,
    cache_size: txsMax * 2,
    recheck,
  };
}

function consensusSection(consensus: NonNullable<NodeConfig['consensus']>): Section {
  const { commitMs = COMMIT_MS, proposeMs = PROPOSE_MS, voteMs = VOTE_MS } = consensus;
  const { heartbeatMs = HEARTBEAT_MS, hurry = false } = consensus;
  return {
    timeout_propose: ms(proposeMs),
    timeout_prevote: ms(voteMs),
    timeout_precommit: ms(voteMs),
    timeout_commit: ms(commitMs),
    skip_timeout_commit: hurry,
    create_empty_blocks: heartbeatMs === 0,
    create_empty_blocks_interval: ms(heartbeatMs),
  };
}

function stateSyncSection(stateSync: StateSync | undefined): Section {
  if (stateSync === undefined) return { enable: false };
  return {
    enable: true,
    rpc_servers: stateSync.rpcServers.join(','),
    trust_height: Number(stateSync.trustHeight),
    trust_hash: stateSync.trustHash,
    trust_period: `${stateSync.trustPeriodS}s`,
    discovery_time: '5s',
    chunk_request_timeout: '10s',
  };
}

function sectionLines(section: Section): string[] {
  return Object.entries(section).map(([name, value]) => `${name} = ${toToml(value)}`);
}

/** JSON's strings are TOML's basic strings, as long as nothing above U+FFFF is escaped. */
function toToml(value: Value): string {
  return Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : JSON.stringify(value);
}
