// Services that need nothing but the foundation: accounts, the chain as this console reads it, keys, tasks, settings.

import type { KeyPair } from '../../identity/index.ts';
import { diskFault } from '../adapters/data-dir.ts';
import { createChainClient } from '../services/chain-client.ts';
import { createChainIndex } from '../services/chain-index.ts';
import { createChainNames } from '../services/chain-names.ts';
import { createEventBus } from '../services/event-bus.ts';
import { createIdentities } from '../services/identities.ts';
import { JobStore } from '../services/job-store.ts';
import { createKeyring } from '../services/keyring.ts';
import { Network } from '../services/network.ts';
import { createParties } from '../services/parties.ts';
import { createSettings } from '../services/settings.ts';
import { createTasks } from '../services/tasks.ts';
import { createUploads } from '../services/uploads.ts';
import { keepWorldFor } from '../services/world-for.ts';
import type { Foundation } from './foundation.ts';

export async function createBasics(foundation: Foundation) {
  const { data, database, vault, random, clock, log, world } = foundation;
  const worldFault = (error: unknown) => diskFault(error, data.path);
  const { engine, light } = world;
  const bus = createEventBus();
  const keepWorld = (key: KeyPair) => keepWorldFor(data, world.record, key);
  const identities = await createIdentities(database, vault, random, keepWorld);
  const network = new Network(engine, light, clock);
  const chainNames = createChainNames({ bus, clock, log });
  const onProof = () => network.countProof();
  const chain = createChainClient({ engine, light, database, bus, log, clock, onProof });
  return {
    log,
    worldFault,
    bus,
    identities,
    network,
    chain,
    settings: createSettings(database, bus),
    tasks: createTasks(clock, bus, log, worldFault),
    chainNames,
    parties: createParties(identities, world.knownNames, (account) => chainNames.known(account)),
    keyring: createKeyring(database, vault),
    index: createChainIndex(database, chain.anchors, bus, log),
    uploads: createUploads(clock, random),
    store: new JobStore(database, bus),
  };
}
