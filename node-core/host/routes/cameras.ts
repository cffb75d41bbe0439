// Cameras, time-lapses, and watching the print of an order.

import type { Services } from '../composition/services.ts';
import { type Base, blobOf, give } from './procedures.ts';

export function cameraRoutes(os: Base, { cameras, watcher, timelapses, jobs, machines }: Services) {
  const ownJob = (id: string) => {
    const job = jobs.job(id);
    give(machines.row(job.machineId));
    return job;
  };
  return {
    cameras: {
      get: os.cameras.get.handler(({ input }) => give(cameras.view(input.id))),
      save: os.cameras.save.handler(({ input: { id, ...settings } }) => {
        give(cameras.save(id, settings));
        return {};
      }),
      test: os.cameras.test.handler(async ({ input: { id, ...settings } }) => {
        const { jpeg, width, height } = give(await cameras.test(id, settings));
        return { width, height, picture: blobOf(jpeg, 'image/jpeg') };
      }),
      frame: os.cameras.frame.handler(async ({ input, signal }) =>
        give(await cameras.frame(input.id, input.after, signal)),
      ),
      orderPicture: os.cameras.orderPicture.handler(async ({ input }) =>
        give(await watcher.picture(input.actor, input.orderId)),
      ),
      watchOrder: os.cameras.watchOrder.handler(async ({ input }) =>
        give(await watcher.view(input.actor, input.orderId)),
      ),
      timelapse: os.cameras.timelapse.handler(({ input }) => {
        const job = ownJob(input.jobId);
        return { ...cameras.turning(job.machineId), frames: timelapses.frames(job) };
      }),
      timelapsePicture: os.cameras.timelapsePicture.handler(({ input }) =>
        blobOf(give(timelapses.picture(ownJob(input.jobId), input.index)), 'image/jpeg'),
      ),
    },
  };
}
