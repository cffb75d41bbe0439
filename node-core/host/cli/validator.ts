// `dipnet validator`: what an operator does with its validator beside running the node: register it, give it another key,
// bring it back from jail. Each is one transaction of the operator's account, believed once the light node proved it.

import { readFileSync } from 'node:fs';
import type { Fault } from '../../base/index.ts';
import { FaultError, hexToBytes, parseDecimalToMicro, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { Message } from '../../chain/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, createKeyPair, mnemonicToKeyPair, parseMnemonic } from '../../identity/index.ts';
import { createLightNode, defaultVerifyOptions } from '../../light/index.ts';
import { createRpcProvider } from '../adapters/rpc-provider.ts';
import { createSignatureBackend } from '../adapters/signatures.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemClock } from '../adapters/system.ts';
import { CometEngine } from '../cometbft/engine.ts';
import { registerValidator, rotateValidatorKey } from '../cometbft/operator.ts';
import type { ChainClient } from '../services/chain-client.ts';
import { createChainClient } from '../services/chain-client.ts';
import { createEventBus } from '../services/event-bus.ts';
import type { NetworkChoice } from '../services/network-world.ts';
import { CONSOLE_MIGRATIONS } from '../store/migrations.ts';
import type { Parsed } from './arguments.ts';
import { cliFault, parseWhole } from './arguments.ts';
import { runCommand } from './command.ts';
import { chosenNetwork } from './network-choice.ts';
import { readWords } from './recover.ts';
import type { Terminal } from './terminal.ts';

export const VALIDATOR_HELP = `dipnet validator COMMAND: an operator's account speaks for its validator

  register            stake for the key of a node's folder; with enough stake it signs from an epoch's end on
    --name NAME       what the network shows, up to 60 letters
    --stake DPN       of the operator's own
    --commission N    percent of its delegators' rewards, 0 to 100 (5); may rise by 1 a day, to 20 or what it is
  rotate              the validator signs with the key of this folder from an epoch's end on: after its key was
                      lost or seen by others. Stop the old node once the new key signs
  unjail              back into the election, after the node was away for too long
  --home DIR          the node's folder (register, rotate); it stays where it is, and so does its key
  --network FILE      network.json with a checkpoint; --checkpoint HEIGHT:HASH as for "dipnet serve"
  --keys FILE         founders.json; --as NAME is the entry, such as operator0
  --help              this text

Without --keys the operator's account comes from its recovery words: typed unseen, or from standard input.

  dipnet validator register --home node --network network.json --name Example --stake 200000 < words.txt
`;

const OPTIONS = {
  home: { type: 'string' },
  network: { type: 'string' },
  checkpoint: { type: 'string' },
  keys: { type: 'string' },
  as: { type: 'string' },
  name: { type: 'string' },
  stake: { type: 'string' },
  commission: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const COMMANDS = ['register', 'rotate', 'unjail'] as const;
type Name = (typeof COMMANDS)[number];
type Values = Parsed['values'];

export const runValidator = (args: readonly string[]) =>
  runCommand({ name: 'validator', options: OPTIONS, help: VALIDATOR_HELP, run }, args);

const usage = (problem: string) => new FaultError(cliFault('cli.usage', { command: 'validator', problem }));

function needed(values: Values, option: string): string {
  const value = values[option];
  if (typeof value !== 'string' || value === '') throw usage(`--${option} is needed.`);
  return value;
}

async function run({ values, positionals }: Parsed, terminal: Terminal): Promise<number> {
  const name = COMMANDS.find((known) => known === positionals[0]);
  if (name === undefined || positionals.length > 1) throw usage(`One of ${COMMANDS.join(', ')} is needed.`);
  needed(values, 'network');
  // Refused before anything is asked of the network or of the person.
  if (name !== 'unjail') needed(values, 'home');
  const terms = name === 'register' ? termsOf(values) : undefined;
  const network = await chosenNetwork(values, '');
  if (network === undefined) throw usage('--network is needed.');
  const operator = await operatorOf(values);
  terminal.line(`operator   ${addressToText(operator.address)}`);
  await onNetwork(network, async (chain) => {
    const message = await messageOf(name, values, terms, { chain, operator, chainId: network.chainId });
    const included = await chain.submit(operator, message);
    if (!included.ok) tellWhen(included.fault, terminal);
    terminal.line(`${DONE[name]}, proven in block ${unwrap(included).height}`);
  });
  return 0;
}

/** The chain counts seconds; people read clocks. */
function tellWhen({ data }: Fault, terminal: Terminal): void {
  const untilS = Number(data?.['untilS']);
  if (untilS > 0) terminal.line(`possible   after ${new Date(untilS * 1000).toLocaleString()}`);
}

const DONE: Readonly<Record<Name, string>> = {
  register: 'registered; it signs from the end of an epoch on, if its stake is enough',
  rotate: 'the key of this folder signs from the end of an epoch on',
  unjail: 'back in the election',
};

type Terms = { readonly name: string; readonly stakeMicro: bigint; readonly commissionBasisPoints: number };

function termsOf(values: Values): Terms {
  const stakeMicro = parseDecimalToMicro(needed(values, 'stake'));
  if (stakeMicro === undefined || stakeMicro <= 0n) throw usage('--stake takes an amount of DPN.');
  const percent = values['commission'];
  const commission = unwrap(
    parseWhole('validator', 'commission', typeof percent === 'string' ? percent : '5', 0, 100),
  );
  return { name: needed(values, 'name').slice(0, 60), stakeMicro, commissionBasisPoints: commission * 100 };
}

/** From a file of founders' keys, or from recovery words. */
async function operatorOf(values: Values): Promise<KeyPair> {
  const file = values['keys'];
  if (typeof file !== 'string') return mnemonicToKeyPair(unwrap(parseMnemonic(await readWords())));
  const entry = needed(values, 'as');
  let secretHex: unknown;
  try {
    const keys = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { secretKey?: unknown }>;
    secretHex = Object.hasOwn(keys, entry) ? keys[entry]?.secretKey : undefined;
  } catch {
    throw new FaultError(cliFault('cli.file.unreadable', { file }));
  }
  if (typeof secretHex !== 'string' || !/^[0-9a-f]{64}$/.test(secretHex))
    throw usage(`The file ${file} has no key "${entry.slice(0, 40)}".`);
  return createKeyPair(hexToBytes(secretHex));
}

type Asked = { readonly chain: ChainClient; readonly operator: KeyPair; readonly chainId: string };

async function messageOf(
  name: Name,
  values: Values,
  terms: Terms | undefined,
  { chain, operator, chainId }: Asked,
): Promise<Message> {
  if (name === 'unjail') return { type: 'staking.unjail' };
  const home = needed(values, 'home');
  const owner = { chainId, operator: operator.address };
  if (terms === undefined) return unwrap(rotateValidatorKey(home, owner));
  const { selfMicroMin } = unwrap(await chain.params()).staking;
  return unwrap(registerValidator(home, owner, { ...terms, selfMicroMin }));
}

/** Nothing of it is kept: the next command begins at the checkpoint again. */
async function onNetwork(
  { chainId, rpcs, checkpoint }: NetworkChoice,
  work: (chain: ChainClient) => Promise<void>,
): Promise<void> {
  const quiet = () => undefined;
  const engine = new CometEngine({ rpcs, chainId, clock: systemClock, log: quiet });
  const database = openSqlite(':memory:', CONSOLE_MIGRATIONS);
  try {
    await engine.start();
    const light = createLightNode({
      root: { chainId, height: checkpoint.height, hash: hexToBytes(checkpoint.hashHex) },
      verify: defaultVerifyOptions(chainId, createSignatureBackend()),
      clock: systemClock,
      store: createMemoryKv(),
      providers: rpcs.map(createRpcProvider),
      witnessesMin: rpcs.length > 1 ? 1 : 0,
    });
    const bus = createEventBus();
    const parts = { engine, light, database, bus, log: quiet, clock: systemClock, onProof: quiet };
    await work(createChainClient(parts));
  } finally {
    await engine.stop();
    database.close();
  }
}
