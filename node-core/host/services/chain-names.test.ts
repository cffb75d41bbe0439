// Names beside accounts: asked once, asked again when names change, and never in a circle with the pages that show them.

import { expect, it } from 'vitest';
import { ok, refuse } from '../../base/index.ts';
import { createManualClock } from '../../chain/testing/world.ts';
import { addressToText } from '../../identity/index.ts';
import { createChainNames } from './chain-names.ts';
import { createEventBus } from './event-bus.ts';
import { createParties } from './parties.ts';

const ADA = addressToText(new Uint8Array(20).fill(1));
const BO = addressToText(new Uint8Array(20).fill(2));
const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

it('shows a name when it is known, asks once, and again when names change or grow old', async () => {
  const bus = createEventBus();
  const clock = createManualClock(0);
  const names = createChainNames({ bus, clock, log: () => undefined });
  const identities = { people: () => [{ address: ADA, name: 'Ada' }] };
  const parties = createParties(identities, new Map(), (account) => names.known(account));
  const asked: string[] = [];
  let onChain = new Map([[BO, 'bo-novak']]);
  let changes = 0;
  // A page shows both again with every change.
  bus.listen((event) => {
    if (event.type !== 'changed' || event.topic !== 'orders') return;
    changes += 1;
    parties.party(BO);
    parties.party(ADA);
  });
  expect(parties.party(BO)).toEqual({ address: BO, name: '' });
  names.begin(async (address) => {
    const account = addressToText(address);
    asked.push(account);
    return ok(onChain.get(account) ?? '');
  });
  await turns();
  expect(parties.party(BO)).toEqual({ address: BO, name: '', handle: 'bo-novak' });
  expect(parties.party(ADA)).toEqual({ address: ADA, name: 'Ada' });
  await turns();
  expect([asked.filter((one) => one === BO).length, changes]).toEqual([1, 1]);

  onChain = new Map([[ADA, 'ada']]);
  names.onChainEvent({ type: 'name.primary', attributes: {} });
  await turns();
  expect(parties.party(BO)).toEqual({ address: BO, name: '' });
  expect(parties.party(ADA)).toEqual({ address: ADA, name: 'Ada', handle: 'ada' });

  // Expired without an event.
  onChain = new Map();
  clock.advance(600_000);
  expect(parties.party(ADA).handle).toBe('ada');
  await turns();
  expect(parties.party(ADA).handle).toBeUndefined();
});

it('keeps what it knew where nobody answers, and tries again soon', async () => {
  const clock = createManualClock(0);
  const names = createChainNames({ bus: createEventBus(), clock, log: () => undefined });
  let isAway = false;
  let asked = 0;
  names.begin(async () => {
    asked += 1;
    return isAway ? refuse({ code: 'light.provider.silent', message: '', next: '' }) : ok('bo');
  });
  names.known(BO);
  await turns();
  isAway = true;
  clock.advance(600_000);
  names.known(BO);
  await turns();
  expect([names.known(BO), asked]).toEqual(['bo', 2]);
  clock.advance(15_000);
  names.known(BO);
  await turns();
  expect(asked).toBe(3);
});
