// What somebody on the way, a lying station or a false contact may try: each known weakness of the reference
// implementations and of the protocol, attempted with the attacker's own means.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../base/index.ts';
import { base64, concatBytes, hexToBytes, unwrap, utf8ToBytes } from '../base/index.ts';
import { createMemoryKv } from '../base/memory-kv.ts';
import { createDimpCrypto } from '../host/adapters/dimp-crypto.ts';
import type { Account, DimpId, Directory, JsonObject, JsonValue, ReliableMessage } from './index.ts';
import {
  ANY_STATION,
  ANYONE,
  BINDING_FIELD,
  createAccount,
  createAesKey,
  createCommand,
  createContent,
  createDirectory,
  createDocument,
  createEccKey,
  createNamedMeta,
  createRemovalVisa,
  createReplayWindow,
  createRsaKey,
  documentToJson,
  ENTITY_TYPES,
  encryptSymmetric,
  encryptTo,
  learnAttached,
  messageToText,
  metaToId,
  metaToJson,
  missesPapers,
  normaliseSignature,
  openMessage,
  parseId,
  parseMessage,
  sealMessage,
  signWith,
  symmetricKeyToJson,
  verifyMessage,
  visaKey,
  withMember,
} from './index.ts';

const crypto = createDimpCrypto();
const NOW_S = 1_795_250_000;
const stamp = { sn: 77, timeS: NOW_S };
const text = (words: string) => createContent('text', { text: words }, stamp);
const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.code);
const altered = (result: Result<unknown>) => (result.ok ? 'ok' : result.fault.data?.['what']);

let alice: Account;
let bob: Account;
let mallory: Account;
/** A contact whose visa does not announce bindings, as every contact with another program. */
let plain: Account;
let directory: Directory;

const secret = (fill: number) => createEccKey(new Uint8Array(32).fill(fill));
const account = async (fill: number, properties: JsonObject): Promise<Account> =>
  unwrap(await createAccount({ identityKey: secret(fill), properties, nowS: NOW_S }, crypto));
const know = (into: Directory, { id, meta, visa }: Account): void => {
  unwrap(into.saveMeta(id, metaToJson(meta)));
  if (visa !== undefined) unwrap(into.saveDocument(documentToJson(visa), id, NOW_S));
};

beforeAll(async () => {
  [alice, bob, mallory] = await Promise.all([
    account(1, { name: 'Alice' }),
    account(2, { name: 'Bob' }),
    account(3, { name: 'Mallory' }),
  ]);
  directory = createDirectory(createMemoryKv(), crypto);
  plain = await plainContact();
  for (const who of [alice, bob, mallory, plain]) know(directory, who);
});

const send = (content: JsonObject, from = alice, to: DimpId = bob.id, more: object = {}) =>
  unwrap(sealMessage({ account: from, receiver: to, content, timeS: NOW_S, ...more }, directory, crypto));
const open = (message: ReliableMessage, as = bob) => openMessage(message, as, directory, crypto);
const change = (message: ReliableMessage, name: string, value: JsonValue | undefined) =>
  unwrap(withMember(message, name, value));

/** As a peer that knows nothing of bindings would send it. */
function sendPlainly(
  from: Account,
  to: Account,
  content: JsonObject,
  extras: JsonObject = {},
): ReliableMessage {
  const key = createAesKey(crypto.random);
  const iv = crypto.random.bytes(16);
  const data = encryptSymmetric(key, iv, utf8ToBytes(JSON.stringify(content)));
  const wrapped = wrap(to, utf8ToBytes(JSON.stringify(symmetricKeyToJson(key))));
  const envelope = { sender: from.id.text, receiver: to.id.text, time: NOW_S, ...extras };
  return signed(from, { ...envelope, IV: base64.encode(iv), key: wrapped, data: base64.encode(data) }, data);
}

function wrap(to: Account, bytes: Uint8Array): string {
  const key = to.visa === undefined ? undefined : visaKey(to.visa);
  if (key === undefined) throw new Error('no key');
  return base64.encode(unwrap(encryptTo(key, bytes, crypto)));
}

function signed(from: Account, json: JsonObject, bytes: Uint8Array): ReliableMessage {
  const signature = base64.encode(unwrap(signWith(from.identityKey, bytes, crypto)));
  return unwrap(parseMessage(JSON.stringify({ ...json, signature })));
}

