// A simulated Bambu Lab printer on real loopback sockets: a real MQTT broker under TLS before the simulated printer, and a
// file store that speaks as much FTP as such printers do, implicit TLS with session reuse demanded. Self-signed as they are.

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import aedes from 'aedes';
import type { SimBambu } from '../../../devices/testing/index.ts';
import type { Certificate } from './printer-certificates.ts';

export type ServedBambu = {
  /** As a person would type it. */
  readonly address: string;
  /** Commands that the file store took, without passwords. */
  readonly ftp: readonly string[];
  /** Sign-ins that the broker saw, right or wrong. */
  readonly logins: () => number;
  close(): Promise<void>;
};
export async function serveBambu(
  sim: SimBambu,
  { serial, code, certificate }: { serial: string; code: string; certificate: Certificate },
): Promise<ServedBambu> {
  const open = new Set<TLSSocket>();
  let logins = 0;
  const broker = new aedes({
    authenticate: (_client, user, password, done) => {
      logins++;
      done(null, user === 'bblp' && String(password) === code);
    },
  });
  const request = `device/${serial}/request`;
  const handler = sim.accept('/bus', {
    send: (text) =>
      broker.publish(
        {
          cmd: 'publish',
          topic: `device/${serial}/report`,
          payload: text,
          qos: 0,
          dup: false,
          retain: false,
        },
        () => undefined,
      ),
    close: () => undefined,
  });
  broker.on('publish', ({ topic, payload }, client) => {
    if (client !== null && topic === request) handler?.text(String(payload));
  });
  const listen = async (server: Server): Promise<number> => {
    server.on('secureConnection', (socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const mqtt = createServer(certificate, (socket) => broker.handle(socket));
  const store = new FileStore(sim, code, certificate, listen);
  const files = createServer({ ...certificate, maxVersion: 'TLSv1.2', ticketKeys: store.tickets }, (socket) =>
    store.serve(socket),
  );
  const [mqttPort, filesPort] = [await listen(mqtt), await listen(files)];
  return {
    address: `127.0.0.1:${mqttPort}:${filesPort}`,
    ftp: store.log,
    logins: () => logins,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const server of [mqtt, files, ...store.servers]) server.close();
    },
  };
}

class FileStore {
  readonly log: string[] = [];
  readonly servers: Server[] = [];
  private readonly sim: SimBambu;
  private readonly code: string;
  private readonly certificate: Certificate;
  private readonly listen: (server: Server) => Promise<number>;
  /** Keys of the control sessions: data must come under one of them. */
  readonly tickets = Buffer.alloc(48, 7);

  constructor(
    sim: SimBambu,
    code: string,
    certificate: Certificate,
    listen: (server: Server) => Promise<number>,
  ) {
    this.sim = sim;
    this.code = code;
    this.certificate = certificate;
    this.listen = listen;
  }

  serve(socket: TLSSocket): void {
    let user = '';
    let signedIn = false;
    let data: Promise<TLSSocket> | undefined;
    let buffer = '';
    const say = (line: string) => socket.write(`${line}\r\n`);
    const obey = async (line: string): Promise<void> => {
      const [word = '', argument = ''] = [line.slice(0, 4).trim(), line.slice(5)];
      this.log.push(word === 'PASS' ? 'PASS' : line);
      if (word === 'USER') user = argument;
      if (word === 'USER') return void say('331 Please specify the password.');
      if (word === 'PASS') signedIn = user === 'bblp' && argument === this.code;
      if (word === 'PASS') return void say(signedIn ? '230 Login successful.' : '530 Login incorrect.');
      if (!signedIn) return void say('530 Please login with USER and PASS.');
      if (['PBSZ', 'PROT', 'TYPE'].includes(word)) return void say('200 OK.');
      if (word === 'PASV') {
        ({ data } = await this.passive(say));
        return;
      }
      const path = `/files/${argument}`;
      const headers = { code: this.code };
      if (word === 'SIZE') {
        const has = this.sim.files.has(argument.replace(/\.3mf$/, ''));
        return void say(has ? '213 1' : '550 Could not get file size.');
      }
      if (word === 'DELE') {
        const known = this.sim.files.has(argument.replace(/\.3mf$/, ''));
        const { status } = await this.sim.handle({ method: 'DELETE', path, headers, body: new Uint8Array() });
        return void say(known && status === 200 ? '250 Deleted.' : '550 Delete operation failed.');
      }
      if (word !== 'STOR' || data === undefined) return void say('500 Unknown command.');
      say('150 Ok to send data.');
      const incoming = await data;
      if (!incoming.isSessionReused()) return void say('522 SSL connection failed: session reuse required.');
      const pieces: Buffer[] = [];
      incoming.on('data', (piece: Buffer) => pieces.push(piece));
      await new Promise<void>((resolve) => incoming.on('end', resolve));
      const body = new Uint8Array(Buffer.concat(pieces));
      const { status } = await this.sim.handle({ method: 'PUT', path, headers, body });
      say(status === 200 ? '226 Transfer complete.' : '550 Damaged.');
    };
    socket.on('data', (bytes: Buffer) => {
      buffer += bytes.toString('latin1');
      const lines = buffer.split('\r\n');
      buffer = lines.pop() ?? '';
      for (const line of lines) void obey(line);
    });
    say('220-Welcome');
    say('220 (vsFTPd 3.0.5)');
  }

  private async passive(say: (line: string) => void): Promise<{ readonly data: Promise<TLSSocket> }> {
    const server = createServer({ ...this.certificate, maxVersion: 'TLSv1.2', ticketKeys: this.tickets });
    this.servers.push(server);
    const first = new Promise<TLSSocket>((resolve) => server.once('secureConnection', resolve));
    const port = await this.listen(server);
    // An address that leads nowhere, as behind a router.
    say(`227 Entering Passive Mode (10,0,0,1,${port >> 8},${port & 255}).`);
    return { data: first };
  }
}
