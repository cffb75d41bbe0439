// The region comes from the browser, the language never.

import { expect, it } from 'vitest';
import { regionalLocale } from './regional-locale.ts';

it('takes the region of the first of the browser’s languages that is the same language and script', () => {
  expect(regionalLocale('en', ['en-GB', 'en'])).toBe('en-GB');
  expect(regionalLocale('en', ['de-DE', 'en', 'en-IN', 'en-US'])).toBe('en-IN');
  expect(regionalLocale('zh-Hans', ['zh-CN'])).toBe('zh-Hans-CN');
  expect(regionalLocale('zh-Hans', ['zh-TW', 'zh-SG'])).toBe('zh-Hans-SG');
});

it('leaves the language alone where the browser speaks another', () => {
  expect(regionalLocale('en', [])).toBe('en');
  expect(regionalLocale('en', ['en'])).toBe('en');
  expect(regionalLocale('zh-Hans', ['de-DE', 'zh-TW', 'zh-Hant-HK'])).toBe('zh-Hans');
});
