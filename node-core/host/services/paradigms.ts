// Paradigms as people see them: those on the chain, proven, and those that ship with the console. Everything that is
// said of one is derived from its document; how often it was used is counted from proven contracts.

import type {
  ExampleValues,
  ExampleView,
  OpeningCosts,
  ParadigmCard,
  ParadigmCheck,
  ParadigmPage,
  ParadigmStateView,
  ParadigmUses,
} from '../../api/index.ts';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, equalBytes, hexToBytes, ok, refuse, unwrap } from '../../base/index.ts';
import {
  ContractEndState,
  ContractState,
  contractEndKey,
  contractKey,
  IndexEntry,
  IndexLength,
  indexEntryKey,
  indexLengthKey,
  ParadigmState,
  paradigmKey,
} from '../../chain/index.ts';
import type { Locale, Paradigm, Values } from '../../paradigm/index.ts';
import {
  afterWords,
  createParamSampler,
  encodeParadigm,
  paradigmDiagram,
  parseInstance,
  parseParadigm,
  receivesWords,
  roleWords,
  stepsFrom,
} from '../../paradigm/index.ts';
import { assetNames, readAsset } from '../adapters/assets.ts';
import type { ParadigmService } from '../adapters/paradigm-service.ts';
import type { ChainClient } from './chain-client.ts';
import { openingCosts } from './opening-costs.ts';
import { fieldView, kindOf } from './paradigm-values.ts';
import type { Parties } from './parties.ts';
import { PRODUCT_PARADIGM } from './product-quotes.ts';

export const paradigmsFault = defineFaults('paradigms', {
  'paradigms.unknown': {
    message: 'There is no such paradigm here.',
    next: 'Choose one from the gallery.',
  },
});

export type ParadigmsParts = {
  readonly chain: ChainClient;
  readonly parties: Parties;
  readonly work: ParadigmService;
  /** By which models are ordered. */
  readonly paradigmId: Bytes;
};

type Known = {
  readonly paradigm: Paradigm;
  readonly document: Bytes;
  readonly published: ParadigmState | undefined;
};
/** A contract as far as it is counted; what has ended never changes again. */
type Counted = {
  readonly paradigm: string;
  readonly state: string;
  readonly final: boolean;
  readonly disputed: boolean;
};

type Count = { readonly contracts: readonly Counted[]; readonly complete: boolean };

/** Contracts counted at most of each kind: the newest. */
const COUNTED_MAX = 500n;

export class Paradigms {
  readonly #parts: ParadigmsParts;
  /** Documents never change under their hash. */
  readonly #parsed = new Map<string, Paradigm>();
  readonly #ended = new Map<string, Counted>();
  #shipped: readonly Known[] | undefined;

  constructor(parts: ParadigmsParts) {
    this.#parts = parts;
  }

