// Why a CometBFT process ended, from its last lines. The patterns are texts of CometBFT v0.38.25; what matches none is
// told with its last error as it stands.

import type { Fault } from '../../base/index.ts';
import { cometbftFault } from './faults.ts';
import { parseLogLine } from './log-lines.ts';

const REASON_CHARS_MAX = 300;

/** `how` is the exit code or the signal. */
export function explainEnd(tail: readonly string[], how: string): Fault {
  const text = tail.join('\n');
  const listen = /listen \w+ ([\d.:[\]a-fA-F]+): bind: address already in use/.exec(text);
  if (listen !== null) return cometbftFault('cometbft.node.port', { address: listen[1] ?? '?' });
  if (/resource temporarily unavailable|database is locked|already locked/.test(text))
    return cometbftFault('cometbft.node.locked');
  if (
    /app ?hash (does not match|mismatch)|state\.AppHash does not match|wrong Block\.Header\.AppHash/i.test(
      text,
    )
  )
    return cometbftFault('cometbft.node.app-hash');
  if (/ErrSignatureFoundInPastBlocks|found signature from the same key/i.test(text))
    return cometbftFault('cometbft.node.double-sign');
  return cometbftFault('cometbft.node.ended', { how, reason: lastError(tail) });
}

function lastError(tail: readonly string[]): string {
  const panic = tail.find((line) => /^panic:|^fatal error:/.test(line));
  if (panic !== undefined) return panic.slice(0, REASON_CHARS_MAX);
  const entry = tail
    .map(parseLogLine)
    .filter(({ level }) => level === 'error')
    .at(-1);
  if (entry === undefined) return (tail.at(-1) ?? 'it said nothing').slice(0, REASON_CHARS_MAX);
  const cause = entry.data['err'] ?? entry.data['error'];
  return (cause === undefined ? entry.text : `${entry.text}: ${String(cause)}`).slice(0, REASON_CHARS_MAX);
}
