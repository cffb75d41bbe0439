// What a job is made under. An order's licence says who may make how many copies and is used up on chain; a file of the
// owner's own needs nobody's leave. Production asks the mandate and does not know which of the two it has.

import type { Bytes, Result } from '../../base/index.ts';
import type { Job } from '../../jobs/index.ts';
import type { JobSource } from '../adapters/machine-service.ts';

/** A print file as it lies encrypted, with its key. */
export type SealedSource = Extract<JobSource, { readonly kind: 'sealed' }>;

/** A print file that stays with its designer, who releases it while it prints: between which accounts, and by what. */
export type RemoteSource = {
  readonly kind: 'remote';
  /** Of the machine, on this console. */
  readonly owner: string;
  readonly designer: string;
  readonly licence: Bytes;
};

/** What the mandate's own books say of a copy; `open`: it was begun and its end is not written there. */
export type CopyInBooks = 'untouched' | 'open' | 'finished' | 'ended';

export interface Mandate {
  /** The file belongs to somebody else, who allowed copies of it and nothing more. */
  readonly isEntrusted: boolean;
  source(): Promise<Result<SealedSource | RemoteSource>>;
  copy(job: Job): Promise<Result<CopyInBooks>>;
  /** Before anything moves: the copy is used up. */
  spend(job: Job): Promise<Result<void>>;
  /** After the record of the attempt is complete. */
  report(job: Job): Promise<Result<void>>;
}
