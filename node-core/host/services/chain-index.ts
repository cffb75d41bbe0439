// What happened on the chain, kept for lists and timelines. Rebuilt from blocks in order, one database transaction a
// block, so a crash anywhere is caught up from the last whole block. An entry counts as verified only once the light
// node proved its transaction; the index itself is a convenience, never a source of truth.

import type { WalletEntry } from '../../api/index.ts';
import { bytesToHex, hexToBytes, type Log } from '../../base/index.ts';
import type { ChainEvent, CommittedBlock, Engine } from '../../chain/index.ts';
import { decodeTx, type TxBody } from '../../chain/index.ts';
import { addressToText, publicKeyToAddress } from '../../identity/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Anchors } from './chain-client.ts';
import type { EventBus } from './event-bus.ts';

export type OrderStepRow = {
  readonly order_id: string;
  readonly seq: number;
  readonly code: string;
  readonly tx_hash: string | null;
  readonly height: number;
  readonly time_s: number;
  readonly signer: string | null;
  /** Of a step of the contract: the state that it led to, and the event. Of a deadline: the state. */
  readonly detail: string | null;
};

export type WalletRow = {
  readonly seq: number;
  readonly address: string;
  readonly kind: Exclude<WalletEntry['kind'], 'faucet'>;
  readonly token: string;
  readonly amount_micro: string;
  readonly counterparty: string | null;
  readonly order_id: string | null;
  readonly tx_hash: string | null;
  readonly height: number;
  readonly time_s: number;
};

/** Where an event stands: in which block, by which transaction (none for deadlines), signed by whom. */
type Place = {
  readonly height: number;
  readonly timeS: number;
  readonly txHash: string | null;
  readonly signer: string | null;
};

export type ChainIndex = ReturnType<typeof createChainIndex>;

const accountText = (hex: string | undefined): string => addressToText(hexToBytes(hex ?? ''));

