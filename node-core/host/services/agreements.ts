// Agreements: contracts that no quote stands behind, under any published paradigm. What is shown comes from proven state;
// what can be done is asked of the contract itself.

import type {
  AgreementCard,
  AgreementOption,
  AgreementView,
  ExampleValues,
  StepOutlook,
} from '../../api/index.ts';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, defineFaults, hexToBytes, ok, refuse } from '../../base/index.ts';
import {
  ContractEndState,
  ContractState,
  contractEndKey,
  contractKey,
  type Message,
  toParadigmValue,
  type WireValue,
} from '../../chain/index.ts';
import type { Address, KeyPair } from '../../identity/index.ts';
import { addressToText, parseAddress } from '../../identity/index.ts';
import type { Field, Instance, LegalEvent, Locale, Paradigm } from '../../paradigm/index.ts';
import {
  applyEvent,
  ifNobodyActs,
  joinableEvents,
  legalEvents,
  paradigmDiagram,
  parseInstance,
  rolesOf,
  sealValue,
} from '../../paradigm/index.ts';
import type { ChainClient } from './chain-client.ts';
import type { ChainIndex } from './chain-index.ts';
import type { Identities } from './identities.ts';
import { fieldView, paradigmValueFault, toWire, valueLines } from './paradigm-values.ts';
import { isToName } from './paradigms.ts';
import type { Parties } from './parties.ts';
import { parseOrderName } from './product-quotes.ts';
import { createParadigmReader } from './published-paradigms.ts';
import type { SealedValues } from './sealed-values.ts';

const agreementFault = defineFaults('agreements', {
  'agreements.unknown': {
    message: 'There is no such agreement.',
    next: 'Choose one from the list.',
  },
  'agreements.pruned': {
    message: 'This agreement has ended, and the network keeps no more of it than how it ended.',
    next: 'Nothing is left to do.',
  },
  'agreements.party': {
    message: '“{text}” is not an account for {role}.',
    next: 'Paste the address of an account, or choose one of the people you know.',
  },
  'agreements.event': {
    message: 'You cannot take this step now.',
    next: 'Look at the agreement again; somebody else may have acted, or its deadline may have passed.',
  },
});

export type AgreementsParts = {
  readonly chain: ChainClient;
  readonly index: ChainIndex;
  readonly identities: Identities;
  readonly parties: Parties;
  readonly sealed: SealedValues;
  readonly clock: Clock;
};

/** Newest agreements of others that are looked through for something to join. */
const OTHERS_LOOKED_AT_MAX = 100;

type Opened = {
  readonly id: Address;
  readonly p: Paradigm;
  readonly instance: Instance;
  readonly height: bigint;
};

export class Agreements {
  readonly #parts: AgreementsParts;
  readonly #paradigm = createParadigmReader();

  constructor(parts: AgreementsParts) {
    this.#parts = parts;
  }

  /** Those in which the account has a part, newest first, then those of others that it could join. */
  async list(actor: string, locale: Locale): Promise<Result<AgreementCard[]>> {
    const { address } = this.#parts.identities.keyPair(actor);
    const { known } = this.#parts.chain;
    const own = await known.list('agreements-of', address);
    if (!own.ok) return own;
    const all = await known.list('agreements');
    if (!all.ok) return all;
    const mine = new Set(own.value.map(addressToText));
    const others = all.value.slice(-OTHERS_LOOKED_AT_MAX).filter((id) => !mine.has(addressToText(id)));
    const cards: AgreementCard[] = [];
    for (const id of [...own.value.toReversed(), ...others.toReversed()]) {
      const opened = await this.#open(id);
      if (!opened.ok && opened.fault.code === 'agreements.pruned') continue;
      if (!opened.ok) return opened;
      const card = this.#card(opened.value, address, locale, mine.has(addressToText(id)));
      if (card.mine || card.yourTurn) cards.push(card);
    }
    return ok(cards);
  }

