// What this console released to printers elsewhere, on disk: the streams with their keys sealed, what the machines signed,
// and under which licences nothing more is given.

import { z } from 'zod';
import type { Bytes, Clock } from '../../base/index.ts';
import { bytesToHex, parseCbor } from '../../base/index.ts';
import type { KeptStream, ReleaseAsk } from '../../content/index.ts';
import { ReleaseAsk as Ask, StreamHeader } from '../../content/index.ts';
import type { ReleaseFile } from '../../evidence/index.ts';
import { encodeRecord } from '../../records/index.ts';
import type { Sqlite } from '../adapters/sqlite.ts';
import type { Vault } from '../adapters/vault.ts';

export type ReleaseRow = {
  readonly copy: number;
  readonly attempt: number;
  readonly chunks: number;
  readonly released: number;
  readonly printed: number;
  readonly opened_ms: number;
  readonly last_ms: number;
  readonly stream_id: string;
};

type WordRow = {
  readonly position: number;
  readonly printed: number;
  readonly head: Buffer;
  readonly signature: Buffer;
};
type SealedRow = { readonly stream_id: string; readonly sealed: Buffer };

const bytes = z.instanceof(Uint8Array);
const Kept = z.strictObject({
  ask: Ask,
  release: z.strictObject({
    grant: z.strictObject({ header: StreamHeader, wrappedKey: bytes }),
    streamKey: bytes,
    link: bytes,
    next: z.int(),
    done: z.int(),
  }),
});

export type ReleaseLedger = ReturnType<typeof createReleaseLedger>;

export function createReleaseLedger(database: Sqlite, vault: Vault, clock: Clock) {
  const byCopy = database.prepare<[string, number, number], SealedRow>(
    'SELECT stream_id, sealed FROM releases WHERE licence = ? AND copy = ? AND attempt = ?',
  );
  const byStream = database.prepare<[string], SealedRow>(
    'SELECT stream_id, sealed FROM releases WHERE stream_id = ?',
  );
  const ofOrder = database.prepare<[string], ReleaseRow>(
    'SELECT * FROM releases WHERE order_id = ? ORDER BY opened_ms, copy, attempt',
  );
  const put = database.prepare(
    `INSERT INTO releases (licence, copy, attempt, order_id, stream_id, sealed, chunks, released, printed, opened_ms, last_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (licence, copy, attempt) DO UPDATE
     SET sealed = excluded.sealed, released = excluded.released, printed = excluded.printed, last_ms = excluded.last_ms`,
  );
  const note = database.prepare(
    'INSERT OR REPLACE INTO release_words (stream_id, position, printed, head, signature, at_ms) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const words = database.prepare<[string], WordRow>(
    'SELECT position, printed, head, signature FROM release_words WHERE stream_id = ? ORDER BY position',
  );
  const stopped = database.prepare<[string], unknown>('SELECT 1 FROM release_stops WHERE licence = ?');
  const stop = database.prepare('INSERT OR IGNORE INTO release_stops (licence, stopped_ms) VALUES (?, ?)');
  const allow = database.prepare('DELETE FROM release_stops WHERE licence = ?');

  const opened = (row: SealedRow | undefined): KeptStream | undefined => {
    if (row === undefined) return undefined;
    const plain = vault.open(`release/${row.stream_id}`, new Uint8Array(row.sealed));
    const parsed = Kept.safeParse(plain === undefined ? undefined : parseCbor(plain));
    return parsed.success ? parsed.data : undefined;
  };
  return {
    ofCopy: ({ licence, copy, attempt }: Pick<ReleaseAsk, 'licence' | 'copy' | 'attempt'>) =>
      opened(byCopy.get(bytesToHex(licence), copy, attempt)),
    ofStream: (streamId: Bytes) => opened(byStream.get(bytesToHex(streamId))),
    ofOrder: (orderId: string): ReleaseRow[] => ofOrder.all(orderId),
    /** What the machines signed in the streams of an order, as they asked for one part after the other. */
    wordsOf: (orderId: string): ReleaseFile['streams'] =>
      ofOrder.all(orderId).flatMap(({ stream_id }) => {
        const kept = opened(byStream.get(stream_id));
        if (kept === undefined) return [];
        const said = words.all(stream_id).map(({ position, printed, head, signature }) => ({
          index: position,
          done: printed,
          head: new Uint8Array(head),
          signature: new Uint8Array(signature),
        }));
        return [{ header: kept.release.grant.header, words: said }];
      }),
    write(orderId: string, { ask, release, progress }: KeptStream): void {
      const { header } = release.grant;
      const streamId = bytesToHex(header.streamId);
      const nowMs = clock.nowMs();
      const sealed = vault.seal(`release/${streamId}`, encodeRecord({ ask, release }));
      database.transaction(() => {
        put.run(
          bytesToHex(ask.licence),
          ask.copy,
          ask.attempt,
          orderId,
          streamId,
          sealed,
          header.chunks,
          release.next,
          release.done,
          nowMs,
          nowMs,
        );
        if (progress === undefined) return;
        const { index, done, head, signature } = progress;
        note.run(streamId, index, done, head, signature, nowMs);
      })();
    },
    isStopped: (licence: Bytes): boolean => stopped.get(bytesToHex(licence)) !== undefined,
    stop: (licence: Bytes): void => void stop.run(bytesToHex(licence), clock.nowMs()),
    allow: (licence: Bytes): void => void allow.run(bytesToHex(licence)),
  };
}
