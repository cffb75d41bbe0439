// A station and its clients, joined without sockets: logins, delivery, several devices, the desk.

import { describe, expect, it } from 'vitest';
import { utf8ToBytes } from '../../base/index.ts';
import { createPeople } from '../../host/dimp/testing/station-people.ts';
import { TestClient, TestStation, World } from '../../host/dimp/testing/world.ts';
import {
  type Account,
  createCommand,
  createContent,
  createId,
  encodeTransportable,
  HANDSHAKE_TITLES,
  messageToText,
  parseAddress,
  parseId,
} from '../index.ts';
import { encodeMtp } from '../transport/index.ts';
import { LOGIN_MS } from './limits.ts';

const { account, meeting } = createPeople();

describe('logging in', () => {
  it('proves each to the other and ends in both running', () => {
    const { station, first } = meeting(['alice', 'bob']);
    expect(first.client?.state).toBe('running');
    expect(first.client?.station?.bare).toBe(station.account.id.bare);
    expect(station.station.counts()).toEqual({ connections: 2, users: 2 });
    expect(first.said).toContain('Login received.');
  });

  it('ends a connection that says nothing, or only rubbish', () => {
    const { world, station } = meeting(['alice', 'bob']);
    const ended: string[] = [];
    const open = (name: string) =>
      station.station.open({
        remote: { address: '192.0.2.9', port: 1 },
        write: () => undefined,
        writtenBytes: () => 0,
        pause: () => undefined,
        end: () => void ended.push(name),
      });
    open('silent');
    const noisy = open('noisy');
    for (let turn = 0; turn < 20; turn++)
      station.station.receive(
        noisy,
        encodeMtp({ kind: 'message', serial: new Uint8Array(8).fill(turn), body: utf8ToBytes('{}') }),
      );
    expect(ended).toEqual(['noisy']);
    world.pass(LOGIN_MS + 1);
    expect(ended).toEqual(['noisy', 'silent']);
  });

  it('refuses a handshake whose signature is not the sender’s', () => {
    const world = new World();
    const station = new TestStation(world, account('one'));
    // Eve shows Alice's meta and visa, which prove themselves, but signs with her own key.
    const forged = {
      ...account('eve'),
      id: account('alice').id,
      meta: account('alice').meta,
      visa: account('alice').visa,
    };
    const eve = new TestClient(world, forged as Account);
    eve.connect(station);
    world.settle();
    expect(station.refused).toContain('dimp.message.forged');
    expect(station.station.counts().users).toBe(0);
  });

  it('accepts its own challenge only, signed on the same connection', () => {
    const { world, station, first } = meeting(['alice', 'bob']);
    const shake = (session: string) =>
      first.seal(
        station.account.id,
        createCommand('handshake', { title: HANDSHAKE_TITLES.start, session }, { sn: 1, timeS: 1 }),
        { meta: account('alice').meta.json },
      );
    const users = () => station.station.counts().users;
    const before = first.connection?.challenge ?? '';
    expect(before).toHaveLength(64);
    first.drop();
    world.settle();
    expect(users()).toBe(1);
    // A replay of what Alice once signed, by somebody who recorded it.
    const recorded = shake(before);
    const connection = station.station.open({
      remote: { address: '192.0.2.9', port: 1 },
      write: () => undefined,
      writtenBytes: () => 0,
      pause: () => undefined,
      end: () => undefined,
    });
    const frame = encodeMtp({
      kind: 'message',
      serial: new Uint8Array(8),
      body: utf8ToBytes(messageToText(recorded)),
    });
    station.station.receive(connection, frame);
    expect(users()).toBe(1);
  });

  it('will not be used by another station: what is signed for one is of no use at the next', () => {
    const { world, station, first } = meeting(['alice', 'bob']);
    const two = new TestStation(world, account('two'));
    first.directory.saveMeta(two.account.id, two.account.meta.json);
    first.know(two);
    // Station two, which Alice trusts with nothing, is given a handshake that she signed for it, and passes it on to one.
    const content = createCommand(
      'handshake',
      { title: HANDSHAKE_TITLES.start, session: 'x' },
      { sn: 1, timeS: world.nowMs / 1000 },
    );
    const signedForTwo = first.seal(two.account.id, content);
    const readdressed = messageToText(signedForTwo).replace(
      JSON.stringify(two.account.id.text),
      JSON.stringify(station.account.id.text),
    );
    const connection = first.connection;
    if (connection === undefined) throw new Error('connected');
    station.station.receive(
      connection,
      encodeMtp({ kind: 'message', serial: new Uint8Array(8).fill(9), body: utf8ToBytes(readdressed) }),
    );
    expect(station.refused.at(-1)).toMatch(/dimp\.message\.(altered|unreadable)/);
  });

  it('takes in people it has never seen at a bounded pace', () => {
    const world = new World();
    const station = new TestStation(world, account('one'), { policy: { newPerSecond: 1, newBurst: 2 } });
    const enter = (name: string) => {
      const client = new TestClient(world, account(name));
      client.connect(station);
      world.settle();
      return client.client?.state;
    };
    expect(['alice', 'bob', 'carol', 'alice'].map(enter)).toEqual(['running', 'running', 'asked', 'running']);
    world.pass(3000);
    expect(enter('carol')).toBe('running');
  });

  it('keeps what came before the login for after it', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    const carol = new TestClient(world, account('carol'));
    carol.know(first, second, station);
    carol.connect(station);
    const early = carol.seal(second.account.id, carol.text('early'));
    const connection = carol.connection;
    if (connection === undefined) throw new Error('connected');
    station.station.receive(
      connection,
      encodeMtp({
        kind: 'message',
        serial: new Uint8Array(8).fill(3),
        body: utf8ToBytes(messageToText(early)),
      }),
    );
    expect(second.texts).toEqual([]);
    second.know(carol);
    world.settle();
    expect(second.texts).toEqual(['early']);
  });

  it('tells a client from a station that is not the expected one', () => {
    const world = new World();
    const station = new TestStation(world, account('one'));
    const alice = new TestClient(world, account('alice'));
    alice.expects = account('two').id;
    alice.connect(station);
    world.settle();
    expect(alice.faults).toEqual(['stationlink.unproven']);
    expect(alice.client?.state).toBe('closed');
  });
});

