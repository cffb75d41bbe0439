// Session descriptions (RFC 8866) and candidates (RFC 8839) as strangers send them: what a call needs passes, the rest is
// taken out or refused before a browser sees it. The fingerprint of a description is what binds the media to the signature
// of the message that brought it (RFC 8827).

import { CANDIDATE_CHARS_MAX, DESCRIPTION_CHARS_MAX } from './limits.ts';

export type Description = {
  readonly sdp: string;
  /** Of the certificate of the media's sender: `sha-256 AB:…`, as it was written. */
  readonly fingerprint: string;
};

const HASH_BYTES: Readonly<Record<string, number>> = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };
/** Sound, picture, and the channel that says whether they are on. */
const MEDIA = /^m=(audio|video|application) \d{1,5} UDP\/(TLS\/RTP\/SAVPF|DTLS\/SCTP) [\x21-\x7e ]+$/;
const SECTIONS_MAX = 3;
/** Ways to the peer come by themselves, after a choice which of them to use. */
const DROPPED = /^a=(candidate:|end-of-candidates|remote-candidates)/;

/** A description without any address in it; undefined where it is none, or is bound to no certificate or to several. */
export function parseDescription(text: string): Description | undefined {
  if (text.length > DESCRIPTION_CHARS_MAX || !/^[\x20-\x7e\r\n]*$/.test(text)) return undefined;
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line !== '' && !DROPPED.test(line))
    .map((line) => withoutAddress(line));
  if (lines[0] !== 'v=0' || lines.some((line) => !/^[a-z]=/.test(line))) return undefined;
  const media = lines.filter((line) => line.startsWith('m='));
  if (media.length === 0 || media.length > SECTIONS_MAX) return undefined;
  if (media.some((line) => !MEDIA.test(line))) return undefined;
  const fingerprints = lines.flatMap((line) => /^a=fingerprint:(.*)$/.exec(line)?.[1] ?? []);
  const [fingerprint] = fingerprints;
  if (fingerprint === undefined || !isFingerprint(fingerprint)) return undefined;
  if (fingerprints.some((other) => other !== fingerprint)) return undefined;
  return { sdp: `${lines.join('\r\n')}\r\n`, fingerprint };
}

/** Where a browser names an address beside its candidates: the connection and the origin. */
function withoutAddress(line: string): string {
  if (line.startsWith('c=')) return 'c=IN IP4 0.0.0.0';
  if (line.startsWith('a=rtcp:')) return 'a=rtcp:9 IN IP4 0.0.0.0';
  // Zero says that the section is refused.
  if (/^m=\w+ [1-9]/.test(line)) return line.replace(/ \d+ /, ' 9 ');
  const origin = /^o=\S+ (\d{1,20}) (\d{1,20}) IN IP[46] \S+$/.exec(line);
  return origin === null ? line : `o=- ${origin[1]} ${origin[2]} IN IP4 127.0.0.1`;
}

function isFingerprint(text: string): boolean {
  const [hash = '', bytes = '', ...more] = text.split(' ');
  const length = HASH_BYTES[hash.toLowerCase()];
  const list = bytes.split(':');
  return more.length === 0 && list.length === length && list.every((byte) => /^[0-9a-fA-F]{2}$/.test(byte));
}

export type Candidate = {
  /** The attribute without its `a=`. */
  readonly candidate: string;
  /** Which section of the description it belongs to. */
  readonly mid: string;
};

const CANDIDATE =
  /^candidate:([\w+/]{1,32}) ([12]) (udp|tcp) (\d{1,10}) ([0-9a-fA-F:.]{2,45}|[\w-]{1,63}\.local) (\d{1,5}) typ (host|srflx|prflx|relay)( [\x21-\x7e ]*)?$/i;

/**
 * A candidate that may be used: `relay` leaves those alone that go through a relay. The address behind a reflexive or
 * relayed one is nobody's business and is taken out.
 */
export function parseCandidate({ candidate, mid }: Candidate, use: 'all' | 'relay'): Candidate | undefined {
  if (candidate.length > CANDIDATE_CHARS_MAX || !/^[\w-]{1,16}$/.test(mid)) return undefined;
  const parts = CANDIDATE.exec(candidate);
  if (parts === null) return undefined;
  const [, foundation, component, transport, priority, address = '', port, type = '', more = ''] = parts;
  if (Number(port) > 65_535 || isNowhere(address)) return undefined;
  if (use === 'relay' && type.toLowerCase() !== 'relay') return undefined;
  const rest = more.replace(/ (raddr|rport) \S+/gi, '');
  // The grammar wants a related address with every candidate but those of the host itself.
  const related = type.toLowerCase() === 'host' ? '' : ' raddr 0.0.0.0 rport 9';
  const head = `candidate:${foundation} ${component} ${transport} ${priority} ${address} ${port} typ ${type}`;
  return { candidate: `${head}${related}${rest}`, mid };
}

/** Addresses that are nobody's own: unspecified, broadcast and multicast ones. */
function isNowhere(address: string): boolean {
  const first = /^(\d{1,3})\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.exec(address)?.[1];
  if (first !== undefined) return Number(first) === 0 || Number(first) >= 224;
  return /^ff/i.test(address) || /^[0:.]+$/.test(address);
}