  async get(actor: string, id: string, locale: Locale): Promise<Result<AgreementView>> {
    const address = parseAddress(id);
    if (address === undefined) return refuse(agreementFault('agreements.unknown'));
    const opened = await this.#open(address);
    return opened.ok
      ? ok(this.#view(opened.value, this.#parts.identities.keyPair(actor).address, locale))
      : opened;
  }

  /** The new agreement's id. The account that opens it plays the role that opens. */
  async begin(
    actor: string,
    paradigm: string,
    given: Readonly<Record<string, string>>,
    values: ExampleValues,
    locale: Locale,
  ): Promise<Result<string>> {
    const key = this.#parts.identities.keyPair(actor);
    const found = await this.#paradigm(this.#parts.chain.known, hexToBytes(paradigm));
    if (!found.ok) return found;
    const p = found.value;
    const roles = this.#roles(p, given, key.address, locale);
    if (!roles.ok) return roles;
    const params = toWire(p.params, values, locale);
    if (!params.ok) return params;
    const quote = new Uint8Array(0);
    const opened = await this.#submit(actor, {
      type: 'contract.open',
      paradigm: p.id,
      roles: roles.value,
      params: params.value,
      quote,
    });
    return opened.ok ? ok(addressToText(opened.value)) : opened;
  }

  async act(
    actor: string,
    id: string,
    event: string,
    values: ExampleValues,
    locale: Locale,
  ): Promise<Result<void>> {
    const instance = parseAddress(id);
    const opened = instance === undefined ? undefined : await this.#open(instance);
    if (instance === undefined || opened === undefined) return refuse(agreementFault('agreements.unknown'));
    if (!opened.ok) return opened;
    const key = this.#parts.identities.keyPair(actor);
    const { address } = key;
    const step = stepsOf(opened.value, address).find((known) => known.event === event);
    if (step === undefined) return refuse(agreementFault('agreements.event'));
    const secrets = this.#seal(step, instance, key, values, locale);
    if (!secrets.ok) return secrets;
    const open = Object.entries(step.args).filter(([, { type }]) => type !== 'seal' && type !== 'salt');
    const args = toWire(Object.fromEntries(open), values, locale);
    if (!args.ok) return args;
    const sent = await this.#submit(actor, {
      type: 'contract.event',
      instance,
      event,
      args: { ...args.value, ...secrets.value },
    });
    return sent.ok ? ok(undefined) : sent;
  }

  /** What the step would do with these values, while somebody still fills them in. Empty where that cannot be told. */
  async foresee(
    actor: string,
    id: string,
    event: string,
    values: ExampleValues,
    locale: Locale,
  ): Promise<Result<Pick<AgreementOption, 'outlook'>>> {
    const instance = parseAddress(id);
    const opened = instance === undefined ? undefined : await this.#open(instance);
    if (opened === undefined) return refuse(agreementFault('agreements.unknown'));
    if (!opened.ok) return opened;
    const { address } = this.#parts.identities.keyPair(actor);
    const step = stepsOf(opened.value, address).find((known) => known.event === event);
    const args = step === undefined ? undefined : toWire(step.args, values, locale);
    return ok(step && args?.ok === true ? this.#outlook(opened.value, step, address, args.value) : {});
  }

  #outlook(
    opened: Opened,
    step: LegalEvent,
    actor: Address,
    args: Readonly<Record<string, WireValue>> = {},
  ): Pick<AgreementOption, 'outlook'> {
    const timeS = BigInt(Math.floor(this.#parts.clock.nowMs() / 1000));
    const outlook = outlookOf(opened, step, actor, args, timeS);
    return outlook === undefined ? {} : { outlook };
  }

  /** Seals and salts of a step: the person fills in the value, this console the rest. */
  #seal(
    step: LegalEvent,
    agreement: Address,
    key: KeyPair,
    values: ExampleValues,
    locale: Locale,
  ): Result<Record<string, Bytes>> {
    const { sealed } = this.#parts;
    const salt = sealed.salt(key, agreement);
    const secrets: Record<string, Bytes> = {};
    for (const [name, field] of Object.entries(step.args)) {
      if (field.type === 'salt') secrets[name] = salt;
      if (field.type !== 'seal') continue;
      const value = values[name];
      if (typeof value !== 'bigint' || value < 0n || value >= 2n ** 64n)
        return refuse(paradigmValueFault('paradigm-value.wrong', { label: field.label[locale] }));
      sealed.remember(agreement, key.address, value);
      secrets[name] = sealValue(key.address, value, salt);
    }
    return ok(secrets);
  }

  async #submit(actor: string, message: Message): Promise<Result<Bytes>> {
    const { chain, identities } = this.#parts;
    const sent = await chain.submit(identities.keyPair(actor), message);
    return sent.ok ? ok(sent.value.result.data) : sent;
  }

  #roles(
    p: Paradigm,
    given: Readonly<Record<string, string>>,
    opener: Address,
    locale: Locale,
  ): Result<Record<string, Address>> {
    const roles: Record<string, Address> = {};
    for (const [name, { label }] of Object.entries(p.roles)) {
      if (p.opening.by.includes(name)) roles[name] = opener;
      if (!isToName(p, name)) continue;
      const text = given[name]?.trim() ?? '';
      const account = parseAddress(text);
      if (account === undefined)
        return refuse(agreementFault('agreements.party', { text: text.slice(0, 60), role: label[locale] }));
      roles[name] = account;
    }
    return ok(roles);
  }

  async #open(id: Address): Promise<Result<Opened>> {
    const { known } = this.#parts.chain;
    const contract = await known.read(ContractState, contractKey(id));
    if (!contract.ok) return contract;
    if (contract.value === undefined) {
      const end = await known.read(ContractEndState, contractEndKey(id));
      if (!end.ok) return end;
      return refuse(agreementFault(end.value === undefined ? 'agreements.unknown' : 'agreements.pruned'));
    }
    const { value, height } = contract.value;
    const paradigm = await this.#paradigm(known, value.paradigm);
    if (!paradigm.ok) return paradigm;
    const instance = parseInstance(value.instance);
    return instance.ok ? ok({ id, p: paradigm.value, instance: instance.value, height }) : instance;
  }

  #card(opened: Opened, actor: Address, locale: Locale, mine: boolean): AgreementCard {
    const { id, p, instance } = opened;
    const state = p.states[instance.state];
    return {
      id: addressToText(id),
      title: p.document.title[locale],
      about: aboutOf(p, instance),
      state: state?.label[locale] ?? instance.state,
      ...(state?.final === undefined ? {} : { ended: state.final }),
      mine,
      heldMicro: instance.heldMicro,
      openedS: Number(instance.openedS),
      ...(instance.deadlineS === undefined ? {} : { deadlineS: Number(instance.deadlineS) }),
      yourTurn: stepsOf(opened, actor).length > 0,
    };
  }

  #view(opened: Opened, actor: Address, locale: Locale): AgreementView {
    const { p, instance, height } = opened;
    const { parties } = this.#parts;
    const label = (state: string) => p.states[state]?.label[locale] ?? state;
    const role = (name: string) => p.roles[name]?.label[locale] ?? name;
    const mine = new Set(rolesOf(instance, actor));
    const idle = ifNobodyActs(p, instance);
    return {
      ...this.#card(opened, actor, locale, mine.size > 0),
      paradigmId: bytesToHex(p.id),
      stateExplain: p.states[instance.state]?.explain[locale] ?? '',
      parties: Object.keys(p.roles).flatMap((name) => {
        const account = instance.roles[name];
        return account === undefined
          ? []
          : [{ role: role(name), party: parties.ofBytes(account), mine: mine.has(name) }];
      }),
      crowds: Object.entries(instance.crowds ?? {}).map(([name, members]) => ({
        role: role(name),
        membersMax: p.roles[name]?.membersMax ?? members.length,
        members: members.map(({ account }) => parties.ofBytes(account)),
      })),
      values: valueLines(p, instance, parties, locale),
      options: stepsOf(opened, actor).map((event) => ({
        ...optionView(event, label, locale),
        ...this.#outlook(opened, event, actor),
        fields: this.#fields(opened, event, actor, locale),
      })),
      hasBranches: Object.keys(instance.branches ?? {}).length > 0,
      ...(idle === undefined
        ? {}
        : {
            silence: {
              label: idle.label[locale],
              explain: idle.explain[locale],
              to: label(idle.to),
              pays: sumsOf(idle.pays).map(([name, amountMicro]) => ({ who: role(name), amountMicro })),
            },
          }),
      steps: this.#steps(opened, label, locale),
      diagram: paradigmDiagram(p, locale, { currentState: instance.state }),
      verifiedHeight: Number(height),
    };
  }

  /** What a person fills in. Of a seal it is the value, of a salt nothing; what was sealed here is filled in again. */
  #fields({ id, p }: Opened, event: LegalEvent, actor: Address, locale: Locale): AgreementOption['fields'] {
    const opens = Object.values(event.args).some(({ type }) => type === 'salt');
    const known = opens ? this.#parts.sealed.recall(id, actor) : undefined;
    return Object.entries(event.args).flatMap(([name, field]) => {
      if (field.type === 'salt') return [];
      const value = field.type === 'seal' ? sealedField(p) : undefined;
      if (value !== undefined)
        return [{ ...fieldView(name, value, false, locale), label: field.label[locale] }];
      const view = fieldView(name, field, false, locale);
      const isNumber = field.type === 'amount' || field.type === 'int';
      return [isNumber && known !== undefined ? { ...view, default: Number(known) } : view];
    });
  }

  /** What happened, from the index of blocks. */
  #steps({ id, p }: Opened, label: (state: string) => string, locale: Locale): AgreementView['steps'] {
    return this.#parts.index.steps(addressToText(id)).flatMap((row) => {
      const [state = '', event] = (row.detail ?? '').split(' ');
      const step = p.document.transitions.find((known) => known.event === event && known.to === state);
      const stays = row.code === 'problem' && step?.from.includes(state) === true;
      const text =
        row.code === 'funded'
          ? p.opening.label[locale]
          : step === undefined
            ? label(state)
            : stays
              ? step.label[locale]
              : `${step.label[locale]} → ${label(state)}`;
      if (text === '') return [];
      const by = row.signer === null ? {} : { by: this.#parts.parties.party(row.signer) };
      return [{ label: text, timeS: row.time_s, height: row.height, ...by }];
    });
  }
}

