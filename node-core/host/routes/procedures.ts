// What the routes of all areas are made of. Refusals leave as the typed error FAULT; anything else that is thrown is a
// bug, logged, and leaves as an error without details.

import { implement, ORPCError } from '@orpc/server';
import { z } from 'zod';
import { contract } from '../../api/index.ts';
import type { Bytes, Fault, Result } from '../../base/index.ts';
import { defineFaults, FaultError } from '../../base/index.ts';
import type { Services } from '../composition/services.ts';
import { tooLarge } from '../services/uploads.ts';

const base = implement(contract);

/** The value, or the fault as the API's typed error. */
export function give<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw toApiError(result.fault);
}

/** A transaction that the chain took. */
export const sent = (result: Result<string>) => ({ txHash: give(result) });

function toApiError(fault: Fault): ORPCError<'FAULT', Fault> {
  return new ORPCError('FAULT', { defined: true, status: 422, message: fault.message, data: fault });
}

export async function toBytes(blob: Blob): Promise<Bytes> {
  return new Uint8Array(await blob.arrayBuffer());
}

export const blobOf = (bytes: Bytes, type: string) => new Blob([new Uint8Array(bytes)], { type });
export const MESH_TYPE = 'application/vnd.dipnet.mesh';

const apiFault = defineFaults('api', {
  'api.input': {
    message: 'The console does not accept the value of "{field}".',
    next: 'Correct it and try again.',
  },
});

/** Turns thrown faults, refused input and failures of the outer world into the typed error, and logs bugs. */
export function withFaults({ log, worldFault }: Services) {
  return base.use(async ({ next, path }) => {
    try {
      return await next();
    } catch (error) {
      if (error instanceof FaultError) throw toApiError(error.fault);
      const name = path.join('.');
      if (error instanceof ORPCError) {
        const refused = error.code === 'BAD_REQUEST' ? inputFault(name, error.data) : undefined;
        throw refused === undefined ? error : toApiError(refused);
      }
      log('error', 'api.failed', { path: name, error });
      const world = worldFault(error);
      throw world === undefined ? error : toApiError(world);
    }
  });
}

const Issues = z.object({
  issues: z.array(z.object({ code: z.string().optional(), path: z.array(z.unknown()).default([]) })).min(1),
});

/** The first thing that is wrong with an input; undefined where the error is about something else. */
function inputFault(procedure: string, data: unknown): Fault | undefined {
  const parsed = Issues.safeParse(data);
  const [issue] = parsed.success ? parsed.data.issues : [];
  if (issue === undefined) return undefined;
  const field = issue.path.map(String).join('.').slice(0, 60);
  if (procedure === 'uploads.begin' && field === 'sizeBytes' && issue.code === 'too_big') return tooLarge();
  return apiFault('api.input', { field: field === '' ? procedure : field });
}

export type Base = ReturnType<typeof withFaults>;
