// The messenger with what lives on it: stations and their pay, watching prints, machines that talk, released files.

import type { Bytes } from '../../base/index.ts';
import { probeStation } from '../adapters/station-probe.ts';
import { Messenger, type MessengerParts } from '../dimp/messenger.ts';
import type { ChainIndex } from '../services/chain-index.ts';
import { createStakeReader } from '../services/locked-stake.ts';
import { type MachineContactParts, MachineContacts } from '../services/machine-contacts.ts';
import { MachineTalk, type MachineTalkParts } from '../services/machine-talk.ts';
import type { Names } from '../services/names.ts';
import { PartiesOfOrders } from '../services/order-parties.ts';
import type { Orders } from '../services/orders.ts';
import { OwnStation } from '../services/own-station.ts';
import { type Carry, PrintReporter, type ReporterParts, WATCH_SUBJECT } from '../services/print-reporter.ts';
import { PrintWatcher, type WatcherParts } from '../services/print-watcher.ts';
import { Providers, type ProvidersParts, type StationPlace } from '../services/providers.ts';
import { RELEASE_SUBJECT, type ReleaseParts, Releases } from '../services/releases.ts';
import { RemotePrints } from '../services/remote-prints.ts';
import { ServiceReceipts, type ServiceReceiptsParts } from '../services/service-receipts.ts';
import type { Foundation } from './foundation.ts';
import type { Undo } from './undo.ts';

type WatchingParts = Omit<ReporterParts, 'parties' | 'carry'> &
  Omit<WatcherParts, 'parties' | 'carry'> &
  MachineTalkParts &
  MachineContactParts & {
    readonly orders: Orders;
    readonly messenger: Messenger;
  };

/** Both sides of watching a print. Between accounts of this console nothing has to travel. */
export function createWatching(parts: WatchingParts, undo: Undo) {
  const { messenger, identities, machines } = parts;
  const listen = async (actor: string, sender: string, act: string, data: Bytes): Promise<void> => {
    if (act === 'ask') await reporter.hear(actor, sender, data);
    else watcher.hear(actor, sender, act, data);
  };
  const carry: Carry = async (from, to, word) => {
    if (!identities.holds(to)) return messenger.say(from, to, word);
    await listen(to, from, word.act, word.data);
    return true;
  };
  const common = { ...parts, carry, parties: new PartiesOfOrders(parts.orders) };
  const reporter = new PrintReporter({ ...common, machines });
  const watcher = new PrintWatcher(common);
  undo.push(
    () => reporter.close(),
    () => watcher.close(),
  );
  const failed = (error: unknown) => parts.log('warn', 'watch.failed', { error });
  messenger.onWord(WATCH_SUBJECT, (...heard) => void listen(...heard).catch(failed));
  return { watcher, ...createMachineTalk(parts, undo) };
}

/** Machines as users of the messenger: those of this console, and those that its people know. */
function createMachineTalk(parts: MachineTalkParts & MachineContactParts, undo: Undo) {
  const machineTalk = new MachineTalk(parts);
  const machineContacts = new MachineContacts(parts);
  parts.messenger.admit(machineTalk, (actor, opened) => {
    if (parts.identities.holds(actor)) machineContacts.hear(actor, opened);
    else machineTalk.hear(actor, opened);
  });
  undo.push(() => machineContacts.close());
  return { machineTalk, machineContacts };
}

type MessagingParts = Foundation &
  Omit<ProvidersParts, 'probe' | 'messenger' | 'receipts' | 'ownStation'> &
  Omit<ServiceReceiptsParts, 'station' | 'tell'> &
  Omit<MessengerParts, 'stationFolder'> & { readonly index: ChainIndex; readonly names: Names };

/** The messenger, the providers, which change its station, and what stations are paid for. */
export function createMessaging(parts: MessagingParts, undo: Undo) {
  const stationFolder = parts.data.file('station');
  const receipts = new ServiceReceipts({
    ...parts,
    station: () => messenger.standing(),
    tell: (actor, fields) => messenger.tellStation(actor, fields),
  });
  const ownStation: OwnStation = new OwnStation({ ...parts, station: () => messenger.station() });
  const messenger: Messenger = new Messenger({
    ...parts,
    database: parts.chatDatabase,
    stationFolder,
    receipts,
    serviceTerms: () => ownStation.serviceTerms(),
    readStake: createStakeReader(parts.chain, parts.log),
    accountOf: async (name) => {
      const found = await parts.names.resolve(name);
      return found.ok && found.value.status === 'active' ? found.value.account : undefined;
    },
  });
  undo.push(() => messenger.close());
  const seam = {
    connect: (station: StationPlace | undefined) => messenger.useStation(station),
    standing: () => messenger.standing(),
  };
  const providers = new Providers({ ...parts, probe: probeStation, messenger: seam, receipts, ownStation });
  parts.index.onEvent((event) => providers.days.onChainEvent(event));
  parts.index.onEvent((event) => ownStation.onChainEvent(event));
  undo.push(providers.follow());
  return { messenger, providers, ownStation };
}

/** Both sides of a print file that is released over the messenger. */
export function createRelease(parts: ReleaseParts, undo: Undo) {
  const releases = new Releases(parts);
  const remotes = new RemotePrints(parts);
  undo.push(() => releases.close());
  parts.messenger.onWord(RELEASE_SUBJECT, (actor, sender, act, data) => {
    if (act === 'question') releases.hear(actor, sender, data);
    else remotes.hear(actor, sender, data);
  });
  return { releases, remotes };
}
