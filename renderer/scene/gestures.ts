// Mouse, touch and pen over a view become moves of the camera: drag turns, drag with another button or with Shift moves,
// wheel and pinch zoom to where they are.

import type { CameraMove } from './orbit.ts';

/** A whole height of the view turns once around. */
const TURN_RADIANS = 2 * Math.PI;
const WHEEL_ZOOM_PER_PIXEL = 0.0012;
/** A pinch on a touchpad comes as a wheel with Ctrl, in small steps. */
const PINCH_ZOOM_PER_PIXEL = 0.01;
const WHEEL_LINE_PX = 40;
const WHEEL_PIXELS_MAX = 400;

type Point = { readonly x: number; readonly y: number };
type Box = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

/** A drag by so many pixels in a view `height` pixels high. */
export function dragMove(kind: 'turn' | 'pan', by: Point, height: number): CameraMove {
  const x = by.x / height;
  const y = by.y / height;
  // What is under the pointer follows it.
  return kind === 'turn'
    ? { move: 'turn', azimuth: -x * TURN_RADIANS, polar: -y * TURN_RADIANS }
    : { move: 'pan', right: -x, up: y };
}

export function zoomMove(factor: number, at: Point, box: Box): CameraMove {
  return {
    move: 'zoom',
    factor,
    x: ((at.x - box.left) / box.width) * 2 - 1,
    y: 1 - ((at.y - box.top) / box.height) * 2,
  };
}

/** How much nearer a turn of the wheel brings; away is below 1. */
export function wheelFactor(event: Pick<WheelEvent, 'deltaY' | 'deltaMode' | 'ctrlKey'>): number {
  const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_LINE_PX;
  const bounded = Math.max(-WHEEL_PIXELS_MAX, Math.min(WHEEL_PIXELS_MAX, pixels));
  return Math.exp(-bounded * (event.ctrlKey ? PINCH_ZOOM_PER_PIXEL : WHEEL_ZOOM_PER_PIXEL));
}

/** What two fingers did that were at `before` and are at `after`. */
export function pinchMoves(
  before: readonly [Point, Point],
  after: readonly [Point, Point],
  box: Box,
): CameraMove[] {
  const from = middle(before);
  const to = middle(after);
  const spread = Math.max(1, distance(before));
  return [
    dragMove('pan', { x: to.x - from.x, y: to.y - from.y }, box.height),
    zoomMove(Math.max(1, distance(after)) / spread, to, box),
  ];
}

function middle([a, b]: readonly [Point, Point]): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function distance([a, b]: readonly [Point, Point]): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Listens on `host` until the returned function is called. */
export function watchGestures(host: HTMLElement, onMove: (move: CameraMove) => void): () => void {
  const pointers = new Map<number, Point>();
  let kind: 'turn' | 'pan' = 'turn';
  const onDown = (event: PointerEvent): void => {
    if (pointers.size >= 2) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const mouseMoves = event.button !== 0 || event.shiftKey || event.ctrlKey || event.metaKey;
    kind = event.pointerType !== 'touch' && mouseMoves ? 'pan' : 'turn';
    host.setPointerCapture(event.pointerId);
  };
  const onPointer = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const after = { x: event.clientX, y: event.clientY };
    const box = host.getBoundingClientRect();
    pointers.set(event.pointerId, after);
    if (box.width === 0 || box.height === 0) return;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) {
      onMove(dragMove(kind, { x: after.x - before.x, y: after.y - before.y }, box.height));
    } else for (const move of pinchMoves([before, other], [after, other], box)) onMove(move);
  };
  const onUp = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
  };
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const box = host.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) return;
    onMove(zoomMove(wheelFactor(event), { x: event.clientX, y: event.clientY }, box));
  };
  const onMenu = (event: Event): void => event.preventDefault();
  const stop = new AbortController();
  const { signal } = stop;
  host.addEventListener('pointerdown', onDown, { signal });
  host.addEventListener('pointermove', onPointer, { signal });
  host.addEventListener('pointerup', onUp, { signal });
  host.addEventListener('pointercancel', onUp, { signal });
  host.addEventListener('wheel', onWheel, { signal, passive: false });
  host.addEventListener('contextmenu', onMenu, { signal });
  return () => stop.abort();
}
