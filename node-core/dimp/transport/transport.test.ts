// Framings against the specified bytes, and as properties: however a stream is cut the same comes out, and no bytes
// whatever make a reader throw or hold more than its limit.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bytes, Random } from '../../base/index.ts';
import { bytesToHex, concatBytes, hexToBytes, parseUtf8, utf8ToBytes } from '../../base/index.ts';
import { createByteQueue } from './byte-queue.ts';
import { createDetectingFraming, detectFraming } from './detect.ts';
import type { Framing, Heard } from './framing.ts';
import { ACK_GRACE_MS, IDLE_MS, PAYLOAD_BYTES_MAX, RESEND_MS, SILENT_MS } from './limits.ts';
import { createMarsReader, encodeMars } from './mars.ts';
import { createMtpReader, encodeMtp, type MtpPacket, parseMtpDatagram } from './mtp.ts';
import { createMtpFraming } from './mtp-framing.ts';
import { answerUpgrade, createFrameReader, encodeFrame, requestUpgrade } from './websocket.ts';
import { createWebSocketFraming } from './websocket-framing.ts';

const SEED = { seed: 20_261_121, numRuns: 60 };
const SERIAL = hexToBytes('0102030405060708');
const random: Random = { bytes: (length) => new Uint8Array(length).fill(7) };
const text = (bytes: Bytes | undefined) => (bytes === undefined ? undefined : parseUtf8(bytes));
const texts = (heard: Heard) => heard.payloads.map(({ bytes }) => text(bytes));

/** The stream in pieces whose sizes repeat `sizes`. */
function cut(stream: Bytes, sizes: readonly number[]): Bytes[] {
  const pieces: Bytes[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(stream.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const bodies = fc.uint8Array({ maxLength: 300 });
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
const packets = fc.record({
  kind: fc.constantFrom('command', 'commandResponse', 'message', 'messageResponse', 'fragment'),
  serial: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  body: bodies,
}) as fc.Arbitrary<MtpPacket>;

describe('the byte queue', () => {
  it('gives back what was put in, in order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), sizes, sizes, (stream, pushes, takes) => {
        const queue = createByteQueue();
        const taken: Bytes[] = [];
        for (const [turn, piece] of cut(stream, pushes).entries()) {
          queue.push(piece);
          taken.push(queue.take(takes[turn % takes.length] ?? 1));
        }
        taken.push(queue.take(queue.length()));
        expect(bytesToHex(concatBytes(...taken))).toBe(bytesToHex(stream));
      }),
      SEED,
    );
  });
});

