// A machine's state as colour, icon and word together.

import {
  CircleCheck,
  CircleStop,
  Flame,
  LoaderCircle,
  Pause,
  Play,
  TriangleAlert,
  Unplug,
} from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import styles from './farm.module.css';

const ICONS = {
  offline: Unplug,
  connecting: LoaderCircle,
  idle: CircleCheck,
  heating: Flame,
  printing: Play,
  pausing: Pause,
  paused: Pause,
  cancelling: CircleStop,
  fault: TriangleAlert,
} as const;

export function StateBadge({
  machine: { state, process },
}: {
  machine: Pick<MachineView, 'state' | 'process'>;
}) {
  const Icon = ICONS[state];
  return (
    <span className={styles['state']} data-state={state}>
      <Icon size={14} aria-hidden />
      <FormattedMessage
        id={state === 'printing' && process !== 'fdm' ? 'farm.state.printing.cutter' : `farm.state.${state}`}
      />
    </span>
  );
}

/** A print is under way, in whatever phase. */
export function isBusy(state: MachineView['state']): boolean {
  return ['heating', 'printing', 'pausing', 'paused', 'cancelling'].includes(state);
}
