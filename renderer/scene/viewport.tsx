// The frame around a stage: the canvas, its keyboard, its buttons, and words where 3D is not to be had.

import { ActionIcon, Tooltip } from '@mantine/core';
import { Box, Maximize, PanelTop, Square, SquareDashedBottom } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useId } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { CameraMove, ViewName } from './orbit.ts';
import styles from './scene.module.css';
import type { StageState } from './use-stage.ts';

const VIEW_KEYS: ReadonlyMap<string, ViewName> = new Map([
  ['0', 'home'],
  ['1', 'top'],
  ['2', 'front'],
  ['3', 'side'],
]);

const KEY_TURN_RADIANS = Math.PI / 24;
const KEY_PAN_HEIGHTS = 0.1;
const KEY_ZOOM_FACTOR = 1.15;

/** What a key does to the camera; undefined where it means nothing here. */
export function keyMove(event: Pick<KeyboardEvent, 'key' | 'shiftKey'>): CameraMove | undefined {
  const arrow = (right: number, up: number): CameraMove =>
    event.shiftKey
      ? { move: 'pan', right: right * KEY_PAN_HEIGHTS, up: up * KEY_PAN_HEIGHTS }
      : { move: 'turn', azimuth: right * KEY_TURN_RADIANS, polar: -up * KEY_TURN_RADIANS };
  const zoom = (factor: number): CameraMove => ({ move: 'zoom', factor, x: 0, y: 0 });
  switch (event.key) {
    case 'ArrowLeft':
      return arrow(-1, 0);
    case 'ArrowRight':
      return arrow(1, 0);
    case 'ArrowUp':
      return arrow(0, 1);
    case 'ArrowDown':
      return arrow(0, -1);
    case '+':
    case '=':
      return zoom(KEY_ZOOM_FACTOR);
    case '-':
      return zoom(1 / KEY_ZOOM_FACTOR);
    case 'f':
    case 'F':
      return { move: 'view', view: 'home' };
    default: {
      const view = VIEW_KEYS.get(event.key);
      return view === undefined ? undefined : { move: 'view', view };
    }
  }
}

export type ViewportProps = {
  readonly stageState: StageState;
  readonly label: string;
  /** Shown over the canvas: a size chip, a legend. */
  readonly overlay?: ReactNode;
  /** Further buttons beside those of the camera. */
  readonly tools?: ReactNode;
  /** What stands here without WebGL. */
  readonly fallback: ReactNode;
  readonly busy?: boolean;
  /** Moves over the canvas, below the buttons. */
  readonly marker?: ReactNode;
};

export function Viewport(props: ViewportProps) {
  const { stageState, label } = props;
  const { stage, state } = stageState;
  const help = useId();
  if (state === 'none') return <div className={styles['stage']}>{props.fallback}</div>;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = keyMove(event);
    if (move === undefined) return;
    event.preventDefault();
    stage?.send({ do: 'camera', move });
  };
  return (
    <div className={styles['stage']} aria-busy={props.busy === true}>
      <div
        ref={stageState.ref}
        className={styles['canvas']}
        role="application"
        aria-label={label}
        aria-describedby={help}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard's way to turn the view
        tabIndex={0}
        onKeyDown={onKeyDown}
      />
      {props.marker}
      <span id={help} hidden>
        <FormattedMessage id="scene.help" />
      </span>
      <div className={styles['tools']}>
        <CameraTools stage={stage} />
        {props.tools}
      </div>
      <div className={styles['overlay']}>{props.overlay}</div>
      {state === 'lost' ? (
        <div className={styles['veil']} role="status">
          <FormattedMessage id="scene.lost" />
        </div>
      ) : null}
      {props.busy === true ? (
        <div className={styles['veil']} role="status">
          <FormattedMessage id="scene.preparing" />
        </div>
      ) : null}
    </div>
  );
}

const VIEW_TOOLS = [
  { view: 'home', icon: Maximize },
  { view: 'top', icon: PanelTop },
  { view: 'front', icon: Square },
  { view: 'side', icon: SquareDashedBottom },
] as const;

function CameraTools({ stage }: { stage: StageState['stage'] }) {
  const intl = useIntl();
  return VIEW_TOOLS.map(({ view, icon: Icon }) => {
    const name = intl.formatMessage({ id: `scene.view.${view}` });
    return (
      <Tooltip key={view} label={name} position="left">
        <ActionIcon
          variant="default"
          size={32}
          aria-label={name}
          onClick={() => stage?.send({ do: 'camera', move: { move: 'view', view } })}
        >
          <Icon size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    );
  });
}

/** A button that stays pressed. */
export function ToggleTool(props: {
  label: string;
  pressed: boolean;
  onChange: (pressed: boolean) => void;
  icon: ReactNode;
}) {
  return (
    <Tooltip label={props.label} position="left">
      <ActionIcon
        variant={props.pressed ? 'filled' : 'default'}
        color="petrol"
        size={32}
        aria-label={props.label}
        aria-pressed={props.pressed}
        onClick={() => props.onChange(!props.pressed)}
      >
        {props.icon}
      </ActionIcon>
    </Tooltip>
  );
}

export function NoWebGl({ children }: { children?: ReactNode }) {
  return (
    <div className={styles['noWebGl']}>
      <Box size={36} strokeWidth={1.25} aria-hidden />
      <p>
        <FormattedMessage id="scene.noWebGl" />
      </p>
      {children}
    </div>
  );
}
