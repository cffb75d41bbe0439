// Confirmation of what cannot be taken back: a summary in words, then a held button or a typed word. Money never moves
// on a single click.

import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useIntl } from 'react-intl';
import { type Fault, FaultNotice } from './fault.tsx';
import styles from './ui.module.css';

export type ConfirmDialogProps = {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  /** What will happen, in words: who, what, how much, and that it is final. */
  readonly children: ReactNode;
  readonly confirmLabel: string;
  readonly onConfirm: () => void;
  /** `hold` (default): the button is held down. `typed`: `typedWord` is typed. `click`: for what can be undone. */
  readonly mode?: 'hold' | 'typed' | 'click';
  readonly typedWord?: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  readonly fault?: Fault | undefined;
};

export function ConfirmDialog(props: ConfirmDialogProps) {
  const intl = useIntl();
  const { mode = 'hold', danger = false, busy = false } = props;
  const [typed, setTyped] = useState('');
  useEffect(() => {
    if (!props.opened) setTyped('');
  }, [props.opened]);
  const ready = mode !== 'typed' || typed.trim().toLowerCase() === (props.typedWord ?? '').toLowerCase();
  const color = danger ? 'red' : 'petrol';
  return (
    <Modal
      opened={props.opened}
      onClose={busy ? () => undefined : props.onClose}
      title={props.title}
      centered
      closeButtonProps={{ 'aria-label': intl.formatMessage({ id: 'ui.close' }) }}
    >
      <Stack gap="md">
        <div>{props.children}</div>
        {mode === 'typed' ? (
          <TextInput
            label={intl.formatMessage({ id: 'ui.confirm.type' }, { word: props.typedWord })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        ) : null}
        {props.fault === undefined ? null : <FaultNotice fault={props.fault} compact />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={props.onClose} disabled={busy}>
            {intl.formatMessage({ id: 'ui.cancel' })}
          </Button>
          {mode === 'hold' ? (
            <HoldButton color={color} loading={busy} onHeld={props.onConfirm} label={props.confirmLabel} />
          ) : (
            <Button color={color} loading={busy} disabled={!ready} onClick={props.onConfirm}>
              {props.confirmLabel}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

const HOLD_MS = 900;

type HoldButtonProps = {
  readonly label: string;
  readonly onHeld: () => void;
  readonly color?: string;
  readonly loading?: boolean;
  readonly disabled?: boolean;
  readonly fullWidth?: boolean;
};

/**
 * Acts once it was held down long enough, by pointer or by Enter or Space. Where holding is not possible (a screen
 * reader's click), it asks for a second press instead.
 */
export function HoldButton(props: HoldButtonProps) {
  const intl = useIntl();
  const { label, onHeld } = props;
  const fill = useRef<HTMLSpanElement>(null);
  const hold = useRef<{ timer: ReturnType<typeof setTimeout>; animation: Animation | undefined } | undefined>(
    undefined,
  );
  const [hint, setHint] = useState<'none' | 'hold' | 'again'>('none');
  const held = useRef(false);

  const stop = (): void => {
    if (hold.current === undefined) return;
    clearTimeout(hold.current.timer);
    hold.current.animation?.cancel();
    hold.current = undefined;
    if (!held.current) setHint('hold');
  };
  const start = (): void => {
    if (hold.current !== undefined || props.loading === true || props.disabled === true) return;
    held.current = false;
    const animation = fill.current?.animate(
      [{ transform: 'scaleX(0)' }, { transform: 'scaleX(1)' }],
      HOLD_MS,
    );
    const timer = setTimeout(() => {
      held.current = true;
      stop();
      setHint('none');
      onHeld();
    }, HOLD_MS);
    hold.current = { timer, animation };
  };
  useEffect(() => () => clearTimeout(hold.current?.timer), []);
  const onKey = (event: KeyboardEvent, down: boolean): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    if (down) start();
    else stop();
  };
  /** Pointers and keys never get here by themselves: only assistive technology clicks without either. */
  const onBareClick = (detail: number): void => {
    if (detail !== 0) return;
    if (hint !== 'again') setHint('again');
    else {
      setHint('none');
      onHeld();
    }
  };
  return (
    <Button
      className={styles['hold'] ?? ''}
      color={props.color ?? 'petrol'}
      loading={props.loading ?? false}
      disabled={props.disabled ?? false}
      fullWidth={props.fullWidth ?? false}
      onPointerDown={(event) => event.button === 0 && start()}
      onPointerUp={stop}
      onPointerLeave={stop}
      onPointerCancel={stop}
      onBlur={stop}
      onKeyDown={(event) => onKey(event, true)}
      onKeyUp={(event) => onKey(event, false)}
      onClick={(event) => onBareClick(event.detail)}
    >
      <span ref={fill} className={styles['holdFill']} aria-hidden />
      <span aria-live="polite">
        {hint === 'none' ? label : intl.formatMessage({ id: `ui.confirm.${hint}` }, { action: label })}
      </span>
    </Button>
  );
}
