// Every failure of a call as a fault for people: the core's own faults pass through, the rest (a lost connection, a
// refused request, a bug) gets one of the faults below. Translated by code like all others.

import type { Fault } from './types.ts';

/** Faults that this side of the API makes. English; other languages come from the message files. */
export const PAGE_FAULTS = {
  'console.connection.lost': {
    message: 'The console’s core is not answering right now.',
    next: 'Wait a moment: the page reconnects by itself. If it stays away, restart the console.',
  },
  'console.session.ended': {
    message: 'This page is not signed in to the console.',
    next: 'Open the link that the console printed when it started, or start it again for a new link.',
  },
  'console.request.refused': {
    message: 'The console’s core did not accept what this page sent.',
    next: 'Check what you entered. If it looks right, copy the report and tell the project.',
  },
  'console.stopped': {
    message: 'This was stopped before it was done.',
    next: 'Nothing was changed. Start again when you are ready.',
  },
  'console.unexpected': {
    message: 'Something went wrong that the console did not expect.',
    next: 'Try again. If it happens twice, copy the report and tell the project.',
  },
  'console.page.broken': {
    message: 'This page stopped because of a mistake in the console.',
    next: 'Reload the page: nothing that was saved is lost. Please copy the report and tell the project.',
  },
  'console.file.too-large': {
    message: 'This file is larger than {limitMb} MB.',
    next: 'Export the model with a coarser resolution.',
  },
  'console.film.failed': {
    message: 'This browser could not make the film.',
    next: 'Try it in the desktop console, or in a newer browser. The pictures stay here.',
  },
  'console.file.unreadable': {
    message: 'This file could not be read from your disk.',
    next: 'Check that it still exists and that you may open it, then choose it again.',
  },
} as const;

export type PageFaultCode = keyof typeof PAGE_FAULTS;

export function pageFault(code: PageFaultCode, data?: Fault['data']): Fault {
  const { message, next } = PAGE_FAULTS[code];
  if (data === undefined) return { code, message, next };
  return { code, message: fillText(message, data), next: fillText(next, data), data };
}

function fillText(text: string, data: NonNullable<Fault['data']>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(data[name] ?? whole));
}

/** Thrown by the transport while there is no connection. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** The fault to show for anything that a call threw. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ConnectionLostError) return pageFault('console.connection.lost');
  if (!isObject(error)) return pageFault('console.unexpected', { detail: String(error) });
  if (isFault(error)) return error;
  const { code, data, name, message } = error;
  if (code === 'FAULT' && isFault(data)) return data;
  if (code === 'BAD_REQUEST') return pageFault('console.request.refused', { detail: String(message) });
  if (code === 'UNAUTHORIZED' || code === 'FORBIDDEN') return pageFault('console.session.ended');
  if (name === 'AbortError') return pageFault('console.stopped');
  return pageFault('console.unexpected', { detail: String(message ?? name) });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isFault(value: unknown): value is Fault {
  return (
    isObject(value) &&
    typeof value['code'] === 'string' &&
    typeof value['message'] === 'string' &&
    typeof value['next'] === 'string'
  );
}
