// A link of the evidence that does not hold.

import type { Result } from '../base/index.ts';

export class LinkBroken extends Error {
  override readonly name = 'LinkBroken';
  /** The link it belongs to, where that is another one than the one being checked. */
  readonly link: string | undefined;
  constructor(reason: string, link?: string) {
    super(reason);
    this.link = link;
  }
}

/** The value, or the fault's sentence as the reason why the link is broken. */
export function holds<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new LinkBroken(result.fault.message);
}

/** @throws LinkBroken with `reason` where the condition is false. */
export function requires(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new LinkBroken(reason);
}

/** As `holds`, blaming the given link. */
export function holdsFor<T>(link: string, result: Result<T>): T {
  if (result.ok) return result.value;
  throw new LinkBroken(result.fault.message, link);
}
