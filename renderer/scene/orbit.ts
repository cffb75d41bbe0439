// The camera's way around what is shown. Moves change where it wants to be; each frame brings it nearer. Units are
// millimetres and radians, z is up. Without a window: input comes as moves, time is given.

import { type Box3, PerspectiveCamera, Vector3 } from 'three';

const VIEW_NAMES = ['home', 'top', 'front', 'side'] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

export type CameraMove =
  /** Around what is looked at: counter-clockwise seen from above, and towards the underside. */
  | { readonly move: 'turn'; readonly azimuth: number; readonly polar: number }
  /** Along the picture, in heights of the picture. */
  | { readonly move: 'pan'; readonly right: number; readonly up: number }
  /** Nearer by `factor`; what is at `x`, `y` (-1 … 1, up is positive) stays there. */
  | { readonly move: 'zoom'; readonly factor: number; readonly x: number; readonly y: number }
  /** Everything in the picture, from a named side. */
  | { readonly move: 'view'; readonly view: ViewName };

/** Where the camera is: `distance` from the target, in the direction of the two angles. */
type Pose = {
  readonly target: Vector3;
  /** From x to y. */
  azimuth: number;
  /** From straight above. */
  polar: number;
  distance: number;
};

const VIEW_DIRECTIONS: Readonly<Record<ViewName, readonly [number, number, number]>> = {
  home: [0.62, -1, 0.66],
  top: [0, -0.001, 1],
  front: [0, -1, 0],
  side: [1, 0, 0],
};

const FIELD_OF_VIEW_DEGREES = 32;
const HALF_HEIGHT = Math.tan((FIELD_OF_VIEW_DEGREES * Math.PI) / 360);
/** A hair off the pole, so that the way up stays defined. */
const POLAR_MIN_RADIANS = 0.001;
/** Turning stops a little below the horizon: the underside of a part may be looked at, the sky may not. */
const POLAR_MAX_RADIANS = Math.PI * 0.94;
/** The way that is left shrinks to a third in this time. */
const APPROACH_MS = 65;
/** A frame after a pause is no jump. */
const STEP_MS_MAX = 250;
/** Nearer than this (radians, and parts of the distance) is there. */
const ARRIVED = 2e-4;

