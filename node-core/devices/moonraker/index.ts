// A Klipper printer behind Moonraker: JSON-RPC over a WebSocket, files and the emergency stop over HTTP.
// Follows Moonraker's documented API (docs/external_api). A start, once sent, is never sent again.

import { z } from 'zod';
import type { Bytes, Clock, Random, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import { deviceFault } from '../faults.ts';
import type { HostListener, HostStatus, NetworkPort, PrintHost } from '../network/index.ts';
import {
  accepted,
  CANCEL_TIMEOUT_MS,
  COMMAND_LINES_MAX,
  formBody,
  parseAnswer,
  plainWords,
  printhostFault,
  REQUEST_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  UPLOAD_TIMEOUT_MS,
} from '../network/index.ts';
import type { FirmwareReport } from '../replies.ts';
import { RpcClient } from './json-rpc.ts';
import {
  hostStatus,
  KlipperStatus,
  KlipperSteps,
  mergeStatus,
  type StepLengths,
  SUBSCRIBED,
  stepLengths,
} from './status.ts';

export type MoonrakerOptions = {
  readonly network: NetworkPort;
  readonly clock: Clock;
  readonly random: Random;
  /** What people know the printer's address as; for faults. */
  readonly address: string;
  /** Empty where Moonraker trusts this computer. */
  readonly key: string;
};

/** 403 is about the file, not about the caller. */
const NOT_YOU = [401];
/** Klipper starts within this time after its computer. */
const STARTUP_MS = 60_000;
const STARTUP_LOOK_MS = 2_000;
/** A command of the owner's may home or level the bed. */
const COMMAND_TIMEOUT_MS = 5 * 60_000;

const Done = z.unknown();
const ServerInfo = z.object({ klippy_state: z.string(), moonraker_version: z.string().optional() });
const PrinterInfo = z.object({
  state_message: z.string().optional(),
  software_version: z.string().optional(),
});
const ObjectList = z.object({ objects: z.array(z.string()) });
const Status = z.object({ status: KlipperStatus });
const Item = z.object({ item: z.object({ path: z.string(), size: z.number().optional() }) });
/** Wrapped or not, by version. */
const Uploaded = z.union([Item, z.object({ result: Item }).transform(({ result }) => result)]);

export function createMoonrakerHost(options: MoonrakerOptions): PrintHost {
  return new MoonrakerHost(options);
}

class MoonrakerHost implements PrintHost {
  readonly pollMs = 3_000;
  readonly dialect = 'klipper';
  readonly pausesAtM0 = false;
  canPause = false;
  private readonly options: MoonrakerOptions;
  private rpc: RpcClient | undefined;
  private known: KlipperStatus = {};
  private objects: readonly string[] = [];
  private steps: StepLengths = {};
  private answers: string[] | undefined;

  constructor(options: MoonrakerOptions) {
    this.options = options;
  }

  async open(listener: HostListener, signal?: AbortSignal): Promise<Result<FirmwareReport>> {
    this.close();
    const info = await this.serverInfo(signal);
    if (!info.ok) return info;
    const rpc = await this.dial(listener, signal);
    if (!rpc.ok) return rpc;
    const ready = await this.waitForKlipper(rpc.value, signal);
    if (!ready.ok) return ready;
    return await this.subscribe(rpc.value);
  }

  /** Over HTTP first: a wrong address or key shows there in a known form. */
  private async serverInfo(signal?: AbortSignal): Promise<Result<void>> {
    const response = await this.options.network.request({
      method: 'GET',
      path: '/server/info',
      headers: this.headers(),
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) return response;
    const body = accepted(response.value, NOT_YOU);
    const wrong = refuse(printhostFault('printhost.wrong-kind', { kind: 'Moonraker' }));
    if (!body.ok) return body.fault.code === 'printhost.key.refused' ? body : wrong;
    return parseAnswer(z.object({ result: ServerInfo }), body.value).ok ? ok(undefined) : wrong;
  }

  private async dial(listener: HostListener, signal?: AbortSignal): Promise<Result<RpcClient>> {
    const { network, clock, address, key } = this.options;
    const opened = await network.openSocket({
      path: '/websocket',
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    if (!opened.ok) return opened;
    const socket = opened.value;
    const rpc = new RpcClient({
      socket,
      clock,
      host: address,
      onNotification: (method, params) => {
        if (this.rpc === rpc) this.onNotification(method, params, listener);
      },
    });
    this.rpc = rpc;
    socket.onClose(() => {
      if (this.rpc !== rpc) return;
      this.rpc = undefined;
      listener.lost();
    });
    const identity = {
      client_name: 'DIPNET Console',
      version: '1',
      type: 'desktop',
      url: 'about:blank',
      ...(key === '' ? {} : { api_key: key }),
    };
    const known = await rpc.call('server.connection.identify', identity, Done, REQUEST_TIMEOUT_MS);
    return known.ok ? ok(rpc) : known;
  }

  private async waitForKlipper(rpc: RpcClient, signal?: AbortSignal): Promise<Result<void>> {
    const { clock } = this.options;
    for (const sinceMs = clock.monotonicMs(); ; ) {
      const info = await rpc.call('server.info', {}, ServerInfo, REQUEST_TIMEOUT_MS);
      if (!info.ok) return info;
      const { klippy_state } = info.value;
      if (klippy_state === 'ready') return ok(undefined);
      if (klippy_state !== 'startup' || clock.monotonicMs() - sinceMs >= STARTUP_MS)
        return refuse(printhostFault('printhost.down', { reason: await this.whyDown(rpc, klippy_state) }));
      await clock.sleep(STARTUP_LOOK_MS, signal).catch(() => undefined);
      if (signal?.aborted === true) return refuse(deviceFault('device.aborted'));
    }
  }

  private async whyDown(rpc: RpcClient, state: string): Promise<string> {
    const info = await rpc.call('printer.info', {}, PrinterInfo, REQUEST_TIMEOUT_MS);
    const plain = `Klipper is in the state "${plainWords(state, '?')}".`;
    return info.ok ? plainWords(info.value.state_message, plain) : plain;
  }

  private async subscribe(rpc: RpcClient): Promise<Result<FirmwareReport>> {
    const listed = await rpc.call('printer.objects.list', {}, ObjectList, REQUEST_TIMEOUT_MS);
    if (!listed.ok) return listed;
    const { objects } = listed.value;
    const missing = ['virtual_sdcard', 'print_stats'].find((name) => !objects.includes(name));
    if (missing !== undefined) return refuse(printhostFault('printhost.lacks', { what: `[${missing}]` }));
    this.canPause = objects.includes('pause_resume');
    this.objects = SUBSCRIBED.filter((name) => objects.includes(name));
    const wanted = Object.fromEntries(this.objects.map((name) => [name, null]));
    const status = await rpc.call(
      'printer.objects.subscribe',
      { objects: wanted },
      Status,
      REQUEST_TIMEOUT_MS,
    );
    if (!status.ok) return status;
    this.known = status.value.status;
    this.steps = await this.readSteps(rpc);
    const info = await rpc.call('printer.info', {}, PrinterInfo, REQUEST_TIMEOUT_MS);
    const version = info.ok ? plainWords(info.value.software_version, '') : '';
    const capabilities = [...(this.canPause ? ['PAUSE'] : []), 'EMERGENCY_STOP', 'COMMANDS'];
    return ok({ firmware: `Klipper ${version}`.trim(), capabilities });
  }

  /** Counts of steps are told where Klipper follows the phases of its end stops ([endstop_phase]). */
  private async readSteps(rpc: RpcClient): Promise<StepLengths> {
    if (!this.objects.includes('endstop_phase')) return {};
    const objects = { configfile: ['settings'] };
    const settings = await rpc.call('printer.objects.query', { objects }, KlipperSteps, REQUEST_TIMEOUT_MS);
    return settings.ok ? stepLengths(settings.value) : {};
  }

  private onNotification(method: string, params: readonly unknown[], listener: HostListener): void {
    if (method === 'notify_status_update') {
      const changed = KlipperStatus.safeParse(params[0]);
      if (!changed.success) return;
      this.known = mergeStatus(this.known, changed.data);
      listener.status(hostStatus(this.known, this.steps));
    } else if (method === 'notify_gcode_response' && typeof params[0] === 'string') {
      const text = plainWords(params[0], '');
      if (this.answers !== undefined && this.answers.length < COMMAND_LINES_MAX) this.answers.push(text);
      listener.line('received', text);
    } else if (method === 'notify_klippy_shutdown' || method === 'notify_klippy_disconnected') {
      const state = method.slice('notify_klippy_'.length);
      this.known = mergeStatus(this.known, { webhooks: { state, state_message: undefined } });
      void this.tellDown(listener);
    } else if (method === 'notify_klippy_ready') {
      // A Klipper that comes back has forgotten the subscription.
      listener.lost();
    }
  }

  /** The cause is worth the one question more. */
  private async tellDown(listener: HostListener): Promise<void> {
    const { rpc } = this;
    if (rpc === undefined) return;
    const state = this.known.webhooks?.state ?? 'shutdown';
    const state_message = await this.whyDown(rpc, state);
    this.known = mergeStatus(this.known, { webhooks: { state, state_message } });
    if (this.rpc === rpc) listener.status(hostStatus(this.known, this.steps));
  }

  async read(): Promise<Result<HostStatus>> {
    const { rpc } = this;
    if (rpc === undefined) return this.unreachable();
    const info = await rpc.call('server.info', {}, ServerInfo, REQUEST_TIMEOUT_MS);
    if (!info.ok) return info;
    const state = info.value.klippy_state;
    if (state !== 'ready') {
      const state_message = await this.whyDown(rpc, state);
      this.known = mergeStatus(this.known, { webhooks: { state, state_message } });
      return ok(hostStatus(this.known, this.steps));
    }
    const objects = Object.fromEntries(this.objects.map((name) => [name, null]));
    const status = await rpc.call('printer.objects.query', { objects }, Status, REQUEST_TIMEOUT_MS);
    if (!status.ok) return status;
    this.known = mergeStatus(this.known, status.value.status);
    return ok(hostStatus(this.known, this.steps));
  }

  async upload(file: string, gcode: Bytes, signal: AbortSignal): Promise<Result<void>> {
    const boundary = `----dipnet${bytesToHex(this.options.random.bytes(16))}`;
    const response = await this.options.network.request({
      method: 'POST',
      path: '/server/files/upload',
      headers: { ...this.headers(), 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: formBody(boundary, { root: 'gcodes' }, file, gcode),
      timeoutMs: UPLOAD_TIMEOUT_MS,
      signal,
    });
    if (!response.ok) return response;
    const body = accepted(response.value, NOT_YOU);
    if (!body.ok) return body;
    const uploaded = parseAnswer(Uploaded, body.value);
    const item = uploaded.ok ? uploaded.value.item : undefined;
    const whole = item?.path === file && (item.size === undefined || item.size === gcode.length);
    return whole ? ok(undefined) : refuse(printhostFault('printhost.upload'));
  }

  start(file: string): Promise<Result<void>> {
    return this.order('printer.print.start', { filename: file });
  }

  // Klipper answers pause and cancel when they are done, which is after a heat-up in flight; the driver watches the
  // state instead of waiting here.

  pause(): Promise<Result<void>> {
    return this.orderAndGo('printer.print.pause');
  }

  resume(): Promise<Result<void>> {
    return this.orderAndGo('printer.print.resume');
  }

  cancel(): Promise<Result<void>> {
    return this.orderAndGo('printer.print.cancel');
  }

  async remove(file: string): Promise<Result<void>> {
    const response = await this.options.network.request({
      method: 'DELETE',
      path: `/server/files/gcodes/${encodeURIComponent(file)}`,
      headers: this.headers(),
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    if (!response.ok) return response;
    const body = response.value.status === 404 ? ok(undefined) : accepted(response.value, NOT_YOU);
    return body.ok ? ok(undefined) : body;
  }

  async heatersOff(): Promise<Result<void>> {
    const off = await this.order('printer.gcode.script', { script: 'TURN_OFF_HEATERS' });
    // A machine without a part fan does not know it.
    await this.order('printer.gcode.script', { script: 'M107' });
    return off;
  }

  /** On both ways at once: the socket may be dead without knowing it. */
  async emergencyStop(): Promise<Result<void>> {
    this.rpc?.notify('printer.emergency_stop');
    const response = await this.options.network.request({
      method: 'POST',
      path: '/printer/emergency_stop',
      headers: this.headers(),
      timeoutMs: STOP_TIMEOUT_MS,
    });
    const delivered = response.ok && accepted(response.value, NOT_YOU).ok;
    return delivered ? ok(undefined) : refuse(printhostFault('printhost.stop-failed'));
  }

  async send(command: string): Promise<Result<readonly string[]>> {
    const { rpc } = this;
    if (rpc === undefined) return this.unreachable();
    const answers: string[] = [];
    this.answers = answers;
    const done = await rpc.call('printer.gcode.script', { script: command }, Done, COMMAND_TIMEOUT_MS);
    if (this.answers === answers) this.answers = undefined;
    return done.ok ? ok(answers) : done;
  }

  close(): void {
    const { rpc } = this;
    this.rpc = undefined;
    rpc?.close();
  }

  private async order(method: string, params: Readonly<Record<string, unknown>>): Promise<Result<void>> {
    const { rpc } = this;
    if (rpc === undefined) return this.unreachable();
    const done = await rpc.call(method, params, Done, REQUEST_TIMEOUT_MS);
    return done.ok ? ok(undefined) : done;
  }

  /** Refused only where the refusal comes quickly. */
  private async orderAndGo(method: string): Promise<Result<void>> {
    const { rpc } = this;
    if (rpc === undefined) return this.unreachable();
    const { clock } = this.options;
    const order = rpc.call(method, {}, Done, CANCEL_TIMEOUT_MS);
    const early = new AbortController();
    const going = clock.sleep(GOING_MS, early.signal).then(
      () => ok(undefined),
      () => ok(undefined),
    );
    const first = await Promise.race([order, going]);
    early.abort();
    return first.ok ? ok(undefined) : first;
  }

  private headers(): Readonly<Record<string, string>> {
    return this.options.key === '' ? {} : { 'x-api-key': this.options.key };
  }

  private unreachable(): Result<never> {
    const { address } = this.options;
    return refuse(
      printhostFault('printhost.unreachable', { host: address, reason: 'the connection is closed' }),
    );
  }
}

/** A refusal comes within this time; what takes longer is at work. */
const GOING_MS = 2_000;
