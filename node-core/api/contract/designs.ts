// What designers do with models: upload, look at the draft, publish; and what everybody sees of a model.

import { z } from 'zod';
import { AccountText, HashText } from '../base-views.ts';
import { DraftView, ModelView } from '../model-views.ts';
import { amountMicro, asAccount, base, binary, byId, done, taskStarted } from './parts.ts';

/** Largest model file the console takes, in bytes: a 10-million-triangle binary STL. */
export const MODEL_SIZE_BYTES_MAX = 512 * 1024 * 1024;
/** Largest upload chunk, in bytes. */
export const CHUNK_SIZE_BYTES_MAX = 1024 * 1024;

export const designsContract = {
  uploads: {
    begin: base
      .input(
        z.object({
          actor: AccountText,
          fileName: z.string().min(1).max(255),
          sizeBytes: z.int().min(0).max(MODEL_SIZE_BYTES_MAX),
        }),
      )
      .output(z.object({ uploadId: z.string() })),
    /** Chunks come in order; `offset` is the count of bytes before this one. */
    chunk: base
      .input(z.object({ uploadId: z.string(), offset: z.int().min(0), data: binary }))
      .output(z.object({ receivedBytes: z.number() })),
    /** Starts the analysis as a task; the draft appears at once and fills when it is done. */
    finish: base
      .input(z.object({ uploadId: z.string() }))
      .output(z.object({ draftId: z.string(), taskId: z.string() })),
    abort: base.input(z.object({ uploadId: z.string() })).output(done),
  },
  drafts: {
    list: base.input(asAccount).output(z.array(DraftView)),
    get: base.input(byId).output(DraftView),
    remove: base.input(byId).output(done),
    /** Mesh for the viewer in the compact mesh codec (node-core/models). */
    mesh: base.input(byId).output(binary),
    /** PNG. */
    thumbnail: base.input(byId).output(binary),
    publish: base
      .input(
        z.object({
          id: z.string(),
          actor: AccountText,
          title: z.string().min(1).max(120),
          description: z.string().max(2000),
          licence: z.string().min(1).max(64),
          priceMicroPerCopy: amountMicro,
        }),
      )
      .output(taskStarted),
  },
  models: {
    list: base
      .input(z.object({ search: z.string().max(200).optional(), designer: AccountText.optional() }))
      .output(z.array(ModelView)),
    get: base.input(z.object({ id: HashText })).output(ModelView),
    /** PNG; public. */
    thumbnail: base.input(z.object({ id: HashText })).output(binary),
    /** Coarse public mesh in the compact mesh codec. */
    preview: base.input(z.object({ id: HashText })).output(binary),
  },
};
