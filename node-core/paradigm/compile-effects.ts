// Effects of a step, names resolved and expressions compiled. What an effect may not do whatever its values are is
// refused here: take money without its owner's step, pay a crowd that nobody of is there, open contracts in silence.

import type { Column, EffectSpec, ParadigmDocument } from './document.ts';
import type { CompiledExpression, ExpressionType } from './expression.ts';
import { celTypeOf } from './expression.ts';
import { mustExist, rule } from './rules.ts';

type Assignments = readonly (readonly [string, CompiledExpression])[];

export type CompiledEffect =
  | { readonly kind: 'hold'; readonly from: string; readonly amount: CompiledExpression }
  | { readonly kind: 'pay'; readonly to: string; readonly amount: CompiledExpression }
  | {
      readonly kind: 'split';
      readonly of: CompiledExpression;
      readonly shares: readonly { readonly to: string; readonly parts: CompiledExpression }[];
      readonly remainder: string;
    }
  | { readonly kind: 'refund'; readonly to: string }
  | {
      readonly kind: 'each';
      readonly of: string;
      readonly membersMax: number;
      readonly when: CompiledExpression | undefined;
      readonly amount: CompiledExpression;
      readonly set: Assignments;
    }
  | {
      readonly kind: 'open';
      readonly link: string;
      readonly amount: CompiledExpression;
      readonly roles: readonly (readonly [string, string])[];
      readonly params: Assignments;
    }
  | { readonly kind: 'mint'; readonly to: string; readonly amount: CompiledExpression }
  | {
      readonly kind: 'transferModel';
      readonly from: string;
      readonly to: string;
      readonly model: CompiledExpression;
    }
  | {
      readonly kind: 'moveLicence';
      readonly from: string;
      readonly to: string;
      readonly quantity: CompiledExpression;
    }
  | {
      readonly kind: 'licence';
      readonly licensor: string;
      readonly machine: string;
      readonly model: CompiledExpression;
      readonly quantity: CompiledExpression;
    }
  | { readonly kind: 'emit'; readonly name: string; readonly data: Assignments };

export type Compile = (source: string, type: ExpressionType, at: string) => CompiledExpression;

/** Where the effect stands. */
export type EffectContext = {
  readonly document: ParadigmDocument;
  readonly step: { readonly name: string; readonly by: readonly string[] };
  /** The crowd that sends the step. */
  readonly crowd: string | undefined;
  readonly compile: Compile;
  /** For expressions about one member of a crowd with these columns. */
  readonly compileEach: (columns: Readonly<Record<string, Column>>) => Compile;
};

type Spec<K extends EffectSpec['do']> = EffectSpec & { readonly do: K };

export function compileEffect(context: EffectContext, effect: EffectSpec, at: string): CompiledEffect {
  const { compile } = context;
  const role = (name: string) => oneAccount(context, name, at);
  switch (effect.do) {
    case 'hold':
      mustSend(context, effect.from, `takes money from ${effect.from}`, at);
      return { kind: 'hold', from: role(effect.from), amount: compile(effect.amount, 'int', at) };
    case 'pay':
      return { kind: 'pay', to: role(effect.to), amount: compile(effect.amount, 'int', at) };
    case 'split':
      return {
        kind: 'split',
        of: compile(effect.of, 'int', `${at}.of`),
        shares: effect.shares.map((share) => ({
          to: role(share.to),
          parts: compile(share.parts, 'int', `${at}.shares`),
        })),
        remainder: role(effect.remainder),
      };
    case 'refund':
      return { kind: 'refund', to: role(effect.to) };
    case 'each':
      return compileEach(context, effect, at);
    case 'open':
      return compileOpen(context, effect, at);
    case 'mint':
      if (context.document.mint === undefined)
        rule(at, 'the document does not say under "mint" what it may mint');
      return { kind: 'mint', to: role(effect.to), amount: compile(effect.amount, 'int', at) };
    case 'transferModel':
      mustSend(context, effect.from, `hands over a model of ${effect.from}`, at);
      return {
        kind: 'transferModel',
        from: role(effect.from),
        to: role(effect.to),
        model: compile(effect.model, 'bytes', `${at}.model`),
      };
    case 'moveLicence':
      return {
        kind: 'moveLicence',
        from: machine(context, effect.from, at),
        to: machine(context, effect.to, at),
        quantity: compile(effect.quantity, 'int', `${at}.quantity`),
      };
    case 'licence':
      return {
        kind: 'licence',
        licensor: role(effect.licensor),
        machine: machine(context, effect.machine, at),
        model: compile(effect.model, 'bytes', `${at}.model`),
        quantity: compile(effect.quantity, 'int', `${at}.quantity`),
      };
    case 'emit': {
      const data = Object.entries(effect.data);
      return {
        kind: 'emit',
        name: effect.name,
        data: data.map(([key, value]) => [key, compile(value, 'any', `${at}.data.${key}`)] as const),
      };
    }
  }
}

