// The line protocol of the Marlin family over one link: numbers, checksums, one unacknowledged line (or a small window,
// send-window.ts), resends, lost acknowledgements. It promises that lines are executed in order and at most once wherever the firmware checks numbers
// and checksums; an error that an 8-bit XOR cannot see (two flips in one bit column of a line) passes unseen.
//
// Every line sent has a number and a place in `history`. `sendNumber` is what goes out next, `topNumber` the first
// number never used; sendNumber < topNumber while lines are repeated. An `ok` acknowledges the line in flight and all
// before it: the firmware takes them in order only, so a probe behind a lost `ok` settles both.

import type { Bytes, Clock, Fault, Result } from '../base/index.ts';
import { assert, ok, refuse, utf8ToBytes } from '../base/index.ts';
import { AnswerTimes } from './answer-times.ts';
import type { Command } from './channel-command.ts';
import {
  createProbe,
  isInstant,
  mayBeLong,
  PROBE_BYTES,
  settle,
  statedNumber,
  workOf,
} from './channel-command.ts';
import { deviceFault } from './faults.ts';
import { FirstWords } from './first-words.ts';
import { JobFeed } from './job-feed.ts';
import type { PreparedJob } from './job-lines.ts';
import {
  CHECKSUM_BYTES_MAX,
  HELLO_TIMEOUT_MS,
  HISTORY_LINES,
  NUMBER_BYTES_MAX,
  OK_AFTER_RESEND_MS,
  REPLY_LINES_MAX,
} from './limits.ts';
import { ENCODED_BYTES_MAX, encodeLine } from './line-codec.ts';
import { Patience, type Work } from './patience.ts';
import type { Reply } from './replies.ts';
import { parseReply } from './replies.ts';
import { ReplyReader } from './reply-reader.ts';
import { ResendLedger } from './resend-ledger.ts';
import { SendWindow } from './send-window.ts';
import type { SerialLink } from './types.ts';

export type ChannelEvents = {
  /** A reply other than the plain `ok`. Called before its effect on the channel. */
  onReply(reply: Reply, line: string): void;
  /** A command (not a job line) went out. */
  onSent(command: string): void;
  /** Job lines are acknowledged in order, each once. */
  onJobLine(index: number): void;
  /** The feed came to an M0 or M1 and stopped behind it. */
  onJobPause(): void;
  /** Every job line is acknowledged. */
  onJobDone(): void;
  /** The channel cannot go on. Called once; all waiting commands are refused with the same fault. */
  onFault(fault: Fault): void;
};

const MASK = HISTORY_LINES - 1;
const NONE = -1;
/** Number, checksum and line feed around a command. */
const FRAME_BYTES_MAX = NUMBER_BYTES_MAX + CHECKSUM_BYTES_MAX + 1;
const LINE_FEED = Uint8Array.of(10);

export class MarlinChannel {
  private readonly link: SerialLink;
  private readonly clock: Clock;
  private readonly events: ChannelEvents;

  private readonly window = new SendWindow();
  private readonly encoded = new Uint8Array(ENCODED_BYTES_MAX);

  /** By number: index of a job line, or a command. */
  private readonly history: (number | Command)[] = new Array<number | Command>(HISTORY_LINES).fill(0);
  private firstNumber = 1;
  private sendNumber = 1;
  private topNumber = 1;
  private acknowledged = 0;
  /** Bytes of each line that is out, by number. */
  private readonly lengths = new Uint8Array(HISTORY_LINES);
  /** Highest number whose effect was reported; repeats of older lines report nothing. */
  private reported = 0;
  /** The newest line that is out; those before it up to `acknowledged` are out, too. */
  private inFlight = NONE;
  private work: Work = 'short';

  private resendFrom = NONE;
  private resendAtMs = 0;
  private readonly ledger = new ResendLedger();
  private readonly answers = new AnswerTimes();

  private readonly commands: Command[] = [];
  private feed: JobFeed | undefined;