describe('messages', () => {
  it('reach who is here, and the sender is told', () => {
    const { world, first, second } = meeting(['alice', 'bob']);
    first.send(second, 'hello');
    world.settle();
    expect(second.texts).toEqual(['hello']);
    expect(first.waiting).toEqual([]);
    expect(first.said.at(-1)).toBe('Message delivered.');
  });

  it('wait for who is away, in order, once, also across a crash of the station', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    second.drop();
    for (let turn = 0; turn < 40; turn++) first.send(second, `m${turn}`);
    world.settle();
    expect(first.said.at(-1)).toBe('Message cached.');
    station.restart();
    second.connect(station);
    world.settle();
    expect(second.texts).toEqual(Array.from({ length: 40 }, (_, turn) => `m${turn}`));
    second.connect(station);
    world.settle();
    expect(second.repeated).toEqual([]);
  });

  it('are not confirmed before they are stored, and not stored twice when they are sent again', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    first.send(second, 'one');
    world.settle(false);
    expect(first.waiting).toHaveLength(1);
    expect(second.texts).toEqual([]);
    // Killed before it was stored: nothing was promised.
    station.restart();
    for (const person of [first, second]) person.connect(station);
    world.settle();
    expect(second.texts).toEqual(['one']);
    expect(first.waiting).toEqual([]);
  });

  it('go to each device of a user, whenever it comes', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    const phone = new TestClient(world, account('bob'), 'phone');
    phone.know(first);
    phone.connect(station);
    world.settle();
    first.send(second, 'a');
    world.settle();
    phone.drop();
    first.send(second, 'b');
    world.settle();
    expect(second.texts).toEqual(['a', 'b']);
    expect(phone.texts).toEqual(['a']);
    phone.connect(station);
    world.settle();
    expect(phone.texts).toEqual(['a', 'b']);
    expect(phone.repeated).toEqual([]);
  });

  it('carry everything that the station does not know, to the last byte, and the station’s trace', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    const odd = { x: [1, { y: null }], ключ: '值', pi: 3.5 };
    first.send(second, 'odd', { odd });
    world.settle();
    const [message] = second.mails;
    expect(message?.json['odd']).toEqual(odd);
    expect(message?.json['traces']).toMatchObject([{ did: station.account.id.bare }]);
  });

  it('never pass under another name', () => {
    const { world, station, first, second } = meeting(['alice', 'bob', 'eve']);
    const eve = new TestClient(world, account('eve'), 'x');
    eve.know(first, second);
    eve.connect(station);
    world.settle();
    // Alice's own message, recorded by Eve and sent again over Eve's connection.
    const recorded = first.seal(second.account.id, first.text('pay Eve'));
    eve.sendSealed(recorded);
    world.settle();
    expect(second.texts).toEqual([]);
    expect(station.refused).toContain('station.sender');
  });

  it('are dropped where one byte of them was changed', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    const message = first.seal(second.account.id, first.text('x'));
    const changed = message.signedBytes.slice();
    changed[3] = (changed[3] ?? 0) ^ 1;
    const text = messageToText(message).replace(
      encodeTransportable(message.signedBytes),
      encodeTransportable(changed),
    );
    first.sendText(text);
    world.settle();
    expect(station.refused).toContain('dimp.message.forged');
    expect(second.mails).toEqual([]);
  });

  it('are refused with a reason where the mailbox is full', () => {
    const { world, first, second } = meeting(['alice', 'bob'], {
      policy: { localQuota: { messagesMax: 2, bytesMax: 1e9 } },
    });
    second.drop();
    for (const text of ['a', 'b', 'c']) first.send(second, text);
    world.settle();
    expect(first.said.at(-1)).toContain('is full');
    expect(first.receipts.at(-1)?.json['code']).toBe('station.full');
    expect(first.waiting).toEqual([]);
  });

  it('slow down whoever sends faster than allowed; nothing is lost', () => {
    const { world, station, first, second } = meeting(['alice', 'bob'], {
      policy: { messagesPerSecond: 10, messagesBurst: 20 },
    });
    for (let turn = 0; turn < 60; turn++) first.send(second, `${turn}`);
    world.settle();
    expect(Math.max(...station.pauses)).toBeGreaterThan(2000);
    expect(second.texts).toHaveLength(60);
  });
});

