// A camera that behaves as real ones do, and as hostile ones might, on a loopback port.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeJpeg, type Picture } from '../../camera/index.ts';
import {
  type CameraEnd,
  type CameraSource,
  followCamera,
  isLocalAddress,
  parseCameraAddress,
} from './http-camera.ts';
import { systemClock } from './system.ts';

const JPEG = Buffer.from(encodeJpeg(new Uint8Array(24 * 16 * 3).fill(90), 24, 16));

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;

async function cameraAt(handler: Handler): Promise<string> {
  const made = createServer(handler);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

afterEach(async () => {
  const open = server;
  server = undefined;
  open?.closeAllConnections();
  await new Promise<void>((resolve) => (open === undefined ? resolve() : open.close(() => resolve())));
});

type Told = { readonly end: CameraEnd; readonly pictures: readonly Picture[] };

async function look(
  url: string,
  enough: number,
  login: Partial<CameraSource> = {},
  stallTimeoutMs = 10_000,
): Promise<Told> {
  const stop = new AbortController();
  const pictures: Picture[] = [];
  const end = await followCamera({
    source: { url, user: '', password: '', ...login },
    clock: systemClock,
    signal: stop.signal,
    stallTimeoutMs,
    onPicture: (picture) => {
      pictures.push(picture);
      if (pictures.length === enough) stop.abort();
    },
  });
  return { end, pictures };
}

const codeOf = ({ end }: Told) => (end.kind === 'fault' ? end.fault.code : end.kind);

/** Parts as mjpg-streamer, ustreamer and IP cameras send them, one every few milliseconds. */
function streams(
  response: ServerResponse,
  part: (jpeg: Buffer) => readonly (string | Buffer)[],
  type = 'multipart/x-mixed-replace; boundary=frame',
): void {
  response.writeHead(200, { 'Content-Type': type });
  const timer = setInterval(() => {
    for (const piece of part(JPEG)) response.write(piece);
  }, 20);
  response.on('close', () => clearInterval(timer));
}

describe('a stream', () => {
  test.each([
    [
      'as it should be',
      (jpeg: Buffer) => [
        `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`,
        jpeg,
        '\r\n',
      ],
    ],
    ['without lengths', (jpeg: Buffer) => ['--frame\r\nContent-Type: image/jpeg\r\n\r\n', jpeg, '\r\n']],
    ['with another boundary than it said', (jpeg: Buffer) => ['----xyz\n\n', jpeg]],
    ['with a wrong length', (jpeg: Buffer) => ['--frame\r\nContent-Length: 3\r\n\r\n', jpeg, '\r\n']],
    ['without any framing', (jpeg: Buffer) => [jpeg]],
    ['in halves', (jpeg: Buffer) => [jpeg.subarray(0, 100), jpeg.subarray(100)]],
    ['with garbage in between', (jpeg: Buffer) => [Buffer.alloc(3000, 0xff), jpeg, Buffer.alloc(999, 7)]],
  ])('%s', async (_name, part) => {
    const url = await cameraAt((_request, response) => streams(response, part));
    const { pictures } = await look(url, 3);
    expect(pictures).toHaveLength(3);
    expect(Buffer.from(pictures[0]?.jpeg ?? [])).toEqual(JPEG);
  });

  test('that stalls is ended', async () => {
    const url = await cameraAt((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
      response.write(JPEG);
    });
    const told = await look(url, 9, {}, 300);
    expect([codeOf(told), told.pictures.length]).toEqual(['camera.stalled', 1]);
  });

  test('that drips bytes for ever without a picture is ended, too', async () => {
    const url = await cameraAt((_request, response) => {
      streams(response, () => ['x']);
    });
    expect(codeOf(await look(url, 1, {}, 300))).toBe('camera.stalled');
  });

  test('that the camera ends, and a connection that it cuts', async () => {
    let cuts = false;
    const url = await cameraAt((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
      response.write(JPEG, () => (cuts ? response.destroy() : response.end()));
    });
    expect(codeOf(await look(url, 9))).toBe('camera.ended');
    cuts = true;
    expect(['camera.ended', 'camera.unreachable']).toContain(codeOf(await look(url, 9)));
  });

  test('of a picture without end is given up', async () => {
    const url = await cameraAt((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
      response.write(JPEG.subarray(0, JPEG.length - 2));
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 1)));
      };
      response.on('drain', more);
      more();
    });
    expect(codeOf(await look(url, 1))).toBe('camera.picture.too-large');
  });
});

