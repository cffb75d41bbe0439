// One MQTT 3.1.1 session over a socket that stands: signed in, subscribed to one topic, publishing to another. Packets are
// framed by mqtt-packet; here are what a session is: acknowledgements, keep-alive, limits. It is not opened again by
// itself: whoever uses it knows when.

import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { generate, type Packet, parser } from 'mqtt-packet';
import type { Fault, Result } from '../../base/index.ts';
import { ok, refuse } from '../../base/index.ts';
import { ANSWER_BYTES_MAX, type BambuBus, printhostFault } from '../../devices/index.ts';

export type MqttLogin = {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly listenTo: string;
  readonly speakTo: string;
  readonly timeoutMs: number;
};

const KEEPALIVE_S = 30;
/** A broker in the same room acknowledges within milliseconds. */
const ACK_MS = 5_000;
/** Refusals of CONNACK that mean the password. */
const NOT_YOU: readonly number[] = [4, 5];

export function openMqttSession(socket: Duplex, login: MqttLogin): Promise<Result<BambuBus>> {
  return new Session(socket, login).open();
}

type Waiting = { readonly settle: (fault?: Fault) => void };

class Session implements BambuBus {
  readonly #socket: Duplex;
  readonly #login: MqttLogin;
  readonly #parser = parser({ protocolVersion: 4 });
  readonly #waiting = new Map<string, Waiting>();
  #listener: (text: string) => void = () => undefined;
  #closeListener: (() => void) | undefined;
  #messageId = 0;
  #unread = 0;
  #pinging = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, login: MqttLogin) {
    this.#socket = socket;
    this.#login = login;
    this.#parser.on('packet', (packet) => this.#receive(packet));
    this.#parser.on('error', () => this.close());
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', () => this.close());
    socket.on('close', () => this.#end());
  }

  async open(): Promise<Result<BambuBus>> {
    const { user, password, listenTo, timeoutMs } = this.#login;
    const known = this.#wait('connack', timeoutMs);
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: `dipnet-${randomBytes(6).toString('hex')}`,
      keepalive: KEEPALIVE_S,
      username: user,
      password: Buffer.from(password, 'utf8'),
    });
    const signedIn = await known;
    if (!signedIn.ok) return this.#giveUp(signedIn);
    const messageId = this.#nextId();
    const subscribed = this.#wait(`suback ${messageId}`, timeoutMs);
    this.#send({ cmd: 'subscribe', messageId, subscriptions: [{ topic: listenTo, qos: 0 }] });
    const listening = await subscribed;
    if (!listening.ok) return this.#giveUp(listening);
    this.#timer = setInterval(() => this.#ping(), (KEEPALIVE_S * 1000) / 2);
    this.#timer.unref();
    return ok(this);
  }

  /** Acknowledged by the broker (QoS 1). */
  async publish(text: string): Promise<Result<void>> {
    const messageId = this.#nextId();
    const taken = this.#wait(`puback ${messageId}`, ACK_MS);
    const { speakTo: topic } = this.#login;
    this.#send({ cmd: 'publish', topic, payload: text, qos: 1, messageId, dup: false, retain: false });
    return await taken;
  }

  onText(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  onClose(listener: () => void): void {
    this.#closeListener = listener;
    if (this.#closed) listener();
  }

  close(): void {
    if (this.#closed) return;
    this.#send({ cmd: 'disconnect' });
    this.#socket.destroy();
    this.#end();
  }

  #giveUp(refused: Result<void>): Result<never> {
    this.close();
    return refused.ok ? refuse(this.#cut()) : refused;
  }

  #cut(): Fault {
    const { host } = this.#login;
    return printhostFault('printhost.unreachable', { host, reason: 'the connection was cut' });
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { settle } of [...this.#waiting.values()]) settle(this.#cut());
    this.#closeListener?.();
  }

  #wait(what: string, timeoutMs: number): Promise<Result<void>> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(refuse(this.#cut()));
        return;
      }
      const late = setTimeout(
        () => settle(printhostFault('printhost.timeout', { host: this.#login.host })),
        timeoutMs,
      );
      const settle = (fault?: Fault) => {
        clearTimeout(late);
        this.#waiting.delete(what);
        resolve(fault === undefined ? ok(undefined) : refuse(fault));
      };
      this.#waiting.set(what, { settle });
    });
  }

  #nextId(): number {
    this.#messageId = (this.#messageId % 0xffff) + 1;
    return this.#messageId;
  }

  #send(packet: Packet): void {
    if (!this.#closed && this.#socket.writable) this.#socket.write(generate(packet));
  }

  /** A packet that does not end is not gathered. */
  #read(bytes: Buffer): void {
    if (this.#closed) return;
    this.#unread += bytes.length;
    if (this.#unread > ANSWER_BYTES_MAX) {
      this.close();
      return;
    }
    this.#parser.parse(bytes);
  }

  #receive(packet: Packet): void {
    this.#unread = 0;
    switch (packet.cmd) {
      case 'connack':
        this.#waiting.get('connack')?.settle(this.#refusal(packet.returnCode ?? 0));
        return;
      case 'suback': {
        const refused = packet.granted.some((granted) => granted === 128);
        const fault = refused ? printhostFault('printhost.key.refused') : undefined;
        this.#waiting.get(`suback ${packet.messageId}`)?.settle(fault);
        return;
      }
      case 'puback':
        this.#waiting.get(`puback ${packet.messageId}`)?.settle();
        return;
      case 'pingresp':
        this.#pinging = false;
        return;
      case 'publish':
        if (packet.qos === 1 && packet.messageId !== undefined)
          this.#send({ cmd: 'puback', messageId: packet.messageId });
        if (packet.topic === this.#login.listenTo) this.#listener(packet.payload.toString());
        return;
      default:
        return;
    }
  }

  #refusal(code: number): Fault | undefined {
    if (code === 0) return undefined;
    if (NOT_YOU.includes(code)) return printhostFault('printhost.key.refused');
    return printhostFault('printhost.refused', { reason: `its broker answered ${code}.` });
  }

  /** Two in a row without an answer: nobody is there. */
  #ping(): void {
    if (this.#pinging) {
      this.close();
      return;
    }
    this.#pinging = true;
    this.#send({ cmd: 'pingreq' });
  }
}
