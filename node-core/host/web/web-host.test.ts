// Tries to get in without being asked in, by every way a hostile page or program on this machine has, and demands that
// the same server still answers its rightful page afterwards.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { RouterClient } from '@orpc/server';
import { os } from '@orpc/server';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { FaultError } from '../../base/index.ts';
import type { WebHost } from './index.ts';
import { createWebHost } from './index.ts';
import { createSessions, readCookie } from './sessions.ts';
import { FRAME_SIZE_BYTES_MAX } from './sockets.ts';

const router = {
  echo: os.input(z.object({ amount: z.bigint() })).handler(({ input }) => input.amount + 1n),
  blob: os.input(z.instanceof(Blob)).handler(async ({ input }) => new Blob([await input.bytes(), 'END'])),
  crash: os.handler((): string => {
    throw new Error('a bug');
  }),
  produced: os.handler(() => produced),
  stream: os.handler(async function* ({ signal }) {
    for (let count = 0; signal?.aborted !== true; count++) {
      produced = count;
      yield 'x'.repeat(256 * 1024);
    }
  }),
};
let produced = 0;

let folder: string;
let host: WebHost;
const logged: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-web-'));
  writeFileSync(join(folder, 'secret.txt'), 'outside');
  const pages = join(folder, 'pages');
  mkdirSync(join(pages, 'assets'), { recursive: true });
  writeFileSync(
    join(pages, 'index.html'),
    '<html><meta name="style-nonce" content="__STYLE_NONCE__"><script src="/assets/a-AbCd1234.js"></script></html>',
  );
  writeFileSync(join(pages, 'assets', 'a-AbCd1234.js'), 'export {};');
  writeFileSync(join(pages, 'assets', 'a-AbCd1234.js.map'), '{}');
  writeFileSync(join(pages, 'icon.svg'), '<svg/>');
  symlinkSync(join(folder, 'secret.txt'), join(pages, 'link.txt'));
  logged.length = 0;
  host = await createWebHost({
    router,
    staticDir: pages,
    log: (level, action) => logged.push(`${level} ${action}`),
  });
});

afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

type Answer = { status: number; headers: IncomingHttpHeaders; body: string };
type Ask = {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
};

