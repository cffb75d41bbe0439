// What both sides of the reading worker say of a file that cannot be read; the console’s own fault of this code.

import type { Fault } from '../../node-core/base/index.ts';

export const UNREADABLE: Fault = {
  code: 'console.file.unreadable',
  message: 'This file could not be read from your disk.',
  next: 'Check that it still exists and that you may open it, then choose it again.',
};
