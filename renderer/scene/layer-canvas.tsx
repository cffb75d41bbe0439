// One layer from above in 2D: for browsers without WebGL, and for whoever finds a plan easier to read than a view.

import { useEffect, useRef } from 'react';
import type { BedSize } from './bed-size.ts';
import { FEATURE_RGB, PALETTES, rampColour, rgbText, type SceneTheme } from './palette.ts';
import styles from './scene.module.css';
import type { ColourMode } from './toolpath-colour.ts';
import { segmentsBefore, type ToolpathScene } from './toolpath-index.ts';

export type LayerCanvasProps = {
  readonly scene: ToolpathScene;
  /** 1-based. */
  readonly layer: number;
  readonly moves: number;
  readonly bedMm: BedSize;
  readonly theme: SceneTheme;
  readonly colourMode: ColourMode;
  readonly label: string;
};

export function LayerCanvas(props: LayerCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => drawLayer(element, latest.current));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current !== null) drawLayer(canvas.current, props);
  });
  return <canvas ref={canvas} className={styles['flat']} role="img" aria-label={props.label} />;
}

/** Pixels a millimetre, and the pixel where x and y are zero; y points up. */
export type PlanScale = { readonly scale: number; readonly left: number; readonly bottom: number };

export type PlanArea = {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
};

const MARGIN_PX = 14;

/** Shows an area whole, in the middle of the canvas. */
export function planScale(area: PlanArea, width: number, height: number): PlanScale {
  const x = Math.max(1, area.maxX - area.minX);
  const y = Math.max(1, area.maxY - area.minY);
  const scale = Math.max(0.01, Math.min((width - 2 * MARGIN_PX) / x, (height - 2 * MARGIN_PX) / y));
  return {
    scale,
    left: (width - x * scale) / 2 - area.minX * scale,
    bottom: height - (height - y * scale) / 2 + area.minY * scale,
  };
}

/** The part with a little bed around it. */
function areaOf({ minMm, maxMm }: ToolpathScene): PlanArea {
  const air = Math.max(6, (maxMm[0] - minMm[0] + maxMm[1] - minMm[1]) * 0.04);
  return { minX: minMm[0] - air, minY: minMm[1] - air, maxX: maxMm[0] + air, maxY: maxMm[1] + air };
}

function drawLayer(canvas: HTMLCanvasElement, props: LayerCanvasProps): void {
  const context = canvas.getContext('2d');
  const row = props.scene.layers[props.layer - 1];
  if (context === null) return;
  const ratio = Math.min(window.devicePixelRatio, 2);
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const palette = PALETTES[props.theme];
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width, height);
  const plan = planScale(areaOf(props.scene), width, height);
  context.strokeStyle = palette.outline;
  context.strokeRect(
    plan.left,
    plan.bottom - props.bedMm.y * plan.scale,
    props.bedMm.x * plan.scale,
    props.bedMm.y * plan.scale,
  );
  if (row === undefined) return;
  const { extrusions } = props.scene;
  const from = segmentsBefore(extrusions, row.firstMove);
  const end = segmentsBefore(extrusions, row.endMove);
  const done = Math.min(end, Math.max(from, segmentsBefore(extrusions, Math.floor(props.moves))));
  context.lineCap = 'round';
  context.lineWidth = Math.max(1, 0.4 * plan.scale);
  context.globalAlpha = 0.22;
  strokeRun(context, props, plan, done, end, () => palette.ghost);
  context.globalAlpha = 1;
  const layerColour = rgbText(rampColour((props.layer - 1) / Math.max(1, props.scene.layers.length - 1)));
  strokeRun(context, props, plan, from, done, (move) =>
    props.colourMode === 'layer'
      ? layerColour
      : rgbText(FEATURE_RGB[props.scene.features[move] ?? 1] ?? [154, 165, 163]),
  );
}

/** Strokes segments from … end, one path for each run of the same colour. */
function strokeRun(
  context: CanvasRenderingContext2D,
  { scene }: LayerCanvasProps,
  plan: PlanScale,
  from: number,
  end: number,
  colourOf: (move: number) => string,
): void {
  const { ends, moves } = scene.extrusions;
  let colour = '';
  for (let index = from; index < end; index++) {
    const next = colourOf(moves[index] ?? 0);
    if (next !== colour) {
      if (colour !== '') context.stroke();
      colour = next;
      context.strokeStyle = next;
      context.beginPath();
    }
    const at = index * 6;
    context.moveTo(plan.left + (ends[at] ?? 0) * plan.scale, plan.bottom - (ends[at + 1] ?? 0) * plan.scale);
    context.lineTo(
      plan.left + (ends[at + 3] ?? 0) * plan.scale,
      plan.bottom - (ends[at + 4] ?? 0) * plan.scale,
    );
  }
  if (colour !== '') context.stroke();
}
