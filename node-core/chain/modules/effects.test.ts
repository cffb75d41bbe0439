// The chain's own guard over what a contract step may do, against a virtual machine gone wrong: each outcome here is
// one that a sound one never returns.

import { expect, test } from 'vitest';
import { verifySignature } from '../../identity/keys.ts';
import type { Effect, Instance } from '../../paradigm/index.ts';
import type { ContractState } from '../records.ts';
import { createOverlay, createState } from '../state.ts';
import { createLedger } from '../testing/ledger.ts';
import * as world from '../testing/world.ts';
import type { StepContext } from './context.ts';
import { executeStep } from './effects.ts';
import { instanceOf } from './instances.ts';
import { createParadigmCache } from './paradigms.ts';

const [buyer, owner, designer, machine, stranger] = (
  ['buyer', 'owner', 'designer', 'machine', 'stranger'] as const
).map(world.addressOf) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** An open order that holds the buyer's money, and a context whose writes go nowhere. */
function createStep() {
  const ledger = createLedger();
  ledger.run('designer', world.REGISTER_MODEL);
  ledger.run('owner', world.registerMachine());
  const address = ledger.run('buyer', world.openOrder(world.createQuote(2))).result.data;
  const contract = ledger.app.read().contract(address) as ContractState;
  const before = instanceOf(contract);
  const run = (
    effects: readonly Effect[],
    instance: Partial<Instance> = {},
    sender: Uint8Array | 'nobody' = buyer,
  ) => {
    const state = ledger.app.read();
    const context: StepContext = {
      height: 9n,
      timeS: ledger.nowS(),
      verify: verifySignature,
      paradigms: createParadigmCache(),
      nextOrder: () => 0n,
      state,
      emit: () => undefined,
    };
    const outcome = { instance: { ...before, ...instance }, effects, gas: 0n, disputed: false };
    const from = sender === 'nobody' ? undefined : sender;
    return { state, result: executeStep(context, { address, contract, before, outcome, sender: from }) };
  };
  return { run, before, address };
}

const licence = (changes: Partial<Effect & { kind: 'licence' }>): Effect => ({
  kind: 'licence',
  licensor: designer,
  machine,
  model: world.DESIGN_HASH,
  quantity: 2n,
  ...changes,
});

test('outcomes that no sound virtual machine returns are refused', () => {
  const { run, before } = createStep();
  const { heldMicro } = before;
  const pay = (amountMicro: bigint): Effect => ({ kind: 'pay', to: owner, role: 'owner', amountMicro });
  const hold = (from: Uint8Array, amountMicro: bigint): Effect => ({
    kind: 'hold',
    from,
    role: 'x',
    amountMicro,
  });
  const wrong: readonly (readonly [string, ReturnType<typeof run>])[] = [
    ['pays more than is held', run([pay(heldMicro + 1n)], { heldMicro: -1n })],
    ['pays and does not book it', run([pay(5n)])],
    ['books and does not pay', run([], { heldMicro: 0n })],
    ['invents money', run([], { heldMicro: heldMicro + 5n })],
    ['pays a negative amount', run([pay(-5n)], { heldMicro: heldMicro + 5n })],
    ['takes from somebody who did not send', run([hold(stranger, 5n)], { heldMicro: heldMicro + 5n })],
    ['takes at a deadline', run([hold(buyer, 5n)], { heldMicro: heldMicro + 5n }, 'nobody')],
    ['takes a negative amount', run([hold(buyer, -5n)], { heldMicro: heldMicro - 5n })],
    ['licenses another machine', run([licence({ machine: stranger })])],
    ['licenses another model', run([licence({ model: new Uint8Array(32) })])],
    ['names another licensor', run([licence({ licensor: stranger })])],
    ['licenses more than was ordered', run([licence({ quantity: 3n })])],
    ['licenses more in two goes', run([licence({ quantity: 2n }), licence({ quantity: 1n })])],
    ['licenses nothing', run([licence({ quantity: 0n })])],
  ];
  for (const [what, { result }] of wrong) {
    expect([what, result]).toMatchObject([what, { ok: false, fault: { code: 'chain.contract.effect' } }]);
  }
});

