// What people type or paste into a form, as the chain takes it.

import { expect, test } from 'vitest';
import { toWire } from './paradigm-values.ts';

const label = { en: 'Design', 'zh-Hans': '设计' };
const HASH = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
const bytes = Uint8Array.from({ length: 32 }, (_, index) => (index % 16) * 0x11);

test.each([
  HASH,
  ` ${HASH}\n`,
  HASH.toUpperCase(),
  `0x${HASH}`,
  `0X${HASH.toUpperCase()}`,
  HASH.replaceAll(/(.{4})/g, '$1 '),
  `0x ${HASH.slice(0, 32)}\n${HASH.slice(32)}`,
])('a fingerprint pasted as %j is the same one', (text) => {
  const fields = { design: { type: 'hash', label } } as const;
  expect(toWire(fields, { design: text }, 'en')).toEqual({ ok: true, value: { design: bytes } });
  const list = { designs: { type: 'list', of: 'hash', maxItems: 2, label } } as const;
  expect(toWire(list, { designs: [text, HASH] }, 'en')).toEqual({
    ok: true,
    value: { designs: [bytes, bytes] },
  });
});

test.each(['', HASH.slice(1), `${HASH}0`, `0x0x${HASH}`, `${HASH.slice(1)}g`, HASH.replace('00', 'OO')])(
  '%j is none, and is told by the name of its field',
  (text) => {
    const refused = toWire({ design: { type: 'hash', label } }, { design: text }, 'zh-Hans');
    expect(refused).toMatchObject({
      ok: false,
      fault: { code: 'paradigm-value.wrong', data: { label: '设计' } },
    });
  },
);
