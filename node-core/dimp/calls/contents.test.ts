// What is said about calls survives the wire; what strangers put there does not reach a browser unless it is sound.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../index.ts';
import type { CallContent, CallSaid } from './index.ts';
import { callFields, isCallContent, parseCandidate, parseDescription, readCallContent } from './index.ts';
import { offerWith } from './testing/descriptions.ts';

const head = { call: 'ab'.repeat(16), from: 'fedcba9876543210', expiresS: 1_700_000_000.5 };
const description = parseDescription(offerWith('x'));
const HOST = 'candidate:1 1 udp 2122260223 192.0.2.9 50000 typ host generation 0 ufrag abcd';
const MDNS = 'candidate:1 1 udp 2122260223 0f1e2d3c-0000-4000-8000-aabbccddeeff.local 50000 typ host';
const REFLEXIVE =
  'candidate:2 1 udp 1685987071 198.51.100.7 40000 typ srflx raddr 192.168.1.5 rport 50000 generation 0';
const RELAYED = 'candidate:3 1 udp 41885439 203.0.113.1 3478 typ relay raddr 198.51.100.7 rport 40000';

describe('contents of calls', () => {
  const all: readonly CallSaid[] = [
    { act: 'invite', video: true },
    { act: 'ringing' },
    { act: 'busy' },
    { act: 'decline' },
    { act: 'accept' },
    { act: 'taken' },
    { act: 'restart' },
    { act: 'end', reason: 'hangup' },
    { act: 'candidates', round: 3, list: [{ candidate: HOST, mid: '0' }] },
    ...(description === undefined ? [] : [{ act: 'offer', round: 1, description } as const]),
  ];
  it.each(all.map((said) => [said.act, said] as const))('%s is read as it was written', (_act, said) => {
    for (const to of [{}, { to: 'device-2' }]) {
      const content: CallContent = { ...head, ...to, said };
      const json = JSON.parse(JSON.stringify({ type: 204, sn: 1, ...callFields(content) })) as JsonObject;
      expect([json['app'], json['mod'], json['act']]).toEqual(['dipnet.call', 'call', said.act]);
      expect(readCallContent(json)).toEqual(content);
    }
  });

  it('that are not sound are none', () => {
    const sound = callFields({ ...head, said: { act: 'invite', video: false } });
    for (const odd of [
      { app: 'dipnet.mls' },
      { mod: 'other' },
      { act: 'dance' },
      { call: 'AB'.repeat(16) },
      { call: 5 },
      { device: '<b>' },
      { to: '' },
      { expires: -1 },
      { expires: null },
      { video: 'yes' },
      { act: 'offer', round: 1, description: 'v=0' },
      { act: 'offer', round: 0, description: offerWith('x') },
      {
        act: 'candidates',
        round: 1,
        list: Array.from({ length: 41 }, () => ({ candidate: HOST, mid: '0' })),
      },
      { act: 'end', reason: 'because' },
    ])
      expect(readCallContent({ ...sound, ...odd } as JsonObject)).toBeUndefined();
    expect(readCallContent(sound)).toBeDefined();
  });

  it('never throw, whatever stands in them', () => {
    const keys = fc.constantFrom(
      'mod',
      'act',
      'call',
      'device',
      'to',
      'expires',
      'round',
      'list',
      'description',
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 })), (fields) => {
        const json = { ...fields, app: 'dipnet.call' } as JsonObject;
        expect(isCallContent(json)).toBe(true);
        readCallContent(json);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe('a description', () => {
  it('keeps its certificate and loses every address', () => {
    expect(description?.fingerprint).toMatch(/^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(description?.sdp).not.toMatch(/192\.0\.2|a=candidate|mozilla/);
    expect(description?.sdp).toContain('a=ice-ufrag:abcd\r\n');
    expect(parseDescription(description?.sdp ?? '')).toEqual(description);
  });

  it.each([
    ['of no certificate', (sdp: string) => sdp.replace(/a=fingerprint.*\r\n/g, '')],
    ['of two certificates', (sdp: string) => sdp.replace(/(a=fingerprint:sha-256 )../, '$100')],
    [
      'of a weak hash',
      (sdp: string) => sdp.replace(/a=fingerprint:sha-256 .*/g, 'a=fingerprint:sha-1 AA:BB'),
    ],
    ['of media without encryption', (sdp: string) => sdp.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')],
    ['of other media', (sdp: string) => sdp.replace('m=video', 'm=text')],
    ['that is too long', (sdp: string) => `${sdp}${'a=x\r\n'.repeat(10_000)}`],
    ['with other characters', (sdp: string) => `${sdp}a=\u0000\r\n`],
    ['that is no description', (sdp: string) => sdp.replace('v=0', 'v=1')],
    ['with a line that is none', (sdp: string) => `${sdp}hello\r\n`],
  ] as const)('%s is refused', (_name, damage) => {
    expect(parseDescription(offerWith('x'))).toBeDefined();
    const damaged = damage(offerWith('x'));
    expect(damaged).not.toBe(offerWith('x'));
    expect(parseDescription(damaged)).toBeUndefined();
  });
});

describe('a candidate', () => {
  const read = (candidate: string, use: 'all' | 'relay' = 'all') =>
    parseCandidate({ candidate, mid: '0' }, use)?.candidate;

  it('says where its machine is, and nothing of what lies behind', () => {
    expect(read(HOST)).toBe(HOST);
    expect(read(MDNS)).toBe(MDNS);
    expect(read(REFLEXIVE)).toBe(
      'candidate:2 1 udp 1685987071 198.51.100.7 40000 typ srflx raddr 0.0.0.0 rport 9 generation 0',
    );
    expect(read('candidate:1 1 udp 1 fd00::2 9 typ host')).toBe('candidate:1 1 udp 1 fd00::2 9 typ host');
  });

  it('goes through a relay where nothing else may be shown', () => {
    expect([HOST, MDNS, REFLEXIVE].map((one) => read(one, 'relay'))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(read(RELAYED, 'relay')).toBe(
      'candidate:3 1 udp 41885439 203.0.113.1 3478 typ relay raddr 0.0.0.0 rport 9',
    );
  });

  it.each([
    'candidate:1 1 udp 1 0.0.0.0 9 typ host',
    'candidate:1 1 udp 1 224.0.0.251 5353 typ host',
    'candidate:1 1 udp 1 255.255.255.255 9 typ host',
    'candidate:1 1 udp 1 ff02::fb 5353 typ host',
    'candidate:1 1 udp 1 :: 9 typ host',
    'candidate:1 1 udp 1 example.org 80 typ host',
    'candidate:1 1 udp 1 192.0.2.1 70000 typ host',
    'candidate:1 1 udp 1 192.0.2.1 9 typ other',
    'candidate:1 1 icmp 1 192.0.2.1 9 typ host',
    'candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=x',
    '',
  ])('%j is none', (candidate) => {
    expect(read(candidate)).toBeUndefined();
  });
});
