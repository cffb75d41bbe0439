// A print job in 3D: every layer and move by two sliders, or live behind the nozzle. React hears of the nozzle a few
// times a second; the picture itself moves in the render loop.

import { SegmentedControl, Switch } from '@mantine/core';
import { Crosshair, Layers, Route } from 'lucide-react';
import { type Ref, useEffect, useMemo, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { type BedSize, bedFor } from './bed-size.ts';
import { useToolpathScene } from './decode.ts';
import { LayerCanvas } from './layer-canvas.tsx';
import { LayerTable } from './layer-table.tsx';
import type { NozzleFeed } from './nozzle-feed.ts';
import styles from './scene.module.css';
import { COLOUR_MODES, type ColourMode } from './toolpath-colour.ts';
import { LayerSlider, MoveSlider, PathOverlay } from './toolpath-controls.tsx';
import { usePosition } from './toolpath-position.ts';
import { useToolpathOnStage } from './toolpath-stage.ts';
import { useStage } from './use-stage.ts';
import { NoWebGl, ToggleTool, Viewport } from './viewport.tsx';

export type ToolpathViewProps = {
  /** Bytes of the toolpath codec; undefined while they are on their way. */
  readonly blob: Blob | undefined;
  readonly bedMm?: BedSize | undefined;
  /** Where the machine is in the job; without, the finished job is shown. */
  readonly feed?: NozzleFeed | undefined;
  readonly label: string;
  /** The table of layers: beside a large view, or left out. */
  readonly table?: boolean;
};

export function ToolpathView(props: ToolpathViewProps) {
  const intl = useIntl();
  const { value: scene, fault } = useToolpathScene(props.blob);
  const marker = useRef<HTMLSpanElement>(null);
  const stageState = useStage((x, y) => placeMark(marker.current, x, y));
  const [follow, setFollow] = useState(props.feed !== undefined);
  const hasFeed = props.feed !== undefined;
  // A print that begins while its file is looked at is followed from then on.
  useEffect(() => setFollow(hasFeed), [hasFeed]);
  const [colourMode, setColourMode] = useState<ColourMode>('feature');
  const [travels, setTravels] = useState(false);
  const [single, setSingle] = useState(false);
  const [flat, setFlat] = useState(stageState.state === 'none');
  const position = usePosition(scene, props.feed, follow, setFollow);
  const { moves, layer } = position;
  const live = follow && props.feed !== undefined;
  const bed = useMemo(
    () =>
      props.bedMm ??
      (scene === undefined ? bedFor({ x: 80, y: 80 }) : bedFor({ x: scene.maxMm[0], y: scene.maxMm[1] })),
    [props.bedMm, scene],
  );
  const drawn = useToolpathOnStage(stageState, scene, {
    bed,
    moves,
    feed: live ? props.feed : undefined,
    colourMode,
    travels,
    single,
  });
  const summary =
    scene === undefined
      ? ''
      : intl.formatMessage(
          { id: 'scene.path.summary' },
          { layer, layers: scene.layers.length, moves: Math.floor(moves), total: scene.moves },
        );
  const tool = (id: string): string => intl.formatMessage({ id: `scene.tool.${id}` });
  const plan =
    scene === undefined ? null : (
      <LayerCanvas
        scene={scene}
        layer={Math.max(1, layer)}
        moves={moves}
        bedMm={bed}
        theme={stageState.theme}
        colourMode={colourMode}
        label={summary}
      />
    );
  const viewTools = (
    <>
      {props.feed === undefined ? null : (
        <ToggleTool
          label={tool('follow')}
          pressed={follow}
          onChange={setFollow}
          icon={<Crosshair size={16} />}
        />
      )}
      <ToggleTool label={tool('single')} pressed={single} onChange={setSingle} icon={<Layers size={16} />} />
      <ToggleTool
        label={tool('travels')}
        pressed={travels}
        onChange={setTravels}
        icon={<Route size={16} />}
      />
    </>
  );
  return (
    <div className={styles['toolpath']}>
      <div className={styles['toolpathMain']}>
        {flat || stageState.state === 'none' ? (
          <div className={styles['stage']}>
            {plan ?? <NoWebGl />}
            {stageState.state === 'none' ? (
              <div className={styles['overlay']}>
                <span className={styles['chip']}>
                  <FormattedMessage id="scene.noWebGl.short" />
                </span>
              </div>
            ) : null}
          </div>
        ) : (
          <Viewport
            stageState={stageState}
            label={intl.formatMessage({ id: 'scene.path.label' }, { label: props.label, summary })}
            busy={!drawn && fault === undefined}
            fallback={plan}
            marker={<NozzleMark ref={marker} hidden={!drawn || props.feed === undefined} />}
            tools={viewTools}
            overlay={<PathOverlay scene={scene} colourMode={colourMode} broken={fault !== undefined} />}
          />
        )}
        <LayerSlider layer={layer} layers={scene?.layers.length ?? 0} onLayer={position.setLayer} />
      </div>
      <MoveSlider scene={scene} layer={layer} moves={moves} onMoves={position.setMoves} />
      <div className={styles['controls']}>
        <SegmentedControl
          size="xs"
          aria-label={intl.formatMessage({ id: 'scene.colourBy' })}
          value={colourMode}
          onChange={(value) => setColourMode(COLOUR_MODES.find((mode) => mode === value) ?? 'feature')}
          data={COLOUR_MODES.map((mode) => ({
            value: mode,
            label: intl.formatMessage({ id: `scene.colourBy.${mode}` }),
          }))}
        />
        {stageState.state === 'none' ? null : (
          <Switch
            size="sm"
            checked={flat}
            onChange={(event) => setFlat(event.currentTarget.checked)}
            label={tool('flat')}
          />
        )}
        <span className={styles['sliderValue']} aria-live="polite" aria-atomic="true">
          {/* While live only the layer is announced: every move would drown a screen reader. */}
          {live && scene !== undefined ? (
            <FormattedMessage id="scene.path.layerNews" values={{ layer, layers: scene.layers.length }} />
          ) : (
            summary
          )}
        </span>
      </div>
      {props.table === false || scene === undefined ? null : (
        <details>
          <summary>
            <FormattedMessage id="scene.layers.title" values={{ layers: scene.layers.length }} />
          </summary>
          <LayerTable layers={scene.layers} layer={layer} onLayer={position.setLayer} caption={props.label} />
        </details>
      )}
    </div>
  );
}

/** Past React: the mark moves with every frame. */
function placeMark(mark: HTMLElement | null, x: number, y: number): void {
  if (mark !== null) mark.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}

function NozzleMark({ ref, hidden }: { ref: Ref<HTMLSpanElement>; hidden: boolean }) {
  return (
    <span ref={ref} className={styles['nozzle']} hidden={hidden} aria-hidden>
      <span className={styles['nozzleTip']} />
    </span>
  );
}
