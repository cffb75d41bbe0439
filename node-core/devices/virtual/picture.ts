// What a camera before the virtual printer would see: the bed, what lies on it as it was really put down, and the nozzle
// where it is. Drawn from the body's own state, so that a part that failed looks it.

import type { Bytes } from '../../base/index.ts';

export const PICTURE_WIDTH = 320;
export const PICTURE_HEIGHT = 240;

/** One cell of the bed, in millimetres. */
const CELL_MM = 1;
/** Height goes up the picture, depth too, but less: the camera looks down at this slope. */
const DEPTH_SHARE = 0.55;
const HEIGHT_SHARE = 0.9;
const MARGIN = 12;

type Colour = readonly [number, number, number];
const WALL: Colour = [38, 42, 46];
const BED: Colour = [74, 80, 84];
const BED_LINE: Colour = [92, 99, 103];
const PART_TOP: Colour = [238, 120, 44];
const PART_SIDE: Colour = [172, 78, 24];
const RAIL: Colour = [128, 134, 138];
const NOZZLE: Colour = [206, 178, 96];
const HOT: Colour = [255, 92, 60];

/** How high the plastic stands on each cell of the bed. */
export class PartShape {
  readonly columns: number;
  readonly rows: number;
  /** In hundredths of a millimetre, row by row from the front. */
  readonly heights: Uint16Array;

  constructor(volumeMm: { readonly x: number; readonly y: number }) {
    this.columns = Math.max(1, Math.ceil(volumeMm.x / CELL_MM));
    this.rows = Math.max(1, Math.ceil(volumeMm.y / CELL_MM));
    this.heights = new Uint16Array(this.columns * this.rows);
  }

  /** Plastic along a straight line, its upper side at `zMm`. */
  deposit(fromX: number, fromY: number, toX: number, toY: number, zMm: number): void {
    const steps = Math.max(1, Math.ceil(Math.hypot(toX - fromX, toY - fromY) / CELL_MM));
    const height = Math.max(0, Math.min(0xffff, Math.round(zMm * 100)));
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      const column = Math.floor((fromX + (toX - fromX) * share) / CELL_MM);
      const row = Math.floor((fromY + (toY - fromY) * share) / CELL_MM);
      if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) continue;
      const at = row * this.columns + column;
      if ((this.heights[at] ?? 0) < height) this.heights[at] = height;
    }
  }

  clear(): void {
    this.heights.fill(0);
  }
}

export type Scene = {
  readonly shape: PartShape;
  readonly volumeMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly nozzleMm: { readonly x: number; readonly y: number; readonly z: number };
  readonly hot: boolean;
};

/** RGB, three bytes a pixel, top row first. */
export function drawPicture(scene: Scene): Bytes {
  const canvas = new Canvas();
  const view = new View(scene.volumeMm);
  canvas.fill(0, 0, PICTURE_WIDTH, PICTURE_HEIGHT, WALL);
  drawBed(canvas, view, scene);
  drawPart(canvas, view, scene);
  drawNozzle(canvas, view, scene);
  return canvas.rgb;
}

/** From millimetres on the machine to pixels. */
class View {
  readonly scale: number;
  private readonly left: number;
  private readonly front: number;

  constructor({ x, y }: { readonly x: number; readonly y: number }) {
    const wide = (PICTURE_WIDTH - 2 * MARGIN) / x;
    const deep = (PICTURE_HEIGHT - 6 * MARGIN) / (y * DEPTH_SHARE);
    this.scale = Math.min(wide, deep);
    this.left = (PICTURE_WIDTH - x * this.scale) / 2;
    this.front = PICTURE_HEIGHT - MARGIN;
  }

  across(x: number): number {
    return this.left + x * this.scale;
  }

  down(y: number, z: number): number {
    return this.front - (y * DEPTH_SHARE + z * HEIGHT_SHARE) * this.scale;
  }
}

function drawBed(canvas: Canvas, view: View, { volumeMm }: Scene): void {
  const [left, right] = [view.across(0), view.across(volumeMm.x)];
  canvas.fill(left, view.down(volumeMm.y, 0), right, view.down(0, 0), BED);
  for (let x = 0; x <= volumeMm.x; x += 20)
    canvas.fill(view.across(x), view.down(volumeMm.y, 0), view.across(x) + 1, view.down(0, 0), BED_LINE);
  for (let y = 0; y <= volumeMm.y; y += 20)
    canvas.fill(left, view.down(y, 0), right, view.down(y, 0) + 1, BED_LINE);
}

/** From the back to the front, so that what is nearer hides what is behind it. */
function drawPart(canvas: Canvas, view: View, { shape, volumeMm }: Scene): void {
  const { columns, rows, heights } = shape;
  const shadeMm = Math.max(20, volumeMm.z / 4);
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = 0; column < columns; column++) {
      const heightMm = (heights[row * columns + column] ?? 0) / 100;
      if (heightMm === 0) continue;
      const [x0, x1] = [view.across(column * CELL_MM), view.across((column + 1) * CELL_MM)];
      const top = view.down((row + 1) * CELL_MM, heightMm);
      const edge = view.down(row * CELL_MM, heightMm);
      canvas.fill(x0, edge, x1, view.down(row * CELL_MM, 0), PART_SIDE);
      canvas.fill(x0, top, x1, edge, lighter(PART_TOP, 0.75 + 0.25 * Math.min(1, heightMm / shadeMm)));
    }
  }
}

function drawNozzle(canvas: Canvas, view: View, { nozzleMm, volumeMm, hot }: Scene): void {
  const [x, tip] = [view.across(nozzleMm.x), view.down(nozzleMm.y, nozzleMm.z)];
  const rail = tip - 34;
  canvas.fill(view.across(0), rail, view.across(volumeMm.x), rail + 5, RAIL);
  canvas.fill(x - 9, rail - 6, x + 9, rail + 16, lighter(RAIL, 0.7));
  canvas.fill(x - 6, rail + 16, x + 6, tip - 7, lighter(RAIL, 0.5));
  for (let line = 0; line < 7; line++)
    canvas.fill(
      x - (7 - line) * 0.6,
      tip - 7 + line,
      x + (7 - line) * 0.6,
      tip - 6 + line,
      hot ? HOT : NOZZLE,
    );
}

function lighter([r, g, b]: Colour, share: number): Colour {
  return [r * share, g * share, b * share];
}

class Canvas {
  readonly rgb = new Uint8Array(PICTURE_WIDTH * PICTURE_HEIGHT * 3);

  fill(left: number, top: number, right: number, bottom: number, [r, g, b]: Colour): void {
    const [x0, x1] = [clamp(left, PICTURE_WIDTH), clamp(Math.max(right, left + 1), PICTURE_WIDTH)];
    const [y0, y1] = [clamp(top, PICTURE_HEIGHT), clamp(Math.max(bottom, top + 1), PICTURE_HEIGHT)];
    for (let y = y0; y < y1; y++) {
      for (let at = 3 * (y * PICTURE_WIDTH + x0); at < 3 * (y * PICTURE_WIDTH + x1); at += 3) {
        this.rgb[at] = r;
        this.rgb[at + 1] = g;
        this.rgb[at + 2] = b;
      }
    }
  }
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(size, Math.round(value)));
}
