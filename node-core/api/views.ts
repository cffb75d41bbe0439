// What the console shows: plain data that crosses the API. Hashes are lower-case hex, accounts EIP-55 text, amounts
// bigint micro-units, times Unix seconds unless the name says otherwise.

import { z } from 'zod';
import { TOKENS } from '../base/index.ts';
import { QUOTE_LINE_CODES, SliceSettings } from '../records/index.ts';
import { StaleView } from './network-views.ts';

export const FaultView = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** How far a statement can be believed: only here · handed to the chain · proven to the light node. */
export const Truth = z.enum(['local', 'sent', 'verified']);
export type Truth = z.infer<typeof Truth>;

export const Role = z.enum(['designer', 'owner', 'buyer']);
export type Role = z.infer<typeof Role>;

export const AccountText = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
export const HashText = z.string().regex(/^[0-9a-f]{64}$/);

export const Party = z.object({
  address: AccountText,
  /** What this console calls it; empty for a stranger. */
  name: z.string(),
  /** The name of the network that it goes by, as the light node proved it. */
  handle: z.string().optional(),
});
export type Party = z.infer<typeof Party>;

/** Where on the chain a thing was recorded. */
export const Anchor = z.object({
  truth: Truth,
  txHash: HashText.optional(),
  height: z.number().optional(),
  timeS: z.number().optional(),
});
export type Anchor = z.infer<typeof Anchor>;

export const TaskView = z.object({
  id: z.string(),
  kind: z.enum(['analyse', 'publish', 'quote', 'order', 'evidence', 'name']),
  /** What it is about: a file name, a title. */
  subject: z.string(),
  /** Phase code, translated by the console: reading, welding, measuring, slicing, … */
  phase: z.string(),
  /** 0 … 1, null while unknown. */
  progress: z.number().nullable(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  cancellable: z.boolean(),
  startedMs: z.number(),
  fault: FaultView.optional(),
  /** Id of what it made: a draft, model, quote or order. */
  resultId: z.string().optional(),
});
export type TaskView = z.infer<typeof TaskView>;

export const MeshProblem = z.object({ code: z.string(), count: z.number() });

export const ModelAnalysisView = z.object({
  format: z.enum(['stl', 'obj', '3mf']),
  sizeUm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
  volumeMm3: z.number(),
  areaMm2: z.number(),
  triangles: z.number(),
  shells: z.number(),
  watertight: z.boolean(),
  problems: z.array(MeshProblem),
});
export type ModelAnalysisView = z.infer<typeof ModelAnalysisView>;

export const DraftView = z.object({
  id: z.string(),
  fileName: z.string(),
  sizeBytes: z.number(),
  createdMs: z.number(),
  state: z.enum(['analysing', 'ready', 'refused', 'published']),
  analysis: ModelAnalysisView.optional(),
  designHash: HashText.optional(),
  /** Somebody registered the same file before. */
  registeredBefore: z.object({ designer: Party, height: z.number(), timeS: z.number() }).optional(),
  fault: FaultView.optional(),
});
export type DraftView = z.infer<typeof DraftView>;

export const ModelView = z.object({
  /** Design hash. */
  id: HashText,
  title: z.string(),
  description: z.string(),
  designer: Party,
  licence: z.string(),
  priceMicroPerCopy: z.bigint(),
  sizeUm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
  volumeMm3: z.number(),
  triangles: z.number(),
  watertight: z.boolean(),
  contentId: z.string(),
  hasPreview: z.boolean(),
  /** This console holds the model's key. */
  mine: z.boolean(),
  /** Handed over to its present owner, who was asked for. */
  acquired: z.boolean(),
  copiesPrinted: z.number(),
  earnedMicro: z.bigint(),
  registered: Anchor,
});
export type ModelView = z.infer<typeof ModelView>;

export const MaterialView = z.object({
  material: z.string(),
  colour: z.string(),
  colourName: z.string(),
  priceMicroPerGram: z.bigint(),
});

export const TemperaturesView = z.object({
  nozzleC: z.number().nullable(),
  nozzleTargetC: z.number().nullable(),
  bedC: z.number().nullable(),
  bedTargetC: z.number().nullable(),
});
export type TemperaturesView = z.infer<typeof TemperaturesView>;

export const ProgressView = z.object({
  linesAcknowledged: z.number(),
  linesTotal: z.number(),
  layer: z.number(),
  layersTotal: z.number(),
  /** Last acknowledged move in the job's toolpath. */
  moveIndex: z.number(),
  positionMm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
  resends: z.number(),
  elapsedMs: z.number(),
  /** Machine time left; null while unknown. */
  leftMs: z.number().nullable(),
});
export type ProgressView = z.infer<typeof ProgressView>;

export const MachineStateView = z.enum([
  'offline',
  'connecting',
  'idle',
  'heating',
  'printing',
  'pausing',
  'paused',
  'cancelling',
  'fault',
]);

export const AcceptRule = z.object({
  /** Accept orders by itself when all of these hold. */
  enabled: z.boolean(),
  minimumMicro: z.bigint(),
  quantityMax: z.number(),
});

/** How a machine is connected: simulated, at a cable, or in the network; `grbl` is a mill or a laser at a cable. */
export const ConnectionKindView = z.enum([
  'virtual',
  'serial',
  'grbl',
  'moonraker',
  'octoprint',
  'prusalink',
  'bambu',
]);
export type ConnectionKindView = z.infer<typeof ConnectionKindView>;

export const MachineView = z.object({
  /** Account of the machine's own key. */
  id: AccountText,
  name: z.string(),
  owner: Party,
  mine: z.boolean(),
  driver: ConnectionKindView,
  port: z.string().optional(),
  /** Of a printer in the network; for its owner alone. Its key is never given. */
  address: z.string().optional(),
  user: z.string().optional(),
  /** False: a print file is handed over whole and lies readable on the printer’s own computer while it prints. */
  secureStreaming: z.boolean(),
  hasEmergencyStop: z.boolean(),
  takesCommands: z.boolean(),
  /** Virtual printers only: machine seconds a real second. */
  timeScale: z.number(),
  /** Printers melt filament; the others cut, and are never offered a print. */
  process: z.enum(['fdm', 'cnc', 'laser']),
  volumeMm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
  /** 0 for a machine that cuts. */
  nozzleUm: z.number(),
  materials: z.array(MaterialView),
  cutter: z.object({ toolSMax: z.number(), feedMmPerMinMax: z.number() }).optional(),
  rateMicroPerHour: z.bigint(),
  setupMicro: z.bigint(),
  minimumMicro: z.bigint(),
  state: MachineStateView,
  stateReason: z.string(),
  fault: FaultView.optional(),
  temperatures: TemperaturesView,
  bedClear: z.boolean(),
  jobId: z.string().optional(),
  jobTitle: z.string().optional(),
  progress: ProgressView.optional(),
  queued: z.number(),
  rule: AcceptRule,
  registered: Anchor,
});
export type MachineView = z.infer<typeof MachineView>;

/** What an owner allows beyond the ordinary; the core decides whether it can be allowed. */
export const GuardRule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('command'), command: z.string().max(40) }),
  z.object({ kind: z.literal('finding'), finding: z.string().max(64) }),
  z.object({ kind: z.literal('limit'), limit: z.string().max(16), value: z.number() }),
]);
export type GuardRule = z.infer<typeof GuardRule>;

