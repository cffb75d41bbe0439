// The checker against the bundled documents, against documents with one known defect each, and against mutants.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkDocument } from './check.ts';
import { mutantsOf } from './mutants.ts';

const FOLDER = new URL('../../assets/paradigms/', import.meta.url);
const read = (name: string) => {
  const { $schema: _schema, ...document } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
  return document;
};
const bundled = readdirSync(FOLDER).filter(
  (name) => name.endsWith('.json') && !name.endsWith('.schema.json'),
);

/** The smallest contract that holds money: one pays, the other delivers or the money goes back. */
const label = { en: 'x', 'zh-Hans': '某' };
const texts = { label, explain: label };
function tiny(change: (document: ReturnType<typeof base>) => void) {
  const document = base();
  change(document);
  return document;
}
function base() {
  const transition = (event: string, from: string[], to: string, by: string[], effects: object[]) => ({
    ...texts,
    event,
    from,
    to,
    by,
    effects,
  });
  return {
    format: 'dipnet/paradigm/v1',
    name: 'tiny',
    version: 1,
    title: label,
    summary: label,
    risks: [],
    roles: {
      payer: { kind: 'person', label: { en: 'Payer', 'zh-Hans': '付款人' } },
      worker: { kind: 'person', label: { en: 'Worker', 'zh-Hans': '工人' } },
    } as Record<string, object>,
    params: {
      priceMicro: { type: 'amount', unit: 'micro-DPN', min: 0, max: 1000, label },
    } as Record<string, object>,
    vars: {} as Record<string, object>,
    open: {
      ...texts,
      by: 'payer',
      to: 'waiting',
      effects: [{ do: 'hold', from: 'payer', amount: 'params.priceMicro' }],
    } as Record<string, unknown>,
    states: {
      waiting: {
        ...texts,
        deadline: { ...texts, after: '3600', to: 'back', effects: [{ do: 'refund', to: 'payer' }] },
        promise: { by: ['open'], holds: 'params.priceMicro' },
      },
      done: {
        ...texts,
        final: 'success',
        promise: { by: ['payer'], receives: { worker: 'params.priceMicro' } },
      },
      back: {
        ...texts,
        final: 'refund',
        promise: { by: ['worker', 'deadline'], receives: { payer: 'params.priceMicro' } },
      },
    } as Record<string, Record<string, unknown>>,
    transitions: [
      transition(
        'approve',
        ['waiting'],
        'done',
        ['payer'],
        [{ do: 'pay', to: 'worker', amount: 'params.priceMicro' }],
      ),
      transition('giveUp', ['waiting'], 'back', ['worker'], [{ do: 'refund', to: 'payer' }]),
    ] as Record<string, unknown>[],
  };
}
const codes = (document: object) => checkDocument(document).findings.map((finding) => finding.code);