  async list(locale: Locale): Promise<Result<ParadigmCard[]>> {
    const all = await this.#all();
    if (!all.ok) return all;
    const counted = await this.#count();
    if (!counted.ok) return counted;
    return ok(all.value.map((known) => this.#card(known, counted.value, locale)));
  }

  async get(id: string, locale: Locale): Promise<Result<ParadigmPage>> {
    const known = await this.#find(id);
    if (!known.ok) return known;
    const counted = await this.#count();
    if (!counted.ok) return counted;
    return ok(this.#page(known.value, counted.value, locale));
  }

  /** Played through with these values; refused in the contract's own words where it could not be opened with them. */
  async example(
    id: string,
    values: ExampleValues,
    locale: Locale,
    signal?: AbortSignal,
  ): Promise<Result<ExampleView>> {
    const known = await this.#find(id);
    if (!known.ok) return known;
    const { paradigm: p, document } = known.value;
    const played = await this.#parts.work.example(document, values as Values, signal);
    if (!played.ok) return played;
    const { params, endings, silence } = played.value;
    const label = (state: string) => p.states[state]?.label[locale] ?? state;
    const role = (name: string) => p.roles[name]?.label[locale] ?? name;
    return ok({
      values: formValues(params),
      endings: endings.map(({ state, kind, steps, money, latestS }) => ({
        label: label(state),
        kind,
        steps: steps.map((step) => ({
          label: step.label[locale],
          ...(step.role === undefined ? {} : { who: role(step.role) }),
        })),
        money: money.map(({ role: name, ...line }) => ({ who: role(name), ...line })),
        latestS: Number(latestS),
      })),
      silence: { label: label(silence.state), afterS: Number(silence.afterS) },
    });
  }

  /** What the checker says of a text, and how the document would be shown. Never refused for what the text says. */
  async check(text: string, locale: Locale, signal?: AbortSignal): Promise<Result<ParadigmCheck>> {
    const done = await this.#parts.work.check(text, signal);
    if (!done.ok) return done;
    const { report, document, simulation } = done.value;
    const parsed = document === undefined ? undefined : parseParadigm(document);
    const p = parsed?.ok === true ? parsed.value : undefined;
    const { ok: passed, openings, situations, steps, gasMax, gasSeen } = report;
    const findings = report.findings.map((finding) => ({ ...finding, trace: [...finding.trace] }));
    const none = { contracts: [], complete: true };
    return ok({
      ok: passed,
      findings,
      openings,
      situations,
      steps,
      gasMax,
      gasSeen,
      ...(p === undefined || document === undefined
        ? {}
        : { page: this.#page({ paradigm: p, document, published: undefined }, none, locale) }),
      ...(simulation === undefined || p === undefined
        ? {}
        : {
            simulation: {
              runs: simulation.runs,
              steps: simulation.steps,
              refused: simulation.refused,
              endings: Object.entries(simulation.finals).map(([state, count]) => ({
                label: p.states[state]?.label[locale] ?? state,
                count,
              })),
              violations: simulation.violations.map(({ message, trace }) => ({ message, trace: [...trace] })),
            },
          }),
    });
  }

  /** Canonical documents that ship with the console and that this chain does not have. */
  async unpublished(): Promise<Result<Bytes[]>> {
    const all = await this.#all();
    return all.ok
      ? ok(all.value.flatMap(({ document, published }) => (published === undefined ? [document] : [])))
      : all;
  }

  /** A document that is not published, as it would be shown. */
  pageOf(document: Bytes, locale: Locale): Result<ParadigmPage> {
    const parsed = parseParadigm(document);
    if (!parsed.ok) return parsed;
    const known = { paradigm: parsed.value, document, published: undefined };
    return ok(this.#page(known, { contracts: [], complete: true }, locale));
  }

  async #find(id: string): Promise<Result<Known>> {
    const shipped = this.#ships().find(({ paradigm }) => bytesToHex(paradigm.id) === id);
    const published = await this.#published(hexToBytes(id));
    if (!published.ok) return published;
    const known = published.value ?? shipped;
    return known === undefined ? refuse(paradigmsFault('paradigms.unknown')) : ok(known);
  }

  /** Published ones first, in the order of the chain. */
  async #all(): Promise<Result<Known[]>> {
    const ids = await this.#parts.chain.known.list('paradigms');
    if (!ids.ok) return ids;
    const all: Known[] = [];
    for (const id of ids.value) {
      const published = await this.#published(id);
      if (!published.ok) return published;
      if (published.value !== undefined) all.push(published.value);
    }
    const there = new Set(all.map(({ paradigm }) => bytesToHex(paradigm.id)));
    return ok([...all, ...this.#ships().filter(({ paradigm }) => !there.has(bytesToHex(paradigm.id)))]);
  }

  async #published(id: Bytes): Promise<Result<Known | undefined>> {
    const found = await this.#parts.chain.known.read(ParadigmState, paradigmKey(id));
    if (!found.ok) return found;
    const published = found.value?.value;
    if (published === undefined) return ok(undefined);
    const name = bytesToHex(id);
    let paradigm = this.#parsed.get(name);
    if (paradigm === undefined) {
      const parsed = parseParadigm(published.document);
      if (!parsed.ok) return parsed;
      paradigm = parsed.value;
      this.#parsed.set(name, paradigm);
    }
    return ok({ paradigm, document: published.document, published });
  }

  #ships(): readonly Known[] {
    this.#shipped ??= assetNames('paradigms')
      .filter((name) => /\.(json|yaml)$/.test(name) && !name.includes('schema'))
      .map((name) => {
        const document = unwrap(encodeParadigm(new TextDecoder().decode(readAsset('paradigms', name))));
        return { paradigm: unwrap(parseParadigm(document)), document, published: undefined };
      });
    return this.#shipped;
  }

  /** Orders and agreements alike. */
  async #count(): Promise<Result<Count>> {
    const orders = await this.#countIn('contracts');
    if (!orders.ok) return orders;
    const agreements = await this.#countIn('agreements');
    if (!agreements.ok) return agreements;
    return ok({
      contracts: [...orders.value.contracts, ...agreements.value.contracts],
      complete: orders.value.complete && agreements.value.complete,
    });
  }

  async #countIn(list: 'contracts' | 'agreements'): Promise<Result<Count>> {
    const { chain } = this.#parts;
    const length = await chain.known.read(IndexLength, indexLengthKey(list));
    if (!length.ok) return length;
    const total = length.value?.value.length ?? 0n;
    const first = total > COUNTED_MAX ? total - COUNTED_MAX : 0n;
    const contracts: Counted[] = [];
    for (let position = first; position < total; position++) {
      const entry = await chain.known.read(IndexEntry, indexEntryKey(list, position));
      if (!entry.ok) return entry;
      const id = entry.value?.value.id;
      const counted = id === undefined ? undefined : await this.#contract(id);
      if (counted?.ok === false) return counted;
      if (counted?.value !== undefined) contracts.push(counted.value);
    }
    return ok({ contracts, complete: first === 0n });
  }

  async #contract(id: Bytes): Promise<Result<Counted | undefined>> {
    const name = bytesToHex(id);
    const ended = this.#ended.get(name);
    if (ended !== undefined) return ok(ended);
    const found = await this.#parts.chain.known.read(ContractState, contractKey(id));
    if (!found.ok) return found;
    if (found.value === undefined) return this.#pruned(id);
    const { paradigm, instance, disputed = false } = found.value.value;
    const parsed = parseInstance(instance);
    if (!parsed.ok) return parsed;
    const { state, deadlineS } = parsed.value;
    const counted = { paradigm: bytesToHex(paradigm), state, final: deadlineS === undefined, disputed };
    if (counted.final) this.#ended.set(name, counted);
    return ok(counted);
  }

  async #pruned(id: Bytes): Promise<Result<Counted | undefined>> {
    const end = await this.#parts.chain.known.read(ContractEndState, contractEndKey(id));
    if (!end.ok || end.value === undefined) return end.ok ? ok(undefined) : end;
    const { paradigm, state, disputed = false } = end.value.value;
    const counted = { paradigm: bytesToHex(paradigm), state, final: true, disputed };
    this.#ended.set(bytesToHex(id), counted);
    return ok(counted);
  }