export const SpoolView = z.object({
  id: z.string(),
  name: z.string(),
  material: z.string(),
  /** `#rrggbb`. */
  colour: z.string(),
  gramsFull: z.number(),
  gramsLeft: z.number(),
});
export type SpoolView = z.infer<typeof SpoolView>;

/** When prints may begin by themselves, in local time; 0 is Monday. A window may run past midnight. */
export const HoursView = z.object({
  days: z.array(z.int().min(0).max(6)).max(7),
  fromMinute: z.int().min(0).max(1439),
  toMinute: z.int().min(0).max(1439),
});
export type HoursView = z.infer<typeof HoursView>;

export const UpkeepTaskView = z.enum(['lubricate', 'belts', 'nozzle', 'fans', 'bed']);

/** Named lines of G-code of the owner's. */
export const MacroView = z.object({ name: z.string().trim().min(1).max(40), commands: z.string().max(2000) });

/** How the owner runs a machine. */
export const ShopView = z.object({
  /** The next job begins by itself once the bed is confirmed clear. */
  autoContinue: z.boolean(),
  hours: HoursView,
  /** Within the hours now. */
  open: z.boolean(),
  spool: SpoolView.optional(),
  counters: z.object({
    printHours: z.number(),
    filamentMetres: z.number(),
    prints: z.number(),
    failures: z.number(),
  }),
  upkeep: z.array(
    z.object({
      task: UpkeepTaskView,
      by: z.enum(['printHours', 'filamentMetres', 'prints', 'failures']),
      used: z.number(),
      life: z.number(),
      due: z.boolean(),
    }),
  ),
  /** Prints that were cut off may be gone on with. */
  resumes: z.boolean(),
  /** Down to this temperature parts stay on this bed; null goes by the material. */
  bedHoldsC: z.number().nullable(),
  /** What the parties of an order see while it is printed; pictures are a setting of the camera. */
  sight: z.object({ progress: z.boolean(), temperatures: z.boolean() }),
  macros: z.array(MacroView),
  /** What its last prints tell of its wear, against what is usual for it. */
  wear: z.array(
    z.object({
      code: z.enum([
        'nozzle-heater',
        'bed-heater',
        'nozzle-duty',
        'bed-duty',
        'nozzle-sensor',
        'bed-sensor',
        'cable',
        'board',
        'cold-nozzle',
        'x-steps',
        'y-steps',
      ]),
      now: z.number(),
      usual: z.number(),
    }),
  ),
  /** Accounts besides the owner's. */
  rights: z.array(z.object({ account: z.string(), queue: z.boolean(), print: z.boolean() })),
});
export type ShopView = z.infer<typeof ShopView>;

