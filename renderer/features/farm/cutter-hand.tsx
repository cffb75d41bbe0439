// A mill or a laser by hand: homed or unlocked, moved within its soft limits, its tool switched off, and the zero of the
// file set where the tool stands.

import { Button, Group, Text } from '@mantine/core';
import { House, LockOpen } from 'lucide-react';
import { FormattedMessage } from 'react-intl';
import type { MachineView } from '../../../node-core/api/index.ts';
import { jogLine, zeroLine } from './hand-lines.ts';
import { JogPad } from './jog-pad.tsx';

export type CutterHandProps = {
  readonly machine: MachineView;
  readonly send: (...lines: readonly string[]) => void;
  /** Not ready to be moved. */
  readonly disabled: boolean;
  /** A command is on its way. */
  readonly busy: boolean;
};

export function CutterHand({ machine, send, disabled, busy }: CutterHandProps) {
  // Homing and unlocking are what ends a lock.
  const locked = machine.state === 'fault';
  const noHoming = (disabled && !locked) || busy;
  const feedMax = machine.cutter?.feedMmPerMinMax ?? 1_000;
  return (
    <>
      <JogPad disabled={disabled} onMove={(axis, mm) => send(jogLine(axis, mm, feedMax))}>
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<House size={14} aria-hidden />}
          disabled={noHoming}
          onClick={() => send('$H')}
        >
          <FormattedMessage id="farm.hand.homeAll" />
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<LockOpen size={14} aria-hidden />}
          disabled={!locked || busy}
          onClick={() => send('$X')}
        >
          <FormattedMessage id="farm.hand.unlock" />
        </Button>
      </JogPad>
      {locked ? (
        <Text size="xs" c="dimmed">
          <FormattedMessage id="farm.hand.unlock.note" />
        </Text>
      ) : null}
      <Group gap={6}>
        <Button size="compact-sm" variant="default" disabled={disabled} onClick={() => send(zeroLine('XYZ'))}>
          <FormattedMessage id="farm.hand.zero" />
        </Button>
        {(['X', 'Y', 'Z'] as const).map((axis) => (
          <Button
            key={axis}
            size="compact-sm"
            variant="default"
            disabled={disabled}
            onClick={() => send(zeroLine(axis))}
          >
            <FormattedMessage id="farm.hand.zero.axis" values={{ axis }} />
          </Button>
        ))}
        <Button size="compact-sm" variant="subtle" disabled={disabled} onClick={() => send('M5 M9')}>
          <FormattedMessage id="farm.hand.toolOff" />
        </Button>
      </Group>
    </>
  );
}
