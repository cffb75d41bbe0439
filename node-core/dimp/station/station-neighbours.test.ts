// Stations among each other, and what an attacker on the way may try.

import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, parseUtf8, utf8ToBytes } from '../../base/index.ts';
import { createPeople } from '../../host/dimp/testing/station-people.ts';
import { crypto, TestClient, TestStation, World } from '../../host/dimp/testing/world.ts';
import { ANY_STATION, createCommand, EVERYONE, messageToText, sealMessage } from '../index.ts';
import { createMtpReader, encodeMtp } from '../transport/index.ts';

const { account, meeting } = createPeople();

describe('neighbours', () => {
  function neighbours() {
    const world = new World();
    const one = new TestStation(world, account('one'), { neighbours: [account('two').id] });
    const two = new TestStation(world, account('two'), { neighbours: [account('one').id] });
    one.dial(two);
    two.dial(one);
    const alice = new TestClient(world, account('alice'), 'a');
    const bob = new TestClient(world, account('bob'), 'b');
    alice.know(bob);
    bob.know(alice);
    alice.connect(one);
    bob.connect(two);
    world.settle();
    return { world, one, two, alice, bob };
  }

  it('carry messages between their users, once, and do not send them round in circles', () => {
    const { world, alice, bob } = neighbours();
    alice.send(bob, 'over the bridge');
    world.settle();
    expect(bob.texts).toEqual(['over the bridge']);
    expect(bob.repeated).toEqual([]);
    bob.send(alice, 'and back');
    world.settle();
    expect(alice.texts).toEqual(['and back']);
  });

  it('deliver to where a user says to be, also what waited', () => {
    const { world, one, two, alice, bob } = neighbours();
    bob.connect(one);
    world.settle();
    bob.drop();
    alice.send(bob, 'waits at one');
    world.settle();
    expect(bob.texts).toEqual([]);
    world.pass(1000);
    bob.connect(two);
    world.settle();
    expect(bob.texts).toEqual(['waits at one']);
    alice.send(bob, 'goes to two');
    world.settle();
    expect(alice.said.at(-1)).toBe('Message redirected.');
    expect(bob.texts).toEqual(['waits at one', 'goes to two']);
    expect(bob.repeated).toEqual([]);
  });

  it('keep what cannot be brought over until the other is back', () => {
    const { world, one, two, alice, bob } = neighbours();
    one.restart();
    alice.connect(one);
    alice.send(bob, 'later');
    world.settle();
    expect(bob.texts).toEqual([]);
    one.dial(two);
    world.settle();
    expect(bob.texts).toEqual(['later']);
  });

  it('bring nothing that its sender did not sign, and strangers bring nothing at all', () => {
    const { world, one, bob, alice } = neighbours();
    const stranger = new TestStation(world, account('eve'));
    const forged = { ...account('eve'), id: account('alice').id };
    const sealed = sealMessage(
      { account: forged, receiver: bob.account.id, content: alice.text('forged'), timeS: 1 },
      alice.directory,
      crypto,
    );
    if (!sealed.ok) throw new Error('sealed');
    const before = one.refused.length;
    stranger.dial(one);
    world.settle();
    for (const connection of [alice.connection]) {
      if (connection === undefined) continue;
      const body = utf8ToBytes(messageToText(sealed.value));
      one.station.receive(connection, encodeMtp({ kind: 'message', serial: new Uint8Array(8), body }));
    }
    world.settle();
    expect(bob.texts).toEqual([]);
    expect(one.refused.slice(before)).toContain('dimp.message.forged');
  });
});

