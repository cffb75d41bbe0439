// The conformance suite of engines, with an application that is reached over the wire alone.

import { createMemoryKv } from '../base/memory-kv.ts';
import { engineConformance } from '../chain/engine/engine-conformance.ts';
import { createApplication, SoloEngine } from '../chain/index.ts';
import * as world from '../chain/testing/world.ts';
import { verifyStateProof } from '../light/index.ts';
import { createAbciHandler } from './handler.ts';
import { createWireApplication } from './testing/wire-application.ts';
import { BYTE_BY_BYTE, type Cut, WHOLE } from './testing/wire-client.ts';

const HEARTBEAT_MS = 5_000;
const START_MS = Number(world.GENESIS_S) * 1000;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const CUTS: Readonly<Record<string, Cut>> = { whole: WHOLE, 'byte by byte': BYTE_BY_BYTE };

for (const [name, cut] of Object.entries(CUTS)) {
  engineConformance(
    `an engine over the wire, ${name},`,
    async () => {
      // As with CometBFT, the engine's blocks and the application's state are in two stores.
      const [stateKv, engineKv] = [createMemoryKv(), createMemoryKv()];
      const clock = world.createManualClock(START_MS);
      const start = async () => {
        const app = createApplication({ kv: stateKv });
        const handler = createAbciHandler({ app, log: () => undefined });
        const engine = new SoloEngine({
          kv: engineKv,
          app: createWireApplication({ handler, app, engineKv, cut }),
          clock,
          genesis: world.createGenesis(),
          validatorKey: { type: 'secp256k1', secretKey: world.VALIDATOR_SECRET },
          heartbeatMs: HEARTBEAT_MS,
        });
        await engine.start();
        return engine;
      };
      const engine = await start();
      return {
        engine,
        passTime: async () => {
          clock.advance(HEARTBEAT_MS + 1000);
          await settle();
        },
        restart: async () => {
          await engine.stop();
          return start();
        },
      };
    },
    verifyStateProof,
  );
}