async function plainContact(): Promise<Account> {
  const rsa = unwrap(await createAccount({ identityKey: secret(4), properties: {}, nowS: NOW_S }, crypto));
  const key = rsa.visaKeys[0]?.publicKey.json ?? {};
  const request = { did: rsa.id, type: 'visa' as const, properties: { key }, nowS: NOW_S };
  const visa = unwrap(createDocument(request, rsa.identityKey, crypto));
  return { ...rsa, visa };
}

describe('forged signatures', () => {
  it('of random bytes are refused, also where the visa has an RSA key (the reference accepts them)', () => {
    const message = send(text('hello'));
    for (const length of [1, 64, 70, 128, 256]) {
      const random = base64.encode(crypto.random.bytes(length));
      const forged = change(message, 'signature', random);
      expect(codeOf(verifyMessage(forged, directory, crypto))).toBe('dimp.message.forged');
      expect(codeOf(open(forged))).toBe('dimp.message.forged');
    }
  });

  it('of another person are refused', () => {
    const forged = change(send(text('hello'), mallory), 'sender', alice.id.text);
    expect(codeOf(open(forged))).toBe('dimp.message.forged');
  });

  it('are refused of stations too: no kind of sender is exempt', () => {
    const key = secret(9);
    const meta = unwrap(createNamedMeta('relay', key, crypto));
    const station = metaToId(meta, ENTITY_TYPES.station);
    if (station === undefined) throw new Error('no ID');
    unwrap(directory.saveMeta(station, metaToJson(meta)));
    const message = change(send(text('I am the station'), mallory), 'sender', station.text);
    expect(codeOf(open(message))).toBe('dimp.message.forged');
  });

  it('are refused for every changed byte of data and signature', () => {
    const message = send(text('hello'));
    const flips = (member: string, bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i += 3) {
        const copy = Uint8Array.from(bytes);
        copy[i] = (copy[i] ?? 0) ^ (1 << (i % 8));
        const flipped = change(message, member, base64.encode(copy));
        expect(verifyMessage(flipped, directory, crypto).ok).toBe(false);
      }
    };
    flips('signature', message.signature);
    flips('data', message.signedBytes);
  });

  it('are refused where the data of a personal message is offered as a broadcast', () => {
    const message = change(send(text('hello')), 'receiver', ANYONE.text);
    expect(codeOf(verifyMessage(message, directory, crypto))).toBe('dimp.message.forged');
  });

  it('by an unknown sender wait for the meta, whatever came with them', () => {
    const stranger = secret(8);
    const id = unwrap(parseId('0x1111111111111111111111111111111111111111'));
    const fresh = createDirectory(createMemoryKv(), crypto);
    const message = change(send(text('hello'), mallory), 'sender', id.text);
    const withMeta = change(message, 'meta', { type: 4, key: stranger.publicKey.json });
    learnAttached(withMeta, fresh, NOW_S);
    expect(codeOf(verifyMessage(withMeta, fresh, crypto))).toBe('dimp.contact.unknown');
  });
});

