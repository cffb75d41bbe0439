// A simulated Prusa printer with PrusaLink's API v1, written from its published description: Digest or key, files under
// long and short names, jobs with numbers, a state that stays at FINISHED or STOPPED until somebody is there. The printer
// itself is the virtual one. Shares no code with the driver.

import type { Bytes, Clock } from '../../base/index.ts';
import { bytesToHex, utf8ToBytes } from '../../base/index.ts';
import type { VirtualPrinterOptions } from '../virtual/index.ts';
import { FedPrinter } from './fed-printer.ts';
import type { SimPeer, SimPrintHost, SimRequest, SimResponse, SimSocketHandler } from './sim-network.ts';

export type SimPrusaLinkOptions = {
  readonly clock: Clock;
  readonly user: string;
  readonly password: string;
  readonly md5: (bytes: Bytes) => Bytes;
  readonly printer?: Partial<VirtualPrinterOptions>;
  /** Asks for a count and a nonce of the client's, too. */
  readonly qop?: boolean;
};

/** A nonce serves so many requests. */
const NONCE_USES = 40;

export class SimPrusaLink implements SimPrintHost {
  readonly fed: FedPrinter;
  readonly files = new Map<string, Bytes>();
  readonly starts: string[] = [];
  private readonly options: SimPrusaLinkOptions;
  private nonce = 1;
  private uses = 0;
  private jobId = 0;
  private state = 'IDLE';
  private stopping = false;

  constructor(options: SimPrusaLinkOptions) {
    this.options = options;
    this.fed = new FedPrinter(options.clock, options.printer ?? {}, {
      line: (direction, text) => this.onLine(direction, text),
      changed: () => this.onChanged(),
    });
    // It stops at M0 and asks on its screen.
    this.fed.intercept = (line) => {
      if (!/^M[01]\b/.test(line)) return false;
      this.fed.pause();
      this.state = 'PAUSED';
      return true;
    };
  }

  async handle(request: SimRequest): Promise<SimResponse> {
    if (!this.isAllowed(request)) return this.challenge();
    const { method, headers, body } = request;
    const path = request.path.split('?')[0] ?? '';
    const file = /^\/api\/v1\/files\/usb\/(.+)$/.exec(path)?.[1];
    if (file !== undefined) return this.file(method, decodeURIComponent(file), headers, body);
    const job = /^\/api\/v1\/job\/(\d+)(\/\w+)?$/.exec(path);
    if (job !== null) return this.command(method, Number(job[1]), job[2] ?? '');
    switch (`${method} ${path}`) {
      case 'GET /api/version':
        return answer(200, { api: '2.0.0', server: '2.1.2', text: 'PrusaLink', hostname: 'prusa' });
      case 'GET /api/v1/storage':
        return answer(200, {
          storage_list: [{ path: '/usb', name: 'usb', type: 'USB', available: true, read_only: false }],
        });
      case 'GET /api/v1/status':
        return answer(200, { printer: this.printer() });
      case 'GET /api/v1/job':
        return this.isActive || this.state === 'FINISHED' || this.state === 'STOPPED'
          ? answer(200, this.job())
          : answer(204);
      default:
        return answer(404, { message: 'Not found' });
    }
  }

  private isAllowed({ method, path, headers }: SimRequest): boolean {
    const { user, password, md5, qop } = this.options;
    if (headers['x-api-key'] === password) return true;
    const given = headers['authorization'] ?? '';
    const value = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? '';
    const hash = (text: string) => bytesToHex(md5(utf8ToBytes(text)));
    const ha1 = hash(`${user}:Printer API:${password}`);
    const ha2 = hash(`${method}:${path}`);
    const nonce = String(this.nonce);
    const middle = qop === true ? `${nonce}:${value('nc')}:${value('cnonce')}:auth` : nonce;
    const right = value(' nonce') === nonce && value('response') === hash(`${ha1}:${middle}:${ha2}`);
    if (!right) return false;
    if (++this.uses >= NONCE_USES) {
      this.nonce++;
      this.uses = 0;
    }
    return true;
  }

