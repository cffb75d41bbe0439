// A paradigm of one's own: written, put to the council, published, used by somebody else, and paid for.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from './acts.ts';
import { addressOf, codeOf, until } from './acts.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

const text = readFileSync(new URL('./fixtures/thanks.yaml', import.meta.url), 'utf8');
const locale = 'en';
/** What the receiver's own step costs. */
const INSIST_FEE_MICRO = 1_000n;

let world: TestWorld;
let api: Api;
let people: Readonly<Record<'designer' | 'owner' | 'buyer', string>>;
beforeAll(async () => {
  world = await openTestWorld(true);
  api = world.console.api;
  people = {
    designer: await addressOf(api, 'designer'),
    owner: await addressOf(api, 'owner'),
    buyer: await addressOf(api, 'buyer'),
  };
});
afterAll(() => world.remove());

const balance = async (who: keyof typeof people): Promise<bigint> =>
  (await api.wallet.accounts()).find(({ address }) => address === people[who])?.balances.DPN ?? 0n;

describe('a paradigm of one’s own', () => {
  it('is reviewed, published, used by others, and earns its author the fee', async () => {
    const { designer, owner, buyer } = people;
    const before = await api.council.view({ actor: designer, locale });
    expect(before.reviewers.map(({ party }) => party.name)).toEqual(
      [1, 2, 3].map((number) => `Demo reviewer ${number}`),
    );
    await api.paradigms.submit({ actor: designer, text });
    const review = await until(async () =>
      (await api.council.view({ actor: designer, locale })).reviews.find(({ status }) => status !== 'open'),
    );
    expect(review).toMatchObject({ title: 'Thanks', status: 'approved', subject: 'paradigm' });
    expect(review.votes.map(({ approve }) => approve)).toEqual([true, true, true]);
    expect(review.votes[0]?.reason).toMatch(/found no defect/);
    const published = (await api.paradigms.list({ locale })).find(({ name }) => name === 'thanks');
    expect(published?.published?.author.address).toBe(designer);

    const escrowed = async () =>
      (await api.wallet.accounts()).find(({ address }) => address === buyer)?.escrowMicro;
    const escrowBefore = (await escrowed()) ?? 0n;
    const [designerMicro, ownerMicro] = [await balance('designer'), await balance('owner')];
    const { id } = await api.agreements.begin({
      actor: buyer,
      paradigmId: published?.id ?? '',
      roles: { receiver: owner },
      values: { giftMicro: 7_000_000n },
      locale,
    });
    await until(async () => ((await escrowed()) === escrowBefore + 7_050_000n ? true : undefined));
    const opened = await api.agreements.get({ actor: buyer, id, locale });
    expect(opened).toMatchObject({ state: 'Set aside', heldMicro: 7_050_000n, yourTurn: true, mine: true });
    expect(opened.silence?.pays).toEqual([{ who: 'Giver', amountMicro: 7_050_000n }]);
    expect(opened.diagram).toMatch(/^<svg/);
    const [seen] = await api.agreements.list({ actor: owner, locale });
    expect(seen).toMatchObject({ id, yourTurn: true, mine: true });
    expect(await codeOf(api.agreements.act({ actor: owner, id, event: 'give', args: {}, locale }))).toBe(
      'agreements.event',
    );
    const disputes = async () =>
      (await api.paradigms.list({ locale })).find(({ name }) => name === 'thanks')?.uses.disputes;
    expect(await disputes()).toBe(0);
    await api.agreements.act({ actor: owner, id, event: 'insist', args: { note: 'it is done' }, locale });
    expect(await disputes()).toBe(1);
    await api.agreements.act({ actor: buyer, id, event: 'give', args: { note: 'well done' }, locale });
    expect(await escrowed()).toBe(escrowBefore);
    const ended = await api.agreements.get({ actor: owner, id, locale });
    expect(ended).toMatchObject({ state: 'Given', ended: 'success', heldMicro: 0n, options: [] });
    expect(ended.values).toContainEqual({ label: 'Note', text: 'well done' });
    expect(ended.steps.map(({ label }) => label)).toEqual(['Set aside', 'Insist', 'Give → Given']);
    expect((await balance('owner')) - ownerMicro).toBe(7_000_000n - INSIST_FEE_MICRO);
    expect((await balance('designer')) - designerMicro).toBe(50_000n);
    const used = (await api.paradigms.list({ locale })).find(({ name }) => name === 'thanks');
    // It ended well, and was contested all the same.
    expect(used?.uses).toMatchObject({ open: 0, ended: 1, disputes: 1 });

    await api.paradigms.withdraw({ actor: designer, id: published?.id ?? '' });
    const gone = (await api.paradigms.list({ locale })).find(({ name }) => name === 'thanks');
    expect(gone?.published?.closed).toBe('withdrawn');
    const again = {
      actor: buyer,
      paradigmId: published?.id ?? '',
      roles: { receiver: owner },
      values: {},
      locale,
    };
    expect(await codeOf(api.agreements.begin(again as Parameters<typeof api.agreements.begin>[0]))).toBe(
      'chain.paradigm.closed',
    );
  });

  it('with a defect is rejected, and the reason is the checker’s', async () => {
    const { designer } = people;
    const broken = text
      .replace('name: thanks', 'name: thankless')
      .replace('{ do: pay, to: author, amount: params.feeMicro }', '{ do: refund, to: giver }');
    await api.paradigms.submit({ actor: designer, text: broken });
    const review = await until(async () =>
      (await api.council.view({ actor: designer, locale })).reviews.find(
        ({ status, votes }) => status === 'rejected' && votes.length === 3,
      ),
    );
    expect(review.canAppeal).toBe(true);
    expect(review.votes[0]?.reason).toMatch(/promised/);
  });

  it('is refused before anything is paid where the text is no document', async () => {
    const before = await balance('designer');
    expect(await codeOf(api.paradigms.submit({ actor: people.designer, text: 'name: x' }))).toBe(
      'paradigm.document.shape',
    );
    expect(await balance('designer')).toBe(before);
  });
});

