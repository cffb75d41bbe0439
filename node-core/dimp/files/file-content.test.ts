// Descriptions of files as they are written and as anybody may write them, and names that strangers give.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../../base/index.ts';
import { base64, unwrap, utf8ToBytes } from '../../base/index.ts';
import type { JsonObject } from '../index.ts';
import { createContent, parseContent } from '../index.ts';
import {
  cleanFileName,
  dangerousExtension,
  type FileDescription,
  fileKind,
  readFileAddress,
  readFileContent,
  writeFileContent,
} from './index.ts';

const ID = `b${'a'.repeat(58)}`;
const JPEG: Bytes = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 5]);
const secret = {
  key: new Uint8Array(32).fill(1),
  iv: new Uint8Array(16).fill(2),
  sha256: 'ab'.repeat(32),
};
const url = `http://station.example.org:9394/download/${ID}`;
const described = (more: Partial<FileDescription> = {}) => ({
  name: 'gear.stl',
  kind: 'model' as const,
  sizeBytes: 1234,
  ...more,
  place: { at: 'blocks', id: ID, url, secret } as const,
});
const stamp = { sn: 1, timeS: 1_795_250_000 };
const read = (json: JsonObject) => readFileContent(unwrap(parseContent(json)));
const file = (fields: JsonObject, type = 16) => read({ type, sn: 1, time: 1, ...fields });

describe('the description of a file', () => {
  it('comes back as it was written, in the content of its kind', () => {
    for (const [kind, name, type] of [
      ['model', 'gear.stl', 16],
      ['file', 'a.pdf', 16],
      ['image', 'a.png', 18],
      ['audio', 'a.mp3', 20],
      ['video', 'a.mp4', 22],
    ] as const) {
      const written = described({ kind, name, picture: JPEG, durationS: 2.5 });
      const { kind: content, fields } = writeFileContent(written);
      const json = createContent(content, fields, stamp);
      expect(json['type']).toBe(type);
      expect(read(json)).toEqual(written);
    }
  });

  it('has what other programs look for: name, address, key under both names, IV, small picture', () => {
    const { kind, fields } = writeFileContent(described({ kind: 'image', name: 'a.jpg', picture: JPEG }));
    const key = { algorithm: 'AES', data: base64.encode(secret.key) };
    expect(createContent(kind, fields, stamp)).toMatchObject({
      type: 18,
      filename: 'a.jpg',
      URL: url,
      key,
      password: key,
      IV: base64.encode(secret.iv),
      thumbnail: `data:image/jpeg;base64,${base64.encode(JPEG)}`,
    });
  });

  it('of other programs is read in every form', () => {
    const key = { algorithm: 'AES', data: base64.encode(secret.key) };
    const address = 'https://files.example.org/download/hulk/5f3a.png';
    expect(file({ URL: address, password: key, filename: 'x.png' }, 18)).toEqual({
      name: 'x.png',
      kind: 'image',
      sizeBytes: 0,
      place: { at: 'address', url: address, content: { key } },
    });
    expect(file({ URL: address })?.name).toBe('5f3a.png');
    const inline = file({ data: base64.encode(utf8ToBytes('hello')), filename: 'a.txt' });
    expect(inline).toMatchObject({ sizeBytes: 5, place: { at: 'message', bytes: utf8ToBytes('hello') } });
    expect(file({ URL: address, thumbnail: base64.encode(JPEG) }, 18)?.picture).toEqual(JPEG);
    expect(file({ URL: address, thumbnail: { data: base64.encode(JPEG) } }, 18)?.picture).toEqual(JPEG);
  });

  it('that is unsound describes none', () => {
    const { fields } = writeFileContent(described());
    for (const change of [
      { size: 0 },
      { size: 1.5 },
      { size: -1 },
      { size: 2 ** 40 },
      { size: '5' },
      { sha256: 'zz' },
      { sha256: 7 },
      { IV: base64.encode(new Uint8Array(15)) },
      { key: { algorithm: 'PLAIN' } },
      { key: { algorithm: 'AES', data: base64.encode(new Uint8Array(16)) } },
    ])
      expect(file({ ...fields, ...change }), JSON.stringify(change)).toBeUndefined();
    for (const nothing of [
      {},
      { URL: '' },
      { URL: 'file:///etc/passwd' },
      { URL: 'javascript:alert(1)' },
      { data: '' },
    ])
      expect(file(nothing)).toBeUndefined();
    // A picture that is none, or too large for a message, is left out; the file stays.
    for (const thumbnail of [
      base64.encode(utf8ToBytes('<svg onload=x>')),
      base64.encode(new Uint8Array(70_000).fill(255)),
    ])
      expect(file({ ...fields, thumbnail }, 18)).not.toHaveProperty('picture');
    expect(read({ type: 1, sn: 1, text: 'x', ...fields })).toBeUndefined();
  });

  it('of anybody never throws', () => {
    const names = fc.constantFrom(
      'URL',
      'data',
      'filename',
      'key',
      'IV',
      'sha256',
      'cid',
      'size',
      'thumbnail',
      'duration',
    );
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue({ maxDepth: 2 })),
        fc.constantFrom(16, 18, 20, 22),
        (json, type) => {
          file(json as JsonObject, type);
        },
      ),
      { seed: 21, numRuns: 300 },
    );
  });

  it('names an address plainly or not at all', () => {
    expect(readFileAddress('https://[2001:db8::1]:8443/a?b=1')).toEqual({
      href: 'https://[2001:db8::1]:8443/a?b=1',
      host: '2001:db8::1',
      port: 8443,
      path: '/a?b=1',
      tls: true,
    });
    expect(readFileAddress('http://EXAMPLE.org')).toMatchObject({ host: 'example.org', port: 80, path: '/' });
    for (const bad of [
      'http://user:pass@example.org/',
      'http://example.org@evil.org/',
      'http://example.org:99999/',
      'http://example.org/\r\nHost: x',
      'http://example.org/a b',
      'http://пример.org/',
      'ftp://example.org/',
      `http://example.org/${'a'.repeat(2000)}`,
    ])
      expect(readFileAddress(bad), bad).toBeUndefined();
  });
});

