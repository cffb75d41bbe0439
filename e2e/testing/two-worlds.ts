// Two consoles on one chain and at one station: the first runs the chain and has the people and models of the demo, the
// second follows it from a checkpoint as it would follow any network, and owns a printer. The second's way to the station
// can be cut.

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineView } from '../../node-core/api/index.ts';
import { bytesToHex, unwrap } from '../../node-core/base/index.ts';
import { headerHash } from '../../node-core/comet/index.ts';
import type { Console } from '../../node-core/host/core.ts';
import { createConsole } from '../../node-core/host/core.ts';
import { serveRpc, sourceOfEngine } from '../../node-core/host/services/testing/rpc-node.ts';
import { addressOf } from '../acts.ts';
import { startStation } from '../two-consoles.ts';
import { openTestWorld, type TestWorld, WORKERS_URL } from '../world.ts';

export type CutWire = {
  readonly port: number;
  /** Nothing passes any more, and nobody gets through. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

/** A way to a port of this computer that can be cut. */
async function layWire(to: { readonly host: string; readonly port: number }): Promise<CutWire> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(to);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      drop();
    },
    mend() {
      isCut = false;
    },
    close: async () => {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type TwoWorlds = {
  /** Of the designer and the buyer; its chain. */
  readonly first: TestWorld;
  /** Of the printer's owner. */
  readonly second: { readonly console: Console; readonly folder: string };
  readonly machine: MachineView;
  readonly wire: CutWire;
  close(): Promise<void>;
};

const GIFT_MICRO = 100_000_000n;

export async function openTwoWorlds(timeScale: number): Promise<TwoWorlds> {
  const undo: (() => unknown)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const station = await startStation();
    undo.push(() => station.stop());
    const wire = await layWire(station);
    undo.push(() => wire.close());
    const first = await openTestWorld(true);
    undo.push(() => first.remove());
    const { engine } = first.console.services.world;
    const node = await serveRpc(sourceOfEngine(engine));
    undo.push(() => node.close());
    const root = unwrap(await engine.lightBlock(1n));
    const folder = mkdtempSync(join(tmpdir(), 'dipnet-second-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const checkpoint = { height: 1n, hashHex: bytesToHex(headerHash(root.header)) };
    const network = { chainId: engine.status().chainId, rpcs: [node.url], checkpoint };
    const console = unwrap(await createConsole({ dataPath: folder, network, workersUrl: WORKERS_URL }));
    undo.push(() => console.close());
    const { api } = console;
    const owner = await addressOf(api, 'owner');
    const buyer = await addressOf(first.console.api, 'buyer');
    unwrap(await first.console.services.wallet.send(buyer, owner, 'DPN', GIFT_MICRO));
    const at = (port: number) => ({ host: station.host, port });
    await first.console.api.messages.chooseStation({ actor: buyer, station: at(station.port) });
    await api.messages.chooseStation({ actor: owner, station: at(wire.port) });
    const { id } = await api.machines.add({
      actor: owner,
      name: 'Printer of another console',
      driver: 'virtual',
      volumeMm: { x: 250, y: 210, z: 210 },
      nozzleUm: 400,
      rateMicroPerHour: 2_500_000n,
      setupMicro: 1_500_000n,
      minimumMicro: 3_000_000n,
    });
    await api.machines.setTimeScale({ id, timeScale });
    await api.machines.connect({ id });
    return { first, second: { console, folder }, machine: await api.machines.get({ id }), wire, close };
  } catch (error) {
    await close();
    throw error;
  }
}
