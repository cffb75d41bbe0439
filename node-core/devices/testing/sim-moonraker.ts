// A simulated Moonraker with Klipper behind it, written from Moonraker's and Klipper's documentation: enough of the API for
// any client that uploads, prints and follows. Its machine is the virtual printer. Shares no code with the driver.

import type { Bytes, Clock } from '../../base/index.ts';
import type { VirtualPrinterOptions } from '../virtual/index.ts';
import { FedPrinter } from './fed-printer.ts';
import type { SimPeer, SimPrintHost, SimRequest, SimResponse, SimSocketHandler } from './sim-network.ts';
import { readForm } from './sim-network.ts';

export type SimMoonrakerOptions = {
  readonly clock: Clock;
  /** Empty: every caller is trusted. */
  readonly key: string;
  readonly printer?: Partial<VirtualPrinterOptions>;
  /** Without [pause_resume]. */
  readonly withoutPause?: boolean;
  /** With [endstop_phase], which counts steps through homings, and motors laid out like this. */
  readonly kinematics?: string;
};

type Client = { readonly peer: SimPeer; known: boolean; subscribed: boolean; sent: string };
type Params = Readonly<Record<string, unknown>>;
class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const KLIPPER_ENDPOINTS = [
  'info',
  'emergency_stop',
  'list_endpoints',
  'gcode/script',
  'gcode/subscribe_output',
  'gcode/help',
  'objects/list',
  'objects/query',
  'objects/subscribe',
  'pause_resume/pause',
  'pause_resume/resume',
  'pause_resume/cancel',
  'register_remote_method',
];
/** Moonraker's are 250 ms apart; a simulated day is shorter with fewer. */
const UPDATE_MS = 1_000;

export class SimMoonraker implements SimPrintHost {
  readonly fed: FedPrinter;
  readonly files = new Map<string, Bytes>();
  /** Every start that was asked for, by file. */
  readonly starts: string[] = [];
  private readonly options: SimMoonrakerOptions;
  private readonly clients = new Set<Client>();
  private printState = 'standby';
  private message = '';
  private shutdown = '';
  private filename = '';
  private readonly lastHome: Record<string, { mcu_position: number; phase: number; phases: number }> = {};
  private outputs: ReadonlySet<(text: string) => void> = new Set();

  constructor(options: SimMoonrakerOptions) {
    this.options = options;
    this.fed = new FedPrinter(options.clock, options.printer ?? {}, {
      line: (direction, text) => this.onLine(direction, text),
      changed: () => this.onChanged(),
    });
    this.fed.intercept = (line) => this.intercept(line);
  }

  // HTTP