  private pumping = false;
  private readonly patience: Patience;
  private sentMs = 0;
  private answeredMs = 0;
  /** M105 answers with its readings on the `ok` line itself, so its own `ok` can be told from a stray one. */
  private temperatureOnOk = false;
  /** Of a peer that has not answered yet. */
  private firstWords: FirstWords | undefined;
  private helloHeard: (() => void) | undefined;
  private failed: Fault | undefined;

  constructor(link: SerialLink, clock: Clock, events: ChannelEvents) {
    this.link = link;
    this.clock = clock;
    this.events = events;
    this.patience = new Patience(clock.monotonicMs());
    const reader = new ReplyReader(
      () => this.onOk(''),
      (line) => this.onLine(line),
    );
    link.onData((bytes) => {
      this.firstWords?.take(bytes);
      reader.receive(bytes);
    });
  }

  /** Lines that had to be sent again. */
  get resends(): number {
    return this.ledger.total;
  }

  /** Median time to an acknowledgement since the job began; undefined where too few lines could be timed. */
  get answerMs(): number | undefined {
    return this.answers.medianMs;
  }

  /** The machine hears emergencies past its queue: more than one line may be out where it names them, too. */
  allowWindow(): void {
    this.window.hearsEmergencies = true;
  }

  /** Says hello until the firmware answers, and agrees on line number 0. Waits longer while it reports to be busy. */
  async hello(attemptsMax: number, signal?: AbortSignal): Promise<Result<void>> {
    let heard = false;
    const words = new FirstWords();
    this.firstWords = words;
    this.helloHeard = () => {
      heard = true;
      stop.abort();
    };
    let stop = new AbortController();
    const forward = () => stop.abort();
    signal?.addEventListener('abort', forward);
    let attempts = 0;
    for (; attempts < attemptsMax && !heard && this.failed === undefined; attempts++) {
      stop = new AbortController();
      if (signal?.aborted === true) break;
      // The line feed ends whatever an earlier program left half-written.
      this.writeRaw(utf8ToBytes('\nN0 M110 N0*125\n'));
      await this.clock.sleep(HELLO_TIMEOUT_MS, stop.signal).catch(() => undefined);
    }
    // Answers to the earlier attempts may still be under way.
    if (attempts > 1 && heard) await this.clock.sleep(OK_AFTER_RESEND_MS);
    this.helloHeard = undefined;
    this.firstWords = undefined;
    signal?.removeEventListener('abort', forward);
    if (this.failed !== undefined) return refuse(this.failed);
    if (signal?.aborted === true) return refuse(deviceFault('device.aborted'));
    if (!heard) return refuse(words.fault());
    this.restartNumbers(0);
    return ok(undefined);
  }

  /** Sends one command, numbered, before any further job line. Resolves with the lines answered before its `ok`. */
  command(text: string): Promise<Result<readonly string[]>> {
    return this.enqueue(text, undefined);
  }

  /** Makes the next line `base + 1`. Only between jobs. */
  async renumber(base: number): Promise<Result<void>> {
    assert(this.feed?.running !== true, 'no renumbering while a job runs');
    const result = await this.enqueue(`M110 N${base}`, base);
    return result.ok ? ok(undefined) : result;
  }

  /** Feeds the job's lines from now on, beginning with line `from`. */
  start(job: PreparedJob, from = 0): void {
    this.feed = new JobFeed(job, from);
    this.answers.clear();
    this.pump();
  }

  /** Stops before the next job line; the line in flight stays. */
  hold(): void {
    if (this.feed !== undefined) this.feed.running = false;
  }

  resume(): void {
    if (this.feed !== undefined) this.feed.running = true;
    this.pump();
  }

  /** Lines of an open job have come. */
  more(): void {
    this.pump();
  }

  /** Forgets the rest of the job. */
  drop(): void {
    this.feed = undefined;
  }

  /** Past every queue, without number or checksum. Its `ok`, if any, is not awaited. */
  raw(text: string): void {
    this.writeRaw(utf8ToBytes(`${text}\n`));
    this.events.onSent(text);
  }

  /** Ends the channel: what waits is refused with the fault. */
  fail(fault: Fault): void {
    if (this.failed !== undefined) return;
    this.failed = fault;
    this.drop();
    this.helloHeard?.();
    const waiting = [
      ...this.commands.splice(0),
      ...this.history.filter((entry) => typeof entry !== 'number'),
    ];
    for (const command of waiting) settle(command, refuse(fault));
    this.events.onFault(fault);
  }

