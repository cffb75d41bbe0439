// A simulated Bambu Lab printer in its local mode, written from the descriptions of the OpenBambuAPI project: the state
// as reports that hold only what changed, answers that repeat the number of the order, print files as packages that it
// unpacks and checks, states that stay at FINISH or FAILED. The printer itself is the virtual one. Shares no code with
// the driver. As a SimServer its broker is the socket `/bus` and its file store is below `/files/`.

import type { Bytes, Clock, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { BambuBus, BambuLan } from '../bambu/index.ts';
import { printhostFault } from '../network/index.ts';
import type { VirtualPrinterOptions } from '../virtual/index.ts';
import { FedPrinter } from './fed-printer.ts';
import type {
  SimNetwork,
  SimPeer,
  SimPrintHost,
  SimRequest,
  SimResponse,
  SimSocketHandler,
} from './sim-network.ts';

export type SimBambuOptions = {
  readonly clock: Clock;
  readonly code: string;
  readonly md5: (bytes: Bytes) => Bytes;
  readonly printer?: Partial<VirtualPrinterOptions>;
  /** False: it takes orders of the maker's own programs alone. */
  readonly developerMode?: boolean;
};

type Order = { readonly command: string; readonly sequence_id: string; readonly [field: string]: unknown };

const CANCELLED = 50_348_044;
const FELL_OUT = 0x0300_8000;
/** Motion and heating, fatal. */
const FATAL = { attr: 0x0300_0100, code: 0x0001_0001 };

export class SimBambu implements SimPrintHost {
  readonly fed: FedPrinter;
  readonly files = new Map<string, Bytes>();
  readonly starts: string[] = [];
  private readonly options: SimBambuOptions;
  private readonly peers = new Set<SimPeer>();
  private state = 'IDLE';
  private error = 0;
  private stopping = false;
  private told: Record<string, unknown> = {};

  constructor(options: SimBambuOptions) {
    this.options = options;
    this.fed = new FedPrinter(options.clock, options.printer ?? {}, {
      line: (direction, text) => this.onLine(direction, text),
      changed: () => this.onChanged(),
    });
    this.fed.intercept = (line) => {
      if (!/^M400 U1\b/.test(line)) return false;
      this.fed.pause();
      this.turn('PAUSE');
      return true;
    };
  }

  async handle({ method, path, headers, body }: SimRequest): Promise<SimResponse> {
    if (headers['code'] !== this.options.code) return { status: 401, body: '' };
    if (path === '/login') return { status: 200, body: '' };
    const name = /^\/files\/(.+)\.3mf$/.exec(path)?.[1];
    if (name === undefined) return { status: 404, body: '' };
    if (method === 'DELETE') {
      if (this.isActive && this.fed.file === name) return { status: 550, body: '' };
      this.files.delete(name);
      return { status: 200, body: '' };
    }
    const gcode = unpack(body, this.options.md5);
    if (gcode === undefined) return { status: 550, body: '' };
    this.files.set(name, gcode);
    return { status: 200, body: '' };
  }

  accept(path: string, peer: SimPeer): SimSocketHandler | undefined {
    if (path !== '/bus') return undefined;
    this.peers.add(peer);
    return { text: (text) => this.onText(text), closed: () => void this.peers.delete(peer) };
  }

  startElsewhere(file: string, gcode: Bytes): void {
    this.files.set(file, gcode);
    this.begin(file);
  }

  cancelElsewhere(): Promise<void> {
    return this.stop(CANCELLED);
  }

  private get isActive(): boolean {
    return this.state === 'PREPARE' || this.state === 'RUNNING' || this.state === 'PAUSE';
  }

  private onText(text: string): void {
    const { info, pushing, print } = JSON.parse(text) as Record<string, Order | undefined>;
    if (info?.command === 'get_version')
      this.say({
        info: {
          command: 'get_version',
          sequence_id: info.sequence_id,
          module: [
            { name: 'ota', hw_ver: '', sw_ver: '01.08.02.00', product_name: 'P1S', sn: '' },
            { name: 'mc', hw_ver: 'MC07', sw_ver: '00.00.28.56', sn: '[hidden]' },
          ],
        },
      });
    if (pushing?.command === 'pushall') {
      this.told = {};
      this.push();
    }
    if (print !== undefined) void this.onOrder(print);
  }

  private async onOrder(order: Order): Promise<void> {
    const answer = (result: string, reason: string) => this.say({ print: { ...order, result, reason } });
    if (this.options.developerMode === false) return answer('failed', 'mqtt message verify failed');
    const refused = await this.obey(order);
    answer(refused === '' ? 'success' : 'fail', refused);
  }

  /** Why not; empty where it is done. */
  private async obey(order: Order): Promise<string> {
    switch (order.command) {
      case 'project_file':
        return this.startOrdered(order);
      case 'pause':
        if (this.state !== 'RUNNING') return 'not printing';
        this.fed.pause();
        this.turn('PAUSE');
        return '';
      case 'resume':
        if (this.state !== 'PAUSE') return 'not paused';
        this.turn('RUNNING');
        this.fed.resume();
        return '';
      case 'stop':
        if (!this.isActive) return 'not printing';
        void this.stop(CANCELLED);
        return '';
      case 'gcode_line':
        for (const line of String(order['param']).split('\n'))
          if (line !== '') void this.fed.command(line.replace(/^M106 P1 S0$/, 'M107'));
        return '';
      default:
        return 'unknown command';
    }
  }

  private startOrdered(order: Order): string {
    const name = /^ftp:\/\/\/(.+)\.3mf$/.exec(String(order['url']))?.[1] ?? '';
    this.starts.push(name);
    if (order['param'] !== 'Metadata/plate_1.gcode' || order['subtask_name'] !== name) return 'no such plate';
    if (this.isActive || this.stopping) return 'the printer is busy';
    if (!this.files.has(name)) return 'no such file';
    if (!this.fed.deaf) this.begin(name);
    return '';
  }

  private begin(name: string): void {
    this.error = 0;
    this.fed.begin(name, this.files.get(name) ?? new Uint8Array());
    this.turn('PREPARE');
    this.turn('RUNNING');
  }

  private async stop(error: number): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    if (this.fed.heating) this.fed.raw('M108');
    this.fed.stop('cancelled');
    for (const line of ['M104 S0', 'M140 S0', 'M107', 'M84']) await this.fed.command(line);
    this.stopping = false;
    if (this.fed.state === 'error') return;
    this.error = error;
    this.turn('FAILED');
  }

  private onLine(direction: 'sent' | 'received', text: string): void {
    if (direction !== 'received') return;
    if (/extrusion prevented/.test(text) && this.isActive) void this.stop(FELL_OUT);
    if (/\bT:/.test(text)) this.push();
  }

  private onChanged(): void {
    const { state, end } = this.fed;
    if (state === 'error') this.turn('FAILED');
    else if (state === 'idle' && end === 'complete') this.turn('FINISH');
  }

  private turn(state: string): void {
    this.state = state;
    this.push();
  }

  /** Only what changed since the last report, as the smaller printers do. */
  private push(): void {
    const { nozzle, bed, file, position, size } = this.fed;
    const percent = this.state === 'FINISH' ? 100 : Math.floor((position / Math.max(1, size)) * 100);
    const now: Record<string, unknown> = {
      gcode_state: this.state,
      subtask_name: file,
      gcode_file: file === '' ? '' : `/data/Metadata/plate_1.gcode`,
      mc_percent: percent,
      nozzle_temper: nozzle.actual,
      nozzle_target_temper: nozzle.target,
      bed_temper: bed.actual,
      bed_target_temper: bed.target,
      print_error: this.error,
      hms: this.fed.state === 'error' ? [FATAL] : [],
      wifi_signal: '-45dBm',
    };
    const news = Object.entries(now).filter(
      ([name, value]) => JSON.stringify(this.told[name]) !== JSON.stringify(value),
    );
    this.told = now;
    if (news.length > 0)
      this.say({ print: { ...Object.fromEntries(news), command: 'push_status', sequence_id: '0' } });
  }

  private say(message: object): void {
    for (const peer of [...this.peers]) peer.send(JSON.stringify(message));
  }
}

