// Expressions: the part of CEL that the paradigm language admits, parsed and type-checked once, evaluated many times.
// Left out on purpose: floating point, unsigned integers, null, regular expressions, clocks, conversions, nested loops.
// Division is admitted only by something that is known to be at least 1, so an expression can fail only by overflow,
// a missing argument or an index. Source: CEL specification, language definition; sizes and costs are our own.

import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { Result } from '../base/index.ts';
import { ok, refuse } from '../base/index.ts';
import type { Column, Field, Variable } from './document.ts';
import { paradigmFault } from './faults.ts';
import * as limits from './limits.ts';
import { didYouMean } from './nearest.ts';
import { opensSeal } from './seal.ts';
import type { LinkView, ParadigmValue } from './types.ts';

/** What expressions see. A transition's `args` and `facts` are empty where there are none. */
export type Scope = {
  readonly params: Readonly<Record<string, ParadigmValue>>;
  readonly vars: Readonly<Record<string, ParadigmValue>>;
  readonly args: Readonly<Record<string, ParadigmValue>>;
  readonly facts: Readonly<Record<string, ParadigmValue>>;
  readonly roles: Readonly<Record<string, Uint8Array>>;
  readonly caller: Uint8Array;
  readonly held: bigint;
  readonly time: bigint;
  /** The sender's own row, in steps of a crowd; another member's, in an effect on each; sizes of crowds; linked contracts. */
  readonly mine?: Readonly<Record<string, ParadigmValue>> | undefined;
  readonly member?: Readonly<Record<string, ParadigmValue>> | undefined;
  readonly count?: Readonly<Record<string, bigint>> | undefined;
  readonly links?: Readonly<Record<string, LinkView>> | undefined;
  readonly branches?: Readonly<Record<string, BranchTotals>> | undefined;
};

/** A list of branches, summed over its rows. */
export type BranchTotals = Readonly<Record<(typeof BRANCH_TOTALS)[number], bigint>>;

/** `budget` is the most that all may cost, `spent` what went into branches less what came back. */
const BRANCH_TOTALS = ['rows', 'quantity', 'open', 'running', 'done', 'budget', 'spent'] as const;

export type CompiledExpression = {
  readonly source: string;
  /** Where in the document, for faults. */
  readonly at: string;
  readonly ast: ASTNode;
  /** Upper bound of its cost, loops included. */
  readonly gas: bigint;
  /** Names it reads, such as `params.totalMicro`, `held`. */
  readonly reads: ReadonlySet<string>;
  /** @throws Error where CEL's evaluation fails; the caller makes it a refusal. */
  readonly evaluate: (scope: Scope) => unknown;
};

/** A `seal` is nothing but an argument of that type, kept as it came. */
export type ExpressionType = 'bool' | 'int' | 'string' | 'bytes' | 'seal' | 'any';

export type ScopeDeclaration = {
  readonly params: Readonly<Record<string, Field>>;
  readonly vars: Readonly<Record<string, Variable>>;
  readonly args: Readonly<Record<string, Field>>;
  readonly roles: readonly string[];
  readonly mine?: Readonly<Record<string, Column>> | undefined;
  readonly member?: Readonly<Record<string, Column>> | undefined;
  readonly crowds?: readonly string[];
  readonly links?: readonly string[];
  readonly branches?: readonly string[];
};

/** What only the chain can say of an order's licence. */
export const FACTS = {
  quantity: 'int',
  copiesReported: 'int',
  copiesFinished: 'int',
  licenceReleased: 'bool',
} as const;