  /** Looks at the deadlines. The driver calls it every WATCH_INTERVAL_MS. */
  watch(nowMs: number): void {
    if (this.failed !== undefined) return;
    if (this.resendFrom !== NONE) {
      if (nowMs - this.resendAtMs >= OK_AFTER_RESEND_MS) this.rewind();
      return;
    }
    if (this.inFlight === NONE) return;
    const verdict = this.patience.judge(nowMs, this.work);
    if (verdict === 'give-up') this.fail(deviceFault('device.no-answer'));
    else if (verdict === 'ask') this.ask();
  }

  /** A move that was acknowledged lasts so long: the lines behind it may be answered as much later. */
  expectMotion(durationMs: number): void {
    this.patience.expectMotion(durationMs, this.clock.monotonicMs());
  }

  private enqueue(text: string, renumberTo: number | undefined): Promise<Result<readonly string[]>> {
    if (this.failed !== undefined) return Promise.resolve(refuse(this.failed));
    return new Promise((resolve) => {
      this.commands.push({
        text,
        bytes: utf8ToBytes(text),
        replies: [],
        work: workOf(text),
        renumberTo,
        settle: resolve,
      });
      this.pump();
    });
  }

  // Receiving

  private onLine(line: string): void {
    const reply = parseReply(line);
    this.events.onReply(reply, line);
    if (this.failed === undefined) this.onReply(reply, line);
  }

  private onReply(reply: Reply, line: string): void {
    switch (reply.type) {
      case 'ok':
        if (line.includes('T:')) this.collect(line);
        this.onOk(reply.rest);
        return;
      case 'resend':
        this.onResend(reply.number);
        return;
      case 'busy':
        this.patience.busy(this.clock.monotonicMs());
        this.answers.spoil();
        return;
      case 'heating':
        this.patience.progress(this.clock.monotonicMs());
        this.collect(line);
        return;
      case 'text':
      case 'action':
        this.patience.spoke();
        this.collect(line);
        return;
      case 'wait':
        // Repetier is idle and says so: if a line is out, it or its `ok` was lost.
        if (this.inFlight !== NONE && this.resendFrom === NONE) this.ask();
        return;
      case 'temperature':
      case 'report':
      case 'error':
      case 'halted':
      case 'not-extruding':
      case 'start':
        this.collect(line);
        return;
    }
  }

  private collect(line: string): void {
    const entry = this.inFlight === NONE ? undefined : this.history[this.inFlight & MASK];
    if (entry === undefined || typeof entry === 'number') return;
    if (entry.replies.length < REPLY_LINES_MAX) entry.replies.push(line.trimEnd());
  }

  private onOk(rest: string): void {
    this.answeredMs = this.clock.monotonicMs();
    if (this.helloHeard !== undefined) {
      this.helloHeard();
      return;
    }
    const stated = statedNumber(rest);
    if (this.resendFrom !== NONE) {
      // Lines taken before the bad one answer for themselves, under their names; the resend's own `ok` follows.
      if (stated > this.acknowledged && stated < this.resendFrom) {
        this.acknowledge(stated);
        return;
      }
      const verdict = this.ledger.judgeOk();
      if (verdict === 'obey') this.rewind();
      if (verdict !== 'drop') return;
      this.resendFrom = NONE;
    }
    if (this.inFlight === NONE) return; // a surplus one, after a raw command or a lost and found answer
    this.patience.progress(this.answeredMs);
    this.window.noteOk(rest);
    const entry = this.history[this.inFlight & MASK];
    if (entry !== undefined && typeof entry !== 'number' && entry.text === 'M105') {
      if (rest.includes('T:')) this.temperatureOnOk = true;
      else if (this.temperatureOnOk) {
        // Not M105's own: an earlier line's that was late. That line is done, M105 is still out.
        this.acknowledge(this.inFlight - 1);
        return;
      }
    }
    const renumbers = typeof entry === 'object' && entry.renumberTo !== undefined;
    if (stated !== NONE && stated < this.inFlight && !renumbers) {
      // ADVANCED_OK names its line: this one is late, or newer ones are out behind it.
      this.acknowledge(stated);
      this.pump();
      return;
    }
    if (stated === NONE && this.inFlight > this.acknowledged + 1 && typeof entry === 'number') {
      // Its name was lost: the oldest one, for all that is known.
      this.acknowledge(this.acknowledged + 1);
      return;
    }
    const number = this.inFlight;
    this.inFlight = NONE;
    this.sendNumber = number + 1;
    this.ledger.calm();
    this.acknowledge(number);
    this.pump();
  }

