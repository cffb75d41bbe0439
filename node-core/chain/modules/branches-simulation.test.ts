// Random graphs of contracts: products, assemblies within them, parts, shared and merged jobs, opened, moved and left alone
// by parties who are honest, mistaken or hostile. Every few blocks every coin is somewhere, every contract's account holds
// what its books say, and every branch's books agree with the contracts that fill it; in the end all have ended by
// deadlines alone and hold nothing. A failure prints its seed; SIM_SEEDS makes longer runs.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Bytes, bytesToHex, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { createPrng, encodeParadigm, paradigmId } from '../../paradigm/index.ts';
import type { BranchRef, Message } from '../messages.ts';
import type { BranchLink } from '../records.ts';
import { createLedger, type Ledger, sumOf } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import { instanceOf } from './instances.ts';
import { POOLS } from './pools.ts';

declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
const SEEDS = Number(process.env['SIM_SEEDS'] ?? '2');
const MOVES = 160;

type Prng = ReturnType<typeof createPrng>;

const { addressOf } = world;
const PEOPLE = ['buyer', 'owner', 'designer', 'author', 'stranger', 'sponsor'] as const;
const DESIGNS = [1, 2].map((n) => sha256(utf8ToBytes(`design ${n}`)));
const documents = ['product', 'part-order', 'part-batch'].map((name) =>
  unwrap(
    encodeParadigm(readFileSync(new URL(`../../../assets/paradigms/${name}.yaml`, import.meta.url), 'utf8')),
  ),
);
const [PRODUCT, PART, BATCH] = documents.map(paradigmId) as [Bytes, Bytes, Bytes];

const EVENTS = [
  ...['accept', 'accept', 'accept', 'ship', 'ship', 'take', 'take', 'complain', 'decline', 'start', 'cancel'],
  ...['goOn', 'settle', 'allDone', 'partsDone', 'servicesDone'],
] as const;

const NEXT: Readonly<Record<string, readonly string[]>> = {
  offered: ['accept'],
  collecting: ['start'],
  making: ['ship'],
  shipped: ['take', 'accept'],
  deciding: ['goOn', 'settle'],
};

/** Steps of producers; the others are of buyers. */
const MAKERS = new Set(['accept', 'ship', 'decline', 'start']);

class Graph {
  readonly contracts: Bytes[] = [];
  readonly seen = new Set<string>();
  readonly ledger: Ledger = createLedger();
  private readonly prng: Prng;
  private readonly totalMicro: bigint;

  constructor(seed: number) {
    this.prng = createPrng(seed);
    for (const document of documents) this.ledger.run('council', { type: 'paradigm.publish', document });
    this.totalMicro = this.sum();
  }

  private sum(): bigint {
    const accounts = [...world.NAMES.map(addressOf), ...Object.values(POOLS), ...this.contracts];
    return sumOf(this.ledger.app, accounts).DPN;
  }

  /** Something that somebody may want, or may not. */
  move(): void {
    const { prng } = this;
    if (prng.below(12) === 0) {
      this.note(this.ledger.block([], prng.between(1n, 200_000n)).blockEvents);
      return;
    }
    const stranger = prng.pick(PEOPLE);
    const message = this.message(stranger);
    // Mostly whoever may send it, sometimes anybody.
    const by = prng.below(5) === 0 ? stranger : (this.senderOf(message) ?? stranger);
    const outcome = this.ledger.run(by, message);
    this.note(outcome.events);
    if (outcome.result.data.length === 20) this.contracts.push(outcome.result.data);
  }

  note(
    events: readonly { readonly type: string; readonly attributes: Readonly<Record<string, string>> }[],
  ): void {
    for (const { type, attributes } of events) {
      this.seen.add(attributes['done'] === undefined ? type : `${type} ${attributes['done']}`);
      if (attributes['sender'] === '') this.seen.add('caused');
    }
  }

  private message(by: world.Name): Message {
    const kind = this.prng.below(10);
    if (this.contracts.length < 2 || (kind === 0 && this.contracts.length < 25))
      return this.openProduct(by, undefined);
    if (kind === 1) return this.openBatch(by);
    if (kind === 2) return this.openProduct(by, this.branch('services'));
    if (kind <= 5) return this.openPart(this.branch('parts'));
    return this.event();
  }

  /** A branch, mostly one that is open. */
  private branch(list: string): BranchRef {
    const { prng } = this;
    const open = this.contracts.flatMap((contract) =>
      (this.instance(contract).branches?.[list] ?? []).flatMap(({ open: pieces }, row) =>
        pieces > 0n ? [{ contract, list, row, quantity: Number(pieces) }] : [],
      ),
    );
    if (open.length > 0 && prng.below(6) !== 0) {
      const whole = prng.pick(open);
      return prng.below(2) === 0 ? whole : { ...whole, quantity: 1 };
    }
    return { contract: prng.pick(this.contracts), list, row: prng.below(2), quantity: 1 + prng.below(4) };
  }

  private senderOf(message: Message): world.Name | undefined {
    if (message.type !== 'contract.open' && message.type !== 'contract.event') return undefined;
    const about =
      message.parent?.contract ?? (message.type === 'contract.event' ? message.instance : undefined);
    if (about === undefined) return undefined;
    const { roles } = this.instance(about);
    const made = message.type === 'contract.event' && MAKERS.has(message.event);
    const account = roles[made ? 'producer' : 'buyer'];
    return PEOPLE.find(
      (name) => account !== undefined && bytesToHex(addressOf(name)) === bytesToHex(account),
    );
  }

