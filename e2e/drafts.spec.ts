// A draft that is thrown away while it is checked: the check stops with it, and nothing of it stays.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, codeOf, ended, until } from './acts.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openTestWorld();
});
afterEach(() => world.remove());

const TRIANGLES = 300_000;

/** A binary STL of many small triangles: its check takes a while. */
function largeModel(): Uint8Array<ArrayBuffer> {
  const file = new DataView(new ArrayBuffer(84 + TRIANGLES * 50));
  file.setUint32(80, TRIANGLES, true);
  for (let index = 0; index < TRIANGLES; index++) {
    const [x, y] = [(index % 500) / 10, Math.floor(index / 500) / 10];
    [x, y, 0, x + 0.1, y, 0, x, y + 0.1, 0.1].forEach((value, at) => {
      file.setFloat32(84 + index * 50 + 12 + at * 4, value, true);
    });
  }
  return new Uint8Array(file.buffer);
}

describe('a draft that is removed while it is checked', () => {
  it('stops its check', async () => {
    const { api } = world.console;
    const actor = await addressOf(api, 'designer');
    const bytes = largeModel();
    const { uploadId } = await api.uploads.begin({ actor, fileName: 'large.stl', sizeBytes: bytes.length });
    for (let offset = 0; offset < bytes.length; offset += 1_000_000)
      await api.uploads.chunk({
        uploadId,
        offset,
        data: new Blob([bytes.slice(offset, offset + 1_000_000)]),
      });
    const { draftId, taskId } = await api.uploads.finish({ uploadId });
    await until(async () => {
      const task = (await api.tasks.list()).find(({ id }) => id === taskId);
      return task?.phase === 'waiting' ? undefined : task;
    });
    await api.drafts.remove({ id: draftId });
    const task = await ended(api, taskId);
    expect([task.state, task.fault?.code]).toEqual(['cancelled', 'task.cancelled']);
    expect(await api.drafts.list({ actor })).toEqual([]);
    expect(await codeOf(api.drafts.get({ id: draftId }))).toBe('models.draft.unknown');
  });
});
