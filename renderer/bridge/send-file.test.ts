// Sending a file: every byte once and in order, whatever the connection does.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_SIZE_BYTES_MAX } from '../../node-core/api/index.ts';
import type { CommandResult } from './query.ts';
import { CHUNK_SIZE_BYTES, type FileSender, sendFile } from './send-file.ts';
import type { Fault } from './types.ts';

/** Small, so that a file of several chunks is quick to compare. */
const CHUNK = 64;

const LOST: Fault = { code: 'console.connection.lost', message: '', next: '' };
const OUT_OF_ORDER: Fault = { code: 'upload.out-of-order', message: '', next: '' };
const FULL: Fault = { code: 'upload.too-many', message: '', next: '' };

type Trouble = 'none' | 'lost-before' | 'lost-after';

/** A core that keeps the rules of the API, behind a connection that fails as told, chunk by chunk. */
function createCore(troubles: readonly Trouble[] = []) {
  const parts: Blob[] = [];
  let received = 0;
  let attempt = 0;
  const state = { aborted: false, finished: false, reconnected: 0 };
  const take = (offset: number, data: Blob): CommandResult<unknown> => {
    if (offset !== received) return { ok: false, fault: OUT_OF_ORDER };
    parts.push(data);
    received += data.size;
    return { ok: true, value: {} };
  };
  const sender: FileSender<{ draftId: string; taskId: string }> = {
    begin: async () => ({ ok: true, value: { uploadId: 'u' } }),
    chunk: async (_id, offset, data) => {
      const trouble = troubles[attempt++] ?? 'none';
      if (trouble === 'lost-before') return { ok: false, fault: LOST };
      const result = take(offset, data);
      return trouble === 'lost-after' ? { ok: false, fault: LOST } : result;
    },
    finish: async () => {
      state.finished = true;
      return { ok: true, value: { draftId: 'd', taskId: 't' } };
    },
    abort: async () => {
      state.aborted = true;
    },
    connected: async () => {
      state.reconnected++;
    },
  };
  return { sender, state, bytes: async () => new Uint8Array(await new Blob(parts).arrayBuffer()) };
}

function fileOf(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

const never = new AbortController().signal;

describe('sendFile', () => {
  it('sends whole chunks and the rest', async () => {
    const file = fileOf(2 * CHUNK + 7);
    const core = createCore();
    const progress: number[] = [];
    const sent = await sendFile(new Blob([file]), core.sender, never, (bytes) => progress.push(bytes), CHUNK);
    expect(sent).toEqual({ ok: true, value: { draftId: 'd', taskId: 't' } });
    expect(progress).toEqual([CHUNK, 2 * CHUNK, file.length]);
    expect(await core.bytes()).toEqual(file);
  });

  it('sends every byte exactly once over a connection that breaks before or after any chunk', async () => {
    const trouble = fc.constantFrom<Trouble>('none', 'lost-before', 'lost-after');
    await fc.assert(
      fc.asyncProperty(fc.array(trouble, { maxLength: 12 }), async (troubles) => {
        const file = fileOf(3 * CHUNK + 1);
        const core = createCore(troubles);
        const sent = await sendFile(new Blob([file]), core.sender, never, () => undefined, CHUNK);
        expect(sent.ok).toBe(true);
        expect(await core.bytes()).toEqual(file);
      }),
    );
  });

  it('gives up with the fault when the connection never holds, and says so to the core', async () => {
    const core = createCore(Array.from({ length: 1000 }, () => 'lost-before'));
    const sent = await sendFile(new Blob([fileOf(10)]), core.sender, never, () => undefined);
    expect(sent).toEqual({ ok: false, fault: LOST });
    expect(core.state.aborted).toBe(true);
  });

  it('does not hide a real disorder', async () => {
    const core = createCore();
    const sender: FileSender<unknown> = {
      ...core.sender,
      chunk: async () => ({ ok: false, fault: OUT_OF_ORDER }),
    };
    expect(await sendFile(new Blob([fileOf(10)]), sender, never, () => undefined)).toEqual({
      ok: false,
      fault: OUT_OF_ORDER,
    });
  });

  it('hands on a refusal to begin', async () => {
    const core = createCore();
    const sender: FileSender<unknown> = { ...core.sender, begin: async () => ({ ok: false, fault: FULL }) };
    expect(await sendFile(new Blob([fileOf(10)]), sender, never, () => undefined)).toEqual({
      ok: false,
      fault: FULL,
    });
  });

  it('stops where it is when cancelled, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const core = createCore();
    const sent = await sendFile(
      new Blob([fileOf(3 * CHUNK)]),
      core.sender,
      controller.signal,
      () => controller.abort(),
      CHUNK,
    );
    expect(sent).toEqual({ ok: false, cancelled: true });
    expect(core.state).toMatchObject({ aborted: true, finished: false });
  });

  it('keeps its chunks within what the core takes', () => {
    expect(CHUNK_SIZE_BYTES).toBeLessThanOrEqual(CHUNK_SIZE_BYTES_MAX);
  });

  it('sends an empty file as nothing, for the core to refuse', async () => {
    const core = createCore();
    expect((await sendFile(new Blob([]), core.sender, never, () => undefined)).ok).toBe(true);
    expect(await core.bytes()).toHaveLength(0);
  });
});
