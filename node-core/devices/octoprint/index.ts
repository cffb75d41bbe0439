// A printer behind OctoPrint: its REST API is asked, its push socket tells what the printer says and how prints end.
// Where the socket cannot be had, asking alone goes on; then causes of failures are not known.

import { z } from 'zod';
import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import { deviceFault } from '../faults.ts';
import type {
  HostListener,
  HostStatus,
  HttpRequest,
  NetworkPort,
  PrintHost,
  TextSocket,
} from '../network/index.ts';
import {
  accepted,
  COMMAND_LINES_MAX,
  formBody,
  jsonBody,
  looseText,
  parseAnswer,
  plainWords,
  printhostFault,
  REQUEST_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  UPLOAD_TIMEOUT_MS,
} from '../network/index.ts';
import type { FirmwareReport } from '../replies.ts';
import type { Temperatures } from '../types.ts';
import {
  endFrom,
  hostStatus,
  JobAnswer,
  PrinterAnswer,
  PushMessage,
  type ToldEnd,
  temperaturesOf,
} from './status.ts';

export type OctoPrintOptions = {
  readonly network: NetworkPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly key: string;
};

/** OctoPrint opens its serial port and greets the printer within this time. */
const CONNECT_MS = 40_000;
const CONNECT_LOOK_MS = 2_000;
/** The printer's answers to a command come with the next push or two. */
const ANSWER_MS = 1_500;
const NO_TEMPERATURES: Temperatures = {
  nozzleC: undefined,
  nozzleTargetC: undefined,
  bedC: undefined,
  bedTargetC: undefined,
};

const Version = z.object({ server: z.string(), text: z.string() });
const Login = z.object({ name: z.string(), session: z.string() });
const FileAnswer = z.object({ files: z.object({ local: z.object({ path: looseText, name: looseText }) }) });

export function createOctoPrintHost(options: OctoPrintOptions): PrintHost {
  return new OctoPrintHost(options);
}

class OctoPrintHost implements PrintHost {
  readonly pollMs = 1_000;
  readonly dialect = 'marlin';
  readonly pausesAtM0 = true;
  readonly canPause = true;
  private readonly options: OctoPrintOptions;
  private socket: TextSocket | undefined;
  private told: ToldEnd | undefined;
  private answers: string[] | undefined;

  constructor(options: OctoPrintOptions) {
    this.options = options;
  }

  async open(listener: HostListener, signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    this.close();
    const version = await this.ask('GET', '/api/version', { ...(signal === undefined ? {} : { signal }) });
    const wrong = refuse(printhostFault('printhost.wrong-kind', { kind: 'OctoPrint' }));
    if (!version.ok) return version.fault.code === 'printhost.refused' ? wrong : version;
    const parsed = parseAnswer(Version, version.value);
    if (!parsed.ok || !/octoprint/i.test(parsed.value.text)) return wrong;
    const ready = await this.waitForPrinter(signal);
    if (!ready.ok) return ready;
    await this.listen(listener, signal);
    const firmware = plainWords(parsed.value.text, 'OctoPrint');
    return ok({ firmware, capabilities: ['PAUSE', 'EMERGENCY_STOP', 'COMMANDS'] });
  }

  /** OctoPrint's own connection to the printer is made where it is not. */
  private async waitForPrinter(signal?: AbortSignal): Promise<Result<void>> {
    const { clock } = this.options;
    let asked = false;
    for (const sinceMs = clock.monotonicMs(); ; ) {
      const job = await this.job();
      if (!job.ok) return job;
      const { phase, reason } = hostStatus(job.value, NO_TEMPERATURES, undefined);
      if (phase !== 'down' && phase !== 'busy') return ok(undefined);
      if (!asked && phase === 'down') {
        asked = true;
        const connected = await this.ask('POST', '/api/connection', { json: { command: 'connect' } });
        if (!connected.ok) return connected;
      } else if (clock.monotonicMs() - sinceMs >= CONNECT_MS) {
        return refuse(printhostFault('printhost.down', { reason }));
      }
      await clock.sleep(CONNECT_LOOK_MS, signal).catch(() => undefined);
      if (signal?.aborted === true) return refuse(deviceFault('device.aborted'));
    }
  }

