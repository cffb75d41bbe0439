// Networks as they are written: every file in CometBFT's own form, keys kept, input refused in words.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAppState } from '../../abci/index.ts';
import { base64, bytesToHex, hexToBytes, unwrap, utf8ToBytes } from '../../base/index.ts';
import { consensusAddress, createConsensusKey, parseValidatorSetJson } from '../../comet/index.ts';
import { parseParadigm } from '../../paradigm/index.ts';
import { createSeededRandom } from '../adapters/system.ts';
import { configToml, peerText, rpcUrl, stateSyncFrom } from './config.ts';
import { createFounderKeys, createNetworkGenesis, writeFounderKeys } from './genesis.ts';
import { nodeId, nodeKeyFile, parseValidatorKeyFile, validatorKeyFile } from './keys.ts';
import type { NetworkPlan } from './network.ts';
import { initNetwork, joinNetwork, parseNetworkFile, parsePeer } from './network.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-network-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const random = createSeededRandom('networks');
const founders = createFounderKeys(random, 99);

function plan(changes: Partial<NetworkPlan> = {}): NetworkPlan {
  return {
    output: join(folder, 'net'),
    validators: 4,
    keyType: 'mixed',
    hosts: [],
    random,
    genesis: (validators) =>
      createNetworkGenesis({ chainId: 'written', nowMs: 1_750_000_000_000, founders, validators }),
    ...changes,
  };
}

const readText = (...names: readonly string[]) => readFileSync(join(folder, 'net', ...names), 'utf8');
const readJson = (...names: readonly string[]) => JSON.parse(readText(...names)) as Record<string, unknown>;

