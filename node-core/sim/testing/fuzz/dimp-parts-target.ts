// What DIMP carries beside messages, under fuzzing: the framings of its connections, and the contents by which files,
// boards, receipts, amendments, devices, packages and whole accounts are told to others.

import type { Bytes } from '../../../base/index.ts';
import { concatBytes, equalBytes, parseUtf8, unwrap, utf8ToBytes } from '../../../base/index.ts';
import {
  cleanFileName,
  encodeManifest,
  FILE_CHUNK_BYTES,
  fileExtension,
  fileKind,
  parseManifest,
  readFileAddress,
  readFileContent,
} from '../../../dimp/files/index.ts';
import type { Content, DimpCrypto, JsonObject } from '../../../dimp/index.ts';
import {
  importAccount,
  PackageAnswer,
  PackageQuestion,
  parseContent,
  parseId,
  parseJsonObject,
  readAccountFileHead,
  readAmendment,
  readDeviceNews,
  readKeptReceipts,
  readReply,
  readSequence,
  receiptOrigin,
  ServiceReceipts,
} from '../../../dimp/index.ts';
import { parseOwnPackage, readMlsContent } from '../../../dimp/mls/index.ts';
import { Price, PriceAnswer } from '../../../dimp/station/index.ts';
import {
  createDetectingFraming,
  createMtpFraming,
  encodeMtp,
  parseMtpDatagram,
  requestUpgrade,
} from '../../../dimp/transport/index.ts';
import { FuzzFailure } from './failure.ts';
import { mutateBytes } from './mutate.ts';
import type { FuzzRandom } from './random.ts';
import type { FuzzTarget } from './targets.ts';

type Damage = (text: string, random: FuzzRandom) => Bytes;

/** What a stranger's file, board or device says, in the forms that are sent today. */
const SAID: readonly JsonObject[] = [
  {
    type: 16,
    filename: 'gear.stl',
    URL: 'https://example.org:9394/files/ab',
    key: { algorithm: 'AES', data: 'AAAA' },
  },
  {
    type: 18,
    filename: '../../etc/passwd',
    data: 'iVBORw0KGgo=',
    thumbnail: 'data:image/png;base64,iVBORw0KGgo=',
  },
  { type: 20, filename: 'word.ogg', data: 'AAAA', duration: 2.5 },
  { type: 204, app: 'dipnet', mod: 'board', act: 'hide', entry: 'ab' },
  {
    type: 204,
    app: 'dipnet',
    mod: 'amendment',
    act: 'react',
    text: '👍',
    origin: { sender: 'a', reference: 'b' },
  },
  {
    type: 1,
    text: 'new words',
    edits: { sender: 'moki@4WDfe3zZ4T7opFSi3iDAKiuTnUHjxmXekk', reference: 'cd' },
  },
  {
    type: 136,
    command: 'receipt',
    text: 'Message received.',
    origin: { sender: 'a', signature: 'AAAA', sn: 5 },
  },
  { type: 204, app: 'dipnet', mod: 'service', act: 'receipts', network: 'n', day: 1, receipts: [] },
  { type: 204, app: 'dipnet', mod: 'mailbox', act: 'price.answer', did: 'a', price: { stakeMicro: '5' } },
  { type: 204, app: 'dipnet', mod: 'packages', act: 'put', terminal: 'one', packages: [], drop: [] },
  { type: 204, app: 'dipnet.mls', mod: 'session', act: 'message', session: 'ab', data: 'AAAA', carried: [] },
  {
    format: 'dimp-account/v1',
    id: 'a',
    meta: {},
    documents: [],
    secret: {},
    secret_keys: [],
    contacts: [{}],
  },
];

/** Points and blanks at an end, which some file systems drop, and what names a folder. */
const HARMFUL = /^$|^[.\s]|[.\s]$|[/\\:\p{Cc}\p{Cf}]/u;

function assertHarmless(name: string): void {
  if (HARMFUL.test(name) || cleanFileName(name) !== name)
    throw new FuzzFailure(`a file name stays harmful: ${JSON.stringify(name)}`);
}

function feedSaid(content: Content): void {
  const sender = unwrap(parseId('moki@4WDfe3zZ4T7opFSi3iDAKiuTnUHjxmXekk'));
  const file = readFileContent(content);
  if (file !== undefined) assertHarmless(file.name);
  receiptOrigin(content);
  readReply(content);
  readAmendment(sender, content);
  readSequence(content);
  readDeviceNews(content);
}