/** An HTTP request with nothing added, so that Host and Origin are what the test says. */
function ask({ path = '/', method = 'GET', headers = {}, body }: Ask): Promise<Answer> {
  const { port } = new URL(host.origin);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const tokenOf = (url: string) => url.slice(url.indexOf('#token=') + '#token='.length);

function postToken(
  token: string,
  headers: Record<string, string> = {},
  extra: Partial<Ask> = {},
): Promise<Answer> {
  return ask({
    path: '/session',
    method: 'POST',
    headers: { origin: host.origin, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
    ...extra,
  });
}

async function signIn(): Promise<string> {
  const { headers } = await postToken(tokenOf(host.url));
  return (headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

/** Opens a socket, or tells with which status it was refused. */
function openSocket(headers: Record<string, string>, path = '/api'): Promise<WebSocket | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${host.origin.replace('http', 'ws')}${path}`, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.on('error', () => undefined);
  });
}

async function openClient(): Promise<{ socket: WebSocket; client: RouterClient<typeof router> }> {
  const socket = await openSocket({ origin: host.origin, cookie: await signIn() });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return { socket, client: createORPCClient(link) };
}

const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', resolve));

describe('the rightful page', () => {
  it('gets its start page with a fresh nonce in page and policy, and is told to keep nothing', async () => {
    const [first, second] = [await ask({}), await ask({ path: '/index.html?x=1' })];
    const nonces = [first, second].map(({ body }) => /content="([^"]+)"/.exec(body)?.[1] ?? '');
    expect(nonces[0]).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(nonces[0]).not.toEqual(nonces[1]);
    expect(first.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'permissions-policy': expect.stringMatching(
        /^camera=\(self\), microphone=\(self\), display-capture=\(\), geolocation=\(\)/,
      ),
    });
    const policy = String(first.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'self' 'nonce-${nonces[0]}'`);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('gets its files, those with a hash in their name for ever', async () => {
    const script = await ask({ path: '/assets/a-AbCd1234.js' });
    expect([script.status, script.body, script.headers['content-type']]).toEqual([
      200,
      'export {};',
      'text/javascript; charset=utf-8',
    ]);
    expect(script.headers['cache-control']).toContain('immutable');
    const icon = await ask({ path: '/icon.svg', method: 'HEAD' });
    expect([icon.status, icon.body, icon.headers['content-length']]).toEqual([200, '', '6']);
    expect(icon.headers['cache-control']).toBe('no-cache');
  });

  it('exchanges its token for a cookie that scripts cannot read, and calls, streams and sends binary data', async () => {
    const signedIn = await postToken(tokenOf(host.url));
    expect(signedIn.status).toBe(204);
    const cookie = signedIn.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^dipnet-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const header = { cookie: cookie.split(';')[0] ?? '' };
    expect((await ask({ path: '/session', headers: header })).status).toBe(204);
    // A second tab has the cookie and needs no token.
    for (const _tab of [1, 2]) {
      const socket = await openSocket({ origin: host.origin, ...header });
      if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
      const client: RouterClient<typeof router> = createORPCClient(
        new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
      );
      expect(await client.echo({ amount: 2n ** 70n })).toBe(2n ** 70n + 1n);
      const big = new Uint8Array(1024 * 1024).fill(255);
      expect((await client.blob(new Blob([big]))).size).toBe(big.length + 3);
      socket.close();
    }
  });

  it('lets a slow reader slow its stream down, and ends the stream with its page', async () => {
    const { socket, client } = await openClient();
    const stream = await client.stream();
    await stream.next();
    socket.pause();
    // Another page, so that the answer shows what the server did while the first one did not read.
    const other = new WebSocket(`${host.origin.replace('http', 'ws')}/api`, {
      headers: { origin: host.origin, cookie: await signInAgain() },
    });
    await new Promise((resolve) => other.once('open', resolve));
    const watcher: RouterClient<typeof router> = createORPCClient(
      new RPCLink({ websocket: other as unknown as globalThis.WebSocket }),
    );
    let before = -1;
    for (let now = await watcher.produced(); now !== before; now = await watcher.produced()) before = now;
    expect(before).toBeLessThan(400);
    socket.terminate();
    other.close();
  });

  it('survives a bug in a command', async () => {
    const { socket, client } = await openClient();
    await expect(client.crash()).rejects.toThrow('Internal server error');
    expect(await client.echo({ amount: 1n })).toBe(2n);
    socket.close();
  });
});

async function signInAgain(): Promise<string> {
  const { headers } = await postToken(tokenOf(host.issueUrl()));
  return (headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

describe('getting in without', () => {
  afterEach(async () => {
    // Whatever was tried, the rightful page still gets in.
    const cookie = await signInAgain();
    const socket = await openSocket({ origin: host.origin, cookie });
    expect(socket).toBeInstanceOf(WebSocket);
    if (typeof socket !== 'number') socket.close();
  });

  it('a wrong, empty, missing or malformed token', async () => {
    const right = tokenOf(host.url);
    for (const token of ['', 'x', `${right}x`, right.slice(1), right.toUpperCase()]) {
      expect((await postToken(token)).status).toBe(401);
    }
    for (const body of ['', 'null', '[]', '{', '{"token":1}', '{"token":null}']) {
      expect((await postToken('', {}, { body })).status).toBe(400);
    }
    expect((await ask({ path: '/session' })).status).toBe(401);
    expect((await postToken(right)).status).toBe(204);
  });

  it('a token that was used before, and one that a newer one replaced', async () => {
    const token = tokenOf(host.url);
    expect((await postToken(token)).status).toBe(204);
    expect((await postToken(token)).status).toBe(401);
    const older = tokenOf(host.issueUrl());
    const newer = tokenOf(host.issueUrl());
    expect((await postToken(older)).status).toBe(401);
    expect((await postToken(newer)).status).toBe(204);
  });

  it('two exchanges of one token at the same time', async () => {
    const token = tokenOf(host.url);
    const statuses = await Promise.all(Array.from({ length: 8 }, () => postToken(token)));
    expect(statuses.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  it('a foreign page that posts the token, with or without an Origin', async () => {
    const { port } = new URL(host.origin);
    const origins = [
      'http://evil.example',
      'null',
      `http://127.0.0.1:${Number(port) + 1}`,
      `http://[::1]:${port}`,
    ];
    for (const origin of origins) {
      expect([origin, (await postToken(tokenOf(host.url), { origin })).status]).toEqual([origin, 403]);
    }
    const bare = { 'content-type': 'application/json' };
    const { status } = await ask({ path: '/session', method: 'POST', headers: bare, body: '{}' });
    expect(status).toBe(403);
  });

  it('a form, which needs no permission of the browser', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      expect((await postToken(tokenOf(host.url), { 'content-type': type })).status).toBe(415);
    }
  });

  it('a name that was rebound to this address', async () => {
    const { port } = new URL(host.origin);
    for (const name of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      `127.1:${port}`,
    ]) {
      expect([name, (await ask({ headers: { host: name } })).status]).toEqual([name, 421]);
      const origin = `http://${name}`;
      expect((await postToken(tokenOf(host.url), { host: name, origin })).status).toBe(421);
    }
    expect((await ask({ headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  it('a socket without cookie, with a wrong one, from a foreign page, or to another path', async () => {
    const cookie = await signIn();
    const name = cookie.split('=')[0];
    const { origin } = host;
    expect(await openSocket({ origin })).toBe(401);
    expect(await openSocket({ origin, cookie: `${name}=${'A'.repeat(43)}` })).toBe(401);
    expect(await openSocket({ origin, cookie: `${name}=` })).toBe(401);
    expect(await openSocket({ origin, cookie: `x=1; ${name}` })).toBe(401);
    expect(await openSocket({ cookie })).toBe(403);
    expect(await openSocket({ origin: 'http://evil.example', cookie })).toBe(403);
    expect(await openSocket({ origin: 'http://evil.example', host: 'evil.example', cookie })).toBe(421);
    expect(await openSocket({ origin, cookie }, '/api/../api2')).toBe(404);
    expect(await openSocket({ origin, cookie }, '/')).toBe(404);
  });

  it('more sockets than pages', async () => {
    const headers = { origin: host.origin, cookie: await signIn() };
    const sockets = await Promise.all(Array.from({ length: 32 }, () => openSocket(headers)));
    expect(sockets.filter((socket) => typeof socket === 'number')).toEqual([]);
    expect(await openSocket(headers)).toBe(503);
    for (const socket of sockets) if (typeof socket !== 'number') socket.close();
    await Promise.all(sockets.map((socket) => typeof socket !== 'number' && closed(socket)));
  });

  it('paths that lead out of the pages, to links or to source maps', async () => {
    const paths = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/../../secret.txt',
      '/assets/..%5c..%5csecret.txt',
      '//secret.txt',
      '/link.txt',
      '/assets/a-AbCd1234.js.map',
      '/assets',
      '/assets/',
      '/__proto__',
      '/constructor',
      '/icon.svg%00',
      'http://127.0.0.1/secret.txt',
    ];
    for (const path of paths) expect([path, (await ask({ path })).status]).toEqual([path, 404]);
  });

  it('methods that pages do not use', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await ask({ method, headers: { origin: host.origin } })).status).toBe(405);
      expect((await ask({ method })).status).toBe(403);
    }
    expect((await ask({ method: 'DELETE', path: '/session', headers: { origin: host.origin } })).status).toBe(
      405,
    );
  });

  it('a body larger than any token, announced or not', async () => {
    const body = JSON.stringify({ token: 'x'.repeat(10_000) });
    expect((await postToken('', {}, { body })).status).toBe(413);
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await postToken('', chunked, { body })).status).toBe(413);
  });

  it('a message larger than any evidence file', async () => {
    const { socket } = await openClient();
    const gone = closed(socket);
    socket.send(Buffer.alloc(FRAME_SIZE_BYTES_MAX + 1));
    expect(await gone).toBe(1009);
  });

  const garbage: readonly (string | Uint8Array)[] = [
    '',
    'hello',
    'null',
    '1',
    '[]',
    '{}',
    '{"i":1}',
    '{"i":"1"}',
    '{"i":"1","p":null}',
    '{"i":"1","p":{"u":5}}',
    '{"i":"1","p":{"u":"//evil.example/echo"}}',
    '{"i":"1","p":{"u":"http://evil.example/echo"}}',
    '{"i":"1","t":9,"p":{}}',
    '{"i":"1","p":{"u":"/echo","h":{"content-type":"multipart/form-data"}}}',
    '{"i":"1","p":{"u":"/echo","h":{"content-type":["a"]}}}',
    `{"i":"1","p":{"u":"/echo","b":"${'x'.repeat(70_000)}"}}`,
    '['.repeat(60_000),
    Uint8Array.of(255),
    Uint8Array.of(0, 1, 2, 255, 3),
  ];
  it.each(garbage.map((frame, index) => [index, frame] as const))(
    'garbage frame %i',
    async (_index, frame) => {
      const { socket } = await openClient();
      const gone = closed(socket);
      socket.send(frame);
      expect(await gone).toBe(1008);
      expect(logged).toContain('warn web.socket.garbage');
    },
  );

  it('any bytes at all, as messages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), async (frame) => {
        const cookie = await signInAgain();
        const socket = await openSocket({ origin: host.origin, cookie });
        if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
        const gone = closed(socket);
        socket.send(frame);
        expect(await gone).toBe(1008);
      }),
      { numRuns: 25 },
    );
  });

  it('messages that are well formed and still make no sense', async () => {
    const { socket, client } = await openClient();
    for (const message of [
      { i: 'x1', p: { u: '/nothing' } },
      { i: 'x2', p: { u: '/echo', b: { json: { amount: 'x' } } } },
      { i: 'x3', p: { u: '/__proto__/toString' } },
      { i: 'x4', p: { u: '/constructor' } },
      { i: 'x6', p: { u: '/echo', h: { 'content-type': 'text/event-stream' } } },
      { i: 'x7', t: 3, p: { e: 'message' } },
      { i: 'x7', t: 4 },
      { i: 'x8', p: { u: '/echo', b: { json: { amount: '1' }, meta: [[0, '__proto__', 'polluted']] } } },
    ]) {
      socket.send(JSON.stringify(message));
    }
    expect(await client.echo({ amount: 1n })).toBe(2n);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    socket.close();
  });

  it('bytes that are not HTTP, and requests that stop half-way', async () => {
    const { port } = new URL(host.origin);
    const say = (text: string | Uint8Array) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1');
        let heard = '';
        socket.on('data', (chunk) => {
          heard += chunk.toString('latin1');
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(heard.split('\r\n')[0] ?? ''));
        socket.end(text);
      });
    expect(await say('GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await say(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(await say('GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 4\d\d/);
    await say(Uint8Array.of(22, 3, 1, 0, 255, 0));
    await say('GET / HTTP/1.1\r\nHost:');
    await say('');
  });
});

