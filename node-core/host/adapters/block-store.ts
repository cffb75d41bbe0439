// Content blocks as files under their ids. A block is written beside and renamed into place, so a crash leaves whole
// blocks only; content.ts checks each against its id when read.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BlockStore } from '../../content/index.ts';
import { writeFileAtomic } from './data-dir.ts';

/** CIDs are base32 text; anything else must never reach the file system. */
const CID_TEXT = /^b[a-z2-7]{20,99}$/;

/** A block store that can also forget. */
export type FileBlockStore = BlockStore & { remove(id: string): void };

export function createFileBlockStore(folder: string): FileBlockStore {
  const fileOf = (id: string): string | undefined =>
    CID_TEXT.test(id) ? join(folder, id.slice(-2), id) : undefined;
  return {
    put(id, block) {
      const file = fileOf(id);
      if (file === undefined) throw new RangeError('not a content id');
      if (existsSync(file)) return;
      mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
      writeFileAtomic(file, block);
    },
    get(id) {
      const file = fileOf(id);
      if (file === undefined || !existsSync(file)) return undefined;
      return new Uint8Array(readFileSync(file));
    },
    has(id) {
      const file = fileOf(id);
      return file !== undefined && existsSync(file);
    },
    remove(id) {
      const file = fileOf(id);
      if (file !== undefined) rmSync(file, { force: true });
    },
  };
}
