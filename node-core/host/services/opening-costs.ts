// What opening a contract costs beside what its parties pay each other: the fee of the transaction, and the deposit for its
// place in the chain's state, which comes back.

import type { OpeningCosts } from '../../api/index.ts';
import type { Bytes, Result } from '../../base/index.ts';
import { ok } from '../../base/index.ts';
import { storageDepositMicro } from '../../chain/index.ts';
import type { ChainReader } from './chain-reader.ts';
import type { ReadParadigmOf } from './published-paradigms.ts';

/** By the terms that the chain has now. `quoteSizeBytes` is 0 for an agreement. */
export async function openingCosts(
  chain: Pick<ChainReader, 'read' | 'params'>,
  readParadigm: ReadParadigmOf,
  id: Bytes,
  quoteSizeBytes: number,
): Promise<Result<OpeningCosts>> {
  const params = await chain.params();
  if (!params.ok) return params;
  const paradigm = await readParadigm(chain, id);
  if (!paradigm.ok) return paradigm;
  const { minimumFeeMicro: feeMicro, storage } = params.value;
  const depositMicro = storageDepositMicro(storage, paradigm.value, quoteSizeBytes);
  return ok({ feeMicro, depositMicro, keepS: storage.keepS });
}
