// The primitives of MLS from this machine's WebCrypto, randomness included.

import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls';
import type { MlsSuite } from '../../dimp/mls/index.ts';
import { MLS_SUITE_NAME } from '../../dimp/mls/index.ts';

let loaded: Promise<MlsSuite> | undefined;

/** Made once: it has no state. */
export function loadMlsSuite(): Promise<MlsSuite> {
  loaded ??= getCiphersuiteImpl(getCiphersuiteFromName(MLS_SUITE_NAME));
  return loaded;
}