  private challenge(): SimResponse {
    const extra = this.options.qop === true ? ', qop="auth", algorithm=MD5' : '';
    const header = `Digest realm="Printer API", nonce="${this.nonce}", stale="false"${extra}`;
    return { ...answer(401, { message: 'Unauthorized' }), headers: { 'www-authenticate': header } };
  }

  private get isActive(): boolean {
    return this.state === 'PRINTING' || this.state === 'PAUSED';
  }

  private printer(): object {
    const { nozzle, bed } = this.fed;
    const { x, y, z } = this.fed.truth().positionMm;
    return {
      state: this.stopping ? 'BUSY' : this.state,
      temp_nozzle: nozzle.actual,
      target_nozzle: nozzle.target,
      temp_bed: bed.actual,
      target_bed: bed.target,
      // Reported at rest alone.
      ...(this.isActive ? {} : { axis_x: x, axis_y: y }),
      axis_z: z,
      flow: 100,
      speed: 100,
    };
  }

  private job(): object {
    const { file, position, size } = this.fed;
    const progress = this.state === 'FINISHED' ? 100 : Math.floor((position / Math.max(1, size)) * 100);
    const short = `${file.slice(0, 6).toUpperCase()}~1.GCO`;
    return {
      id: this.jobId,
      state: this.state,
      progress,
      time_remaining: 60,
      time_printing: 60,
      file: { name: short, display_name: file, path: '/usb', size },
    };
  }

  private file(method: string, name: string, headers: SimRequest['headers'], body: Bytes): SimResponse {
    if (method === 'PUT') {
      if (this.files.has(name) && headers['overwrite'] !== '?1')
        return answer(409, { message: 'File already exists' });
      if (Number(headers['content-length']) !== body.length) return answer(400, { message: 'Wrong length' });
      this.files.set(name, body.slice());
      return answer(201, { name });
    }
    if (!this.files.has(name)) return answer(404, { message: 'File not found' });
    if (method === 'DELETE') {
      if (this.isActive && this.fed.file === name) return answer(409, { message: 'File is in use' });
      this.files.delete(name);
      return answer(204);
    }
    if (method !== 'POST') return answer(405, { message: 'Method not allowed' });
    this.starts.push(name);
    if (this.isActive || this.stopping) return answer(409, { message: 'Printer is busy' });
    if (!this.fed.deaf) this.begin(name);
    return answer(204);
  }

  private begin(name: string): void {
    this.jobId++;
    this.state = 'PRINTING';
    this.fed.begin(name, this.files.get(name) ?? new Uint8Array());
  }

  private command(method: string, id: number, action: string): SimResponse {
    if (id !== this.jobId || !this.isActive) return answer(409, { message: 'No such job' });
    if (method === 'DELETE' && action === '') void this.stop();
    else if (method === 'PUT' && action === '/pause' && this.state === 'PRINTING') {
      this.fed.pause();
      this.state = 'PAUSED';
    } else if (method === 'PUT' && action === '/resume' && this.state === 'PAUSED') {
      this.state = 'PRINTING';
      this.fed.resume();
    } else return answer(409, { message: 'Not now' });
    return answer(204);
  }

  /** The firmware ends a heat-up, switches everything off and puts the head aside. */
  private async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    if (this.fed.heating) this.fed.raw('M108');
    this.fed.stop('cancelled');
    for (const line of ['M104 S0', 'M140 S0', 'M107', 'M84']) await this.fed.command(line);
    this.stopping = false;
    if (this.state !== 'ERROR') this.state = 'STOPPED';
  }

  private onLine(direction: 'sent' | 'received', text: string): void {
    if (direction === 'received' && /extrusion prevented/.test(text) && this.isActive) void this.stop();
  }

  private onChanged(): void {
    const { state, end } = this.fed;
    if (state === 'error') this.state = 'ERROR';
    else if (state === 'idle' && end === 'complete') this.state = 'FINISHED';
  }

  accept(_path: string, _peer: SimPeer): SimSocketHandler | undefined {
    return undefined;
  }

  startElsewhere(file: string, gcode: Bytes): void {
    this.files.set(file, gcode);
    this.begin(file);
  }

  cancelElsewhere(): Promise<void> {
    return this.stop();
  }
}

function answer(status: number, body?: unknown): SimResponse {
  return { status, body: body === undefined ? '' : JSON.stringify(body) };
}
