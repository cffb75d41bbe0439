// DIMP under fuzzing: whatever comes from a station or a peer is read, and what is accepted is passed on unchanged.
// Nothing that was damaged may verify, whatever the damage was. Here are messages, boards, broadcasts, contents, commands,
// keys, metas, documents, IDs, disclosures and what is said in calls; dimp-parts-target.ts and
// dimp-claims-target.ts have the rest.

import type { Bytes } from '../../../base/index.ts';
import { equalBytes, parseUtf8, unwrap, utf8ToBytes } from '../../../base/index.ts';
import { createMemoryKv } from '../../../base/memory-kv.ts';
import { parseCandidate, parseDescription, readCallContent } from '../../../dimp/calls/index.ts';
import type { Contacts, DimpCrypto, JsonObject, ReliableMessage } from '../../../dimp/index.ts';
import {
  acceptMeta,
  COMMANDS,
  CONTENTS,
  checkDisclosure,
  commandFields,
  contentFields,
  createDirectory,
  messageToText,
  parseContent,
  parseDocument,
  parseId,
  parseJsonObject,
  parseMessageBytes,
  parsePortableFile,
  parsePrivateKey,
  parsePublicKey,
  parseSymmetricKey,
  readBoard,
  readBroadcast,
  readEntry,
  recogniseContact,
  verifyDocument,
  verifyMessage,
  writeJsonMembers,
} from '../../../dimp/index.ts';
import reference from '../../../dimp/vectors/reference-messages.json' with { type: 'json' };
import { verifySignature } from '../../../identity/index.ts';
import { dimpClaimTargets } from './dimp-claims-target.ts';
import { dimpPartTargets } from './dimp-parts-target.ts';
import { FuzzFailure } from './failure.ts';
import { mutateBytes, mutateLines } from './mutate.ts';
import type { FuzzRandom } from './random.ts';
import type { FuzzTarget } from './targets.ts';

/** The seeds are signed with ECDSA; RSA is the host's and is not under test here. */
const crypto: DimpCrypto = {
  random: { bytes: (length) => new Uint8Array(length) },
  rsa: {
    verify: () => false,
    sign: () => undefined,
    encrypt: () => undefined,
    decryptRaw: () => undefined,
    generate: () => Promise.reject(new Error('no keys are made here')),
  },
  verifyEcdsa: verifySignature,
};

const WORDS = [
  '"K":{}',
  '"keys":{"digest":""}',
  '"F":"x"',
  '"__proto__":{}',
  '"sender":"anyone@anywhere"',
  '"group":"everyone@everywhere"',
  '"receiver":"stations@everywhere"',
  '"time":1e999',
  '"sn":9007199254740993',
  '"type":"*"',
  '"type":255',
  '"forward":{}',
  '"members":[[]]',
  '"command":"constructor"',
  '"did":"@/"',
  '-----BEGIN PUBLIC KEY-----',
  'data:;base64,',
  '\\ud800',
  '[[[[[[[[',
  'null',
  '',
];

function damage(text: string, random: FuzzRandom): Bytes {
  // A new line may stand between any two members, and gives the mutations whole members to work on.
  const lines = text.replaceAll(',"', ',\n"');
  const input = utf8ToBytes(random.oneIn(2) ? mutateLines(lines, random, WORDS) : text);
  return random.oneIn(2) ? mutateBytes(input, random) : input;
}

function meetAll(): Contacts {
  const directory = createDirectory(createMemoryKv(), crypto);
  for (const { id: text, meta, documents } of Object.values(reference.users)) {
    const id = unwrap(parseId(text));
    unwrap(directory.saveMeta(id, meta));
    for (const document of documents) unwrap(directory.saveDocument(document, id, 1_795_250_000));
  }
  return directory;
}

