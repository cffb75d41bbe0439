// A proxy in front of a node's RPC that loses what it is told to lose, for tests of bad lines.

import { createServer, type IncomingMessage, request, type Server } from 'node:http';

export type LossyProxy = {
  readonly address: string;
  /** What happens to the next requests of this method: the answer is lost, or the request never arrives. */
  lose(method: string, what: 'answer' | 'request', times: number): void;
  /** The next requests of this method get this instead of the node's answer: text as it is, anything else as JSON. */
  answer(method: string, instead: unknown, times: number): void;
  /** Requests of this method that arrived at the node. */
  arrived(method: string): number;
  close(): Promise<void>;
};

type Loss = { method: string; what: 'answer' | 'request' | 'instead'; times: number; instead?: unknown };

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function createLossyProxy(node: string): Promise<LossyProxy> {
  const losses: Loss[] = [];
  const arrivals = new Map<string, number>();
  const server: Server = createServer((incoming, outgoing) => {
    void read(incoming).then((body) => {
      const { method } = JSON.parse(body.toString('utf8')) as { method: string };
      const loss = losses.find((candidate) => candidate.method === method && candidate.times > 0);
      if (loss !== undefined) loss.times--;
      if (loss?.what === 'request') return incoming.socket.destroy();
      if (loss?.what === 'instead') {
        const { instead } = loss;
        return outgoing.end(typeof instead === 'string' ? instead : JSON.stringify(instead));
      }
      arrivals.set(method, (arrivals.get(method) ?? 0) + 1);
      const forwarded = request(node, { method: 'POST', headers: { 'content-type': 'application/json' } });
      forwarded.on('response', (response) => {
        void read(response).then((answer) => {
          if (loss?.what === 'answer') return incoming.socket.destroy();
          return outgoing.writeHead(response.statusCode ?? 500).end(answer);
        });
      });
      forwarded.on('error', () => incoming.socket.destroy());
      return forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `http://127.0.0.1:${port}`,
    lose: (method, what, times) => void losses.push({ method, what, times }),
    answer: (method, instead, times) => void losses.push({ method, what: 'instead', times, instead }),
    arrived: (method) => arrivals.get(method) ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