const ROOTS = new Set([
  ...['params', 'vars', 'args', 'facts', 'roles', 'caller', 'held', 'time'],
  ...['mine', 'member', 'count', 'links', 'branches'],
]);
const BINARY = new Set(['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'in', '&&', '||']);
const LOOPS = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);
const METHODS = new Set(['size', 'contains', 'startsWith', 'endsWith']);

const GAS_NODE = 10n;
/** Text and data may have to be compared byte by byte. */
const GAS_COMPARE = 20n;
/** One SHA-256 of up to two blocks. */
const GAS_SEAL = 800n;

export type ExpressionCompiler = (
  source: string,
  type: ExpressionType,
  at: string,
) => Result<CompiledExpression>;

/** Makes the compiler of one scope; every transition has its own, since arguments differ. */
export function createCompiler(declaration: ScopeDeclaration): ExpressionCompiler {
  const environment = createEnvironment(declaration);
  return (source, type, at) => compile(environment, declaration, source, type, at);
}

function createEnvironment(declaration: ScopeDeclaration): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: true,
    enableOptionalTypes: false,
    limits: {
      maxAstNodes: limits.EXPRESSION_NODES_MAX,
      maxDepth: limits.EXPRESSION_DEPTH_MAX,
      maxListElements: limits.LIST_LITERAL_MAX,
      maxMapEntries: 0,
      maxCallArguments: 4,
    },
  });
  environment.registerVariable({ name: 'params', schema: schemaOf(declaration.params) });
  environment.registerVariable({ name: 'vars', schema: schemaOf(declaration.vars) });
  environment.registerVariable({ name: 'args', schema: schemaOf(declaration.args) });
  environment.registerVariable({ name: 'facts', schema: { ...FACTS } });
  const roles = Object.fromEntries(declaration.roles.map((role) => [role, 'bytes'] as const));
  environment.registerVariable({ name: 'roles', schema: roles });
  environment.registerVariable('caller', 'bytes');
  environment.registerVariable('held', 'int');
  environment.registerVariable('time', 'int');
  registerCrowds(environment, declaration);
  return environment;
}

/** Names that only some documents have, so that others do not pay for them. */
function registerCrowds(environment: Environment, declaration: ScopeDeclaration): void {
  const { mine, member, crowds = [], links = [], branches = [] } = declaration;
  if (mine !== undefined)
    environment.registerVariable({ name: 'mine', schema: { ...schemaOf(mine), index: 'int' } });
  if (member !== undefined) {
    const schema = { ...schemaOf(member), index: 'int', account: 'bytes' };
    environment.registerVariable({ name: 'member', schema });
  }
  if (crowds.length > 0) {
    const schema = Object.fromEntries(crowds.map((name) => [name, 'int'] as const));
    environment.registerVariable({ name: 'count', schema });
  }
  if (links.length > 0) {
    const view = { opened: 'bool', state: 'string', outcome: 'string' } as const;
    const schema = Object.fromEntries(links.map((name) => [name, view] as const));
    environment.registerVariable({ name: 'links', schema });
  }
  if (branches.length > 0) {
    const totals = Object.fromEntries(BRANCH_TOTALS.map((name) => [name, 'int'] as const));
    const schema = Object.fromEntries(branches.map((name) => [name, totals] as const));
    environment.registerVariable({ name: 'branches', schema });
  }
  environment.registerFunction('opens(bytes, bytes, int, bytes): bool', opensSeal);
}

function schemaOf(fields: Readonly<Record<string, Field | Variable | Column>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, celTypeOf(field)]));
}

/** The CEL type of a declared value. */
export function celTypeOf(field: Field | Variable | Column): string {
  switch (field.type) {
    case 'list':
      return `list<${scalarType(field.of)}>`;
    case 'map':
      return `map<string, ${scalarType(field.of)}>`;
    default:
      return scalarType(field.type);
  }
}

function scalarType(type: Exclude<Field['type'], 'list' | 'map'>): 'int' | 'bool' | 'string' | 'bytes' {
  switch (type) {
    case 'int':
    case 'amount':
    case 'duration':
    case 'time':
    case 'measured':
      return 'int';
    case 'bool':
      return 'bool';
    case 'text':
    case 'choice':
      return 'string';
    case 'bytes':
    case 'hash':
    case 'address':
    case 'seal':
    case 'salt':
      return 'bytes';
  }
}

