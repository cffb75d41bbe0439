// The one door of the core: commands, queries and event streams with their schemas. The same contract runs over a
// MessagePort in Electron and over a WebSocket elsewhere. Refusals arrive as the typed error FAULT.

import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { TOKENS } from '../base/index.ts';
import { SliceSettings } from '../records/index.ts';
import { BoardCard, BoardChange, BoardDraft, BoardId, BoardView, POST_CHARS_MAX } from './board-views.ts';
import { CallSettings, CallsView, MediaReport, SeatName, SeatSignal } from './call-views.ts';
import { CameraFrame, CameraSettings, CameraView, OrderPicture, TimelapseView } from './camera-views.ts';
import { AgreementCard, AgreementOption, AgreementView, CouncilView } from './council-views.ts';
import {
  MachineActResult,
  MachineActView,
  MachineContactView,
  MachineTalkInput,
  MachineTalkView,
} from './machine-talk-views.ts';
import {
  AccountFileView,
  AskedPrice,
  ChatCard,
  ChatHit,
  ChatId,
  ChatView,
  CheckedDisclosureView,
  ContactInput,
  DeviceView,
  DISCLOSURE_CHARS_MAX,
  DisclosureView,
  EarlierText,
  GroupChangeInput,
  GroupInput,
  MESSAGE_CHARS_MAX,
  MessengerView,
  PASSPHRASE_CHARS_MAX,
  PASSPHRASE_CHARS_MIN,
  REACTION_CHARS_MAX,
  SafetyView,
  StationChoice,
  StrangerPrice,
} from './message-views.ts';
import { NamesView, NameText, NameView } from './name-views.ts';
import { CheckpointInput, NetworkView, StakeView } from './network-views.ts';
import {
  ExampleValues,
  ExampleView,
  ParadigmCard,
  ParadigmCheck,
  ParadigmLocale,
  ParadigmPage,
} from './paradigm-views.ts';
import {
  ContractChoice,
  PartBatchView,
  ProductCard,
  ProductDraft,
  ProductGraphView,
  ProductOrderCard,
  ProductPreference,
  ProductQuoteView,
  ProductView,
} from './product-views.ts';
import { ProvidersView } from './provider-views.ts';
import {
  AboutView,
  AcceptRule,
  AccountFound,
  AccountText,
  AccountView,
  ConnectionKindView,
  ConsoleEvent,
  DraftView,
  EvidenceReport,
  FaultView,
  GuardRule,
  GuardRuleView,
  GuardVerdictView,
  HashText,
  HoursView,
  JobView,
  LicencesView,
  LockedAccount,
  MachineEventView,
  MachineView,
  MacroView,
  ModelView,
  OpeningCosts,
  OrderCard,
  OrderView,
  OwnFileView,
  QuoteView,
  Recovered,
  ReleaseView,
  ResumeView,
  Role,
  Settings,
  ShopView,
  SpoolView,
  SpreadView,
  StatusView,
  TaskView,
  TemperatureSample,
  UpkeepTaskView,
  WalletEntry,
} from './views.ts';
import { PrintWatchView } from './watch-views.ts';

/** Largest model file the console takes, in bytes: a 10-million-triangle binary STL. */
export const MODEL_SIZE_BYTES_MAX = 512 * 1024 * 1024;
/** Largest upload chunk, in bytes. */
export const CHUNK_SIZE_BYTES_MAX = 1024 * 1024;

/** More than all tokens there are; what the chain's messages and records hold at most. */
const AMOUNT_MICRO_MAX = 10n ** 18n;
const amountMicro = z.bigint().min(0n).max(AMOUNT_MICRO_MAX);

const base = oc.errors({ FAULT: { status: 422, data: FaultView } });
const binary = z.instanceof(Blob);
const taskStarted = z.object({ taskId: z.string() });
const done = z.object({});
const txSent = z.object({ txHash: HashText });
/** Well above the largest document that the chain takes, so that the checker can say what is wrong with a larger one. */
const PARADIGM_CHARS_MAX = 512 * 1024;
const inLocale = z.object({ locale: ParadigmLocale });
const byId = z.object({ id: z.string().max(100) });
const asAccount = z.object({ actor: AccountText });
/** A step of an agreement, with what is filled in. */
const inStep = asAccount.extend({
  id: AccountText,
  event: z.string().min(1).max(32),
  args: ExampleValues,
  ...inLocale.shape,
});
/** As typed or pasted: more than 24 of the longest words with numbers and line ends. */
const recoveryWords = z.object({ words: z.string().max(1000) });
const stakeMove = asAccount.extend({ operator: AccountText, amountMicro: amountMicro.min(1n) });
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

