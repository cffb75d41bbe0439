// Machines and their spools: adding, reaching, running and watching them.

import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { AccountText } from '../base-views.ts';
import { GuardRule, GuardRuleView } from '../guard-views.ts';
import { MachineTalkInput, MachineTalkView } from '../machine-talk-views.ts';
import {
  AcceptRule,
  ConnectionKindView,
  MachineEventView,
  MachineView,
  TemperatureSample,
} from '../machine-views.ts';
import { HoursView, MacroView, ShopView, SpoolView, UpkeepTaskView } from '../shop-views.ts';
import { amountMicro, asAccount, base, done } from './parts.ts';

/** How a machine is reached. The key goes in and never comes out again. */
const connection = {
  driver: ConnectionKindView,
  port: z.string().max(255).optional(),
  baudRate: z.int().optional(),
  address: z.string().max(255).optional(),
  user: z.string().max(64).optional(),
  key: z.string().max(512).optional(),
};

const machineCommand = z.object({
  id: AccountText,
  /** Milliseconds since the epoch after which the command must not be carried out. */
  expiresMs: z.number(),
});

export const machinesContract = {
  machines: {
    list: base.output(z.array(MachineView)),
    get: base.input(z.object({ id: AccountText })).output(MachineView),
    ports: base.output(z.array(z.object({ path: z.string(), label: z.string() }))),
    add: base
      .input(
        z.object({
          actor: AccountText,
          name: z.string().min(1).max(64),
          ...connection,
          volumeMm: z.object({ x: z.int(), y: z.int(), z: z.int() }),
          nozzleUm: z.int(),
          /** For a machine that cuts. */
          cutter: z
            .object({ process: z.enum(['cnc', 'laser']), toolSMax: z.int(), feedMmPerMinMax: z.int() })
            .optional(),
          rateMicroPerHour: amountMicro,
          setupMicro: amountMicro,
          minimumMicro: amountMicro,
        }),
      )
      .output(z.object({ id: AccountText })),
    /** Asks a printer in the network who it is; nothing is kept. */
    probe: base.input(z.object(connection)).output(z.object({ firmware: z.string() })),
    /** Tries the speeds at which machines of the kind talk; may take a minute, and resets most boards. Nothing moves or heats. */
    findSpeed: base
      .input(z.object({ port: z.string().min(1).max(200), driver: z.enum(['serial', 'grbl']) }))
      .output(z.object({ baudRate: z.number().int(), firmware: z.string() })),
    /** Reaches the machine in another way; without a key the one that is kept stays. */
    setConnection: base.input(z.object({ id: AccountText, ...connection })).output(done),
    saveRule: base.input(z.object({ id: AccountText, rule: AcceptRule })).output(done),
    shop: base.input(z.object({ id: AccountText })).output(ShopView),
    saveShop: base
      .input(
        z.object({
          id: AccountText,
          autoContinue: z.boolean().optional(),
          hours: HoursView.optional(),
          resumes: z.boolean().optional(),
          bedHoldsC: z.number().min(0).max(150).nullable().optional(),
          sight: ShopView.shape.sight.optional(),
          macros: z.array(MacroView).max(20).optional(),
        }),
      )
      .output(done),
    /** Who may ask what of the machine by message, and what was asked. For its owner. */
    talk: base.input(z.object({ id: AccountText })).output(MachineTalkView),
    saveTalk: base.input(MachineTalkInput).output(done),
    grantRight: base
      .input(z.object({ id: AccountText, account: AccountText, queue: z.boolean(), print: z.boolean() }))
      .output(done),
    /** Takes a spool to the machine; null takes it off. */
    loadSpool: base.input(z.object({ id: AccountText, spoolId: z.string().max(40).nullable() })).output(done),
    /** Somebody saw to what its wear showed; what is usual is learnt anew. */
    wearSeenTo: base.input(z.object({ id: AccountText })).output(done),
    upkeepDone: base.input(z.object({ id: AccountText, task: UpkeepTaskView })).output(done),
    guardRules: base.input(z.object({ id: AccountText })).output(z.array(GuardRuleView)),
    allow: base.input(z.object({ id: AccountText, rule: GuardRule })).output(done),
    disallow: base.input(z.object({ id: AccountText, key: z.string().max(80) })).output(done),
    setTimeScale: base
      .input(z.object({ id: AccountText, timeScale: z.number().min(1).max(10_000) }))
      .output(done),
    connect: base.input(z.object({ id: AccountText })).output(done),
    disconnect: base.input(z.object({ id: AccountText })).output(done),
    confirmBedClear: base.input(z.object({ id: AccountText })).output(done),
    pause: base.input(machineCommand).output(done),
    resume: base.input(machineCommand).output(done),
    cancel: base.input(machineCommand).output(done),
    /** Takes no expiry: an emergency stop is never too late. */
    emergencyStop: base.input(z.object({ id: AccountText })).output(done),
    send: base
      .input(machineCommand.extend({ command: z.string().min(1).max(90) }))
      .output(z.object({ replies: z.array(z.string()) })),
    temperatureHistory: base.input(z.object({ id: AccountText })).output(z.array(TemperatureSample)),
    watch: base.input(z.object({ id: AccountText })).output(eventIterator(MachineEventView)),
  },
  spools: {
    list: base.input(asAccount).output(z.array(SpoolView)),
    /** With an id it corrects that spool. */
    save: base
      .input(asAccount.extend({ spool: SpoolView.extend({ id: z.string().max(40).optional() }) }))
      .output(z.object({ id: z.string() })),
    remove: base.input(asAccount.extend({ id: z.string().max(40) })).output(done),
  },
};