describe('MTP', () => {
  it('has the specified bytes', () => {
    const hexOf = (kind: MtpPacket['kind'], body: string) =>
      bytesToHex(encodeMtp({ kind, serial: SERIAL, body: utf8ToBytes(body) }));
    expect(hexOf('message', '{"a":1}')).toBe('44494d420102030405060708000000077b2261223a317d');
    expect(hexOf('messageResponse', 'OK')).toBe('44494d430102030405060708000000024f4b');
    expect(hexOf('command', 'PING')).toBe('44494d4001020304050607080000000450494e47');
    expect(hexOf('commandResponse', 'PONG')).toBe('44494d41010203040506070800000004504f4e47');
  });

  it('reads every length of header from a datagram, and no other', () => {
    const body = utf8ToBytes('hey');
    const tail: Record<number, string> = {
      1: '',
      2: '00000003',
      3: '0102030405060708',
      4: '010203040506070800000003',
      5: '01020304050607080000000200000001',
      6: '0102030405060708000000020000000100000003',
    };
    for (let length = 0; length <= 15; length++) {
      const head = hexToBytes(`44494d${length.toString(16)}2${tail[length] ?? '00'.repeat(60)}`);
      const packet = parseMtpDatagram(concatBytes(head, body));
      expect(packet?.body).toEqual(length >= 1 && length <= 6 ? body : undefined);
    }
    expect(parseMtpDatagram(hexToBytes('44494d2200000004ffffff'))).toBeUndefined();
  });

  it('gives the same packets however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(packets, { maxLength: 12 }), sizes, (sent, pieceSizes) => {
        const stream = concatBytes(...sent.map(encodeMtp));
        const reader = createMtpReader();
        const read = cut(stream, pieceSizes).flatMap((piece) => reader.push(piece));
        expect(read).toEqual(sent);
        expect(reader.heldBytes()).toBe(0);
      }),
      SEED,
    );
  });

  it('skips garbage to the next packet, the same however it is cut', () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom('D', 'DI', 'DIM', 'DIMDIM', 'DIM\u0000', 'DDDIDIM!').map(utf8ToBytes),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(garbage, packets), { maxLength: 8 }), sizes, (parts, pieceSizes) => {
        const stream = concatBytes(...parts.flatMap(([junk, packet]) => [junk, encodeMtp(packet)]));
        const whole = createMtpReader().push(stream);
        const reader = createMtpReader();
        expect(cut(stream, pieceSizes).flatMap((piece) => reader.push(piece))).toEqual(whole);
      }),
      SEED,
    );
    const packet: MtpPacket = { kind: 'message', serial: SERIAL, body: utf8ToBytes('x') };
    const noisy = concatBytes(utf8ToBytes('noise DIM~~ DI'), encodeMtp(packet));
    expect(createMtpReader().push(noisy)).toEqual([packet]);
  });

  it('never throws and holds little, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 }), (pieces) => {
        const reader = createMtpReader(1000);
        for (const piece of pieces) {
          reader.push(piece);
          reader.push(utf8ToBytes('DIM'));
          expect(reader.heldBytes()).toBeLessThanOrEqual(1000 + 24 + 400 + 3);
        }
      }),
      SEED,
    );
  });

  it('stops at a packet larger than it takes', () => {
    const reader = createMtpReader();
    reader.push(hexToBytes('44494d420102030405060708ffffffff'));
    expect(reader.tooLarge()).toBe(true);
    expect(reader.push(encodeMtp({ kind: 'message', serial: SERIAL, body: SERIAL }))).toEqual([]);
    expect(reader.heldBytes()).toBe(0);
  });
});