export function createChainIndex(database: Sqlite, anchors: Anchors, bus: EventBus, log: Log) {
  const writer = createWriter(database);
  const listeners = new Set<(event: ChainEvent) => void>();

  const apply = database.transaction((block: CommittedBlock) => {
    const height = Number(block.height);
    const timeS = Number(block.time.seconds);
    for (const { tx, outcome } of block.txs) {
      const decoded = decodeTx(tx);
      if (!decoded.ok) continue;
      const signer = addressToText(publicKeyToAddress(decoded.value.body.from));
      const txHash = bytesToHex(decoded.value.hash);
      anchors.record(txHash, height, timeS, signer);
      const place = { height, timeS, txHash, signer };
      writer.fee(place, decoded.value.body);
      if (outcome.result.code === 0) for (const event of outcome.events) writer.write(event, place);
    }
    const place = { height, timeS, txHash: null, signer: null };
    for (const event of block.blockEvents) writer.write(event, place);
    database.prepare('UPDATE indexed SET height = ? WHERE one = 1').run(height);
  });

  const indexedHeight = () =>
    (database.prepare('SELECT height FROM indexed').get() as { height: number }).height;

  /** True where the block was the next one; false for one that came twice or before those between. */
  function accept(block: CommittedBlock): boolean {
    if (Number(block.height) !== indexedHeight() + 1) return false;
    apply.immediate(block);
    const events = [
      ...block.txs.flatMap((entry) => (entry.outcome.result.code === 0 ? entry.outcome.events : [])),
      ...block.blockEvents,
    ];
    announce(events, bus);
    for (const event of events) for (const listener of listeners) listener(event);
    return true;
  }

  /** Indexes every block that was committed since. */
  async function catchUp(engine: Engine): Promise<void> {
    for (
      let height = indexedHeight() + 1;
      height <= Number(engine.status().height);
      height = indexedHeight() + 1
    ) {
      const block = await engine.blockAt(BigInt(height));
      if (!block.ok) return log('error', 'index.block-missing', { height, fault: block.fault.code });
      accept(block.value);
    }
  }

  return {
    ...createQueries(database),
    /** Of the last block that was indexed; 0 before the first. */
    height: indexedHeight,
    /** Catches up, then follows; a block that could not be stored is made up for with the next one. */
    async follow(engine: Engine): Promise<() => void> {
      let following = true;
      const failed = (error: unknown) => {
        if (following) log('error', 'index.failed', { error });
      };
      const unsubscribe = engine.onBlock((block) => {
        try {
          if (!accept(block) && Number(block.height) > indexedHeight()) catchUp(engine).catch(failed);
        } catch (error) {
          failed(error);
        }
      });
      await catchUp(engine);
      return () => {
        following = false;
        unsubscribe();
      };
    },
    /** Called for each event of each block after it was indexed. */
    onEvent(listener: (event: ChainEvent) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** What was indexed, for lists and timelines. */
function createQueries(database: Sqlite) {
  return {
    steps: (orderId: string): OrderStepRow[] =>
      database
        .prepare('SELECT * FROM order_steps WHERE order_id = ? ORDER BY seq')
        .all(orderId) as OrderStepRow[],
    wallet: (address: string): WalletRow[] =>
      database
        .prepare('SELECT * FROM wallet_entries WHERE address = ? ORDER BY seq DESC LIMIT 500')
        .all(address) as WalletRow[],
    /** What a contract paid out, in the order of the chain. */
    paidBy: (orderId: string): WalletRow[] =>
      database
        .prepare(
          "SELECT * FROM wallet_entries WHERE order_id = ? AND kind IN ('earning', 'author', 'refund') ORDER BY seq",
        )
        .all(orderId) as WalletRow[],
    /** What contracts paid to an account, in micro-DPN. */
    earnedFor(address: string, orderIds: readonly string[]): bigint {
      return orderIds
        .flatMap((orderId) => this.paidBy(orderId))
        .filter((row) => row.address === address && row.kind !== 'refund')
        .reduce((sum, row) => sum + BigInt(row.amount_micro), 0n);
    },
  };
}

/** Tells the pages which queries to ask again. */
function announce(events: readonly ChainEvent[], bus: EventBus): void {
  bus.changed('network');
  if (events.length === 0) return;
  bus.changed('accounts');
  const kinds = new Set(events.map((event) => event.type.split('.')[0] ?? ''));
  const aboutContracts = ['contract', 'licence', 'paradigm', 'review', 'council'];
  if (aboutContracts.some((kind) => kinds.has(kind))) bus.changed('orders');
  if (kinds.has('model') || kinds.has('licence')) bus.changed('models');
  if (kinds.has('product')) bus.changed('products');
  if (kinds.has('machine')) bus.changed('machines');
}

/** Timeline code of a state that a contract entered. */
function codeOfState(state: string): string {
  if (state === 'accepted' || state === 'printed' || state === 'shipped' || state === 'settled') return state;
  return state === 'disputed'
    ? 'problem'
    : state === 'agreed' || state === 'divided'
      ? 'settled'
      : 'refunded';
}

type Writers = Readonly<Record<string, (data: ChainEvent['attributes'], place: Place) => void>>;

function createWalletWriter(database: Sqlite) {
  const insertWallet = database.prepare(
    `INSERT INTO wallet_entries (address, kind, token, amount_micro, counterparty, order_id, tx_hash, height, time_s)
     VALUES (@address, @kind, @token, @amountMicro, @counterparty, @order, @txHash, @height, @timeS)`,
  );
  const paidIn = database.prepare(
    `SELECT amount_micro FROM wallet_entries
     WHERE order_id = ? AND address = ? AND kind IN ('escrow', 'refund')`,
  );
  const insert = (
    place: Place,
    address: string,
    kind: WalletRow['kind'],
    amountMicro: bigint,
    counterparty: string,
    order: string | null,
    token = 'DPN',
  ) =>
    insertWallet.run({
      ...place,
      address,
      kind,
      token,
      amountMicro: amountMicro.toString(),
      counterparty,
      order,
    });
  return {
    insert,
    /** What the account paid into the contract and did not get back yet. */
    outstandingMicro: (order: string, address: string): bigint =>
      (paidIn.all(order, address) as { amount_micro: string }[]).reduce(
        (sum, row) => sum - BigInt(row.amount_micro),
        0n,
      ),
  };
}
type WalletWriter = ReturnType<typeof createWalletWriter>;

/**
 * A payment of a contract as the receiver's lines: what was paid in comes back, the rest is earned. To a buyer who paid
 * in nothing it is money back too: another contract paid it in, in the buyer's name.
 */
function paymentParts(
  writer: WalletWriter,
  order: string,
  to: string,
  data: ChainEvent['attributes'],
): { readonly kind: WalletRow['kind']; readonly amountMicro: bigint }[] {
  const amountMicro = BigInt(data['amountMicro'] ?? '0');
  const { role } = data;
  if (role === 'author') return [{ kind: 'author', amountMicro }];
  const outstandingMicro = writer.outstandingMicro(order, to);
  if (role === 'buyer' && outstandingMicro <= 0n) return [{ kind: 'refund', amountMicro }];
  const backMicro = amountMicro < outstandingMicro ? amountMicro : outstandingMicro;
  const earnedMicro = amountMicro - backMicro;
  return [
    ...(backMicro > 0n ? [{ kind: 'refund', amountMicro: backMicro } as const] : []),
    ...(earnedMicro > 0n || amountMicro === 0n
      ? [{ kind: 'earning', amountMicro: earnedMicro } as const]
      : []),
  ];
}

/** Every way in which money enters or leaves an account, fees apart. */
function moneyWriters(writer: WalletWriter): Writers {
  const wallet = writer.insert;
  const nameFee = (data: ChainEvent['attributes'], place: Place, payer: string | undefined) =>
    void wallet(place, accountText(payer), 'name', -BigInt(data['priceMicro'] ?? '0'), '', null, 'DIMT');
  const councilMoney = (
    place: Place,
    account: string | undefined,
    kind: WalletRow['kind'],
    amountMicro: bigint,
  ) => {
    if (amountMicro !== 0n) wallet(place, accountText(account), kind, amountMicro, '', null);
  };
  const provider = (
    place: Place,
    account: string | undefined,
    kind: 'deposit-back' | 'earning',
    amountMicro: string | undefined,
  ) => void wallet(place, accountText(account), kind, BigInt(amountMicro ?? '0'), '', null, 'DIMT');
  return {
    'bank.sent': (data, place) => {
      const [from, to] = [accountText(data['from']), accountText(data['to'])];
      const amount = BigInt(data['amountMicro'] ?? '0');
      wallet(place, from, 'sent', -amount, to, null, data['token']);
      wallet(place, to, 'received', amount, from, null, data['token']);
    },
    'name.registered': (data, place) => nameFee(data, place, data['owner']),
    'name.renewed': (data, place) => nameFee(data, place, data['payer']),
    'provider.registered': (data, place) => {
      const heldMicro = BigInt(data['depositMicro'] ?? '0');
      if (heldMicro > 0n)
        wallet(place, accountText(data['provider']), 'deposit', -heldMicro, '', null, 'DIMT');
    },
    'provider.paid-out': (data, place) =>
      provider(place, data['provider'], 'deposit-back', data['amountMicro']),
    'provider.rewarded': (data, place) => provider(place, data['provider'], 'earning', data['amountMicro']),
    'contract.held': (data, place) => {
      const order = accountText(data['instance']);
      wallet(place, accountText(data['from']), 'escrow', -BigInt(data['amountMicro'] ?? '0'), order, order);
    },
    'contract.paid': (data, place) => {
      const [order, to] = [accountText(data['instance']), accountText(data['to'])];
      for (const { kind, amountMicro } of paymentParts(writer, order, to, data))
        wallet(place, to, kind, amountMicro, order, order);
    },
    'review.begun': (data, place) =>
      councilMoney(place, data['sender'], 'review', -BigInt(data['feeMicro'] ?? '0')),
    'review.returned': (data, place) =>
      councilMoney(place, data['sender'], 'review-back', BigInt(data['amountMicro'] ?? '0')),
    'review.paid': (data, place) =>
      councilMoney(place, data['reviewer'], 'earning', BigInt(data['amountMicro'] ?? '0')),
    'paradigm.bug': (data, place) =>
      councilMoney(place, data['reporter'], 'earning', BigInt(data['bountyMicro'] ?? '0')),
    'council.joined': (data, place) =>
      councilMoney(place, data['reviewer'], 'deposit', -BigInt(data['amountMicro'] ?? '0')),
    'council.paid-out': (data, place) =>
      councilMoney(place, data['reviewer'], 'deposit-back', BigInt(data['amountMicro'] ?? '0')),
    'storage.deposited': (data, place) => {
      const order = accountText(data['instance']);
      const amountMicro = BigInt(data['amountMicro'] ?? '0');
      wallet(place, accountText(data['payer']), 'deposit', -amountMicro, '', order);
    },
    'storage.returned': (data, place) =>
      wallet(place, accountText(data['payer']), 'deposit-back', BigInt(data['amountMicro'] ?? '0'), '', null),
  };
}

function createWriter(database: Sqlite) {
  const walletWriter = createWalletWriter(database);
  const wallet = walletWriter.insert;
  const insertStep = database.prepare(
    `INSERT INTO order_steps (order_id, seq, code, tx_hash, height, time_s, signer, detail)
     VALUES (@order, (SELECT COUNT(*) FROM order_steps WHERE order_id = @order), @code, @txHash, @height, @timeS, @signer, @detail)`,
  );
  const step = (place: Place, order: string, code: string, detail: string | null = null) =>
    insertStep.run({ ...place, order, code, detail });
  const writers: Writers = {
    ...moneyWriters(walletWriter),
    'contract.opened': (data, place) => void step(place, accountText(data['instance']), 'funded'),
    'contract.step': (data, place) => {
      const order = accountText(data['instance']);
      const state = data['state'] ?? '';
      if (data['event'] === 'confirm') step(place, order, 'delivered');
      // A step that stays in its state (a new proposal in a dispute) belongs to the problem being solved.
      step(
        place,
        order,
        state === data['from'] ? 'problem' : codeOfState(state),
        `${state} ${data['event'] ?? ''}`,
      );
    },
    'contract.deadline': (data, place) =>
      void step(
        place,
        accountText(data['instance']),
        codeOfState(data['state'] ?? ''),
        data['state'] ?? null,
      ),
    'licence.released': (data, place) => void step(place, accountText(data['instance']), 'released'),
    'licence.gathered': (data, place) => void step(place, accountText(data['instance']), 'gathered'),
    'licence.used': (data, place) =>
      void step(place, accountText(data['instance']), 'printing', data['copy'] ?? null),
    'licence.reported': (data, place) =>
      void step(
        place,
        accountText(data['instance']),
        'reported',
        `${data['copy'] ?? ''}:${data['outcome'] ?? ''}`,
      ),
  };
  return {
    fee(place: Place, body: TxBody): void {
      if (body.feeMicro === 0n) return;
      const payer = addressToText(publicKeyToAddress(body.sponsor ?? body.from));
      wallet(place, payer, 'fee', -body.feeMicro, '', null);
    },
    write(event: ChainEvent, place: Place): void {
      writers[event.type]?.(event.attributes, place);
    },
  };
}
