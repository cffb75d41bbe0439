// What prints, and what looks on.

import { type CameraParts, Cameras } from '../services/cameras.ts';
import { type JobFileParts, JobFiles } from '../services/job-files.ts';
import { JobStreams, type StreamParts } from '../services/job-streams.ts';
import { JobViews } from '../services/job-views.ts';
import { type OwnFileParts, OwnFiles } from '../services/own-files.ts';
import { Production, type ProductionParts } from '../services/production.ts';
import { Shop, type ShopParts } from '../services/shop.ts';
import { type TimelapseParts, Timelapses } from '../services/timelapses.ts';
import type { Undo } from './undo.ts';

type PrintingParts = Omit<ProductionParts, 'streams' | 'shop' | 'cameras' | 'jobFiles'> &
  Omit<JobFileParts, 'files' | 'shop'> &
  Omit<OwnFileParts, 'shop'> &
  StreamParts &
  ShopParts &
  TimelapseParts &
  Omit<CameraParts, 'timelapses'>;

/** What prints, and what watches it. */
export function createPrinting(parts: PrintingParts, undo: Undo) {
  const timelapses = new Timelapses(parts);
  const cameras = new Cameras({ ...parts, timelapses });
  undo.push(() => cameras.close());
  const shop = new Shop(parts);
  const files = new OwnFiles({ ...parts, shop });
  const jobFiles = new JobFiles({ ...parts, shop, files });
  const production = new Production({ ...parts, streams: new JobStreams(parts), shop, cameras, jobFiles });
  const jobs = new JobViews({ ...parts, shop, titleOf: (orderId) => parts.orders.titleOf(orderId) });
  return { shop, cameras, timelapses, files, jobFiles, production, jobs };
}
