// What a document may not say. Each refusal names the place.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, type CborValue, encodeCbor, parseCbor, unwrap } from '../base/index.ts';
import {
  encodeInstance,
  encodeParadigm,
  instanceAddress,
  paradigmAddress,
  paradigmId,
  parseInstance,
  parseParadigm,
} from './codec.ts';
import { openInstance } from './vm.ts';

const text = readFileSync(new URL('../../assets/paradigms/normal.json', import.meta.url), 'utf8');
const bytes = unwrap(encodeParadigm(text));
// biome-ignore lint/suspicious/noExplicitAny: documents are damaged on purpose
type Loose = any;

function refusal(change: (document: Loose) => void): string {
  const document = JSON.parse(text);
  change(document);
  const result = encodeParadigm(document);
  if (result.ok) return 'accepted';
  return `${result.fault.code} ${result.fault.data?.['at'] ?? ''}`.trim();
}

describe('a document is refused', () => {
  const rows: [string, (d: Loose) => void, string][] = [
    [
      'with an unknown field',
      (d) => {
        d.surprise = 1;
      },
      'paradigm.document.shape surprise',
    ],
    [
      'of another format',
      (d) => {
        d.format = 'dipnet/paradigm/v2';
      },
      'paradigm.document.shape format',
    ],
    [
      'without a label in both languages',
      (d) => {
        delete d.states.open.label['zh-Hans'];
      },
      'paradigm.document.shape states.open.label.zh-Hans',
    ],
    [
      'with a look-alike letter',
      (d) => {
        d.title.en = 'Nоrmal';
      },
      'paradigm.document.rule title.en',
    ],
    [
      'with a hidden direction mark',
      (d) => {
        d.title['zh-Hans'] = '普通\u202e订单';
      },
      'paradigm.document.rule title.zh-Hans',
    ],
    [
      'with a name that is not plain',
      (d) => {
        d.roles['bu-yer'] = d.roles.buyer;
      },
      'paradigm.document.shape roles.bu-yer',
    ],
    [
      'with a name that objects inherit',
      (d) => {
        d.params.constructor = d.params.acceptS;
      },
      'paradigm.document.rule params.constructor',
    ],
    [
      'with a role called like a step',
      (d) => {
        d.roles.deadline = d.roles.buyer;
      },
      'paradigm.document.rule roles.deadline',
    ],
    [
      'with an argument called facts',
      (d) => {
        d.transitions[4].args.facts = d.transitions[4].args.reason;
      },
      'paradigm.document.rule transitions[4].args.facts',
    ],
    [
      'that leads nowhere',
      (d) => {
        d.transitions[0].to = 'limbo';
      },
      'paradigm.document.reference transitions[0].to',
    ],
    [
      'that comes from nowhere',
      (d) => {
        d.transitions[0].from = ['limbo'];
      },
      'paradigm.document.reference transitions[0].from',
    ],
    [
      'with an unknown party',
      (d) => {
        d.transitions[0].by = ['stranger'];
      },
      'paradigm.document.reference transitions[0].by',
    ],
    [
      'where an account sends a step',
      (d) => {
        d.transitions[0].by = ['network'];
      },
      'paradigm.document.rule transitions[0].by',
    ],
    [
      'whose author would take part in every contract under another label',
      (d) => {
        d.roles.author.kind = 'person';
        d.roles.author.label = { en: 'Arbiter', 'zh-Hans': '仲裁人' };
      },
      'paradigm.document.rule roles.author',
    ],
    [
      'that pays an unknown party',
      (d) => {
        d.transitions[1].effects[0].to = 'stranger';
      },
      'paradigm.document.reference transitions[1].effects[0]',
    ],
    [
      'that sets an unknown variable',
      (d) => {
        d.transitions[0].set.x = '1';
      },
      'paradigm.document.reference transitions[0].set.x',
    ],
    [
      'with a state without deadline',
      (d) => {
        delete d.states.shipped.deadline;
      },
      'paradigm.document.rule states.shipped',
    ],
    [
      'with a final state that has one',
      (d) => {
        d.states.settled.deadline = d.states.open.deadline;
      },
      'paradigm.document.rule states.settled',
    ],
    [
      'with a deadline that stays',
      (d) => {
        d.states.open.deadline.to = 'open';
      },
      'paradigm.document.rule states.open.deadline.to',
    ],
    [
      'with a step out of a final state',
      (d) => {
        d.transitions[0].from = ['settled'];
      },
      'paradigm.document.rule transitions[0].from',
    ],
    [
      'with one event meaning two things',
      (d) => {
        d.transitions[2].event = 'decline';
      },
      'paradigm.document.rule transitions[2].event',
    ],
    [
      'that takes money from a bystander',
      (d) => {
        d.transitions[0].effects.push({ do: 'hold', from: 'buyer', amount: '1' });
      },
      'paradigm.document.rule transitions[0].effects[1]',
    ],
    [
      'that takes money when nobody acts',
      (d) => {
        d.states.open.deadline.effects.unshift({ do: 'hold', from: 'buyer', amount: '1' });
      },
      'paradigm.document.rule states.open.deadline.effects[0]',
    ],
    [
      'with an effect outside the vocabulary',
      (d) => {
        d.transitions[0].effects.push({ do: 'burn', to: 'buyer', amount: '1' });
      },
      'paradigm.document.shape transitions.0.effects.1.do',
    ],
    [
      'that lies about a unit',
      (d) => {
        d.params.totalMicro.unit = 'DPN';
      },
      'paradigm.document.shape params.totalMicro.unit',
    ],
    [
      'with a minimum above its maximum',
      (d) => {
        d.params.quantity.min = 1001;
      },
      'paradigm.document.rule params.quantity',
    ],
    [
      'with a default outside its limits',
      (d) => {
        d.params.acceptS.default = 1;
      },
      'paradigm.document.rule params.acceptS.default',
    ],
    [
      'with a licence for a person',
      (d) => {
        d.transitions[0].effects[0].machine = 'owner';
      },
      'paradigm.document.rule transitions[0].effects[0]',
    ],
    [
      'whose final state promises nothing',
      (d) => {
        delete d.states.settled.promise.receives;
      },
      'paradigm.document.rule states.settled.promise',
    ],
    [
      'whose order leaves something out',
      (d) => {
        d.order = { roles: [], params: [], vars: [], states: [] };
      },
      'paradigm.document.rule order.roles',
    ],
    [
      'with too many states',
      (d) => {
        for (let i = 0; i < 60; i++) d.states[`s${i}`] = d.states.open;
      },
      'paradigm.document.rule states',
    ],
  ];
  test.each(rows)('%s', (_name, change, expected) => {
    expect(refusal(change)).toBe(expected);
  });

  test('beyond its size', () => {
    const document = JSON.parse(text);
    for (let i = 0; i < 60; i++)
      document.params[`p${i}`] = {
        ...document.params.acceptS,
        explain: { en: 'x'.repeat(600), 'zh-Hans': '某'.repeat(600) },
      };
    const result = encodeParadigm(document);
    expect(result.ok ? '' : result.fault.code).toBe('paradigm.document.large');
  });

  test('nested without end', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(encodeParadigm(deep).ok).toBe(false);
    expect(parseParadigm(new Uint8Array(60_000).fill(0x81)).ok).toBe(false);
  });
});