describe('an MTP connection', () => {
  const packet = (kind: MtpPacket['kind'], body: string, serial = SERIAL) =>
    encodeMtp({ kind, serial, body: utf8ToBytes(body) });

  it('confirms a message when it is told to, and repetitions of it only then', () => {
    const framing = createMtpFraming(random, 0);
    const heard = framing.receive(packet('message', '{}'), 1);
    expect(texts(heard)).toEqual(['{}']);
    expect(heard.out).toEqual([]);
    expect(framing.receive(packet('message', '{}'), 2)).toMatchObject({ payloads: [], out: [] });
    expect(framing.confirm(heard.payloads[0]?.reference)).toEqual(packet('messageResponse', 'OK'));
    const again = framing.receive(packet('message', '{}'), 3);
    expect(again).toMatchObject({ payloads: [], out: [packet('messageResponse', 'OK')] });
  });

  it('answers signs of life and keeps them to itself', () => {
    const framing = createMtpFraming(random, 0);
    expect(framing.receive(packet('command', 'PING'), 1).out).toEqual([packet('commandResponse', 'PONG')]);
    expect(framing.receive(packet('command', 'WHAT'), 1).out).toEqual([packet('commandResponse', 'OK')]);
    const noop = framing.receive(packet('message', 'NOOP'), 1);
    expect(noop).toMatchObject({ payloads: [], out: [packet('messageResponse', 'OK')] });
  });

  it('tells which of its messages the peer has, ignores AGAIN, and sends the others again', () => {
    const framing = createMtpFraming(random, 0);
    const [first, second] = [framing.send(SERIAL, 11, 0), framing.send(SERIAL, 12, 0)];
    const answer = (frame: Bytes, body: string) => packet('messageResponse', body, frame.slice(4, 12));
    expect(framing.receive(answer(first, 'AGAIN'), 1).acknowledged).toEqual([]);
    expect(framing.receive(answer(first, 'OK'), RESEND_MS).acknowledged).toEqual([11]);
    expect(framing.receive(answer(first, 'OK'), RESEND_MS).acknowledged).toEqual([]);
    expect(framing.tick(RESEND_MS).out[0]).toEqual(second);
    expect(framing.receive(packet('command', 'NOOP'), 2 * RESEND_MS).out).toHaveLength(1);
    expect(framing.tick(2 * RESEND_MS).close).toBeUndefined();
    framing.receive(packet('command', 'NOOP'), 3 * RESEND_MS);
    expect(framing.tick(3 * RESEND_MS).close).toBe('unacknowledged');
  });

  it('asks for a sign of life when idle and gives up when silent', () => {
    const framing = createMtpFraming(random, 0);
    expect(framing.tick(IDLE_MS - 1).out).toEqual([]);
    const [ping] = framing.tick(IDLE_MS).out;
    expect(text(ping?.subarray(16))).toBe('PING');
    expect(framing.tick(IDLE_MS + 1).out).toEqual([]);
    expect(framing.tick(SILENT_MS - 1).close).toBeUndefined();
    expect(framing.tick(SILENT_MS).close).toBe('silent');
  });

  it('notices a silent peer although it keeps sending itself', () => {
    const framing = createMtpFraming(random, 0);
    framing.send(SERIAL, 1, IDLE_MS - 1);
    expect(framing.tick(IDLE_MS + 1).out).toHaveLength(0);
    framing.send(SERIAL, 2, 2 * IDLE_MS - 1);
    expect(framing.tick(2 * IDLE_MS).out).toHaveLength(1);
    framing.send(SERIAL, 2, SILENT_MS - 1);
    expect(framing.tick(SILENT_MS).close).toBe('silent');
  });

  it('joins pieces in any order, once, and forgets what contradicts itself', () => {
    const piece = (index: number, body: string, count = 3) =>
      encodeMtp({ kind: 'fragment', serial: SERIAL, page: { count, index }, body: utf8ToBytes(body) });
    const framing = createMtpFraming(random, 0);
    expect(texts(framing.receive(concatBytes(piece(2, 'c'), piece(0, 'a'), piece(0, 'x')), 1))).toEqual([]);
    expect(framing.receive(piece(1, 'b', 9), 1).payloads).toEqual([]);
    expect(framing.receive(piece(7, 'b'), 1).out).toEqual([]);
    const heard = framing.receive(piece(1, 'b'), 2);
    expect(texts(heard)).toEqual(['abc']);
    framing.confirm(heard.payloads[0]?.reference);
    expect(framing.receive(piece(1, 'b'), 3)).toMatchObject({ payloads: [], out: [{}] });
  });

  it('holds a bounded number of unfinished messages', () => {
    const framing = createMtpFraming(random, 0);
    for (let turn = 0; turn < 50; turn++) {
      const serial = new Uint8Array(8).fill(turn);
      framing.receive(
        encodeMtp({ kind: 'fragment', serial, page: { count: 2, index: 0 }, body: new Uint8Array(9) }),
        turn,
      );
    }
    const rest = encodeMtp({
      kind: 'fragment',
      serial: new Uint8Array(8).fill(1),
      page: { count: 2, index: 1 },
      body: SERIAL,
    });
    expect(framing.receive(rest, 60).payloads).toEqual([]);
  });
});