function feedParts(input: Bytes, crypto: DimpCrypto): void {
  const text = parseUtf8(input) ?? '';
  const name = cleanFileName(text.slice(0, 1000));
  assertHarmless(name);
  fileKind(name);
  fileExtension(name);
  readFileAddress(text.slice(0, 2000));
  readAccountFileHead(text);
  importAccount(text, crypto);
  parseOwnPackage(text);
  const parsed = parseJsonObject(text);
  if (!parsed.ok) return;
  const json = parsed.value.value;
  readMlsContent(json);
  readKeptReceipts(json);
  for (const schema of [ServiceReceipts, PackageQuestion, PackageAnswer, PriceAnswer, Price])
    schema.safeParse(json);
  const content = parseContent(json);
  if (content.ok) feedSaid(content.value);
}

/** What comes out must not depend on how the network cuts what goes in. */
function feedStream(stream: Bytes, random: FuzzRandom): void {
  const port = { bytes: (length: number) => new Uint8Array(length) };
  const hear = (pieces: readonly Bytes[]): string => {
    const framing = createDetectingFraming(port, 0);
    const heard: Bytes[] = [];
    for (const piece of pieces) {
      const { payloads, close } = framing.receive(piece, 1);
      for (const { bytes, reference } of payloads) {
        heard.push(bytes);
        framing.confirm(reference);
      }
      if (close !== undefined) break;
    }
    framing.tick(2);
    return heard.map((bytes) => bytes.join()).join(';');
  };
  const pieces: Bytes[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = 1 + random.below(60);
    pieces.push(stream.subarray(at, at + length));
    at += length;
  }
  if (hear([stream]) !== hear(pieces))
    throw new FuzzFailure(`a stream reads otherwise in pieces: ${stream.join()}`);
}

function streams(): readonly Bytes[] {
  const port = { bytes: (length: number) => new Uint8Array(length).fill(7) };
  const mtp = createMtpFraming(port, 0);
  const bodies = ['{"a":1}', '', 'PING', 'x'.repeat(300)].map(utf8ToBytes);
  const frame = (bytes: Bytes) => concatBytes(Uint8Array.of(0x81, 0x80 | bytes.length, 0, 0, 0, 0), bytes);
  return [
    concatBytes(...bodies.map((body, index) => mtp.send(body, index, 0))),
    encodeMtp({
      kind: 'fragment',
      serial: new Uint8Array(8),
      page: { count: 2, index: 0 },
      body: bodies[0] ?? port.bytes(1),
    }),
    encodeMtp({ kind: 'command', serial: new Uint8Array(8), body: utf8ToBytes('PING') }),
    concatBytes(
      requestUpgrade('example.org', '/', port.bytes(16)),
      frame(utf8ToBytes('{"a":1}')),
      frame(utf8ToBytes('PING')),
    ),
    concatBytes(
      Uint8Array.of(0, 0, 0, 20, 0, 0, 0, 200, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 7),
      utf8ToBytes('{"a":1}'),
    ),
  ];
}

export function dimpPartTargets(damage: Damage, crypto: DimpCrypto): FuzzTarget[] {
  const said = SAID.map((one) => JSON.stringify(one));
  const lines = streams();
  const manifest = encodeManifest({
    sizeBytes: FILE_CHUNK_BYTES + 5,
    chunks: ['ab'.repeat(32), 'cd'.repeat(32)],
  });
  // Whatever it is called: here it is what is in it that counts.
  const named = { sha256: () => new Uint8Array(32) };
  const name = '00'.repeat(32);
  return [
    {
      name: 'files, boards, receipts and accounts of DIMP',
      weight: 2,
      run(random) {
        feedParts(damage(random.pick(said), random), crypto);
        const block = mutateBytes(manifest, random);
        const parsed = parseManifest(name, block, named);
        if (parsed.ok && !equalBytes(encodeManifest(parsed.value), block))
          throw new FuzzFailure(`a manifest has two forms: ${block.join()}`);
      },
    },
    {
      name: 'connections of DIMP',
      weight: 2,
      run(random) {
        const stream = random.pick(lines);
        const input = random.oneIn(4) ? concatBytes(stream, random.pick(lines)) : stream;
        const damaged = mutateBytes(input, random);
        feedStream(damaged, random);
        parseMtpDatagram(damaged);
      },
    },
  ];
}
