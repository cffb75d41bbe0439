// Every kind of content that may stand among disclosed messages has words, and nothing of it acts on a terminal.

import { expect, it } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { callFields } from '../../dimp/calls/index.ts';
import type { ContentKind, JsonObject } from '../../dimp/index.ts';
import { createCommand, createContent, parseContent, parseId } from '../../dimp/index.ts';
import { disclosedSaid, saidInWords } from './disclosed-words.ts';

const sender = unwrap(parseId('moki@4WDfe3zZ4T7opFSi3iDAKiuTnUHjxmXekk'));
const stamp = { sn: 5, timeS: 1_700_000_000 };

function wordsOf(json: JsonObject): string {
  const content = unwrap(parseContent(json));
  const shown = { message: { sender }, content } as Parameters<typeof disclosedSaid>[0][number];
  return disclosedSaid([shown]).map(saidInWords).join();
}
const said = (kind: ContentKind, fields: JsonObject) => wordsOf(createContent(kind, fields, stamp));

it('tells what a message is', () => {
  const call = { call: 'ab'.repeat(16), from: 'one', expiresS: 1_700_000_100 };
  expect([
    said('text', { text: 'plain \u001b[2J \u009b2J \u202egnp' }),
    said('file', { filename: 'gear.stl', data: 'AAAA' }),
    said('audio', { filename: 'word.ogg', data: 'AAAA' }),
    said('customized', callFields({ ...call, said: { act: 'invite', video: true } })),
    said('customized', callFields({ ...call, said: { act: 'end', reason: 'hangup' } })),
    said('card', { did: sender.bare, name: 'Moki' }),
    said('page', { URL: 'https://example.org/', title: 'A page' }),
    said('transfer', { currency: 'DPN', amount: 12 }),
    said('combine', { title: 'all', messages: [{}, {}] }),
    said('customized', { app: 'other', mod: 'game', act: 'move' }),
    said('customized', { app: 'dipnet', mod: 'amendment', act: 'react', text: '👍', origin: 5 }),
    wordsOf(createCommand('receipt', { text: 'x' }, stamp)),
  ]).toEqual([
    '"plain \\u001b[2J \\u009b2J \\u202egnp"',
    'sends the file "gear.stl" of 3 bytes',
    'sends the file "word.ogg" of 3 bytes',
    'call: invite (video)',
    'call: end',
    `sends the contact "Moki", "${sender.bare}"`,
    'sends the page "A page", "https://example.org/"',
    'speaks of money: "12 DPN"',
    'sends 2 contents in one',
    'sends something of another kind: "other game move"',
    'sends something of another kind: "amendment"',
    'sends something of another kind: "receipt"',
  ]);
});
