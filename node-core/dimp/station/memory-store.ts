// The store of a station in memory, for simulations and for tests: the same promises as the durable one for as long
// as it lives. The conformance suite runs on both.

import { bytesToHex, hexToBytes } from '../../base/index.ts';
import { LIST_IDS_MAX } from './limits.ts';
import type { DeviceRecord, ListKind, Mail, StationStore } from './store.ts';

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
    isListed: (owner, kind, id) => listOf(owner, kind).has(id),
    list: (owner, kind) => [...listOf(owner, kind)],
    putList: (owner, kind, ids) => void lists.set(`${kind} ${owner}`, new Set(ids.slice(0, LIST_IDS_MAX))),
    addToList(owner, kind, id) {
      const list = listOf(owner, kind);
      if (list.size < LIST_IDS_MAX) lists.set(`${kind} ${owner}`, list.add(id));
    },
  };
}
