// Typed access to the state while a block runs. Changes pile up in overlays, so that a refused message leaves nothing
// behind; what the outermost overlay holds at the end of the block goes into the tree at once.

import type { z } from 'zod';
import type { Bytes } from '../base/index.ts';
import { assert } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';
import { encodeRecord } from '../records/index.ts';
import * as keys from './keys.ts';
import { createMemory, nameOf } from './memory.ts';
import * as records from './records.ts';

/** A value as bytes, as a record, or as both: bytes are made when the block ends, records when they are first read. */
export type Entry = { bytes?: Bytes; record?: object };

export interface StateReader {
  /** `name` is the key's as a map has it (nameOf), so that layers need not compute it again. */
  get(name: string, key: Bytes): Entry | undefined;
}

export interface StateLayer extends StateReader {
  set(name: string, key: Bytes, entry: Entry | undefined): void;
}

export interface Overlay extends StateLayer {
  /** Writes everything into the layer below, which then holds it. */
  flushTo(other: StateLayer): void;
  /** Changes as bytes, in the order in which their keys were first touched. */
  changes(): Iterable<readonly [Bytes, Bytes | undefined]>;
}

export function createOverlay(parent: StateReader): Overlay {
  const changed = new Map<string, readonly [Bytes, Entry | undefined]>();
  return {
    get(name, key) {
      const change = changed.get(name);
      return change === undefined ? parent.get(name, key) : change[1];
    },
    set(name, key, entry) {
      changed.set(name, [key, entry]);
    },
    flushTo(other) {
      for (const [name, [key, entry]] of changed) other.set(name, key, entry);
    },
    *changes() {
      for (const [key, entry] of changed.values()) yield [key, entryBytes(entry)];
    },
  };
}

function entryBytes(entry: Entry | undefined): Bytes | undefined {
  if (entry === undefined) return undefined;
  if (entry.bytes === undefined) {
    assert(entry.record !== undefined, 'an entry has a value');
    entry.bytes = encodeRecord(entry.record);
  }
  return entry.bytes;
}

/** About 32 MB in each of the memory's two generations: the accounts of some 80 000 people. */
const BASE_WEIGHT_MAX = 32 * 1024 * 1024;
/** A record takes several times its bytes, and a place in a map. */
const weighEntry = ({ bytes }: Entry) => 256 + 6 * (bytes?.length ?? 0);
const ABSENT: Entry = {};

/**
 * The committed state as the lowest layer, which stays from block to block: what was read is fetched and parsed once.
 * `set` takes what a block changed, once it is committed. It keeps bytes alone, so that the next block reads what a
 * node that was started again would read, whatever object a module happened to write.
 */
export function createBase(get: (key: Bytes) => Bytes | undefined): StateLayer {
  const known = createMemory<Entry>(BASE_WEIGHT_MAX, weighEntry);
  const keep = (name: string, bytes: Bytes | undefined): Entry => {
    const entry = bytes === undefined ? ABSENT : { bytes };
    known.set(name, entry);
    return entry;
  };
  return {
    get(name, key) {
      const entry = known.get(name) ?? keep(name, get(key));
      return entry === ABSENT ? undefined : entry;
    },
    set(name, _key, entry) {
      keep(name, entryBytes(entry));
    },
  };
}

/** Read for every transaction. */
const PARAMS_KEY = keys.paramsKey();

/** State access of modules. Reads see the writes before them; nothing outlives a refused message. */
export type State = ReturnType<typeof createState>;

