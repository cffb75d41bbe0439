// The printer of a simulated print host: the virtual printer on a cable, and a feeder as simple as a host's own: one line
// out at a time, no numbers, since the cable loses nothing. Shares no code with the drivers under test.

import type { Bytes, Clock } from '../../base/index.ts';
import { utf8ToBytes } from '../../base/index.ts';
import type { Trouble, VirtualPrinter, VirtualPrinterOptions, VirtualTruth } from '../virtual/index.ts';
import { createLinkPair, type LinkPair, runVirtualPrinter } from '../virtual/index.ts';

export type FedState = 'idle' | 'printing' | 'paused' | 'error';
export type FedEnd = 'complete' | 'cancelled' | 'error';

export type FedListener = {
  /** The printer's words, and what the host itself sent. */
  line?(direction: 'sent' | 'received', text: string): void;
  changed?(): void;
};

type Waiting = {
  readonly text: string;
  readonly replies: string[];
  readonly done: (replies: string[]) => void;
};

export type Reading = { actual: number; target: number };

export class FedPrinter {
  readonly printer: VirtualPrinter;
  readonly nozzle: Reading = { actual: 0, target: 0 };
  readonly bed: Reading = { actual: 0, target: 0 };
  state: FedState = 'idle';
  /** Why the printer does not work, or why the last print ended. */
  error = '';
  file = '';
  size = 0;
  /** Bytes of the file that were executed. */
  position = 0;
  end: FedEnd | undefined;
  /** True while a line waits for a temperature. */
  heating = false;
  /** Called for each line before it is sent; true where the host deals with it itself. */
  intercept: (line: string) => boolean = () => false;
  private readonly pair: LinkPair;
  private readonly listener: FedListener;
  private readonly commands: Waiting[] = [];
  private current: Waiting | undefined;
  private lines: { readonly text: string; readonly end: number }[] = [];
  private next = 0;
  private buffer = '';
  private started = false;

  constructor(clock: Clock, options: Partial<VirtualPrinterOptions>, listener: FedListener) {
    this.listener = listener;
    this.pair = createLinkPair(clock);
    this.pair.near.onData((bytes) => this.receive(bytes));
    this.pair.near.onClose(() => this.fail('the printer is not there any more'));
    this.printer = runVirtualPrinter(this.pair.far, { clock, keepLog: true, ...options });
    void this.command('M155 S1');
    void this.command('M105');
  }

  truth(): VirtualTruth {
    return this.printer.truth();
  }

  strike(trouble: Trouble): void {
    this.printer.strike(trouble);
  }

  /** One command of the host's or its user's, before the next line of the file. */
  command(text: string): Promise<string[]> {
    return new Promise((resolve) => {
      this.commands.push({ text, replies: [], done: resolve });
      this.pump();
    });
  }

  /** Takes starts and begins nothing, as hosts in trouble do. */
  deaf = false;

  begin(file: string, gcode: Bytes): void {
    if (this.deaf) return;
    const text = new TextDecoder().decode(gcode);
    this.file = file;
    this.size = gcode.length;
    this.position = 0;
    this.end = undefined;
    this.error = '';
    this.lines = [];
    this.next = 0;
    let at = 0;
    for (const line of text.split('\n')) {
      at += utf8ToBytes(line).length + 1;
      const plain = line.replace(/;.*$/, '').trim();
      this.lines.push({ text: plain, end: Math.min(at, gcode.length) });
    }
    this.set('printing');
    this.pump();
  }

  pause(): void {
    if (this.state === 'printing') this.set('paused');
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.set('printing');
    this.pump();
  }

  /** Ends the print; what is out is waited for. */
  stop(end: FedEnd, reason = ''): void {
    if (this.state !== 'printing' && this.state !== 'paused') return;
    this.end = end;
    this.error = reason;
    this.lines = [];
    this.set('idle');
  }

  /** Past the queue. */
  raw(text: string): void {
    void this.pair.near.write(utf8ToBytes(`${text}\n`)).catch(() => undefined);
  }

  restart(): void {
    this.current = undefined;
    this.commands.length = 0;
    this.error = '';
    this.file = '';
    this.end = undefined;
    this.set('idle');
    this.printer.restart();
    void this.command('M155 S1');
  }

  unplug(): void {
    this.pair.unplug('pulled');
  }

  private set(state: FedState): void {
    this.state = state;
    this.listener.changed?.();
  }

  private fail(reason: string): void {
    if (this.state === 'error') return;
    if (this.state !== 'idle') this.end = 'error';
    this.error = reason;
    this.lines = [];
    this.heating = false;
    const waiting = [...(this.current === undefined ? [] : [this.current]), ...this.commands.splice(0)];
    this.current = undefined;
    for (const { done } of waiting) done([]);
    this.set('error');
  }

  private pump(): void {
    while (this.current === undefined && this.state !== 'error') {
      const command = this.commands.shift();
      if (command !== undefined) {
        this.transmit(command);
        return;
      }
      if (this.state !== 'printing') return;
      const line = this.lines[this.next++];
      if (line === undefined) {
        this.end = 'complete';
        this.position = this.size;
        this.set('idle');
        return;
      }
      if (line.text === '' || this.intercept(line.text)) {
        this.position = line.end;
        continue;
      }
      this.transmit({ text: line.text, replies: [], done: () => this.pass(line.end) });
      return;
    }
  }

  private pass(end: number): void {
    this.position = end;
  }

  private transmit(waiting: Waiting): void {
    this.current = waiting;
    this.heating = /^M1[09][09]\b/.test(waiting.text);
    this.listener.line?.('sent', waiting.text);
    this.raw(waiting.text);
  }

  private receive(bytes: Bytes): void {
    this.buffer += new TextDecoder().decode(bytes);
    const lines = this.buffer.split('\n');
    this.buffer = lines.pop() ?? '';
    for (const line of lines) this.onLine(line.trimEnd());
  }

  private onLine(line: string): void {
    this.listener.line?.('received', line);
    this.readTemperature(line);
    if (/^ok\b/.test(line)) {
      const { current } = this;
      if (current === undefined) return;
      this.current = undefined;
      this.heating = false;
      current.done([...current.replies, line]);
      this.pump();
      return;
    }
    this.current?.replies.push(line);
    const halted = /^Error:(?!Printer halted)(.*)/.exec(line)?.[1] ?? /^echo:(M112 Shutdown)/.exec(line)?.[1];
    if (halted !== undefined) this.fail(halted.trim());
    else if (line === 'start' && this.started && this.state !== 'idle') this.fail('the printer restarted');
    this.started ||= line === 'start';
  }

  private readTemperature(line: string): void {
    for (const [, name, actual, target] of line.matchAll(/\b(T|B):(-?[\d.]+) *\/(-?[\d.]+)/g)) {
      const heater = name === 'T' ? this.nozzle : this.bed;
      heater.actual = Number(actual);
      heater.target = Number(target);
    }
  }
}
