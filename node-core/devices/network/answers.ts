// Reads what a print host answers: JSON of bounded meaning, in which anything may be missing or of the wrong kind.

import { z } from 'zod';
import type { Bytes, Result } from '../../base/index.ts';
import { ok, refuse, utf8ToBytes } from '../../base/index.ts';
import { printhostFault } from './faults.ts';
import { REASON_CHARS_MAX } from './limits.ts';
import type { HttpResponse } from './ports.ts';

/** A number that may be missing, null or nonsense; only finite ones pass. */
export const looseNumber = z.number().optional().catch(undefined);
export const looseText = z.string().optional().catch(undefined);

const utf8 = new TextDecoder('utf-8');

export function parseAnswer<T>(shape: z.ZodType<T>, text: Bytes | string): Result<T> {
  let value: unknown;
  try {
    value = JSON.parse(typeof text === 'string' ? text : utf8.decode(text));
  } catch {
    return refuse(printhostFault('printhost.unreadable'));
  }
  const parsed = shape.safeParse(value);
  return parsed.success ? ok(parsed.data) : refuse(printhostFault('printhost.unreadable'));
}

/** A stranger's words as one short line without control characters. */
export function plainWords(text: string | undefined, fallback: string): string {
  const plain = [...(text ?? '')]
    .map((char) => ((char.codePointAt(0) ?? 0) < 32 || char === '\u007f' ? ' ' : char))
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, REASON_CHARS_MAX);
  return plain === '' ? fallback : plain;
}

/**
 * The body of a 2xx answer. "Not you" is the key's fault, the rest is the host's refusal; what 403 means is the host's
 * own: OctoPrint says so to a wrong key, Moonraker to a file that may not be touched.
 */
export function accepted(response: HttpResponse, notYou: readonly number[] = [401, 403]): Result<Bytes> {
  const { status } = response;
  if (status >= 200 && status < 300) return ok(response.body);
  if (notYou.includes(status)) return refuse(printhostFault('printhost.key.refused'));
  return refuse(printhostFault('printhost.refused', { reason: refusalReason(response) }));
}

const Refusal = z.object({
  error: z.union([z.string(), z.object({ message: z.string() })]).optional(),
  message: z.string().optional(),
  title: z.string().optional(),
});

function refusalReason({ status, body }: HttpResponse): string {
  const parsed = parseAnswer(Refusal, body);
  const said = parsed.ok ? (parsed.value.error ?? parsed.value.message ?? parsed.value.title) : undefined;
  return plainWords(typeof said === 'object' ? said.message : said, `it answered ${status}.`);
}

export function jsonBody(value: unknown): readonly Bytes[] {
  return [utf8ToBytes(JSON.stringify(value))];
}

/** A form with one file and some fields; the file's bytes are not copied. `boundary` must not occur in them. */
export function formBody(
  boundary: string,
  fields: Readonly<Record<string, string>>,
  file: string,
  content: Bytes,
): readonly Bytes[] {
  const head = Object.entries(fields)
    .map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('');
  const opening = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${file}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return [utf8ToBytes(head + opening), content, utf8ToBytes(`\r\n--${boundary}--\r\n`)];
}