export class Orbit {
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW_DEGREES, 1, 0.1, 5000);
  readonly #goal: Pose = { target: new Vector3(), azimuth: 0, polar: 1, distance: 100 };
  readonly #shown: Pose = { target: new Vector3(), azimuth: 0, polar: 1, distance: 100 };
  #box: Box3 | undefined;
  /** The side that everything is still seen from; undefined once the camera was moved by hand. */
  #view: ViewName | undefined;
  #distanceMin = 1;
  #distanceMax = 1000;
  #lastMs: number | undefined;
  #gliding = true;

  constructor() {
    this.camera.up.set(0, 0, 1);
  }

  /** Without gliding, every move arrives at once. */
  setGliding(gliding: boolean): void {
    this.#gliding = gliding;
  }

  /** A picture of other proportions; what was shown whole stays whole. */
  setAspect(aspect: number): void {
    if (aspect === this.camera.aspect) return;
    this.camera.aspect = aspect;
    this.camera.updateProjectionMatrix();
    if (this.#box !== undefined && this.#view !== undefined) this.fit(this.#box, this.#view);
  }

  /** Shows the whole box from a side, at once. */
  fit(box: Box3, view: ViewName): void {
    this.#box = box.clone();
    this.#aim(this.#box, view);
    this.#arrive();
  }

  move(move: CameraMove): void {
    const goal = this.#goal;
    if (move.move === 'view') {
      if (this.#box !== undefined) this.#aim(this.#box, move.view);
    } else {
      this.#view = undefined;
      if (move.move === 'turn') {
        goal.azimuth += move.azimuth;
        goal.polar = clamp(goal.polar + move.polar, POLAR_MIN_RADIANS, POLAR_MAX_RADIANS);
      } else if (move.move === 'pan') {
        const heightMm = 2 * HALF_HEIGHT * goal.distance;
        shift(goal, move.right * heightMm, move.up * heightMm);
      } else {
        const before = goal.distance;
        goal.distance = clamp(before / move.factor, this.#distanceMin, this.#distanceMax);
        const nearer = (before - goal.distance) * HALF_HEIGHT;
        shift(goal, move.x * this.camera.aspect * nearer, move.y * nearer);
      }
    }
    if (!this.#gliding) this.#arrive();
  }

  /** Brings the camera nearer to where it wants to be; true while it is under way. */
  tick(nowMs: number): boolean {
    const shown = this.#shown;
    const goal = this.#goal;
    const stepMs = Math.min(STEP_MS_MAX, nowMs - (this.#lastMs ?? nowMs - 16));
    this.#lastMs = nowMs;
    const left =
      Math.abs(goal.azimuth - shown.azimuth) +
      Math.abs(goal.polar - shown.polar) +
      goal.target.distanceTo(shown.target) / goal.distance +
      Math.abs(Math.log(goal.distance / shown.distance));
    if (left < ARRIVED) {
      this.#lastMs = undefined;
      if (left > 0) this.#arrive();
      return false;
    }
    const part = 1 - Math.exp(-stepMs / APPROACH_MS);
    shown.azimuth += (goal.azimuth - shown.azimuth) * part;
    shown.polar += (goal.polar - shown.polar) * part;
    shown.target.lerp(goal.target, part);
    shown.distance *= (goal.distance / shown.distance) ** part;
    this.#place();
    return true;
  }

  #aim(box: Box3, view: ViewName): void {
    const goal = this.#goal;
    const direction = new Vector3(...VIEW_DIRECTIONS[view]).normalize();
    const radius = Math.max(1, box.getSize(new Vector3()).length() / 2);
    const distance = fittingDistance(box, direction, this.camera.aspect) * 1.04;
    this.#view = view;
    this.#distanceMin = radius * 0.05;
    this.#distanceMax = distance * 8;
    box.getCenter(goal.target);
    goal.distance = distance;
    goal.polar = clamp(Math.acos(direction.z), POLAR_MIN_RADIANS, POLAR_MAX_RADIANS);
    const turn = Math.atan2(direction.y, direction.x) - this.#shown.azimuth;
    // The short way round.
    goal.azimuth = this.#shown.azimuth + Math.atan2(Math.sin(turn), Math.cos(turn));
    this.camera.near = Math.max(0.05, radius / 500);
    this.camera.far = this.#distanceMax + radius * 40;
    this.camera.updateProjectionMatrix();
  }

  #arrive(): void {
    this.#shown.target.copy(this.#goal.target);
    this.#shown.azimuth = this.#goal.azimuth;
    this.#shown.polar = this.#goal.polar;
    this.#shown.distance = this.#goal.distance;
    this.#place();
  }

  #place(): void {
    const { target, distance } = this.#shown;
    this.camera.position.copy(target).addScaledVector(directionOf(this.#shown), distance);
    this.camera.lookAt(target);
    this.camera.updateMatrixWorld();
  }
}

function directionOf({ azimuth, polar }: Pose): Vector3 {
  const flat = Math.sin(polar);
  return new Vector3(flat * Math.cos(azimuth), flat * Math.sin(azimuth), Math.cos(polar));
}

/** Moves the target within the plane of the picture. */
function shift(pose: Pose, rightMm: number, upMm: number): void {
  const right = new Vector3(-Math.sin(pose.azimuth), Math.cos(pose.azimuth), 0);
  const up = new Vector3().crossVectors(directionOf(pose), right);
  pose.target.addScaledVector(right, rightMm).addScaledVector(up, upMm);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** How far away, along `direction` from the middle, all corners of the box are in the picture. */
export function fittingDistance(box: Box3, direction: Vector3, aspect: number): number {
  const right = new Vector3().crossVectors(new Vector3(0, 0, 1), direction);
  if (right.lengthSq() < 1e-12) right.set(1, 0, 0);
  right.normalize();
  const up = new Vector3().crossVectors(direction, right);
  const centre = box.getCenter(new Vector3());
  let distance = 1;
  for (let corner = 0; corner < 8; corner++) {
    const offset = new Vector3(
      (corner & 1) === 0 ? box.min.x : box.max.x,
      (corner & 2) === 0 ? box.min.y : box.max.y,
      (corner & 4) === 0 ? box.min.z : box.max.z,
    ).sub(centre);
    const across = Math.abs(offset.dot(right)) / (HALF_HEIGHT * aspect);
    const along = Math.abs(offset.dot(up)) / HALF_HEIGHT;
    distance = Math.max(distance, Math.max(across, along) + offset.dot(direction));
  }
  return distance;
}