export const GuardRuleView = z.object({
  /** Names the rule among those of its machine. */
  key: z.string(),
  rule: GuardRule,
  allowedBy: AccountText,
  allowedMs: z.number(),
});
export type GuardRuleView = z.infer<typeof GuardRuleView>;

/** The guard's word on a job's file, under the rules in force now. */
export const GuardVerdictView = z.object({
  /** Why it is stopped; empty where it may print. `rule` would let the finding pass. */
  findings: z.array(z.object({ fault: FaultView, rule: GuardRule.optional() })),
  warnings: z.array(FaultView),
  /** Keys of the rules without which it would be stopped. */
  rulesUsed: z.array(z.string()),
  lines: z.number(),
  /** The file is not here: each part is looked at when it comes, before a line of it is sent. */
  elsewhere: z.boolean(),
});
export type GuardVerdictView = z.infer<typeof GuardVerdictView>;

/** How a print that was cut off would be gone on with; its first line is 1 here, as in an editor. */
export const ResumeView = z.object({
  line: z.number(),
  lines: z.number(),
  layer: z.number(),
  layersTotal: z.number(),
  /** Of the layer that is gone on with, and of the nozzle as it was told. */
  heightMm: z.number(),
  nozzleHeightMm: z.number(),
  nozzleC: z.number(),
  bedC: z.number(),
  /** What is sent before the first line of the file. */
  preamble: z.array(z.string()),
});
export type ResumeView = z.infer<typeof ResumeView>;

export const TerminalLine = z.object({
  direction: z.enum(['sent', 'received']),
  text: z.string(),
  atMs: z.number(),
});

/** Live stream of one machine. G-code of protected jobs never appears in terminal lines. */
export const MachineEventView = z.discriminatedUnion('type', [
  z.object({ type: z.literal('machine'), machine: MachineView }),
  z.object({ type: z.literal('temperatures'), atMs: z.number(), temperatures: TemperaturesView }),
  z.object({ type: z.literal('progress'), atMs: z.number(), progress: ProgressView }),
  z.object({ type: z.literal('lines'), lines: z.array(TerminalLine) }),
]);
export type MachineEventView = z.infer<typeof MachineEventView>;

export const TemperatureSample = TemperaturesView.extend({ atMs: z.number() });

export const QuoteLineView = z.object({
  code: z.enum(QUOTE_LINE_CODES),
  count: z.number(),
  unit: z.enum(['second', 'milligram', 'job', 'copy', 'basis-point']),
  rateMicro: z.bigint(),
  amountMicro: z.bigint(),
});

export const QuoteView = z.object({
  /** Hash of the quote record. */
  id: HashText,
  modelId: HashText,
  modelTitle: z.string(),
  machineId: AccountText,
  machineName: z.string(),
  quantity: z.number(),
  material: z.string(),
  colour: z.string(),
  settings: SliceSettings,
  slicer: z.string(),
  /** Of one copy. */
  secondsPerCopy: z.number(),
  milligramsPerCopy: z.number(),
  layers: z.number(),
  gcodeHash: HashText,
  lines: z.array(QuoteLineView),
  payouts: z.object({ owner: z.bigint(), designer: z.bigint(), author: z.bigint(), network: z.bigint() }),
  totalMicro: z.bigint(),
  createdS: z.number(),
  validUntilS: z.number(),
  warnings: z.array(FaultView),
});
export type QuoteView = z.infer<typeof QuoteView>;