  private acknowledge(through: number): void {
    this.answers.answered(through, this.answeredMs);
    if (through > this.acknowledged) this.acknowledged = through;
    while (this.reported < through) {
      this.reported++;
      this.ledger.advanced();
      const entry = this.history[this.reported & MASK];
      if (entry === undefined) continue;
      if (typeof entry === 'number') {
        this.events.onJobLine(entry);
        continue;
      }
      if (entry.renumberTo !== undefined) this.restartNumbers(entry.renumberTo);
      settle(entry, ok(entry.replies));
      // The numbers before it mean nothing any more.
      if (entry.renumberTo !== undefined) return;
    }
  }

  private restartNumbers(base: number): void {
    this.firstNumber = base + 1;
    this.sendNumber = base + 1;
    this.topNumber = base + 1;
    this.acknowledged = base;
    this.reported = base;
    this.inFlight = NONE;
    this.resendFrom = NONE;
    this.ledger.reset();
  }

  // Repeating

  private onResend(number: number): void {
    this.answers.spoil();
    this.patience.progress(this.clock.monotonicMs());
    const entry = this.inFlight === NONE ? undefined : this.history[this.inFlight & MASK];
    if (entry !== undefined && typeof entry !== 'number' && entry.renumberTo === number - 1) {
      // M110 worked and its `ok` was lost: the firmware already counts from the new base.
      this.acknowledge(this.inFlight);
      this.resendFrom = this.sendNumber;
      this.resendAtMs = this.clock.monotonicMs();
      return;
    }
    if (number === this.topNumber) {
      // It has everything and waits for the next line: the `ok` that follows acknowledges as usual.
      if (this.inFlight !== NONE) this.acknowledge(this.inFlight - 1);
    } else if (
      number > this.topNumber ||
      number < this.firstNumber ||
      number < this.topNumber - HISTORY_LINES
    ) {
      this.ledger.stray();
      this.resendFrom = this.inFlight === NONE ? this.sendNumber : this.acknowledged + 1;
      this.resendAtMs = this.clock.monotonicMs();
    } else {
      this.window.noteTrouble();
      this.ledger.ask(number, this.inFlight);
      this.resendFrom = number;
      this.resendAtMs = this.clock.monotonicMs();
    }
    const { fault } = this.ledger;
    if (fault !== undefined) this.fail(fault);
  }

  private rewind(): void {
    this.endLine();
    this.answers.spoil();
    this.inFlight = NONE;
    this.sendNumber = this.resendFrom;
    this.acknowledged = Math.min(this.acknowledged, this.resendFrom - 1);
    this.resendFrom = NONE;
    this.pump();
  }

  /**
   * Finds out about a line without an answer: the next number is sent. If the firmware has the line, it takes this one
   * and one `ok` settles both; if not, it asks for the missing one. A repeat of the line itself could be dropped
   * without any answer (Marlin 2.1 ignores the last number).
   */
  private ask(): void {
    if (!this.patience.ask()) return;
    this.answers.spoil();
    this.window.noteTrouble();
    this.endLine();
    const number = this.inFlight;
    const entry = this.history[number & MASK];
    if (entry !== undefined && typeof entry !== 'number' && entry.renumberTo !== undefined) {
      // A numbered M110 is exempt from the order test, so it can simply be repeated.
      this.transmit(number);
      return;
    }
    if (number + 1 === this.topNumber) {
      this.history[this.topNumber & MASK] = createProbe();
      this.topNumber++;
    }
    this.transmit(number + 1);
  }