/** The settings of one section, as a reader of TOML sees them. */
function sectionOf(toml: string, name: string): Record<string, unknown> {
  const part = toml.split(/^\[/m).find((text) => text.startsWith(`${name}]`)) ?? '';
  const lines = part
    .split('\n')
    .slice(1)
    .filter((line) => line.includes(' = '));
  return Object.fromEntries(
    lines.map((line) => line.split(' = ')).map(([key = '', value = '']) => [key, JSON.parse(value)]),
  );
}

describe('a new network', () => {
  test('has every document that ships as a published paradigm, that of orders first, in a genesis of modest size', () => {
    const { validators } = unwrap(initNetwork(plan())).genesis;
    const { paradigms } = createNetworkGenesis({ chainId: 'x', nowMs: 0, founders, validators });
    const names = paradigms.map(({ document }) => unwrap(parseParadigm(document)).name);
    const shipped = readdirSync(new URL('../../../assets/paradigms/', import.meta.url))
      .filter((name) => /\.(json|yaml)$/.test(name) && !name.includes('schema'))
      .map((name) => name.replace(/\.\w+$/, ''));
    expect(names[0]).toBe('normal');
    expect([...names].sort()).toEqual(shipped.sort());
    // CometBFT hands it to the application in one message, and every new node reads it.
    expect(readText('genesis.json').length).toBeLessThan(512 * 1024);
  });

  test('is one folder a node, with keys that nobody else reads, and one genesis for all', () => {
    const { nodes, genesis } = unwrap(initNetwork(plan()));
    expect(readdirSync(join(folder, 'net')).sort()).toEqual([
      'genesis.json',
      'network.json',
      'node0',
      'node1',
      'node2',
      'node3',
    ]);
    const texts = nodes.map(({ name }) => readText(name, 'config', 'genesis.json'));
    expect(new Set([...texts, readText('genesis.json')]).size).toBe(1);
    for (const { name, validator } of nodes) {
      for (const file of [
        'config/priv_validator_key.json',
        'config/node_key.json',
        'data/priv_validator_state.json',
      ])
        expect(statSync(join(folder, 'net', name, file)).mode & 0o777).toBe(0o600);
      expect(unwrap(parseValidatorKeyFile(readText(name, 'config', 'priv_validator_key.json'), 'x'))).toEqual(
        validator,
      );
      expect(readJson(name, 'data', 'priv_validator_state.json')).toEqual({ height: '0', round: 0, step: 0 });
    }
    expect(nodes.map(({ validator }) => validator.type)).toEqual([
      'secp256k1',
      'ed25519',
      'secp256k1',
      'ed25519',
    ]);
    expect(new Set(nodes.map(({ validator }) => bytesToHex(validator.secretKey))).size).toBe(4);
    const document = readJson('genesis.json');
    expect(document['genesis_time']).toBe('2025-06-15T15:06:40Z');
    expect(document['consensus_params']).toMatchObject({
      validator: { pub_key_types: ['ed25519', 'secp256k1'] },
      evidence: { max_age_num_blocks: '100000', max_age_duration: String(22n * 86_400n * 1_000_000_000n) },
    });
    // What CometBFT hands to the application is the genesis again.
    const { chainId, time, validators } = genesis;
    const state = utf8ToBytes(JSON.stringify(document['app_state']));
    expect(unwrap(parseAppState(state, { chainId, time, validators }))).toEqual(genesis);
    const set = unwrap(
      parseValidatorSetJson(
        (document['validators'] as { power: string }[]).map((one) => ({ ...one, voting_power: one.power })),
      ),
    );
    expect(set).toHaveLength(4);
  });

  test('is found by its nodes and by consoles', () => {
    const { nodes } = unwrap(initNetwork(plan()));
    const network = unwrap(parseNetworkFile(readText('network.json'), 'network.json'));
    expect(network.rpcs).toEqual(nodes.map(({ rpc }) => rpcUrl(rpc)));
    expect(new Set(network.rpcs).size).toBe(4);
    for (const [index, node] of nodes.entries()) {
      const toml = readText(node.name, 'config', 'config.toml');
      const others = network.peers.filter((_, other) => other !== index);
      expect(sectionOf(toml, 'p2p')).toMatchObject({
        laddr: `tcp://127.0.0.1:${node.p2p.port}`,
        persistent_peers: others.join(','),
        allow_duplicate_ip: true,
      });
      expect(sectionOf(toml, 'rpc')).toEqual({ laddr: `tcp://127.0.0.1:${node.rpc.port}` });
      expect(sectionOf(toml, 'statesync')).toEqual({ enable: false });
    }
  });

  test('on several machines listens to them, and to consoles only where asked', () => {
    const hosts = ['a.example', 'b.example', '2001:db8::1'];
    const { nodes } = unwrap(initNetwork(plan({ hosts, validators: 5 })));
    expect(nodes.map(({ host, p2p }) => [host, p2p.port])).toEqual([
      ['a.example', 26_656],
      ['b.example', 26_656],
      ['2001:db8::1', 26_656],
      ['a.example', 26_666],
      ['b.example', 26_666],
    ]);
    const toml = readText('node2', 'config', 'config.toml');
    expect(sectionOf(toml, 'p2p')).toMatchObject({
      laddr: 'tcp://0.0.0.0:26656',
      external_address: '[2001:db8::1]:26656',
      addr_book_strict: true,
      allow_duplicate_ip: false,
    });
    expect(sectionOf(toml, 'rpc')).toEqual({ laddr: 'tcp://127.0.0.1:26657' });
    rmSync(join(folder, 'net'), { recursive: true });
    unwrap(initNetwork(plan({ hosts, publicRpc: true })));
    expect(sectionOf(readText('node0', 'config', 'config.toml'), 'rpc')).toEqual({
      laddr: 'tcp://0.0.0.0:26657',
    });
    expect(unwrap(parseNetworkFile(readText('network.json'), 'x')).rpcs[0]).toBe('http://a.example:26657');
  });

  test('is refused in words where it cannot be, and then nothing is written', () => {
    const refused = (changes: Partial<NetworkPlan>) => {
      const result = initNetwork(plan(changes));
      return result.ok ? 'made' : String(result.fault.data?.['problem']);
    };
    expect(refused({ validators: 0 })).toMatch(/1 to 99/);
    expect(refused({ validators: 100 })).toMatch(/1 to 99/);
    expect(refused({ hosts: ['a b'] })).toMatch(/"a b" is no host/);
    expect(refused({ basePort: 65_500, validators: 99 })).toMatch(/ports/);
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full', 'thing'), '');
    expect(refused({ output: join(folder, 'full') })).toMatch(/not empty/);
    expect(readdirSync(join(folder, 'full'))).toEqual(['thing']);
  });

  test('is never written over another', () => {
    unwrap(initNetwork(plan()));
    const before = readText('node0', 'config', 'priv_validator_key.json');
    expect(initNetwork(plan())).toMatchObject({ ok: false, fault: { code: 'cometbft.network.input' } });
    const home = join(folder, 'net', 'node0');
    const config = {
      moniker: 'x',
      p2p: { host: '127.0.0.1', port: 1, peers: [] },
      rpc: { host: '127.0.0.1', port: 2 },
    };
    expect(joinNetwork({ home, genesisJson: '{}', config, keyType: 'ed25519', random })).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.key.exists' },
    });
    expect(readText('node0', 'config', 'priv_validator_key.json')).toBe(before);
  });

  test('gives its founders their keys once', () => {
    const path = writeFounderKeys(folder, founders);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object)).toContain('operator98');
    expect(() => writeFounderKeys(folder, founders)).toThrow(/EEXIST/);
  });
});