/** What opening a contract costs beside what its parties pay each other. */
export const OpeningCosts = z.object({
  feeMicro: z.bigint(),
  /** Comes back to whoever paid it, `keepS` seconds after the contract has ended. */
  depositMicro: z.bigint(),
  keepS: z.number(),
});
export type OpeningCosts = z.infer<typeof OpeningCosts>;

export const TIMELINE_CODES = [
  'quoted',
  'funded',
  'accepted',
  'released',
  'gathered',
  'printing',
  'printed',
  'shipped',
  'delivered',
  'settled',
  'refunded',
  'problem',
] as const;

export const TimelineStep = z.object({
  code: z.enum(TIMELINE_CODES),
  /** done · now (somebody's turn) · next. */
  state: z.enum(['done', 'now', 'next']),
  timeS: z.number().optional(),
  signer: Party.optional(),
  anchor: Anchor,
  /** Short plain text: a tracking number, copies printed. Never rich text. */
  detail: z.string().optional(),
});
export type TimelineStep = z.infer<typeof TimelineStep>;

export const OrderAction = z.object({
  event: z.string(),
  role: Role,
  label: z.string(),
  explanation: z.string(),
  /** Money that moves, for the confirmation. */
  amountMicro: z.bigint().optional(),
  /** Text arguments to ask for. */
  args: z.array(z.object({ name: z.string(), label: z.string(), required: z.boolean() })),
  danger: z.boolean(),
});

export const Payout = z.object({ role: z.string(), party: Party, amountMicro: z.bigint() });

export const OrderCard = z.object({
  id: AccountText,
  modelId: HashText,
  title: z.string(),
  quantity: z.number(),
  state: z.string(),
  stateLabel: z.string(),
  final: z.boolean(),
  totalMicro: z.bigint(),
  buyer: Party,
  owner: Party,
  designer: Party,
  machineId: AccountText,
  machineName: z.string(),
  openedS: z.number(),
  /** When the current state ends by itself. */
  deadlineS: z.number().optional(),
  /** The acting account is expected to do something. */
  yourTurn: z.boolean(),
  truth: Truth,
});
export type OrderCard = z.infer<typeof OrderCard>;

/** Copies of an order that are made in one run with those of others, as the machine recorded it before it began. */
export const RunView = z.object({
  id: HashText,
  recordedS: z.number(),
  orders: z.number(),
  copies: z.number(),
  /** Which of them are this order's, counted from 1. */
  from: z.number(),
  to: z.number(),
  /** The same by the order's own count. */
  copyFrom: z.number(),
  copyTo: z.number(),
  /** All orders in it, in the order in which they are made. */
  parts: z.array(z.object({ orderId: AccountText, from: z.number(), to: z.number(), own: z.boolean() })),
});
export type RunView = z.infer<typeof RunView>;

export const OrderView = OrderCard.extend({
  paradigm: z.object({ id: HashText, name: z.string() }),
  quote: QuoteView,
  heldMicro: z.bigint(),
  /** What happens at the deadline if nobody acts, in words. */
  ifNobodyActs: z.string().optional(),
  timeline: z.array(TimelineStep),
  actions: z.array(OrderAction),
  /** What was said when something went wrong: a complaint, why it was declined or given up. Plain text of a stranger. */
  statement: z.string().optional(),
  /** The refund that the owner offers now. */
  refundOfferedMicro: z.bigint().optional(),
  payouts: z.array(Payout),
  licence: z
    .object({
      id: AccountText,
      quantity: z.number(),
      used: z.number(),
      released: z.boolean(),
      /** The designer's console keeps the print file and releases it while it prints. */
      inParts: z.boolean(),
    })
    .optional(),
  /** Oldest first. */
  runs: z.array(RunView),
  jobs: z.array(z.string()),
});
export type OrderView = z.infer<typeof OrderView>;

/** A file of the owner's own, made without an order. */
export const OwnFileView = z.object({
  id: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  addedMs: z.number(),
  process: z.enum(['printing', 'cutting']),
  seconds: z.number(),
  filamentUm: z.number(),
  layers: z.number(),
  sizeMm: z.object({ x: z.number(), y: z.number(), z: z.number() }),
});
export type OwnFileView = z.infer<typeof OwnFileView>;

