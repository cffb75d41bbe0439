// What a group of 500 costs its owner: one command under fresh sessions with all members, and one under those that are
// there, in processor time a member, beside the signature and the check that each copy needs at least.

import { report } from '../../../e2e/figures.ts';
import { assert, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import type { JsonObject } from '../../dimp/index.ts';
import {
  createAccount,
  createContent,
  createDirectory,
  createEccKey,
  createRsaKey,
  createSerials,
  documentToJson,
  GROUP_MEMBERS_MAX,
  givenPackages,
  innerText,
  metaToJson,
  parseContent,
  parseId,
  signWith,
  verifyWith,
} from '../../dimp/index.ts';
import { createPackage, mlsProperty, packageToText } from '../../dimp/mls/index.ts';
import { createDimpCrypto } from '../adapters/dimp-crypto.ts';
import { loadMlsSuite } from '../adapters/mls-suite.ts';
import { openSqlite } from '../adapters/sqlite.ts';
import { systemClock, systemRandom } from '../adapters/system.ts';
import { createVault } from '../adapters/vault.ts';
import { CHAT_MIGRATIONS } from './chat-migrations.ts';
import { createChatStore, GROUP_COMMAND } from './chat-store.ts';
import { SecretLine } from './secret-line.ts';

const MEMBERS = GROUP_MEMBERS_MAX - 1;
const NOW_S = systemClock.nowMs() / 1000;
const crypto = createDimpCrypto();
const directory = createDirectory(createMemoryKv(), crypto);
const context = { suite: await loadMlsSuite(), contacts: directory, crypto };
const visaKey = createRsaKey(await crypto.rsa.generate(2048));
assert(visaKey !== undefined, 'a fresh key is sound');

async function join(index: number) {
  const identityKey = createEccKey(crypto.random.bytes(32));
  const terminal = `t${index}`;
  const request = { identityKey, visaKey: visaKey as never, terminal, nowS: NOW_S };
  const { id } = unwrap(await createAccount({ ...request, properties: {} }, crypto));
  const device = { id, terminal, identityKey };
  const [lasting, once] = [
    unwrap(await createPackage(device, context)),
    unwrap(await createPackage(device, context)),
  ];
  const account = unwrap(await createAccount({ ...request, properties: mlsProperty(lasting) }, crypto));
  unwrap(directory.saveMeta(id, metaToJson(account.meta)));
  if (account.visa !== undefined) unwrap(directory.saveDocument(documentToJson(account.visa), id, NOW_S));
  return { account, package: packageToText(once.publicPart) };
}

const owner = await join(0);
const members = await Promise.all(Array.from({ length: MEMBERS }, (_, index) => join(index + 1)));
const packages = new Map(members.map(({ account, package: text }) => [account.id.bare, text]));
const store = createChatStore(
  openSqlite(':memory:', CHAT_MIGRATIONS),
  createVault(new Uint8Array(32), systemRandom),
  systemRandom,
);
const serial = createSerials(crypto.random);
const line: SecretLine = new SecretLine({
  account: owner.account,
  store,
  directory,
  crypto,
  clock: systemClock,
  log: () => undefined,
  terminal: 't0',
  suite: context.suite,
  serial,
  extras: {},
  prepare: async () => undefined,
  file: () => undefined,
  tellStation(fields) {
    const id = unwrap(parseId(String(fields['did'])));
    const answer = createContent('customized', givenPackages(id, [packages.get(id.bare) ?? '']), {
      sn: 1,
      timeS: NOW_S,
    });
    queueMicrotask(() => line.fund.hear(unwrap(parseContent(answer)), undefined));
    return true;
  },
  pump: () => undefined,
  answer: () => undefined,
  onTampered: () => undefined,
});
const me = owner.account.id.bare;

/** Processor milliseconds a member for a command to all of them. */
async function tellAll(command: JsonObject): Promise<number> {
  const start = process.cpuUsage();
  for (const { account } of members)
    store.addDelivery(me, GROUP_COMMAND, account.id.bare, innerText(command, crypto.random));
  for (const { account } of members) line.seal(account.id);
  while (store.unsealedReceivers(me).length > 0) {
    await systemClock.sleep(5);
    await line.idle();
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / MEMBERS;
}

function signAndCheckMs(): number {
  const text = crypto.random.bytes(32);
  const start = process.cpuUsage();
  for (let run = 0; run < MEMBERS; run++) {
    const signature = unwrap(signWith(owner.account.identityKey, text, crypto));
    assert(verifyWith(owner.account.meta.key, text, signature, crypto), 'own signatures are right');
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / MEMBERS;
}

const ids = members.map(({ account }) => account.id.bare);
const command = createContent('forward', { secrets: [{ members: ids }] }, { sn: 1, timeS: NOW_S });
const reference = { what: 'sign and check once', value: signAndCheckMs() };
const label = `group of ${GROUP_MEMBERS_MAX}: a command`;
report({ what: `${label}, first, a member`, value: await tellAll(command), unit: 'ms', reference });
report({ what: `${label}, further, a member`, value: await tellAll(command), unit: 'ms', reference });
report({ what: `${label}, third, a member`, value: await tellAll(command), unit: 'ms', reference });
await line.close();
