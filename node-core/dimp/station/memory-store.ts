// The store of a station in memory, for simulations and for tests: the same promises as the durable one for as long
// as it lives. The conformance suite runs on both.

import { bytesToHex, hexToBytes } from '../../base/index.ts';
import { DEVICES_MAX, LIST_IDS_MAX } from './limits.ts';
import type { DeviceRecord, ListKind, Mail, StationStore, StoredEntry, StoredPackage } from './store.ts';

function boardCalls(): Pick<StationStore, 'boards' | 'hasBoard' | 'addEntry' | 'entries'> {
  const boards = new Map<string, { newest: number; readonly entries: Map<number, StoredEntry> }>();
  return {
    boards: (limit) => [...boards.keys()].reverse().slice(0, limit),
    hasBoard: (board) => boards.has(board),
    addEntry(board, entry, keep) {
      const known = boards.get(board) ?? { newest: 0, entries: new Map() };
      if ([...known.entries.values()].some(({ key }) => key === entry.key)) return;
      known.newest += 1;
      known.entries.set(known.newest, entry);
      for (const number of known.entries.keys()) if (known.entries.size > keep) known.entries.delete(number);
      boards.delete(board);
      boards.set(board, known);
    },
    entries: (board, after, limit) =>
      [...(boards.get(board)?.entries ?? [])]
        .filter(([number]) => number > after)
        .slice(0, limit)
        .map(([number, { text }]) => ({ number, text })),
  };
}

type PackageCalls = 'packages' | 'putPackage' | 'dropPackage' | 'takePackage' | 'sweepPackages';

function packageCalls(): Pick<StationStore, PackageCalls> {
  const owners = new Map<string, StoredPackage[]>();
  const of = (owner: string) => owners.get(owner) ?? [];
  const drop = (owner: string, isGone: (one: StoredPackage) => boolean) =>
    void owners.set(
      owner,
      of(owner).filter((one) => !isGone(one)),
    );
  return {
    packages: (owner, terminal) => of(owner).flatMap((one) => (one.terminal === terminal ? [one.name] : [])),
    putPackage(owner, added) {
      if (of(owner).some(({ terminal, name }) => terminal === added.terminal && name === added.name)) return;
      owners.set(owner, [...of(owner), added]);
      const terminals = new Set(
        of(owner)
          .map(({ terminal }) => terminal)
          .reverse(),
      );
      for (const oldest of [...terminals].slice(DEVICES_MAX))
        drop(owner, ({ terminal }) => terminal === oldest);
    },
    dropPackage: (owner, terminal, name) =>
      drop(owner, (one) => one.terminal === terminal && one.name === name),
    takePackage(owner, terminal) {
      const taken = of(owner).find((one) => one.terminal === terminal);
      drop(owner, (one) => one === taken);
      return taken?.text;
    },
    sweepPackages(beforeMs) {
      for (const owner of owners.keys()) drop(owner, ({ timeMs }) => timeMs < beforeMs);
    },
  };
}

type Box = { newest: number; readonly mails: Map<number, Mail>; readonly devices: Map<string, DeviceRecord> };

export function createMemoryStationStore(): StationStore {
  const boxes = new Map<string, Box>();
  const facts = new Map<string, string>();
  const lists = new Map<string, Set<string>>();
  const seen = new Map<string, number>();
  const boxOf = (user: string): Box => {
    const box = boxes.get(user) ?? { newest: 0, mails: new Map(), devices: new Map() };
    boxes.set(user, box);
    return box;
  };
  const listOf = (owner: string, kind: ListKind) => lists.get(`${kind} ${owner}`) ?? new Set<string>();
  return {
    transact: (work) => work(),
    mailbox(user) {
      const { newest, mails, devices } = boxOf(user);
      const sizeBytes = [...mails.values()].reduce((sum, { text }) => sum + text.length, 0);
      return { newest, count: mails.size, sizeBytes, devices: [...devices.values()] };
    },
    append(user, number, mail) {
      const box = boxOf(user);
      box.newest = number;
      box.mails.set(number, mail);
    },
    page: (user, after, limit) =>
      [...boxOf(user).mails]
        .filter(([number]) => number > after)
        .slice(0, limit)
        .map(([number, { text, signature }]) => ({ number, text, signature })),
    trim(user, through) {
      const { mails } = boxOf(user);
      const removed = { count: 0, sizeBytes: 0 };
      for (const [number, { text }] of mails) {
        if (number > through) break;
        mails.delete(number);
        removed.count += 1;
        removed.sizeBytes += text.length;
      }
      return removed;
    },
    putDevice: (user, device) => void boxOf(user).devices.set(device.terminal, device),
    removeDevice: (user, terminal) => void boxOf(user).devices.delete(terminal),
    sweep(mailsBeforeMs, seenBeforeMs) {
      for (const { mails } of boxes.values())
        for (const [number, { timeMs }] of mails) if (timeMs < mailsBeforeMs) mails.delete(number);
      for (const [key, timeMs] of seen) if (timeMs < seenBeforeMs) seen.delete(key);
    },
    sizeBytes() {
      let sum = 0;
      for (const { mails } of boxes.values()) for (const { text } of mails.values()) sum += text.length;
      return sum;
    },
    wasSeen: (key) => seen.has(bytesToHex(key)),
    markSeen: (key, timeMs) => void seen.set(bytesToHex(key), timeMs),
    countSeen: () => seen.size,
    seenKeys: () => [...seen.keys()].map(hexToBytes),
    fact: (kind, id) => facts.get(`${kind} ${id}`),
    putFact: (kind, id, value) => void facts.set(`${kind} ${id}`, value),
    ...boardCalls(),
    ...packageCalls(),
    isListed: (owner, kind, id) => listOf(owner, kind).has(id),
    list: (owner, kind) => [...listOf(owner, kind)],
    putList: (owner, kind, ids) => void lists.set(`${kind} ${owner}`, new Set(ids.slice(0, LIST_IDS_MAX))),
    addToList(owner, kind, id) {
      const list = listOf(owner, kind);
      if (list.size < LIST_IDS_MAX) lists.set(`${kind} ${owner}`, list.add(id));
    },
  };
}
