// The folder of one node: config/ with its settings, keys and genesis, data/ with its blocks and its record of signatures,
// app/ with the state. Keys are never overwritten, and a validator key never runs without the record of what it signed:
// either would let it sign twice, which the network punishes.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import type { NodeConfig } from './config.ts';
import { configToml } from './config.ts';
import { cometbftFault } from './faults.ts';
import type { ConsensusSecret } from './keys.ts';
import { NOTHING_SIGNED, nodeKeyFile, validatorKeyFile } from './keys.ts';

export const FILES = {
  settings: ['config', 'config.toml'],
  genesis: ['config', 'genesis.json'],
  nodeKey: ['config', 'node_key.json'],
  validatorKey: ['config', 'priv_validator_key.json'],
  validatorState: ['data', 'priv_validator_state.json'],
  blocks: ['data', 'blockstore.db'],
  state: ['app', 'chain.db'],
  lock: ['app', 'lock'],
} as const;

export type HomeFile = keyof typeof FILES;

export const homePath = (home: string, file: HomeFile): string => join(home, ...FILES[file]);

const SECRET_MODE = 0o600;
const PUBLIC_MODE = 0o644;
const FOLDER_MODE = 0o700;

export type HomeContent = {
  readonly config: NodeConfig;
  readonly genesisJson: string;
  readonly nodeSecret: Uint8Array;
  readonly validator: ConsensusSecret;
};

/** Writes a new node. Refused, with nothing changed, where the folder has a validator key or a record of signatures. */
export function writeHome(home: string, content: HomeContent): Result<void> {
  for (const file of ['validatorKey', 'validatorState', 'blocks'] as const)
    if (existsSync(homePath(home, file)))
      return refuse(cometbftFault('cometbft.key.exists', { folder: home }));
  try {
    for (const folder of ['config', 'data', 'app'])
      mkdirSync(join(home, folder), { recursive: true, mode: FOLDER_MODE });
    // `wx`: whoever else writes here at the same time, the first key stays.
    const secret = { mode: SECRET_MODE, flag: 'wx', flush: true };
    writeFileSync(homePath(home, 'validatorKey'), validatorKeyFile(content.validator), secret);
    writeFileSync(homePath(home, 'validatorState'), NOTHING_SIGNED, secret);
    writeFileSync(homePath(home, 'nodeKey'), nodeKeyFile(content.nodeSecret), secret);
    writeFileSync(homePath(home, 'genesis'), content.genesisJson, { mode: PUBLIC_MODE, flush: true });
    writeSettings(home, content.config);
    return ok(undefined);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    return refuse(
      cometbftFault(exists ? 'cometbft.key.exists' : 'cometbft.home.unwritable', { folder: home }),
    );
  }
}

/** Settings may be written again at any time; they count from the next start on. */
export function writeSettings(home: string, config: NodeConfig): void {
  writeFileSync(homePath(home, 'settings'), configToml(config), { mode: PUBLIC_MODE, flush: true });
}

/** What must be there, and belong together, before a node may start. */
export function checkHome(home: string): Result<void> {
  for (const file of ['settings', 'genesis', 'nodeKey'] as const) {
    if (!existsSync(homePath(home, file)))
      return refuse(cometbftFault('cometbft.home.missing', { folder: home, file: FILES[file].join('/') }));
  }
  if (!existsSync(homePath(home, 'validatorKey')))
    return refuse(cometbftFault('cometbft.key.missing', { folder: home }));
  if (existsSync(homePath(home, 'validatorState'))) return ok(undefined);
  return refuse(cometbftFault('cometbft.key.state-missing', { folder: home }));
}

export function readHomeFile(home: string, file: HomeFile): Result<string> {
  try {
    return ok(readFileSync(homePath(home, file), 'utf8'));
  } catch {
    return refuse(cometbftFault('cometbft.home.missing', { folder: home, file: FILES[file].join('/') }));
  }
}
