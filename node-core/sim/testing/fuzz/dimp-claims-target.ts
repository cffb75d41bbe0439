// What claims to be somebody's in DIMP, under fuzzing: key packages and their credentials, requests to a station's store of
// files, account files, what machines are asked and say, and links. Whatever a stranger makes of them, none may pass as
// what its owner did not sign.

import type { Bytes } from '../../../base/index.ts';
import { equalBytes, parseUtf8, unwrap, utf8ToBytes } from '../../../base/index.ts';
import { FILE_ID, signPut, verifyPut } from '../../../dimp/files/index.ts';
import type { Account, Contacts, DimpCrypto, JsonObject } from '../../../dimp/index.ts';
import {
  encodeTransportable,
  exportAccount,
  importAccount,
  MACHINE_APP,
  machineTalkFields,
  PackageErrand,
  parseId,
  parseJsonObject,
  parsePrivateKey,
  parseTransportable,
  readAccountFileHead,
  readMachineTalk,
  readSealedAccount,
  samePublicKey,
} from '../../../dimp/index.ts';
import { createCredential, readCredential } from '../../../dimp/mls/context.ts';
import type { PeerPackage } from '../../../dimp/mls/index.ts';
import { MLS_SUITE_NAME, packageToText, readPackage } from '../../../dimp/mls/index.ts';
import reference from '../../../dimp/vectors/reference-messages.json' with { type: 'json' };
import { parseConsoleLink } from '../../../links/index.ts';
import { FuzzFailure } from './failure.ts';
import { mutateBytes } from './mutate.ts';
import type { FuzzRandom } from './random.ts';
import type { FuzzTarget } from './targets.ts';

type Damage = (text: string, random: FuzzRandom) => Bytes;
type KeyPackage = PeerPackage['publicPart'];

const TERMINAL = 'one';
const PUT_S = 1_795_250_000;
const HASH = '0a'.repeat(32);
const BLOCK = `b${'a2'.repeat(29)}`;
const STATION = 'station@4WDfe3zZ4T7opFSi3iDAKiuTnUHjxmXekk';

/** The same person with the same papers, as this device's; only its name is added. */
function withDevice(contacts: Contacts): Contacts {
  return {
    meta: (id) => contacts.meta(id),
    documents: (id) => contacts.documents(id).map((document) => ({ ...document, terminal: TERMINAL })),
  };
}

function ownerOf(contacts: Contacts): Account {
  const { alice } = reference.users;
  const id = unwrap(parseId(alice.id));
  const meta = contacts.meta(id);
  const visa = contacts.documents(id)[0];
  const keys = [alice.id_private_key, ...alice.msg_private_keys].map((key) => unwrap(parsePrivateKey(key)));
  const [identityKey, ...visaKeys] = keys;
  if (meta === undefined || visa === undefined || identityKey === undefined)
    throw new FuzzFailure('the seeds are not whole');
  return { id, meta, visa, identityKey, visaKeys };
}

const filled = (byte: number, length: number) => new Uint8Array(length).fill(byte);

/** As a device sends it; its inner signatures are checked by others, and are not under test here. */
function samplePackage({ id, identityKey }: Account, crypto: DimpCrypto): KeyPackage {
  const signaturePublicKey = filled(5, 32);
  const credential = unwrap(
    createCredential({ id, terminal: TERMINAL, identityKey }, signaturePublicKey, crypto),
  );
  return {
    version: 'mls10',
    cipherSuite: MLS_SUITE_NAME,
    initKey: filled(3, 32),
    leafNode: {
      hpkePublicKey: filled(4, 32),
      signaturePublicKey,
      credential,
      capabilities: {
        versions: ['mls10'],
        ciphersuites: [MLS_SUITE_NAME],
        extensions: [],
        proposals: [],
        credentials: ['basic'],
      },
      leafNodeSource: 'key_package',
      lifetime: { notBefore: 0n, notAfter: 2n ** 63n - 1n },
      extensions: [],
      signature: filled(6, 64),
    },
    extensions: [],
    signature: filled(7, 64),
  };
}

