// Why a station did not take a message: what it said, kept as it came, and what that is in the words of this console, in the
// language of whoever reads it. Codes that nobody here knows keep the station's own words in a detail.

import type { Fault } from '../../base/index.ts';
import { microToDecimal } from '../../base/index.ts';
import type { Content } from '../../dimp/index.ts';
import { commandFields, parseJsonObject } from '../../dimp/index.ts';
import { Price } from '../../dimp/station/index.ts';
import { refusalFault } from './refusal-faults.ts';

/** What a station said; `text` is its own sentence. */
export type Refusal = {
  readonly text: string;
  readonly code?: string;
  readonly workBits?: number;
  readonly stakeMicro?: string;
};

const TEXT_CHARS_MAX = 500;
const CODE_CHARS_MAX = 100;
/** Stations of other programs refuse in words alone. */
const BLOCKED_TEXT = 'Message is blocked';

/** Undefined for receipts that refuse nothing. */
export function readRefusal(content: Content): Refusal | undefined {
  const text = commandFields(content, 'receipt')?.text;
  const said = content.json['code'];
  const code = typeof said === 'string' && said.length <= CODE_CHARS_MAX ? said : undefined;
  const isRefusal = typeof said === 'string' || text?.startsWith(BLOCKED_TEXT) === true;
  if (!isRefusal || text === undefined) return undefined;
  const price = Price.safeParse(content.json['price']);
  const { workBits, stakeMicro } = price.success ? price.data : {};
  return {
    text: text.slice(0, TEXT_CHARS_MAX),
    ...(code === undefined ? {} : { code }),
    ...(workBits === undefined ? {} : { workBits }),
    ...(stakeMicro === undefined ? {} : { stakeMicro: String(stakeMicro) }),
  };
}

/** As it is kept. */
export const refusalToText = (refusal: Refusal): string => JSON.stringify(refusal);

/** What was kept; older files have the sentence alone. */
export function parseRefusal(kept: string): Refusal {
  const parsed = parseJsonObject(kept);
  return parsed.ok ? (JSON.parse(kept) as Refusal) : { text: kept };
}

/** The refusal for people; `name` is what they call the receiver. */
export function explainRefusal({ code, text, workBits, stakeMicro }: Refusal, name: string): Fault {
  if (code === 'station.blocked' || (code === undefined && text.startsWith(BLOCKED_TEXT)))
    return refusalFault('refused.blocked', { name });
  if (code === 'station.full') return refusalFault('refused.full', { name });
  if (code === 'station.store') return refusalFault('refused.store', { name });
  if (code === 'station.circle') return refusalFault('refused.circle');
  if (code === 'station.group') return refusalFault('refused.group');
  if (code === 'station.sender') return refusalFault('refused.sender');
  const stakeDpn = stakeMicro === undefined ? undefined : microToDecimal(BigInt(stakeMicro));
  if (code === 'station.stake' && stakeDpn !== undefined)
    return refusalFault('refused.unproven', { name, stakeDpn });
  if (code === 'station.price' && stakeDpn !== undefined)
    return refusalFault('refused.stake', { name, stakeDpn });
  if (code === 'station.price' && workBits !== undefined)
    return refusalFault('refused.work', { name, workBits: String(workBits) });
  return refusalFault('refused.other', { said: code === undefined ? text : `${text} (${code})` });
}