describe('WebSocket', () => {
  const open = () => {
    const framing = createWebSocketFraming(random, 0, { side: 'station' });
    framing.receive(requestUpgrade('host', '/', SERIAL_16), 0);
    return framing;
  };
  const SERIAL_16 = concatBytes(SERIAL, SERIAL);
  const masked = (kind: 'text' | 'binary' | 'close' | 'ping', body: string) =>
    encodeFrame(kind, utf8ToBytes(body), SERIAL);

  it('accepts with the answer of RFC 6455', () => {
    const request =
      'GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
    const { accepted, response } = answerUpgrade(utf8ToBytes(request));
    expect(accepted).toBe(true);
    expect(text(response)).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    expect(answerUpgrade(utf8ToBytes(request.replace('13', '8'))).accepted).toBe(false);
    expect(answerUpgrade(utf8ToBytes('GET / HTTP/1.1\r\n\r\n')).accepted).toBe(false);
  });

  it('has the frames of RFC 6455, section 5.7', () => {
    expect(bytesToHex(encodeFrame('text', utf8ToBytes('Hello')))).toBe('810548656c6c6f');
    const reader = createFrameReader(true);
    expect(reader.push(hexToBytes('818537fa213d7f9f4d5158'))).toMatchObject([{ kind: 'text' }]);
    const joined = createFrameReader(false).push(hexToBytes('010348656c80026c6f'));
    expect(joined.map(({ body }) => text(body))).toEqual(['Hello']);
  });

  it('gives the same messages however the stream is cut', () => {
    const messages = fc.array(
      fc.record({ kind: fc.constantFrom('binary', 'ping'), body: fc.uint8Array({ maxLength: 120 }) }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(messages, sizes, fc.boolean(), (sent, pieceSizes, isMasked) => {
        const stream = concatBytes(
          ...sent.map(({ kind, body }) =>
            encodeFrame(kind as 'binary', body, isMasked ? SERIAL.subarray(0, 4) : undefined),
          ),
        );
        const reader = createFrameReader(isMasked);
        expect(cut(stream, pieceSizes).flatMap((piece) => reader.push(piece))).toEqual(sent);
        expect(reader.heldBytes()).toBe(0);
      }),
      SEED,
    );
    const long = new Uint8Array(70_000).fill(120);
    for (const length of [125, 126, 65_535, 65_536, 70_000]) {
      const [message] = createFrameReader(false).push(encodeFrame('text', long.subarray(0, length)));
      expect(message?.body.length).toBe(length);
    }
  });

  it('never throws and holds little, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 40 }), (pieces) => {
        const reader = createFrameReader(true, 500);
        for (const piece of pieces) reader.push(piece);
        expect(reader.heldBytes()).toBeLessThanOrEqual(500 + 14 + 200);
      }),
      SEED,
    );
  });

  it('refuses what the standard forbids', () => {
    const violationOf = (hex: string, isMasked = false) => {
      const reader = createFrameReader(isMasked);
      reader.push(hexToBytes(hex));
      return reader.violation();
    };
    expect(violationOf('c100')).toBe(1002); // a reserved bit
    expect(violationOf('8300')).toBe(1002); // an opcode that nobody defined
    expect(violationOf('0900')).toBe(1002); // a control frame in pieces
    expect(violationOf('897e0080')).toBe(1002); // a long control frame
    expect(violationOf('8000')).toBe(1002); // a continuation of nothing
    expect(violationOf('01000100')).toBe(1002); // a beginning within a message
    expect(violationOf('8100', true)).toBe(1002); // a client that does not mask
    expect(violationOf('8180', false)).toBe(1002); // a station that masks
    expect(violationOf('8101ff')).toBe(1007);
    expect(violationOf('817f7fffffffffffffff')).toBe(1009);
  });

  it('tells a client that asks for it what the station has, and no other', () => {
    const payload = utf8ToBytes('{"time":1.5,"signature":"abc"}');
    const meet = (confirmed: boolean) => {
      const client = createWebSocketFraming(random, 0, { side: 'client', nonce: SERIAL_16 });
      const station = createWebSocketFraming(random, 0, { side: 'station' });
      const [answer = new Uint8Array(0)] = station.receive(
        requestUpgrade('host', '/', SERIAL_16, confirmed),
        0,
      ).out;
      client.receive(answer, 0);
      const [heard] = station.receive(client.send(payload, 7, 0, 'abc'), 0).payloads;
      return { client, confirmation: station.confirm(heard?.reference) };
    };
    const ours = meet(true);
    // Time alone confirms nothing.
    expect(ours.client.tick(20_000).acknowledged).toEqual([]);
    const { confirmation = new Uint8Array(0) } = ours;
    expect(ours.client.receive(confirmation, 20_000).acknowledged).toEqual([7]);
    const other = meet(false);
    expect(other.confirmation).toBeUndefined();
    expect(other.client.tick(20_000).acknowledged).toEqual([7]);
  });

  it('opens, splits lines, answers PING and pings, and says goodbye back', () => {
    const framing = createDetectingFraming(random, 0);
    const request = requestUpgrade('host', '/', SERIAL_16);
    const opened = cut(request, [9]).map((piece) => framing.receive(piece, 0));
    expect(text(opened.at(-1)?.out[0])).toContain('101');
    expect(framing.kind).toBe('websocket');
    expect(texts(framing.receive(masked('text', '{"a":1}\n{"b":2}\n'), 1))).toEqual(['{"a":1}', '{"b":2}']);
    expect(framing.receive(masked('text', 'PING'), 1).out).toEqual([
      encodeFrame('text', utf8ToBytes('PONG')),
    ]);
    expect(framing.receive(masked('ping', 'x'), 1).out).toEqual([encodeFrame('pong', utf8ToBytes('x'))]);
    expect(framing.receive(masked('close', '\u0003è'), 1).close).toBe('bye');
  });

  it('takes frames that come with the request', () => {
    const framing = createWebSocketFraming(random, 0, { side: 'station' });
    const both = concatBytes(requestUpgrade('h', '/', SERIAL_16), masked('text', '{}'));
    expect(texts(framing.receive(both, 0))).toEqual(['{}']);
  });

  it('ends what is no request, and one that never ends', () => {
    const framing = () => createWebSocketFraming(random, 0, { side: 'station' });
    expect(framing().receive(utf8ToBytes('GET / HTTP/1.1\r\n\r\n'), 0).close).toBe('malformed');
    expect(framing().receive(utf8ToBytes(`GET /${'x'.repeat(9000)}`), 0).close).toBe('malformed');
  });

  it('waits for ACKs from clients that send them', () => {
    const framing = open();
    framing.send(utf8ToBytes('{}'), 1, 0, 'sigA');
    framing.send(utf8ToBytes('{}'), 2, 0, 'sigB');
    expect(framing.receive(masked('text', 'ACK:{"time":1.50,"signature":"sigA"}'), 1).acknowledged).toEqual([
      1,
    ]);
    expect(framing.tick(ACK_GRACE_MS + 1).acknowledged).toEqual([]);
  });

  it('takes silence for delivery from clients that never do, after a grace', () => {
    const framing = open();
    framing.send(utf8ToBytes('{}'), 1, 0, 'sigA');
    expect(framing.tick(ACK_GRACE_MS - 1).acknowledged).toEqual([]);
    expect(framing.tick(ACK_GRACE_MS).acknowledged).toEqual([1]);
  });

  it('as a client, opens only on the right answer and acknowledges letter by letter', () => {
    const client = createWebSocketFraming(random, 0, { side: 'client', nonce: SERIAL_16 });
    const { response } = answerUpgrade(requestUpgrade('h', '/', SERIAL_16));
    const payload = '{"time": 1545405083.10,"signature":"ab+/="}';
    const heard = client.receive(concatBytes(response, encodeFrame('text', utf8ToBytes(payload))), 1);
    const ack = client.confirm(heard.payloads[0]?.reference) ?? SERIAL;
    const [message] = createFrameReader(true).push(ack);
    expect(text(message?.body)).toBe('ACK:{"time":1545405083.10,"signature":"ab+/="}');
    const wrong = createWebSocketFraming(random, 0, { side: 'client', nonce: SERIAL_16 });
    const forged = answerUpgrade(requestUpgrade('h', '/', random.bytes(16))).response;
    expect(wrong.receive(forged, 1).close).toBe('malformed');
  });
});