test('the same steps done right are carried out', () => {
  const { run, before, address } = createStep();
  const { heldMicro } = before;
  const paid = run([{ kind: 'pay', to: owner, role: 'owner', amountMicro: 5n }], {
    heldMicro: heldMicro - 5n,
  });
  expect(paid.result.ok).toBe(true);
  expect(paid.state.account(address).balances.DPN).toBe(heldMicro - 5n);
  const held = run([{ kind: 'hold', from: buyer, role: 'buyer', amountMicro: 5n }], {
    heldMicro: heldMicro + 5n,
  });
  expect(held.result.ok).toBe(true);
  expect(held.state.account(address).balances.DPN).toBe(heldMicro + 5n);
  const licensed = run([licence({ quantity: 1n }), licence({ quantity: 1n })]);
  expect(licensed.result.ok).toBe(true);
  expect(licensed.state.indexLength('licences-of', address)).toBe(2n);
  expect(licensed.state.indexLength('licences-for', machine)).toBe(2n);
});

test('moved copies are neither more nor less than before, and need a machine that is registered', () => {
  const { run, address } = createStep();
  const move = (quantity: bigint, to = machine): Effect => ({
    kind: 'move-licence',
    from: machine,
    to,
    quantity,
  });
  const moved = run([licence({ quantity: 2n }), move(1n)]);
  expect(moved.result.ok).toBe(true);
  const licences = moved.state.listOf('licences-of', address).map((id) => moved.state.licence(id));
  expect(licences).toMatchObject([
    { quantity: 1, used: 0 },
    { quantity: 1, wrappedKey: null },
  ]);
  expect(run([licence({ quantity: 2n }), move(3n)]).result).toMatchObject({
    fault: { code: 'chain.contract.effect' },
  });
  expect(run([licence({ quantity: 2n }), move(1n, stranger)]).result).toMatchObject({
    fault: { code: 'chain.machine.unknown' },
  });
});

test('what no sound virtual machine asks for is refused here too: rewards, models and contracts of others', () => {
  const { run, before } = createStep();
  const { heldMicro } = before;
  const params = { job: '' };
  const open = {
    kind: 'open',
    link: 'x',
    paradigm: world.NORMAL_ID,
    roles: {},
    params,
    amountMicro: 5n,
  } as const;
  const wrong: readonly ReturnType<typeof run>[] = [
    run([{ kind: 'mint', to: buyer, role: 'buyer', token: '3DP', amountMicro: 5n }]),
    run([{ kind: 'transfer-model', from: designer, to: buyer, model: world.DESIGN_HASH }], {}, buyer),
    run([{ kind: 'transfer-model', from: designer, to: buyer, model: world.DESIGN_HASH }], {}, 'nobody'),
    run([{ ...open, paradigm: new Uint8Array(32) }], { heldMicro: heldMicro - 5n }),
    // The other contract binds its values to a quote, which a linked one does not have.
    run([open], { heldMicro: heldMicro - 5n }),
  ];
  for (const { result } of wrong) expect(result.ok).toBe(false);
});

test('what is written on an overlay is seen through it and not below', () => {
  const base = createOverlay({ get: () => undefined });
  const [below, above] = [createState(base), createOverlay(base)];
  below.appendIndex('models', new Uint8Array(32));
  const top = createState(above);
  top.appendIndex('models', new Uint8Array(32).fill(1));
  expect([below.indexLength('models'), top.indexLength('models')]).toEqual([1n, 2n]);
  above.flushTo(base);
  expect(below.indexEntry('models', 1n)).toEqual(new Uint8Array(32).fill(1));
});
