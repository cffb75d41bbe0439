// What receivers wish of a station, and what it does with groups: blocks, prices, stakes.

import { describe, expect, it } from 'vitest';
import { createPeople } from '../../host/dimp/testing/station-people.ts';
import type { World } from '../../host/dimp/testing/world.ts';
import { createContent, messageToText, parseId } from '../index.ts';
import { findWork, WORK_FIELD } from './index.ts';

const { meeting } = createPeople();

describe('what receivers wish', () => {
  it('is kept from blocked senders, who are told', () => {
    const { world, first, second } = meeting(['alice', 'bob']);
    second.client?.command('block', { list: [first.account.id.bare] });
    world.settle();
    first.send(second, 'spam');
    world.settle();
    expect(second.texts).toEqual([]);
    expect(first.said.at(-1)).toBe('Message is blocked by "bob".');
    second.client?.command('block', {});
    second.client?.command('block', { list: [] });
    world.settle();
    expect(second.receipts.find(({ json }) => json['list'] !== undefined)?.json['list']).toEqual([
      first.account.id.bare,
    ]);
    first.send(second, 'sorry');
    world.settle();
    expect(second.texts).toEqual(['sorry']);
  });

  it('is paid by strangers: in work, or by knowing each other', () => {
    const { world, first, second } = meeting(['alice', 'bob']);
    second.client?.customized({ app: 'dipnet', mod: 'mailbox', act: 'price', price: { workBits: 8 } });
    world.settle();
    const cheap = first.send(second, 'cheap');
    world.settle();
    expect(second.texts).toEqual([]);
    expect(first.receipts.at(-1)?.json['price']).toEqual({ workBits: 8 });
    const nonce = findWork(cheap.signature, second.account.id.bare, 8, { start: 0, tries: 100_000 });
    const paid = first.seal(second.account.id, first.text('paid'));
    const paidNonce = findWork(paid.signature, second.account.id.bare, 8, { start: 0, tries: 100_000 });
    first.sendText(messageToText(paid).replace(/^\{/, `{"${WORK_FIELD}":"${paidNonce}",`));
    world.settle();
    expect(second.texts).toEqual(['paid']);
    // The work of another message is none.
    const stolen = first.seal(second.account.id, first.text('stolen'), {
      [WORK_FIELD]: String(Number(nonce) + 1),
    });
    first.sendSealed(stolen);
    world.settle();
    expect(second.texts).toHaveLength(1);
    second.send(first, 'who are you?');
    world.settle();
    first.send(second, 'a friend');
    world.settle();
    expect(second.texts).toEqual(['paid', 'a friend']);
  });

  const STAKE = { app: 'dipnet', mod: 'mailbox', act: 'price', price: { stakeMicro: '2500000' } };
  /** What the chain says of everybody, each answer given when the test says so. */
  function createChain() {
    const waiting: ((stakeMicro: bigint | undefined) => void)[] = [];
    return {
      waiting,
      readStake: () => new Promise<bigint | undefined>((resolve) => void waiting.push(resolve)),
      async answer(world: World, stakeMicro: bigint | undefined): Promise<void> {
        waiting.shift()?.(stakeMicro);
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        world.settle();
      },
    };
  }

  it('is paid by strangers in stake, which is read once and waited for in order', async () => {
    const chain = createChain();
    const { world, first, second } = meeting(['alice', 'bob'], chain);
    second.client?.customized(STAKE);
    world.settle();
    first.send(second, 'one');
    first.send(second, 'two');
    world.settle();
    expect([second.texts, first.waiting.length, chain.waiting.length]).toEqual([[], 2, 1]);
    await chain.answer(world, 2_500_000n);
    expect([second.texts, first.waiting.length]).toEqual([['one', 'two'], 0]);
    first.send(second, 'three');
    world.settle();
    expect(second.texts).toEqual(['one', 'two', 'three']);
  });

  it('refuses less stake, and stake that cannot be proven, and says what is missing', async () => {
    const chain = createChain();
    const { world, first, second } = meeting(['alice', 'bob'], chain);
    second.client?.customized(STAKE);
    world.settle();
    first.client?.customized({
      app: 'dipnet',
      mod: 'mailbox',
      act: 'price.query',
      did: second.account.id.bare,
    });
    world.settle();
    expect(first.receipts.at(-1)?.json).toMatchObject({
      act: 'price.answer',
      price: { stakeMicro: '2500000' },
    });
    first.send(second, 'poor');
    world.settle();
    await chain.answer(world, 2_499_999n);
    expect(first.said.at(-1)).toBe('The receiver asks strangers for a stake of 2.5 DPN.');
    expect(first.receipts.at(-1)?.json).toMatchObject({ code: 'station.price', stakeMicro: '2499999' });
    world.pass(60_001);
    first.send(second, 'unproven');
    world.settle();
    await chain.answer(world, undefined);
    expect(first.receipts.at(-1)?.json).toMatchObject({ code: 'station.stake' });
    expect(second.texts).toEqual([]);
    second.send(first, 'a friend of mine');
    world.settle();
    first.send(second, 'known now');
    first.client?.customized({
      app: 'dipnet',
      mod: 'mailbox',
      act: 'price.query',
      did: second.account.id.bare,
    });
    world.settle();
    expect(second.texts).toEqual(['known now']);
    expect(first.receipts.at(-1)?.json['price']).toEqual({});
  });

  it('does not read stake for those who are not who they say, and not without end', async () => {
    const chain = createChain();
    const { world, first, second, third } = meeting(['alice', 'bob', 'carol'], chain);
    second.client?.customized(STAKE);
    world.settle();
    third.sendSealed(first.seal(second.account.id, first.text('in her name')));
    world.settle();
    expect(chain.waiting).toEqual([]);
    for (let count = 0; count < 66; count++) first.send(second, `${count}`);
    world.settle();
    // The last two are told at once that nothing is proven yet.
    expect([first.waiting.length, chain.waiting.length]).toEqual([64, 1]);
    expect(first.receipts.filter(({ json }) => json['code'] === 'station.stake')).toHaveLength(2);
    await chain.answer(world, 2_500_000n);
    expect(second.texts).toEqual(Array.from({ length: 64 }, (_, count) => `${count}`));
  });
});

describe('groups', () => {
  it('are split by the keys in the message: each reader gets a copy with the own key', () => {
    const { world, first, second, third } = meeting(['alice', 'bob', 'carol']);
    const group = parseId('Group-12345678@oRnZBFVhacC6Hk73VqrQb7HACVYR9nYcS');
    if (!group.ok) throw new Error('a group');
    const content = createContent('text', { text: 'all' }, { sn: 5, timeS: 1, group: group.value });
    const members = [first.account.id, second.account.id, third.account.id];
    first.sendSealed(first.seal(group.value, content, {}, members));
    world.settle();
    for (const person of [second, third]) {
      expect(person.texts).toEqual(['all']);
      expect(person.mails[0]?.keys.size).toBe(1);
      expect(person.mails[0]?.group?.bare).toBe(group.value.bare);
    }
    expect(first.texts).toEqual([]);
    expect(first.said.at(-1)).toBe('Group message delivering.');
  });

  it('without keys go nowhere', () => {
    const { world, first } = meeting(['alice', 'bob']);
    const group = parseId('Group-12345678@oRnZBFVhacC6Hk73VqrQb7HACVYR9nYcS');
    if (!group.ok) throw new Error('a group');
    first.sendSealed(first.seal(group.value, first.text('x'), {}, []));
    world.settle();
    expect(first.receipts.at(-1)?.json['code']).toBe('station.group');
  });
});
