// Sliders and legend of the print view.

import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import { FEATURE_COLOURS } from './palette.ts';
import styles from './scene.module.css';
import type { ColourMode } from './toolpath-colour.ts';
import type { ToolpathScene } from './toolpath-index.ts';
import { moveRange } from './toolpath-position.ts';

export function LayerSlider(props: { layer: number; layers: number; onLayer: (layer: number) => void }) {
  const intl = useIntl();
  const { layer, layers, onLayer } = props;
  return (
    <div className={styles['vertical']}>
      <span className={styles['sliderValue']} aria-hidden>
        <FormattedNumber value={layers} />
      </span>
      <input
        type="range"
        className={styles['range']}
        aria-orientation="vertical"
        aria-label={intl.formatMessage({ id: 'scene.slider.layer' })}
        aria-valuetext={intl.formatMessage({ id: 'scene.slider.layer.value' }, { layer, layers })}
        min={0}
        max={layers}
        step={1}
        value={layer}
        disabled={layers === 0}
        onChange={(event) => onLayer(Number(event.currentTarget.value))}
      />
      <strong className={styles['sliderValue']} aria-hidden>
        <FormattedNumber value={layer} />
      </strong>
    </div>
  );
}

export function MoveSlider(props: {
  scene: ToolpathScene | undefined;
  layer: number;
  moves: number;
  onMoves: (moves: number) => void;
}) {
  const intl = useIntl();
  const { min, max } = moveRange(props.scene, props.layer);
  const done = Math.min(max, Math.max(min, Math.floor(props.moves)));
  return (
    <div className={styles['horizontal']}>
      <span className={styles['sliderValue']} aria-hidden>
        <FormattedMessage id="scene.slider.move.short" />
      </span>
      <input
        type="range"
        className={styles['range']}
        aria-label={intl.formatMessage({ id: 'scene.slider.move' })}
        aria-valuetext={intl.formatMessage(
          { id: 'scene.slider.move.value' },
          { move: done - min, moves: max - min },
        )}
        min={min}
        max={max}
        step={1}
        value={done}
        disabled={max === min}
        onChange={(event) => props.onMoves(Number(event.currentTarget.value))}
      />
      <span className={styles['sliderValue']} aria-hidden>
        <FormattedMessage id="scene.slider.move.count" values={{ move: done - min, moves: max - min }} />
      </span>
    </div>
  );
}

export function PathOverlay(props: {
  scene: ToolpathScene | undefined;
  colourMode: ColourMode;
  broken: boolean;
}) {
  if (props.broken) {
    return (
      <span className={styles['chip']} role="alert">
        <FormattedMessage id="scene.unreadable" />
      </span>
    );
  }
  if (props.scene === undefined || props.colourMode !== 'feature') return null;
  return (
    <ul className={styles['legend']}>
      {props.scene.featuresUsed.map((feature) => (
        <li key={feature} className={styles['chip']}>
          <span className={styles['swatch']} style={{ background: FEATURE_COLOURS[feature] }} />
          <FormattedMessage id={`scene.feature.${feature}`} />
        </li>
      ))}
    </ul>
  );
}
