// What machines are to make: copies of orders, and files of the owner's own.

import { z } from 'zod';
import { AccountText } from '../base-views.ts';
import { GuardVerdictView } from '../guard-views.ts';
import { JobView, OwnFileView, ResumeView, SpreadView } from '../job-views.ts';
import { asAccount, base, binary, byId, done, taskStarted } from './parts.ts';

/** Copies of a file of the owner's own, on any of the machines. */
const ownWish = asAccount.extend({
  fileId: z.string().max(40),
  copies: z.int().min(1).max(1000),
  machineIds: z.array(AccountText).min(1).max(100),
  material: z.string().max(32),
  colour: z.string().max(7),
  deadlineMs: z.number().optional(),
});

const resumeInput = byId.extend({
  from: z.enum(['line', 'layer']),
  /** Above the bed, now; without it where the record left it. */
  nozzleHeightMm: z.number().min(0).max(2000).optional(),
});

export const jobsContract = {
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
};
