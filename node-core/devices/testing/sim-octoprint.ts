// A simulated OctoPrint, written from its documentation (REST API, push updates): what a client needs that uploads, prints
// and follows. Its printer is the virtual one, on a cable. Shares no code with the driver.

import type { Bytes, Clock } from '../../base/index.ts';
import type { VirtualPrinterOptions } from '../virtual/index.ts';
import { FedPrinter } from './fed-printer.ts';
import type { SimPeer, SimPrintHost, SimRequest, SimResponse, SimSocketHandler } from './sim-network.ts';
import { readForm } from './sim-network.ts';

export type SimOctoPrintOptions = {
  readonly clock: Clock;
  readonly key: string;
  readonly printer?: Partial<VirtualPrinterOptions>;
  /** No push socket, as behind some proxies. */
  readonly withoutSocket?: boolean;
};

const TICKET = 't1cket';
/** After a cancel: motors, heaters and fan off, as in the program's own script. */
const AFTER_CANCEL = ['M84', 'M104 S0', 'M140 S0', 'M106 S0'];

export class SimOctoPrint implements SimPrintHost {
  readonly fed: FedPrinter;
  readonly files = new Map<string, Bytes>();
  readonly starts: string[] = [];
  private readonly options: SimOctoPrintOptions;
  private readonly clients = new Set<SimPeer>();
  private selected = '';
  private progress: { completion: number | null; filepos: number | null } = {
    completion: null,
    filepos: null,
  };
  private cancelling = false;
  private pausing = false;
  private open = true;

  constructor(options: SimOctoPrintOptions) {
    this.options = options;
    this.fed = new FedPrinter(options.clock, options.printer ?? {}, {
      line: (direction, text) => this.log(direction === 'sent' ? `Send: ${text}` : `Recv: ${text}`),
      changed: () => this.onChanged(),
    });
    // M0 and M1 become a pause, and are not sent.
    this.fed.intercept = (line) => {
      if (!/^M[01]\b/.test(line)) return false;
      this.fed.pause();
      return true;
    };
  }

  async handle(request: SimRequest): Promise<SimResponse> {
    if (request.headers['x-api-key'] !== this.options.key)
      return answer(403, { error: 'You do not have access' });
    const { method, body, headers } = request;
    const path = request.path.split('?')[0] ?? '';
    const json = (headers['content-type'] ?? '').includes('json')
      ? (JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>)
      : {};
    switch (`${method} ${path}`) {
      case 'GET /api/version':
        return answer(200, { api: '0.1', server: '1.11.0', text: 'OctoPrint 1.11.0' });
      case 'POST /api/login':
        return answer(200, { name: 'owner', session: TICKET, admin: true });
      case 'POST /api/connection':
        if (this.fed.state === 'error') this.fed.restart();
        this.open = true;
        return answer(204);
      case 'GET /api/job':
        return answer(200, this.jobState());
      case 'GET /api/printer':
        return this.isOperational
          ? answer(200, this.printerState())
          : answer(409, { error: 'Printer is not operational' });
      case 'POST /api/job':
        return this.jobCommand(String(json['command']), String(json['action']));
      case 'POST /api/printer/command':
        return this.command(json);
      case 'POST /api/files/local':
        return this.upload(headers['content-type'] ?? '', body);
      default:
        return this.file(method, path, json);
    }
  }

  private get isOperational(): boolean {
    return this.open && this.fed.state !== 'error';
  }

  private jobState(): object {
    const { state, error } = this.fed;
    const words = {
      idle: 'Operational',
      printing: this.pausing ? 'Pausing' : 'Printing',
      paused: 'Paused',
      error: 'Offline after error',
    }[state];
    const { selected, progress } = this;
    const running = state === 'printing' || state === 'paused';
    const at = running
      ? { completion: (this.fed.position / Math.max(1, this.fed.size)) * 100, filepos: this.fed.position }
      : progress;
    return {
      job: {
        file:
          selected === '' ? { name: null, path: null } : { name: selected, path: selected, origin: 'local' },
      },
      progress: { ...at, printTime: null, printTimeLeft: null },
      state: !this.open ? 'Offline' : this.cancelling ? 'Cancelling' : words,
      ...(state === 'error' ? { error } : {}),
    };
  }

  private printerState(): object {
    const { nozzle, bed } = this.fed;
    return {
      temperature: { tool0: { ...nozzle, offset: 0 }, bed: { ...bed, offset: 0 } },
      state: { text: 'Operational', flags: { operational: true } },
    };
  }

  private upload(contentType: string, body: Bytes): SimResponse {
    const { fields, name, content } = readForm(contentType, body);
    if (this.files.has(name) && fields.get('noOverwrite') === 'true')
      return answer(409, { error: 'File already exists' });
    this.files.set(name, content);
    return answer(201, { done: true, files: { local: { name, path: name, origin: 'local' } } });
  }

