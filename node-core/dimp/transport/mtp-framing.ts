// A connection that speaks MTP: acknowledges, answers PING, reassembles pieces, recognises repetitions, sends again
// what was not acknowledged, and notices silence. A message is confirmed (type 3, "OK") when its receiver says so, not
// when it arrives: the acknowledgement hands over custody.

import type { Bytes, Random } from '../../base/index.ts';
import { bytesToHex, bytesToU64, concatBytes, u64ToBytes, utf8ToBytes } from '../../base/index.ts';
import type { Framing, Heard, HeardDraft } from './framing.ts';
import { createHeard } from './framing.ts';
import {
  ASSEMBLIES_MAX,
  ASSEMBLY_MS,
  FRAGMENTS_MAX,
  IDLE_MS,
  PAYLOAD_BYTES_MAX,
  RESEND_MS,
  SEEN_NUMBERS_MAX,
  SEND_TRIES_MAX,
  SILENT_MS,
} from './limits.ts';
import type { MtpPacket } from './mtp.ts';
import { createMtpReader, encodeMtp } from './mtp.ts';

const OK = utf8ToBytes('OK');
const PING = utf8ToBytes('PING');
const PONG = utf8ToBytes('PONG');
/** Bodies of the keep-alive; they never reach the application. */
const SIGNS_OF_LIFE = new Set(['NOOP', 'PING', 'PONG'].map((word) => bytesToHex(utf8ToBytes(word))));
const SERIAL_MASK = 0xffff_ffff_ffff_ffffn;

type Unacknowledged = { readonly token: number; readonly frame: Bytes; sentMs: number; tries: number };
type Assembly = {
  readonly count: number;
  readonly pages: Map<number, Bytes>;
  sizeBytes: number;
  readonly startedMs: number;
};
/** The packet whose acknowledgement confirms the payload. */
type Reference = Pick<MtpPacket, 'page'> & { readonly serial: Bytes };

export function createMtpFraming(random: Random, startMs: number): Framing {
  const reader = createMtpReader();
  const outgoing = createOutgoing(random);
  const seen = createSeen();
  const assemblies = new Map<string, Assembly>();
  let heardMs = startMs;
  let activeMs = startMs;

  const answer = (reference: Reference) => encodeMtp({ kind: 'messageResponse', ...reference, body: OK });

  function takeMessage(packet: MtpPacket, reference: Reference, heard: HeardDraft): void {
    const key = bytesToHex(reference.serial);
    const state = seen.get(key);
    // The peer repeats itself: what is safe here is confirmed again, what is not yet will be.
    if (state === 'confirmed') heard.out.push(answer(reference));
    if (state !== undefined) return;
    if (isSignOfLife(packet.body) || packet.body.length === 0) {
      heard.out.push(answer(reference));
      return;
    }
    seen.add(key);
    heard.payloads.push({ bytes: packet.body, reference });
  }

  function takeFragment(packet: MtpPacket, nowMs: number, heard: HeardDraft): void {
    const { page } = packet;
    const serialBytes = packet.serial ?? new Uint8Array(8);
    if (page === undefined || page.index >= page.count || page.count > FRAGMENTS_MAX) return;
    const key = bytesToHex(serialBytes);
    const reference = { serial: serialBytes, page };
    const whole =
      seen.get(key) === undefined ? assemble(assemblies, key, { ...packet, page }, nowMs) : packet.body;
    if (whole === undefined) heard.out.push(answer(reference));
    else takeMessage({ kind: 'message', body: whole }, reference, heard);
  }

  function take(packet: MtpPacket, nowMs: number, heard: HeardDraft): void {
    const serialBytes = packet.serial ?? new Uint8Array(8);
    if (packet.kind === 'command') {
      const body = isSame(packet.body, PING) ? PONG : OK;
      heard.out.push(encodeMtp({ kind: 'commandResponse', serial: serialBytes, body }));
    } else if (packet.kind === 'message') takeMessage(packet, { serial: serialBytes }, heard);
    else if (packet.kind === 'fragment') takeFragment(packet, nowMs, heard);
    else if (packet.kind === 'messageResponse' && isSame(packet.body, OK)) {
      const token = outgoing.acknowledge(serialBytes);
      if (token !== undefined) heard.acknowledged.push(token);
    }
  }

  return {
    kind: 'mtp',
    receive(bytes, nowMs): Heard {
      const heard = createHeard();
      heardMs = nowMs;
      activeMs = nowMs;
      for (const packet of reader.push(bytes)) take(packet, nowMs, heard);
      if (reader.tooLarge()) heard.close = 'tooLarge';
      return heard;
    },
    send(payload, token, nowMs) {
      activeMs = nowMs;
      return outgoing.send(payload, token, nowMs);
    },
    confirm(reference) {
      const confirmed = reference as Reference;
      seen.confirm(bytesToHex(confirmed.serial));
      return answer(confirmed);
    },
    tick(nowMs): Heard {
      const heard = createHeard();
      if (nowMs - heardMs >= SILENT_MS) return { ...heard, close: 'silent' };
      outgoing.resend(nowMs, heard);
      for (const [key, { startedMs }] of assemblies)
        if (nowMs - startedMs >= ASSEMBLY_MS) assemblies.delete(key);
      // Nothing sent or nothing heard for a while: either way the other side needs or owes a sign of life.
      if (nowMs - Math.min(activeMs, heardMs + IDLE_MS) >= IDLE_MS) {
        activeMs = nowMs;
        heard.out.push(encodeMtp({ kind: 'command', serial: outgoing.nextSerial(), body: PING }));
      }
      return heard;
    },
    goodbye: () => undefined,
  };
}

