// docs/network.md and the files for Docker, held against the program: every command, flag, file, port, setting and fault
// that they name exists, and what goes into the image is enough to build and run a node. There is no Docker in the tests.

import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseDocument } from 'yaml';
import { runNetwork } from '../node-core/host/cli/network.ts';
import { runNode } from '../node-core/host/cli/node.ts';
import { runServe } from '../node-core/host/cli/serve.ts';
import { runValidator } from '../node-core/host/cli/validator.ts';
import { runVersion } from '../node-core/host/cli/version.ts';
import { COMETBFT_VERSION } from '../node-core/host/cometbft/binary.ts';
import { configToml } from '../node-core/host/cometbft/config.ts';
import { compareVersions, ROOT } from './setup.mjs';

const read = (...names: string[]) => readFileSync(join(ROOT, ...names), 'utf8');
const page = read('docs', 'network.md');
const compose = read('docs', 'network', 'compose.yaml');
const dockerfile = read('docs', 'network', 'Dockerfile');
const ignored = read('docs', 'network', 'Dockerfile.dockerignore').trim().split('\n');

const COMMANDS = {
  network: runNetwork,
  node: runNode,
  serve: runServe,
  validator: runValidator,
  version: runVersion,
} as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs a command in this process; what it wrote, where it took all that it was given. */
async function run(name: string, args: readonly string[]): Promise<string> {
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  const code = Object.hasOwn(COMMANDS, name) ? await COMMANDS[name as keyof typeof COMMANDS](args) : -1;
  vi.restoreAllMocks();
  expect({ command: [name, ...args].join(' '), code, err }).toMatchObject({ code: 0, err: '' });
  return out;
}

/** Every call of the program in fences and in running text, without comments. */
function commandsOf(text: string): string[][] {
  const code = [...text.matchAll(/```sh\n([\s\S]*?)```/g), ...text.matchAll(/`(dipnet [^`]+)`/g)];
  return code
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s#.*$/, '').replace(/^npx /, ''))
    .filter((line) => line.startsWith('dipnet '))
    .map((line) => line.trim().split(/\s+/).slice(1));
}

describe('docs/network.md', () => {
  it('names only commands and flags that the program takes', async () => {
    const found = commandsOf(page);
    expect(found.length).toBeGreaterThan(10);
    // Options are read before help is given, so a wrong one fails.
    for (const [name = '', ...args] of found) await run(name, [...args, '--help']);
  });

  it('names files and settings that a new network has', async () => {
    const net = join(folder, 'net');
    await run('network', ['init', '--validators', '2', '--hosts', 'a.example,b.example', '--output', net]);
    const files = [...page.matchAll(/`(config|data)\/([\w.]+)`/g)].map(([, ...path]) => path.map(String));
    expect(files.length).toBeGreaterThan(3);
    for (const path of files) expect([path, existsSync(join(net, 'node0', ...path))]).toEqual([path, true]);
    for (const name of ['founders.json', 'genesis.json', 'network.json']) {
      expect(page).toContain(name);
      expect(existsSync(join(net, name))).toBe(true);
    }
    const { rpcs, peers } = JSON.parse(readFileSync(join(net, 'network.json'), 'utf8')) as {
      rpcs: string[];
      peers: string[];
    };
    const [peer = '', rpc = ''] = [/:\d+$/.exec(peers[0] ?? '')?.[0], /:\d+$/.exec(rpcs[0] ?? '')?.[0]];
    expect(page).toContain(`port ${peer.slice(1)} (TCP)`);
    expect(page).toContain(`Port ${rpc.slice(1)} (RPC)`);
    expect(dockerfile).toContain(`EXPOSE ${peer.slice(1)} ${rpc.slice(1)}`);
    // As the page says: without --public-rpc the nodes answer their own machine only.
    expect(rpcs.every((address) => address.startsWith('http://127.0.0.1:'))).toBe(true);
    const config = configToml({
      moniker: 'n',
      p2p: { host: '127.0.0.1', port: 1, peers: [] },
      rpc: { host: '127.0.0.1', port: 2 },
    });
    for (const setting of ['pex', 'persistent_peers', 'private_peer_ids']) {
      expect(page).toContain(`\`${setting}`);
      expect(config).toContain(`\n${setting} = `);
    }
  });

  it('names faults that there are', () => {
    const source = read('node-core', 'host', 'cometbft', 'faults.ts');
    const codes = [...page.matchAll(/`(cometbft\.[a-z.-]+)`/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(2);
    for (const code of codes) expect(source).toContain(`'${code}': {`);
  });

  it('leads to pages that exist', () => {
    const paths = [...page.matchAll(/\b(docs\/[\w./-]+\.(?:yaml|md))/g)].map(([path]) => path);
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
  });
});

