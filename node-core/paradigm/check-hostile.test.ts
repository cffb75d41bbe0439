// Documents that lose, trap or misdirect money, that lie, or that try to wear the checker out: each is refused at the line
// of the fault, for the right reason. And the ones beside them that are right, which pass.

import { describe, expect, test } from 'vitest';
import { checkDocument } from './check.ts';

const TEXT = `format: dipnet/paradigm/v1
name: thanks
version: 1
title: { en: Thanks, zh-Hans: 致谢 }
summary: { en: A gift waits., zh-Hans: 预留款项。 }
risks: []
roles:
  giver: { kind: person, label: { en: Giver, zh-Hans: 付款人 } }
  receiver: { kind: person, label: { en: Receiver, zh-Hans: 收款人 } }
  author: { kind: account, label: { en: Author, zh-Hans: 作者 } }
params:
  giftMicro: { type: amount, unit: micro-DPN, min: 1, max: 1000000000, default: 5000000, label: { en: Gift, zh-Hans: 金额 } }
  feeMicro: { type: amount, unit: micro-DPN, min: 1, max: 1000000, default: 50000, label: { en: Fee, zh-Hans: 费用 } }
  waitS: { type: duration, unit: second, min: 3600, max: 7776000, default: 604800, label: { en: Time, zh-Hans: 期限 } }
vars: {}
open:
  by: giver
  to: waiting
  label: { en: Set aside, zh-Hans: 预留 }
  explain: { en: The money waits., zh-Hans: 款项等待。 }
  effects: [{ do: hold, from: giver, amount: params.giftMicro + params.feeMicro }]
states:
  waiting:
    label: { en: Waiting, zh-Hans: 等待 }
    explain: { en: The giver decides., zh-Hans: 付款人决定。 }
    deadline:
      after: params.waitS
      to: returned
      label: { en: Silence, zh-Hans: 沉默 }
      explain: { en: Everything goes back., zh-Hans: 全部退回。 }
      effects: [{ do: refund, to: giver }]
    promise: { by: [open], holds: params.giftMicro + params.feeMicro }
  given:
    label: { en: Given, zh-Hans: 已付 }
    explain: { en: The receiver has it., zh-Hans: 已收款。 }
    final: success
    promise: { by: [giver], receives: { receiver: params.giftMicro, author: params.feeMicro } }
  returned:
    label: { en: Returned, zh-Hans: 退回 }
    explain: { en: It went back., zh-Hans: 已退回。 }
    final: refund
    promise: { by: [deadline], receives: { giver: params.giftMicro + params.feeMicro } }
transitions:
  - event: give
    from: [waiting]
    to: given
    by: [giver]
    label: { en: Give, zh-Hans: 支付 }
    explain: { en: It cannot be undone., zh-Hans: 无法撤销。 }
    effects:
      - { do: pay, to: receiver, amount: params.giftMicro }
      - { do: pay, to: author, amount: params.feeMicro }
`;

const GIVE = `      - { do: pay, to: receiver, amount: params.giftMicro }
      - { do: pay, to: author, amount: params.feeMicro }
`;
const words = '{ en: x, zh-Hans: x }';
const guard = (when: string) => `    by: [giver]\n    guard: { when: '${when}', otherwise: ${words} }\n`;
const BY = '    by: [giver]\n';
const FEE = 'to: author, amount: params.feeMicro';
const fee = (amount: string) => [FEE, `to: author, amount: '${amount}'`] as const;

type Change = readonly [from: string, to: string];

function checked(...changes: readonly Change[]) {
  let text = TEXT;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  const lines = text.split('\n');
  const { findings } = checkDocument(text);
  return findings
    .filter(({ severity }) => severity === 'defect')
    .map(({ message, line = 0 }) => ({ message, line: lines[line - 1] ?? '' }));
}

