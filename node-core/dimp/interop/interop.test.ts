// Both ways with the Python reference: identities, documents and messages of every kind made here are read and verified
// by its own code, and the reverse. Run by scripts/interop.mjs, which installs the reference; left out elsewhere.
// Because the reference takes every RSA signature for right, ours are also checked with OpenSSL.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64, unwrap } from '../../base/index.ts';
import { createMemoryKv } from '../../base/memory-kv.ts';
import { createDimpCrypto } from '../../host/adapters/dimp-crypto.ts';
import type {
  Account,
  CommandName,
  ContentKind,
  DimpId,
  Directory,
  JsonObject,
  ReliableMessage,
} from '../index.ts';
import {
  ANY_STATION,
  ANYONE,
  commandFields,
  contentFields,
  createAccount,
  createCommand,
  createContent,
  createDirectory,
  createDocument,
  createEccKey,
  createNamedMeta,
  createReceipt,
  createRsaKey,
  documentToJson,
  ENTITY_TYPES,
  EVERYONE,
  isUser,
  messageToText,
  metaToId,
  metaToJson,
  openMessage,
  parseId,
  parseMessage,
  privateKeyToJson,
  readContent,
  sealFile,
  sealMessage,
  splitForMember,
} from '../index.ts';

/** The second generation, which clients in the field speak, and the newest one. */
const PEERS = [
  { name: 'second generation', script: 'reference.py', python: process.env['DIPNET_DIMP_REFERENCE'] },
  { name: 'newest', script: 'reference_next.py', python: process.env['DIPNET_DIMP_REFERENCE_NEXT'] },
];
if (PEERS.some(({ python }) => python === undefined))
  process.stderr.write(
    'SKIPPED: nothing is exchanged with the reference of DIMP (node scripts/interop.mjs)\n',
  );
const crypto = createDimpCrypto();
const nowS = () => Math.floor(Date.now()) / 1000;

/** The reference in a process of its own, asked one thing after the other. */
function startReference(program: string, script: string) {
  const child: ChildProcessWithoutNullStreams = spawn(program, [join(import.meta.dirname, script)]);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(op: string, request: object): Promise<Record<string, unknown>> {
      child.stdin.write(`${JSON.stringify({ op, ...request })}\n`);
      const { value } = await lines.next();
      return JSON.parse(value ?? '{"error":"the reference ended"}');
    },
    end: () => child.stdin.end(),
  };
}

const runnable = PEERS.filter(({ python }) => python !== undefined);
describe.skipIf(runnable.length === 0)('with the Python reference', () => {
  describe.each(runnable)('$name', ({ python, script }) => exchange(python ?? '', script));
});

