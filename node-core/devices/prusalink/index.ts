// A Prusa printer with PrusaLink (API v1, prusa3d/Prusa-Link-Web, spec/openapi.yaml): asked every second, no push.
// It signs in with a user and a password (Digest) or with a key. There is no way to send single commands, so heaters are
// the printer's own to switch off, and there is no emergency stop: cancelling is the most that can be asked for.

import { z } from 'zod';
import type { Bytes, Random, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type {
  HostJob,
  HostListener,
  HostPhase,
  HostStatus,
  HttpRequest,
  HttpResponse,
  NetworkPort,
  PrintHost,
} from '../network/index.ts';
import {
  accepted,
  looseNumber,
  looseText,
  parseAnswer,
  plainWords,
  printhostFault,
  REQUEST_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  UPLOAD_TIMEOUT_MS,
} from '../network/index.ts';
import type { FirmwareReport } from '../replies.ts';
import { type DigestChallenge, digestHeader, parseChallenge } from './digest.ts';

export type PrusaLinkOptions = {
  readonly network: NetworkPort;
  readonly random: Random;
  /** Empty: the key is sent as it is, as an API key. */
  readonly user: string;
  readonly key: string;
  readonly md5: (bytes: Bytes) => Bytes;
};

const Version = z.object({ api: looseText, server: looseText, text: z.string() });
const StorageList = z.object({
  storage_list: z.array(
    z.object({ path: z.string(), available: z.boolean().optional(), read_only: z.boolean().optional() }),
  ),
});
const Status = z.object({
  printer: z.object({
    state: z.string(),
    temp_nozzle: looseNumber,
    target_nozzle: looseNumber,
    temp_bed: looseNumber,
    target_bed: looseNumber,
    axis_x: looseNumber,
    axis_y: looseNumber,
    axis_z: looseNumber,
  }),
});
const Job = z.object({
  id: z.number(),
  state: z.string(),
  progress: looseNumber,
  file: z.object({ name: looseText, display_name: looseText }).optional().catch(undefined),
});

const PHASES: Readonly<Record<string, HostPhase>> = {
  IDLE: 'ready',
  READY: 'ready',
  FINISHED: 'ready',
  STOPPED: 'ready',
  PRINTING: 'printing',
  PAUSED: 'paused',
  // It waits for somebody at the printer: filament, a question on its screen.
  ATTENTION: 'paused',
  BUSY: 'busy',
  ERROR: 'down',
};

export function createPrusaLinkHost(options: PrusaLinkOptions): PrintHost {
  return new PrusaLinkHost(options);
}

class PrusaLinkHost implements PrintHost {
  readonly pollMs = 1_000;
  readonly dialect = 'marlin';
  readonly pausesAtM0 = true;
  readonly canPause = true;
  private readonly options: PrusaLinkOptions;
  private challenge: DigestChallenge | undefined;
  private count = 0;
  private storage = '/usb';
  /** The job as it was last seen: a finished one is not told by its file any more. */
  private last: { readonly id: number; readonly file: string } | undefined;

  constructor(options: PrusaLinkOptions) {
    this.options = options;
  }

  async open(_listener: HostListener, signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    const limit = signal === undefined ? {} : { signal };
    const version = await this.ask('GET', '/api/version', limit);
    const wrong = refuse(printhostFault('printhost.wrong-kind', { kind: 'PrusaLink' }));
    if (!version.ok) return version.fault.code === 'printhost.refused' ? wrong : version;
    const parsed = parseAnswer(Version, version.value);
    if (!parsed.ok || !/prusa/i.test(parsed.value.text)) return wrong;
    const listed = await this.ask('GET', '/api/v1/storage', limit);
    if (!listed.ok) return listed.fault.code === 'printhost.refused' ? wrong : listed;
    const storage = parseAnswer(StorageList, listed.value);
    if (!storage.ok) return storage;
    const usable = storage.value.storage_list.find(
      ({ path, available, read_only }) =>
        available !== false && read_only !== true && /^\/?\w+\/?$/.test(path),
    );
    if (usable === undefined)
      return refuse(printhostFault('printhost.lacks', { what: 'a USB drive that can be written to' }));
    this.storage = `/${usable.path.replace(/\//g, '')}`;
    const { text, server } = parsed.value;
    return ok({ firmware: plainWords(`${text} ${server ?? ''}`, 'PrusaLink'), capabilities: ['PAUSE'] });
  }

  async read(): Promise<Result<HostStatus>> {
    const status = await this.ask('GET', '/api/v1/status');
    const parsed = status.ok ? parseAnswer(Status, status.value) : status;
    if (!parsed.ok) return parsed;
    const { printer } = parsed.value;
    const phase = PHASES[printer.state] ?? 'busy';
    const job = await this.readJob(printer.state);
    if (!job.ok) return job;
    const { axis_x: x, axis_y: y, axis_z: z } = printer;
    return ok({
      phase,
      reason: `The printer says ${plainWords(printer.state, 'nothing')}.`,
      temperatures: {
        nozzleC: printer.temp_nozzle,
        nozzleTargetC: printer.target_nozzle,
        bedC: printer.temp_bed,
        bedTargetC: printer.target_bed,
      },
      ...(job.value === undefined ? {} : { job: job.value }),
      ...(x === undefined || y === undefined || z === undefined ? {} : { positionMm: { x, y, z } }),
    });
  }

  /** The file's own name is shortened to 8.3 on the drive; `display_name` is the one it was sent under. */
  private async readJob(state: string): Promise<Result<HostJob | undefined>> {
    const answer = await this.ask('GET', '/api/v1/job');
    if (!answer.ok) return answer;
    const job = answer.value.length === 0 ? undefined : parseAnswer(Job, answer.value);
    if (job?.ok === false) return job;
    if (job !== undefined) {
      const { id, file } = job.value;
      this.last = { id, file: file?.display_name ?? file?.name ?? '' };
    }
    const { last } = this;
    if (last === undefined || last.file === '') return ok(undefined);
    const said = job?.value.state ?? state;
    if (said === 'FINISHED') return ok({ file: last.file, end: 'complete' });
    if (said === 'STOPPED') return ok({ file: last.file, end: 'cancelled' });
    if (said === 'ERROR') return ok({ file: last.file, end: 'error' });
    if (job === undefined) return ok(undefined);
    const share = job.value.progress === undefined ? undefined : job.value.progress / 100;
    return ok({ file: last.file, ...(share === undefined ? {} : { share }) });
  }

  async upload(file: string, gcode: Bytes, signal: AbortSignal): Promise<Result<void>> {
    const response = await this.exchange('PUT', this.pathOf(file), {
      headers: {
        'content-type': 'text/x.gcode',
        'content-length': String(gcode.length),
        'print-after-upload': '?0',
        overwrite: '?0',
      },
      body: [gcode],
      timeoutMs: UPLOAD_TIMEOUT_MS,
      signal,
    });
    if (!response.ok) return response;
    if (response.value.status === 409) return refuse(printhostFault('printhost.name-taken'));
    const body = accepted(response.value);
    return body.ok ? ok(undefined) : body;
  }

  async start(file: string): Promise<Result<void>> {
    this.last = undefined;
    return await this.order('POST', this.pathOf(file));
  }

  pause(): Promise<Result<void>> {
    return this.orderJob('PUT', '/pause');
  }

  resume(): Promise<Result<void>> {
    return this.orderJob('PUT', '/resume');
  }

  cancel(): Promise<Result<void>> {
    return this.orderJob('DELETE', '');
  }

  async remove(file: string): Promise<Result<void>> {
    const response = await this.exchange('DELETE', this.pathOf(file), {});
    if (!response.ok) return response;
    const body = response.value.status === 404 ? ok(undefined) : accepted(response.value);
    return body.ok ? ok(undefined) : body;
  }

  async heatersOff(): Promise<Result<void>> {
    return refuse(printhostFault('printhost.no-commands'));
  }

  async emergencyStop(): Promise<Result<void>> {
    const cancelled = await this.orderJob('DELETE', '', STOP_TIMEOUT_MS);
    return refuse(printhostFault(cancelled.ok ? 'printhost.no-emergency-stop' : 'printhost.stop-failed'));
  }

  async send(): Promise<Result<readonly string[]>> {
    return refuse(printhostFault('printhost.no-commands'));
  }

  close(): void {
    this.challenge = undefined;
  }

  private pathOf(file: string): string {
    return `/api/v1/files${this.storage}/${encodeURIComponent(file)}`;
  }

  /** The job under way, by the number it has now. */
  private async orderJob(
    method: 'PUT' | 'DELETE',
    action: string,
    timeoutMs?: number,
  ): Promise<Result<void>> {
    const answer = await this.ask('GET', '/api/v1/job', timeoutMs === undefined ? {} : { timeoutMs });
    if (!answer.ok) return answer;
    const job = parseAnswer(Job, answer.value);
    if (!job.ok) return refuse(printhostFault('printhost.refused', { reason: 'it has no print under way.' }));
    return await this.order(method, `/api/v1/job/${job.value.id}${action}`);
  }

  private async order(method: HttpRequest['method'], path: string): Promise<Result<void>> {
    const done = await this.ask(method, path);
    return done.ok ? ok(undefined) : done;
  }

  private async ask(
    method: HttpRequest['method'],
    path: string,
    rest: Partial<HttpRequest> = {},
  ): Promise<Result<Bytes>> {
    const response = await this.exchange(method, path, rest);
    return response.ok ? accepted(response.value) : response;
  }

  /** One request; a second one only where the first was turned away for want of a fresh nonce, and so did nothing. */
  private async exchange(
    method: HttpRequest['method'],
    path: string,
    rest: Partial<HttpRequest>,
  ): Promise<Result<HttpResponse>> {
    const { network, user } = this.options;
    // A large body is not sent twice: the nonce is fetched with a small question.
    if (user !== '' && this.challenge === undefined && rest.body !== undefined) {
      const asked = await this.exchange('GET', '/api/version', {});
      if (!asked.ok) return asked;
    }
    const send = () =>
      network.request({
        timeoutMs: REQUEST_TIMEOUT_MS,
        ...rest,
        method,
        path,
        headers: { ...rest.headers, ...this.credentials(method, path) },
      });
    const response = await send();
    if (!response.ok || response.value.status !== 401 || user === '') return response;
    const challenge = parseChallenge(response.value.header('www-authenticate'));
    if (challenge === undefined || challenge.nonce === this.challenge?.nonce) return response;
    this.challenge = challenge;
    this.count = 0;
    return await send();
  }

  private credentials(method: string, path: string): Readonly<Record<string, string>> {
    const { user, key, md5, random } = this.options;
    if (user === '') return { 'x-api-key': key };
    if (this.challenge === undefined) return {};
    const authorization = digestHeader({
      challenge: this.challenge,
      user,
      password: key,
      method,
      path,
      count: ++this.count,
      clientNonce: bytesToHex(random.bytes(8)),
      md5,
    });
    return { authorization };
  }
}
