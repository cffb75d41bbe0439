// The machines of this console answer messages: each under its own key and account, to those whom its owner lets, and
// never more than the owner allows. What changes a print counts once, while it is not out of date, for the print that it
// names; it is kept here and in the print's signed record. Nothing that begins a print can be asked.

import type { MachineActView, MachineTalkView } from '../../api/index.ts';
import type { Clock, Fault, Log, Result } from '../../base/index.ts';
import { base64, bytesToHex, ok, refuse } from '../../base/index.ts';
import type {
  JsonObject,
  MachineAnswer,
  MachineAsk,
  MachineStatus,
  OpenedMessage,
} from '../../dimp/index.ts';
import {
  contentFields,
  isMachineTalk,
  MACHINE_PROPERTY,
  machineProperty,
  machineTalkFields,
  readMachineTalk,
} from '../../dimp/index.ts';
import { parseAddress } from '../../identity/index.ts';
import type { Job, MachineRight } from '../../jobs/index.ts';
import { jobHash, judgeAsk, MACHINE_RIGHTS, runningJob, talkFault } from '../../jobs/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Residents } from '../dimp/correspondents.ts';
import type { Messenger } from '../dimp/messenger.ts';
import type { Cameras } from './cameras.ts';
import type { EventBus } from './event-bus.ts';
import type { Identities } from './identities.ts';
import type { JobStore } from './job-store.ts';
import { askedInWords, doneInWords, helpInWords, statusInWords, type TalkLanguage } from './machine-words.ts';
import type { Machines } from './machines.ts';
import type { Parties } from './parties.ts';
import type { Shop } from './shop.ts';

export type MachineTalkParts = {
  readonly database: Sqlite;
  readonly machines: Machines;
  readonly shop: Shop;
  readonly store: JobStore;
  readonly cameras: Pick<Cameras, 'recent' | 'turning'>;
  readonly parties: Parties;
  readonly identities: Pick<Identities, 'holds'>;
  readonly messenger: Messenger;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
};

/** A picture that does not fit into a message is not sent. */
const PICTURE_BYTES_MAX = 400 * 1024;
/** Questions of one sender to one machine: so many at once, and then so many a second; more are dropped. */
const ASKS_MAX = 20;
const ASKS_PER_S = 2;
/** Who may nothing is told so now and then; so is who writes what the machine does not understand. */
const REFUSAL_INTERVAL_MS = 60_000;
const SENDERS_MAX = 1_000;
/** Kept of each machine; far more than can be asked while a question counts. */
const LOG_MAX = 5_000;
const LOG_SHOWN = 20;
const PEOPLE_MAX = 100;

type LogRow = {
  readonly sender: string;
  readonly act: string;
  readonly at_ms: number;
  readonly outcome: string;
};

export class MachineTalk implements Residents {
  readonly #parts: MachineTalkParts;
  readonly #turns = new Map<string, Promise<void>>();
  /** What a sender may still ask, as of then, and when they were last refused. */
  readonly #heard = new Map<string, { asks: number; atMs: number; refusedMs: number }>();

  constructor(parts: MachineTalkParts) {
    this.#parts = parts;
  }

  list() {
    const { machines, shop } = this.#parts;
    return machines.rows().flatMap(({ address, owner }) => {
      const isOurs = machines.row(address).ok && shop.talk(address).enabled;
      return isOurs ? [{ id: address, owner }] : [];
    });
  }

  keyPair(id: string) {
    return this.#parts.machines.keyPair(id);
  }

  async properties(id: string): Promise<JsonObject> {
    const { machines } = this.#parts;
    const profile = await machines.profile(id);
    const process = profile.ok ? profile.value.process : 'unknown';
    return { name: await machines.nameOf(id), ...machineProperty(process) };
  }

  /** For the owner's page. */
  view(id: string): Result<MachineTalkView> {
    const { machines, shop, database, parties } = this.#parts;
    const own = machines.row(id);
    if (!own.ok) return own;
    const { enabled, people } = shop.talk(id);
    const rows = database
      .prepare<[string, number], LogRow>(
        'SELECT sender, act, at_ms, outcome FROM machine_commands WHERE machine = ? ORDER BY at_ms DESC LIMIT ?',
      )
      .all(id, LOG_SHOWN);
    return ok({
      enabled,
      people: Object.entries(people).map(([account, rights]) => ({
        account: parties.party(account),
        rights: [...rights],
      })),
      log: rows.map(({ sender, act, at_ms: atMs, outcome }) => ({
        account: parties.party(sender),
        act,
        atMs,
        ...(outcome === '' ? {} : { refused: outcome }),
      })),
    });
  }

