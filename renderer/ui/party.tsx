// People, machines and hashes: picture, name and words together, the exact value one click away.

import { Tooltip } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useIntl } from 'react-intl';
import type { Party } from '../../node-core/api/index.ts';
import { shorten } from './format.ts';
import { addressWords, IDENTICON_SIZE, identiconOf } from './identicon.ts';
import styles from './ui.module.css';

export function Identicon({ address, size = 28 }: { address: string; size?: number }) {
  const { hue, cells } = identiconOf(address);
  return (
    <svg
      className={styles['identicon']}
      width={size}
      height={size}
      viewBox={`-1 -1 ${IDENTICON_SIZE + 2} ${IDENTICON_SIZE + 2}`}
      aria-hidden
      shapeRendering="crispEdges"
    >
      {cells.map((on, index) =>
        on ? (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: cells have no identity but their place
            key={index}
            x={index % IDENTICON_SIZE}
            y={Math.floor(index / IDENTICON_SIZE)}
            width={1}
            height={1}
            style={{ fill: `light-dark(hsl(${hue} 55% 42%), hsl(${hue} 55% 62%))` }}
          />
        ) : null,
      )}
    </svg>
  );
}

export function PartyChip({ party, size = 28 }: { party: Party; size?: number }) {
  return (
    <Tooltip label={party.address} events={{ hover: true, focus: true, touch: true }}>
      <span className={styles['party']}>
        <Identicon address={party.address} size={size} />
        <span className={styles['partyText']} translate="no">
          <span className={styles['partyName']}>{party.name || party.handle || shorten(party.address)}</span>
          <span className={styles['partyWords']}>
            {party.handle === undefined || party.name === '' ? null : (
              <span className={styles['partyHandle']}>{party.handle}</span>
            )}{' '}
            {addressWords(party.address)}
          </span>
        </span>
      </span>
    </Tooltip>
  );
}

const COPIED_MS = 1_500;

/** Copies text; `copied` is true for a moment after. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return {
    copied,
    copy: (text) => {
      navigator.clipboard.writeText(text).then(
        () => setCopied(true),
        () => undefined,
      );
    },
  };
}

/** A hash or address, shortened; a click copies the whole. */
export function Hash({ value, head, tail }: { value: string; head?: number; tail?: number }) {
  const intl = useIntl();
  const { copied, copy } = useCopy();
  const short = shorten(value, head, tail);
  return (
    <Tooltip label={copied ? intl.formatMessage({ id: 'ui.copied' }) : value} maw={480} multiline>
      <button
        type="button"
        translate="no"
        className={styles['hash']}
        onClick={() => copy(value)}
        aria-label={intl.formatMessage({ id: copied ? 'ui.hash.copied' : 'ui.hash.copy' }, { short, value })}
      >
        {short}
        {copied ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden opacity={0.6} />}
      </button>
    </Tooltip>
  );
}