describe('the files for Docker', () => {
  const instructions = dockerfile
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => /^([A-Z]+) (.+)$/.exec(line)?.slice(1) ?? [line]);
  const argumentsOf = (name: string) =>
    instructions.flatMap(([key, value]) => (key === name ? [value ?? ''] : []));

  it('the compose file is one, and names what there is', () => {
    const document = parseDocument(compose, { strict: true, uniqueKeys: true });
    expect([document.errors, document.warnings]).toEqual([[], []]);
    const { services } = document.toJS() as { services: Record<string, Record<string, unknown>> };
    const { node = {} } = services;
    const { build, volumes, tmpfs, network_mode: mode } = node;
    const { context, dockerfile: file } = build as { context: string; dockerfile: string };
    const root = join(ROOT, 'docs', 'network', context);
    expect(existsSync(join(root, 'package.json'))).toBe(true);
    expect(existsSync(join(root, file))).toBe(true);
    const [volume] = argumentsOf('VOLUME');
    expect(volumes).toEqual([`\${NODE_HOME:?name the folder of the node}:${volume}`]);
    // Nothing else can be written: the socket between the application and CometBFT is in the second.
    expect([node['read_only'], tmpfs, mode]).toEqual([true, ['/tmp'], 'host']);
    const known = 'build image restart stop_grace_period network_mode user volumes read_only tmpfs cap_drop';
    expect([...known.split(' '), 'security_opt', 'logging']).toEqual(
      expect.arrayContaining(Object.keys(node)),
    );
    const variables = new Set([...compose.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect([...variables].sort()).toEqual(['NODE_HOME', 'NODE_USER']);
    for (const name of variables) {
      expect(compose).toMatch(new RegExp(`^# {3}${name} `, 'm'));
      expect(page).toContain(`${name}=`);
    }
  });

  it('the image runs a command that there is, with the version of CometBFT that is accepted', async () => {
    const [entry = '[]'] = argumentsOf('ENTRYPOINT');
    const [program, file, name = '', ...args] = JSON.parse(entry) as string[];
    expect([program, file]).toEqual(['node', `${argumentsOf('WORKDIR')[0]}/dist/host/dipnet.js`]);
    expect(await run(name, [...args, '--help'])).toContain('dipnet node');
    expect(args[args.indexOf('--home') + 1]).toBe(argumentsOf('VOLUME')[0]);
    expect(argumentsOf('RUN').join('\n')).toContain(`cmd/cometbft@v${COMETBFT_VERSION}`);
    const node = /^node:(\d+)-/.exec(argumentsOf('FROM').at(-1) ?? '')?.[1] ?? '0';
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(compareVersions(node, engines.node.replace('>=', ''))).toBeGreaterThan(0);
  });

  it('says that it is well where CometBFT answers at the address of its settings, and not elsewhere', async () => {
    const [, command = '[]'] = /CMD (\[.+\])$/.exec(argumentsOf('HEALTHCHECK')[0] ?? '') ?? [];
    const [program, flag, script = ''] = JSON.parse(command) as string[];
    expect([program, flag]).toEqual(['node', '-e']);
    const home = join(folder, 'health');
    const well = async (port: number, path: string): Promise<boolean> => {
      const server = createServer(({ url }, answer) => {
        answer.statusCode = url === path ? 200 : 500;
        answer.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const bound = (server.address() as AddressInfo).port;
      const rpc = { host: '0.0.0.0', port: port === 0 ? bound : port };
      const p2p = { host: '127.0.0.1', port: 1, peers: [] };
      mkdirSync(join(home, 'config'), { recursive: true });
      writeFileSync(join(home, 'config', 'config.toml'), configToml({ moniker: 'n', p2p, rpc }));
      const own = script.replace(`${argumentsOf('VOLUME')[0]}/config`, join(home, 'config'));
      const child = spawn(process.execPath, ['-e', own]);
      const code = await new Promise((resolve) => child.on('close', resolve));
      await new Promise((resolve) => server.close(resolve));
      return code === 0;
    };
    expect([await well(0, '/health'), await well(0, '/other'), await well(1, '/health')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('keeps nothing of what only builds it, and runs from what it keeps', () => {
    const stages = argumentsOf('FROM').map((line) => line.split(' AS ')[1]);
    expect(stages).toEqual(['cometbft', 'build', undefined]);
    const copied = argumentsOf('COPY').flatMap((line) => /^--from=build (.+) \S+$/.exec(line)?.[1] ?? []);
    const kept = copied.flatMap((line) => line.split(' ')).map((path) => path.replace('/dipnet/', ''));
    expect(kept.sort()).toEqual(['LICENSE', 'assets', 'dist', 'node_modules', 'package.json']);
    expect(argumentsOf('RUN').at(-1)).toMatch(/&& npm prune --omit=dev /);
  });

  it('takes in no key, and all that a node is built from', () => {
    const [all, ...kept] = ignored;
    expect(all).toBe('*');
    const names = kept.map((line) => line.replace(/^!/, ''));
    expect(kept.every((line) => /^![\w.-]+$/.test(line))).toBe(true);
    for (const secret of ['.', 'net', 'network', 'data', '.git', 'dist', 'node_modules'])
      expect(names).not.toContain(secret);
    const built = argumentsOf('RUN').flatMap((line) => /scripts\/build\.mjs (\w+)/.exec(line)?.[1] ?? []);
    expect(built).toEqual(['host']);
    const image = join(folder, 'image');
    for (const name of names) cpSync(join(ROOT, name), join(image, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(image, 'node_modules'));
    const build = spawnSync(process.execPath, ['scripts/build.mjs', ...built], {
      cwd: image,
      encoding: 'utf8',
    });
    expect([build.stderr, build.status]).toEqual([expect.not.stringContaining('ERROR'), 0]);
    // What is left out of the image is away by then.
    for (const name of ['node-core', 'scripts', 'package-lock.json', 'tsconfig.base.json'])
      rmSync(join(image, name), { recursive: true });
    const help = spawnSync(process.execPath, ['dist/host/dipnet.js', 'node', '--home', 'nowhere'], {
      cwd: image,
      encoding: 'utf8',
      env: { ...process.env, PATH: '', HOME: folder, DIPNET_COMETBFT: join(folder, 'none') },
    });
    expect(help.stderr).toContain('cometbft.binary.missing');
  }, 60_000);
});
