// What somebody typed or scanned to add a contact: a DIMP ID, an address of Ethereum or Bitcoin, an EOS-style name, or a
// name for ANS to resolve. Recognising is not knowing: whose it is, metas and proofs of the chain say.

import { bech32, bech32m } from '@scure/base';
import { equalBytes, sha256 } from '../base/index.ts';
import { parseAddress as parseEthereum } from '../identity/index.ts';
import { decodeBase58, parseAddress } from './address.ts';
import type { DimpId } from './ids.ts';
import { createId, parseId } from './ids.ts';

export type Recognised =
  | { readonly kind: 'dimp'; readonly id: DimpId }
  /** The address of a DIMP ID of meta type 4 and of the chain account alike. */
  | { readonly kind: 'ethereum'; readonly id: DimpId }
  | { readonly kind: 'bitcoin'; readonly form: 'p2pkh'; readonly address: string; readonly id: DimpId }
  | { readonly kind: 'bitcoin'; readonly form: 'p2sh' | 'segwit' | 'taproot'; readonly address: string }
  /** 1 to 12 of a-z, 1-5 and dots: a name of ANS may look the same. */
  | { readonly kind: 'eos'; readonly name: string }
  | { readonly kind: 'name'; readonly name: string };

/** Undefined where the text is none of them, such as an Ethereum address with a wrong checksum. */
export function recogniseContact(input: string): Recognised | undefined {
  const text = input.trim();
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return recogniseEthereum(text);
  const bitcoin = recogniseBitcoin(text);
  if (bitcoin !== undefined) return bitcoin;
  const id = parseId(text);
  const isWhole = id.ok && id.value.address.kind !== 'unknown';
  if (isWhole) return { kind: 'dimp', id: id.value };
  // A name before an address that is none: a slip of the pen, not a name.
  if (/[@/:]/.test(text)) return undefined;
  if (/^[a-z1-5]([a-z1-5.]{0,10}[a-z1-5])?$/.test(text)) return { kind: 'eos', name: text };
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{1,30}$/.test(text) ? { kind: 'name', name: text } : undefined;
}

/** People mistype: here the checksum in the case of the letters is enforced, where there is one. */
function recogniseEthereum(text: string): Recognised | undefined {
  const address = parseEthereum(text) === undefined ? undefined : parseAddress(text);
  return address === undefined ? undefined : { kind: 'ethereum', id: createId(undefined, address) };
}

function recogniseBitcoin(text: string): Recognised | undefined {
  const segwit = recogniseSegwit(text);
  if (segwit !== undefined) return { kind: 'bitcoin', form: segwit, address: text };
  if (text.length < 26 || text.length > 35) return undefined;
  const bytes = decodeBase58(text);
  if (bytes?.length !== 25) return undefined;
  const sum = sha256(sha256(bytes.subarray(0, 21))).subarray(0, 4);
  if (!equalBytes(sum, bytes.subarray(21))) return undefined;
  const address = parseAddress(text);
  if (bytes[0] === 0 && address !== undefined)
    return { kind: 'bitcoin', form: 'p2pkh', address: text, id: createId(undefined, address) };
  return bytes[0] === 5 ? { kind: 'bitcoin', form: 'p2sh', address: text } : undefined;
}

/** BIP-173 and BIP-350: version 0 under bech32, later ones under bech32m; main network only. */
function recogniseSegwit(text: string): 'segwit' | 'taproot' | undefined {
  if (!/^bc1/i.test(text)) return undefined;
  for (const coder of [bech32, bech32m]) {
    const decoded = coder.decodeUnsafe(text, 90);
    const [version, ...rest] = decoded?.words ?? [];
    const program = version === undefined ? undefined : coder.fromWordsUnsafe(rest);
    if (decoded === undefined || !program) continue;
    if (decoded.prefix !== 'bc') continue;
    if (coder === bech32 && version === 0 && (program.length === 20 || program.length === 32))
      return 'segwit';
    if (coder === bech32m && version === 1 && program.length === 32) return 'taproot';
  }
  return undefined;
}