describe('the name of a file', () => {
  it.each([
    ['gear.stl', 'gear.stl'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\a.exe', 'a.exe'],
    ['photo\u202egpj.exe', 'photo_gpj.exe'],
    ['a\u0000b\n.txt', 'a_b_.txt'],
    ['CON.txt', '_CON.txt'],
    ['..hidden', 'hidden'],
    ['trailing. . ', 'trailing'],
    ['零件 图.3mf', '零件 图.3mf'],
    ['', 'file'],
    ['///', 'file'],
    [`${'x'.repeat(300)}.stl`, `${'x'.repeat(116)}.stl`],
    // What is cut off must not uncover a point that some file systems drop.
    [`${'x'.repeat(115)}.exe. ${'y'.repeat(100)}`, `${'x'.repeat(115)}.exe`],
  ])('%j becomes %j', (given, expected) => {
    expect(cleanFileName(given)).toBe(expected);
  });

  it('is always one that any file system takes, and stays as it is the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const clean = cleanFileName(name);
        expect(clean).toMatch(/^[^\p{Cc}\p{Cf}<>:"/\\|?*]+$/u);
        expect(clean).not.toMatch(/^[.\s]|[.\s]$/);
        expect(utf8ToBytes(clean).length).toBeLessThanOrEqual(240);
        expect(cleanFileName(clean)).toBe(clean);
      }),
      { seed: 22, numRuns: 200 },
    );
  });

  it('says what opening it would start', () => {
    for (const name of ['a.exe', 'A.EXE', 'invoice.pdf.scr', 'x.svg', 'x.html', 'x.docm', 'x.sh', 'x.app'])
      expect(dangerousExtension(name), name).toBeDefined();
    for (const name of ['a.stl', 'a.pdf', 'a.jpg', 'exe', 'a.exe.txt', 'a.gcode'])
      expect(dangerousExtension(name), name).toBeUndefined();
    expect(['a.STL', 'b.step', 'c.JPEG', 'd.ogg', 'e.mp4', 'f'].map(fileKind)).toEqual([
      'model',
      'model',
      'image',
      'audio',
      'video',
      'file',
    ]);
  });
});
