// What every store of a station must do; run on the one in memory and on the durable one.

import { expect, it } from 'vitest';
import { utf8ToBytes } from '../../base/index.ts';
import type { StationStore } from './store.ts';

const mail = (text: string, timeMs = 1000) => ({
  key: utf8ToBytes(text),
  text,
  signature: `s-${text}`,
  timeMs,
});

/** `open` gives a fresh store; `reopen` the same after its process ended, where it outlives one. */
export function stationStoreConformance(
  open: () => StationStore,
  reopen: (store: StationStore) => StationStore = (store) => store,
): void {
  it('keeps mails in order, from any place on', () => {
    let store = open();
    store.transact(() => {
      for (let number = 1; number <= 5; number++) store.append('bob', number, mail(`m${number}`));
      store.append('eve', 1, mail('other'));
    });
    store = reopen(store);
    expect(store.page('bob', 2, 2)).toEqual([
      { number: 3, text: 'm3', signature: 's-m3' },
      { number: 4, text: 'm4', signature: 's-m4' },
    ]);
    expect(store.mailbox('bob')).toMatchObject({ newest: 5, count: 5, sizeBytes: 10, devices: [] });
    expect(store.mailbox('nobody')).toEqual({ newest: 0, count: 0, sizeBytes: 0, devices: [] });
  });

  it('counts what it trims, and never gives out a number again that a device has', () => {
    let store = open();
    for (let number = 1; number <= 3; number++) store.append('bob', number, mail('text'));
    store.putDevice('bob', { terminal: 'laptop', acknowledged: 3, seenMs: 7 });
    expect(store.trim('bob', 2)).toEqual({ count: 2, sizeBytes: 8 });
    expect(store.trim('bob', 3)).toEqual({ count: 1, sizeBytes: 4 });
    store = reopen(store);
    expect(store.mailbox('bob')).toEqual({
      newest: 3,
      count: 0,
      sizeBytes: 0,
      devices: [{ terminal: 'laptop', acknowledged: 3, seenMs: 7 }],
    });
    store.removeDevice('bob', 'laptop');
    expect(store.mailbox('bob').devices).toEqual([]);
  });

  it('forgets what is old', () => {
    const store = open();
    store.append('bob', 1, mail('old', 10));
    store.append('bob', 2, mail('new', 30));
    store.markSeen(utf8ToBytes('old'), 10);
    store.markSeen(utf8ToBytes('new'), 30);
    store.sweep(20, 20);
    expect(store.page('bob', 0, 9).map(({ text }) => text)).toEqual(['new']);
    expect([store.wasSeen(utf8ToBytes('old')), store.wasSeen(utf8ToBytes('new'))]).toEqual([false, true]);
    expect([...store.seenKeys()]).toEqual([utf8ToBytes('new')]);
    expect(store.countSeen()).toBe(1);
  });

  it('keeps entries of boards in order, each once, and the newest of them', () => {
    let store = open();
    const entry = (key: string) => ({ key, text: `text ${key}`, timeMs: 1 });
    for (const key of ['a', 'b', 'a', 'c']) store.addEntry('news', entry(key), 9);
    store.addEntry('talk', entry('a'), 9);
    store = reopen(store);
    expect([store.boards(9), store.boards(1)]).toEqual([['talk', 'news'], ['talk']]);
    expect([store.hasBoard('news'), store.hasBoard('none')]).toEqual([true, false]);
    expect(store.entries('news', 0, 2)).toEqual([
      { number: 1, text: 'text a' },
      { number: 2, text: 'text b' },
    ]);
    expect(store.entries('news', 2, 9)).toEqual([{ number: 3, text: 'text c' }]);
    store.addEntry('news', entry('d'), 2);
    expect(store.entries('news', 0, 9).map(({ number }) => number)).toEqual([3, 4]);
    expect(store.boards(9)).toEqual(['news', 'talk']);
  });

  givesPackagesOnce(open, reopen);

  it('keeps facts and lists', () => {
    let store = open();
    store.putFact('login', 'bob', '1');
    store.putFact('login', 'bob', '2');
    store.putFact('price', 'bob', '3');
    store.putList('bob', 'block', ['a', 'b', 'b']);
    store.addToList('bob', 'known', 'c');
    store.addToList('bob', 'known', 'c');
    store = reopen(store);
    expect([store.fact('login', 'bob'), store.fact('price', 'bob'), store.fact('price', 'eve')]).toEqual([
      '2',
      '3',
      undefined,
    ]);
    expect([...store.list('bob', 'block')].sort()).toEqual(['a', 'b']);
    store.putList('bob', 'block', ['c']);
    expect([store.isListed('bob', 'block', 'a'), store.isListed('bob', 'block', 'c')]).toEqual([false, true]);
    expect([store.isListed('bob', 'known', 'c'), store.isListed('eve', 'known', 'c')]).toEqual([true, false]);
  });
}

function givesPackagesOnce(open: () => StationStore, reopen: (store: StationStore) => StationStore): void {
  it('gives each package once, the oldest first, and keeps those of eight devices', () => {
    let store = open();
    const put = (terminal: string, name: string, timeMs = 5) =>
      store.putPackage('bob', { terminal, name, text: `text ${name}`, timeMs });
    for (const name of ['c', 'a', 'b', 'a']) put('laptop', name);
    put('phone', 'a');
    store = reopen(store);
    expect(store.packages('bob', 'laptop')).toEqual(['c', 'a', 'b']);
    expect([store.takePackage('bob', 'laptop'), store.takePackage('bob', 'tablet')]).toEqual([
      'text c',
      undefined,
    ]);
    store.dropPackage('bob', 'laptop', 'a');
    store = reopen(store);
    expect([store.packages('bob', 'laptop'), store.packages('bob', 'phone')]).toEqual([['b'], ['a']]);
    put('laptop', 'c', 9);
    for (let index = 0; index < 7; index++) put(`other ${index}`, 'x', 9);
    expect([store.packages('bob', 'laptop'), store.packages('bob', 'phone')]).toEqual([['b', 'c'], []]);
    store.sweepPackages(7);
    expect([store.packages('bob', 'laptop'), store.packages('eve', 'laptop')]).toEqual([['c'], []]);
  });
}
