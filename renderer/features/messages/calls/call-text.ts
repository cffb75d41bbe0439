// How a call went, in words.

import type { IntlShape } from 'react-intl';
import type { CallEntryView } from '../../../../node-core/api/index.ts';

/** `3:07`, `1:00:00`. */
export function clockText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export function callText(
  intl: IntlShape,
  { incoming, video, outcome, lengthMs, lost }: CallEntryView,
): string {
  const kind = video ? 'video' : 'voice';
  if (outcome === 'talked') {
    const id = lost ? 'messages.call.line.lost' : 'messages.call.line.talked';
    return intl.formatMessage({ id }, { kind, length: clockText(lengthMs) });
  }
  return intl.formatMessage({ id: `messages.call.line.${incoming ? 'in' : 'out'}.${outcome}` }, { kind });
}
