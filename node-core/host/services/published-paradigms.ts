// The paradigms of contracts, read from the chain with proof and compiled once: a document never changes under its hash.

import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, ok } from '../../base/index.ts';
import { ParadigmState, paradigmKey } from '../../chain/index.ts';
import type { Paradigm } from '../../paradigm/index.ts';
import { parseParadigm } from '../../paradigm/index.ts';
import type { ChainReader } from './chain-reader.ts';

export type ReadParadigmOf = (chain: Pick<ChainReader, 'read'>, id: Bytes) => Promise<Result<Paradigm>>;

export function createParadigmReader(): ReadParadigmOf {
  const compiled = new Map<string, Paradigm>();
  return async (chain, id) => {
    const name = bytesToHex(id);
    const known = compiled.get(name);
    if (known !== undefined) return ok(known);
    const published = await chain.read(ParadigmState, paradigmKey(id));
    if (!published.ok) return published;
    const parsed = parseParadigm(published.value?.value.document ?? new Uint8Array(0));
    if (parsed.ok) compiled.set(name, parsed.value);
    return parsed;
  };
}
