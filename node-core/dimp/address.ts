// Addresses of Ming-Ke-Ming: the Bitcoin form with a network byte (metas 1 and 2), the Ethereum form (meta 4), the two
// broadcast addresses, and texts of no known form. Equal addresses have equal `text`.

import { base58 } from '@scure/base';
import type { Bytes } from '../base/index.ts';
import { concatBytes, equalBytes, keccak_256, parseHex, ripemd160, sha256 } from '../base/index.ts';
import { addressToText } from '../identity/index.ts';
import { ID_CHARS_MAX, ID_CHARS_MIN } from './limits.ts';

export type DimpAddress = {
  readonly kind: 'btc' | 'eth' | 'broadcast' | 'unknown';
  /** Canonical: EIP-55 for the Ethereum form, lower case for broadcasts, else as it came. */
  readonly text: string;
  /** The byte as it stands in the address, before legacy values are mapped; 0 where the form has none. */
  readonly network: number;
  /** The bytes that the text encodes: 25 of the Bitcoin form, 20 of the Ethereum form, none of the others. */
  readonly bytes: Bytes;
};

const BROADCAST: Readonly<Record<string, number>> = { anywhere: 0x80, everywhere: 0x81 };
const NO_BYTES = new Uint8Array();

/** base58(network ‖ ripemd160(sha256(fingerprint)) ‖ first 4 bytes of the double SHA-256 of these 21). */
export function btcAddress(fingerprint: Bytes, network: number): string {
  const head = concatBytes(Uint8Array.of(network), ripemd160(sha256(fingerprint)));
  return base58.encode(concatBytes(head, checksum(head)));
}

/**
 * The last 20 bytes of Keccak-256 over X‖Y, with the EIP-55 checksum; undefined unless the key is of 65 bytes (0x04
 * first) or 64.
 */
export function ethAddress(publicKey: Bytes): string | undefined {
  const point = publicKey.length === 65 && publicKey[0] === 4 ? publicKey.subarray(1) : publicKey;
  return point.length === 64 ? addressToText(keccak_256(point).subarray(12)) : undefined;
}

/** Addresses read before: those of a station's users come with every message, and each costs a Keccak or two SHA-256. */
const REMEMBERED_MAX = 8192;
const remembered = new Map<string, DimpAddress>();

/** Any text of 4 to 64 characters is an address of some kind; undefined for others. */
export function parseAddress(text: string): DimpAddress | undefined {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const address = readAddress(text);
  // What has no form costs next to nothing to read, and anybody can make up any number of such texts.
  if (address?.kind !== 'eth' && address?.kind !== 'btc') return address;
  // All at once, as it costs one reading each at most to have them back.
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(ownText(text), address);
  return address;
}

/** A copy: engines keep the whole of a text for as long as any part of it is held, and IDs come in long messages. */
const ownText = (text: string): string => [...text].join('');

function readAddress(text: string): DimpAddress | undefined {
  if (text.length < ID_CHARS_MIN || text.length > ID_CHARS_MAX) return undefined;
  const lower = text.toLowerCase();
  const network = Object.hasOwn(BROADCAST, lower) ? BROADCAST[lower] : undefined;
  if (network !== undefined) return { kind: 'broadcast', text: lower, network, bytes: NO_BYTES };
  return parseEth(text) ?? parseBtc(text) ?? { kind: 'unknown', text, network: 0, bytes: NO_BYTES };
}

/** The checksum in the case of the letters is not enforced: the reference does not either, and the same key results. */
function parseEth(text: string): DimpAddress | undefined {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return undefined;
  const bytes = parseHex(text);
  return bytes === undefined ? undefined : { kind: 'eth', text: addressToText(bytes), network: 0, bytes };
}

function parseBtc(text: string): DimpAddress | undefined {
  if (text.length < 26 || text.length > 35) return undefined;
  const bytes = decodeBase58(text);
  if (bytes?.length !== 25) return undefined;
  if (!equalBytes(checksum(bytes.subarray(0, 21)), bytes.subarray(21))) return undefined;
  return { kind: 'btc', text: ownText(text), network: bytes[0] ?? 0, bytes };
}

export function decodeBase58(text: string): Bytes | undefined {
  try {
    return base58.decode(text);
  } catch {
    return undefined;
  }
}

function checksum(head: Bytes): Bytes {
  return sha256(sha256(head)).subarray(0, 4);
}
