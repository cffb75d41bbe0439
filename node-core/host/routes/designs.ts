// Uploads, drafts and models.

import type { Services } from '../composition/services.ts';
import type { FinishedUpload } from '../services/uploads.ts';
import { type Base, blobOf, give, MESH_TYPE, toBytes } from './procedures.ts';

/** A file becomes a draft of its owner's, and is looked at. */
export async function analyseDraft({ drafts, tasks }: Services, upload: FinishedUpload) {
  const draftId = await drafts.create(upload);
  const taskId = tasks.start('analyse', upload.fileName, (signal, report) =>
    drafts.analyse(draftId, signal, report),
  );
  drafts.whenRemoved(draftId, () => void tasks.cancel(taskId));
  return { draftId, taskId };
}

export function modelRoutes(os: Base, services: Services) {
  const { uploads, models, drafts, tasks, identities } = services;
  return {
    uploads: {
      begin: os.uploads.begin.handler(({ input }) => {
        identities.keyPair(input.actor);
        return { uploadId: give(uploads.begin(input.actor, input.fileName, input.sizeBytes)) };
      }),
      chunk: os.uploads.chunk.handler(async ({ input }) => ({
        receivedBytes: give(uploads.chunk(input.uploadId, input.offset, await toBytes(input.data))),
      })),
      finish: os.uploads.finish.handler(async ({ input }) => {
        return analyseDraft(services, give(uploads.finish(input.uploadId)));
      }),
      abort: os.uploads.abort.handler(({ input }) => {
        uploads.abort(input.uploadId);
        return {};
      }),
    },
    drafts: {
      list: os.drafts.list.handler(({ input }) => drafts.list(input.actor)),
      get: os.drafts.get.handler(async ({ input }) => give(await drafts.get(input.id))),
      remove: os.drafts.remove.handler(async ({ input }) => {
        give(await drafts.remove(input.id));
        return {};
      }),
      mesh: os.drafts.mesh.handler(({ input }) => blobOf(give(drafts.mesh(input.id)), MESH_TYPE)),
      thumbnail: os.drafts.thumbnail.handler(({ input }) =>
        blobOf(give(drafts.preview(input.id)).thumbnail, 'image/png'),
      ),
      publish: os.drafts.publish.handler(({ input: { id, actor, ...terms } }) => ({
        // A registration that was sent cannot be taken back, so it cannot be cancelled.
        taskId: tasks.start(
          'publish',
          terms.title,
          (_signal, report) => models.publish(id, actor, terms, report),
          false,
        ),
      })),
    },
    models: {
      list: os.models.list.handler(async ({ input }) =>
        give(await models.list(input.search, input.designer)),
      ),
      get: os.models.get.handler(async ({ input }) => give(await models.get(input.id))),
      thumbnail: os.models.thumbnail.handler(async ({ input }) =>
        blobOf(give(await models.preview(input.id)).thumbnail, 'image/png'),
      ),
      preview: os.models.preview.handler(async ({ input }) =>
        blobOf(give(await models.preview(input.id)).mesh, MESH_TYPE),
      ),
    },
  };
}