  async save(
    id: string,
    change: {
      readonly enabled?: boolean | undefined;
      readonly person?: { readonly account: string; readonly rights: readonly MachineActView[] } | undefined;
    },
  ): Promise<Result<void>> {
    const { machines, shop, messenger } = this.#parts;
    const own = machines.row(id);
    if (!own.ok) return own;
    const talk = shop.talk(id);
    const { [change.person?.account ?? '']: _, ...others } = talk.people;
    const { account, rights } = change.person ?? { account: '', rights: [] };
    const people =
      change.person === undefined
        ? talk.people
        : rights.length === 0
          ? others
          : { ...others, [account]: MACHINE_RIGHTS.filter((right) => rights.includes(right)) };
    if (Object.keys(people).length > PEOPLE_MAX) return refuse(talkFault('talk.busy'));
    shop.saveTalk(id, { enabled: change.enabled ?? talk.enabled, people });
    if (shop.talk(id).enabled) await messenger.admitNow();
    return ok(undefined);
  }

  /** Something that was said to a machine of this console. One thing after the other, whoever says it. */
  hear(machine: string, opened: OpenedMessage): void {
    const before = this.#turns.get(machine) ?? Promise.resolve();
    const mine = before
      .then(() => this.#hear(machine, opened))
      .catch((error: unknown) => this.#parts.log('error', 'talk.failed', { machine, error }));
    this.#turns.set(machine, mine);
  }

  async #hear(machine: string, { message, content, protection }: OpenedMessage): Promise<void> {
    const { machines, shop } = this.#parts;
    const sender = message.sender.bare;
    if (!machines.row(machine).ok || !shop.talk(machine).enabled || this.#isTooMuch(machine, sender)) return;
    if (isMachineTalk(content.json)) {
      const asked = readMachineTalk(content.json);
      // What its sender did not sign as meant for this machine may have been meant for another one.
      if (asked?.mod === 'ask' && protection === 'bound') await this.#answer(machine, sender, asked);
      return;
    }
    const text = contentFields(content, 'text')?.text;
    if (text !== undefined) this.#answerInWords(machine, sender, text.slice(0, 200));
  }

  /** Nobody keeps a machine busy, and machines do not talk to each other for ever. */
  #isTooMuch(machine: string, sender: string): boolean {
    const key = `${machine} ${sender}`;
    const nowMs = this.#parts.clock.monotonicMs();
    const never = Number.NEGATIVE_INFINITY;
    const known = this.#heard.get(key) ?? { asks: ASKS_MAX, atMs: nowMs, refusedMs: never };
    const asks = Math.min(ASKS_MAX, known.asks + ((nowMs - known.atMs) / 1000) * ASKS_PER_S);
    const [oldest] = this.#heard.keys();
    if (!this.#heard.delete(key) && this.#heard.size >= SENDERS_MAX && oldest !== undefined)
      this.#heard.delete(oldest);
    this.#heard.set(key, { ...known, atMs: nowMs, asks: Math.max(0, asks - 1) });
    return asks < 1;
  }

  #mayRefuse(machine: string, sender: string): boolean {
    const known = this.#heard.get(`${machine} ${sender}`);
    const nowMs = this.#parts.clock.monotonicMs();
    if (known === undefined || nowMs - known.refusedMs < REFUSAL_INTERVAL_MS) return false;
    known.refusedMs = nowMs;
    return true;
  }

  #rightsOf(machine: string, sender: string): readonly MachineRight[] {
    const { machines, shop } = this.#parts;
    const row = machines.row(machine);
    if (!row.ok) return [];
    return row.value.owner === sender ? MACHINE_RIGHTS : (shop.talk(machine).people[sender] ?? []);
  }

  #answerInWords(machine: string, sender: string, text: string): void {
    const { messenger } = this.#parts;
    const asked = askedInWords(text);
    const isAllowed = this.#rightsOf(machine, sender).includes('status');
    const say = (words: string) => messenger.answerInWords(machine, sender, words);
    if (isAllowed && asked?.act === 'status')
      void this.#name(machine).then((name) =>
        say(statusInWords(name, this.#status(machine), asked.language)),
      );
    else if (isAllowed && asked?.act === 'help') say(helpInWords(asked.language));
    else if (this.#maySayNo(machine, sender)) {
      const { message, next } = talkFault('talk.right');
      const language: TalkLanguage = /\p{Script=Han}/u.test(text) ? 'zh' : 'en';
      say(isAllowed ? helpInWords(language) : `${message} ${next}`);
    }
  }