/** Why a machine cannot make a job, or not yet. */
const MismatchView = z.enum([
  'not-allowed',
  'process',
  'volume',
  'nozzle',
  'plate',
  'none-loaded',
  'other-material',
  'other-colour',
  'too-little',
  'not-ready',
  'never-open',
]);

/** How copies are split over a group of machines. */
export const SpreadView = z.object({
  shares: z.array(
    z.object({
      machineId: AccountText,
      copies: z.number(),
      doneMs: z.number().optional(),
      needs: z.array(MismatchView),
      late: z.boolean(),
    }),
  ),
  unable: z.array(z.object({ machineId: AccountText, reasons: z.array(MismatchView) })),
});
export type SpreadView = z.infer<typeof SpreadView>;

export const JobView = z.object({
  id: z.string(),
  /** Absent for a file of the owner's own. */
  orderId: AccountText.optional(),
  /** What the copies of one order or one file have in common. */
  batch: z.string(),
  own: z.object({ fileId: z.string() }).optional(),
  /** Machines that a waiting copy may be moved between. */
  group: z.array(AccountText).optional(),
  title: z.string(),
  machineId: AccountText,
  machineName: z.string(),
  /** 1-based copy of `copies`. */
  copy: z.number(),
  copies: z.number(),
  state: z.enum([
    'queued',
    'needs-bed-clear',
    'ready',
    'starting',
    'printing',
    'paused',
    'finished',
    'failed',
    'cancelled',
  ]),
  material: z.string(),
  colour: z.string(),
  secondsEstimated: z.number(),
  /** The same for copies that a machine makes without a change: file, material, colour. */
  part: z.string(),
  /** Shared by copies of several orders that are printed one after the other. */
  run: z.string().optional(),
  /** Place in the machine's line, 1 for the next; absent once it has begun. */
  place: z.number().optional(),
  /** -2 … 2; higher goes first. */
  priority: z.number(),
  /** When the order wants it done. */
  deadlineMs: z.number().optional(),
  milligrams: z.number().optional(),
  /** Whether the loaded spool lasts for it; absent where it does not matter any more. */
  filament: z.enum(['ok', 'none-loaded', 'other-material', 'other-colour', 'too-little']).optional(),
  createdMs: z.number(),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
  progress: ProgressView.optional(),
  /** Of a file that its designer releases while it prints: parts that came and passed the guard, and the lines in them. */
  passed: z.object({ parts: z.number(), partsTotal: z.number(), lines: z.number() }).optional(),
  fault: FaultView.optional(),
});
export type JobView = z.infer<typeof JobView>;

export const AccountView = z.object({
  address: AccountText,
  name: z.string(),
  role: Role,
  balances: z.record(z.enum(TOKENS), z.bigint()),
  /** Held in escrow for this account's open orders. */
  escrowMicro: z.bigint(),
  backedUp: z.boolean(),
  verifiedHeight: z.number(),
});
export type AccountView = z.infer<typeof AccountView>;

/** What recovery words lead to, before the account is taken. */
export const AccountFound = z.object({
  address: AccountText,
  /** This console has it already. */
  held: z.object({ name: z.string(), role: Role }).optional(),
  /** This console knew it, but cannot open its key. */
  locked: z.object({ name: z.string(), role: Role }).optional(),
  chainId: z.string(),
  balances: z.record(z.enum(TOKENS), z.bigint()),
  escrowMicro: z.bigint(),
  verifiedHeight: z.number(),
  orders: z.object({ open: z.number(), total: z.number() }),
  /** Titles and names, as registered. */
  models: z.array(z.string()),
  machines: z.array(z.string()),
  roleSuggested: Role,
});
export type AccountFound = z.infer<typeof AccountFound>;

const RestoredCount = z.object({ restored: z.number(), missing: z.number() });

/** What came back with an account; `missing` is registered but was stored under keys that the words do not give. */
export const Recovered = z.object({ address: AccountText, models: RestoredCount, machines: RestoredCount });
export type Recovered = z.infer<typeof Recovered>;

export const LockedAccount = z.object({ address: AccountText, name: z.string(), role: Role });
export type LockedAccount = z.infer<typeof LockedAccount>;