describe('changes of what the protocol does not sign', () => {
  it('an altered IV is noticed (it would change the first 16 bytes)', () => {
    const message = send(text('pay 10'));
    const iv = Uint8Array.from(message.iv ?? []);
    iv[9] = (iv[9] ?? 0) ^ 3;
    expect(['binding', undefined]).toContain(altered(open(change(message, 'IV', base64.encode(iv)))));
    expect(open(change(message, 'IV', base64.encode(iv))).ok).toBe(false);
    expect(open(change(message, 'IV', undefined)).ok).toBe(false);
  });

  it('an IV altered so that a valid content results is noticed', () => {
    // {"type":1,"sn":7 … becomes {"type":2,"sn":7 …, with the envelope's type changed along.
    const message = send(text('hello'));
    const iv = Uint8Array.from(message.iv ?? []);
    iv[8] = (iv[8] ?? 0) ^ ('1'.charCodeAt(0) ^ '2'.charCodeAt(0));
    const changed = change(change(message, 'IV', base64.encode(iv)), 'type', 2);
    expect(altered(open(changed))).toBe('binding');
  });

  it('another type, group or sender is noticed', () => {
    const message = send(text('hello'));
    expect(altered(open(change(message, 'type', 137)))).toBe('type');
    const group = 'Group-12345678@oRnZBFVhacC6Hk73VqrQb7HACVYR9nYcS';
    expect(altered(open(change(message, 'group', group)))).toBe('binding');
  });

  it('a message of one’s own that is sent back, or one for somebody else, is not read', () => {
    const message = send(text('hello'));
    expect(altered(open(message, alice))).toBe('receiver');
    expect(altered(open(message, mallory))).toBe('receiver');
  });

  it('holding back a newer visa shows, because messages mention its time', () => {
    const late = createDirectory(createMemoryKv(), crypto);
    know(late, alice);
    const message = send(text('hello'));
    expect(missesPapers(message, late)).toEqual({ sender: false, group: false });
    expect(missesPapers(change(message, 'SDT', NOW_S + 1), late)).toEqual({ sender: true, group: false });
    expect(missesPapers(send(text('hi'), bob), late).sender).toBe(true);
    const group = 'Group-12345678@oRnZBFVhacC6Hk73VqrQb7HACVYR9nYcS';
    const grouped = change(change(message, 'group', group), 'GDT', 5);
    expect(missesPapers(grouped, late)).toEqual({ sender: false, group: true });
  });

  it('a message sent on as one’s own is noticed (the signature is mallory’s, the words are alice’s)', () => {
    const { signedBytes, json } = send(text('I owe you 100'));
    const { signature: _, ...rest } = json;
    const stolen = signed(mallory, { ...rest, sender: mallory.id.text }, signedBytes);
    expect(codeOf(verifyMessage(stolen, directory, crypto))).toBe('ok');
    expect(altered(open(stolen))).toBe('binding');
  });

  it('taking the binding away is noticed where the sender’s visa announces it', () => {
    const message = sendPlainly(alice, bob, text('hello'));
    expect(altered(open(message))).toBe('binding');
    const { time: _, ...timeless } = text('hello');
    expect(altered(open(sendPlainly(alice, bob, timeless)))).toBe('binding');
    // Signed before there was such a visa, and dated anew outside: the signed time counts.
    const earlier = createContent('text', { text: 'hello' }, { sn: 1, timeS: NOW_S - 60 });
    expect(unwrap(open(sendPlainly(alice, bob, earlier))).protection).toBe('unbound');
  });

  it('a removed device neither signs for its owner nor loosens what the others announce', async () => {
    const mine = createDirectory(createMemoryKv(), crypto);
    for (const who of [alice, bob]) know(mine, who);
    const stolen = createRsaKey(await crypto.rsa.generate(1024));
    if (stolen === undefined) throw new Error('no key');
    const properties = { key: stolen.publicKey.json, binding: 1 };
    const request = { did: alice.id, type: 'visa' as const, terminal: 'lost', properties, nowS: NOW_S };
    const visa = unwrap(createDocument(request, alice.identityKey, crypto));
    unwrap(mine.saveDocument(documentToJson(visa), alice.id, NOW_S));
    const { identityKey: _, ...rest } = alice;
    const thief = { ...rest, identityKey: stolen };
    const forged = send(text('lend me 100'), thief);
    expect(openMessage(forged, bob, mine, crypto).ok).toBe(true);
    const removal = unwrap(createRemovalVisa(alice.id, 'lost', NOW_S + 1, alice.identityKey, crypto));
    unwrap(mine.saveDocument(documentToJson(removal), alice.id, NOW_S));
    expect(codeOf(openMessage(forged, bob, mine, crypto))).toBe('dimp.message.forged');
    expect(altered(openMessage(sendPlainly(alice, bob, text('hello')), bob, mine, crypto))).toBe('binding');
  });

  it('messages of programs without bindings are read, and marked', () => {
    const opened = unwrap(open(sendPlainly(plain, bob, text('hello'))));
    expect(opened.protection).toBe('unbound');
    expect(unwrap(open(send(text('hello')))).protection).toBe('bound');
  });

  it('even without a binding a message cannot be moved into a group or out of its type', () => {
    const group = 'Group-12345678@oRnZBFVhacC6Hk73VqrQb7HACVYR9nYcS';
    const moved = sendPlainly(plain, bob, text('hello'), { group });
    expect(altered(open(moved))).toBe('group');
    expect(altered(open(sendPlainly(plain, bob, text('hello'), { type: 64 })))).toBe('type');
  });

  it('nothing that was to be encrypted may come in clear', () => {
    const data = utf8ToBytes(JSON.stringify(text('read by all')));
    const key = wrap(bob, utf8ToBytes('{"algorithm":"PLAIN"}'));
    const envelope = { sender: plain.id.text, receiver: bob.id.text, time: NOW_S };
    const clear = signed(plain, { ...envelope, key, data: base64.encode(data) }, data);
    expect(codeOf(open(clear))).toBe('dimp.message.unreadable');
  });
});