  /** To another machine never: the two would go on for ever. */
  #maySayNo(machine: string, sender: string): boolean {
    const isMachine = this.#parts.messenger.saidOf(sender, MACHINE_PROPERTY) !== undefined;
    return !isMachine && this.#mayRefuse(machine, sender);
  }

  async #answer(machine: string, sender: string, ask: MachineAsk): Promise<void> {
    const rights = this.#rightsOf(machine, sender);
    if (rights.length === 0 && !this.#mayRefuse(machine, sender)) return;
    const done = await this.#do(machine, sender, ask, rights);
    const mayStatus = rights.includes('status');
    const name = rights.length === 0 ? '' : await this.#name(machine);
    const said = done.ok
      ? {
          ok: true,
          text: ask.act === 'status' ? statusInWords(name, this.#status(machine), 'en') : done.value.text,
        }
      : { ok: false, ...refusalOf(done.fault) };
    const answer: Omit<MachineAnswer, 'mod'> = {
      act: ask.act,
      nonce: ask.nonce,
      ...said,
      name,
      may: [...rights],
      ...(mayStatus ? { status: this.#status(machine) } : {}),
      ...(done.ok && done.value.picture !== undefined ? { picture: done.value.picture } : {}),
    };
    await this.#parts.messenger.sayNow(machine, sender, machineTalkFields(answer));
  }

  async #do(
    machine: string,
    sender: string,
    ask: MachineAsk,
    rights: readonly MachineRight[],
  ): Promise<Result<{ readonly text: string; readonly picture?: MachineAnswer['picture'] }>> {
    const { store, clock, machines, bus } = this.#parts;
    const job = runningJob(store.state, machine);
    const expiresMs = ask.expires * 1000;
    const now = {
      nowMs: clock.nowMs(),
      rights,
      job: job === undefined ? undefined : { hash: hashOf(job), paused: job.phase === 'paused' },
    };
    const judged = judgeAsk({ act: ask.act, expiresMs, job: ask.job }, now);
    if (judged.ok && judged.value === 'status') return ok({ text: '' });
    if (judged.ok && judged.value === 'picture') return this.#picture(machine);
    // Who may nothing does not fill the owner's log.
    if (rights.length === 0) return judged.ok ? refuse(talkFault('talk.right')) : judged;
    const counted = this.#keep(machine, sender, ask, judged.ok ? '' : judged.fault.code);
    if (!counted.ok) return counted;
    if (!judged.ok) return judged;
    const act = judged.value as 'pause' | 'resume' | 'cancel';
    const by = parseAddress(sender);
    const { handle } = machines.live(machine);
    if (job !== undefined && by !== undefined) await handle?.noteCommand({ jobId: job.id, act, by });
    const done = await machines.command(machine, act, expiresMs);
    if (!done.ok) this.#amend(machine, sender, ask.nonce, done.fault.code);
    bus.changed('machines', machine);
    return done.ok ? ok({ text: doneInWords(act) }) : done;
  }

  async #picture(machine: string) {
    const { cameras } = this.#parts;
    const jpeg = await cameras.recent(machine);
    if (jpeg === undefined || jpeg.length > PICTURE_BYTES_MAX) return refuse(talkFault('talk.no-picture'));
    const picture = { data: base64.encode(jpeg), ...cameras.turning(machine) };
    return ok({ text: doneInWords('picture'), picture });
  }

  #status(machine: string): MachineStatus {
    const { machines, store } = this.#parts;
    const job = runningJob(store.state, machine);
    const { state, fault, temperatures, progress } = machines.live(machine).view(job?.secondsEstimated);
    const lines = progress?.linesTotal ?? 0;
    const { nozzleC, nozzleTargetC, bedC, bedTargetC } = temperatures;
    return {
      state,
      ...(fault === undefined ? {} : { fault: fault.code.slice(0, 100) }),
      nozzle: finite(nozzleC),
      nozzleTarget: finite(nozzleTargetC),
      bed: finite(bedC),
      bedTarget: finite(bedTargetC),
      ...(job === undefined
        ? {}
        : {
            job: {
              job: hashOf(job),
              copy: job.copy,
              copies: job.copies,
              layer: progress?.layer ?? 0,
              layers: progress?.layersTotal ?? 0,
              share: lines === 0 ? 0 : Math.min(1, (progress?.linesAcknowledged ?? 0) / lines),
              leftS: progress?.leftMs == null ? null : Math.max(0, Math.round(progress.leftMs / 1000)),
            },
          }),
    };
  }

  #name(machine: string): Promise<string> {
    return this.#parts.machines.nameOf(machine).then((name) => name.slice(0, 64));
  }

  /** On disk before anything is done: so it is done once at most, whatever happens in between. */
  #keep(machine: string, sender: string, ask: MachineAsk, outcome: string): Result<void> {
    const { database, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const added = database
      .prepare(
        `INSERT OR IGNORE INTO machine_commands (machine, sender, nonce, act, job, at_ms, expires_ms, outcome)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(machine, sender, ask.nonce, ask.act, ask.job ?? '', nowMs, Math.ceil(ask.expires * 1000), outcome);
    database
      .prepare(
        `DELETE FROM machine_commands WHERE machine = ? AND expires_ms < ? AND at_ms <
         (SELECT at_ms FROM machine_commands WHERE machine = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?)`,
      )
      .run(machine, nowMs, machine, LOG_MAX);
    return added.changes === 1 ? ok(undefined) : refuse(talkFault('talk.again'));
  }

  #amend(machine: string, sender: string, nonce: string, outcome: string): void {
    this.#parts.database
      .prepare('UPDATE machine_commands SET outcome = ? WHERE machine = ? AND sender = ? AND nonce = ?')
      .run(outcome, machine, sender, nonce);
  }
}

const hashOf = (job: Job) => bytesToHex(jobHash(job.id));
const finite = (celsius: number | null) =>
  celsius !== null && Number.isFinite(celsius) && celsius >= -273 && celsius <= 5000 ? celsius : null;
const refusalOf = ({ code, message, next }: Fault) => ({ code: code.slice(0, 100), text: message, next });
