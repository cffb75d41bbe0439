// Names of the network for this console: what one stands for, as proven; and those of its own people. A registration is
// written down before its first step, so that a console that was closed in between goes on with it.

import type { NamesView, NameView } from '../../api/index.ts';
import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { assert, bytesToHex, defineFaults, FaultError, ok, refuse, unwrap } from '../../base/index.ts';
import type { Engine, Message, NameTerms, ParamsState } from '../../chain/index.ts';
import {
  chainFault,
  DEFAULT_NAMES,
  NameCommitState,
  NameFormState,
  NameState,
  nameCommitId,
  nameCommitKey,
  nameCommitment,
  nameFlaw,
  nameFormId,
  nameFormKey,
  nameId,
  nameKey,
  normaliseName,
  PrimaryNameState,
  premiumMicro,
  primaryNameKey,
  standingOf,
  yearlyMicro,
} from '../../chain/index.ts';
import { encodeLightBlock } from '../../comet/index.ts';
import { parseId } from '../../dimp/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { addressToText, parseAddress, sameAddress } from '../../identity/index.ts';
import type { LightNode } from '../../light/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { ChainClient } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { Tasks, TaskWork } from './tasks.ts';

export const nameFault = defineFaults('name', {
  'name.not-found': {
    message: '"{name}" is not a name that stands for anybody on this network.',
    next: 'Check the spelling, or ask for the account itself.',
  },
  'name.look-alike': {
    message: '"{name}" is nobody’s name. It looks like "{other}", which is somebody’s.',
    next: 'Make sure whom you mean: look-alikes are how people are misled.',
  },
  'name.unaffordable': {
    message: 'The name costs {priceMicro} micro-DIMT with its deposit; the account has {balanceMicro}.',
    next: 'Get DIMT first, or choose a longer name or fewer years.',
  },
  'name.pending': {
    message: '"{name}" is being registered already.',
    next: 'Wait until it is done; it takes a minute at most.',
  },
});

type Row = {
  readonly account: string;
  readonly name: string;
  readonly salt: Uint8Array;
  readonly years: number;
};

export type NamesParts = {
  readonly chain: ChainClient;
  readonly engine: Engine;
  readonly light: LightNode;
  readonly identities: Identities;
  readonly tasks: Tasks;
  readonly bus: EventBus;
  readonly database: Sqlite;
  readonly clock: Clock;
  readonly random: Random;
};

/** A line of the chain with what proves it, for others to check. */
export type ProvenName = {
  readonly view: NameView;
  readonly proof: {
    readonly chainId: string;
    readonly height: string;
    readonly entries: readonly {
      readonly key: string;
      readonly value: string | null;
      readonly proof: string;
    }[];
    readonly lightBlock: string;
  };
};

/** How often to look whether a commitment has waited long enough. */
const LOOK_MS = 500;

export class Names {
  readonly #parts: NamesParts;
  readonly #running = new Set<string>();

  constructor(parts: NamesParts) {
    this.#parts = parts;
  }

  /** What a text stands for, as the chain proves it now. */
  async resolve(text: string): Promise<Result<NameView>> {
    const { chain } = this.#parts;
    const name = normaliseName(text);
    const params = await chain.params();
    if (!params.ok) return params;
    const flaw = nameFlaw(name);
    const own = await this.#recordOf(name);
    if (!own.ok) return own;
    const verifiedHeight = own.value?.height ?? this.#provenHeight();
    const terms = termsOf(params.value);
    const record = own.value?.state ?? undefined;
    const holder = record === undefined && flaw === undefined ? await this.#holder(name) : ok(undefined);
    if (!holder.ok) return holder;
    const timeS = this.#nowS();
    const standing = record === undefined ? (flaw ?? 'free') : standingOf(record, terms, timeS);
    const other = holder.value;
    const otherStanding = other === undefined ? undefined : standingOf(other, terms, timeS);
    const primary = record === undefined ? ok(undefined) : await this.#goesBy(record);
    if (!primary.ok) return primary;
    const previous = record ?? other;
    return ok({
      name: name.slice(0, 64),
      status: standing,
      ...(record === undefined ? {} : detailsOf(record, standing)),
      isPrimary: primary.value === true && standing === 'active',
      ...(other === undefined || otherStanding === 'released'
        ? {}
        : {
            lookAlike: {
              name: other.name,
              ...(otherStanding === 'active' ? { account: addressToText(other.target) } : {}),
            },
          }),
      yearlyMicro: yearlyMicro(name, terms),
      premiumMicro: premiumMicro(previous, terms, timeS),
      verifiedHeight,
    });
  }

