// Typed access to the state while a block runs. Changes pile up in overlays, so that a refused message leaves nothing
// behind; what the outermost overlay holds at the end of the block goes into the tree at once.

import type { z } from 'zod';
import type { Bytes } from '../base/index.ts';
import { assert, bytesToHex } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';
import { encodeRecord } from '../records/index.ts';
import * as keys from './keys.ts';
import * as records from './records.ts';

export interface StateReader {
  get(key: Bytes): Bytes | undefined;
}

export interface Overlay extends StateReader {
  set(key: Bytes, value: Bytes | undefined): void;
  /** Changes in the order in which their keys were first touched. */
  changes(): Iterable<readonly [Bytes, Bytes | undefined]>;
  clear(): void;
}

export function createOverlay(parent: StateReader): Overlay {
  const changed = new Map<string, readonly [Bytes, Bytes | undefined]>();
  return {
    get(key) {
      const entry = changed.get(bytesToHex(key));
      return entry === undefined ? parent.get(key) : entry[1];
    },
    set(key, value) {
      changed.set(bytesToHex(key), [key, value]);
    },
    changes: () => changed.values(),
    clear: () => changed.clear(),
  };
}

/** Values already decoded, by the identity of their bytes: an overlay hands out the same bytes again and again. */
const decoded = new WeakMap<Bytes, unknown>();

/** State access of modules. Reads see the writes before them; nothing outlives a refused message. */
export type State = ReturnType<typeof createState>;

export function createState(db: Overlay) {
  const read = <S extends z.ZodType>(schema: S, key: Bytes): z.infer<S> | undefined => {
    const bytes = db.get(key);
    if (bytes === undefined) return undefined;
    const known = decoded.get(bytes);
    if (known !== undefined) return known as z.infer<S>;
    const parsed = records.parseState(schema, bytes);
    assert(parsed.ok, 'the state holds well-formed records');
    decoded.set(bytes, parsed.value);
    return parsed.value;
  };
  const write = (key: Bytes, record: object) => {
    const bytes = encodeRecord(record);
    decoded.set(bytes, record);
    db.set(key, bytes);
  };
  const lengthOf = (index: keys.IndexName, scope?: Bytes): bigint =>
    read(records.IndexLength, keys.indexLengthKey(index, scope))?.length ?? 0n;
  return {
    account: (address: Address): records.AccountState =>
      read(records.AccountState, keys.accountKey(address)) ?? records.EMPTY_ACCOUNT,
    putAccount: (address: Address, record: records.AccountState) => write(keys.accountKey(address), record),
    params(): records.ParamsState {
      const params = read(records.ParamsState, keys.paramsKey());
      assert(params !== undefined, 'genesis set the parameters');
      return params;
    },
    putParams: (record: records.ParamsState) => write(keys.paramsKey(), record),
    model: (designHash: Bytes) => read(records.ModelState, keys.modelKey(designHash)),
    putModel: (record: records.ModelState) => write(keys.modelKey(record.designHash), record),
    machine: (machine: Address) => read(records.MachineState, keys.machineKey(machine)),
    putMachine: (machine: Address, record: records.MachineState) => write(keys.machineKey(machine), record),
    paradigm: (id: Bytes) => read(records.ParadigmState, keys.paradigmKey(id)),
    putParadigm: (id: Bytes, record: records.ParadigmState) => write(keys.paradigmKey(id), record),
    contract: (instance: Address) => read(records.ContractState, keys.contractKey(instance)),
    putContract: (instance: Address, record: records.ContractState) =>
      write(keys.contractKey(instance), record),
    licence: (licence: Address) => read(records.LicenceState, keys.licenceKey(licence)),
    putLicence: (licence: Address, record: records.LicenceState) => write(keys.licenceKey(licence), record),
    copy: (licence: Address, copy: number) => read(records.CopyState, keys.copyKey(licence, copy)),
    putCopy: (licence: Address, copy: number, record: records.CopyState) =>
      write(keys.copyKey(licence, copy), record),
    quote: (hash: Bytes) => db.get(keys.quoteKey(hash)),
    putQuote: (hash: Bytes, quote: Bytes) => db.set(keys.quoteKey(hash), quote),
    indexLength: lengthOf,
    indexEntry(index: keys.IndexName, position: bigint, scope?: Bytes): Bytes | undefined {
      return read(records.IndexEntry, keys.indexEntryKey(index, position, scope))?.id;
    },
    appendIndex(index: keys.IndexName, id: Bytes, scope?: Bytes) {
      const length = lengthOf(index, scope);
      write(keys.indexEntryKey(index, length, scope), { id });
      write(keys.indexLengthKey(index, scope), { length: length + 1n });
    },
    setIndexLength(index: keys.IndexName, length: bigint, scope?: Bytes) {
      write(keys.indexLengthKey(index, scope), { length });
    },
    deadline: (position: bigint) => read(records.DeadlineEntry, keys.indexEntryKey('deadlines', position)),
    putDeadline: (position: bigint, entry: records.DeadlineEntry) =>
      write(keys.indexEntryKey('deadlines', position), entry),
    removeDeadline: (position: bigint) => db.set(keys.indexEntryKey('deadlines', position), undefined),
  };
}
