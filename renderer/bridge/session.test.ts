// The one-time token: taken out of the address, and nothing that merely looks like one.

import { expect, it } from 'vitest';
import { takeToken } from './session.ts';

it('takes the token and leaves where to go', () => {
  expect(takeToken('#token=abcDEF123_-')).toEqual({ token: 'abcDEF123_-', rest: '#/' });
  expect(takeToken('#token=abcDEF123_-&/orders/0x1?a=b')).toEqual({
    token: 'abcDEF123_-',
    rest: '#/orders/0x1?a=b',
  });
});

it.each([
  '',
  '#/',
  '#token=',
  '#token=short',
  '#/market?token=abcdefgh',
  '#token=abc def ghi',
  `#token=${'a'.repeat(300)}`,
])('finds none in %j', (hash) => {
  expect(takeToken(hash)).toBeUndefined();
});
