// Paradigms: the published contract documents. Only the council publishes; a document that the virtual machine does
// not accept never enters the state.

import type { z } from 'zod';
import type { Bytes, Result } from '../../base/index.ts';
import { bytesToHex, ok, refuse } from '../../base/index.ts';
import type { Address } from '../../identity/keys.ts';
import { sameAddress } from '../../identity/keys.ts';
import { type Paradigm, paradigmId, parseParadigm } from '../../paradigm/index.ts';
import { chainFault } from '../faults.ts';
import { paradigmNameKey } from '../keys.ts';
import type { ParadigmPublish } from '../messages.ts';
import { ParadigmNameState } from '../records.ts';
import type { State } from '../state.ts';
import { done, type MessageContext, type MessageResult, type ParadigmCache, shown } from './context.ts';

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
  const named = checkName(state, parsed.value.name, parsed.value.version, author);
  if (!named.ok) return named;
  state.putParadigm(id, { v: 1, document, author, publishedS: at.timeS, publishedHeight: at.height });
  state.appendIndex('paradigms', id);
  const { name, version } = parsed.value;
  state.write(paradigmNameKey(name), { v: 1, author, version, paradigm: id } satisfies ParadigmNameState);
  return ok(parsed.value);
}

/** A name belongs to whoever published it first, and its versions rise. */
export function checkName(state: State, name: string, version: number, author: Address): Result<void> {
  const known = state.read(ParadigmNameState, paradigmNameKey(name));
  if (known === undefined) return ok(undefined);
  if (!sameAddress(known.author, author))
    return refuse(chainFault('chain.paradigm.name-taken', { name, author: shown(known.author) }));
  return version > known.version
    ? ok(undefined)
    : refuse(chainFault('chain.paradigm.version', { name, version: known.version }));
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