describe('the desk', () => {
  it('answers for metas and documents, with what proves itself', () => {
    const { world, first, second } = meeting(['alice', 'bob']);
    const carol = new TestClient(world, account('carol'), 'c');
    carol.connect(world.stations[0] as TestStation);
    world.settle();
    expect(carol.directory.meta(second.account.id)).toBeUndefined();
    carol.client?.query(second.account.id);
    world.settle();
    expect(carol.directory.documents(second.account.id)).toHaveLength(1);
    expect(carol.receipts.some(({ kind }) => kind === 'forward')).toBe(true);
    const nobody = createId(
      undefined,
      parseAddress('0x9156A7CdAB767fFE161Ed21a0cb0b688b545b01F') ?? first.account.id.address,
    );
    carol.client?.query(nobody);
    world.settle();
    expect(carol.said).toEqual(expect.arrayContaining(['Meta not found.', 'Document not found.']));
  });

  it('answers for names of the network before those of the operator', async () => {
    const [alice, bob, carol] = [account('alice').id, account('bob').id, account('carol').id];
    const onChain = new Map([['bea', carol]]);
    const { world, first } = meeting(['alice', 'bob'], {
      names: new Map([
        ['bea', bob],
        ['mediator', alice],
      ]),
      resolveName: async (name) => onChain.get(name),
    });
    first.client?.command('ans', { names: 'bea mediator nobody' });
    world.settle();
    // What the light node is asked comes in a later turn.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    world.settle();
    expect(first.receipts.find(({ command }) => command === 'ans')?.json).toMatchObject({
      records: { bea: carol.bare, mediator: alice.bare },
      missed: ['nobody'],
    });
  });

  it('resolves names, for questions and for receivers', () => {
    const bob = account('bob').id;
    const { world, first, second } = meeting(['alice', 'bob'], { names: new Map([['mediator', bob]]) });
    first.client?.command('ans', { names: 'mediator nobody' });
    world.settle();
    const answer = first.receipts.at(-1)?.json;
    expect([answer?.['records'], answer?.['missed']]).toEqual([{ mediator: bob.bare }, ['nobody']]);
    const mediator = parseId('mediator@anywhere');
    if (!mediator.ok) throw new Error('an ID');
    first.sendSealed(first.seal(mediator.value, first.text('help')));
    world.settle();
    expect(second.texts).toEqual(['help']);
  });

  it('says what it does not understand', () => {
    const { world, station, first } = meeting(['alice', 'bob']);
    first.client?.command('storage', { title: 'x' });
    first.sendSealed(first.seal(station.account.id, first.text('hello?')));
    world.settle();
    expect(first.said.slice(-2)).toEqual(['Command not support.', 'Content not support.']);
  });

  it('opens what is wrapped for it, and passes the inside on', () => {
    const { world, station, first, second } = meeting(['alice', 'bob']);
    const inner = first.seal(second.account.id, first.text('inside'));
    const wrapped = createContent('forward', { secrets: [inner.json] }, { sn: 1, timeS: world.nowMs / 1000 });
    first.sendSealed(first.seal(station.account.id, wrapped));
    world.settle();
    expect(second.texts).toEqual(['inside']);
  });
});