describe('an expression is refused', () => {
  const rows: [string, string][] = [
    ['floating point', 'params.totalMicro > 1.5'],
    ['conversion to floating point', 'double(params.totalMicro) > 1'],
    ['unsigned numbers', 'params.totalMicro > 1u'],
    ['null', 'params.totalMicro == null'],
    ['regular expressions', '"aaaa".matches("(a+)+b")'],
    ['a clock', 'timestamp("2026-01-01T00:00:00Z") == timestamp(0)'],
    ['durations', 'duration("1h") == duration("60m")'],
    ['parsing', 'b"{}".json() == b"{}".json()'],
    ['types as values', 'type(held) == int'],
    ['the dynamic type', 'dyn(held) == 1'],
    ['the library’s own names', 'cel.bind(x, 1, x == 1)'],
    ['a loop in a loop', '[1, 2].all(x, [1, 2].all(y, x == y))'],
    ['a loop that hides a name', '[1, 2].all(held, held == 1)'],
    ['an undeclared name', 'secret == 1'],
    ['an undeclared parameter', 'params.secret == 1'],
    ['an inherited property', 'params.constructor == 1'],
    ['a table', '{"a": 1} == {"a": 1}'],
    ['division by what may be zero', 'held / params.disputeBuyerPercent == 1'],
    ['division by zero', 'held / 0 == 1'],
    ['remainder of a variable', 'held % vars.refundMicro == 1'],
    ['the sign of a name', '-held < 0'],
    ['another type', 'held + 1'],
    ['mixed types', 'held == "1"'],
    ['bad syntax', 'held =='],
    [
      'too many nodes',
      Array.from({ length: 120 }, () => 'held')
        .join('+')
        .concat(' > 0'),
    ],
    ['too much depth', `${'('.repeat(60)}held${')'.repeat(60)} > 0`],
    ['text beyond its length', `"${'x'.repeat(600)}" == ""`],
  ];
  test.each(rows)('for %s', (_name, when) => {
    const outcome = refusal((d) => {
      d.transitions[3].guard.when = when;
    });
    expect(outcome).toMatch(
      /^paradigm\.document\.(expression transitions\[3\]\.guard|shape transitions\.3\.guard\.when)/,
    );
  });

  test('but integers, comparisons, lists, text and bytes are admitted', () => {
    const admitted = [
      'params.quantity in [1, 2, 3] && held % 7 != -3',
      'size(vars.carrier) < 5 || vars.carrier.startsWith("P") && "ab".contains("a")',
      '[1, 2, 3].exists(i, i == params.quantity) ? caller == roles.machine : params.designHash != b"\\x00"',
      'held / params.quantity >= 0 && size([1, 2].filter(i, i > 1).map(i, i * 2)) == 1',
      'facts.copiesFinished <= facts.copiesReported && time > 0',
    ];
    for (const when of admitted)
      expect(
        refusal((d) => {
          d.transitions[3].guard.when = when;
        }),
        when,
      ).toBe('accepted');
  });
});