  /** The account behind a name or behind the text of an account itself. */
  async accountOf(text: string): Promise<Result<string>> {
    const address = parseAddress(text.trim());
    if (address !== undefined) return ok(addressToText(address));
    const found = await this.resolve(text);
    if (!found.ok) return found;
    const { name, account, lookAlike } = found.value;
    if (account !== undefined) return ok(account);
    if (lookAlike !== undefined) return refuse(nameFault('name.look-alike', { name, other: lookAlike.name }));
    return refuse(nameFault('name.not-found', { name }));
  }

  /** The name an account goes by, where that name stands for it in turn; empty where by none. */
  async nameOf(address: Bytes): Promise<Result<string>> {
    const { known } = this.#parts.chain;
    const primary = await known.read(PrimaryNameState, primaryNameKey(address));
    if (!primary.ok) return primary;
    if (primary.value === undefined) return ok('');
    const { name } = primary.value.value;
    const record = await known.read(NameState, nameKey(nameId(name)));
    if (!record.ok) return record;
    const params = await known.params();
    if (!params.ok) return params;
    const state = record.value?.value;
    const agrees =
      state !== undefined &&
      sameAddress(state.target, address) &&
      standingOf(state, termsOf(params.value), this.#nowS()) === 'active';
    return ok(agrees ? name : '');
  }

  /** Whom a text means in the messenger: an ID or an account as it is, or whom a name stands for, who is called by it. */
  async contactOf(text: string): Promise<Result<{ readonly id: string; readonly name: string }>> {
    const id = parseId(text);
    const isId = id.ok && id.value.address.kind !== 'unknown';
    if (isId || nameFlaw(normaliseName(text)) === 'form') return ok({ id: text, name: '' });
    const account = await this.accountOf(text);
    return account.ok ? ok({ id: account.value, name: normaliseName(text) }) : account;
  }

  async view(actor: string): Promise<Result<NamesView>> {
    const { chain, identities, database } = this.#parts;
    const { address } = identities.keyPair(actor);
    const params = await chain.known.params();
    if (!params.ok) return params;
    const account = await chain.known.account(address);
    if (!account.ok) return account;
    const listed = await chain.known.list('names-of', address);
    if (!listed.ok) return listed;
    const names: NameView[] = [];
    for (const id of listed.value) {
      const view = await this.resolve(new TextDecoder().decode(id));
      if (!view.ok) return view;
      names.push(view.value);
    }
    const primary = await this.nameOf(address);
    if (!primary.ok) return primary;
    const pending = database
      .prepare('SELECT name, years FROM name_registrations WHERE account = ?')
      .all(actor) as { name: string; years: number }[];
    const terms = termsOf(params.value);
    const { shortMicro, fourMicro, longMicro, depositMicro } = terms;
    return ok({
      names: names.sort((a, b) => (a.expiresS ?? 0) - (b.expiresS ?? 0)),
      primary: primary.value,
      pending,
      balanceMicro: account.value.value.balances.DIMT,
      prices: { shortMicro, fourMicro, longMicro },
      depositMicro,
      graceDays: Math.round(terms.graceS / 86_400),
      transferDays: Math.round(terms.transferS / 86_400),
    });
  }

  /** Begins a registration, or goes on with one; the task ends when the name is the account's. */
  async register(actor: string, text: string, years: number, sponsor?: KeyPair): Promise<Result<string>> {
    const { database, identities, random, chain } = this.#parts;
    const { address } = identities.keyPair(actor);
    const name = normaliseName(text);
    if (this.#running.has(`${actor}/${name}`)) return refuse(nameFault('name.pending', { name }));
    const known = this.#row(actor, name);
    if (known !== undefined) return ok(this.#start(known, sponsor));
    const view = await this.resolve(name);
    if (!view.ok) return view;
    const refused = refusalOf(view.value);
    if (refused !== undefined) return refuse(refused);
    const account = await chain.account(address);
    if (!account.ok) return account;
    const params = await chain.params();
    if (!params.ok) return params;
    const { depositMicro } = termsOf(params.value);
    const priceMicro = view.value.yearlyMicro * BigInt(years) + view.value.premiumMicro;
    const neededMicro = priceMicro > depositMicro ? priceMicro : depositMicro;
    const balanceMicro = account.value.value.balances.DIMT;
    if (balanceMicro < neededMicro) {
      const data = { priceMicro: neededMicro.toString(), balanceMicro: balanceMicro.toString() };
      return refuse(nameFault('name.unaffordable', data));
    }
    const row: Row = { account: actor, name, salt: random.bytes(32), years };
    database
      .prepare('INSERT INTO name_registrations (account, name, salt, years) VALUES (?, ?, ?, ?)')
      .run(row.account, row.name, row.salt, row.years);
    return ok(this.#start(row, sponsor));
  }

  /** Goes on with what was begun before the console was closed. */
  resume(): void {
    const own = new Set(this.#parts.identities.people().map(({ address }) => address));
    const rows = this.#parts.database.prepare('SELECT * FROM name_registrations').all() as Row[];
    for (const row of rows) if (own.has(row.account)) this.#start(row, undefined);
  }

  renew(actor: string, name: string, years: number): Promise<Result<string>> {
    return this.#send(actor, { type: 'name.renew', name: normaliseName(name), years });
  }

  goBy(actor: string, name: string): Promise<Result<string>> {
    return this.#send(actor, { type: 'name.primary', name: normaliseName(name) });
  }

  /** To the owner itself, it takes a transfer back. */
  transfer(actor: string, name: string, to: string): Promise<Result<string>> {
    return this.#toAccount(actor, to, (account) => ({ type: 'name.transfer', name, to: account }));
  }

  /** Which account the name stands for: one's own, or that of a machine. */
  point(actor: string, name: string, to: string): Promise<Result<string>> {
    return this.#toAccount(actor, to, (target) => ({ type: 'name.point', name, target }));
  }

  /** What a name stands for, with everything that others need to check it without believing this console. */
  async proven(text: string): Promise<Result<ProvenName>> {
    const view = await this.resolve(text);
    if (!view.ok) return view;
    const { engine, light } = this.#parts;
    const height = engine.status().height - 1n;
    const { name } = view.value;
    const entries: { key: string; value: string | null; proof: string }[] = [];
    for (const key of [nameKey(nameId(name)), nameFormKey(nameFormId(name))]) {
      const state = await engine.query(key, height);
      if (!state.ok) return state;
      const verified = await light.verifyState(state.value);
      if (!verified.ok) return verified;
      const { value, proof } = state.value;
      entries.push({
        key: bytesToHex(key),
        value: value === undefined ? null : bytesToHex(value),
        proof: bytesToHex(proof),
      });
    }
    const block = light.stored(height + 1n) ?? unwrap(await engine.lightBlock(height + 1n));
    const lightBlock = bytesToHex(encodeLightBlock(block));
    const proof = { chainId: engine.status().chainId, height: height.toString(), entries, lightBlock };
    return ok({ view: view.value, proof });
  }

  #nowS = () => BigInt(Math.floor(this.#parts.clock.nowMs() / 1000));
  #provenHeight = () => Math.max(0, Number(this.#parts.engine.status().height - 1n));

  async #recordOf(name: string) {
    const read = await this.#parts.chain.read(NameState, nameKey(nameId(name)));
    if (!read.ok) return read;
    return ok(
      read.value === undefined ? undefined : { state: read.value.value, height: Number(read.value.height) },
    );
  }

  /** Which name has the place of all that look like this one. */
  async #holder(name: string): Promise<Result<NameState | undefined>> {
    const form = await this.#parts.chain.read(NameFormState, nameFormKey(nameFormId(name)));
    if (!form.ok) return form;
    if (form.value === undefined) return ok(undefined);
    const record = await this.#recordOf(form.value.value.name);
    return record.ok ? ok(record.value?.state) : record;
  }

  async #goesBy({ name, target }: NameState): Promise<Result<boolean>> {
    const primary = await this.#parts.chain.read(PrimaryNameState, primaryNameKey(target));
    return primary.ok ? ok(primary.value?.value.name === name) : primary;
  }

  async #toAccount(actor: string, to: string, message: (account: Bytes) => Message): Promise<Result<string>> {
    const account = await this.accountOf(to);
    if (!account.ok) return account;
    const address = parseAddress(account.value);
    assert(address !== undefined, 'a resolved account is one');
    return this.#send(actor, message(address));
  }

  async #send(actor: string, message: Message): Promise<Result<string>> {
    const { chain, identities } = this.#parts;
    const sent = await chain.submit(identities.keyPair(actor), message);
    return sent.ok ? ok(bytesToHex(sent.value.hash)) : sent;
  }