describe('answers tell nothing of the padding', () => {
  it('a changed key, a badly padded one and one with other contents give the same fault', () => {
    const message = sendPlainly(plain, bob, text('hello'));
    const wrapped = Uint8Array.from(message.key ?? []);
    wrapped[200] = (wrapped[200] ?? 0) ^ 1;
    const tries = [
      base64.encode(wrapped),
      wrap(bob, utf8ToBytes('no key')),
      wrap(bob, utf8ToBytes('{"algorithm":"AES","data":"AAAA"}')),
      wrap(bob, utf8ToBytes(JSON.stringify(symmetricKeyToJson(createAesKey(crypto.random))))),
      wrap(mallory, utf8ToBytes('for somebody else')),
      base64.encode(new Uint8Array(256)),
      'AA==',
    ];
    const faults = tries.map((key) => open(change(message, 'key', key)));
    for (const fault of faults) expect(fault).toEqual(faults[0]);
    expect(codeOf(faults[0] as Result<unknown>)).toBe('dimp.message.unreadable');
  });
});

describe('repetition', () => {
  it('a message counts once, whatever is changed on its outside', () => {
    const store = createMemoryKv();
    const window = createReplayWindow(store);
    const message = send(text('once'));
    store.apply(unwrap(window.judge(unwrap(open(message)), NOW_S)));
    const again = window.judge(unwrap(open(change(message, 'time', NOW_S + 60))), NOW_S + 60);
    expect(codeOf(again)).toBe('dimp.message.replayed');
    // The other form of the same signature: R and N - S.
    const highS = flipS(message.signature);
    const twin = change(message, 'signature', base64.encode(highS));
    expect(normaliseSignature(highS)).toEqual(normaliseSignature(message.signature));
    expect(codeOf(window.judge(unwrap(open(twin)), NOW_S))).toBe('dimp.message.replayed');
  });

  it('a message cannot come back after it was forgotten, nor be dated anew', () => {
    const store = createMemoryKv();
    const window = createReplayWindow(store, 3600);
    const opened = unwrap(open(send(text('old'))));
    store.apply(unwrap(window.judge(opened, NOW_S)));
    const later = NOW_S + 2 * 3600;
    const other = unwrap(open(send(createContent('text', { text: 'new' }, { sn: 1, timeS: later }))));
    store.apply(unwrap(window.judge(other, later)));
    // The first is forgotten by now: one entry for the hash and one for the time are left.
    expect([...store.list(new Uint8Array())]).toHaveLength(2);
    const redated = unwrap(open(change(opened.message, 'time', later)));
    expect(codeOf(window.judge(redated, later))).toBe('dimp.message.stale');
    expect(codeOf(window.judge(opened, NOW_S - 2 * 3600))).toBe('dimp.message.future');
  });

  it('a message without a signed time is never forgotten', () => {
    const { time: _, ...timeless } = text('hello');
    const store = createMemoryKv();
    const window = createReplayWindow(store, 3600);
    const message = sendPlainly(plain, bob, timeless);
    store.apply(unwrap(window.judge(unwrap(open(message)), NOW_S)));
    const redated = change(message, 'time', NOW_S + 10 * 3600);
    const opened = unwrap(open(redated));
    expect(codeOf(window.judge(opened, NOW_S + 10 * 3600))).toBe('dimp.message.replayed');
  });
});

/** ASN.1 DER of R and N - S. */
function flipS(signature: Uint8Array): Uint8Array {
  const compact = normaliseSignature(signature) ?? new Uint8Array(64);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = BigInt(`0x${Buffer.from(compact.subarray(32)).toString('hex')}`);
  const high = hexToBytes((order - s).toString(16).padStart(64, '0'));
  const integer = (bytes: Uint8Array) => {
    const trimmed = bytes.subarray(
      Math.max(
        0,
        bytes.findIndex((byte) => byte !== 0),
      ),
    );
    const padded = (trimmed[0] ?? 0) >= 0x80 ? concatBytes(Uint8Array.of(0), trimmed) : trimmed;
    return concatBytes(Uint8Array.of(2, padded.length), padded);
  };
  const body = concatBytes(integer(compact.subarray(0, 32)), integer(high));
  return concatBytes(Uint8Array.of(0x30, body.length), body);
}

describe('what is read by all', () => {
  it('is signed, and a handshake for one station does not pass for another’s', () => {
    const content = createCommand('handshake', { title: 'Hello world!' }, stamp);
    const message = send(content, alice, ANY_STATION);
    expect(message.isBroadcast).toBe(true);
    expect(message.json['data']).toContain(BINDING_FIELD);
    expect(unwrap(open(message)).protection).toBe('public');
    const redirected = change(message, 'receiver', ANYONE.text);
    expect(altered(open(redirected))).toBe('binding');
    expect(messageToText(message)).toBe(JSON.stringify(message.json));
  });
});
