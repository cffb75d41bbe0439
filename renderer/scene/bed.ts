// The print bed: plate, grid of 10 mm with stronger lines each 50 mm, outline, and millimetres along two edges.

import {
  BufferGeometry,
  CanvasTexture,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineLoop,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  PlaneGeometry,
  ShadowMaterial,
} from 'three';
import type { BedSize } from './bed-size.ts';
import { disposeTree } from './dispose.ts';
import { PALETTES, type SceneTheme } from './palette.ts';

const MINOR_MM = 10;
const MAJOR_MM = 50;
/** Plate and lines lie apart, so that neither flickers through the other nor through a part's first layer. */
const PLATE_Z_MM = -0.12;
const LINES_Z_MM = -0.06;

/** From 0, 0 (front left) to the size; where nothing casts a shadow it is not asked to catch one, which costs much. */
export function createBed(
  size: BedSize,
  theme: SceneTheme,
  catchesShadow: boolean,
): { group: Group; dispose: () => void } {
  const group = new Group();
  const palette = PALETTES[theme];
  const plate = new Mesh(
    new PlaneGeometry(size.x, size.y),
    new MeshBasicMaterial({ color: palette.plate, toneMapped: false }),
  );
  plate.position.set(size.x / 2, size.y / 2, PLATE_Z_MM);
  if (catchesShadow) group.add(shadowCatcher(size, theme));
  group.add(
    plate,
    gridLines(size, palette.gridMinor, (at) => at % MAJOR_MM !== 0),
    gridLines(size, palette.gridMajor, (at) => at % MAJOR_MM === 0),
    outline(size, palette.outline),
    ...edgeLabels(size, palette.label),
  );
  return { group, dispose: () => disposeTree(group) };
}

function shadowCatcher(size: BedSize, theme: SceneTheme): Mesh {
  const shadow = new Mesh(
    new PlaneGeometry(size.x, size.y),
    new ShadowMaterial({ opacity: theme === 'light' ? 0.2 : 0.42 }),
  );
  shadow.position.set(size.x / 2, size.y / 2, LINES_Z_MM / 2);
  shadow.receiveShadow = true;
  return shadow;
}

function gridLines(size: BedSize, color: string, wanted: (atMm: number) => boolean): LineSegments {
  const points: number[] = [];
  for (let x = MINOR_MM; x < size.x; x += MINOR_MM) {
    if (wanted(x)) points.push(x, 0, LINES_Z_MM, x, size.y, LINES_Z_MM);
  }
  for (let y = MINOR_MM; y < size.y; y += MINOR_MM) {
    if (wanted(y)) points.push(0, y, LINES_Z_MM, size.x, y, LINES_Z_MM);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new Float32BufferAttribute(points, 3));
  return new LineSegments(geometry, new LineBasicMaterial({ color, toneMapped: false }));
}

function outline(size: BedSize, color: string): LineLoop {
  const geometry = new BufferGeometry();
  const z = LINES_Z_MM;
  geometry.setAttribute(
    'position',
    new Float32BufferAttribute([0, 0, z, size.x, 0, z, size.x, size.y, z, 0, size.y, z], 3),
  );
  return new LineLoop(geometry, new LineBasicMaterial({ color, toneMapped: false }));
}

function edgeLabels(size: BedSize, color: string): Mesh[] {
  const labels: Mesh[] = [];
  const height = Math.min(12, Math.max(5, Math.max(size.x, size.y) / 26));
  for (let x = 0; x <= size.x; x += MAJOR_MM)
    labels.push(textPlane(String(x), color, height, x, -height * 0.9));
  for (let y = MAJOR_MM; y <= size.y; y += MAJOR_MM) {
    labels.push(textPlane(String(y), color, height, -height * 1.35, y));
  }
  labels.push(textPlane('mm', color, height, size.x + height * 1.5, -height * 0.9));
  return labels;
}

const LABEL_PIXELS = 64;

/** A worker has no elements; where the page draws, its browser may be too old for anything else. */
function labelCanvas(): OffscreenCanvas | HTMLCanvasElement {
  return 'OffscreenCanvas' in globalThis ? new OffscreenCanvas(1, 1) : document.createElement('canvas');
}

/** A word lying flat on the bed, `height` millimetres tall. */
function textPlane(text: string, color: string, height: number, x: number, y: number): Mesh {
  const canvas = labelCanvas();
  canvas.width = LABEL_PIXELS * 3;
  canvas.height = LABEL_PIXELS;
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.font = `500 ${LABEL_PIXELS * 0.72}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = color;
    context.fillText(text, canvas.width / 2, canvas.height / 2);
  }
  const texture = new CanvasTexture(canvas);
  texture.anisotropy = 8;
  const label = new Mesh(
    new PlaneGeometry(height * 3, height),
    new MeshBasicMaterial({ map: texture, transparent: true, depthWrite: false, toneMapped: false }),
  );
  label.position.set(x, y, PLATE_Z_MM);
  return label;
}