  private async listen(listener: HostListener, signal?: AbortSignal): Promise<void> {
    const login = await this.ask('POST', '/api/login', { json: { passive: true } });
    const who = login.ok ? parseAnswer(Login, login.value) : login;
    if (!who.ok) return;
    const opened = await this.options.network.openSocket({
      path: '/sockjs/websocket',
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    if (!opened.ok) return;
    const socket = opened.value;
    this.socket = socket;
    socket.onText((text) => {
      if (this.socket === socket) this.onPush(text, listener);
    });
    socket.onClose(() => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      listener.lost();
    });
    socket.send(JSON.stringify({ auth: `${who.value.name}:${who.value.session}` }));
  }

  private onPush(text: string, listener: HostListener): void {
    const parsed = parseAnswer(PushMessage, text);
    if (!parsed.ok) return;
    this.told = endFrom(parsed.value, this.told);
    for (const log of parsed.value.current?.logs ?? []) {
      const [, direction, words = ''] = /^(Send|Recv): ?(.*)$/s.exec(log) ?? [];
      if (direction === undefined) continue;
      const line = plainWords(words, '');
      if (direction === 'Recv' && (this.answers?.length ?? COMMAND_LINES_MAX) < COMMAND_LINES_MAX)
        this.answers?.push(line);
      listener.line(direction === 'Recv' ? 'received' : 'sent', line);
    }
  }

  private async job(): Promise<Result<JobAnswer>> {
    const answer = await this.ask('GET', '/api/job');
    return answer.ok ? parseAnswer(JobAnswer, answer.value) : answer;
  }

  async read(): Promise<Result<HostStatus>> {
    const job = await this.job();
    if (!job.ok) return job;
    const printer = await this.ask('GET', '/api/printer?exclude=sd');
    // 409: it has no printer just now, which the job's state says as well.
    if (!printer.ok && printer.fault.code !== 'printhost.refused') return printer;
    const parsed = printer.ok ? parseAnswer(PrinterAnswer, printer.value) : undefined;
    if (parsed?.ok === false) return parsed;
    const temperatures = parsed === undefined ? NO_TEMPERATURES : temperaturesOf(parsed.value);
    return ok(hostStatus(job.value, temperatures, this.told));
  }

  async upload(file: string, gcode: Bytes, signal: AbortSignal): Promise<Result<void>> {
    const boundary = `----dipnet${bytesToHex(this.options.random.bytes(16))}`;
    const response = await this.options.network.request({
      method: 'POST',
      path: '/api/files/local',
      headers: { ...this.headers(), 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: formBody(boundary, { noOverwrite: 'true' }, file, gcode),
      timeoutMs: UPLOAD_TIMEOUT_MS,
      signal,
    });
    if (!response.ok) return response;
    if (response.value.status === 409) return refuse(printhostFault('printhost.name-taken'));
    const body = accepted(response.value);
    if (!body.ok) return body;
    const answer = parseAnswer(FileAnswer, body.value);
    const local = answer.ok ? answer.value.files.local : undefined;
    return (local?.path ?? local?.name) === file ? ok(undefined) : refuse(printhostFault('printhost.upload'));
  }

  start(file: string): Promise<Result<void>> {
    this.told = undefined;
    return this.order(`/api/files/local/${encodeURIComponent(file)}`, { command: 'select', print: true });
  }

  pause(): Promise<Result<void>> {
    return this.order('/api/job', { command: 'pause', action: 'pause' });
  }

  resume(): Promise<Result<void>> {
    return this.order('/api/job', { command: 'pause', action: 'resume' });
  }

  cancel(): Promise<Result<void>> {
    return this.order('/api/job', { command: 'cancel' });
  }

  async remove(file: string): Promise<Result<void>> {
    const response = await this.options.network.request({
      method: 'DELETE',
      path: `/api/files/local/${encodeURIComponent(file)}`,
      headers: this.headers(),
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    if (!response.ok) return response;
    const body = response.value.status === 404 ? ok(undefined) : accepted(response.value);
    return body.ok ? ok(undefined) : body;
  }

  heatersOff(): Promise<Result<void>> {
    return this.order('/api/printer/command', { commands: ['M104 S0', 'M140 S0', 'M107'] });
  }

  /** OctoPrint sends it past its own queue. */
  async emergencyStop(): Promise<Result<void>> {
    const sent = await this.ask('POST', '/api/printer/command', {
      json: { command: 'M112' },
      timeoutMs: STOP_TIMEOUT_MS,
    });
    return sent.ok ? ok(undefined) : refuse(printhostFault('printhost.stop-failed'));
  }

  async send(command: string): Promise<Result<readonly string[]>> {
    const { clock } = this.options;
    const answers: string[] = [];
    this.answers = answers;
    const sent = await this.order('/api/printer/command', { command });
    if (sent.ok && this.socket !== undefined) await clock.sleep(ANSWER_MS);
    if (this.answers === answers) this.answers = undefined;
    return sent.ok ? ok(answers) : sent;
  }

  close(): void {
    const { socket } = this;
    this.socket = undefined;
    socket?.close();
  }

  private async order(path: string, json: unknown): Promise<Result<void>> {
    const done = await this.ask('POST', path, { json });
    return done.ok ? ok(undefined) : done;
  }

  private async ask(
    method: HttpRequest['method'],
    path: string,
    { json, timeoutMs = REQUEST_TIMEOUT_MS, signal }: AskOptions = {},
  ): Promise<Result<Bytes>> {
    const response = await this.options.network.request({
      method,
      path,
      headers: { ...this.headers(), ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: jsonBody(json) }),
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    return response.ok ? accepted(response.value) : response;
  }

  private headers(): Readonly<Record<string, string>> {
    return { 'x-api-key': this.options.key };
  }
}

type AskOptions = { readonly json?: unknown; readonly timeoutMs?: number; readonly signal?: AbortSignal };