describe('encoding', () => {
  test('is canonical: one document has one encoding, and parsing accepts no other', () => {
    expect(bytesToHex(unwrap(encodeParadigm(parseCbor(bytes) as object)))).toBe(bytesToHex(bytes));
    expect(bytesToHex(unwrap(parseParadigm(bytes)).id)).toBe(bytesToHex(paradigmId(bytes)));
    expect(parseParadigm(bytes.subarray(1)).ok).toBe(false);
    expect(parseParadigm(Uint8Array.of(...bytes, 0)).ok).toBe(false);
  });

  test('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
        parseParadigm(junk);
        parseInstance(junk);
      }),
    );
  });

  test('never throws on, and never runs, a document with one byte changed', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const changed = bytes.slice();
        changed[index] = (changed[index] ?? 0) ^ flip;
        const result = parseParadigm(changed);
        if (result.ok) expect(bytesToHex(result.value.id)).not.toBe(bytesToHex(paradigmId(bytes)));
      }),
      { numRuns: 300 },
    );
  });

  test('addresses are derived as documented', () => {
    const id = new Uint8Array(32).fill(0x11);
    const opener = new Uint8Array(20).fill(0x22);
    expect(bytesToHex(paradigmAddress(id))).toBe(VECTORS.paradigm);
    expect(bytesToHex(instanceAddress({ chainId: 'dipnet-demo', paradigm: id, opener, seq: 7 }))).toBe(
      VECTORS.instance,
    );
    expect(bytesToHex(instanceAddress({ chainId: 'dipnet-demo', paradigm: id, opener, seq: 8n }))).toBe(
      VECTORS.next,
    );
    expect(() => instanceAddress({ chainId: 'x', paradigm: id, opener: id, seq: 0 })).toThrow(RangeError);
  });

  test('of an instance is canonical and strict', () => {
    const p = unwrap(parseParadigm(bytes));
    const roles = Object.fromEntries(
      Object.keys(p.roles).map((role, i) => [role, new Uint8Array(20).fill(i)]),
    );
    const amounts = { totalMicro: 10n, ownerMicro: 4n, designerMicro: 3n, authorMicro: 2n, networkMicro: 1n };
    const params = {
      quoteHash: new Uint8Array(32),
      designHash: new Uint8Array(32),
      quantity: 2n,
      ...amounts,
    };
    const { instance } = unwrap(openInstance(p, { roles, params, caller: new Uint8Array(20), timeS: 5n }));
    const encoded = encodeInstance(instance);
    expect(unwrap(parseInstance(encoded))).toEqual(instance);
    const ended = { ...instance, deadlineS: undefined };
    expect(unwrap(parseInstance(encodeInstance(ended)))).toEqual(ended);
    const record = parseCbor(encoded) as Record<string, CborValue>;
    for (const change of [
      { heldMicro: -1 },
      { v: 2 },
      { steps: -1 },
      { extra: 1 },
      { paradigm: new Uint8Array(31) },
      { deadlineS: 'soon' },
    ]) {
      expect(parseInstance(encodeCbor({ ...record, ...change })).ok).toBe(false);
    }
  });
});

// Computed independently with Python's hashlib: SHA-256(domain ‖ 00 ‖ input)[12:].
const VECTORS = {
  paradigm: '69e76158fc91d060ff9f2d6d80c1bdd00e3eaeef',
  instance: 'bdbaf4448cc891fa8e8056b0d9b8032730191229',
  next: '764760754b379260e8c2a2fef6ef70899ad79111',
};
