// Designs: drafts while they are looked at, models once they are registered.

import { z } from 'zod';
import { Anchor, FaultView, HashText, Party } from './base-views.ts';

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