describe('starting', () => {
  const options = { router, staticDir: '/nowhere', log: () => undefined };
  const codeOf = (start: Promise<WebHost>) =>
    start.then(
      () => 'started',
      (error: unknown) => (error instanceof FaultError ? error.fault.code : String(error)),
    );

  it('refuses to listen to other machines unless told so, and says what that means', async () => {
    for (const name of ['0.0.0.0', '192.168.1.5', '::', '127.0.0.1.evil.example']) {
      expect(await codeOf(createWebHost({ ...options, host: name }))).toBe('web.host.remote');
    }
    const warnings: string[] = [];
    const log = (level: string, action: string) => warnings.push(`${level} ${action}`);
    const remote = await createWebHost({ ...options, host: '0.0.0.0', allowRemote: true, log });
    expect(warnings).toEqual(['warn web.remote']);
    await remote.close();
  });

  it('says in words that a port is taken, or an address is not of this machine', async () => {
    const port = Number(new URL(host.origin).port);
    expect(await codeOf(createWebHost({ ...options, port }))).toBe('web.port.taken');
    const host2 = '192.0.2.1';
    expect(await codeOf(createWebHost({ ...options, host: host2, allowRemote: true }))).toBe(
      'web.host.unknown',
    );
  });

  it('answers in words where the pages were never built', async () => {
    const empty = await createWebHost(options);
    const response = await fetch(empty.origin);
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('npm run build')]);
    await empty.close();
  });

  it('closes at once with pages open', async () => {
    const { socket } = await openClient();
    const gone = closed(socket);
    await host.close();
    await gone;
    await expect(fetch(host.origin)).rejects.toThrow();
  });
});

describe('sessions', () => {
  it('sign the oldest browser out when there are too many', () => {
    const sessions = createSessions();
    const secrets = Array.from({ length: 17 }, () => sessions.redeem(sessions.issueToken()));
    expect(secrets.map((secret) => sessions.isSession(secret))).toEqual([false, ...Array(16).fill(true)]);
  });

  it('accept the token that a supervisor chose, once', () => {
    const sessions = createSessions('chosen');
    expect(sessions.redeem('other')).toBeUndefined();
    expect(sessions.redeem('chosen')).toBeDefined();
    expect(sessions.redeem('chosen')).toBeUndefined();
  });

  it('read the first cookie of a name, whatever else a header holds', () => {
    expect(readCookie('a=1; b=2=3; a=4', 'a')).toBe('1');
    expect(readCookie('a=1; b=2=3', 'b')).toBe('2=3');
    expect(readCookie(undefined, 'a')).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (header) => {
        readCookie(header, 'a');
      }),
    );
  });
});