function compile(
  environment: Environment,
  declaration: ScopeDeclaration,
  source: string,
  type: ExpressionType,
  at: string,
): Result<CompiledExpression> {
  const deny = (reason: string) => refuse(paradigmFault('paradigm.document.expression', { at, reason }));
  const parsed = parse(environment, source);
  if (typeof parsed === 'string') return deny(parsed);
  const reads = new Set<string>();
  if (type === 'seal' && !isSealOf(parsed.ast, declaration, ['args']))
    return deny('a seal is kept as it came: write args and the name of a seal');
  if (type === 'seal' && parsed.ast.op === '.') reads.add(`args.${parsed.ast.args[1]}`);
  const inspected =
    type === 'seal' ? 2n * GAS_NODE : inspect(parsed.ast, { declaration, reads, loopVariable: undefined });
  if (typeof inspected === 'string') return deny(inspected);
  const check = parsed.check();
  if (!check.valid) return deny(check.error?.summary ?? 'its types do not fit');
  const wanted = type === 'seal' ? 'bytes' : type;
  if (wanted !== 'any' && check.type !== wanted) return deny(`it yields ${check.type}, not ${wanted}`);
  const evaluate = (scope: Scope): unknown => parsed(scope);
  return ok({ source, at, ast: parsed.ast, gas: inspected, reads, evaluate });
}

function parse(environment: Environment, source: string): ParseResult | string {
  try {
    return environment.parse(source);
  } catch (error) {
    const said = error instanceof Error && 'summary' in error ? String(error.summary) : 'it cannot be read';
    const reserved = /^Reserved identifier: (\w+)/.exec(said)?.[1];
    return reserved === undefined ? said : `the name "${reserved}" is reserved${didYouMean(reserved, ROOTS)}`;
  }
}

type Inspection = {
  readonly declaration: ScopeDeclaration;
  readonly reads: Set<string>;
  readonly loopVariable: string | undefined;
};

/** Bound of the gas of one syntax tree, or the reason why it is refused. */
function inspect(node: ASTNode, context: Inspection): bigint | string {
  switch (node.op) {
    case 'value':
      return inspectLiteral(node.args);
    case 'id':
      return inspectName(node.args, context);
    case '.':
      return inspectField(node.args[0], node.args[1], context);
    case '[]':
      return inspectAll(node.args, context);
    case '-_':
      if (node.args.op === 'value') return inspectAll([node.args], context);
      return 'write 0 - x instead of -x';
    case '!_':
      return inspectAll([node.args], context);
    case 'list':
    case '?:':
      return inspectAll(node.args, context);
    case 'call':
      return inspectCall(node.args[0], node.args[1], context);
    case 'rcall':
      return inspectMethod(node.args[0], node.args[1], node.args[2], context);
    case 'map':
    case '.?':
    case '[?]':
      return 'tables and optional values cannot be built in an expression';
    default:
      return inspectBinary(node.op, node.args, context);
  }
}

function inspectLiteral(value: unknown): bigint | string {
  if (typeof value === 'number') return 'numbers with a decimal point are not admitted';
  if (value === null || (typeof value === 'object' && !(value instanceof Uint8Array))) {
    return 'null and unsigned numbers are not admitted';
  }
  return typeof value === 'bigint' && value > limits.INT_MAX ? 'the number is too large' : GAS_NODE;
}

function inspectName(name: string, context: Inspection): bigint | string {
  if (name === context.loopVariable) return GAS_NODE;
  if (!ROOTS.has(name)) return `the name "${name}" is not declared${didYouMean(name, ROOTS)}`;
  context.reads.add(name);
  return GAS_NODE;
}

function inspectField(base: ASTNode, field: string, context: Inspection): bigint | string {
  if (base.op === 'id' && ROOTS.has(base.args) && base.args !== context.loopVariable) {
    context.reads.add(`${base.args}.${field}`);
    const names = namesIn(base.args, context.declaration);
    if (names?.includes(field) === false)
      return `"${base.args}" has no "${field.slice(0, 64)}"${didYouMean(field, names)}`;
    if (isSeal(base.args, field, context.declaration)) return 'a seal can only be opened, with opens()';
    return 2n * GAS_NODE;
  }
  return add(GAS_NODE, inspect(base, context));
}

/** What a name of the scope has below it; undefined where the scope has no such name. */
function namesIn(root: string, declaration: ScopeDeclaration): readonly string[] | undefined {
  const { params, vars, args, roles, mine, member, crowds, links, branches } = declaration;
  switch (root) {
    case 'params':
      return Object.keys(params);
    case 'vars':
      return Object.keys(vars);
    case 'args':
      return Object.keys(args);
    case 'roles':
      return roles;
    case 'facts':
      return Object.keys(FACTS);
    case 'mine':
      return mine && [...Object.keys(mine), 'index'];
    case 'member':
      return member && [...Object.keys(member), 'index', 'account'];
    case 'count':
      return crowds;
    case 'links':
      return links;
    case 'branches':
      return branches;
    default:
      return undefined;
  }
}

