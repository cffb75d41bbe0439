// A sponsor signed one transaction of somebody else: whatever is made of its signature besides, it pays nothing; and for
// what it signed it pays once.

import { beforeEach, describe, expect, test } from 'vitest';
import { bytesToHex, unwrap } from '../base/index.ts';
import { signMessage } from '../identity/keys.ts';
import type { SignedTx, TxBody } from './messages.ts';
import { createLedger, type Ledger } from './testing/ledger.ts';
import * as world from './testing/world.ts';
import { buildTx, decodeTx, encodeSignedTx, encodeTxBody, txSignBytes } from './tx.ts';

const send = (amountMicro: bigint) =>
  ({ type: 'bank.send', to: world.addressOf('owner'), token: 'DPN', amountMicro }) as const;
const good = {
  chainId: world.CHAIN_ID,
  key: world.keyOf('buyer'),
  sponsor: world.keyOf('sponsor'),
  seq: 0,
  expiry: 1000,
  feeMicro: world.FEE_MICRO,
  message: send(7n),
};
const sponsored = buildTx(good);

let ledger: Ledger;
beforeEach(() => {
  ledger = createLedger();
});
const run = (tx: Uint8Array) => ledger.block([tx]).outcomes[0]?.fault?.code ?? 'done';
const paidMicro = () =>
  world.FUNDS_MICRO - ledger.app.read().account(world.addressOf('sponsor')).balances.DPN;

/** The signer changes its mind behind the sponsor's back, and signs anew itself. */
function altered(change: Partial<TxBody>, envelope: Partial<SignedTx> = {}, by: world.Name = 'buyer') {
  const { body, signed } = unwrap(decodeTx(sponsored));
  const bytes = encodeTxBody({ ...body, ...change });
  const signature = signMessage(world.keyOf(by).secretKey, txSignBytes(bytes));
  return encodeSignedTx({ ...signed, body: bytes, signature, ...envelope });
}

describe('a sponsor', () => {
  test('pays once, however often what it signed comes back', () => {
    expect(ledger.block([sponsored, sponsored]).outcomes.map(({ fault }) => fault?.code)).toEqual([
      undefined,
      'chain.tx.sequence',
    ]);
    expect(run(sponsored)).toBe('chain.tx.sequence');
    expect(ledger.app.checkTx(sponsored)).toMatchObject({ ok: false });
    expect(paidMicro()).toBe(world.FEE_MICRO);
  });

  test('pays once for a message that is refused, which does not come back either', () => {
    const unaffordable = buildTx({ ...good, message: send(2n * world.FUNDS_MICRO) });
    expect([run(unaffordable), run(unaffordable)]).toEqual(['chain.bank.unaffordable', 'chain.tx.sequence']);
    expect(paidMicro()).toBe(world.FEE_MICRO);
  });

  test('pays in the last block that it agreed to, and not in the one after', () => {
    const brief = buildTx({ ...good, expiry: 4 });
    while (ledger.app.info().height < 4n) ledger.block([]);
    expect(run(brief)).toBe('chain.tx.expired');
    ledger = createLedger();
    while (ledger.app.info().height < 3n) ledger.block([]);
    expect(run(brief)).toBe('done');
  });

  test('pays for nothing else: every other field was signed too', () => {
    const stranger = world.keyOf('stranger');
    const { body } = unwrap(decodeTx(sponsored));
    const forged: readonly Uint8Array[] = [
      altered({ message: send(8n) }),
      altered({ feeMicro: 100n * world.FEE_MICRO }),
      altered({ expiry: 1_000_000 }),
      altered({ from: stranger.publicKey }, {}, 'stranger'),
      // Somebody else is named, the signature stays.
      altered({ sponsor: stranger.publicKey }),
      // The signer's own signature in the sponsor's place, and none.
      altered({}, { sponsorSignature: signMessage(good.key.secretKey, txSignBytes(encodeTxBody(body))) }),
      altered({}, { sponsorSignature: null }),
      // A signature without anybody who is named for it.
      altered({ sponsor: null }),
    ];
    const before = bytesToHex(ledger.app.info().appHash);
    for (const tx of forged) {
      expect(ledger.app.checkTx(tx)).toMatchObject({ ok: false, fault: { code: 'chain.tx.sponsor' } });
      expect(run(tx)).toBe('chain.tx.sponsor');
    }
    // A number that is not its turn is refused before anybody looks at signatures; when it is, they do not fit.
    const later = altered({ seq: 1 });
    expect(run(later)).toBe('chain.tx.sequence');
    expect(bytesToHex(ledger.app.info().appHash)).toBe(before);
    expect([run(sponsored), run(later)]).toEqual(['done', 'chain.tx.sponsor']);
    expect(paidMicro()).toBe(world.FEE_MICRO);
  });

  test('may spend its own money meanwhile: what it cannot pay is refused, and nobody else pays for it', () => {
    const { sponsor, ...unsponsored } = good;
    const drain = buildTx({
      ...unsponsored,
      key: sponsor,
      message: { ...send(world.FUNDS_MICRO - world.FEE_MICRO), to: world.addressOf('stranger') },
    });
    expect(run(drain)).toBe('done');
    expect(run(sponsored)).toBe('chain.tx.fee-unaffordable');
    const { balances, seq } = ledger.app.read().account(world.addressOf('buyer'));
    expect({ dpn: balances.DPN, seq }).toEqual({ dpn: world.FUNDS_MICRO, seq: 0 });
  });
});
