// A paradigm explained in plain text: who takes part, what is agreed, what everybody can do at each point, what happens
// if nobody acts, and how it can end. Built from the document alone, so it says what the contract does.

import type { CompiledStep, Paradigm } from './compile.ts';
import type { Field, Locale, Role } from './document.ts';
import { expressionWords, numberWords, receivesWords, roleWords, stepsFrom } from './words.ts';

type Texts = {
  readonly version: (version: number) => string;
  readonly parties: string;
  readonly upTo: (count: number) => string;
  readonly values: string;
  readonly course: string;
  readonly ends: string;
  readonly risks: string;
  readonly fromQuote: string;
  readonly fromBranch: string;
  readonly branches: string;
  readonly filled: (roles: string, states: string, owner: string) => string;
  readonly caused: (list: string, label: string, to: string) => string;
  readonly range: (min: string, max: string) => string;
  readonly usually: (value: string) => string;
  readonly sends: (roles: string, label: string, to: string) => string;
  readonly stays: (roles: string, label: string) => string;
  readonly only: (reason: string) => string;
  readonly silence: (after: string, label: string, to: string) => string;
  readonly disputes: string;
  readonly nobodyPaid: string;
  readonly or: string;
};

const TEXTS: Readonly<Record<Locale, Texts>> = {
  en: {
    version: (version) => `version ${version}`,
    parties: 'Who takes part',
    upTo: (count) => `up to ${count}, who join while it runs`,
    values: 'What is agreed beforehand',
    course: 'How it goes',
    ends: 'How it can end',
    risks: 'What can go wrong',
    fromQuote: 'as in the quote',
    fromBranch: 'as the larger order asks',
    branches: 'What other contracts do with the money of this one',
    filled: (roles, states, owner) =>
      `Given away by ${roles}, in the name of ${owner}, during: ${states}. What fails comes back and can be given away again.`,
    caused: (list, label, to) => `By itself, when one of “${list}” has ended: ${label} → ${to}.`,
    range: (min, max) => `between ${min} and ${max}`,
    usually: (value) => `usually ${value}`,
    sends: (roles, label, to) => `${roles} can: ${label} → ${to}.`,
    stays: (roles, label) => `${roles} can: ${label}; the state and its deadline stay as they are.`,
    only: (reason) => `Refused if ${reason}`,
    silence: (after, label, to) => `If nobody acts within ${after}: ${label} → ${to}.`,
    disputes: 'This counts as a dispute.',
    nobodyPaid: 'No money moves.',
    or: ' or ',
  },
  'zh-Hans': {
    version: (version) => `版本 ${version}`,
    parties: '参与方',
    upTo: (count) => `最多 ${count} 个，可在进行中加入`,
    values: '事先约定',
    course: '过程',
    ends: '可能的结局',
    risks: '可能出现的问题',
    fromQuote: '与报价一致',
    fromBranch: '与所属订单一致',
    branches: '由其他合约用本合约款项完成的部分',
    filled: (roles, states, owner) =>
      `由${roles}以${owner}的名义在以下状态中交出：${states}。失败的部分退回，可再次交出。`,
    caused: (list, label, to) => `当“${list}”之一结束时自动发生：${label} → ${to}。`,
    range: (min, max) => `${min} 至 ${max}`,
    usually: (value) => `通常 ${value}`,
    sends: (roles, label, to) => `${roles}可以：${label} → ${to}。`,
    stays: (roles, label) => `${roles}可以：${label}；状态和期限不变。`,
    only: (reason) => `以下情况会被拒绝：${reason}`,
    silence: (after, label, to) => `若在${after}内无人操作：${label} → ${to}。`,
    disputes: '计为一次争议。',
    nobodyPaid: '没有款项变动。',
    or: '或',
  },
};

/** The whole explanation, as lines of text with `#` headings and `-` lists. */
export function explainParadigm(p: Paradigm, locale: Locale): string {
  const texts = TEXTS[locale];
  const { document } = p;
  const lines = [`# ${document.title[locale]} (${texts.version(p.version)})`, '', document.summary[locale]];
  lines.push('', `## ${texts.parties}`, '');
  for (const role of Object.values(p.roles))
    lines.push(
      `- ${[role.label[locale] + crowdWords(role, texts), role.explain?.[locale]].filter(Boolean).join(' – ')}`,
    );
  lines.push('', `## ${texts.values}`, '');
  for (const field of Object.values(p.params)) lines.push(`- ${fieldWords(field, locale)}`);
  lines.push(...branchLines(p, locale));
  lines.push('', `## ${texts.course}`, '', `${opening(p, locale)}`);
  for (const [state, { label, explain, final }] of Object.entries(p.states)) {
    if (final !== undefined) continue;
    lines.push('', `### ${label[locale]}`, '', explain[locale], '');
    for (const step of stepsFrom(p, state)) lines.push(`- ${stepWords(p, state, step, locale)}`);
    lines.push(`- ${silenceWords(p, state, locale)}`);
  }
  lines.push('', `## ${texts.ends}`, '');
  for (const [state, { label, explain, final }] of Object.entries(p.states)) {
    if (final === undefined) continue;
    const receives = receivesWords(p, state, locale);
    lines.push(`- ${label[locale]} – ${explain[locale]}`);
    lines.push(
      ...(receives.length === 0 ? [`  - ${texts.nobodyPaid}`] : receives.map((words) => `  - ${words}`)),
    );
  }
  if (document.risks.length > 0)
    lines.push('', `## ${texts.risks}`, '', ...document.risks.map((risk) => `- ${risk[locale]}`));
  return `${lines.join('\n')}\n`;
}

