// What people and programs say to a machine, and it to them: customized contents of the protocol, which stations pass on
// and other programs say they do not know. A question names itself and when it is out of date; who asked, and to whom,
// is for the signature of its message; who may, is for the machine's owner. docs/machine-messages.md is the format.

import { z } from 'zod';
import type { JsonObject } from './json.ts';
import { TIME_MAX_S } from './limits.ts';

export const MACHINE_APP = 'dipnet.machine';

/** What can be asked of a machine. Nothing that begins a print is among it, and nothing ever will be. */
export const MACHINE_ACTS = ['status', 'pause', 'resume', 'cancel', 'picture'] as const;
export type MachineAct = (typeof MACHINE_ACTS)[number];

const PICTURE_CHARS_MAX = 600 * 1024;

const Nonce = z.string().regex(/^[0-9a-f]{32}$/);
const Job = z.string().regex(/^[0-9a-f]{64}$/);

const Ask = z.object({
  mod: z.literal('ask'),
  /** One of MACHINE_ACTS; what came later is refused in words. */
  act: z.string().min(1).max(32),
  nonce: Nonce,
  /** Unix seconds. */
  expires: z.number().min(0).max(TIME_MAX_S),
  /** The print that is meant, as the machine's status names it: for everything that changes one. */
  job: Job.optional(),
});
export type MachineAsk = z.infer<typeof Ask>;

const celsius = z.number().min(-273).max(5000).nullable();

export const MachineStatus = z.object({
  state: z.enum([
    'offline',
    'connecting',
    'idle',
    'heating',
    'printing',
    'pausing',
    'paused',
    'cancelling',
    'fault',
  ]),
  /** What went wrong, by its code. */
  fault: z.string().max(100).optional(),
  nozzle: celsius,
  nozzleTarget: celsius,
  bed: celsius,
  bedTarget: celsius,
  job: z
    .object({
      job: Job,
      copy: z.int().min(1),
      copies: z.int().min(1),
      layer: z.int().min(0),
      layers: z.int().min(0),
      /** From 0 to 1. */
      share: z.number().min(0).max(1),
      leftS: z.number().min(0).nullable(),
    })
    .optional(),
});
export type MachineStatus = z.infer<typeof MachineStatus>;

const Answer = z.object({
  mod: z.literal('answer'),
  act: z.string().min(1).max(32),
  nonce: Nonce,
  ok: z.boolean(),
  /** In a sentence. */
  text: z.string().max(1000),
  /** Of a refusal: its code, and what to do. */
  code: z.string().max(100).optional(),
  next: z.string().max(1000).optional(),
  name: z.string().max(64),
  /** What whoever asked may ask. */
  may: z.array(z.string().max(32)).max(20),
  status: MachineStatus.optional(),
  /** A JPEG file in base64, and how it is to be turned. */
  picture: z
    .object({
      data: z.string().max(PICTURE_CHARS_MAX),
      rotate: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
      flip: z.boolean(),
    })
    .optional(),
});
export type MachineAnswer = z.infer<typeof Answer>;

export type MachineTalk = MachineAsk | MachineAnswer;

/** The fields of the content; `text` is what programs show that know nothing of machines. */
export function machineTalkFields(talk: Omit<MachineAsk, 'mod'> | Omit<MachineAnswer, 'mod'>): JsonObject {
  const mod = 'expires' in talk ? 'ask' : 'answer';
  return { app: MACHINE_APP, mod, ...talk } as JsonObject;
}

/** Whether a content is of this application at all. */
export const isMachineTalk = (json: JsonObject): boolean => json['app'] === MACHINE_APP;

/** Undefined where it is not sound. */
export function readMachineTalk(json: JsonObject): MachineTalk | undefined {
  if (!isMachineTalk(json)) return undefined;
  const parsed = z.discriminatedUnion('mod', [Ask, Answer]).safeParse(json);
  return parsed.success ? parsed.data : undefined;
}

/** The property of a visa by which an account says that it is a machine. Whose, and whether, is on chain. */
export const MACHINE_PROPERTY = 'machine';

export const machineProperty = (process: string): JsonObject => ({
  [MACHINE_PROPERTY]: { v: 1, process, acts: [...MACHINE_ACTS] },
});
