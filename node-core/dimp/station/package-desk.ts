// One-time key packages at a station: devices bring them, each is given to one person and is gone from the disk before it
// leaves. Who asks for many gets few: nobody is to use up somebody's packages, and those whom they have written to find
// some when strangers have taken theirs.

import type { Content, DimpId, JsonObject } from '../index.ts';
import {
  fetchedPackages,
  fetchPackages,
  givenPackages,
  keptPackages,
  PACKAGES_MAX,
  PackageErrand,
  PackageQuestion,
} from '../index.ts';
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
  /** The neighbour where somebody says to be, while it is there. */
  readonly neighbourOf: (user: DimpId) => DimpId | undefined;
  readonly tellNeighbour: (neighbour: DimpId, fields: JsonObject) => void;
};

type Errand = {
  readonly to: string;
  readonly sinceMs: number;
  readonly done: (packages: readonly string[]) => void;
};

/** What a neighbour is asked for and how long it is waited for: less than who asks waits for this station. */
const ERRANDS_MAX = 1000;
const ERRAND_MS = 3000;
/** What a neighbour asks for is for somebody who waits: nothing that was under way for longer. */
const ERRAND_AGE_S = 60;

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

export function createPackageDesk(parts: PackageDeskParts) {
  const { store, nowMs, later, hasRoom, tellNeighbour } = parts;
  const isPaced = createPaces(nowMs);
  const errands = createErrands(parts);

  /** Whom a neighbour says that it asks for is a stranger, whoever it is. */
  function give(
    did: DimpId,
    terminals: readonly string[],
    asker: DimpId,
    neighbour?: DimpId,
  ): readonly string[] {
    const isFamiliar = asker.bare === did.bare || store.isListed(did.bare, 'known', asker.bare);
    const isKnown = isFamiliar && neighbour === undefined;
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

  function bring(owner: DimpId, { terminal, packages, drop }: Brought): JsonObject {
    for (const name of drop) store.dropPackage(owner.bare, terminal, name);
    const free = hasRoom() ? PACKAGES_MAX - store.packages(owner.bare, terminal).length : 0;
    for (const one of packages.slice(0, free))
      store.putPackage(owner.bare, { terminal, name: one.name, text: one.package, timeMs: nowMs() });
    return keptPackages(terminal, store.packages(owner.bare, terminal));
  }

  return {
    /** Fields of the answer, which is known when what it says is on disk; undefined where nothing of this was asked. */
    take(content: Content, asker: DimpId): Promise<JsonObject> | undefined {
      const read = PackageQuestion.safeParse(content.json);
      if (!read.success) return undefined;
      const question = read.data;
      if (question.act === 'put')
        return new Promise((resolve) => later(() => resolve(bring(asker, question))));
      const { did, terminals } = question;
      const isHere = terminals.some((terminal) => store.packages(did.bare, terminal).length > 0);
      const sent =
        isHere || !isPaced(`f ${asker.bare}`, ASKER) ? undefined : errands.send(did, terminals, asker);
      if (sent !== undefined) return sent.then((packages) => givenPackages(did, packages));
      return new Promise((resolve) => later(() => resolve(givenPackages(did, give(did, terminals, asker)))));
    },

    /** True where a neighbour asked for packages, or brought some. `key` is the same for the same message. */
    hear(content: Content, neighbour: DimpId, { key, timeS }: { key: string; timeS: number }): boolean {
      const read = PackageErrand.safeParse(content.json);
      if (!read.success) return false;
      const said = read.data;
      if (said.act === 'fetched') errands.arrived(said.errand, said.packages, neighbour);
      else if (Math.abs(nowMs() / 1000 - timeS) <= ERRAND_AGE_S && errands.isFirst(key))
        later(() => {
          const packages = give(said.did, said.terminals, said.asker, neighbour);
          // When it is on disk.
          void Promise.resolve().then(() => tellNeighbour(neighbour, fetchedPackages(said.errand, packages)));
        });
      return true;
    },

    tick: errands.tick,
  };
}

type Brought = Extract<PackageQuestion, { act: 'put' }>;

function createPaces(nowMs: () => number) {
  const buckets = new Map<string, Bucket>();
  return (name: string, { burst, perHour }: typeof PAIR): boolean => {
    const bucket = buckets.get(name) ?? { level: burst, filledMs: nowMs() };
    if (!buckets.has(name) && buckets.size >= BUCKETS_MAX) buckets.clear();
    buckets.set(name, bucket);
    if (drawFrom(bucket, 1, perHour / 3600, burst, nowMs()) === 0) return true;
    // What is refused costs nothing: who asks too often is not kept waiting for longer and longer.
    bucket.level += 1;
    return false;
  };
}

/** Questions of users here about users of neighbours, and what came twice from neighbours. */
function createErrands({ nowMs, neighbourOf, tellNeighbour }: PackageDeskParts) {
  const waiting = new Map<string, Errand>();
  const heard = new Set<string>();
  let count = 0;
  return {
    /** Asks the neighbour where somebody is; undefined where nobody can be asked. */
    send(did: DimpId, terminals: readonly string[], asker: DimpId): Promise<readonly string[]> | undefined {
      const neighbour = neighbourOf(did);
      if (neighbour === undefined || waiting.size >= ERRANDS_MAX) return undefined;
      count += 1;
      const errand = count.toString(16);
      return new Promise((done) => {
        waiting.set(errand, { to: neighbour.bare, sinceMs: nowMs(), done });
        tellNeighbour(neighbour, fetchPackages(errand, did, asker, terminals));
      });
    },
    arrived(name: string, packages: readonly string[], from: DimpId): void {
      const errand = waiting.get(name);
      if (errand?.to !== from.bare) return;
      waiting.delete(name);
      errand.done(packages);
    },
    /** Neighbours have two connections, and what comes over both is one question. */
    isFirst(key: string): boolean {
      if (heard.has(key)) return false;
      heard.add(key);
      for (const old of heard) if (heard.size > ERRANDS_MAX) heard.delete(old);
      return true;
    },
    /** Nobody waits for a neighbour for long. */
    tick(): void {
      for (const [name, { sinceMs, done }] of waiting) {
        if (nowMs() - sinceMs < ERRAND_MS) continue;
        waiting.delete(name);
        done([]);
      }
    },
  };
}