describe('a single picture', () => {
  test('with and without its length', async () => {
    let counted = true;
    const url = await cameraAt((_request, response) => {
      response.writeHead(200, {
        'Content-Type': 'image/jpeg',
        ...(counted ? { 'Content-Length': JPEG.length } : {}),
      });
      response.end(JPEG);
    });
    expect(codeOf(await look(url, 9))).toBe('picture');
    counted = false;
    const told = await look(url, 9);
    expect([codeOf(told), told.pictures[0]?.width]).toEqual(['picture', 24]);
  });

  test('that is none, and a page that holds one', async () => {
    let type = 'image/jpeg';
    const url = await cameraAt((_request, response) => {
      response.writeHead(200, { 'Content-Type': type });
      response.end(type === 'image/jpeg' ? 'no such picture' : JPEG);
    });
    expect(codeOf(await look(url, 1))).toBe('camera.no-pictures');
    type = 'text/html; charset=utf-8';
    const told = await look(url, 1);
    expect([codeOf(told), told.pictures.length]).toEqual(['camera.no-pictures', 0]);
  });
});

describe('who is spoken to', () => {
  test('a redirect within the camera is followed, one to elsewhere is not', async () => {
    let to = '/picture';
    const url = await cameraAt((request, response) => {
      if (request.url !== '/picture') response.writeHead(302, { Location: to }).end();
      else response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(JPEG);
    });
    expect(codeOf(await look(url, 9))).toBe('picture');
    for (const elsewhere of ['http://localhost/x', 'file:///etc/passwd', 'ftp://127.0.0.1/', '/loop']) {
      to = elsewhere;
      expect(codeOf(await look(url, 1))).toBe('camera.redirect');
    }
  });

  test.each(['Basic realm="cam"', 'Digest realm="cam", nonce="abc", qop="auth"'])('%s', async (challenge) => {
    const heard: (string | undefined)[] = [];
    const url = await cameraAt((request, response) => {
      heard.push(request.headers.authorization);
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
      else response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(JPEG);
    });
    expect(codeOf(await look(url, 9, { user: 'eye', password: 'secret' }))).toBe('picture');
    expect(heard[0]).toBeUndefined();
    if (challenge.startsWith('Basic')) expect(heard[1]).toBe(`Basic ${btoa('eye:secret')}`);
    else {
      expect(heard[1]).toMatch(/^Digest username="eye".*nonce="abc"/);
      expect(heard[1]).not.toContain('secret');
    }
    expect(codeOf(await look(url, 9))).toBe('camera.refused');
  });

  test('a wrong password is asked for once, and is in no word of the fault', async () => {
    let asked = 0;
    const url = await cameraAt((_request, response) => {
      asked++;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="cam"' }).end();
    });
    const told = await look(url, 1, { user: 'eye', password: 'secret' });
    expect([codeOf(told), asked]).toEqual(['camera.refused', 2]);
    expect(JSON.stringify(told.end)).not.toContain('secret');
  });

  test('a camera that is off', async () => {
    const url = await cameraAt(() => undefined);
    await new Promise<void>((resolve) => server?.close(() => resolve()));
    expect(codeOf(await look(url, 1))).toBe('camera.unreachable');
  });

  test('addresses of the local network alone', () => {
    for (const local of [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.7.7',
      '127.0.0.1',
      '100.64.1.1',
      '::1',
      'fd00::7',
    ])
      expect(isLocalAddress(local), local).toBe(true);
    for (const other of [
      '8.8.8.8',
      '172.32.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '2001:db8::1',
      '::ffff:8.8.8.8',
      'x',
    ])
      expect(isLocalAddress(other), other).toBe(false);
    expect(isLocalAddress('::ffff:192.168.1.1')).toBe(true);
    const codes = [
      'http://8.8.8.8/a.jpg',
      'rtsp://10.0.0.1/',
      'http://a:b@10.0.0.1/',
      'http://[2001:db8::1]/',
    ].map((text) => {
      const parsed = parseCameraAddress(text);
      return parsed.ok ? parsed.value : parsed.fault.code;
    });
    expect(codes).toEqual(['camera.not-local', 'camera.address', 'camera.address', 'camera.not-local']);
    expect(parseCameraAddress('192.168.1.20:8080/?action=stream')).toMatchObject({
      ok: true,
      value: 'http://192.168.1.20:8080/?action=stream',
    });
  });
});
