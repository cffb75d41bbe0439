// The cost of one personal message of 300 bytes: made (encrypted and signed), and read (verified and decrypted), in
// processor time, beside OpenSSL doing the same four operations in the same run.

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { median, report } from '../../e2e/figures.ts';
import { unwrap } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { Account } from './index.ts';
import {
  createAccount,
  createContent,
  createDirectory,
  createEccKey,
  documentToJson,
  messageToText,
  metaToJson,
  openMessage,
  parseMessage,
  privateKeyToJson,
  sealMessage,
  verifyMessage,
} from './index.ts';

const LIMIT_MS = 2;
const RUNS = 300;
const NOW_S = 1_795_250_000;
const crypto = createDimpCrypto();
const directory = createDirectory(createMemoryKv(), crypto);

async function meet(name: string): Promise<Account> {
  const identityKey = createEccKey(crypto.random.bytes(32));
  const account = unwrap(await createAccount({ identityKey, properties: { name }, nowS: NOW_S }, crypto));
  unwrap(directory.saveMeta(account.id, metaToJson(account.meta)));
  if (account.visa !== undefined)
    unwrap(directory.saveDocument(documentToJson(account.visa), account.id, NOW_S));
  return account;
}

/** Median of processor milliseconds of single runs, after a third as many that do not count. */
function processorMs(work: () => void): number {
  for (let run = 0; run < RUNS / 3; run++) work();
  const times = Array.from({ length: RUNS }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return median(times);
}

const [alice, bob] = [await meet('Alice'), await meet('Bob')];
const text = 'm'.repeat(300);
const seal = () => {
  const content = createContent('text', { text }, { sn: 1, timeS: NOW_S });
  const request = { account: alice, receiver: bob.id, content, timeS: NOW_S };
  return messageToText(unwrap(sealMessage(request, directory, crypto)));
};
const sealed = seal();
const open = () => unwrap(openMessage(unwrap(parseMessage(sealed)), bob, directory, crypto));
const relay = () => unwrap(verifyMessage(unwrap(parseMessage(sealed)), directory, crypto));

const pemOf = (key: Account['identityKey']) => String(privateKeyToJson(key)['data']);
const visaSecret = createPrivateKey(pemOf(bob.visaKeys[0] ?? bob.identityKey));
const visaPublic = createPublicKey(visaSecret);
const identity = createPrivateKey(pemOf(alice.identityKey));
const identityPublic = createPublicKey(identity);
const RAW = 3;
const PKCS1 = 1;
const plaintext = Buffer.from(text);
const referenceSeal = () => {
  const [key, iv] = [randomBytes(32), randomBytes(16)];
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const wrapped = publicEncrypt({ key: visaPublic, padding: PKCS1 }, key);
  return { key, iv, data, wrapped, signature: sign('sha256', data, identity) };
};
const given = referenceSeal();
const referenceOpen = () => {
  if (!verify('sha256', given.data, identityPublic, given.signature)) throw new Error('not signed');
  privateDecrypt({ key: visaSecret, padding: RAW }, given.wrapped);
  const decipher = createDecipheriv('aes-256-cbc', given.key, given.iv);
  return Buffer.concat([decipher.update(given.data), decipher.final()]);
};

const reference = (work: () => void) => ({ what: 'OpenSSL', value: processorMs(work) });
report({
  what: 'DIMP: encrypt and sign one personal message',
  value: processorMs(seal),
  unit: 'ms',
  limit: LIMIT_MS,
  reference: reference(referenceSeal),
});
report({
  what: 'DIMP: verify and decrypt one personal message',
  value: processorMs(open),
  unit: 'ms',
  limit: LIMIT_MS,
  reference: reference(referenceOpen),
});
report({
  what: 'DIMP: parse and verify one message, as a relay does',
  value: processorMs(relay),
  unit: 'ms',
});
