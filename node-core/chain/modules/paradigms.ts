// Paradigms: the published contract documents. Only the council publishes; a document that the virtual machine does
// not accept never enters the state.

import type { z } from 'zod';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { sameAddress } from '../../identity/keys.ts';
import { type Paradigm, paradigmId, parseParadigm } from '../../paradigm/index.ts';
import { chainFault } from '../faults.ts';
import type { ParadigmPublish } from '../messages.ts';
import type { State } from '../state.ts';
import { done, type MessageContext, type MessageResult, type ParadigmCache } from './context.ts';

/** Compiled paradigms held in memory. */
const PARADIGMS_CACHED_MAX = 256;

export function createParadigmCache(): ParadigmCache {
  const compiled = new Map<string, Paradigm>();
  return {
    get(id, load) {
      const name = bytesToHex(id);
      const known = compiled.get(name);
      if (known !== undefined) return known;
      const document = load();
      const parsed = document === undefined ? undefined : parseParadigm(document);
      if (parsed?.ok !== true) return undefined;
      if (compiled.size >= PARADIGMS_CACHED_MAX) compiled.clear();
      compiled.set(name, parsed.value);
      return parsed.value;
    },
  };
}

/** Puts a document into the state, for genesis and for the council's message alike. */
export function addParadigm(
  state: State,
  document: Bytes,
  author: Address,
  at: { readonly height: bigint; readonly timeS: bigint },
): Result<Paradigm> {
  const parsed = parseParadigm(document);
  if (!parsed.ok) return parsed;
  const id = paradigmId(document);
  if (state.paradigm(id) !== undefined) return refuse(chainFault('chain.paradigm.exists'));
  state.putParadigm(id, { v: 1, document, author, publishedS: at.timeS, publishedHeight: at.height });
  state.appendIndex('paradigms', id);
  return ok(parsed.value);
}

export function publishParadigm(
  context: MessageContext,
  message: z.infer<typeof ParadigmPublish>,
): MessageResult {
  const { state, signer } = context;
  if (!sameAddress(state.params().council, signer)) return refuse(chainFault('chain.council.only'));
  const added = addParadigm(state, message.document, message.author ?? signer, context);
  if (!added.ok) return added;
  const id = paradigmId(message.document);
  context.emit('paradigm.published', { paradigm: bytesToHex(id), name: added.value.name });
  return done(id);
}
