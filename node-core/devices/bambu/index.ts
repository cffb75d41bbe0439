// A Bambu Lab printer in its local (developer) mode: reports and orders over its MQTT broker, files over FTPS, as the
// OpenBambuAPI project describes them. The file is stored on the printer's card and printed from there by itself. It has
// no emergency stop over the network; stopping the print is the most that can be asked for.

import { z } from 'zod';
import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { HostJob, HostListener, HostPhase, HostStatus, PrintHost } from '../network/index.ts';
import {
  looseText,
  parseAnswer,
  plainWords,
  printhostFault,
  REQUEST_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  UPLOAD_TIMEOUT_MS,
} from '../network/index.ts';
import type { FirmwareReport } from '../replies.ts';
import { PLATE, packGcode } from './gcode-3mf.ts';
import type { BambuBus, BambuLan } from './lan.ts';
import { CANCELLED, printErrorWords, severityOf, type Trouble, troubleWords } from './troubles.ts';

export type { BambuBus, BambuLan, BambuLimit } from './lan.ts';

export type BambuOptions = {
  readonly lan: BambuLan;
  readonly clock: Clock;
  readonly md5: (bytes: Bytes) => Bytes;
};

/** A number, or text that is one: firmwares differ. */
const numeric = z
  .union([z.number(), z.string().transform(Number)])
  .pipe(z.number())
  .optional()
  .catch(undefined);

/** Of what a report may hold, what is looked at; most reports hold only what changed. */
const Report = z.object({
  command: looseText,
  sequence_id: z.union([z.string(), z.number()]).optional().catch(undefined),
  result: looseText,
  reason: looseText,
  gcode_state: looseText,
  gcode_file: looseText,
  subtask_name: looseText,
  mc_percent: numeric,
  layer_num: numeric,
  total_layer_num: numeric,
  nozzle_temper: numeric,
  nozzle_target_temper: numeric,
  bed_temper: numeric,
  bed_target_temper: numeric,
  print_error: numeric,
  hms: z
    .array(z.object({ attr: z.number(), code: z.number() }))
    .optional()
    .catch(undefined),
});
type Report = z.infer<typeof Report>;
const Message = z.object({
  print: Report.optional().catch(undefined),
  info: z
    .object({
      command: looseText,
      module: z.array(z.object({ name: looseText, sw_ver: looseText, product_name: looseText })).optional(),
    })
    .optional()
    .catch(undefined),
});

const PHASES: Readonly<Record<string, HostPhase>> = {
  IDLE: 'ready',
  FINISH: 'ready',
  FAILED: 'ready',
  PREPARE: 'printing',
  SLICING: 'printing',
  RUNNING: 'printing',
  PAUSE: 'paused',
  OFFLINE: 'down',
};

/** Longest silence before the printer is asked whether it is there. */
const SILENCE_MS = 10_000;
const LOOK_MS = 100;

export function createBambuHost(options: BambuOptions): PrintHost {
  return new BambuHost(options);
}

class BambuHost implements PrintHost {
  readonly pollMs = 1_000;
  readonly dialect = 'marlin';
  readonly pausesAtM0 = false;
  readonly pauseLine = 'M400 U1';
  readonly canPause = true;
  private readonly options: BambuOptions;
  private bus: BambuBus | undefined;
  private listener: HostListener | undefined;
  private sequence = 0;
  private state: Partial<Report> = {};
  private firmware = '';
  private heardAtMs = 0;
  private readonly answers = new Map<string, Report>();

  constructor(options: BambuOptions) {
    this.options = options;
  }