  private file(method: string, path: string, json: Record<string, unknown>): SimResponse {
    const name = decodeURIComponent(/^\/api\/files\/local\/(.+)$/.exec(path)?.[1] ?? '');
    if (name === '' || !this.files.has(name)) return answer(404, { error: 'Not found' });
    const busy = this.fed.state === 'printing' || this.fed.state === 'paused' || this.cancelling;
    if (method === 'DELETE') {
      if (busy && this.selected === name)
        return answer(409, { error: 'Trying to delete a file that is in use' });
      this.files.delete(name);
      if (this.selected === name) this.selected = '';
      return answer(204);
    }
    if (method !== 'POST' || json['command'] !== 'select') return answer(400, { error: 'Unknown command' });
    if (json['print'] === true) this.starts.push(name);
    if (!this.isOperational || busy) return answer(409, { error: 'Printer is already printing' });
    if (this.fed.deaf) return answer(204);
    this.begin(name);
    return answer(204);
  }

  private begin(name: string): void {
    this.selected = name;
    this.progress = { completion: null, filepos: null };
    this.fed.begin(name, this.files.get(name) ?? new Uint8Array());
    this.push({ event: { type: 'PrintStarted', payload: { name, path: name, origin: 'local' } } });
  }

  private jobCommand(command: string, action: string): SimResponse {
    const { state } = this.fed;
    if (state !== 'printing' && state !== 'paused') return answer(409, { error: 'No print job running' });
    if (command === 'cancel') void this.cancelPrint();
    else if (command === 'pause' && action === 'pause') void this.pausePrint();
    else if (command === 'pause' && action === 'resume') this.fed.resume();
    else return answer(400, { error: 'Unknown command' });
    return answer(204);
  }

  private async pausePrint(): Promise<void> {
    this.pausing = true;
    await this.fed.command('M400');
    this.fed.pause();
    this.pausing = false;
  }

  private async cancelPrint(): Promise<void> {
    if (this.cancelling) return;
    this.cancelling = true;
    const name = this.selected;
    // A heat-up is broken off.
    if (this.fed.heating) this.fed.raw('M108');
    this.fed.stop('cancelled');
    for (const line of AFTER_CANCEL) await this.fed.command(line);
    this.progress = { completion: null, filepos: null };
    this.cancelling = false;
    this.push({ event: { type: 'PrintCancelled', payload: { name, path: name, reason: 'user' } } });
    this.push({ event: { type: 'PrintFailed', payload: { name, path: name, reason: 'cancelled' } } });
  }

  private command(json: Record<string, unknown>): SimResponse {
    if (!this.isOperational) return answer(409, { error: 'Printer is not operational' });
    const commands = Array.isArray(json['commands'])
      ? (json['commands'] as string[])
      : [String(json['command'])];
    for (const command of commands) {
      if (command === 'M112') this.fed.raw('M112');
      else void this.fed.command(command);
    }
    return answer(204);
  }

  accept(path: string, peer: SimPeer): SimSocketHandler | undefined {
    if (path !== '/sockjs/websocket' || this.options.withoutSocket === true) return undefined;
    return {
      text: (text) => {
        const { auth } = JSON.parse(text) as { auth?: string };
        if (auth !== `owner:${TICKET}`) return;
        this.clients.add(peer);
        peer.send(JSON.stringify({ history: { logs: [], state: { text: 'Operational' } } }));
      },
      closed: () => this.clients.delete(peer),
    };
  }

  private log(line: string): void {
    // Only what somebody could want to read: temperature reports and lines of the file fill whole sockets.
    if (/^Recv: (?: ?T:|ok$)|^Send: G[0-3]\b/.test(line)) return;
    this.push({ current: { logs: [line], state: { text: 'x' } } });
  }

  private push(message: object): void {
    for (const peer of this.clients) peer.send(JSON.stringify(message));
  }

  private onChanged(): void {
    const { state, end, size, error } = this.fed;
    const name = this.selected;
    if (state === 'idle' && end === 'complete') {
      this.progress = { completion: 100, filepos: size };
      this.push({ event: { type: 'PrintDone', payload: { name, path: name, time: 1 } } });
    } else if (state === 'error') {
      this.push({ event: { type: 'Error', payload: { error, reason: 'firmware' } } });
      if (end === 'error')
        this.push({ event: { type: 'PrintFailed', payload: { name, path: name, reason: 'error', error } } });
    }
  }

  startElsewhere(file: string, gcode: Bytes): void {
    this.files.set(file, gcode);
    this.begin(file);
  }

  cancelElsewhere(): Promise<void> {
    return this.cancelPrint();
  }

  /** Somebody lets the printer go on OctoPrint's page. */
  closeElsewhere(): void {
    this.open = false;
  }
}

function answer(status: number, body?: unknown): SimResponse {
  return { status, body: body === undefined ? '' : JSON.stringify(body) };
}