describe('the checker', () => {
  test.each(bundled)('finds nothing wrong with %s', (name) => {
    const report = checkDocument(read(name));
    expect(report.findings).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.openings).toBeGreaterThan(10);
    expect(report.gasSeen).toBeLessThanOrEqual(report.gasMax);
  });

  test('gives the same report every time', () => {
    expect(checkDocument(read('normal.json'))).toEqual(checkDocument(read('normal.json')));
  });

  test('finds nothing wrong with the smallest contract', () => {
    expect(checkDocument(base()).findings).toEqual([]);
  });

  test('tells the story that ends with trapped money', () => {
    const report = checkDocument(
      tiny((d) => {
        d.states['waiting']!['deadline'] = { ...texts, after: '3600', to: 'back', effects: [] };
      }),
    );
    const finding = report.findings.find((found) => found.code === 'blocked-deadline');
    expect(report.ok).toBe(false);
    expect(finding?.at).toBe('states.waiting.deadline');
    expect(finding?.message).toContain('still held');
    expect(finding?.trace.at(0)).toMatch(/^Payer: x \(priceMicro \d+\)$/);
    expect(finding?.trace.at(-1)).toBe('nobody acts before the deadline: x');
  });

  test('sees a share that goes to the wrong party', () => {
    const report = codes(
      tiny((d) => {
        d.transitions[0]!['effects'] = [{ do: 'refund', to: 'payer' }];
      }),
    );
    expect(report).toContain('promise-receives');
  });

  test('sees that somebody can pay themselves', () => {
    const wrong = tiny((d) => {
      d.transitions[0]!['by'] = ['worker'];
      d.states['done']!['promise'] = { by: ['worker'], receives: { worker: 'params.priceMicro' } };
    });
    expect(codes(wrong)).toContain('own-gain');
    wrong.transitions[0]!['gain'] = label;
    expect(codes(wrong)).toEqual([]);
  });

  test('sees arithmetic that cannot be done at the limits', () => {
    const wrong = tiny((d) => {
      d.params['priceMicro'] = {
        type: 'amount',
        unit: 'micro-DPN',
        min: 0,
        max: 9_000_000_000_000_000,
        label,
      };
      d.transitions[0]!['effects'] = [
        { do: 'pay', to: 'worker', amount: 'params.priceMicro * 10000 / 10000' },
      ];
    });
    const finding = checkDocument(wrong).findings.find((found) => found.code === 'blocked-step');
    expect(finding?.message).toContain('numeric overflow');
  });

  test('sees states and steps that nothing leads to', () => {
    const never = tiny((d) => {
      d.transitions[0]!['guard'] = { when: 'params.priceMicro > 1000', otherwise: label };
    });
    expect(codes(never)).toEqual(expect.arrayContaining(['unreachable-state', 'dead-step']));
  });

  test('sees a pair of steps by which two parties, or one, could hold the money for ever', () => {
    const endless = tiny((d) => {
      d.states['paused'] = {
        ...texts,
        deadline: { ...texts, after: '60', to: 'back', effects: [{ do: 'refund', to: 'payer' }] },
        promise: { by: ['payer'], holds: 'params.priceMicro' },
      };
      d.states['waiting']!['promise'] = { by: ['open', 'payer'], holds: 'params.priceMicro' };
      d.transitions.push({
        ...texts,
        event: 'pause',
        from: ['waiting'],
        to: 'paused',
        by: ['payer'],
        effects: [],
      });
      d.transitions.push({
        ...texts,
        event: 'resume',
        from: ['paused'],
        to: 'waiting',
        by: ['payer'],
        effects: [],
      });
    });
    expect(codes(endless)).toEqual(['endless']);
    const bounded = structuredClone(endless);
    bounded.vars['pauses'] = { type: 'int', label };
    Object.assign(bounded.transitions[2]!, {
      guard: { when: 'vars.pauses < 3', otherwise: label },
      set: { pauses: 'vars.pauses + 1' },
    });
    expect(codes(bounded)).toEqual([]);
  });

  test('does not pretend to understand counters that nothing bounds', () => {
    const count = (name: string) => ({
      ...texts,
      event: name,
      from: ['waiting'],
      to: 'waiting',
      by: ['payer'],
      set: { [name]: `vars.${name} + 1` },
      effects: [],
    });
    const counting = tiny((d) => {
      for (const name of ['ups', 'downs']) {
        d.vars[name] = { type: 'int', label };
        d.transitions.push(count(name));
      }
      d.transitions[0]!['guard'] = { when: 'vars.ups != vars.downs + 7', otherwise: label };
    });
    expect(codes(counting)).toEqual(['too-many-situations']);
  });

  test('finds a step that asks its sender for something and does nothing with it', () => {
    const deaf = tiny((d) => {
      d.transitions[0]!['args'] = { percent: { type: 'int', unit: 'percent', min: 0, max: 100, label } };
    });
    expect(codes(deaf)).toEqual(['unused-argument']);
    const kept = structuredClone(deaf);
    kept.vars['percent'] = { type: 'int', label };
    kept.transitions[0]!['set'] = { percent: 'args.percent' };
    expect(codes(kept)).toEqual([]);
  });

  test('advises against roles and values without a purpose', () => {
    const report = checkDocument(
      tiny((d) => {
        d.roles['onlooker'] = { kind: 'person', label };
        d.params['colour'] = { type: 'bool', label };
      }),
    );
    expect(report.ok).toBe(true);
    expect(report.findings.map((finding) => finding.code)).toEqual(['unused-value', 'idle-role']);
  });

  test('reports a document that cannot be read as a finding with its place', () => {
    const report = checkDocument(
      tiny((d) => {
        d.transitions[0]!['to'] = 'nowhere';
      }),
    );
    expect(report.findings).toMatchObject([
      { severity: 'defect', code: 'document', at: 'transitions[0].to' },
    ]);
    expect(checkDocument('{').findings[0]?.code).toBe('document');
    expect(checkDocument(new Uint8Array([1, 2])).findings[0]?.code).toBe('document');
  });
});

test('finds at least 95 % of the defects seeded into the normal order', { timeout: 180_000 }, () => {
  const mutants = mutantsOf(read('normal.json'));
  expect(mutants.length).toBeGreaterThan(700);
  const missed: string[] = [];
  let refusedUnread = 0;
  for (const { name, document } of mutants) {
    const report = checkDocument(document, { firstDefectOnly: true });
    if (report.ok) missed.push(name);
    else if (report.findings[0]?.code === 'document') refusedUnread++;
  }
  // Of all, and of those alone that the checker had to explore.
  expect(1 - missed.length / mutants.length, missed.join('\n')).toBeGreaterThanOrEqual(0.95);
  expect(1 - missed.length / (mutants.length - refusedUnread), missed.join('\n')).toBeGreaterThanOrEqual(
    0.95,
  );
});
