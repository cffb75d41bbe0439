// The console itself: status, settings, tasks, and the events that tell pages what changed.

import { z } from 'zod';
import { FaultView, Role } from './base-views.ts';
import { StaleView } from './network-views.ts';

export const TaskView = z.object({
  id: z.string(),
  kind: z.enum(['analyse', 'publish', 'quote', 'order', 'evidence', 'name', 'account']),
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
