// The demo world: three people with play money, a virtual printer, and a model to order. Made on first start, step by
// step, each looked at before it is done, so that an interrupted start is completed by the next.

import type { Role } from '../../api/index.ts';
import type { Bytes } from '../../base/index.ts';
import { unwrap } from '../../base/index.ts';
import type { KeyPair } from '../../identity/index.ts';
import { readAsset } from '../adapters/assets.ts';
import type { Services } from '../composition/services.ts';

const PEOPLE: readonly (readonly [Role, string])[] = [
  ['designer', 'Dana Lin'],
  ['owner', 'Otto Berg'],
  ['buyer', 'Bea Novak'],
];

/** What the three are found by. */
const NAMES: Readonly<Record<Role, string>> = {
  designer: 'dana-lin',
  owner: 'otto-berg',
  buyer: 'bea-novak',
};

const SAMPLE = 'cable-hook.stl';

/** The bundled sample: a small part that prints in half an hour. */
export function sampleModel(): { readonly name: string; readonly bytes: Bytes } {
  return { name: SAMPLE, bytes: readAsset('models', SAMPLE) };
}

import { seatDemoCouncil } from './demo-council.ts';
import type { WorldKeys } from './world.ts';

export type DemoOptions = {
  /** Makes the identities reproducible. */
  readonly seed?: string;
  /** How long ended contracts are kept before their deposits come back; ninety days where absent. */
  readonly keepEndedS?: number;
  /** Also puts the sample on the market, seats a council and publishes what ships, for people who look around first. */
  readonly stocked?: boolean;
  /** Printer owners, each with a virtual printer; one where absent. Several make products out of parts. */
  readonly producers?: number;
};

/** Who owns printers besides the first, with what they ask for an hour and for setting up: no two are equally dear. */
const MORE_OWNERS: readonly (readonly [string, bigint, bigint])[] = [
  ['Mira Stone', 2_700_000n, 1_200_000n],
  ['Ivo Ruiz', 2_400_000n, 1_800_000n],
  ['Lena Park', 2_900_000n, 1_000_000n],
  ['Sami Aho', 2_600_000n, 1_400_000n],
  ['Noor Haddad', 3_100_000n, 900_000n],
  ['Teo Brandt', 2_300_000n, 2_100_000n],
];
export const PRODUCERS_MAX = 1 + MORE_OWNERS.length;

/** @throws FaultError where the chain refuses a step. */
export async function furnishDemoWorld(services: Services, options: DemoOptions): Promise<void> {
  const { identities, wallet, machines } = services;
  const locked = new Set(identities.locked().map(({ role }) => role));
  for (const [role, name] of PEOPLE) {
    // Somebody whose key is locked comes back with words; a second person would only stand in the way.
    if (locked.has(role) && !identities.people().some((person) => person.role === role)) continue;
    const known = identities.people().find((person) => person.role === role);
    const address = known?.address ?? (await identities.create(role, name));
    const account = unwrap(await wallet.accounts()).find((candidate) => candidate.address === address);
    if (account?.balances.DPN === 0n && account.escrowMicro === 0n) unwrap(await wallet.faucet(address));
  }
  const owner = identities.people().find((person) => person.role === 'owner');
  if (machines.rows().length === 0 && owner !== undefined) {
    unwrap(
      await machines.registration.add({
        actor: owner.address,
        name: 'Workshop printer',
        driver: 'virtual',
        volumeMm: { x: 250, y: 210, z: 210 },
        nozzleUm: 400,
        rateMicroPerHour: 2_500_000n,
        setupMicro: 1_500_000n,
        minimumMicro: 3_000_000n,
      }),
    );
  }
  if ((options.producers ?? 1) > 1) {
    await seatProducers(services, options.producers ?? 1);
    const { keys } = services.world;
    if (keys !== undefined) await publishShipped(services, keys);
  }
  if (options.stocked === true) {
    await stockMarket(services);
    const { keys } = services.world;
    if (keys !== undefined) {
      await nameDemoPeople(services, keys.faucet);
      unwrap(await seatDemoCouncil(services, keys.faucet, keys.reviewers));
      await publishShipped(services, keys);
    }
  }
}

/** More owners with a printer each. Whoever is there already from an interrupted start is not made again. */
async function seatProducers({ identities, wallet, machines }: Services, count: number): Promise<void> {
  for (const [name, rateMicroPerHour, setupMicro] of MORE_OWNERS.slice(0, count - 1)) {
    const known = identities.people().find((person) => person.name === name);
    const address = known?.address ?? (await identities.create('owner', name));
    const account = unwrap(await wallet.accounts()).find((candidate) => candidate.address === address);
    if (account?.balances.DPN === 0n && account.escrowMicro === 0n) unwrap(await wallet.faucet(address));
    if (machines.rows().some(({ owner }) => owner === address)) continue;
    unwrap(
      await machines.registration.add({
        actor: address,
        name: `Printer of ${name}`,
        driver: 'virtual',
        volumeMm: { x: 250, y: 210, z: 210 },
        nozzleUm: 400,
        rateMicroPerHour,
        setupMicro,
        minimumMicro: 3_000_000n,
      }),
    );
  }
}

/** What ships with the console can be used in a demo world without a review of its own. */
async function publishShipped({ chain, paradigms }: Services, keys: WorldKeys): Promise<void> {
  for (const document of unwrap(await paradigms.unpublished()))
    unwrap(
      await chain.submit(
        keys.council,
        { type: 'paradigm.publish', document, author: keys.author.address },
        keys.faucet,
      ),
    );
}

/** Begun here and finished while the console is in use: a commitment has to wait. The faucet pays the fees. */
async function nameDemoPeople({ identities, names, log }: Services, faucet: KeyPair): Promise<void> {
  for (const { role, address } of identities.people()) {
    const view = unwrap(await names.view(address));
    if (view.names.length > 0 || view.pending.length > 0) continue;
    const begun = await names.register(address, NAMES[role], 1, faucet);
    if (!begun.ok) log('warn', 'demo.name', { code: begun.fault.code });
  }
}

async function stockMarket({ identities, drafts, models }: Services): Promise<void> {
  const designer = identities.people().find((person) => person.role === 'designer');
  if (designer === undefined || unwrap(await models.list(undefined, undefined)).length > 0) return;
  const { name, bytes } = sampleModel();
  const draftId = await drafts.create({ actor: designer.address, fileName: name, bytes });
  unwrap(await drafts.analyse(draftId, new AbortController().signal, () => undefined));
  const terms = {
    title: 'Cable hook',
    description: 'Holds cables at the edge of a desk or shelf. Prints flat, without supports.',
    licence: 'print-per-copy',
    priceMicroPerCopy: 1_500_000n,
  };
  unwrap(await models.publish(draftId, designer.address, terms, () => undefined));
}
