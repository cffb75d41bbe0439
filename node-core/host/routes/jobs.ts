// The queue: files of the owner's own, and jobs.

import type { Services } from '../composition/services.ts';
import { type Base, blobOf, give } from './procedures.ts';

/** The acting account, once it is one of this console's. */
function held(identities: Services['identities'], actor: string): string {
  identities.keyPair(actor);
  return actor;
}

export function fileRoutes(os: Base, { files, uploads, tasks, identities }: Services) {
  return {
    files: {
      list: os.files.list.handler(({ input }) => files.list(held(identities, input.actor))),
      add: os.files.add.handler(({ input }) => {
        const { actor, fileName, bytes } = give(uploads.finish(input.uploadId));
        const taskId = tasks.start('analyse', fileName, (signal, report) =>
          files.add(actor, fileName, bytes, signal, report),
        );
        return { taskId };
      }),
      remove: os.files.remove.handler(({ input }) => {
        give(files.remove(held(identities, input.actor), input.id));
        return {};
      }),
      plan: os.files.plan.handler(async ({ input }) => {
        held(identities, input.actor);
        return give(await files.plan(input));
      }),
      queue: os.files.queue.handler(async ({ input }) => {
        held(identities, input.actor);
        return { batch: give(await files.queue(input)) };
      }),
      rearrange: os.files.rearrange.handler(async ({ input: { actor, batch, onto } }) => {
        give(await files.rearrange(held(identities, actor), batch, onto));
        return {};
      }),
    },
  };
}

function wishOf({ from, nozzleHeightMm }: { from: 'line' | 'layer'; nozzleHeightMm?: number | undefined }) {
  return { from, nozzleHeightMm };
}

export function jobRoutes(os: Base, { production, jobFiles, jobs, files }: Services) {
  return {
    jobs: {
      cancel: os.jobs.cancel.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(files.cancel(input.id));
        return {};
      }),
      list: os.jobs.list.handler(({ input }) => jobs.list(input.machineId)),
      get: os.jobs.get.handler(({ input }) => jobs.get(input.id)),
      start: os.jobs.start.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'print'));
        give(production.start(input.id, input.expiresMs));
        return {};
      }),
      retry: os.jobs.retry.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.retry(input.id));
        return {};
      }),
      prefer: os.jobs.prefer.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.prefer(input.id, input.priority));
        return {};
      }),
      resumePlan: os.jobs.resumePlan.handler(async ({ input }) =>
        give(await jobFiles.resumePlan(input.id, wishOf(input))),
      ),
      resumePrint: os.jobs.resumePrint.handler(async ({ input }) => {
        give(production.allowed(input.id, input.actor, 'print'));
        give(await production.resumePrint(input.id, wishOf(input), input.expiresMs));
        return {};
      }),
      gather: os.jobs.gather.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.gather(input.id, input.orderIds));
        return {};
      }),
      moveToFront: os.jobs.moveToFront.handler(({ input }) => {
        give(production.allowed(input.id, input.actor, 'queue'));
        give(production.moveToFront(input.id));
        return {};
      }),
      verdict: os.jobs.verdict.handler(async ({ input }) => give(await jobFiles.verdict(input.id))),
      toolpath: os.jobs.toolpath.handler(async ({ input }) =>
        blobOf(give(await jobFiles.toolpath(input.id)), 'application/vnd.dipnet.toolpath'),
      ),
    },
  };
}
