// Arrows that move a machine by a chosen distance, with room in the middle and beside them.

import { ActionIcon, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useIntl } from 'react-intl';
import styles from './farm.module.css';

const STEPS_MM = [0.1, 1, 10, 50] as const;

export type JogPadProps = {
  readonly disabled: boolean;
  readonly onMove: (axis: 'X' | 'Y' | 'Z', mm: number) => void;
  readonly centre?: ReactNode;
  readonly children: ReactNode;
};

export function JogPad({ disabled, onMove, centre, children }: JogPadProps) {
  const intl = useIntl();
  const [step, setStep] = useState('10');
  const arrow = (axis: 'X' | 'Y' | 'Z', sign: 1 | -1, Icon: typeof ArrowUp) => {
    const label = intl.formatMessage(
      { id: 'farm.hand.jog' },
      { axis, step: `${sign < 0 ? '−' : '+'}${step}` },
    );
    return (
      <ActionIcon
        size="lg"
        variant="default"
        aria-label={label}
        title={label}
        disabled={disabled}
        onClick={() => onMove(axis, sign * Number(step))}
      >
        <Icon size={18} aria-hidden />
      </ActionIcon>
    );
  };
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={intl.formatMessage({ id: 'farm.hand.step' })}
        value={step}
        onChange={setStep}
        data={STEPS_MM.map((mm) => ({ value: String(mm), label: `${mm} mm` }))}
      />
      <Group gap="lg" align="center">
        <div className={styles['jog']}>
          <span />
          {arrow('Y', 1, ArrowUp)}
          <span />
          {arrow('X', -1, ArrowLeft)}
          {centre ?? <span />}
          {arrow('X', 1, ArrowRight)}
          <span />
          {arrow('Y', -1, ArrowDown)}
          <span />
        </div>
        <Stack gap={4} align="center">
          {arrow('Z', 1, ArrowUp)}
          <Text size="xs" c="dimmed">
            Z
          </Text>
          {arrow('Z', -1, ArrowDown)}
        </Stack>
        <Stack gap={6}>{children}</Stack>
      </Group>
    </>
  );
}