/** What was sent and not acknowledged. */
function createOutgoing(random: Random) {
  const waiting = new Map<string, Unacknowledged>();
  let serial = bytesToU64(random.bytes(8));
  const nextSerial = (): Bytes => {
    serial = (serial + 1n) & SERIAL_MASK;
    return u64ToBytes(serial);
  };
  return {
    nextSerial,
    send(payload: Bytes, token: number, nowMs: number): Bytes {
      const serialBytes = nextSerial();
      const frame = encodeMtp({ kind: 'message', serial: serialBytes, body: payload });
      waiting.set(bytesToHex(serialBytes), { token, frame, sentMs: nowMs, tries: 1 });
      return frame;
    },
    acknowledge(serialBytes: Bytes): number | undefined {
      const key = bytesToHex(serialBytes);
      const sent = waiting.get(key);
      waiting.delete(key);
      return sent?.token;
    },
    resend(nowMs: number, heard: HeardDraft): void {
      for (const sent of waiting.values()) {
        if (nowMs - sent.sentMs < RESEND_MS) continue;
        if (sent.tries >= SEND_TRIES_MAX) heard.close = 'unacknowledged';
        sent.tries += 1;
        sent.sentMs = nowMs;
        heard.out.push(sent.frame);
      }
    },
  };
}

/** The sequence numbers last heard: 'pending' until their payload is safe here, then 'confirmed'. */
function createSeen() {
  const states = new Map<string, 'pending' | 'confirmed'>();
  return {
    get: (key: string) => states.get(key),
    add(key: string): void {
      states.set(key, 'pending');
      if (states.size <= SEEN_NUMBERS_MAX) return;
      for (const oldest of states.keys()) {
        states.delete(oldest);
        break;
      }
    },
    confirm(key: string): void {
      if (states.has(key)) states.set(key, 'confirmed');
    },
  };
}

type Fragment = MtpPacket & { readonly page: NonNullable<MtpPacket['page']> };

/** The whole body when the last missing piece arrives. Pieces that contradict earlier ones are ignored. */
function assemble(
  assemblies: Map<string, Assembly>,
  key: string,
  { page, body }: Fragment,
  nowMs: number,
): Bytes | undefined {
  const assembly = assemblies.get(key) ?? {
    count: page.count,
    pages: new Map(),
    sizeBytes: 0,
    startedMs: nowMs,
  };
  if (assembly.count !== page.count || assembly.pages.has(page.index)) return undefined;
  if (!assemblies.has(key)) {
    for (const oldest of assemblies.keys()) {
      if (assemblies.size < ASSEMBLIES_MAX) break;
      assemblies.delete(oldest);
    }
    assemblies.set(key, assembly);
  }
  assembly.sizeBytes += body.length;
  if (assembly.sizeBytes > PAYLOAD_BYTES_MAX) {
    assemblies.delete(key);
    return undefined;
  }
  assembly.pages.set(page.index, body);
  if (assembly.pages.size < assembly.count) return undefined;
  assemblies.delete(key);
  const parts = Array.from({ length: assembly.count }, (_, index) => assembly.pages.get(index) ?? OK);
  return concatBytes(...parts);
}

const isSignOfLife = (body: Bytes) => body.length === 4 && SIGNS_OF_LIFE.has(bytesToHex(body));

function isSame(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