/** Money and rights are taken only from the one who sent the step and therefore agreed to it. */
function mustSend({ step }: EffectContext, role: string, does: string, at: string): void {
  if (step.by.length !== 1 || step.by[0] !== role) rule(at, `only ${role} may send a step that ${does}`);
}

/** A role that stands for one account at this point: of a crowd, the sender. */
function oneAccount({ document, crowd }: EffectContext, name: string, at: string): string {
  mustExist(document.roles, name, 'role', at);
  if (document.roles[name]?.kind === 'crowd' && name !== crowd)
    rule(at, `${name} is a crowd: use the effect "each", or a step that its members send`);
  return name;
}

function machine(context: EffectContext, name: string, at: string): string {
  oneAccount(context, name, at);
  if (context.document.roles[name]?.kind !== 'machine') rule(at, `${name} is not a machine`);
  return name;
}

function compileEach(context: EffectContext, effect: Spec<'each'>, at: string): CompiledEffect {
  const { document } = context;
  mustExist(document.roles, effect.of, 'role', at);
  const { membersMax, columns = {} } = document.roles[effect.of] ?? {};
  if (membersMax === undefined) rule(`${at}.of`, `${effect.of} is not a crowd`);
  const compile = context.compileEach(columns);
  return {
    kind: 'each',
    of: effect.of,
    membersMax,
    when: effect.when === undefined ? undefined : compile(effect.when, 'bool', `${at}.when`),
    amount: compile(effect.amount, 'int', `${at}.amount`),
    set: Object.entries(effect.set ?? {}).map(([name, source]) => {
      mustExist(columns, name, 'column', `${at}.set`);
      const column = columns[name] as Column;
      if (column.type === 'seal') rule(`${at}.set.${name}`, 'only its sender can seal something');
      return [name, compile(source, celTypeOf(column) as ExpressionType, `${at}.set.${name}`)] as const;
    }),
  };
}

function compileOpen(context: EffectContext, effect: Spec<'open'>, at: string): CompiledEffect {
  const { document, step, compile } = context;
  mustExist(document.links ?? {}, effect.link, 'link', at);
  const link = document.links?.[effect.link];
  if (link === undefined || !('opens' in link))
    rule(at, `the link ${effect.link} is to a contract that runs already`);
  // The other contract may refuse to be opened; where nobody acts, that would trap the money of this one.
  if (step.name === 'deadline') rule(at, 'a deadline cannot open a contract');
  // Whoever ended the branch would pay for its place in the state.
  if (step.by.some((list) => Object.hasOwn(document.branches ?? {}, list)))
    rule(at, 'a step that branches cause cannot open a contract');
  for (const role of Object.values(effect.roles)) oneAccount(context, role, `${at}.roles`);
  return {
    kind: 'open',
    link: effect.link,
    amount: compile(effect.amount, 'int', `${at}.amount`),
    roles: Object.entries(effect.roles),
    params: Object.entries(effect.params).map(
      ([name, source]) => [name, compile(source, 'any', `${at}.params.${name}`)] as const,
    ),
  };
}