/** The simulated network as the driver's port. */
export function bambuLanOver(network: SimNetwork, code: string): BambuLan {
  const ask = async (
    method: 'GET' | 'PUT' | 'DELETE',
    path: string,
    body: readonly Bytes[],
    timeoutMs: number,
  ) => {
    const sent = await network.request({ method, path, headers: { code }, body, timeoutMs });
    if (!sent.ok) return sent;
    if (sent.value.status === 401) return refuse(printhostFault('printhost.key.refused'));
    return sent.value.status === 200 ? ok(undefined) : refuse(printhostFault('printhost.upload'));
  };
  return {
    async openBus({ timeoutMs }): Promise<Result<BambuBus>> {
      const known = await ask('GET', '/login', [], timeoutMs);
      if (!known.ok) return known;
      const socket = await network.openSocket({ path: '/bus', timeoutMs });
      if (!socket.ok) return socket;
      const { value } = socket;
      return ok({
        publish: async (text) => {
          value.send(text);
          return ok(undefined);
        },
        onText: (listener) => value.onText(listener),
        onClose: (listener) => value.onClose(listener),
        close: () => value.close(),
      });
    },
    putFile: (name, pieces, { timeoutMs, signal }) => {
      const aborted = signal?.aborted === true;
      return aborted
        ? Promise.resolve(refuse(printhostFault('printhost.upload')))
        : ask('PUT', `/files/${name}`, pieces, timeoutMs);
    },
    deleteFile: (name, { timeoutMs }) => ask('DELETE', `/files/${name}`, [], timeoutMs),
  };
}

/** The plate's G-code out of a package, if everything in it is as it should be. */
export function unpack(file: Bytes, md5: (bytes: Bytes) => Bytes): Bytes | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = file.length - 22;
  if (end < 0 || view.getUint32(end, true) !== 0x0605_4b50) return undefined;
  const entries = new Map<string, Bytes>();
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < view.getUint16(end + 10, true); index++) {
    if (view.getUint32(at, true) !== 0x0201_4b50 || view.getUint16(at + 10, true) !== 0) return undefined;
    const [size, length] = [view.getUint32(at + 24, true), view.getUint16(at + 28, true)];
    const local = view.getUint32(at + 42, true);
    if (view.getUint32(local, true) !== 0x0403_4b50) return undefined;
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const name = new TextDecoder().decode(file.subarray(at + 46, at + 46 + length));
    entries.set(name, file.slice(from, from + size));
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  const gcode = entries.get('Metadata/plate_1.gcode');
  const sum = new TextDecoder().decode(entries.get('Metadata/plate_1.gcode.md5'));
  if (gcode === undefined || sum !== bytesToHex(md5(gcode)).toUpperCase()) return undefined;
  return entries.has('[Content_Types].xml') && entries.has('3D/3dmodel.model') ? gcode : undefined;
}