/** What is changed; what the message says; what stands in the line that it names. */
const WRONG: readonly (readonly [string, readonly Change[], string, string])[] = [
  ['a refund that is forgotten', [['[{ do: refund, to: giver }]', '[]']], 'money is trapped', 'deadline:'],
  [
    'more than there is',
    [['amount: params.giftMicro }', 'amount: params.giftMicro * 110 / 100 }']],
    'but only',
    'event',
  ],
  [
    'a part that nobody gets',
    [[GIVE, GIVE.replace('params.giftMicro', 'params.giftMicro / 3')]],
    'still held in it',
    'event: give',
  ],
  [
    'shares below zero',
    [[GIVE, "      - { do: split, of: held, shares: [{ to: receiver, parts: '-1' }], remainder: giver }\n"]],
    'negative amount',
    'event: give',
  ],
  [
    'a form that nobody fills in',
    [
      [
        BY,
        `${BY}    args: { ${Array.from({ length: 17 }, (_, n) => `item${n}: { type: bool, label: ${words} }`).join(', ')} }\n`,
      ],
    ],
    'there are 17; the limit is 16',
    'args:',
  ],
  ['a deadline of no time', [['after: params.waitS', "after: '0'"]], 'deadline of 0 seconds', 'open:'],
  [
    'a deadline in the past',
    [['after: params.waitS', 'after: params.waitS - 7776001']],
    'deadline of -',
    'open:',
  ],
  [
    'a party whom the chain names',
    [['author: { kind: account', 'author: { kind: person']],
    'only be of the kind account',
    'author:',
  ],
  ['an author who acts', [[BY, '    by: [author]\n']], 'only receives', 'by: [author]'],
  [
    'nothing taken in',
    [['amount: params.giftMicro + params.feeMicro }]', "amount: '0' }]"]],
    'were promised',
    'receives',
  ],
  [
    'a number beyond all coins',
    [['max: 1000000000,', 'max: 9223372036854775807,']],
    'not a whole number within',
    'giftMicro',
  ],
  ['a number beyond 64 bits', [fee('9223372036854775808')], 'the number is too large', FEE.slice(0, 10)],
  [
    'a limit below zero',
    [['min: 1, max: 1000000000', 'min: -5, max: 1000000000']],
    'this is less than 0',
    'giftMicro',
  ],
  ['a square of money', [fee('params.feeMicro * params.feeMicro')], 'micro-DPN × micro-DPN', 'author'],
  ['time as money', [fee('params.waitS')], 'second', 'author'],
  ['a fraction', [fee('1.5')], 'decimal point', 'author'],
  ['a division by what may be nothing', [fee('5 / (params.feeMicro - 1)')], 'divide only by', 'author'],
  ['letters that run backwards', [['en: Thanks', 'en: "Tha\u202enks"']], 'U+202E', 'title'],
  ['a letter that is not seen', [['en: Thanks', 'en: "Tha\u200bnks"']], 'U+200B', 'title'],
  ['a name in letters that look alike', [['name: thanks', 'name: thаnks']], 'U+0430', 'name'],
  ['an anchor', [['title: {', 'title: &t {']], 'anchor or alias', 'title'],
  ['a merged table', [['risks: []', '<<: { a: 1 }\nrisks: []']], 'merges another table', '<<'],
  ['a key that stands twice', [['version: 1\n', 'version: 1\nversion: 2\n']], 'must be unique', 'version: 2'],
  ['a tag', [['version: 1\n', "version: !!int '1'\n"]], 'it has a tag', 'version'],
  [
    'a loop in a loop',
    [[BY, guard('[1, 2].all(x, [1, 2].all(y, x == y))')]],
    'a loop inside a loop',
    'guard',
  ],
  ['a regular expression', [[BY, guard('"aaaa".matches("(a+)+$")')]], 'not admitted', 'guard'],
  [
    'brackets without end',
    [fee(`${'('.repeat(300)}1${')'.repeat(300)}`)],
    'more than 512 characters',
    'author',
  ],
  [
    'another token',
    [['unit: micro-DPN, min: 1, max: 1000000000', 'unit: micro-3DP, min: 1, max: 1000000000']],
    'is not micro-DPN',
    'giftMicro',
  ],
  [
    'money made of nothing',
    [['vars: {}', 'mint: { token: DPN, capMicro: 5, contractCapMicro: 5 }\nvars: {}']],
    'not one of 3DP',
    'mint',
  ],
  [
    'a receiver who serves himself',
    [[BY, '    by: [receiver]\n']],
    'can take money of others',
    'event: give',
  ],
  [
    'money of somebody who is not asked',
    [['do: hold, from: giver', 'do: hold, from: receiver']],
    'only receiver may send',
    'effects',
  ],
  [
    'a promise that is no true',
    [['receives: { receiver: params.giftMicro', 'receives: { receiver: params.giftMicro * 2']],
    'were promised',
    'receives',
  ],
  ['a condition that never holds', [[BY, guard('params.giftMicro < 0')]], 'is never possible', 'event: give'],
  ['a name of the language', [['giver: { kind', '__proto__: { kind']], 'reserved', '__proto__'],
];

test.each(WRONG)('%s', (_what, changes, reason, place) => {
  const found = checked(...changes);
  expect(found.map(({ message }) => message).join('\n')).toContain(reason);
  expect(found.find(({ message }) => message.includes(reason))?.line).toContain(place);
});

const AGAIN = `  again:
    label: { en: Again, zh-Hans: 再次 }
    explain: { en: It begins anew., zh-Hans: 重新开始。 }
    deadline: { after: params.waitS, to: waiting, label: ${words}, explain: ${words}, effects: [] }
    promise: { by: [deadline], holds: params.giftMicro + params.feeMicro }
  given:
`;

test('deadlines that lead in a circle trap the money of parties who are silent', () => {
  const found = checked(
    ['      to: returned\n', '      to: again\n'],
    ['[{ do: refund, to: giver }]\n    promise: { by: [open]', '[]\n    promise: { by: [open, deadline]'],
    ['  given:\n', AGAIN],
    ['promise: { by: [deadline], receives', 'promise: { by: [giver], receives'],
    // Somebody could end it, and nothing says that anybody will.
    [
      'transitions:\n',
      `transitions:\n  - { event: back, from: [again], to: returned, by: [giver], label: ${words}, explain: ${words}, effects: [{ do: refund, to: giver }] }\n`,
    ],
  );
  expect(found).toHaveLength(1);
  expect(found[0]?.message).toContain('in a circle (waiting → again → waiting) and never to an end');
  expect(found[0]?.line).toBe('      to: again');
});

describe('passes', () => {
  test.each<readonly [string, readonly Change[]]>([
    ['as it stands', []],
    [
      'where a split divides all that is held',
      [
        [
          GIVE,
          '      - { do: split, of: held, shares: [{ to: receiver, parts: params.giftMicro }, { to: author, parts: params.feeMicro }], remainder: receiver }\n',
        ],
      ],
    ],
    ['with an accent, a dash and a quotation mark', [['en: Thanks', 'en: "Merci – déjà “vu”"']]],
    ['with a gift of nothing allowed', [['min: 1, max: 1000000000', 'min: 0, max: 1000000000']]],
    [
      'with a date in place of a duration',
      [
        [
          '  waitS:',
          '  untilS: { type: time, unit: unix-second, label: { en: Until, zh-Hans: 截至 } }\n  waitS:',
        ],
        ['after: params.waitS', 'after: params.untilS - time'],
      ],
    ],
    ['with what the end of lines is elsewhere', [['version: 1\n', 'version: 1\r\n']]],
  ])('%s', (_what, changes) => {
    expect(checked(...changes)).toEqual([]);
  });
});