describe('forms of others', () => {
  test('keys are those of CometBFT', () => {
    // RFC 8032, test 1.
    const secretKey = hexToBytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
    const key = createConsensusKey(secretKey, 'ed25519');
    const file = JSON.parse(validatorKeyFile({ type: 'ed25519', secretKey })) as Record<
      string,
      { type: string; value: string }
    >;
    expect(file['pub_key']).toEqual({ type: 'tendermint/PubKeyEd25519', value: base64.encode(key.bytes) });
    expect(bytesToHex(base64.decode(file['priv_key']?.value ?? ''))).toBe(
      bytesToHex(secretKey) + bytesToHex(key.bytes),
    );
    expect(nodeId(secretKey)).toBe(bytesToHex(consensusAddress(key)));
    expect(JSON.parse(nodeKeyFile(secretKey))).toEqual({ priv_key: file['priv_key'] });
    const other = JSON.parse(validatorKeyFile({ type: 'secp256k1', secretKey })) as typeof file;
    expect(base64.decode(other['priv_key']?.value ?? '')).toEqual(secretKey);
    expect(other['pub_key']?.type).toBe('tendermint/PubKeySecp256k1');
  });

  test('a key file that was tampered with is refused', () => {
    const text = validatorKeyFile({ type: 'ed25519', secretKey: random.bytes(32) });
    const other = JSON.parse(validatorKeyFile({ type: 'ed25519', secretKey: random.bytes(32) })) as {
      pub_key: unknown;
    };
    const mixed = JSON.stringify({ ...(JSON.parse(text) as object), pub_key: other.pub_key });
    for (const damaged of [
      mixed,
      '',
      '[]',
      text.slice(0, -20),
      text.replace('PrivKeyEd25519', 'PrivKeySr25519'),
    ])
      expect(parseValidatorKeyFile(damaged, 'key.json')).toMatchObject({
        ok: false,
        fault: { code: 'cometbft.home.damaged' },
      });
  });

  test('peers are read as they are written', () => {
    const peer = fc.record({
      id: fc.stringMatching(/^[0-9a-f]{40}$/),
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('node.example')),
      port: fc.integer({ min: 1, max: 65_535 }),
    });
    fc.assert(
      fc.property(peer, (value) => {
        expect(parsePeer(peerText(value))).toEqual(value);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void parsePeer(text)));
  });

  test('a network file of a stranger is refused or has the right form', () => {
    const good = { v: 1, chainId: 'c', rpcs: ['http://a.example:1'], peers: [] };
    expect(unwrap(parseNetworkFile(JSON.stringify(good), 'f'))).toEqual(good);
    for (const changes of [
      { v: 2 },
      { rpcs: [] },
      { rpcs: ['file:///etc/passwd'] },
      { rpcs: ['javascript:1'] },
      { chainId: '' },
      { checkpoint: { height: '0', hash: '00'.repeat(32) } },
      { checkpoint: { height: '5', hash: 'zz' } },
    ])
      expect(parseNetworkFile(JSON.stringify({ ...good, ...changes }), 'f').ok).toBe(false);
    fc.assert(fc.property(fc.string(), (text) => void parseNetworkFile(text, 'f')));
  });

  test('names with quotes and backslashes stay one setting', () => {
    const moniker = 'a "b" \\ c\n[rpc]';
    const toml = configToml({
      moniker,
      p2p: { host: '::1', port: 1, peers: [] },
      rpc: { host: '::1', port: 2 },
      stateSync: stateSyncFrom(['http://one'], 5n, 'ab'.repeat(32)),
    });
    const line = toml.split('\n').find((text) => text.startsWith('moniker')) ?? '';
    expect(JSON.parse(line.slice('moniker = '.length))).toBe(moniker);
    expect(toml.match(/^\[rpc\]$/gm)).toHaveLength(1);
    expect(sectionOf(toml, 'statesync')).toMatchObject({
      enable: true,
      rpc_servers: 'http://one,http://one',
      trust_height: 5,
      trust_hash: 'AB'.repeat(32),
    });
    expect(sectionOf(toml, 'rpc')).toEqual({ laddr: 'tcp://[::1]:2' });
  });
});