  #row(account: string, name: string): Row | undefined {
    return this.#parts.database
      .prepare('SELECT * FROM name_registrations WHERE account = ? AND name = ?')
      .get(account, name) as Row | undefined;
  }

  #start(row: Row, sponsor: KeyPair | undefined): string {
    const key = `${row.account}/${row.name}`;
    this.#running.add(key);
    const work: TaskWork = async (signal, report) => {
      try {
        const done = await this.#carryOut(row, sponsor, signal, report);
        // What the chain refused is over; what could not be asked is gone on with at the next start.
        if (done.ok || done.fault.code.startsWith('chain.')) this.#forget(row);
        return done.ok ? ok({ resultId: row.name }) : done;
      } finally {
        this.#running.delete(key);
        this.#parts.bus.changed('accounts');
      }
    };
    return this.#parts.tasks.start('name', row.name, work, false);
  }

  #forget(row: Row): void {
    this.#parts.database
      .prepare('DELETE FROM name_registrations WHERE account = ? AND name = ?')
      .run(row.account, row.name);
  }

  /** Looks before each step what is there already, so that it can begin anywhere. */
  async #carryOut(
    row: Row,
    sponsor: KeyPair | undefined,
    signal: AbortSignal,
    report: (phase: string, progress: number | null) => void,
  ): Promise<Result<void>> {
    const { chain, identities } = this.#parts;
    const key = identities.keyPair(row.account);
    const commitment = nameCommitment(
      chain.status().chainId,
      row.name,
      key.address,
      new Uint8Array(row.salt),
    );
    const commitKey = nameCommitKey(nameCommitId(commitment, key.address));
    const had = await this.#recordOf(row.name);
    if (!had.ok) return had;
    if (had.value === undefined || !sameAddress(had.value.state.owner, key.address)) {
      report('committing', null);
      const known = await chain.read(NameCommitState, commitKey);
      if (!known.ok) return known;
      if (known.value === undefined) {
        const sent = await chain.submit(key, { type: 'name.commit', commitment }, sponsor);
        if (!sent.ok) return sent;
      }
      const waited = await this.#wait(commitKey, signal, report);
      if (!waited.ok) return waited;
      report('revealing', null);
      const { name, years } = row;
      const salt = new Uint8Array(row.salt);
      const registered = await chain.submit(key, { type: 'name.register', name, salt, years }, sponsor);
      if (!registered.ok) return registered;
    }
    const primary = await this.nameOf(key.address);
    if (!primary.ok || primary.value !== '') return ok(undefined);
    const chosen = await chain.submit(key, { type: 'name.primary', name: row.name }, sponsor);
    return chosen.ok ? ok(undefined) : chosen;
  }

  /** Until the next block may hold the reveal. */
  async #wait(
    commitKey: Bytes,
    signal: AbortSignal,
    report: (phase: string, progress: number | null) => void,
  ): Promise<Result<void>> {
    const { chain, clock } = this.#parts;
    const params = await chain.params();
    if (!params.ok) return params;
    const { waitS, waitBlocks } = termsOf(params.value);
    const commit = await chain.read(NameCommitState, commitKey);
    if (!commit.ok) return commit;
    assert(commit.value !== undefined, 'a commitment that was sent is there');
    const { timeS, height } = commit.value.value;
    const readyS = timeS + BigInt(waitS);
    for (;;) {
      if (signal.aborted) throw signal.reason instanceof FaultError ? signal.reason : new Error('stopped');
      const status = chain.status();
      // A network of one makes its next block when it is asked, with the time of then.
      const nextS = status.engine === 'solo' ? this.#nowS() : status.time.seconds;
      if (nextS >= readyS && status.height + 1n >= height + BigInt(waitBlocks)) return ok(undefined);
      const left = Number(readyS - nextS) / waitS;
      report('committed', Math.min(1, Math.max(0, 1 - left)));
      await clock.sleep(LOOK_MS, signal);
    }
  }
}

const termsOf = (params: ParamsState): NameTerms => params.names ?? DEFAULT_NAMES;

function detailsOf(record: NameState, standing: string): Partial<NameView> {
  const { owner, target, expiresS, contest, transfer } = record;
  return {
    owner: addressToText(owner),
    expiresS: Number(expiresS),
    ...(standing === 'active' ? { account: addressToText(target) } : {}),
    ...(contest === undefined ? {} : { unsettledUntilS: Number(contest.untilS) }),
    ...(transfer === undefined
      ? {}
      : { transfer: { to: addressToText(transfer.to), timeS: Number(transfer.timeS) } }),
  };
}

/** Why a name cannot be had, known before anything is paid. */
function refusalOf({ name, status, owner, lookAlike }: NameView) {
  if (status === 'form' || status === 'reserved') return chainFault(`chain.name.${status}`, { name });
  if (status === 'active' || status === 'grace')
    return chainFault('chain.name.taken', { name, owner: owner ?? '' });
  if (lookAlike !== undefined) return chainFault('chain.name.look-alike', { name, other: lookAlike.name });
  return undefined;
}