function branchLines(p: Paradigm, locale: Locale): readonly string[] {
  const texts = TEXTS[locale];
  const lists = Object.values(p.document.branches ?? {});
  if (lists.length === 0) return [];
  const lines = lists.map((list) => {
    const roles = list.by.map((role) => roleWords(p, role, locale)).join(texts.or);
    const states = list.while.map((state) => p.states[state]?.label[locale] ?? state);
    const filled = texts.filled(
      roles,
      states.join(locale === 'en' ? ', ' : '、'),
      roleWords(p, list.for, locale),
    );
    return `- ${list.label[locale]} – ${join(locale, list.explain?.[locale] ?? '', filled)}`;
  });
  return ['', `## ${texts.branches}`, '', ...lines];
}

function crowdWords({ membersMax }: Role, texts: Texts): string {
  return membersMax === undefined ? '' : ` (${texts.upTo(membersMax)})`;
}

function opening(p: Paradigm, locale: Locale): string {
  const { by, label, explain, to, dispute } = p.opening;
  const roles = by.map((role) => roleWords(p, role, locale)).join(TEXTS[locale].or);
  return join(
    locale,
    TEXTS[locale].sends(roles, label[locale], p.states[to]?.label[locale] ?? to),
    explain[locale],
    dispute ? TEXTS[locale].disputes : '',
  );
}

function stepWords(p: Paradigm, state: string, step: CompiledStep, locale: Locale): string {
  const texts = TEXTS[locale];
  const roles = step.by.map((role) => roleWords(p, role, locale)).join(texts.or);
  const label = step.label[locale];
  const disputes = step.dispute ? texts.disputes : '';
  if (step.list !== undefined) {
    const caused = texts.caused(roles, label, p.states[step.to]?.label[locale] ?? step.to);
    const unless = step.guard === undefined ? '' : texts.only(step.guard.otherwise[locale]);
    return join(locale, caused, step.explain[locale], disputes, unless);
  }
  const head =
    step.to === state
      ? texts.stays(roles, label)
      : texts.sends(roles, label, p.states[step.to]?.label[locale] ?? step.to);
  const condition = step.guard === undefined ? '' : texts.only(step.guard.otherwise[locale]);
  return join(locale, head, step.explain[locale], disputes, condition);
}

function silenceWords(p: Paradigm, state: string, locale: Locale): string {
  const step = p.deadlines.get(state);
  const after = afterWords(p, state, locale);
  if (step === undefined || after === undefined) return '';
  const to = p.states[step.to]?.label[locale] ?? step.to;
  return join(locale, TEXTS[locale].silence(after, step.label[locale], to), step.explain[locale]);
}

/** Sentences in a row; Chinese puts no space between them. */
function join(locale: Locale, ...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(locale === 'en' ? ' ' : '');
}

/** How long a state lasts at most, in the author's words. */
export function afterWords(p: Paradigm, state: string, locale: Locale): string | undefined {
  const entering = [
    p.opening,
    ...[...p.steps.values()].flatMap((steps) => [...steps.values()]),
    ...p.deadlines.values(),
  ];
  const after = entering.find((step) => step.to === state)?.nextAfter;
  if (after === undefined) return undefined;
  const words = expressionWords(p, after, locale);
  return /^\d+$/.test(words) ? numberWords(SECONDS, BigInt(words), locale) : `“${words}”`;
}

const SECONDS: Field = {
  type: 'duration',
  unit: 'second',
  min: 1,
  max: 1,
  label: { en: 'seconds', 'zh-Hans': '秒' },
};

function fieldWords(field: Field, locale: Locale): string {
  const texts = TEXTS[locale];
  const facts: string[] = [];
  if (field.binds !== undefined)
    facts.push(field.binds.startsWith('branch.') ? texts.fromBranch : texts.fromQuote);
  else if (field.type === 'int' || field.type === 'amount' || field.type === 'duration') {
    facts.push(texts.range(numberWords(field, field.min, locale), numberWords(field, field.max, locale)));
    if (field.default !== undefined) facts.push(texts.usually(numberWords(field, field.default, locale)));
  }
  const tail = facts.length === 0 ? '' : ` (${facts.join(locale === 'en' ? '; ' : '；')})`;
  return `${field.label[locale]}${tail}${field.explain === undefined ? '' : ` – ${field.explain[locale]}`}`;
}
