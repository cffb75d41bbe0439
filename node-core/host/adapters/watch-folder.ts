// What the console, its watchdog and its next start know of each other, as files: one for each port with a hot machine,
// written before it gets hot and removed when it is safe; and reports of what was done to machines left alone.
// Whoever holds the port's lock acts; whoever acted removes the file.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A serial machine that may be hot, and what is needed to make it safe. */
export const ArmedPort = z.object({
  machineId: z.string().max(200),
  path: z.string().max(4096),
  baudRate: z.int().positive(),
  /** Its axes know where they are, so that it may be moved aside. */
  homed: z.boolean(),
  /** A machine that cuts, which is made safe in another way. */
  cuts: z.literal(true).optional(),
});
export type ArmedPort = z.infer<typeof ArmedPort>;

export const WatchReport = z.object({
  machineId: z.string().max(200),
  path: z.string().max(4096),
  /** `unreached`: the port could not be opened. `tool-off`: a machine that cuts. The others as makeSafe says. */
  end: z.enum(['parked', 'off', 'tool-off', 'stopped', 'silent', 'unreached']),
  by: z.enum(['watchdog', 'next start', 'console']),
  atMs: z.int().nonnegative(),
  detail: z.string().max(300),
});
export type WatchReport = z.infer<typeof WatchReport>;

export class WatchFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    for (const name of ['armed', 'reports']) mkdirSync(join(path, name), { recursive: true, mode: 0o700 });
  }

  /** On disk before it returns. */
  arm(port: ArmedPort): void {
    write(join(this.path, 'armed'), fileName(port.machineId), port);
  }

  disarm(machineId: string): void {
    rmSync(join(this.path, 'armed', fileName(machineId)), { force: true });
  }

  armed(): readonly ArmedPort[] {
    return readAll(join(this.path, 'armed'), ArmedPort);
  }

  isArmed(machineId: string): boolean {
    return this.armed().some((port) => port.machineId === machineId);
  }

  report(report: WatchReport): void {
    write(join(this.path, 'reports'), fileName(report.machineId), report);
  }

  /** Each is given once; a machine has its newest. */
  takeReports(): readonly WatchReport[] {
    const folder = join(this.path, 'reports');
    const reports = readAll(folder, WatchReport);
    for (const { machineId } of reports) rmSync(join(folder, fileName(machineId)), { force: true });
    return reports;
  }
}

/** Under another name first: whoever reads never sees half a file. */
function write(folder: string, name: string, content: object): void {
  const draft = join(folder, `${name}.draft`);
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600, flush: true });
  renameSync(draft, join(folder, name));
}

function readAll<T>(folder: string, shape: z.ZodType<T>): T[] {
  const found: T[] = [];
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.json')) continue;
    try {
      const parsed = shape.safeParse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
      if (parsed.success) found.push(parsed.data);
    } catch {
      // Removed this moment by whoever acted, or damaged: nothing can be done with it.
    }
  }
  return found;
}

/** Any machine id as the name of a file. */
function fileName(machineId: string): string {
  return `${Buffer.from(machineId).toString('hex').slice(0, 200)}.json`;
}
