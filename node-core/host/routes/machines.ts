// Machines, how they are reached and run, and their spools.

import type { Services } from '../composition/services.ts';
import { type Base, give } from './procedures.ts';

/** Only what was said: an absent value changes nothing. */
function defined<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export function machineRoutes(os: Base, services: Services) {
  const { machines, production } = services;
  return {
    ...spoolRoutes(os, services),
    machines: {
      ...shopRoutes(os, services),
      list: os.machines.list.handler(async () => give(await machines.list())),
      get: os.machines.get.handler(async ({ input }) => give(await machines.get(input.id))),
      ...connectionRoutes(os, machines),
      saveRule: os.machines.saveRule.handler(async ({ input }) => {
        give(machines.saveRule(input.id, input.rule));
        await production.reconcileAll();
        return {};
      }),
      guardRules: os.machines.guardRules.handler(({ input }) => give(machines.guardRules(input.id))),
      allow: os.machines.allow.handler(async ({ input }) => {
        give(await machines.allow(input.id, input.rule));
        return {};
      }),
      disallow: os.machines.disallow.handler(async ({ input }) => {
        give(await machines.disallow(input.id, input.key));
        return {};
      }),
      setTimeScale: os.machines.setTimeScale.handler(async ({ input }) => {
        give(await machines.setTimeScale(input.id, input.timeScale));
        return {};
      }),
      connect: os.machines.connect.handler(async ({ input }) => {
        give(await machines.connect(input.id));
        return {};
      }),
      disconnect: os.machines.disconnect.handler(async ({ input }) => {
        give(await machines.disconnect(input.id));
        return {};
      }),
      confirmBedClear: os.machines.confirmBedClear.handler(({ input }) => {
        give(production.confirmBedClear(input.id));
        return {};
      }),
      pause: os.machines.pause.handler(async ({ input }) => {
        give(await machines.command(input.id, 'pause', input.expiresMs));
        return {};
      }),
      resume: os.machines.resume.handler(async ({ input }) => {
        give(await machines.command(input.id, 'resume', input.expiresMs));
        return {};
      }),
      cancel: os.machines.cancel.handler(async ({ input }) => {
        give(await machines.command(input.id, 'cancel', input.expiresMs));
        return {};
      }),
      emergencyStop: os.machines.emergencyStop.handler(async ({ input }) => {
        give(await machines.emergencyStop(input.id));
        return {};
      }),
      send: os.machines.send.handler(async ({ input }) => ({
        replies: give(await machines.send(input.id, input.command, input.expiresMs)),
      })),
      temperatureHistory: os.machines.temperatureHistory.handler(({ input }) =>
        machines.temperatureHistory(input.id),
      ),
      watch: os.machines.watch.handler(({ input, signal }) => machines.watch(input.id, signal)),
    },
  };
}

function shopRoutes(os: Base, { machines, machineTalk, shop, identities }: Services) {
  const owned = (id: string) => give(machines.row(id));
  return {
    shop: os.machines.shop.handler(({ input }) => shop.view(owned(input.id).address)),
    saveShop: os.machines.saveShop.handler(({ input: { id, ...change } }) => {
      shop.save(owned(id).address, defined(change));
      return {};
    }),
    talk: os.machines.talk.handler(({ input }) => give(machineTalk.view(input.id))),
    saveTalk: os.machines.saveTalk.handler(async ({ input: { id, ...change } }) => {
      give(await machineTalk.save(id, change));
      return {};
    }),
    grantRight: os.machines.grantRight.handler(({ input: { id, account, queue, print } }) => {
      identities.keyPair(account);
      shop.grant(owned(id).address, account, { queue, print });
      return {};
    }),
    loadSpool: os.machines.loadSpool.handler(({ input }) => {
      give(shop.load(input.id, owned(input.id).owner, input.spoolId));
      return {};
    }),
    wearSeenTo: os.machines.wearSeenTo.handler(({ input }) => {
      shop.wearSeenTo(owned(input.id).address);
      return {};
    }),
    upkeepDone: os.machines.upkeepDone.handler(({ input }) => {
      shop.upkeepDone(owned(input.id).address, input.task);
      return {};
    }),
  };
}

/** How machines are reached: before they are added, when they are, and afterwards. */
function connectionRoutes(os: Base, machines: Services['machines']) {
  return {
    ports: os.machines.ports.handler(() => machines.ports()),
    probe: os.machines.probe.handler(async ({ input }) => {
      const { firmware } = give(await machines.probe(input));
      return { firmware };
    }),
    findSpeed: os.machines.findSpeed.handler(async ({ input, signal }) => {
      const { baudRate, firmware } = give(await machines.findSpeed(input.port, input.driver, signal));
      return { baudRate, firmware };
    }),
    add: os.machines.add.handler(async ({ input }) => ({ id: give(await machines.registration.add(input)) })),
    setConnection: os.machines.setConnection.handler(async ({ input }) => {
      give(await machines.setConnection(input.id, input));
      return {};
    }),
  };
}

function spoolRoutes(os: Base, { shop, identities }: Services) {
  return {
    spools: {
      list: os.spools.list.handler(({ input }) => shop.spools(input.actor)),
      save: os.spools.save.handler(({ input }) => {
        identities.keyPair(input.actor);
        return { id: give(shop.saveSpool(input.actor, input.spool)) };
      }),
      remove: os.spools.remove.handler(({ input }) => {
        identities.keyPair(input.actor);
        shop.removeSpool(input.actor, input.id);
        return {};
      }),
    },
  };
}
