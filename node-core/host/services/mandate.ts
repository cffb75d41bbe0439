// What a job is made under. An order's licence says who may make how many copies and is used up on chain; a file of the
// owner's own needs nobody's leave. Production asks the mandate and does not know which of the two it has.

import type { Result } from '../../base/index.ts';
import type { Job } from '../../jobs/index.ts';
import type { JobSource } from '../adapters/machine-service.ts';

/** A print file as it lies encrypted, with its key. */
export type SealedSource = Extract<JobSource, { readonly kind: 'sealed' }>;

/** What the mandate's own books say of a copy; `open`: it was begun and its end is not written there. */
export type CopyInBooks = 'untouched' | 'open' | 'finished' | 'ended';

export interface Mandate {
  /** The file belongs to somebody else, who allowed copies of it and nothing more. */
  readonly isEntrusted: boolean;
  source(): Promise<Result<SealedSource>>;
  copy(job: Job): Promise<Result<CopyInBooks>>;
  /** Before anything moves: the copy is used up. */
  spend(job: Job): Promise<Result<void>>;
  /** After the record of the attempt is complete. */
  report(job: Job): Promise<Result<void>>;
}