  // Sending

  private pump(): void {
    if (this.pumping || this.failed !== undefined) return;
    this.pumping = true;
    while (this.resendFrom === NONE && this.helloHeard === undefined) {
      const more = this.inFlight === NONE ? this.sendNext() : this.mayFollow() && this.sendJobLine();
      if (!more) break;
    }
    this.pumping = false;
  }

  /** Whether the next line of the job may go out behind those that are out: plain moves behind plain moves only. */
  private mayFollow(): boolean {
    const { feed, inFlight } = this;
    if (feed === undefined || this.commands.length > 0 || this.work !== 'short') return false;
    if (this.sendNumber !== inFlight || inFlight + 1 !== this.topNumber || feed.quickBytes === 0)
      return false;
    let bytes = 0;
    for (let number = this.acknowledged + 1; number <= inFlight; number++) {
      if (typeof this.history[number & MASK] !== 'number') return false;
      bytes += this.lengths[number & MASK] ?? 0;
    }
    return this.window.hasRoom(inFlight - this.acknowledged, bytes, feed.quickBytes + FRAME_BYTES_MAX + 1);
  }

  private sendNext(): boolean {
    if (this.sendNumber < this.topNumber) {
      this.transmit(this.sendNumber);
      return true;
    }
    const command = this.commands.shift();
    if (command !== undefined) {
      this.history[this.topNumber & MASK] = command;
      this.topNumber++;
      this.transmit(this.sendNumber);
      if (isInstant(command.bytes, 0, command.bytes.length)) this.answers.sent(this.inFlight, this.sentMs);
      this.events.onSent(command.text);
      return true;
    }
    return this.sendJobLine();
  }

  private sendJobLine(): boolean {
    const { feed } = this;
    const next = feed?.next();
    if (feed === undefined || next === undefined) return false;
    if (next.stop !== undefined) {
      if (next.stop === 'end') this.events.onJobDone();
      else {
        this.events.onJobLine(next.index);
        this.events.onJobPause();
      }
      return this.commands.length > 0;
    }
    const number = this.topNumber++;
    this.history[number & MASK] = next.index;
    this.sendNumber = number;
    // Behind a line that nobody answered yet: see endLine().
    const alone = this.inFlight === NONE;
    if (!alone) this.endLine();
    this.transmit(number);
    const { gcode, starts, ends } = feed.job;
    if (alone && isInstant(gcode, starts[next.index] ?? 0, ends[next.index] ?? 0))
      this.answers.sent(number, this.sentMs);
    return true;
  }

  private transmit(number: number): void {
    const entry = this.history[number & MASK];
    assert(entry !== undefined, 'a number that is sent has a line');
    let length: number;
    if (typeof entry === 'number') {
      const job = this.feed?.job;
      // A dropped job's lines are not repeated; the number is used for a harmless question instead.
      if (job === undefined) {
        length = encodeLine(this.encoded, number, PROBE_BYTES, 0, PROBE_BYTES.length);
      } else {
        length = encodeLine(this.encoded, number, job.gcode, job.starts[entry] ?? 0, job.ends[entry] ?? 0);
      }
      this.work = job !== undefined && mayBeLong(job, entry) ? 'long' : 'short';
    } else {
      length = encodeLine(this.encoded, number, entry.bytes, 0, entry.bytes.length);
      this.work = entry.work;
    }
    this.inFlight = number;
    this.lengths[number & MASK] = length;
    this.sentMs = this.clock.monotonicMs();
    this.patience.sent(this.sentMs);
    // A copy: a blocked port may still hold the line when the next one is encoded.
    this.writeRaw(this.encoded.slice(0, length));
  }

  /**
   * A line feed that was lost would join the next line to the last, and a checksum over both can fit: for each checksum of
   * one digit there is a bit of the line feed that does it. Of two line feeds one always gets through.
   */
  private endLine(): void {
    this.writeRaw(LINE_FEED);
  }

  private writeRaw(bytes: Bytes): void {
    this.link.write(bytes).then(undefined, () => this.fail(deviceFault('device.link.lost')));
  }
}