function packageTarget(owner: Account, contacts: Contacts, crypto: DimpCrypto, damage: Damage): FuzzTarget {
  const sample = samplePackage(owner, crypto);
  const text = packageToText(sample);
  const bytes = parseTransportable(text) ?? filled(0, 0);
  const { credential, signaturePublicKey } = sample.leafNode;
  const context = { contacts: withDevice(contacts), crypto };
  // What follows is only worth something where the whole one passes.
  unwrap(readPackage(text, owner.id, context));
  const identity = credential.credentialType === 'basic' ? (parseUtf8(credential.identity) ?? '') : '';
  return {
    name: 'key packages of MLS',
    weight: 2,
    run(random) {
      readCredential({ credentialType: 'basic', identity: damage(identity, random) });
      const input = random.oneIn(4)
        ? (parseUtf8(damage(text, random)) ?? '')
        : encodeTransportable(mutateBytes(bytes, random));
      const read = readPackage(input, owner.id, context);
      if (!read.ok) return;
      const { leafNode } = read.value.publicPart;
      const isOwn = equalBytes(new Uint8Array(leafNode.signaturePublicKey), signaturePublicKey);
      if (!isOwn || read.value.owner.terminal !== TERMINAL)
        throw new FuzzFailure(`a key passes that its owner did not sign for: ${input}`);
    },
  };
}

function putTarget(owner: Account, contacts: Contacts, crypto: DimpCrypto): FuzzTarget {
  const station = unwrap(parseId(STATION));
  const signature = unwrap(signPut({ station, blockId: BLOCK, timeS: PUT_S }, owner, crypto));
  const honest = [owner.id.bare, STATION, BLOCK, String(PUT_S)];
  /** As a station reads the headers of a request. */
  const isTaken = ([user = '', to = '', blockId = '', time = '']: readonly string[], signed: Bytes) => {
    const [userId, toId, timeS] = [parseId(user), parseId(to), Number(time)];
    if (!userId.ok || !toId.ok || !Number.isSafeInteger(timeS) || !FILE_ID.test(blockId)) return false;
    const request = { user: userId.value, station: toId.value, blockId, timeS, signature: signed };
    return verifyPut(request, PUT_S, contacts, crypto).ok;
  };
  if (!isTaken(honest, signature)) throw new FuzzFailure('an honest request is refused');
  return {
    name: 'requests to a store of files',
    weight: 1,
    run(random) {
      const said = honest.map((text) =>
        random.oneIn(2) ? (parseUtf8(mutateBytes(utf8ToBytes(text), random)) ?? '') : text,
      );
      const signed = random.oneIn(2) ? mutateBytes(signature, random) : signature;
      const meant = said.slice(0, 2).map((text) => {
        const id = parseId(text);
        return id.ok ? id.value.bare : text;
      });
      // Two spellings of an ID, or of a number, say the same, and it is what they say that is signed.
      const isHonest =
        [...meant, said[2]].every((text, at) => text === honest[at]) && Number(said[3]) === PUT_S;
      if (!isHonest && isTaken(said, signed))
        throw new FuzzFailure(`a request passes that nobody signed: ${JSON.stringify(said)}`);
    },
  };
}

const STATUS = {
  state: 'printing',
  nozzle: 210,
  nozzleTarget: 210,
  bed: 60,
  bedTarget: 60,
  job: { job: HASH, copy: 1, copies: 2, layer: 3, layers: 9, share: 0.3, leftS: 60 },
} as const;