/** With a password only where it was typed anew. */
const cameraInput = CameraSettings.extend({ id: AccountText, password: z.string().max(128).optional() });

/** Copies of a file of the owner's own, on any of the machines. */
const ownWish = asAccount.extend({
  fileId: z.string().max(40),
  copies: z.int().min(1).max(1000),
  machineIds: z.array(AccountText).min(1).max(100),
  material: z.string().max(32),
  colour: z.string().max(7),
  deadlineMs: z.number().optional(),
});

const ownName = asAccount.extend({ name: NameText });
const nameYears = z.int().min(1).max(10);

const resumeInput = byId.extend({
  from: z.enum(['line', 'layer']),
  /** Above the bed, now; without it where the record left it. */
  nozzleHeightMm: z.number().min(0).max(2000).optional(),
});

const onBoard = asAccount.extend({ id: BoardId });
const inChat = asAccount.extend({ chat: ChatId });
const inMessage = inChat.extend({ id: z.int() });
const inCall = asAccount.extend({ call: z.string().regex(/^[0-9a-f]{32}$/) });

export const contract = {
  system: {
    status: base.output(StatusView),
    /** Everything that changes, from now on; begins with a status. */
    events: base.output(eventIterator(ConsoleEvent)),
    settings: base.output(Settings),
    about: base.output(AboutView),
    licences: base.output(LicencesView),
    /** Throws a demo world away and makes a fresh one; the console closes and opens again. */
    startOver: base.input(z.object({ understood: z.literal(true) })).output(done),
    saveSettings: base.input(Settings.partial()).output(Settings),
  },
  tasks: {
    list: base.output(z.array(TaskView)),
    cancel: base.input(byId).output(done),
  },
  uploads: {
    begin: base
      .input(
        z.object({
          actor: AccountText,
          fileName: z.string().min(1).max(255),
          sizeBytes: z.int().min(0).max(MODEL_SIZE_BYTES_MAX),
        }),
      )
      .output(z.object({ uploadId: z.string() })),
    /** Chunks come in order; `offset` is the count of bytes before this one. */
    chunk: base
      .input(z.object({ uploadId: z.string(), offset: z.int().min(0), data: binary }))
      .output(z.object({ receivedBytes: z.number() })),
    /** Starts the analysis as a task; the draft appears at once and fills when it is done. */
    finish: base
      .input(z.object({ uploadId: z.string() }))
      .output(z.object({ draftId: z.string(), taskId: z.string() })),
    abort: base.input(z.object({ uploadId: z.string() })).output(done),
  },
  drafts: {
    list: base.input(asAccount).output(z.array(DraftView)),
    get: base.input(byId).output(DraftView),
    remove: base.input(byId).output(done),
    /** Mesh for the viewer in the compact mesh codec (node-core/models). */
    mesh: base.input(byId).output(binary),
    /** PNG. */
    thumbnail: base.input(byId).output(binary),
    publish: base
      .input(
        z.object({
          id: z.string(),
          actor: AccountText,
          title: z.string().min(1).max(120),
          description: z.string().max(2000),
          licence: z.string().min(1).max(64),
          priceMicroPerCopy: amountMicro,
        }),
      )
      .output(taskStarted),
  },
  models: {
    list: base
      .input(z.object({ search: z.string().max(200).optional(), designer: AccountText.optional() }))
      .output(z.array(ModelView)),
    get: base.input(z.object({ id: HashText })).output(ModelView),
    /** PNG; public. */
    thumbnail: base.input(z.object({ id: HashText })).output(binary),
    /** Coarse public mesh in the compact mesh codec. */
    preview: base.input(z.object({ id: HashText })).output(binary),
  },
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
  cameras: {
    get: base.input(z.object({ id: AccountText })).output(CameraView),
    save: base.input(cameraInput).output(done),
    /** Fetches one picture with what was typed; nothing is kept. */
    test: base
      .input(cameraInput)
      .output(z.object({ width: z.number(), height: z.number(), picture: binary })),
    /** The next picture behind the one of that number; answers within seconds, with or without one. */
    frame: base.input(z.object({ id: AccountText, after: z.int().min(0) })).output(CameraFrame),
    /** For the buyer of an order under way, where the owner of the machine allows it, on whichever console it is. */
    orderPicture: base.input(asAccount.extend({ orderId: AccountText })).output(OrderPicture),
    /** How the print of an order goes, for its parties. */
    watchOrder: base.input(asAccount.extend({ orderId: AccountText })).output(PrintWatchView),
    timelapse: base.input(z.object({ jobId: z.string().max(100) })).output(TimelapseView),
    timelapsePicture: base
      .input(z.object({ jobId: z.string().max(100), index: z.int().min(0).max(1000) }))
      .output(binary),
  },
  spools: {
    list: base.input(asAccount).output(z.array(SpoolView)),
    /** With an id it corrects that spool. */
    save: base
      .input(asAccount.extend({ spool: SpoolView.extend({ id: z.string().max(40).optional() }) }))
      .output(z.object({ id: z.string() })),
    remove: base.input(asAccount.extend({ id: z.string().max(40) })).output(done),
  },
  quotes: {
    request: base
      .input(
        z.object({
          actor: AccountText,
          modelId: HashText,
          machineId: AccountText,
          quantity: z.int().min(1).max(1000),
          material: z.string(),
          colour: z.string(),
          settings: SliceSettings,
        }),
      )
      .output(taskStarted),
    get: base.input(z.object({ id: HashText })).output(QuoteView),
  },
  products: {
    list: base
      .input(z.object({ search: z.string().max(200).optional(), designer: AccountText.optional() }))
      .output(z.array(ProductCard)),
    get: base.input(z.object({ id: HashText })).output(ProductView),
    /** Publishes a bill of materials under its designer's name. */
    register: base.input(asAccount.extend({ product: ProductDraft })).output(z.object({ id: HashText })),
    /** What the contract of a service takes with these terms, for one product. */
    servicePrice: base
      .input(z.object({ contract: ContractChoice }))
      .output(z.object({ priceMicro: z.bigint() })),
    /** Slices every part for every printer that could make it, and plans who makes what. */
    quote: base
      .input(
        asAccount.extend({
          productId: HashText,
          quantity: z.int().min(1).max(1000),
          prefer: ProductPreference,
          /** By when everything has to be made, Unix seconds; two weeks from now where absent. */
          finishByS: z.int().min(0).optional(),
        }),
      )
      .output(taskStarted),
    getQuote: base.input(z.object({ id: HashText })).output(ProductQuoteView),
    /** Pays once; the contracts of the parts are opened by themselves. */
    order: base.input(asAccount.extend({ quoteId: HashText })).output(z.object({ orderId: AccountText })),
    orders: base.input(asAccount.extend(inLocale.shape)).output(z.array(ProductOrderCard)),
    /** The contract and everything below it, as it stands. */
    graph: base.input(asAccount.extend({ id: AccountText, ...inLocale.shape })).output(ProductGraphView),
    /** Batches of producers that would take pieces of the order which nobody makes. */
    batches: base.input(z.object({ id: AccountText })).output(z.array(PartBatchView)),
    joinBatch: base.input(asAccount.extend({ line: z.string().max(100), batchId: AccountText })).output(done),
  },
  orders: {
    list: base
      .input(asAccount.extend({ locale: z.enum(['en', 'zh-Hans']).optional() }))
      .output(z.array(OrderCard)),
    get: base
      .input(asAccount.extend({ id: AccountText, locale: z.enum(['en', 'zh-Hans']) }))
      .output(OrderView),
    /** What placing an order takes beside its price. */
    costs: base.input(z.object({ quoteId: HashText })).output(OpeningCosts),
    place: base.input(asAccount.extend({ quoteId: HashText })).output(z.object({ orderId: AccountText })),
    /** Sends one of the order's actions as the acting account. */
    act: base
      .input(
        asAccount.extend({
          id: AccountText,
          event: z.string().max(32),
          args: z.record(z.string(), z.string().max(500)),
        }),
      )
      .output(done),
    /** What this console released of the print file to a machine elsewhere; null where it releases nothing. */
    release: base.input(z.object({ id: AccountText })).output(z.union([z.null(), ReleaseView])),
    /** Stops the release at once, or allows it again; for the designer. */
    stopRelease: base.input(asAccount.extend({ id: AccountText, stopped: z.boolean() })).output(done),
    /** What the machine signed to this console while it released the print file, to be shown beside the evidence. */
    exportRelease: base
      .input(z.object({ id: AccountText }))
      .output(z.object({ fileName: z.string(), file: binary })),
    exportEvidence: base
      .input(z.object({ id: AccountText }))
      .output(z.object({ fileName: z.string(), file: binary })),
    verifyEvidence: base.input(z.object({ file: binary })).output(EvidenceReport),
  },
  /** Files of the owner's own, made without an order. */
  files: {
    list: base.input(asAccount).output(z.array(OwnFileView)),
    /** Reads an upload as a task; its result names the file. */
    add: base.input(z.object({ uploadId: z.string() })).output(taskStarted),
    remove: base.input(asAccount.extend({ id: z.string().max(40) })).output(done),
    /** How the copies would be split over the machines; starts nothing. */
    plan: base.input(ownWish).output(SpreadView),
    queue: base.input(ownWish).output(z.object({ batch: z.string() })),
    /** Splits what still waits over its group anew, or puts it all on one machine. */
    rearrange: base
      .input(asAccount.extend({ batch: z.string().max(60), onto: AccountText.optional() }))
      .output(done),
  },
  jobs: {
    /** Takes a waiting copy of the owner's own file out of the queue. */
    cancel: base.input(byId.extend({ actor: AccountText.optional() })).output(done),
    list: base.input(z.object({ machineId: AccountText.optional() })).output(z.array(JobView)),
    get: base.input(byId).output(JobView),
    /** Only with the bed confirmed clear. */
    start: base
      .input(z.object({ id: z.string(), expiresMs: z.number(), actor: AccountText.optional() }))
      .output(done),
    retry: base.input(byId.extend({ actor: AccountText.optional() })).output(done),
    /** Prefers a waiting job, or puts it off. */
    prefer: base
      .input(byId.extend({ priority: z.int().min(-2).max(2), actor: AccountText.optional() }))
      .output(done),
    /** How a print that was cut off would be gone on with; changes nothing. */
    resumePlan: base.input(resumeInput).output(ResumeView),
    /** Goes on with it, on the bed as it was left. */
    resumePrint: base
      .input(
        resumeInput.extend({
          nozzleHeightMm: z.number(),
          /** The part is fast on the bed, nothing is in the way, and the height was looked at. */
          seen: z.literal(true),
          expiresMs: z.number(),
          actor: AccountText.optional(),
        }),
      )
      .output(done),
    /** Prints the copies of other orders for the same part right after those of this one. */
    gather: base
      .input(byId.extend({ orderIds: z.array(AccountText).min(1).max(100), actor: AccountText.optional() }))
      .output(done),
    moveToFront: base.input(byId.extend({ actor: AccountText.optional() })).output(done),
    /** What the guard finds in the job's file under the rules of its machine; owner of the machine only. */
    verdict: base.input(byId).output(GuardVerdictView),
    /** Toolpath in the compact toolpath codec (node-core/models); owner of the machine only. */
    toolpath: base.input(byId).output(binary),
  },
  wallet: {
    accounts: base.output(z.array(AccountView)),
    history: base.input(z.object({ address: AccountText })).output(z.array(WalletEntry)),
    send: base
      .input(asAccount.extend({ to: AccountText, token: z.enum(TOKENS), amountMicro: amountMicro.min(1n) }))
      .output(z.object({ txHash: HashText })),
    faucet: base.input(asAccount).output(z.object({ txHash: HashText })),
    /** Twelve words; the console shows them only after an explanation, and never sends them anywhere. */
    revealWords: base
      .input(asAccount.extend({ understood: z.literal(true) }))
      .output(z.object({ words: z.array(z.string()) })),
    /** Three words asked back, by 0-based position. */
    confirmBackup: base
      .input(
        asAccount.extend({
          answers: z
            .array(z.object({ position: z.int().min(0).max(23), word: z.string() }))
            .min(3)
            .max(24),
        }),
      )
      .output(z.object({ confirmed: z.boolean() })),
  },
  names: {
    /** What a name stands for, proven; its absence too. */
    resolve: base.input(z.object({ name: NameText })).output(NameView),
    view: base.input(asAccount).output(NamesView),
    /** Commits, waits and reveals as a task; begun again, it goes on where it was. */
    register: base.input(ownName.extend({ years: nameYears })).output(taskStarted),
    renew: base.input(ownName.extend({ years: nameYears })).output(txSent),
    /** By which the account goes; empty for none. */
    goBy: base.input(asAccount.extend({ name: z.string().max(64) })).output(txSent),
    /** To the account itself, it takes a transfer back. */
    transfer: base.input(ownName.extend({ to: NameText })).output(txSent),
    /** Makes the name stand for another account, such as a machine's. */
    point: base.input(ownName.extend({ to: NameText })).output(txSent),
  },
  providers: {
    view: base.input(asAccount).output(ProvidersView),
    /** Locks the deposit; again, it changes name and stations. */
    register: base
      .input(
        asAccount.extend({
          name: z.string().trim().min(1).max(60),
          stations: z.array(z.string().trim().max(255)).min(1).max(8),
        }),
      )
      .output(txSent),
    leave: base.input(asAccount).output(txSent),
    /** Messages go through its quickest station, and the chain counts the account as its user. */
    use: base.input(asAccount.extend({ provider: AccountText })).output(done),
  },
  accounts: {
    /** The words that backups are made of, for checking while they are typed. */
    wordList: base.output(z.array(z.string())),
    /** Accounts whose keys this console cannot open; their recovery words bring them back. */
    locked: base.output(z.array(LockedAccount)),
    /** What recovery words lead to; takes nothing. */
    inspect: base.input(recoveryWords).output(AccountFound),
    /** Takes the account; it acts in the role from now on. Refused where this console has it already. */
    recover: base
      .input(recoveryWords.extend({ role: Role, name: z.string().trim().min(1).max(40) }))
      .output(Recovered),
    /** The account with its contacts as a file: under a passphrase, or open after a warning. */
    exportFile: base
      .input(
        asAccount.extend({
          protection: z.discriminatedUnion('kind', [
            z.object({
              kind: z.literal('passphrase'),
              passphrase: z.string().min(PASSPHRASE_CHARS_MIN).max(PASSPHRASE_CHARS_MAX),
            }),
            z.object({ kind: z.literal('open'), understood: z.literal(true) }),
          ]),
        }),
      )
      .output(z.object({ fileName: z.string(), file: binary })),
    /** Whose account a file holds; takes nothing. */
    inspectFile: base.input(z.object({ file: binary })).output(AccountFileView),
    /** Takes the account with its contacts; of an account that is here already, its contacts alone. */
    importFile: base
      .input(
        z.object({
          file: binary,
          passphrase: z.string().max(PASSPHRASE_CHARS_MAX).optional(),
          role: Role,
          name: z.string().trim().min(1).max(40),
        }),
      )
      .output(z.object({ address: AccountText, contacts: z.number(), added: z.boolean() })),
    /** Makes an account of this console the one that acts in its role. */
    use: base.input(asAccount).output(done),
  },
  network: {
    view: base.output(NetworkView),
    /** Begins verification again at a checkpoint that a person chose; lifts a halt. Refused where no node has it. */
    trust: base.input(CheckpointInput).output(done),
    stake: base.input(asAccount).output(StakeView),
    delegate: base.input(stakeMove).output(z.object({ txHash: HashText })),
    /** Moves stake at once; it stays liable for the validator that it left. */
    redelegate: base.input(stakeMove.extend({ to: AccountText })).output(z.object({ txHash: HashText })),
    /** Paid out when the unbonding time is over. */
    undelegate: base.input(stakeMove).output(z.object({ txHash: HashText })),
    withdrawRewards: base
      .input(asAccount.extend({ operator: AccountText }))
      .output(z.object({ txHash: HashText })),
  },
  paradigms: {
    list: base.input(inLocale).output(z.array(ParadigmCard)),
    get: base.input(inLocale.extend({ id: HashText })).output(ParadigmPage),
    /** What a contract with these values costs and how it can end. */
    example: base.input(inLocale.extend({ id: HashText, values: ExampleValues })).output(ExampleView),
    /** What opening one costs beside what its parties pay each other. */
    costs: base.input(z.object({ id: HashText })).output(OpeningCosts),
    /** Reads, checks and plays a document of one's own. */
    check: base.input(inLocale.extend({ text: z.string().max(PARADIGM_CHARS_MAX) })).output(ParadigmCheck),
    /** Pays the review fee and puts a document of the actor's own to the council. */
    submit: base.input(asAccount.extend({ text: z.string().max(PARADIGM_CHARS_MAX) })).output(txSent),
    /** No new contracts; running ones go on. */
    withdraw: base.input(asAccount.extend({ id: HashText })).output(txSent),
    report: base.input(asAccount.extend({ id: HashText, text: z.string().min(1).max(4000) })).output(txSent),
  },
  council: {
    view: base.input(asAccount.extend(inLocale.shape)).output(CouncilView),
    join: base.input(asAccount.extend({ amountMicro: amountMicro.min(1n) })).output(txSent),
    leave: base.input(asAccount).output(txSent),
    vote: base
      .input(
        asAccount.extend({
          id: AccountText,
          approve: z.boolean(),
          reason: z.string().trim().min(1).max(1000),
        }),
      )
      .output(txSent),
    appeal: base.input(asAccount.extend({ id: AccountText })).output(txSent),
    /** As one would see it if it were published. */
    document: base.input(inLocale.extend({ id: AccountText })).output(ParadigmPage),
  },
  agreements: {
    list: base.input(asAccount.extend(inLocale.shape)).output(z.array(AgreementCard)),
    get: base.input(asAccount.extend({ id: AccountText, ...inLocale.shape })).output(AgreementView),
    begin: base
      .input(
        asAccount.extend({
          paradigmId: HashText,
          /** Accounts by role, as texts. */
          roles: z.record(z.string().max(32), z.string().max(100)),
          values: ExampleValues,
          ...inLocale.shape,
        }),
      )
      .output(z.object({ id: AccountText })),
    act: base.input(inStep).output(done),
    /** What that step would do now. */
    foresee: base.input(inStep).output(AgreementOption.pick({ outlook: true })),
  },
  messages: {
    /** Starts the messenger where it is not running. */
    view: base.input(asAccount).output(MessengerView),
    chats: base.input(asAccount).output(z.array(ChatCard)),
    /** Messages before the given one, on both sides of one, or the newest. */
    get: base
      .input(inChat.extend({ before: z.int().optional(), around: z.int().optional() }))
      .output(ChatView),
    send: base
      .input(inChat.extend({ text: z.string().max(MESSAGE_CHARS_MAX), replyTo: z.int().optional() }))
      .output(z.object({ id: z.number() })),
    /** One sign beside a message; an empty one takes it back. */
    react: base.input(inMessage.extend({ sign: z.string().max(REACTION_CHARS_MAX) })).output(done),
    edit: base.input(inMessage.extend({ text: z.string().max(MESSAGE_CHARS_MAX) })).output(done),
    /** Takes a message of one's own back, from everybody who got it. */
    remove: base.input(inMessage).output(done),
    /** What a message said before it was edited. */
    earlier: base.input(inMessage).output(z.array(EarlierText)),
    /** Sends a file that was uploaded; its message goes out when the station has it. */
    sendFile: base
      .input(
        inChat.extend({
          uploadId: z.string().max(64),
          /** A small picture of it, without anything else in it. */
          picture: binary.optional(),
          durationS: z.number().min(0).max(360_000).optional(),
        }),
      )
      .output(z.object({ id: z.number() })),
    /** Begins to fetch a file, or goes on. `foreign`: from the address that its sender named. */
    startFile: base.input(asAccount.extend({ id: z.int(), foreign: z.boolean().optional() })).output(done),
    pauseFile: base.input(asAccount.extend({ id: z.int() })).output(done),
    /** Takes back a file that is not sent yet. */
    cancelFile: base.input(asAccount.extend({ id: z.int() })).output(done),
    /** The whole file, once it is here. */
    file: base.input(asAccount.extend({ id: z.int() })).output(binary),
    filePicture: base.input(asAccount.extend({ id: z.int() })).output(binary),
    /** A received model as a draft in the Studio of an account of this console, which may be another one. */
    fileToStudio: base
      .input(asAccount.extend({ id: z.int(), designer: AccountText }))
      .output(z.object({ draftId: z.string(), taskId: z.string() })),
    markRead: base.input(inChat.extend({ through: z.int().min(0) })).output(done),
    saveDraft: base.input(inChat.extend({ text: z.string().max(MESSAGE_CHARS_MAX) })).output(done),
    search: base.input(asAccount.extend({ query: z.string().max(200) })).output(z.array(ChatHit)),
    addContact: base.input(ContactInput).output(z.object({ chat: ChatId })),
    /** Of the chat with a machine: how it is, and what this account may ask of it. */
    machine: base.input(inChat).output(MachineContactView),
    /** Asks it to do something now, or not at all; answers when it does. */
    askMachine: base.input(inChat.extend({ act: MachineActView })).output(MachineActResult),
    block: base.input(inChat.extend({ blocked: z.boolean() })).output(done),
    /** Whether somebody is told of what comes into the chat. */
    mute: base.input(inChat.extend({ muted: z.boolean() })).output(done),
    foundGroup: base.input(GroupInput).output(z.object({ chat: ChatId })),
    /** Leaders add and remove members; members propose them, and can leave. */
    changeGroup: base.input(GroupChangeInput).output(done),
    /** Boards that the account follows, and those of its station. */
    boards: base.input(asAccount).output(z.array(BoardCard)),
    board: base.input(onBoard).output(BoardView),
    foundBoard: base.input(asAccount.extend(BoardDraft.shape)).output(z.object({ id: z.string() })),
    post: base.input(onBoard.extend({ text: z.string().max(POST_CHARS_MAX) })).output(done),
    changeBoard: base.input(onBoard.extend({ change: BoardChange })).output(done),
    /** Both parties of a disputed order call the same mediator; from then on they write to them too. */
    callMediator: base.input(inChat.extend({ id: z.string().trim().min(3).max(64) })).output(done),
    safety: base.input(inChat).output(SafetyView),
    /** The safety number was compared, and the devices looked at. */
    verify: base.input(inChat.extend({ verified: z.boolean() })).output(done),
    /** Messages may go without forward secrecy to somebody who had it. */
    allowStatic: base.input(inChat).output(done),
    /** Messages of both sides disappear after so many seconds; 0: they stay. */
    setTimer: base.input(inChat.extend({ seconds: z.int().min(0).max(31_536_000) })).output(done),
    devices: base.input(asAccount).output(z.array(DeviceView)),
    removeDevice: base.input(asAccount.extend({ terminal: z.string().min(1).max(64) })).output(done),
    /** A file that proves the messages from one to another of a chat, and nothing else. */
    disclose: base.input(inChat.extend({ from: z.int(), to: z.int() })).output(DisclosureView),
    checkDisclosure: base
      .input(asAccount.extend({ text: z.string().max(DISCLOSURE_CHARS_MAX) }))
      .output(CheckedDisclosureView),
    /** What strangers have to show before their messages come through. */
    price: base.input(asAccount).output(StrangerPrice),
    /** What the other person of a chat asks of this account, who is a stranger to them. */
    askedPrice: base.input(asAccount.extend({ chat: z.string() })).output(AskedPrice),
    setPrice: base.input(asAccount.extend({ price: StrangerPrice })).output(done),
    /** Another station for all accounts of this console; null for its own. */
    chooseStation: base.input(asAccount.extend({ station: StationChoice.nullable() })).output(done),
  },
  calls: {
    /** The calls of all accounts of this console. */
    view: base.output(CallsView),
    start: base
      .input(inChat.extend({ video: z.boolean(), seat: SeatName }))
      .output(z.object({ call: z.string() })),
    accept: base.input(inCall.extend({ seat: SeatName })).output(done),
    /** Declines what rings, hangs up the rest. */
    end: base.input(inCall).output(done),
    /** From the page that has the media. */
    report: base.input(inCall.extend({ seat: SeatName, report: MediaReport })).output(done),
    /** What a page is to do with the media of calls, for as long as it listens. */
    seat: base.input(z.object({ seat: SeatName })).output(eventIterator(SeatSignal)),
    settings: base.output(CallSettings),
    saveSettings: base.input(CallSettings).output(done),
  },
};

export type ConsoleContract = typeof contract;