  private openProduct(by: world.Name, parent: BranchRef | undefined): Message {
    const { prng } = this;
    const rows = Array.from({ length: prng.below(3) === 0 ? 2 : 1 }, (_, row) => row);
    const services = prng.below(4) === 0 ? 1 : 0;
    const principal = parent && this.buyerOf(parent.contract);
    return {
      type: 'contract.open',
      paradigm: PRODUCT,
      roles: { buyer: principal ?? addressOf(by), coordinator: addressOf(prng.pick(PEOPLE)) },
      params: {
        product: '',
        partDesigns: rows.map((row) => DESIGNS[row] ?? new Uint8Array(32)),
        partPieces: rows.map(() => 1 + prng.below(2)),
        partUnitsMicro: rows.map(() => 5 + prng.below(20)),
        partParadigms: [PART, BATCH],
        servicePieces: services === 0 ? [] : [1 + prng.below(2)],
        serviceUnitsMicro: services === 0 ? [] : [prng.below(400)],
        serviceParadigms: [PRODUCT],
        feeMicro: prng.below(50),
        leastPercent: 1 + prng.below(100),
        makeS: 3600 + prng.below(600_000),
        decideS: 3600 + prng.below(100_000),
        finishS: 3600 + prng.below(600_000),
      },
      quote: new Uint8Array(0),
      ...(parent === undefined ? {} : { parent: { ...parent, quantity: 1 } }),
    };
  }

  private buyerOf(contract: Bytes): Bytes | undefined {
    return this.instance(contract).roles['buyer'];
  }

  private openBatch(by: world.Name): Message {
    const { prng } = this;
    return {
      type: 'contract.open',
      paradigm: BATCH,
      roles: { producer: addressOf(by) },
      params: { design: prng.pick(DESIGNS), unitMicro: 1 + prng.below(12), minimum: 1 + prng.below(5) },
      quote: new Uint8Array(0),
    };
  }

  private openPart(parent: BranchRef): Message {
    const { prng } = this;
    const batches = this.contracts.filter((address) => this.instance(address).crowds !== undefined);
    if (batches.length > 0 && prng.below(3) === 0)
      return { type: 'contract.event', instance: prng.pick(batches), event: 'take', args: {}, parent };
    const buyer = this.buyerOf(parent.contract) ?? addressOf('buyer');
    return {
      type: 'contract.open',
      paradigm: PART,
      roles: { buyer, producer: addressOf(prng.pick(PEOPLE)) },
      params: { unitMicro: 1 + prng.below(20), makeS: 3600 + prng.below(900_000) },
      quote: new Uint8Array(0),
      parent,
    };
  }

  private event(): Message {
    const { prng } = this;
    const instance = prng.pick(prng.below(3) === 0 ? this.contracts : this.contracts.slice(-8));
    // Mostly what leads on from there.
    const likely = NEXT[this.instance(instance).state];
    const event = likely === undefined || prng.below(4) === 0 ? prng.pick(EVENTS) : prng.pick(likely);
    return { type: 'contract.event', instance, event, args: {} };
  }

  instance(address: Bytes) {
    const contract = this.ledger.app.read().contract(address);
    if (contract === undefined) throw new Error('a contract of this history is kept');
    return instanceOf(contract);
  }

  /** Every coin is somewhere, and all books agree. */
  audit(): void {
    expect(this.sum()).toBe(this.totalMicro);
    const state = this.ledger.app.read();
    const links: (BranchLink & { readonly runs: boolean })[] = [];
    for (const address of this.contracts) {
      const { heldMicro, deadlineS } = this.instance(address);
      expect(state.account(address).balances.DPN).toBe(heldMicro);
      for (const link of state.contract(address)?.branches ?? [])
        links.push({ ...link, runs: deadlineS !== undefined });
    }
    for (const address of this.contracts) {
      const { branches = {}, deadlineS } = this.instance(address);
      for (const [list, rows] of Object.entries(branches)) {
        for (const [row, { quantity, open, done, spentMicro }] of rows.entries()) {
          const own = links.filter(
            (link) =>
              bytesToHex(link.contract) === bytesToHex(address) && link.list === list && link.row === row,
          );
          if (deadlineS === undefined) continue;
          const running = own
            .filter(({ runs }) => runs)
            .reduce((sum, link) => sum + BigInt(link.quantity), 0n);
          expect(quantity - open - done).toBe(running);
          const spent = own.reduce(
            (sum, { givenMicro, returnedMicro }) => sum + givenMicro - returnedMicro,
            0n,
          );
          expect(spentMicro).toBe(spent);
        }
      }
    }
  }

  /** Nobody acts any more. True when all have ended. */
  silence(): boolean {
    const deadlines = this.contracts.flatMap((address) => this.instance(address).deadlineS ?? []);
    const [next] = deadlines.sort((a, b) => (a < b ? -1 : 1));
    if (next === undefined) return true;
    this.note(this.ledger.block([], next - this.ledger.nowS()).blockEvents);
    return false;
  }
}

test('random graphs keep every coin, and end by deadlines alone', { timeout: 240_000 }, () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const graph = new Graph(seed);
    try {
      for (let i = 0; i < MOVES; i++) {
        graph.move();
        if (i % 4 === 0) graph.audit();
      }
      let rounds = 0;
      while (!graph.silence()) {
        graph.audit();
        rounds++;
        expect(rounds).toBeLessThan(graph.contracts.length * 4);
      }
      const { app } = graph.ledger;
      for (const address of graph.contracts) expect(app.read().account(address).balances.DPN).toBe(0n);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    for (const type of graph.seen) seen.add(type);
  }
  // A history in which nothing happened would prove nothing.
  for (const type of [
    ...['contract.branch-filled', 'contract.branch-returned', 'caused', 'contract.deadline'],
    ...['contract.branch-ended true', 'contract.branch-ended false'],
  ])
    expect([...seen]).toContain(type);
  expect([...seen]).not.toContain('contract.deadline-failed');
});