  /** What opening a contract of it costs beside what its parties pay each other. */
  costs(id: string): Promise<Result<OpeningCosts>> {
    const { known } = this.#parts.chain;
    return openingCosts(
      known,
      async (_, hash) => {
        const found = await this.#find(bytesToHex(hash));
        return found.ok ? ok(found.value.paradigm) : found;
      },
      hexToBytes(id),
      0,
    );
  }

  #card({ paradigm: p, published }: Known, counted: Count, locale: Locale): ParadigmCard {
    const id = bytesToHex(p.id);
    return {
      id,
      name: p.name,
      version: p.version,
      title: p.document.title[locale],
      summary: p.document.summary[locale],
      ...(published === undefined
        ? {}
        : {
            published: {
              author: this.#parts.parties.ofBytes(published.author),
              timeS: Number(published.publishedS),
              height: Number(published.publishedHeight),
              ...(published.closed === undefined ? {} : { closed: published.closed.reason }),
            },
          }),
      uses: usesOf(
        p,
        counted.contracts.filter(({ paradigm }) => paradigm === id),
        counted.complete,
        locale,
      ),
      roles: Object.keys(p.roles).length,
      begins: beginsBy(p, this.#parts.paradigmId),
      endings: endingsOf(p).map(([, { label, final }]) => ({ label: label[locale], kind: final })),
    };
  }