/** What is said to machines and by them, between stations, and in files, in the forms of today. */
function claims(owner: Account, contacts: Contacts): readonly string[] {
  const nonce = '0123456789abcdef'.repeat(2);
  const about = { type: 204, app: 'dipnet', mod: 'packages' };
  const said: readonly JsonObject[] = [
    machineTalkFields({ act: 'pause', nonce, expires: PUT_S, job: HASH }),
    machineTalkFields({ act: 'status', nonce, expires: PUT_S }),
    machineTalkFields({
      act: 'picture',
      nonce,
      ok: true,
      text: 'Here it is.',
      name: 'Workshop',
      may: ['status', 'picture'],
      status: STATUS,
      picture: { data: '/9j/2Q==', rotate: 90, flip: false },
    }),
    { ...about, act: 'fetch', errand: HASH, did: owner.id.bare, asker: owner.id.bare, terminals: [TERMINAL] },
    { ...about, act: 'fetched', errand: HASH, packages: ['AAAA'] },
    {
      format: 'dimp-account-sealed/v1',
      id: owner.id.bare,
      kdf: { name: 'scrypt', salt: 'AAAAAAAAAAAAAAAAAAAAAA==', cost: 2 ** 17 },
      cipher: 'aes-256-gcm',
      nonce: 'AAAAAAAAAAAAAAAA',
      sealed: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    },
  ];
  const file = exportAccount(owner, [{ id: owner.id, name: 'Ada' }], contacts, 'words');
  return [...said.map((one) => JSON.stringify(one)), file];
}

function feedClaim(input: Bytes, owner: Account, crypto: DimpCrypto): void {
  const text = parseUtf8(input) ?? '';
  readAccountFileHead(text);
  readSealedAccount(text);
  const read = importAccount(text, crypto);
  // The key of another account makes another account; under this ID there is only this one.
  if (read.ok && read.value.account.id.bare === owner.id.bare) {
    const { meta, identityKey } = read.value.account;
    const isOwn = [meta.key, identityKey.publicKey].every((key) => samePublicKey(key, owner.meta.key));
    if (!isOwn) throw new FuzzFailure(`another key passes for an account's: ${text.slice(0, 2000)}`);
  }
  const parsed = parseJsonObject(text);
  if (!parsed.ok) return;
  const json = parsed.value.value;
  PackageErrand.safeParse(json);
  const talk = readMachineTalk({ ...json, app: MACHINE_APP });
  if (talk === undefined) return;
  const { mod: _mod, ...fields } = talk;
  const again = readMachineTalk(machineTalkFields(fields));
  if (JSON.stringify(again) !== JSON.stringify(talk))
    throw new FuzzFailure(`what is said to a machine changes when it is passed on: ${text.slice(0, 2000)}`);
}

const LINKS = [
  'dipnet://market',
  `dipnet://market/${HASH}`,
  'dipnet://orders/0x52908400098527886E0F7030069857D2E4169EE7',
  'dipnet://farm/0x52908400098527886E0F7030069857D2E4169EE7',
  `dipnet://paradigms/${HASH}`,
  'dipnet://contact/moki@4WDfe3zZ4T7opFSi3iDAKiuTnUHjxmXekk',
  'dipnet://name/dana-lin',
];
const LINK_PATH = /^\/[a-z]+(\/(0x)?[0-9A-Fa-f]+|\?add=[A-Za-z0-9%._-]+)?$/;

export function dimpClaimTargets(contacts: Contacts, damage: Damage, crypto: DimpCrypto): FuzzTarget[] {
  const owner = ownerOf(contacts);
  const texts = claims(owner, contacts);
  for (const text of texts) feedClaim(utf8ToBytes(text), owner, crypto);
  return [
    packageTarget(owner, contacts, crypto, damage),
    putTarget(owner, contacts, crypto),
    {
      name: 'accounts, machines and errands of DIMP',
      weight: 2,
      run: (random) => feedClaim(damage(random.pick(texts), random), owner, crypto),
    },
    {
      name: 'links of the console',
      weight: 1,
      run(random) {
        const link = random.pick(LINKS);
        const text = parseUtf8(mutateBytes(utf8ToBytes(link), random, utf8ToBytes(random.pick(LINKS)))) ?? '';
        const path = parseConsoleLink(text)?.path;
        if (path !== undefined && !LINK_PATH.test(path))
          throw new FuzzFailure(`a link leads elsewhere: ${JSON.stringify(text)}`);
      },
    },
  ];
}