function inspectAll(nodes: readonly ASTNode[], context: Inspection): bigint | string {
  let gas: bigint | string = GAS_NODE;
  for (const node of nodes) gas = add(gas, inspect(node, context));
  return gas;
}

function inspectCall(name: string, args: readonly ASTNode[], context: Inspection): bigint | string {
  if (name === 'has' || name === 'size') return inspectAll(args, context);
  if (name === 'opens') {
    const [seal, ...rest] = args;
    if (seal === undefined || !isSealOf(seal, context.declaration, ['vars', 'mine']))
      return 'opens() begins with a seal that the contract keeps';
    context.reads.add('opens');
    if (seal.op === '.' && seal.args[0].op === 'id')
      context.reads.add(`${seal.args[0].args}.${seal.args[1]}`);
    return add(GAS_SEAL, inspectAll(rest, context));
  }
  return `the function ${name}() is not admitted`;
}

function inspectMethod(
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  context: Inspection,
): bigint | string {
  if (METHODS.has(name)) return add(GAS_COMPARE, inspectAll([receiver, ...args], context));
  if (!LOOPS.has(name)) return `the function .${name}() is not admitted`;
  if (context.loopVariable !== undefined) return 'a loop inside a loop is not admitted';
  const variable = args[0];
  if (variable?.op !== 'id') return `.${name}() needs a name for its item`;
  if (ROOTS.has(variable.args)) return `the item of .${name}() may not be called ${variable.args}`;
  const over = inspect(receiver, context);
  const body = inspectAll(args.slice(1), { ...context, loopVariable: variable.args });
  if (typeof over === 'string' || typeof body === 'string') return typeof over === 'string' ? over : body;
  return over + BigInt(limits.ITEMS_MAX) * (body + GAS_NODE);
}

function inspectBinary(operator: string, args: readonly ASTNode[], context: Inspection): bigint | string {
  if (!BINARY.has(operator)) return `the operator ${operator} is not admitted`;
  const divisor = args[1];
  if (
    (operator === '/' || operator === '%') &&
    divisor !== undefined &&
    !isPositive(divisor, context.declaration)
  ) {
    return 'divide only by a number above zero, or by a value whose declared minimum is at least 1';
  }
  const compares = operator === '==' || operator === '!=';
  const loops = operator === 'in' ? BigInt(limits.ITEMS_MAX) : 1n;
  return add(compares || operator === 'in' ? loops * GAS_COMPARE : 0n, inspectAll(args, context));
}

function isSealOf(node: ASTNode, declaration: ScopeDeclaration, roots: readonly string[]): boolean {
  if (node.op !== '.' || node.args[0].op !== 'id') return false;
  return roots.includes(node.args[0].args) && isSeal(node.args[0].args, node.args[1], declaration);
}

function isSeal(root: string, name: string, declaration: ScopeDeclaration): boolean {
  const { args, vars, mine, member } = declaration;
  const fields =
    root === 'args'
      ? args
      : root === 'vars'
        ? vars
        : root === 'mine'
          ? mine
          : root === 'member'
            ? member
            : {};
  return fields !== undefined && Object.hasOwn(fields, name) && fields[name]?.type === 'seal';
}

function isPositive(node: ASTNode, declaration: ScopeDeclaration): boolean {
  if (node.op === 'value') return typeof node.args === 'bigint' && node.args > 0n;
  if (node.op !== '.' || node.args[0].op !== 'id') return false;
  const [root, name] = [node.args[0].args, node.args[1]];
  const fields = root === 'params' ? declaration.params : root === 'args' ? declaration.args : {};
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return field !== undefined && 'min' in field && field.min >= 1;
}

function add(a: bigint | string, b: bigint | string): bigint | string {
  if (typeof a === 'string') return a;
  return typeof b === 'string' ? b : a + b;
}
