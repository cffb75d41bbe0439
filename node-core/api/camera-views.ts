// What the pages show of cameras: how one is set up, its pictures as they come, and the film of a print. Pictures are
// JPEG files as the camera made them; turning and mirroring is the page's.

import { z } from 'zod';
import { FaultView } from './base-views.ts';

const turning = {
  rotate: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  flip: z.boolean(),
};

export const CameraSettings = z.object({
  /** `virtual`: the rendered picture of a virtual printer. */
  source: z.enum(['none', 'network', 'virtual']),
  /** Of a stream or of single pictures; user and password have fields of their own. */
  url: z.string().max(500),
  user: z.string().max(64),
  ...turning,
  /** Buyers see a picture while their order is printed. */
  showsBuyers: z.boolean(),
  /** A picture at each layer is kept. */
  timelapse: z.boolean(),
});
export type CameraSettings = z.infer<typeof CameraSettings>;

export const CameraView = CameraSettings.extend({ hasPassword: z.boolean() });
export type CameraView = z.infer<typeof CameraView>;

const binary = z.instanceof(Blob);

export const CameraFrame = z.object({
  /** Of the newest picture; 0 before the first. */
  seq: z.int(),
  state: z.enum(['connecting', 'live', 'waiting']),
  /** Pictures a second over the last few seconds. */
  fps: z.number(),
  /** Since the newest picture was whole here. */
  ageMs: z.number().nullable(),
  width: z.number(),
  height: z.number(),
  ...turning,
  /** Why there are none now; the console tries again by itself. */
  fault: FaultView.optional(),
  /** Only where it is newer than the one asked for. */
  picture: binary.optional(),
});
export type CameraFrame = z.infer<typeof CameraFrame>;

export const OrderPicture = z.object({
  ageMs: z.number(),
  layer: z.number(),
  layersTotal: z.number(),
  ...turning,
  picture: binary,
});
export type OrderPicture = z.infer<typeof OrderPicture>;

export const TimelapseView = z.object({
  ...turning,
  frames: z.array(
    z.object({
      layer: z.number(),
      atMs: z.number(),
      /** SHA-256 of the JPEG file, as the signed record of the print names it. */
      hash: z.string(),
      sizeBytes: z.number(),
    }),
  ),
});
export type TimelapseView = z.infer<typeof TimelapseView>;
