// `dipnet station`: a station of the messenger on its own, until somebody stops it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { FaultError, unwrap } from '../../base/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { createFileLog, systemClock } from '../adapters/system.ts';
import { closeOnCrash } from '../crash.ts';
import { openStationHome } from '../dimp/station-home.ts';
import { DIMP_PORT, openStationServer } from '../dimp/station-server.ts';
import type { joinNetwork, StationNetwork } from '../services/station-network.ts';
import type { Parsed } from './arguments.ts';
import { cliFault, parseWhole } from './arguments.ts';
import { runCommand } from './command.ts';
import type { Terminal } from './terminal.ts';
import { toStandardError } from './terminal.ts';
import { untilStopped } from './until-stopped.ts';

export const STATION_HELP = `dipnet station: a station of the messenger, for the consoles and programs that choose it

  --home DIR        the station's folder: its key, settings.json, and the messages that wait (made if missing)
  --host ADDRESS    where to listen (default 127.0.0.1; 0.0.0.0 for everybody)
  --port N          default ${DIMP_PORT}; 0 takes any free one. TCP, WebSocket and TLS share it
  --tls-cert FILE   certificate chain in PEM, and …
  --tls-key FILE    … its key: clients may then connect with TLS
  --network N       a network that others run: its network.json, the folder of it, or addresses of its nodes separated
                    by commas. The station then answers for names and stakes as its light node proves them, and
                    can be offered on the chain
  --checkpoint HEIGHT:HASH
                    the block to trust to begin with; default: the one in network.json
  --json            one JSON object when it is ready, for other programs
  --verbose         the log on standard error too (it is always in DIR/station.log)
  --help            this text

Runs until Ctrl-C. Neighbours, names and limits are in DIR/settings.json; docs/station.md says how to run one
for real.
`;

const OPTIONS = {
  home: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  network: { type: 'string' },
  checkpoint: { type: 'string' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export const runStation = (args: readonly string[]) =>
  runCommand({ name: 'station', options: OPTIONS, help: STATION_HELP, run }, args);

async function run({ values, positionals }: Parsed, terminal: Terminal): Promise<number> {
  const folder = values['home'] ?? positionals[0];
  if (typeof folder !== 'string')
    throw new FaultError(cliFault('cli.usage', { command: 'station', problem: '--home DIR is needed.' }));
  const crypto = createDimpCrypto();
  const secureContext = readCertificate(values);
  const home = unwrap(await openStationHome(folder, crypto, systemClock.nowMs() / 1000));
  const host = typeof values['host'] === 'string' ? values['host'] : home.listen.host;
  const portText =
    typeof values['port'] === 'string' ? values['port'] : String(home.listen.port ?? DIMP_PORT);
  const port = unwrap(parseWhole('station', 'port', portText, 0, 65_535));
  const echo = values['verbose'] === true ? 'debug' : 'error';
  const log = createFileLog(join(folder, 'station.log'), echo, (line) => process.stderr.write(line));
  const { limits, secretKey, offer, ...rest } = home;
  const network = await joinChosen(folder, values, { secretKey, offer, clock: systemClock, log });
  const { connectionsMax, connectionsPerAddressMax, fileBytesPerUserMax, fileStoreBytesMax, ...policy } =
    limits;
  const server = unwrap(
    await openStationServer({
      ...rest,
      crypto,
      clock: systemClock,
      log,
      host,
      port,
      policy: definedOnly(policy),
      fileLimits: definedOnly({ userBytesMax: fileBytesPerUserMax, storeBytesMax: fileStoreBytesMax }),
      ...(connectionsMax === undefined ? {} : { connectionsMax }),
      ...(connectionsPerAddressMax === undefined ? {} : { connectionsPerAddressMax }),
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(network === undefined ? {} : network.forStation),
    }),
  );
  await network?.begin(server);
  const close = async () => {
    await network?.close();
    await server.close();
  };
  closeOnCrash(close, toStandardError, process);
  const id = server.id.text;
  const account = network === undefined ? {} : { account: network.account };
  terminal.line(
    values['json'] === true
      ? JSON.stringify({ state: 'running', id, host, port: server.port, ...account })
      : `station ${id} at ${host}, port ${server.port}`,
  );
  if (network !== undefined && values['json'] !== true) terminal.line(`its account: ${network.account}`);
  await untilStopped();
  await close();
  return 0;
}

/** A station without a network does without all that belongs to one, in memory too. */
async function joinChosen(
  folder: string,
  values: Parsed['values'],
  parts: Parameters<typeof joinNetwork>[2],
): Promise<StationNetwork | undefined> {
  if (typeof values['network'] !== 'string') return undefined;
  const { chosenNetwork } = await import('./network-choice.ts');
  const { joinNetwork } = await import('../services/station-network.ts');
  const choice = await chosenNetwork(values, folder);
  return choice === undefined ? undefined : joinNetwork(folder, choice, parts);
}

/** Options that are not given must not hide the defaults. */
function definedOnly<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function readCertificate(values: Parsed['values']): SecureContext | undefined {
  const files = [values['tls-cert'], values['tls-key']];
  const [cert, key] = files.map((file) => {
    if (typeof file !== 'string') return undefined;
    try {
      return readFileSync(file);
    } catch {
      throw new FaultError(cliFault('cli.file.unreadable', { file }));
    }
  });
  if ((cert === undefined) !== (key === undefined)) {
    const problem = '--tls-cert and --tls-key belong together.';
    throw new FaultError(cliFault('cli.usage', { command: 'station', problem }));
  }
  return cert === undefined || key === undefined ? undefined : createSecureContext({ cert, key });
}