function exchange(program: string, script: string): void {
  let reference: ReturnType<typeof startReference>;
  const ask = (op: string, request: object) => reference.ask(op, request);
  let directory: Directory;
  let alice: Account;
  let station: Account;
  /** Made by the reference, which keeps the keys. */
  let bob: DimpId;

  const introduce = ({ id, meta, visa, identityKey, visaKeys }: Account) =>
    ask('know', {
      id: id.text,
      meta: metaToJson(meta),
      documents: visa === undefined ? [] : [documentToJson(visa)],
      secret: privateKeyToJson(identityKey),
      visaSecret: privateKeyToJson(visaKeys[0] as never),
    });
  const meet = async (request: object): Promise<DimpId> => {
    const made = await ask('create', request);
    const id = unwrap(parseId(String(made['id'])));
    unwrap(directory.saveMeta(id, made['meta'] as JsonObject));
    // It makes a visa for whatever it is asked for; groups have none.
    const documents = isUser(id) ? (made['documents'] as JsonObject[]) : [];
    for (const document of documents) unwrap(directory.saveDocument(document, id, nowS()));
    return id;
  };
  const know = ({ id, meta, visa }: Account) => {
    unwrap(directory.saveMeta(id, metaToJson(meta)));
    if (visa !== undefined) unwrap(directory.saveDocument(documentToJson(visa), id, nowS()));
  };

  beforeAll(async () => {
    reference = startReference(program, script);
    directory = createDirectory(createMemoryKv(), crypto);
    const identityKey = createEccKey(crypto.random.bytes(32));
    const properties = { name: 'Alice', avatar: '' };
    alice = unwrap(await createAccount({ identityKey, properties, nowS: nowS() }, crypto));
    const named = { seed: 'relay', network: ENTITY_TYPES.station };
    const key = createEccKey(crypto.random.bytes(32));
    const place = { name: 'Relay', host: '127.0.0.1', port: 9394 };
    station = unwrap(
      await createAccount({ identityKey: key, named, properties: place, nowS: nowS() }, crypto),
    );
    for (const who of [alice, station]) know(who);
    bob = await meet({ type: '4', network: 0 });
  });
  afterAll(() => reference.end());

  it('our identities and visas are proven there', async () => {
    expect(await introduce(alice)).toEqual({ type: 0 });
    expect(await introduce(station)).toEqual({ type: 2 });
    const foreign = { id: alice.id.text, meta: metaToJson(station.meta) };
    expect(await ask('know', foreign)).toEqual({ refused: 'meta' });
    const data = `${alice.visa?.data} `;
    const forged = { ...documentToJson(alice.visa as never), data };
    expect(
      await ask('know', { id: alice.id.text, meta: metaToJson(alice.meta), documents: [forged] }),
    ).toEqual({ refused: 'document' });
  });

  it('an RSA identity of ours is proven there too', async () => {
    const identityKey = createRsaKey(await crypto.rsa.generate(2048));
    if (identityKey === undefined) throw new Error('no key');
    const named = { seed: 'veteran', network: ENTITY_TYPES.user };
    const veteran = unwrap(await createAccount({ identityKey, named, properties: {}, nowS: nowS() }, crypto));
    expect(await introduce(veteran)).toEqual({ type: 0 });
  });

  it('its identities of every kind are proven here', async () => {
    for (const network of [0, 1, 2, 3, 4]) await meet({ type: '1', seed: `entity-${network}`, network });
    await meet({ type: '2', network: 0 });
    await meet({ type: '1', seed: 'rsa-user', network: 0, rsa: true });
  });

  const stamp = () => ({ sn: 1 + (Math.floor(nowS()) % 1000), timeS: nowS() });
  const inner = () => send(createContent('text', { text: 'inner' }, stamp()), bob);
  const send = (content: JsonObject, receiver: DimpId, from = alice): ReliableMessage =>
    unwrap(sealMessage({ account: from, receiver, content, timeS: nowS() }, directory, crypto));

  const contents: Readonly<Partial<Record<ContentKind, () => JsonObject>>> = {
    text: () => ({ text: 'Hello! 你好 😀', format: 'markdown' }),
    file: () => ({
      filename: 'a.stl',
      URL: 'https://example.com/a',
      ...sealFile(new Uint8Array(9), crypto).fields,
    }),
    image: () => ({
      filename: 'a.png',
      URL: 'https://example.com/a.png',
      thumbnail: 'data:image/png;base64,AA==',
    }),
    audio: () => ({ filename: 'a.mp3', URL: 'https://example.com/a.mp3', text: 'hm', duration: 1.5 }),
    video: () => ({
      filename: 'a.mp4',
      URL: 'https://example.com/a.mp4',
      snapshot: 'data:image/png;base64,AA==',
    }),
    page: () => ({ URL: 'https://example.com', title: 'Example', desc: 'A page' }),
    card: () => ({ did: bob.text, name: 'Bob', avatar: '' }),
    quote: () => ({ text: 'yes', origin: { sender: bob.text, receiver: alice.id.text, type: 1, sn: 3 } }),
    money: () => ({ currency: 'USD', amount: 1.5 }),
    transfer: () => ({ currency: 'DPN', amount: 2, remitter: alice.id.text, remittee: bob.text }),
    array: () => ({ contents: [createContent('text', { text: 'one of many' }, stamp())] }),
    customized: () => ({ app: 'chat.dim.test', mod: 'm', act: 'a' }),
    combine: () => ({
      title: 'Before',
      messages: [
        {
          sender: bob.text,
          receiver: alice.id.text,
          time: 1,
          content: createContent('text', { text: 'x' }, stamp()),
        },
      ],
    }),
    forward: () => ({ secrets: [inner().json] }),
  };
  const group = 'Group-12345678@oRnZBFVhacC6Hk73VqrQb7HACVYR9nYcS';
  const commands: Readonly<Partial<Record<CommandName, () => JsonObject>>> = {
    handshake: () => ({ title: 'Hello world!', session: 'ab'.repeat(32) }),
    meta: () => ({ did: alice.id.text, meta: metaToJson(alice.meta) }),
    documents: () => ({ did: alice.id.text, documents: [documentToJson(alice.visa as never)] }),
    login: () => ({
      did: alice.id.text,

      station: { did: station.id.text, host: '127.0.0.1', port: 9394 },
    }),
    report: () => ({ title: 'online' }),
    search: () => ({ keywords: 'printer', start: 0, limit: 20 }),
    ans: () => ({ names: 'archivist monitor' }),
    block: () => ({ list: [bob.text] }),
    mute: () => ({ list: [bob.text] }),
    invite: () => ({ group, members: [bob.text] }),
    join: () => ({ group }),
    quit: () => ({ group }),
    reset: () => ({ group, members: [alice.id.text, bob.text] }),
    hire: () => ({ group, administrators: [bob.text] }),
    fire: () => ({ group, assistants: [bob.text] }),
    resign: () => ({ group }),
  };
  const all = (): readonly (readonly [string, JsonObject])[] => [
    ...Object.entries(contents).map(
      ([kind, fields]) => [kind, createContent(kind as ContentKind, fields(), stamp())] as const,
    ),
    ...Object.entries(commands).map(
      ([name, fields]) => [name, createCommand(name as CommandName, fields(), stamp())] as const,
    ),
  ];
  const soundHere = (name: string, opened: ReturnType<typeof openMessage>) => {
    const { content } = unwrap(opened);
    return name in contents
      ? contentFields(content, name as ContentKind)
      : commandFields(content, name as CommandName);
  };

  it('every kind of message of ours is verified, decrypted and understood there', async () => {
    for (const [name, content] of all()) {
      const message = send(content, bob);
      const answer = await ask('open', { message: messageToText(message), reader: bob.text });
      const { binding, ...read } = (answer['content'] ?? {}) as Record<string, unknown>;
      // The reference loses the title of a page while it reads it, and the newest takes over the old names of documents.
      const received = name === 'page' ? { ...read, title: 'Example' } : (read as JsonObject);
      if (name === 'documents') expect(readContent(content)).toMatchObject(readContent(received));
      else expect([name, received]).toEqual([name, content]);
      expect(typeof binding).toBe('string');
      expect([name, answer['sender']]).toEqual([name, alice.id.text]);
      // Not the class for contents that it does not know.
      expect([name, answer['class']]).not.toEqual([name, 'BaseContent']);
    }
  });

  it.each([false, true])(
    'every kind of message of its own is understood here, short names: %s',
    async (short) => {
      for (const [name, content] of all()) {
        const sealed = await ask('seal', { sender: bob.text, receiver: alice.id.text, content, short });
        expect([name, sealed['error']]).toEqual([name, undefined]);
        const message = unwrap(parseMessage(String(sealed['text'])));
        expect(message.sender.text).toBe(bob.text);
        const opened = openMessage(message, alice, directory, crypto);
        expect([name, soundHere(name, opened)]).not.toEqual([name, undefined]);
        expect(unwrap(opened).protection).toBe('unbound');
      }
    },
  );

  it('receipts name their message both ways', async () => {
    const message = inner();
    const receipt = createReceipt({ text: 'Message received.', message, sn: 8, stamp: stamp() });
    const answer = await ask('open', { message: messageToText(send(receipt, bob)), reader: bob.text });
    expect(answer).toMatchObject({
      class: 'BaseReceiptCommand',
      content: { sn: 8, text: 'Message received.' },
    });
  });

  it('broadcasts are signed and read both ways', async () => {
    for (const receiver of [ANY_STATION, ANYONE, EVERYONE]) {
      const content = createCommand('handshake', { title: 'Hello world!' }, stamp());
      const text = messageToText(send(content, receiver));
      expect(await ask('open', { message: text, reader: bob.text })).toMatchObject({ sender: alice.id.text });
      const request = { sender: bob.text, receiver: receiver.text, members: [ANYONE.text], content };
      const sealed = await ask('seal', request);
      expect(sealed['error']).toBeUndefined();
      const opened = openMessage(unwrap(parseMessage(String(sealed['text']))), alice, directory, crypto);
      expect(unwrap(opened).protection).toBe('public');
    }
  });

  it('group messages are read both ways, whole and split', async () => {
    const meta = unwrap(createNamedMeta('Group-777', alice.identityKey, crypto));
    const id = metaToId(meta, ENTITY_TYPES.group);
    if (id === undefined) throw new Error('no ID');
    const bulletin = createDocument(
      { did: id, type: 'bulletin', properties: { founder: alice.id.text, name: 'A group' }, nowS: nowS() },
      alice.identityKey,
      crypto,
    );
    const documents = [documentToJson(unwrap(bulletin))];
    expect(await ask('know', { id: id.text, meta: metaToJson(meta), documents })).toEqual({ type: 1 });
    const content = createContent('text', { text: 'all' }, { ...stamp(), group: id });
    const members = [alice.id, bob];
    const request = { account: alice, receiver: id, members, content, timeS: nowS() };
    const whole = unwrap(sealMessage(request, directory, crypto));
    // The reference reads split copies only; ours reads both.
    const copy = messageToText(unwrap(splitForMember(whole, bob)));
    const answer = await ask('open', { message: copy, reader: bob.text });
    expect(answer).toMatchObject({ content: { text: 'all', group: id.text } });
    const texts = members.map(({ text }) => text);
    const sealed = await ask('seal', { sender: bob.text, receiver: id.text, members: texts, content });
    const message = unwrap(parseMessage(String(sealed['text'])));
    expect(openMessage(message, alice, directory, crypto).ok).toBe(true);
    const split = unwrap(splitForMember(message, alice.id));
    expect(openMessage(split, alice, directory, crypto).ok).toBe(true);
  });

  it('what was changed on the way is refused there as here', async () => {
    const message = inner();
    const signature = Uint8Array.from(message.signature);
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const text = JSON.stringify({ ...message.json, signature: base64.encode(signature) });
    expect(await ask('open', { message: text, reader: bob.text })).toEqual({ refused: 'signature' });
    const key = createPublicKey(String(alice.meta.key.json['data']));
    expect(verify('sha256', message.signedBytes, key, message.signature)).toBe(true);
    expect(verify('sha256', message.signedBytes, key, signature)).toBe(false);
  });
}