function feedMessage(input: Bytes, seeds: readonly ReliableMessage[], contacts: Contacts): void {
  const parsed = parseMessageBytes(input);
  if (!parsed.ok) return;
  const message = parsed.value;
  const again = parseMessageBytes(utf8ToBytes(messageToText(message)));
  if (!again.ok || messageToText(again.value) !== messageToText(message))
    throw new FuzzFailure(`a message changes when it is passed on: ${messageToText(message).slice(0, 2000)}`);
  readBroadcast(message, contacts);
  readEntry(message.group ?? message.receiver, message, contacts, crypto, message.timeS);
  readBoard(message.receiver, contacts);
  const isOriginal = ({ sender, signedBytes }: ReliableMessage) =>
    sender.bare === message.sender.bare && equalBytes(signedBytes, message.signedBytes);
  if (!seeds.some(isOriginal) && verifyMessage(message, contacts, crypto).ok)
    throw new FuzzFailure(`a forged message verifies: ${messageToText(message).slice(0, 2000)}`);
}

function feedParts(input: Bytes): void {
  const text = parseUtf8(input) ?? '';
  const parsed = parseJsonObject(text);
  const json: JsonObject = parsed.ok ? parsed.value.value : { data: text, text };
  if (parsed.ok) {
    const written = parseJsonObject(writeJsonMembers(parsed.value.members));
    if (!written.ok) throw new FuzzFailure(`JSON changes when it is written again: ${text.slice(0, 2000)}`);
  }
  readCallContent({ ...json, app: 'dipnet.call' });
  const description = parseDescription(text);
  if (description !== undefined && parseDescription(description.sdp)?.sdp !== description.sdp)
    throw new FuzzFailure(`a description changes when it is read again: ${text.slice(0, 2000)}`);
  parseCandidate({ candidate: text, mid: '0' }, 'all');
  const content = parseContent(json);
  if (content.ok) {
    for (const kind of Object.keys(CONTENTS) as (keyof typeof CONTENTS)[]) contentFields(content.value, kind);
    for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) commandFields(content.value, name);
  }
  for (const key of [json, { algorithm: 'ECC', data: text }, { algorithm: 'RSA', data: text }]) {
    parsePublicKey(key);
    parsePrivateKey(key);
  }
  parseSymmetricKey(json);
  parsePortableFile(json['data']);
  parseId(text.slice(0, 80));
  recogniseContact(text.slice(0, 80));
  checkDisclosure(text, crypto);
}

export function dimpTargets(): FuzzTarget[] {
  const contacts = meetAll();
  const { users, messages, group } = reference;
  const texts = messages.map(({ serialized }) => serialized);
  const seeds = texts.map((text) => unwrap(parseMessageBytes(utf8ToBytes(text))));
  const contents = messages.map((message) => JSON.stringify(message.content_after_compat));
  const alice = unwrap(parseId(users.alice.id));
  const keys = [
    users.alice.meta.key.data,
    users.alice.id_private_key.data,
    users.alice.msg_private_keys[0]?.data ?? '',
  ];
  const papers = [users.alice.meta, group.meta, ...users.alice.documents, ...group.documents];
  const parts = [
    ...contents,
    ...keys,
    ...papers.map((paper) => JSON.stringify(paper)),
    users.alice.id,
    group.id,
  ];
  return [
    {
      name: 'messages of DIMP',
      weight: 2,
      run: (random) => feedMessage(damage(random.pick(texts), random), seeds, contacts),
    },
    {
      name: 'contents, keys and papers of DIMP',
      weight: 2,
      run(random) {
        const input = damage(random.pick(parts), random);
        feedParts(input);
        const parsed = parseJsonObject(parseUtf8(input) ?? '');
        if (!parsed.ok) return;
        acceptMeta(parsed.value.value, alice, crypto);
        const document = parseDocument(parsed.value.value, alice);
        const meta = contacts.meta(alice);
        if (!document.ok || meta === undefined) return;
        const isOriginal = users.alice.documents.some(({ data }) => data === document.value.data);
        if (!isOriginal && verifyDocument(document.value, meta, crypto))
          throw new FuzzFailure(`a forged document verifies: ${document.value.data.slice(0, 2000)}`);
      },
    },
    ...dimpPartTargets(damage, crypto),
    ...dimpClaimTargets(contacts, damage, crypto),
  ];
}