describe('Mars', () => {
  it('reads the same frames however the stream is cut, and stops at what is none', () => {
    const frames = fc.array(fc.record({ command: fc.nat(20_000), serial: fc.nat(), body: bodies }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(frames, sizes, (sent, pieceSizes) => {
        const reader = createMarsReader();
        const stream = concatBytes(...sent.map(encodeMars));
        expect(cut(stream, pieceSizes).flatMap((piece) => reader.push(piece))).toEqual(sent);
      }),
      SEED,
    );
    const reader = createMarsReader();
    reader.push(new Uint8Array(40));
    expect([reader.wrong(), reader.heldBytes()]).toEqual(['malformed', 0]);
  });

  it('answers with the command and number of the request', () => {
    const framing = createDetectingFraming(random, 0);
    const request = { command: 3, serial: 77, body: utf8ToBytes('{}') };
    const heard = framing.receive(encodeMars(request), 1);
    expect(framing.kind).toBe('mars');
    const empty = encodeMars({ ...request, body: new Uint8Array(0) });
    expect(framing.confirm(heard.payloads[0]?.reference)).toEqual(empty);
    const pushed = framing.send(utf8ToBytes('{"x":1}'), 5, 1);
    expect(text(pushed.subarray(20))).toBe('Mars SN:AAAAAQ==\n{"x":1}');
    expect(framing.tick(2).acknowledged).toEqual([5]);
  });
});

describe('detection', () => {
  it('knows each framing from its first bytes, byte by byte', () => {
    expect(detectFraming(utf8ToBytes('DI'))).toBe('short');
    expect(detectFraming(utf8ToBytes('DIM'))).toBe('mtp');
    expect(detectFraming(utf8ToBytes('GET'))).toBe('short');
    expect(detectFraming(utf8ToBytes('GET /'))).toBe('websocket');
    expect(detectFraming(utf8ToBytes('POST'))).toBeUndefined();
    expect(detectFraming(hexToBytes('00000014000000'))).toBe('short');
    expect(detectFraming(hexToBytes('00000014000000c8'))).toBe('mars');
    expect(detectFraming(hexToBytes('0000001400000001'))).toBeUndefined();
  });

  it('never throws, and gives the same payloads however any stream is cut', () => {
    const streams = fc.tuple(
      fc.constantFrom('', 'DIM', 'GET /', '\0\0\0\x14\0\0\0È'),
      fc.uint8Array({ maxLength: 600 }),
    );
    const run = (framing: Framing, pieces: readonly Bytes[]) => {
      const all: string[] = [];
      for (const piece of pieces) {
        const heard = framing.receive(piece, 0);
        all.push(...heard.payloads.map(({ bytes }) => bytesToHex(bytes)));
        if (heard.close !== undefined) break;
      }
      return all;
    };
    fc.assert(
      fc.property(streams, sizes, ([head, rest], pieceSizes) => {
        const stream = concatBytes(new Uint8Array(Array.from(head, (c) => c.charCodeAt(0))), rest);
        expect(run(createDetectingFraming(random, 0), cut(stream, pieceSizes))).toEqual(
          run(createDetectingFraming(random, 0), [stream]),
        );
      }),
      SEED,
    );
  });

  it('refuses a payload beyond the limit in each framing', () => {
    const size = (PAYLOAD_BYTES_MAX + 1).toString(16).padStart(8, '0');
    const streams = [`44494d420102030405060708${size}`, `00000014000000c80000000300000001${size}`];
    for (const stream of streams)
      expect(createDetectingFraming(random, 0).receive(hexToBytes(stream), 0).close).toBe('tooLarge');
  });
});
