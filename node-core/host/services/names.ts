// Names of the network for this console: what one stands for, as proven; and those of its own people. A registration is
// written down before its first step, so that a console that was closed in between goes on with it.

import type { NamesView, NameView } from '../../api/index.ts';
import type { Bytes, Random, Result } from '../../base/index.ts';
import { assert, bytesToHex, FaultError, ok, refuse } from '../../base/index.ts';
import type { Message } from '../../chain/index.ts';
import {
  chainFault,
  NameCommitState,
  nameCommitId,
  nameCommitKey,
  nameCommitment,
  nameFlaw,
  normaliseName,
} from '../../chain/index.ts';
import { parseId } from '../../dimp/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { parseAddress, sameAddress } from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { ResolverParts } from './name-resolver.ts';
import { NameResolver, nameFault, termsOf } from './name-resolver.ts';
import type { Tasks, TaskWork } from './tasks.ts';

type Row = {
  readonly account: string;
  readonly name: string;
  readonly salt: Uint8Array;
  readonly years: number;
};

export type NamesParts = ResolverParts & {
  readonly identities: Identities;
  readonly tasks: Tasks;
  readonly bus: EventBus;
  readonly database: Sqlite;
  readonly random: Random;
};

/** How often to look whether a commitment has waited long enough. */
const LOOK_MS = 500;

export class Names extends NameResolver {
  readonly #parts: NamesParts;
  readonly #running = new Set<string>();

  constructor(parts: NamesParts) {
    super(parts);
    this.#parts = parts;
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
    const had = await this.recordOf(row.name);
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
      const nextS = status.engine === 'solo' ? this.nowS() : status.time.seconds;
      if (nextS >= readyS && status.height + 1n >= height + BigInt(waitBlocks)) return ok(undefined);
      const left = Number(readyS - nextS) / waitS;
      report('committed', Math.min(1, Math.max(0, 1 - left)));
      await clock.sleep(LOOK_MS, signal);
    }
  }
}

/** Why a name cannot be had, known before anything is paid. */
function refusalOf({ name, status, owner, lookAlike }: NameView) {
  if (status === 'form' || status === 'reserved') return chainFault(`chain.name.${status}`, { name });
  if (status === 'active' || status === 'grace')
    return chainFault('chain.name.taken', { name, owner: owner ?? '' });
  if (lookAlike !== undefined) return chainFault('chain.name.look-alike', { name, other: lookAlike.name });
  return undefined;
}