describe('a sealed bid', () => {
  it('is made, kept and opened by the console; nobody reads it before', async () => {
    const { owner, designer, buyer } = people;
    const bidding = (await api.paradigms.list({ locale })).find(({ name }) => name === 'sealed-bidding');
    const page = await api.paradigms.get({ id: bidding?.id ?? '', locale });
    const values = Object.fromEntries(
      page.fields.flatMap(({ name, kind }) => (kind === 'text' ? [[name, 'twenty hooks']] : [])),
    );
    const paradigmId = bidding?.id ?? '';
    const { id } = await api.agreements.begin({ actor: buyer, paradigmId, roles: {}, values, locale });
    const options = async (actor: string) => (await api.agreements.get({ actor, id, locale })).options;
    const open = await api.agreements.list({ actor: owner, locale });
    expect(open.find((card) => card.id === id)).toMatchObject({ mine: false, yourTurn: true });
    const [bid] = await options(owner);
    expect(bid?.fields.map(({ name, kind }) => [name, kind])).toEqual([['bid', 'amount']]);
    await api.agreements.act({ actor: owner, id, event: 'bid', args: { bid: 43_210_987n }, locale });
    expect(await codeOf(api.agreements.act({ actor: designer, id, event: 'bid', args: {}, locale }))).toBe(
      'paradigm-value.wrong',
    );
    await api.agreements.act({ actor: designer, id, event: 'bid', args: { bid: 4_000_000n }, locale });
    const seen = JSON.stringify(await api.agreements.get({ actor: buyer, id, locale }), (_key, value) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    // As many digits as no address holds by chance.
    expect(seen).not.toContain('43210987');
  });
});

describe('a step', () => {
  it('says beforehand what it takes, and that it would be refused', async () => {
    const { owner, buyer } = people;
    const group = (await api.paradigms.list({ locale })).find(({ name }) => name === 'group-purchase');
    const values = { article: 'Class kits', unitMicro: 3_000_000n, minimum: 4n };
    const begun = { actor: owner, paradigmId: group?.id ?? '', roles: {}, values, locale } as const;
    const { id } = await api.agreements.begin(begun);
    const start = async () =>
      (await api.agreements.get({ actor: owner, id, locale })).options.find(({ event }) => event === 'start');
    expect((await start())?.outlook).toEqual({ refused: true, takesMicro: 0n });
    const join = { actor: buyer, id, event: 'join', args: { items: 4n }, locale } as const;
    expect(await api.agreements.foresee(join)).toEqual({
      outlook: { refused: false, takesMicro: 12_000_000n },
    });
    const before = await balance('buyer');
    await api.agreements.act(join);
    expect(before - (await balance('buyer'))).toBeGreaterThanOrEqual(12_000_000n);
    expect((await start())?.outlook).toEqual({ refused: false, takesMicro: 0n });
    expect(await api.agreements.foresee(join)).toEqual({});
  });
});
