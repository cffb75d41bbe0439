// One-time key packages at a station: devices bring them, each is given to one person and is gone from the disk before it
// leaves. Who asks for many gets few: nobody is to use up somebody's packages, and those whom they have written to find
// some when strangers have taken theirs.

import type { Content, DimpId, JsonObject } from '../index.ts';
import { givenPackages, keptPackages, PACKAGES_MAX, PackageQuestion } from '../index.ts';
import type { Bucket } from './policy.ts';
import { drawFrom } from './policy.ts';
import type { StationStore } from './store.ts';

export type PackageDeskParts = {
  readonly store: StationStore;
  readonly nowMs: () => number;
  /** Carried out with the next flush. */
  readonly later: (write: () => void) => void;
  /** More may be stored. */
  readonly hasRoom: () => boolean;
};

/** Of a device's packages, those that strangers do not get. */
export const RESERVED = 3;
/** Times that one asks for the packages of another, at once and an hour. */
const PAIR = { burst: 4, perHour: 2 };
/** … that all strangers together do, … */
const STRANGERS = { burst: 16, perHour: 8 };
/** … and that one asks for anybody's: a group of 500 is written to at once. */
const ASKER = { burst: 1000, perHour: 200 };
const BUCKETS_MAX = 20_000;
/** A device that did not come back for so long has forgotten their keys. */
export const PACKAGE_AGE_MS = 60 * 24 * 3_600_000;

export type PackageDesk = ReturnType<typeof createPackageDesk>;

export function createPackageDesk({ store, nowMs, later, hasRoom }: PackageDeskParts) {
  const buckets = new Map<string, Bucket>();

  function isPaced(name: string, { burst, perHour }: typeof PAIR): boolean {
    const bucket = buckets.get(name) ?? { level: burst, filledMs: nowMs() };
    if (!buckets.has(name) && buckets.size >= BUCKETS_MAX) buckets.clear();
    buckets.set(name, bucket);
    if (drawFrom(bucket, 1, perHour / 3600, burst, nowMs()) === 0) return true;
    // What is refused costs nothing: who asks too often is not kept waiting for longer and longer.
    bucket.level += 1;
    return false;
  }

  function give(did: DimpId, terminals: readonly string[], asker: DimpId): readonly string[] {
    const isKnown = asker.bare === did.bare || store.isListed(did.bare, 'known', asker.bare);
    const mayAsk =
      isPaced(`a ${asker.bare}`, ASKER) &&
      isPaced(`p ${asker.bare} ${did.bare}`, PAIR) &&
      (isKnown || isPaced(`s ${did.bare}`, STRANGERS));
    if (!mayAsk) return [];
    return [...new Set(terminals)].flatMap((terminal) => {
      if (!isKnown && store.packages(did.bare, terminal).length <= RESERVED) return [];
      return store.takePackage(did.bare, terminal) ?? [];
    });
  }

  return {
    /** Fields of the answer, which is known when what it says is on disk; undefined where nothing of this was asked. */
    take(content: Content, asker: DimpId): Promise<JsonObject> | undefined {
      const read = PackageQuestion.safeParse(content.json);
      if (!read.success) return undefined;
      const question = read.data;
      return new Promise((resolve) => {
        later(() => {
          if (question.act === 'take') {
            resolve(givenPackages(question.did, give(question.did, question.terminals, asker)));
            return;
          }
          const { terminal, packages, drop } = question;
          for (const name of drop) store.dropPackage(asker.bare, terminal, name);
          const free = hasRoom() ? PACKAGES_MAX - store.packages(asker.bare, terminal).length : 0;
          for (const one of packages.slice(0, free))
            store.putPackage(asker.bare, { terminal, name: one.name, text: one.package, timeMs: nowMs() });
          resolve(keptPackages(terminal, store.packages(asker.bare, terminal)));
        });
      });
    },
  };
}