describe('a hostile station', () => {
  /** Lets the attacker rewrite each message on its way to Bob. */
  function listen(rewrite: (text: string) => readonly string[]) {
    const scene = meeting(['alice', 'bob']);
    const reader = createMtpReader();
    scene.second.tamper = (bytes: Bytes) => {
      const out: Bytes[] = [];
      for (const packet of reader.push(bytes)) {
        const text = parseUtf8(packet.body) ?? '';
        const isMail = packet.kind === 'message' && text.includes(`"sender":"${account('alice').id.text}"`);
        const bodies = isMail ? rewrite(text).map((one) => utf8ToBytes(one)) : [packet.body];
        for (const [index, body] of bodies.entries()) {
          const serial = (packet.serial ?? new Uint8Array(8)).slice();
          serial[0] = (serial[0] ?? 0) ^ index;
          out.push(encodeMtp({ kind: packet.kind, serial, body }));
        }
      }
      return [concatBytes(...out)];
    };
    return scene;
  }

  it('cannot change a message, its sender or its receiver unnoticed', () => {
    const alice = account('alice').id.text;
    const eve = account('eve').id.text;
    const rewrites: readonly (readonly [RegExp, (text: string) => string])[] = [
      [
        /forged/,
        (text) =>
          text.replace(/"data":"(.)/, (_all, letter: string) => `"data":"${letter === 'A' ? 'B' : 'A'}`),
      ],
      [/unknown|forged/, (text) => text.replace(`"sender":"${alice}"`, `"sender":"${eve}"`)],
      [/altered|unreadable/, (text) => text.replace(/"IV":"[^"]*"/, `"IV":"${'A'.repeat(22)}=="`)],
    ];
    for (const [verdict, rewrite] of rewrites) {
      const { world, first, second } = listen((text) => [rewrite(text)]);
      first.send(second, 'the price is 100');
      world.settle();
      expect(second.texts).toEqual([]);
      expect(second.faults.join()).toMatch(verdict);
    }
  });

  it('cannot make a message count twice, by repeating it or by writing its signature otherwise', () => {
    const { world, first, second } = listen((text) => [text, text, text]);
    first.send(second, 'pay 5');
    world.settle();
    expect(second.texts).toEqual(['pay 5']);
    expect(second.repeated).toHaveLength(2);
  });

  it('cannot put its own key under the name of another', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    const carol = account('carol');
    const lie = (fields: Parameters<typeof createCommand>[1], name: 'meta' | 'documents') => {
      const content = createCommand(name, fields, { sn: 1, timeS: world.nowMs / 1000 });
      const sealed = sealMessage(
        { account: station.account, receiver: second.account.id, content, timeS: world.nowMs / 1000 },
        second.directory,
        crypto,
      );
      if (!sealed.ok) throw new Error('sealed');
      const body = utf8ToBytes(messageToText(sealed.value));
      second.client?.receive(encodeMtp({ kind: 'message', serial: crypto.random.bytes(8), body }));
    };
    lie({ did: carol.id.bare, meta: account('eve').meta.json }, 'meta');
    expect(second.directory.meta(carol.id)).toBeUndefined();
    lie(
      { did: carol.id.bare, meta: carol.meta.json, documents: [account('eve').visa?.json ?? {}] },
      'documents',
    );
    const forged = { ...account('eve').visa?.json, did: carol.id.bare, ID: carol.id.bare };
    lie({ did: carol.id.bare, documents: [forged] }, 'documents');
    expect(second.directory.meta(carol.id)).toBeDefined();
    expect(second.directory.documents(carol.id)).toEqual([]);
    expect(first.faults).toEqual([]);
  });

  it('cannot lose a message without its sender seeing that it was not received', () => {
    const { world, first, second } = listen(() => []);
    first.send(second, 'gone');
    world.settle();
    expect(second.texts).toEqual([]);
    expect(second.mails).toEqual([]);
  });
});

describe('broadcasts', () => {
  it('to all stations are taken here and passed on to neighbours once', () => {
    const world = new World();
    const one = new TestStation(world, account('one'), { neighbours: [account('two').id] });
    const two = new TestStation(world, account('two'), { neighbours: [account('one').id] });
    one.dial(two);
    const alice = new TestClient(world, account('alice'), 'a');
    alice.connect(one);
    world.settle();
    const bob = new TestClient(world, account('bob'), 'b');
    bob.connect(two);
    world.settle();
    bob.client?.query(account('alice').id);
    world.settle();
    expect(bob.directory.documents(account('alice').id)).toHaveLength(1);
    alice.sendSealed(alice.seal(EVERYONE, createCommand('report', { title: 'online' }, { sn: 1, timeS: 1 })));
    alice.sendSealed(
      alice.seal(ANY_STATION, createCommand('report', { title: 'offline' }, { sn: 1, timeS: 1 })),
    );
    world.settle();
    expect(alice.said.slice(-2)).toEqual(['Online received.', 'Offline received.']);
  });
});