  #page(known: Known, counted: Count, locale: Locale): ParadigmPage {
    const p = known.paradigm;
    const fixed = createParamSampler(p).fixed;
    return {
      ...this.#card(known, counted, locale),
      risks: p.document.risks.map((risk) => risk[locale]),
      parties: Object.entries(p.roles).map(([role, { label, explain, kind }]) => ({
        role,
        label: label[locale],
        kind,
        toName: isToName(p, role),
        ...(explain === undefined ? {} : { explain: explain[locale] }),
      })),
      fields: Object.entries(p.params).map(([name, field]) =>
        fieldView(name, field, fixed.has(name), locale),
      ),
      course: courseOf(p, locale),
      ends: endingsOf(p).map(([state, { label, explain, final }]) => ({
        label: label[locale],
        explain: explain[locale],
        kind: final,
        receives: [...receivesWords(p, state, locale)],
      })),
      diagram: paradigmDiagram(p, locale),
      opening: {
        by: p.opening.by.map((role) => p.roles[role]?.label[locale] ?? role).join(', '),
        label: p.opening.label[locale],
        explain: p.opening.explain[locale],
      },
      gasMax: p.gasMax,
    };
  }
}

/** The opener plays its own role, the chain names author and network, and whoever joins a crowd comes later. */
export function isToName(p: Paradigm, role: string): boolean {
  const named = role === 'author' || role === 'network' || p.opening.by.includes(role);
  return !named && p.roles[role]?.kind !== 'crowd';
}

function beginsBy(p: Paradigm, orderParadigm: Bytes): ParadigmPage['begins'] {
  if (equalBytes(p.id, orderParadigm)) return 'order';
  if (p.name === PRODUCT_PARADIGM) return 'product';
  const fields = Object.values(p.params);
  // What the chain fills in comes from a quote or from the branch that the contract fills.
  if (fields.some(({ binds }) => binds !== undefined)) return 'part';
  return fields.some((field) => kindOf(field) === 'other') ? 'elsewhere' : 'here';
}

type EndState = Paradigm['states'][string] & { readonly final: ParadigmUses['endings'][number]['kind'] };

function endingsOf(p: Paradigm): (readonly [string, EndState])[] {
  return Object.entries(p.states).flatMap(([name, state]) =>
    state.final === undefined ? [] : [[name, { ...state, final: state.final }] as const],
  );
}

function usesOf(p: Paradigm, contracts: readonly Counted[], complete: boolean, locale: Locale): ParadigmUses {
  const ended = contracts.filter(({ final }) => final);
  const endings = endingsOf(p)
    .map(([state, { label, final }]) => ({
      label: label[locale],
      kind: final,
      count: ended.filter((contract) => contract.state === state).length,
    }))
    .filter(({ count }) => count > 0);
  return {
    open: contracts.length - ended.length,
    ended: ended.length,
    endings,
    ...(canBeDisputed(p) ? { disputes: contracts.filter(({ disputed }) => disputed).length } : {}),
    complete,
  };
}

/** Whether a contract of it can come to a dispute: by a step of its own, or by opening one that is a dispute. */
function canBeDisputed(p: Paradigm): boolean {
  const steps = [p.opening, ...[...p.steps.values()].flatMap((events) => [...events.values()])];
  const opens = Object.values(p.document.links ?? {}).some((link) => 'opens' in link);
  return opens || steps.some(({ dispute }) => dispute);
}

function courseOf(p: Paradigm, locale: Locale): ParadigmStateView[] {
  return Object.entries(p.states).flatMap(([state, { label, explain, final }]) => {
    if (final !== undefined) return [];
    const deadline = p.deadlines.get(state);
    const after = afterWords(p, state, locale);
    const to = (name: string) => p.states[name]?.label[locale] ?? name;
    return [
      {
        label: label[locale],
        explain: explain[locale],
        options: stepsFrom(p, state).map((step) => ({
          who: step.by.map((role) => roleWords(p, role, locale)),
          label: step.label[locale],
          explain: step.explain[locale],
          ...(step.to === state ? {} : { to: to(step.to) }),
          ...(step.guard === undefined ? {} : { onlyIf: step.guard.otherwise[locale] }),
          dispute: step.dispute,
        })),
        ...(deadline === undefined || after === undefined
          ? {}
          : {
              silence: {
                after,
                label: deadline.label[locale],
                explain: deadline.explain[locale],
                to: to(deadline.to),
              },
            }),
      },
    ];
  });
}

function formValues(params: Values): ExampleValues {
  const values: ExampleValues = {};
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'string')
      values[name] = value;
  }
  return values;
}
