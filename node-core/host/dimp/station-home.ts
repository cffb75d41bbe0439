// The folder of a station: its key, its settings, its file of messages. Made on first use; readable by its owner alone.

import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Result } from '../../base/index.ts';
import { defineFaults, hexToBytes, ok, refuse } from '../../base/index.ts';
import type { Account, DimpCrypto, DimpId, JsonObject } from '../../dimp/index.ts';
import {
  createAccount,
  createEccKey,
  createRsaKey,
  ENTITY_TYPES,
  eccPrivateToHex,
  parseId,
  parsePrivateKey,
  privateKeyToJson,
  RSA_BITS_NEW,
} from '../../dimp/index.ts';
import { writeFileAtomic } from '../adapters/data-dir.ts';
import type { StationAddress } from './station-address.ts';
import type { Neighbour } from './station-server.ts';

const stationHomeFault = defineFaults('stationhome', {
  'stationhome.key': {
    message: 'The key of the station in {path} is damaged.',
    next: 'Bring the file back from a backup. Without it the station is another one, and its users must choose it anew.',
  },
  'stationhome.settings': {
    message: 'The settings in {path} are not right: {problem}.',
    next: 'Correct the file; docs/station.md names what may be in it.',
  },
});

const KeyFile = z.strictObject({
  version: z.literal(1),
  /** Part of the station's ID; it never changes. */
  seed: z.string().min(1).max(20),
  identity: z.string().regex(/^[0-9a-f]{64}$/),
  visa: z.looseObject({ algorithm: z.string(), data: z.string() }),
  createdS: z.number(),
});

const Host = z.string().min(1).max(255);
const Port = z.int().min(1).max(65_535);
const whole = (max: number) => z.int().min(1).max(max);
/** What an operator may write into settings.json; everything may be left out. */
const SettingsFile = z.strictObject({
  /** What users see. */
  name: z.string().min(1).max(64).default('DIPNET station'),
  /** How it stands on the chain, where it joins a network and is to be offered there. */
  offer: z
    .strictObject({
      name: z.string().min(1).max(60),
      stations: z.array(z.string().max(255)).min(1).max(8),
    })
    .optional(),
  /** Where it listens, unless the command says otherwise. */
  listen: z
    .strictObject({ host: Host.default('127.0.0.1'), port: Port.optional() })
    .default({ host: '127.0.0.1' }),
  /** Where others reach it, for its visa. */
  publicHost: Host.optional(),
  publicPort: Port.optional(),
  neighbours: z
    .array(z.strictObject({ id: z.string(), host: Host, port: Port.default(9394) }))
    .max(64)
    .default([]),
  names: z.record(z.string().regex(/^[a-z0-9_.-]{2,31}$/), z.string()).default({}),
  limits: z
    .strictObject({
      messagesPerSecond: whole(100_000),
      messagesBurst: whole(1_000_000),
      bytesPerSecond: whole(2 ** 30),
      newPerSecond: whole(100_000),
      newBurst: whole(1_000_000),
      storeBytesMax: whole(2 ** 50),
      connectionsMax: whole(1_000_000),
      connectionsPerAddressMax: whole(1_000_000),
      fileBytesPerUserMax: whole(2 ** 50),
      fileStoreBytesMax: whole(2 ** 50),
    })
    .partial()
    .default({}),
});
type SettingsFile = z.infer<typeof SettingsFile>;

export type StationHome = {
  readonly account: Account;
  readonly databasePath: string;
  readonly filesPath: string;
  readonly limits: SettingsFile['limits'];
  readonly neighbours: readonly Neighbour[];
  readonly names: ReadonlyMap<string, DimpId>;
  /** Its own key, for its account on a network. */
  readonly secretKey: Uint8Array;
  readonly offer?: SettingsFile['offer'];
  readonly listen: { readonly host: string; readonly port?: number | undefined };
  /** Where others reach it, as its operator says. */
  readonly publicAddress?: StationAddress;
};

