// The three states of truth, never merged: only here, handed to the chain, proven to the light node.

import { Tooltip } from '@mantine/core';
import { CircleDashed, SendHorizontal, ShieldCheck } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { Truth } from '../../node-core/api/index.ts';
import styles from './ui.module.css';

const ICONS = { local: CircleDashed, sent: SendHorizontal, verified: ShieldCheck };

export function TruthBadge({ truth, height }: { truth: Truth; height?: number | undefined }) {
  const intl = useIntl();
  const Icon = ICONS[truth];
  const shown = truth === 'local' ? undefined : height;
  return (
    <Tooltip
      label={intl.formatMessage({ id: `ui.truth.${truth}.explained` })}
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <span className={`${styles['badge']} ${styles[truth]}`}>
        <Icon size={14} aria-hidden />
        {shown === undefined ? (
          <FormattedMessage id={`ui.truth.${truth}`} />
        ) : (
          <FormattedMessage id={`ui.truth.${truth}.height`} values={{ height: shown }} />
        )}
      </span>
    </Tooltip>
  );
}
