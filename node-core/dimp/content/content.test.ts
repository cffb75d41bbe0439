// Contents and commands of every generation, and the receipts that answer them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { createDimpCrypto } from '../../host/adapters/dimp-crypto.ts';
import type { Content, JsonObject } from '../index.ts';
import {
  COMMANDS,
  CONTENTS,
  commandFields,
  contentFields,
  createCommand,
  createContent,
  createReceipt,
  createSerials,
  deservesReceipt,
  parseContent,
  parseContentType,
  parseId,
  readContent,
  receiptOrigin,
  unsupported,
  writeContent,
} from '../index.ts';
import { meetPeople, NOW_S, stamp } from '../testing/people.ts';

const { alice, bob, send } = await meetPeople(createDimpCrypto());
const contentOf = (json: JsonObject): Content => unwrap(parseContent(json));

describe('contents', () => {
  it('are known by number, digits and name', () => {
    for (const [kind, { code }] of Object.entries(CONTENTS))
      expect([code, String(code), kind].map(parseContentType)).toEqual([code, code, code]);
    expect(parseContentType('*')).toBe(0);
    for (const junk of ['', '01', '1.5', -1, 1e9, null, {}]) expect(parseContentType(junk)).toBeUndefined();
  });

  it('of unknown kinds and commands are kept', () => {
    const content = contentOf({ type: 77, sn: 1, time: 2, zzz: { deep: [1] } });
    expect(content).toMatchObject({ code: 77, kind: 'unknown', json: { zzz: { deep: [1] } } });
    const command = contentOf({ type: 136, sn: 1, command: 'dance' });
    expect(commandFields(command, 'ans')).toBeUndefined();
    expect(unsupported(command)).toMatchObject({
      text: 'Command not support.',
      extras: { replacements: { command: 'dance' } },
    });
    expect(unsupported(content).text).toBe('Content not support.');
  });

  it.each([
    [
      { type: 136, cmd: 'handshake', message: 'DIM?' },
      { command: 'handshake', title: 'DIM?' },
    ],
    [
      { T: 136, C: 'ans', N: 5, W: 7, names: 'a' },
      { type: 136, command: 'ans', sn: 5, time: 7 },
    ],
    [
      { type: 'command', command: 'document', ID: 'x' },
      { command: 'documents', did: 'x' },
    ],
    [{ type: 136, command: 'document', document: { a: 1 } }, { documents: [{ a: 1 }] }],
    [
      { type: 136, command: 'profile', profile: '{}', signature: 'AA==' },
      { documents: [{ data: '{}', signature: 'AA==' }] },
    ],
    [
      { type: 136, command: 'visa', visa: { a: 1 } },
      { command: 'documents', documents: [{ a: 1 }] },
    ],
    [{ type: 137, command: 'invite', member: 'm' }, { members: ['m'] }],
    [{ type: 16, password: { algorithm: 'AES' } }, { key: { algorithm: 'AES' } }],
    [
      { type: 136, command: 'receipt', message: 'ok', sender: 's', sn: 4 },
      { text: 'ok', origin: { sender: 's', sn: 4 } },
    ],
    [{ type: 136, command: 'receipt', envelope: { sender: 's' } }, { origin: { sender: 's' } }],
    [{ type: 136, command: 'login', station: { ID: 's' } }, { station: { did: 's' } }],
    [{ type: 255, forward: { a: 1 } }, { secrets: [{ a: 1 }] }],
    [{ type: 255, forward: { a: 1 }, secrets: [{ a: 2 }] }, { secrets: [{ a: 1 }, { a: 2 }] }],
  ] as const)('of older generations are read: %j', (given, expected) => {
    expect(readContent(given as JsonObject)).toMatchObject(expected);
  });

  it('are written so that every generation finds its names', () => {
    const did = alice.id.text;
    const documents = [{ a: 1 }];
    expect(createCommand('documents', { did, documents }, stamp)).toMatchObject({
      type: 136,
      command: 'document',
      cmd: 'document',
      did,
      ID: did,
      document: { a: 1 },
    });
    expect(createCommand('documents', { did, documents }, stamp)).not.toHaveProperty('documents');
    expect(createCommand('documents', { did, documents: [{ a: 1 }, { a: 2 }] }, stamp)).toHaveProperty(
      'documents',
    );
    expect(createCommand('handshake', { title: 'DIM!' }, stamp)).toMatchObject({ message: 'DIM!' });
    expect(createContent('image', { key: { algorithm: 'AES' } }, stamp)).toMatchObject({
      password: { algorithm: 'AES' },
    });
    expect(createContent('forward', { secrets: [{ a: 1 }] }, stamp)).toMatchObject({ forward: { a: 1 } });
    for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
      const { type, command, cmd } = createCommand(name, {}, stamp);
      expect([type, cmd]).toEqual([CONTENTS[COMMANDS[name].carrier].code, command]);
      expect(contentOf({ ...createCommand(name, {}, stamp) }).command).toBe(name);
    }
  });

  it('survive reading and writing in any order, and never throw', () => {
    const json = fc.dictionary(
      fc.oneof(
        fc.constantFrom(
          'type',
          'sn',
          'time',
          'group',
          'command',
          'cmd',
          'did',
          'member',
          'forward',
          'document',
          'origin',
        ),
        fc.string(),
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(json, (fields) => {
        const content = fields as JsonObject;
        const once = readContent(content);
        expect(readContent(once)).toEqual(once);
        readContent(writeContent(content));
        const parsed = parseContent(content);
        if (parsed.ok)
          for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])
            commandFields(parsed.value, name);
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it('with unsound fields give none', () => {
    const base = { type: 136, sn: 1, command: 'login' };
    expect(commandFields(contentOf({ ...base, did: alice.id.text }), 'login')?.did.bare).toBe(alice.id.text);
    expect(commandFields(contentOf({ ...base, did: 'x' }), 'login')).toBeUndefined();
    expect(contentFields(contentOf({ type: 1, text: 5 }), 'text')).toBeUndefined();
    expect(contentFields(contentOf({ type: 1, text: 'a', format: null }), 'text')?.text).toBe('a');
    for (const odd of [{}, { type: 1, sn: -1 }, { type: 1, time: 'x' }, { type: 1, group: 5 }, { type: 136 }])
      expect(parseContent(odd).ok).toBe(false);
  });

  it('are numbered from a random start', () => {
    const next = createSerials({ bytes: () => Uint8Array.of(0xff, 0xff, 0xff, 0xfe) });
    expect([next(), next(), next()]).toEqual([0x7fffffff, 1, 2]);
  });
});

describe('receipts', () => {
  it('name what they answer, also by the serial number', () => {
    const message = send(createContent('text', { text: 'x' }, stamp));
    const receipt = createReceipt({
      text: 'Message received.',
      message,
      sn: 77,
      stamp: { sn: 1, timeS: NOW_S },
    });
    expect(receipt).toMatchObject({ sn: 77, sender: alice.id.text, receiver: bob.id.text });
    expect(receipt['origin']).toEqual(receipt['envelope']);
    const origin = receiptOrigin(contentOf(receipt));
    expect(origin).toMatchObject({ sn: 77, timeS: NOW_S, sender: { text: alice.id.text } });
    expect(origin?.signature).toEqual(message.signature);
    expect(receiptOrigin(contentOf({ type: 1, text: 'x' }))).toBeUndefined();
  });

  it('go to people for what they say, never to receipts, bots and stations', () => {
    const text = contentOf(createContent('text', { text: 'x' }, stamp));
    const receipt = contentOf(createCommand('receipt', { text: 'x' }, stamp));
    const bot = unwrap(parseId('archivist@2PaF5csHmt8n1e2wdDimHHyj1HrdW3QZur9'));
    expect([
      deservesReceipt(alice.id, text),
      deservesReceipt(alice.id, receipt),
      deservesReceipt(bot, text),
    ]).toEqual([true, false, false]);
  });
});
