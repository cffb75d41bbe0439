// How key packages that are used once travel between a device and the station that gives them out: the contents, in a form
// that stations which do not know them refuse in words. What is in a package, and who vouches for it, is no matter of the
// station's: whoever gets one proves it.

import { z } from 'zod';
import { readId } from './documents.ts';
import type { DimpId } from './ids.ts';
import type { JsonObject } from './json.ts';

/** Packages of one device at its station: a stranger's first message uses one, and they are refilled while it is here. */
export const PACKAGES_MAX = 32;
/** In one content. */
export const PACKAGES_AT_ONCE_MAX = 8;
/** Devices that one question is about: as many as a mailbox has. */
const DEVICES_ASKED_MAX = 8;
const PACKAGE_CHARS_MAX = 4096;

const ABOUT = { app: 'dipnet', mod: 'packages' } as const;
const about = { app: z.literal(ABOUT.app), mod: z.literal(ABOUT.mod) };
const Terminal = z.string().min(1).max(64);
/** What a device calls one of its packages. */
const Name = z.string().regex(/^[0-9a-f]{1,64}$/);
const Text = z.string().min(1).max(PACKAGE_CHARS_MAX);
const Did = z.string().transform((text, context) => {
  const id = readId(text);
  if (id !== undefined) return id;
  context.addIssue('no ID');
  return z.NEVER;
});

/** What a station is asked: a device brings some and takes others back, or somebody wants one of each device of an ID. */
export const PackageQuestion = z.discriminatedUnion('act', [
  z.object({
    ...about,
    act: z.literal('put'),
    terminal: Terminal,
    packages: z.array(z.object({ name: Name, package: Text })).max(PACKAGES_AT_ONCE_MAX),
    drop: z.array(Name).max(PACKAGES_MAX),
  }),
  z.object({
    ...about,
    act: z.literal('take'),
    did: Did,
    terminals: z.array(Terminal).max(DEVICES_ASKED_MAX),
  }),
]);
export type PackageQuestion = z.infer<typeof PackageQuestion>;

/** What it answers: what it has of a device, or what it gives; nothing of a device where nothing is left. */
export const PackageAnswer = z.discriminatedUnion('act', [
  z.object({ ...about, act: z.literal('kept'), terminal: Terminal, names: z.array(Name).max(PACKAGES_MAX) }),
  z.object({ ...about, act: z.literal('given'), did: Did, packages: z.array(Text).max(DEVICES_ASKED_MAX) }),
]);
export type PackageAnswer = z.infer<typeof PackageAnswer>;

/** What a station asks a neighbour for, whose user somebody wants to write to, and what that one answers. */
export const PackageErrand = z.discriminatedUnion('act', [
  z.object({
    ...about,
    act: z.literal('fetch'),
    errand: Name,
    did: Did,
    asker: Did,
    terminals: z.array(Terminal).max(DEVICES_ASKED_MAX),
  }),
  z.object({
    ...about,
    act: z.literal('fetched'),
    errand: Name,
    packages: z.array(Text).max(DEVICES_ASKED_MAX),
  }),
]);
export type PackageErrand = z.infer<typeof PackageErrand>;

export type NamedPackage = { readonly name: string; readonly package: string };

/** Brings packages and takes others back; with none of both it asks what the station has. */
export const putPackages = (
  terminal: string,
  packages: readonly NamedPackage[],
  drop: readonly string[],
): JsonObject => ({
  ...ABOUT,
  act: 'put',
  terminal,
  packages: packages.map((one) => ({ ...one })),
  drop: [...drop],
});

export const takePackages = (did: DimpId, terminals: readonly string[]): JsonObject => ({
  ...ABOUT,
  act: 'take',
  did: did.bare,
  terminals: terminals.slice(0, DEVICES_ASKED_MAX),
});

export const fetchPackages = (
  errand: string,
  did: DimpId,
  asker: DimpId,
  terminals: readonly string[],
): JsonObject => ({
  ...ABOUT,
  act: 'fetch',
  errand,
  did: did.bare,
  asker: asker.bare,
  terminals: [...terminals],
});

export const fetchedPackages = (errand: string, packages: readonly string[]): JsonObject => ({
  ...ABOUT,
  act: 'fetched',
  errand,
  packages: [...packages],
});

export const keptPackages = (terminal: string, names: readonly string[]): JsonObject => ({
  ...ABOUT,
  act: 'kept',
  terminal,
  names: [...names],
});

export const givenPackages = (did: DimpId, packages: readonly string[]): JsonObject => ({
  ...ABOUT,
  act: 'given',
  did: did.bare,
  packages: [...packages],
});
