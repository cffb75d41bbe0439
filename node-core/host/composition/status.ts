// The status line of the console, and when the pages are told of it.

import type { StatusView } from '../../api/index.ts';
import type { EventBus } from '../services/event-bus.ts';
import type { Machines } from '../services/machines.ts';
import { VERSION } from '../version.ts';
import type { createBasics } from './basics.ts';
import type { Foundation } from './foundation.ts';

/** Long enough to gather the changes of one act, short enough not to be noticed. */
const STATUS_DELAY_MS = 100;

/** Tells the pages the status again soon after a block, a job or a machine changed it; many changes make one message. */
export function announceStatus(bus: EventBus, status: () => StatusView): () => void {
  let pending: NodeJS.Timeout | undefined;
  const unlisten = bus.listen((event) => {
    const concerns = event.type === 'changed' && (event.topic === 'network' || event.topic === 'jobs');
    if (!concerns || pending !== undefined) return;
    pending = setTimeout(() => {
      pending = undefined;
      bus.publish({ type: 'status', status: status() });
    }, STATUS_DELAY_MS).unref();
  });
  return () => {
    unlisten();
    clearTimeout(pending);
  };
}

export function statusView(
  { world, slicers, clock, demo }: Foundation,
  { network, chain }: Awaited<ReturnType<typeof createBasics>>,
  machines: Machines,
): StatusView {
  const { chainId, peers, ...head } = world.engine.status();
  const verifiedHeight = network.verifiedHeight;
  // Without a node nobody tells the height; what is verified is known all the same.
  const height = Math.max(Number(head.height), verifiedHeight);
  const stale = network.stale(chain.known.recalled());
  const slicer = slicers.preferred;
  return {
    version: VERSION,
    chainId,
    height,
    verifiedHeight,
    synced: stale === null && verifiedHeight === height,
    stale,
    peers,
    activePrinters: machines.activeCount(),
    demo: demo !== undefined,
    slicer: slicer === undefined ? null : `${slicer.id} ${slicer.version}`,
    nowMs: clock.nowMs(),
  };
}