  async handle(request: SimRequest): Promise<SimResponse> {
    const { key } = this.options;
    if (key !== '' && request.headers['x-api-key'] !== key)
      return {
        status: 401,
        body: JSON.stringify({ error: { code: 401, message: 'Unauthorized', traceback: '' } }),
      };
    try {
      const result = await this.route(request);
      // Uploads are answered without the usual wrapping.
      if (request.path === '/server/files/upload') return { status: 201, body: JSON.stringify(result) };
      return { status: 200, body: JSON.stringify({ result }) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return {
        status: error.code,
        body: JSON.stringify({ error: { code: error.code, message: error.message, traceback: '' } }),
      };
    }
  }

  private route({ method, path, headers, body }: SimRequest): unknown {
    const url = path.split('?')[0] ?? '';
    if (method === 'GET' && url === '/server/info') return this.serverInfo();
    if (method === 'POST' && url === '/printer/emergency_stop') return this.emergency();
    if (method === 'POST' && url === '/server/files/upload') {
      const { name, content } = readForm(headers['content-type'] ?? '', body);
      if (this.printState === 'printing' && this.filename === name) throw new Refusal(403, 'File is loaded');
      this.files.set(name, content);
      return {
        item: { path: name, root: 'gcodes', size: content.length },
        print_started: false,
        action: 'create_file',
      };
    }
    const file = /^\/server\/files\/gcodes\/(.+)$/.exec(url)?.[1];
    if (method === 'DELETE' && file !== undefined) {
      const name = decodeURIComponent(file);
      if (!this.files.has(name)) throw new Refusal(404, `Invalid file path: ${name}`);
      if (this.isActive && this.filename === name) throw new Refusal(403, 'File is loaded');
      this.files.delete(name);
      return { item: { path: name, root: 'gcodes' }, action: 'delete_file' };
    }
    throw new Refusal(404, 'Not Found');
  }

  private get isActive(): boolean {
    return this.printState === 'printing' || this.printState === 'paused';
  }

  // WebSocket

  accept(path: string, peer: SimPeer): SimSocketHandler | undefined {
    if (path !== '/websocket') return undefined;
    const client: Client = { peer, known: this.options.key === '', subscribed: false, sent: '' };
    this.clients.add(client);
    void this.update(client);
    return { text: (text) => void this.answer(client, text), closed: () => this.clients.delete(client) };
  }

  private async answer(client: Client, text: string): Promise<void> {
    const { id, method, params = {} } = JSON.parse(text) as { id: number; method: string; params?: Params };
    const reply = (content: object) => client.peer.send(JSON.stringify({ jsonrpc: '2.0', ...content, id }));
    try {
      reply({ result: await this.call(client, method, params) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reply({ error: { code: error.code, message: error.message } });
    }
  }

  private async call(client: Client, method: string, params: Params): Promise<unknown> {
    if (method === 'server.connection.identify') {
      if (this.options.key !== '' && params['api_key'] !== this.options.key)
        throw new Refusal(401, 'Unauthorized');
      client.known = true;
      return { connection_id: 1 };
    }
    if (!client.known) throw new Refusal(401, 'Unauthorized');
    if (method === 'server.info') return this.serverInfo();
    if (method === 'printer.info') {
      const state_message = this.shutdown === '' ? 'Printer is ready' : this.shutdown;
      return { state: this.klippyState, state_message, hostname: 'sim', software_version: 'v0.12.0-sim' };
    }
    if (method === 'printer.emergency_stop') return this.emergency();
    if (this.klippyState !== 'ready') throw new Refusal(503, 'Klippy Host not connected');
    switch (method) {
      case 'printer.objects.list':
        return { objects: Object.keys(this.objects()) };
      case 'printer.objects.subscribe':
        client.subscribed = true;
        return { eventtime: 1, status: this.objects() };
      case 'printer.objects.query':
        return { eventtime: 1, status: { ...this.objects(), configfile: { settings: this.settings() } } };
      case 'printer.gcode.script':
        return await this.script(String(params['script']));
      case 'printer.print.start':
        return this.start(String(params['filename']));
      case 'printer.print.pause':
        return await this.script('PAUSE');
      case 'printer.print.resume':
        return await this.script('RESUME');
      case 'printer.print.cancel':
        return await this.script('CANCEL_PRINT');
      default:
        throw new Refusal(-32_601, 'Method not found');
    }
  }

  /** Changes only, as long as the client is there. */
  private async update(client: Client): Promise<void> {
    while (this.clients.has(client)) {
      await this.options.clock.sleep(UPDATE_MS);
      if (!client.subscribed || this.klippyState !== 'ready') continue;
      const now = JSON.stringify(this.objects());
      if (now !== client.sent) this.notify('notify_status_update', [JSON.parse(now), 1], client);
      client.sent = now;
    }
  }

  private notify(method: string, params: readonly unknown[], only?: Client): void {
    if (method === 'notify_gcode_response') for (const output of this.outputs) output(String(params[0]));
    for (const client of only === undefined ? this.clients : [only])
      if (client.known) client.peer.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  // Klipper

  private get klippyState(): string {
    return this.shutdown === '' ? 'ready' : 'shutdown';
  }

  private serverInfo(): object {
    return {
      klippy_connected: true,
      klippy_state: this.klippyState,
      moonraker_version: 'v0.9.3-sim',
      components: [],
    };
  }

  private objects(): Record<string, unknown> {
    const { nozzle, bed, position, size } = this.fed;
    const { x, y, z } = this.fed.truth().positionMm;
    const fileAt = this.isActive || this.printState === 'complete' ? position : 0;
    return {
      webhooks: { state: this.klippyState, state_message: 'Printer is ready' },
      print_stats: {
        state: this.printState,
        filename: this.filename,
        message: this.message,
        print_duration: 0,
      },
      virtual_sdcard: {
        file_position: fileAt,
        progress: size === 0 ? 0 : fileAt / size,
        is_active: this.isActive,
      },
      extruder: { temperature: nozzle.actual, target: nozzle.target, power: 0 },
      heater_bed: { temperature: bed.actual, target: bed.target, power: 0 },
      motion_report: { live_position: [x, y, z, 0], live_velocity: 0 },
      gcode_move: { gcode_position: [x, y, z, 0] },
      ...(this.options.kinematics === undefined ? {} : { endstop_phase: { last_home: this.lastHome } }),
      ...(this.options.withoutPause === true
        ? {}
        : { pause_resume: { is_paused: this.printState === 'paused' } }),
    };
  }

  private settings(): object {
    const stepper = { rotation_distance: 40, microsteps: 16, full_steps_per_rotation: 200, gear_ratio: [] };
    return {
      printer: { kinematics: this.options.kinematics },
      stepper_x: stepper,
      stepper_y: { ...stepper, gear_ratio: [[2, 1]] },
    };
  }

  /** Counts go on through a homing: what the motor lost is missing from then on. */
  private countHoming(axis: string, hitMm: number): void {
    const name = `stepper_${axis.toLowerCase()}`;
    const stepsPerMm = axis === 'X' ? 80 : 160;
    const before = this.lastHome[name]?.mcu_position;
    const mcu_position = before === undefined ? -1_234 : before + Math.round(hitMm * stepsPerMm);
    this.lastHome[name] = { mcu_position, phase: mcu_position & 63, phases: 64 };
  }

  /** Klipper runs scripts one after the other: this one waits for whatever line is being executed. */
  private async script(text: string): Promise<string> {
    const [command = ''] = text.trim().toUpperCase().split(/\s+/);
    if (command === 'TURN_OFF_HEATERS') {
      for (const line of ['M104 S0', 'M140 S0']) await this.fed.command(line);
    } else if (command === 'CANCEL_PRINT') {
      await this.cancelPrint();
    } else if (command === 'PAUSE') {
      await this.fed.command('M105');
      if (this.printState !== 'printing') throw new Refusal(400, 'Print already paused');
      this.printState = 'paused';
      this.fed.pause();
    } else if (command === 'RESUME') {
      if (this.printState !== 'paused') throw new Refusal(400, 'Print is not paused, resume aborted');
      this.printState = 'printing';
      this.fed.resume();
    } else if (/^[A-Z_]{2}/.test(command)) {
      throw new Refusal(400, `Unknown command:"${command}"`);
    } else {
      const replies = await this.fed.command(text);
      for (const reply of replies.filter((line) => !line.startsWith('ok') && !/^ ?T:/.test(line)))
        this.notify('notify_gcode_response', [`// ${reply}`]);
    }
    return 'ok';
  }

  /** The plain macro: it leaves the heaters on. */
  private async cancelPrint(): Promise<void> {
    if (!this.isActive) return;
    const wasPaused = this.printState === 'paused';
    if (!wasPaused) this.fed.pause();
    // Behind the line that runs: a heat-up is waited out.
    await this.fed.command('M105');
    this.fed.stop('cancelled');
    this.printState = 'cancelled';
  }

  private start(filename: string): string {
    this.starts.push(filename);
    const gcode = this.files.get(filename);
    if (gcode === undefined) throw new Refusal(400, 'Unable to open file');
    if (this.isActive) throw new Refusal(400, 'SD busy');
    if (this.fed.deaf) return 'ok';
    this.filename = filename;
    this.message = '';
    this.printState = 'printing';
    this.fed.begin(filename, gcode);
    return 'ok';
  }

  /** Klipper's own words in a file. */
  private intercept(line: string): boolean {
    if (line === 'PAUSE') {
      this.printState = 'paused';
      this.fed.pause();
      return true;
    }
    // Unknown to Klipper: it says so and goes on.
    return /^M0\b|^M1\b/.test(line);
  }

  private emergency(): string {
    this.fed.raw('M112');
    this.halt('Shutdown due to webhooks request');
    return 'ok';
  }

  private halt(reason: string): void {
    if (this.shutdown !== '') return;
    this.shutdown = reason;
    if (this.isActive) this.printState = 'error';
    this.notify('notify_klippy_shutdown', []);
  }

  private onLine(direction: 'sent' | 'received', text: string): void {
    const hit = /^echo:endstops hit:\s+([XY]):(-?[\d.]+)/.exec(text);
    if (direction === 'received' && hit !== null) this.countHoming(hit[1] ?? '', Number(hit[2]));
    if (direction !== 'received' || !/extrusion prevented/.test(text) || !this.isActive) return;
    // Klipper ends the print at the first such move.
    this.message = 'Extrude below minimum temp\nSee the "min_extrude_temp" config option for details';
    this.printState = 'error';
    this.fed.stop('error');
    this.notify('notify_gcode_response', [`!! ${this.message}`]);
  }

  private onChanged(): void {
    const { state, end, error } = this.fed;
    if (state === 'error') this.halt(error);
    else if (state === 'idle' && end === 'complete' && this.printState === 'printing')
      this.printState = 'complete';
  }

  /** FIRMWARE_RESTART by the owner, after the cause is gone. */
  firmwareRestart(): void {
    this.shutdown = '';
    this.printState = 'standby';
    this.filename = '';
    this.fed.restart();
    this.notify('notify_klippy_ready', []);
  }

  /** The same Klipper without a Moonraker of ours before it, in the words of Klipper's own socket. */
  klipper(folder: string, read: (file: string) => Bytes) {
    const outputs = new Set<(text: string) => void>();
    const config = { virtual_sdcard: { path: `${folder}/gcodes` }, pause_resume: {} };
    const shared = () => ({
      ...this.objects(),
      gcode: { commands: {} },
      configfile: { config, settings: config, save_config_pending: false },
      toolhead: { homed_axes: '', position: [0, 0, 0, 0] },
    });
    const call = async (method: string, params: Params): Promise<unknown> => {
      switch (method) {
        case 'info':
          return {
            state: this.klippyState,
            state_message: this.shutdown === '' ? 'Printer is ready' : this.shutdown,
            hostname: 'sim',
            software_version: 'v0.12.0-sim',
            config_file: `${folder}/config/printer.cfg`,
            log_file: `${folder}/logs/klippy.log`,
            klipper_path: `${folder}/klipper`,
            python_path: `${folder}/klipper/python`,
            process_id: 1,
            user_id: 0,
            group_id: 0,
          };
        case 'list_endpoints':
          return { endpoints: KLIPPER_ENDPOINTS };
        case 'objects/list':
          return { objects: Object.keys(shared()) };
        case 'objects/query':
        case 'objects/subscribe':
          return { eventtime: 1, status: shared() };
        case 'gcode/script': {
          const script = String(params['script']);
          const file = /^SDCARD_PRINT_FILE FILENAME="?([^"]+)"?/.exec(script)?.[1];
          if (file === undefined) return await this.script(script).then(() => ({}));
          this.files.set(file, read(file));
          this.start(file);
          return {};
        }
        case 'pause_resume/pause':
          return await this.script('PAUSE').then(() => ({}));
        case 'pause_resume/resume':
          return await this.script('RESUME').then(() => ({}));
        case 'pause_resume/cancel':
          return await this.script('CANCEL_PRINT').then(() => ({}));
        case 'emergency_stop':
          this.emergency();
          return {};
        default:
          return {};
      }
    };
    this.outputs = outputs;
    return {
      call,
      objects: shared,
      onOutput: (listener: (text: string) => void) => void outputs.add(listener),
    };
  }

  /** A print that somebody else starts. */
  startElsewhere(filename: string, gcode: Bytes): void {
    this.files.set(filename, gcode);
    this.start(filename);
    this.starts.pop();
  }

  cancelElsewhere(): Promise<void> {
    return this.cancelPrint();
  }
}