/** One line for each role, however many payments it gets. */
function sumsOf(
  pays: readonly { readonly role: string; readonly amountMicro: bigint }[],
): [string, bigint][] {
  const sums = new Map<string, bigint>();
  for (const { role, amountMicro } of pays) sums.set(role, (sums.get(role) ?? 0n) + amountMicro);
  return [...sums];
}

/** What tells two agreements of one kind apart: the first text that was filled in. An order of a product goes by its title. */
function aboutOf(p: Paradigm, { params }: Instance): string {
  for (const [name, { type }] of Object.entries(p.params)) {
    const value = params[name];
    if (type === 'text' && typeof value === 'string' && value.trim() !== '')
      return (parseOrderName(value)?.title ?? value).trim().slice(0, 120);
  }
  return '';
}

/** The number that a paradigm's seals hide: the one that is shown together with a salt. */
function sealedField(p: Paradigm): Field | undefined {
  for (const steps of p.steps.values()) {
    for (const { args } of steps.values()) {
      const fields = Object.values(args);
      if (!fields.some(({ type }) => type === 'salt')) continue;
      const number = fields.find(({ type }) => type === 'amount' || type === 'int');
      if (number !== undefined) return number;
    }
  }
  return undefined;
}

/** Steps that the account can send now: in its roles and crowds, and those with which it could join. */
function stepsOf({ p, instance }: Opened, actor: Address): readonly LegalEvent[] {
  const steps = new Map<string, LegalEvent>();
  for (const role of rolesOf(instance, actor))
    for (const event of legalEvents(p, instance, role)) steps.set(event.event, event);
  for (const event of joinableEvents(p, instance, actor)) steps.set(event.event, event);
  return [...steps.values()];
}

function optionView(
  event: LegalEvent,
  label: (state: string) => string,
  locale: Locale,
): Omit<AgreementOption, 'fields'> {
  return {
    event: event.event,
    label: event.label[locale],
    explain: event.explain[locale],
    to: label(event.to),
    ...(event.condition === undefined ? {} : { onlyIf: event.condition[locale] }),
  };
}

/** Undefined where more has to be known: seals, what machines measured, what other contracts answer. */
function outlookOf(
  { p, instance }: Opened,
  step: LegalEvent,
  caller: Address,
  args: Readonly<Record<string, WireValue>>,
  timeS: bigint,
): StepOutlook | undefined {
  if (p.document.links !== undefined) return undefined;
  const given = Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, toParadigmValue(value)]),
  );
  const outcome = applyEvent(p, instance, { event: step.event, caller, args: given, timeS });
  if (!outcome.ok) {
    return outcome.fault.code === 'paradigm.event.refused' ? { refused: true, takesMicro: 0n } : undefined;
  }
  const { effects } = outcome.value;
  const takes = effects.map((effect) => (effect.kind === 'hold' ? effect.amountMicro : 0n));
  return { refused: false, takesMicro: takes.reduce((sum, amountMicro) => sum + amountMicro, 0n) };
}