export function createState(db: Overlay) {
  const read = <S extends z.ZodType>(schema: S, key: Bytes): z.infer<S> | undefined => {
    const entry = db.get(nameOf(key), key);
    if (entry === undefined) return undefined;
    if (entry.record === undefined) {
      assert(entry.bytes !== undefined, 'an entry has a value');
      const parsed = records.parseState(schema, entry.bytes);
      assert(parsed.ok, 'the state holds well-formed records');
      entry.record = parsed.value as object;
    }
    return entry.record as z.infer<S>;
  };
  const write = (key: Bytes, record: object) => db.set(nameOf(key), key, { record });
  const remove = (key: Bytes) => db.set(nameOf(key), key, undefined);
  return {
    account: (address: Address): records.AccountState =>
      read(records.AccountState, keys.accountKey(address)) ?? records.EMPTY_ACCOUNT,
    putAccount: (address: Address, record: records.AccountState) => write(keys.accountKey(address), record),
    params(): records.ParamsState {
      const params = read(records.ParamsState, PARAMS_KEY);
      assert(params !== undefined, 'genesis set the parameters');
      return params;
    },
    putParams: (record: records.ParamsState) => write(keys.paramsKey(), record),
    model: (designHash: Bytes) => read(records.ModelState, keys.modelKey(designHash)),
    putModel: (record: records.ModelState) => write(keys.modelKey(record.designHash), record),
    product: (id: Bytes) => read(records.ProductState, keys.productKey(id)),
    putProduct: (id: Bytes, record: records.ProductState) => write(keys.productKey(id), record),
    machine: (machine: Address) => read(records.MachineState, keys.machineKey(machine)),
    putMachine: (machine: Address, record: records.MachineState) => write(keys.machineKey(machine), record),
    paradigm: (id: Bytes) => read(records.ParadigmState, keys.paradigmKey(id)),
    putParadigm: (id: Bytes, record: records.ParadigmState) => write(keys.paradigmKey(id), record),
    contract: (instance: Address) => read(records.ContractState, keys.contractKey(instance)),
    putContract: (instance: Address, record: records.ContractState) =>
      write(keys.contractKey(instance), record),
    removeContract: (instance: Address) => remove(keys.contractKey(instance)),
    contractEnd: (instance: Address) => read(records.ContractEndState, keys.contractEndKey(instance)),
    licence: (licence: Address) => read(records.LicenceState, keys.licenceKey(licence)),
    putLicence: (licence: Address, record: records.LicenceState) => write(keys.licenceKey(licence), record),
    run: (run: Bytes) => read(records.RunState, keys.runKey(run)),
    putRun: (run: Bytes, record: records.RunState) => write(keys.runKey(run), record),
    copy: (licence: Address, copy: number) => read(records.CopyState, keys.copyKey(licence, copy)),
    putCopy: (licence: Address, copy: number, record: records.CopyState) =>
      write(keys.copyKey(licence, copy), record),
    quote(hash: Bytes): Bytes | undefined {
      const key = keys.quoteKey(hash);
      return db.get(nameOf(key), key)?.bytes;
    },
    putQuote(hash: Bytes, quote: Bytes) {
      const key = keys.quoteKey(hash);
      db.set(nameOf(key), key, { bytes: quote });
    },
    ...createLists({ read, write, remove }),
    /** What it writes to; forkState makes another layer over it. */
    db,
    /** For modules with many kinds of record: typed access to any key. */
    read,
    write,
    remove,
  };
}

/** A state for an attempt: what is written there is seen there alone until it is kept. */
export function forkState({ db }: State): { readonly state: State; keep(): void } {
  const overlay = createOverlay(db);
  return { state: createState(overlay), keep: () => overlay.flushTo(db) };
}

type Access = {
  read<S extends z.ZodType>(schema: S, key: Bytes): z.infer<S> | undefined;
  write(key: Bytes, record: object): void;
  remove(key: Bytes): void;
};

/** Lists that prove their completeness, and the queues that are kept in the same way. */
function createLists({ read, write, remove }: Access) {
  const lengthOf = (index: keys.IndexName, scope?: Bytes): bigint =>
    read(records.IndexLength, keys.indexLengthKey(index, scope))?.length ?? 0n;
  return {
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
    /** Lists that also lose entries. True where the entry was not in the list before. */
    addToList(index: keys.IndexName, id: Bytes, scope?: Bytes): boolean {
      const positionKey = keys.indexPositionKey(index, id, scope);
      if (read(records.IndexPosition, positionKey) !== undefined) return false;
      const length = lengthOf(index, scope);
      write(keys.indexEntryKey(index, length, scope), { id });
      write(keys.indexLengthKey(index, scope), { length: length + 1n });
      write(positionKey, { position: length });
      return true;
    },
    removeFromList(index: keys.IndexName, id: Bytes, scope?: Bytes) {
      const positionKey = keys.indexPositionKey(index, id, scope);
      const found = read(records.IndexPosition, positionKey);
      if (found === undefined) return;
      const last = lengthOf(index, scope) - 1n;
      const lastKey = keys.indexEntryKey(index, last, scope);
      if (found.position !== last) {
        const moved = read(records.IndexEntry, lastKey);
        assert(moved !== undefined, 'a list has no holes');
        write(keys.indexEntryKey(index, found.position, scope), moved);
        write(keys.indexPositionKey(index, moved.id, scope), found);
      }
      remove(lastKey);
      remove(positionKey);
      write(keys.indexLengthKey(index, scope), { length: last });
    },
    /** A copy of a whole list, so that it may change while it is walked through. */
    listOf(index: keys.IndexName, scope?: Bytes): readonly Bytes[] {
      const ids: Bytes[] = [];
      const length = lengthOf(index, scope);
      for (let position = 0n; position < length; position++) {
        const entry = read(records.IndexEntry, keys.indexEntryKey(index, position, scope));
        assert(entry !== undefined, 'a list has no holes');
        ids.push(entry.id);
      }
      return ids;
    },
    queued: (queue: keys.QueueName, position: bigint) =>
      read(records.DeadlineEntry, keys.indexEntryKey(queue, position)),
    putQueued: (queue: keys.QueueName, position: bigint, entry: records.DeadlineEntry) =>
      write(keys.indexEntryKey(queue, position), entry),
    removeQueued: (queue: keys.QueueName, position: bigint) => remove(keys.indexEntryKey(queue, position)),
  };
}