  async open(listener: HostListener, signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    this.close();
    const limit = { timeoutMs: REQUEST_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
    const opened = await this.options.lan.openBus(limit);
    if (!opened.ok) return opened;
    const bus = opened.value;
    this.bus = bus;
    this.listener = listener;
    this.state = {};
    this.firmware = '';
    bus.onText((text) => {
      if (this.bus === bus) this.receive(text);
    });
    bus.onClose(() => {
      if (this.bus !== bus) return;
      this.bus = undefined;
      listener.lost();
    });
    const asked = await bus.publish(
      JSON.stringify({ info: { sequence_id: this.next(), command: 'get_version' } }),
    );
    if (!asked.ok) return asked;
    const all = { sequence_id: this.next(), command: 'pushall', version: 1, push_target: 1 };
    await bus.publish(JSON.stringify({ pushing: all }));
    const known = await this.until(() => this.state.gcode_state !== undefined, REQUEST_TIMEOUT_MS, signal);
    if (known)
      return ok({ firmware: plainWords(`Bambu Lab ${this.firmware}`, 'Bambu Lab'), capabilities: ['PAUSE'] });
    this.close();
    return refuse(printhostFault('printhost.wrong-kind', { kind: 'a Bambu Lab printer' }));
  }

  /** What the last reports said; a printer that says nothing for long is asked whether it is there. */
  async read(): Promise<Result<HostStatus>> {
    const { clock } = this.options;
    if (this.bus === undefined) return refuse(this.unreachable());
    if (clock.monotonicMs() - this.heardAtMs > SILENCE_MS) {
      const askedAtMs = clock.monotonicMs();
      const asked = { info: { sequence_id: this.next(), command: 'get_version' } };
      const sent = await this.bus.publish(JSON.stringify(asked));
      if (!sent.ok) return sent;
      if (!(await this.until(() => this.heardAtMs >= askedAtMs, REQUEST_TIMEOUT_MS)))
        return refuse(printhostFault('printhost.timeout', { host: 'its address' }));
    }
    return ok(this.status());
  }

  private status(): HostStatus {
    const { state } = this;
    const said = state.gcode_state ?? '';
    const fatal = state.hms?.find((trouble) => severityOf(trouble) === 1);
    const phase = fatal === undefined ? (PHASES[said] ?? 'busy') : 'down';
    const job = this.job(said);
    return {
      phase,
      reason: this.reason(said, fatal),
      temperatures: {
        nozzleC: state.nozzle_temper,
        nozzleTargetC: state.nozzle_target_temper,
        bedC: state.bed_temper,
        bedTargetC: state.bed_target_temper,
      },
      ...(job === undefined ? {} : { job }),
    };
  }

  private job(said: string): HostJob | undefined {
    const { subtask_name: name, gcode_file: path = '', mc_percent: percent, print_error: error } = this.state;
    const file = name !== undefined && name !== '' ? name : (path.split('/').at(-1) ?? '');
    if (file === '') return undefined;
    if (said === 'FINISH') return { file, end: 'complete' };
    if (said === 'FAILED') return { file, end: error === CANCELLED ? 'cancelled' : 'error' };
    if (said === 'IDLE') return undefined;
    const isKnown = percent !== undefined && said !== 'PREPARE' && said !== 'SLICING';
    return { file, ...(!isKnown ? {} : { share: Math.min(1, Math.max(0, percent / 100)) }) };
  }

  private reason(said: string, fatal: Trouble | undefined): string {
    const { print_error: error = 0, hms = [] } = this.state;
    const [first] = hms;
    if (fatal !== undefined) return `The printer says: ${troubleWords(fatal)}.`;
    if (error !== 0) return `The printer says: ${printErrorWords(error)}.`;
    if (first !== undefined) return `The printer says: ${troubleWords(first)}.`;
    return `The printer says ${plainWords(said, 'nothing')}.`;
  }

  async upload(file: string, gcode: Bytes, signal: AbortSignal): Promise<Result<void>> {
    const md5 = bytesToHex(this.options.md5(gcode)).toUpperCase();
    const limit = { timeoutMs: UPLOAD_TIMEOUT_MS, signal };
    return await this.options.lan.putFile(nameOf(file), packGcode(gcode, md5), limit);
  }

  /** The filament comes from the outer spool: which one of a changer is in which slot only its owner knows. */
  start(file: string): Promise<Result<void>> {
    // How far the last print had come says nothing of this one.
    const { mc_percent: _percent, ...state } = this.state;
    this.state = state;
    return this.order('project_file', {
      param: PLATE,
      url: `ftp:///${nameOf(file)}`,
      subtask_name: file,
      project_id: '0',
      profile_id: '0',
      task_id: '0',
      subtask_id: '0',
      md5: '',
      bed_type: 'auto',
      bed_leveling: true,
      bed_levelling: true,
      flow_cali: false,
      vibration_cali: false,
      layer_inspect: false,
      timelapse: false,
      use_ams: false,
      ams_mapping: '',
    });
  }

  pause(): Promise<Result<void>> {
    return this.order('pause', { param: '' });
  }

  resume(): Promise<Result<void>> {
    return this.order('resume', { param: '' });
  }

  cancel(): Promise<Result<void>> {
    return this.order('stop', { param: '' });
  }

  remove(file: string): Promise<Result<void>> {
    return this.options.lan.deleteFile(nameOf(file), { timeoutMs: REQUEST_TIMEOUT_MS });
  }

  heatersOff(): Promise<Result<void>> {
    return this.order('gcode_line', { param: 'M104 S0\nM140 S0\nM106 P1 S0\n' });
  }

  async emergencyStop(): Promise<Result<void>> {
    const stopped = await this.order('stop', { param: '' }, STOP_TIMEOUT_MS);
    return refuse(printhostFault(stopped.ok ? 'printhost.no-emergency-stop' : 'printhost.stop-failed'));
  }

  async send(command: string): Promise<Result<readonly string[]>> {
    this.listener?.line('sent', command);
    const sent = await this.order('gcode_line', { param: `${command}\n` });
    return sent.ok ? ok([]) : sent;
  }

  close(): void {
    const { bus } = this;
    this.bus = undefined;
    bus?.close();
  }

  /** Sent once; the printer repeats the number of the order with its answer. */
  private async order(command: string, rest: object, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Result<void>> {
    const { bus } = this;
    if (bus === undefined) return refuse(this.unreachable());
    const id = this.next();
    const sent = await bus.publish(JSON.stringify({ print: { sequence_id: id, command, ...rest } }));
    if (!sent.ok) return sent;
    await this.until(() => this.answers.has(id) || this.bus !== bus, timeoutMs);
    const answer = this.answers.get(id);
    this.answers.delete(id);
    if (answer === undefined) return refuse(printhostFault('printhost.timeout', { host: 'its address' }));
    if (answer.result?.toLowerCase() === 'success') return ok(undefined);
    // Printers outside of developer mode take orders of the maker's own programs alone.
    if (/verif/i.test(answer.reason ?? '')) return refuse(printhostFault('printhost.developer-mode'));
    const reason = plainWords(answer.reason, `it does not take "${command}".`);
    return refuse(printhostFault('printhost.refused', { reason }));
  }

  private receive(text: string): void {
    const parsed = parseAnswer(Message, text);
    if (!parsed.ok) return;
    const { print, info } = parsed.value;
    if (print === undefined && info === undefined) return;
    this.heardAtMs = this.options.clock.monotonicMs();
    const board = info?.module?.find(({ name }) => name === 'ota');
    if (board !== undefined) this.firmware = `${board.product_name ?? ''} ${board.sw_ver ?? ''}`.trim();
    if (print === undefined) return;
    if (print.result !== undefined && print.sequence_id !== undefined)
      this.answers.set(String(print.sequence_id), print);
    if (this.answers.size > ANSWERS_MAX) this.answers.clear();
    if (print.command !== 'push_status') return;
    const news = Object.entries(print).filter(([, value]) => value !== undefined);
    this.state = { ...this.state, ...Object.fromEntries(news) };
    if (this.state.gcode_state !== undefined) this.listener?.status(this.status());
  }

  private async until(condition: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const { clock } = this.options;
    const untilMs = clock.monotonicMs() + timeoutMs;
    while (!condition() && clock.monotonicMs() < untilMs && signal?.aborted !== true)
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    return condition();
  }

  private next(): string {
    return String(++this.sequence);
  }

  private unreachable() {
    const reason = 'the connection was cut';
    return printhostFault('printhost.unreachable', { host: 'its address', reason });
  }
}

/** Answers that nobody waits for any more. */
const ANSWERS_MAX = 100;

function nameOf(file: string): string {
  return `${file}.3mf`;
}