export const WalletEntry = z.object({
  id: z.string(),
  kind: z.enum([
    'received',
    'sent',
    'escrow',
    'refund',
    'earning',
    'author',
    'fee',
    'review',
    'review-back',
    'deposit',
    'deposit-back',
    'faucet',
  ]),
  token: z.enum(TOKENS),
  /** Signed: negative leaves the account. */
  amountMicro: z.bigint(),
  counterparty: Party.optional(),
  orderId: AccountText.optional(),
  orderTitle: z.string().optional(),
  anchor: Anchor,
});
export type WalletEntry = z.infer<typeof WalletEntry>;

export const StatusView = z.object({
  version: z.string(),
  chainId: z.string(),
  height: z.number(),
  verifiedHeight: z.number(),
  /** True while the light node is level with the chain. */
  synced: z.boolean(),
  /** Null while pages show the chain as it is. */
  stale: StaleView.nullable(),
  peers: z.number(),
  activePrinters: z.number(),
  demo: z.boolean(),
  slicer: z.string().nullable(),
  nowMs: z.number(),
});
export type StatusView = z.infer<typeof StatusView>;

/** Where this console keeps its things. */
export const AboutView = z.object({
  folder: z.string(),
  sizeBytes: z.number(),
  /** What seals the keys: a file in the folder, or a secret that the desktop shell brings. */
  keys: z.enum(['file', 'shell']),
  /** The folder holds a demo world, which can be thrown away. */
  demoWorld: z.boolean(),
});
export type AboutView = z.infer<typeof AboutView>;

export const LicencesView = z.object({
  /** The console's own, whole. */
  text: z.string(),
  packages: z.array(z.object({ name: z.string(), version: z.string(), licence: z.string() })),
});
export type LicencesView = z.infer<typeof LicencesView>;

/** How somebody is told of new messages. */
export const NoticeSettings = z.object({
  /** In a corner of the page. */
  page: z.boolean(),
  /** By the browser while the page is not looked at, where the person allowed that. */
  desktop: z.boolean(),
  /** That there is something, from whom, or what it says. */
  shows: z.enum(['nothing', 'name', 'text']),
  /** Minutes of the day between which nothing is told. */
  quiet: z.object({ fromMin: z.int().min(0).max(1439), toMin: z.int().min(0).max(1439) }).nullable(),
});
export type NoticeSettings = z.infer<typeof NoticeSettings>;

export const Settings = z.object({
  locale: z.enum(['en', 'zh-Hans']),
  theme: z.enum(['light', 'dark', 'auto']),
  role: Role,
  /** The first-run page was answered. */
  welcomed: z.boolean(),
  /** Absent until somebody chose. */
  notices: NoticeSettings.optional(),
});
export type Settings = z.infer<typeof Settings>;

export const EvidenceLink = z.object({
  /** design, registration, licence, quote, gcode, telemetry, payment, headers, seal, … */
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
});

export const EvidenceReport = z.object({
  ok: z.boolean(),
  orderId: z.string(),
  chainId: z.string(),
  trust: z.object({ height: z.number(), hash: z.string() }),
  links: z.array(EvidenceLink),
  /** First broken link where not ok. */
  broken: z.string().optional(),
});
export type EvidenceReport = z.infer<typeof EvidenceReport>;

/** What an event can say has changed. */
export const EVENT_TOPICS = [
  'models',
  'products',
  'drafts',
  'machines',
  'quotes',
  'orders',
  'jobs',
  'accounts',
  'network',
  'settings',
  'messages',
  'calls',
  'watching',
] as const;

/** "Something changed": the console reloads that query. Tasks and notices travel whole. */
export const ConsoleEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('changed'),
    topic: z.enum(EVENT_TOPICS),
    id: z.string().optional(),
  }),
  z.object({ type: z.literal('task'), task: TaskView }),
  z.object({ type: z.literal('status'), status: StatusView }),
  z.object({
    type: z.literal('notice'),
    level: z.enum(['info', 'success', 'warning', 'error']),
    fault: FaultView,
  }),
]);
export type ConsoleEvent = z.infer<typeof ConsoleEvent>;

/** What the designer's console released of an order's print file, part by part, to the machine of the order. */
export const ReleaseView = z.object({
  machineName: z.string(),
  /** Nothing more is given until the designer allows it again. */
  stopped: z.boolean(),
  copies: z.array(
    z.object({
      copy: z.number(),
      attempt: z.number(),
      parts: z.number(),
      released: z.number(),
      /** Of those, what the machine signed to have printed. */
      printed: z.number(),
      openedMs: z.number(),
      lastMs: z.number(),
    }),
  ),
});
export type ReleaseView = z.infer<typeof ReleaseView>;