const KEY_NAME = 'station-key.json';
const SETTINGS_NAME = 'settings.json';

export async function openStationHome(
  folder: string,
  crypto: DimpCrypto,
  nowS: number,
): Promise<Result<StationHome>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const settings = readSettings(join(folder, SETTINGS_NAME));
  if (!settings.ok) return settings;
  const account = await openAccount(join(folder, KEY_NAME), settings.value, crypto, nowS);
  if (!account.ok) return account;
  const { limits, listen, offer } = settings.value;
  const publicAddress = publicAddressOf(settings.value);
  const lists = readLists(join(folder, SETTINGS_NAME), settings.value);
  if (!lists.ok) return lists;
  const paths = { databasePath: join(folder, 'station.db'), filesPath: join(folder, 'station-files.db') };
  return ok({
    ...account.value,
    ...paths,
    limits,
    listen,
    offer,
    ...lists.value,
    ...(publicAddress === undefined ? {} : { publicAddress }),
  });
}

const publicAddressOf = ({ publicHost, publicPort }: SettingsFile): StationAddress | undefined =>
  publicHost === undefined ? undefined : { host: publicHost, port: publicPort ?? 9394 };

function readSettings(path: string): Result<SettingsFile> {
  if (!existsSync(path)) writeFileAtomic(path, new TextEncoder().encode('{}\n'));
  const wrong = (problem: string) => refuse(stationHomeFault('stationhome.settings', { path, problem }));
  try {
    const parsed = SettingsFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) return ok(parsed.data);
    const [issue] = parsed.error.issues;
    return wrong(`${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim());
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

function readLists(
  path: string,
  { neighbours, names }: SettingsFile,
): Result<Pick<StationHome, 'neighbours' | 'names'>> {
  const wrong = (text: string) =>
    refuse(stationHomeFault('stationhome.settings', { path, problem: `${text} is not an ID` }));
  const others: Neighbour[] = [];
  for (const { id, host, port } of neighbours) {
    const parsed = parseId(id);
    if (!parsed.ok) return wrong(id);
    others.push({ id: parsed.value, host, port });
  }
  const found = new Map<string, DimpId>();
  for (const [name, id] of Object.entries(names)) {
    const parsed = parseId(id);
    if (!parsed.ok) return wrong(id);
    found.set(name, parsed.value);
  }
  return ok({ neighbours: others, names: found });
}

async function openAccount(
  path: string,
  settings: SettingsFile,
  crypto: DimpCrypto,
  nowS: number,
): Promise<Result<Pick<StationHome, 'account' | 'secretKey'>>> {
  if (!existsSync(path)) await makeKeys(path, crypto, nowS);
  const stored = KeyFile.safeParse(readJson(path));
  const visaKey = stored.success ? parsePrivateKey(stored.data.visa as JsonObject) : undefined;
  if (!stored.success || visaKey?.ok !== true) return refuse(stationHomeFault('stationhome.key', { path }));
  const { name } = settings;
  const address = publicAddressOf(settings) ?? {};
  const secretKey = hexToBytes(stored.data.identity);
  const account = await createAccount(
    {
      identityKey: createEccKey(secretKey),
      visaKey: visaKey.value,
      named: { seed: stored.data.seed, network: ENTITY_TYPES.station },
      properties: { name, ...address },
      nowS,
    },
    crypto,
  );
  return account.ok ? ok({ account: account.value, secretKey }) : account;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function makeKeys(path: string, crypto: DimpCrypto, nowS: number): Promise<void> {
  const visa = createRsaKey(await crypto.rsa.generate(RSA_BITS_NEW));
  if (visa === undefined) throw new Error('a fresh key is sound');
  const file = {
    version: 1,
    seed: 'station',
    identity: eccPrivateToHex(createEccKey(crypto.random.bytes(32))),
    visa: privateKeyToJson(visa),
    createdS: nowS,
  };
  writeFileAtomic(path, new TextEncoder().encode(JSON.stringify(file)));
  chmodSync(path, 0o600);
}
