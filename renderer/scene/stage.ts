// One 3D view: canvas, camera, light and orbit. It draws only when something changed (no idle frames), and gives
// everything back to the graphics card when disposed. Units are millimetres, z is up.

import {
  Box3,
  Color,
  DirectionalLight,
  HemisphereLight,
  NeutralToneMapping,
  PCFShadowMap,
  PerspectiveCamera,
  Scene,
  Spherical,
  Vector3,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { PALETTES, type SceneTheme } from './palette.ts';

export const VIEW_NAMES = ['home', 'top', 'front', 'side'] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

const VIEW_DIRECTIONS: Readonly<Record<ViewName, readonly [number, number, number]>> = {
  home: [0.62, -1, 0.66],
  // A hair off the pole, so that the way up stays defined.
  top: [0, -0.0001, 1],
  front: [0, -1, 0.0001],
  side: [1, 0, 0.0001],
};

const FIELD_OF_VIEW_DEGREES = 32;
const PIXEL_RATIO_MAX = 2;
const CAMERA_MOVE_MS = 320;
const KEY_ORBIT_RADIANS = Math.PI / 24;
const KEY_PAN_FRACTION = 0.06;
const KEY_ZOOM_FACTOR = 1.15;
/** Orbiting stops a little below the horizon: the underside of a part may be looked at, the sky may not. */
const POLAR_MAX_RADIANS = Math.PI * 0.94;

/** Whole pictures that take the graphics card longer than this, so often in a row, are too much for it. */
const SLOW_PICTURE_MS = 300;
const SLOW_PICTURES_MAX = 3;

/** Objects on this layer are drawn into the kept picture, and only there. */
export const GROWTH_LAYER = 1;

/** What only ever adds to the picture: a print in progress. */
export type Growth = {
  /** Before a whole picture. */
  readonly beforeWhole: () => void;
  /** Before an addition: false where there is nothing to add. `whole` asks for a whole picture instead. */
  readonly beforeAddition: () => boolean | 'whole';
};

/** A renderer made ahead of its use; at most one. */
let spare: WebGLRenderer | undefined;

function makeRenderer(): WebGLRenderer {
  const canvas = document.createElement('canvas');
  return new WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
}

function takeRenderer(): WebGLRenderer {
  const renderer = spare ?? makeRenderer();
  spare = undefined;
  // The graphics card may have taken it away while it waited.
  return renderer.getContext().isContextLost() ? makeRenderer() : renderer;
}

/** Makes the next stage's 3D context now, while nobody waits for it: where 3D is computed in software that takes long. */
export function warmStage(): void {
  try {
    spare ??= makeRenderer();
  } catch {
    // No 3D here; the stage will say so when it is asked for.
  }
}

/** Draws before a frame; true where it wants another one. */
export type Ticker = (nowMs: number) => boolean;

export type StageOptions = {
  readonly theme: SceneTheme;
  readonly reducedMotion: boolean;
  readonly shadows: boolean;
  /** The graphics card took the view away (false) or gave it back (true). */
  readonly onContext?: (present: boolean) => void;
};

export class Stage {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW_DEGREES, 1, 0.1, 5000);
  readonly #canvas: HTMLCanvasElement;
  readonly #renderer: WebGLRenderer;
  readonly #context: WebGL2RenderingContext;
  readonly #controls: OrbitControls;
  readonly #key = new DirectionalLight(0xffffff, 2.1);
  readonly #fill = new DirectionalLight(0xdfeaff, 0.7);
  readonly #sky = new HemisphereLight(0xffffff, 0xb8b4ad, 1.5);
  readonly #resize: ResizeObserver;
  readonly #tickers = new Set<Ticker>();
  readonly #options: StageOptions;
  #box = new Box3(new Vector3(-50, -50, 0), new Vector3(50, 50, 50));
  #frame = 0;
  #whole = true;
  #growth: Growth | undefined;
  #slow: (() => void) | undefined;
  #slowFrames = 0;
  /** Set while the graphics card still works on the last whole picture. */
  #fence: { readonly sync: WebGLSync; readonly startMs: number } | undefined;
  #flight: Ticker | undefined;
  #disposed = false;

  /** @throws Error where the browser has no WebGL 2; see `openStage`. */
  constructor(host: HTMLElement, options: StageOptions) {
    this.#options = options;
    this.#renderer = takeRenderer();
    this.#canvas = this.#renderer.domElement;
    this.#canvas.style.display = 'block';
    this.#canvas.style.touchAction = 'none';
    this.#canvas.setAttribute('aria-hidden', 'true');
    host.append(this.#canvas);
    this.#context = this.#renderer.getContext() as WebGL2RenderingContext;
    this.#renderer.toneMapping = NeutralToneMapping;
    this.#renderer.shadowMap.enabled = options.shadows;
    this.#renderer.shadowMap.type = PCFShadowMap;
    this.#renderer.shadowMap.autoUpdate = false;
    this.camera.up.set(0, 0, 1);
    this.#controls = new OrbitControls(this.camera, this.#canvas);
    this.#controls.enableDamping = !options.reducedMotion;
    this.#controls.dampingFactor = 0.16;
    this.#controls.maxPolarAngle = POLAR_MAX_RADIANS;
    this.#controls.zoomToCursor = true;
    this.#controls.addEventListener('change', this.invalidate);
    this.#controls.addEventListener('start', this.#stopFlight);
    this.#canvas.addEventListener('webglcontextlost', this.#onContextLost);
    this.#canvas.addEventListener('webglcontextrestored', this.#onContextRestored);
    this.#addLights();
    this.setTheme(options.theme);
    this.#resize = new ResizeObserver(() => this.#fitCanvas(host));
    this.#resize.observe(host);
    this.#fitCanvas(host);
    this.fit(this.#box, 'home', false);
  }

  /** Asks for a whole new picture. */
  readonly invalidate = (): void => {
    this.#whole = true;
    this.#request();
  };

  #request(): void {
    if (this.#disposed || this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(this.#draw);
  }

  /** The picture's shadows no longer fit what is shown. */
  invalidateShadows(): void {
    this.#renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  addTicker(ticker: Ticker): () => void {
    this.#tickers.add(ticker);
    this.invalidate();
    return () => this.#tickers.delete(ticker);
  }

  /** Calls once when whole pictures take the graphics card too long for what is shown. */
  onSlow(listener: () => void): () => void {
    this.#slowFrames = 0;
    this.#slow = listener;
    return () => {
      if (this.#slow === listener) this.#slow = undefined;
    };
  }

  /** Lets pictures grow: see `Growth`. One at a time. */
  setGrowth(growth: Growth | undefined): void {
    this.#growth = growth;
    this.invalidate();
  }

  /** Something was added to what grows, nothing else changed: the picture is kept and only that is drawn into it. */
  readonly grow = (): void => this.#request();

  /** Where a point of the scene is, in pixels of the host element. */
  project(point: Vector3): { x: number; y: number } {
    const seen = point.clone().project(this.camera);
    return {
      x: ((seen.x + 1) / 2) * this.#canvas.clientWidth,
      y: ((1 - seen.y) / 2) * this.#canvas.clientHeight,
    };
  }

  setTheme(theme: SceneTheme): void {
    this.scene.background = new Color(PALETTES[theme].background);
    this.#sky.intensity = theme === 'light' ? 2.3 : 2.1;
    this.#sky.groundColor.set(theme === 'light' ? '#c9c6c0' : '#6d7776');
    this.#key.intensity = theme === 'light' ? 1.9 : 1.9;
    this.invalidate();
  }

  /** Shows the whole box from a side; keeps the current side where none is named. */
  fit(box: Box3, view?: ViewName, animate = true): void {
    this.#box = box.clone();
    const centre = box.getCenter(new Vector3());
    const radius = Math.max(1, box.getSize(new Vector3()).length() / 2);
    const direction =
      view === undefined
        ? this.camera.position.clone().sub(this.#controls.target)
        : new Vector3(...VIEW_DIRECTIONS[view]);
    if (direction.lengthSq() === 0) direction.set(...VIEW_DIRECTIONS.home);
    direction.normalize();
    const distance = fittingDistance(box, direction, this.camera.aspect) * 1.04;
    this.camera.near = Math.max(0.05, radius / 500);
    this.camera.far = distance + radius * 40;
    this.camera.updateProjectionMatrix();
    this.#controls.minDistance = radius * 0.05;
    this.#controls.maxDistance = distance * 8;
    this.#placeLights(centre, radius);
    this.#fly(centre.clone().addScaledVector(direction, distance), centre, animate);
  }

  /** The whole box again, from a named side. */
  view(view: ViewName): void {
    this.fit(this.#box, view);
  }

  orbit(horizontal: number, vertical: number): void {
    this.#stopFlight();
    const offset = this.camera.position.clone().sub(this.#controls.target);
    // Spherical measures from y; the stage's pole is z.
    const spherical = new Spherical().setFromCartesianCoords(offset.x, offset.z, -offset.y);
    spherical.theta += horizontal * KEY_ORBIT_RADIANS;
    spherical.phi = Math.min(
      POLAR_MAX_RADIANS,
      Math.max(0.001, spherical.phi + vertical * KEY_ORBIT_RADIANS),
    );
    const turned = new Vector3().setFromSpherical(spherical);
    this.camera.position.copy(this.#controls.target).add(new Vector3(turned.x, -turned.z, turned.y));
    this.#controls.update();
    this.invalidate();
  }

  pan(right: number, up: number): void {
    this.#stopFlight();
    const distance = this.camera.position.distanceTo(this.#controls.target) * KEY_PAN_FRACTION;
    const shift = new Vector3()
      .setFromMatrixColumn(this.camera.matrix, 0)
      .multiplyScalar(right * distance)
      .addScaledVector(new Vector3().setFromMatrixColumn(this.camera.matrix, 1), up * distance);
    this.camera.position.add(shift);
    this.#controls.target.add(shift);
    this.#controls.update();
    this.invalidate();
  }

  zoom(steps: number): void {
    this.#stopFlight();
    const offset = this.camera.position.clone().sub(this.#controls.target);
    offset.multiplyScalar(KEY_ZOOM_FACTOR ** -steps);
    offset.clampLength(this.#controls.minDistance, this.#controls.maxDistance);
    this.camera.position.copy(this.#controls.target).add(offset);
    this.#controls.update();
    this.invalidate();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    cancelAnimationFrame(this.#frame);
    this.#resize.disconnect();
    this.#tickers.clear();
    this.#controls.dispose();
    this.#canvas.removeEventListener('webglcontextlost', this.#onContextLost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#onContextRestored);
    this.#key.dispose();
    this.#fill.dispose();
    this.#sky.dispose();
    this.#renderer.dispose();
    // Browsers allow about sixteen contexts a page; waiting for the collector would run out of them.
    this.#renderer.forceContextLoss();
    this.#canvas.remove();
  }

  #addLights(): void {
    this.#key.castShadow = this.#options.shadows;
    this.#key.shadow.mapSize.set(2048, 2048);
    this.#key.shadow.radius = 6;
    this.#key.shadow.bias = -0.0006;
    this.#key.shadow.normalBias = 0.4;
    this.scene.add(this.#key, this.#key.target, this.#fill, this.#fill.target, this.#sky);
  }

  #placeLights(centre: Vector3, radius: number): void {
    this.#key.position.copy(centre).add(new Vector3(-0.7, -0.9, 1.9).multiplyScalar(radius * 2));
    this.#key.target.position.copy(centre);
    this.#fill.position.copy(centre).add(new Vector3(1.2, 0.8, 0.6).multiplyScalar(radius * 2));
    this.#fill.target.position.copy(centre);
    const { camera } = this.#key.shadow;
    camera.left = camera.bottom = -radius * 1.6;
    camera.right = camera.top = radius * 1.6;
    camera.near = radius * 0.5;
    camera.far = radius * 9;
    camera.updateProjectionMatrix();
    this.#renderer.shadowMap.needsUpdate = true;
  }

  readonly #stopFlight = (): void => {
    if (this.#flight !== undefined) this.#tickers.delete(this.#flight);
    this.#flight = undefined;
  };

  #fly(position: Vector3, target: Vector3, animate: boolean): void {
    this.#stopFlight();
    const { camera } = this;
    const controls = this.#controls;
    if (!animate || this.#options.reducedMotion) {
      camera.position.copy(position);
      controls.target.copy(target);
      controls.update();
      this.invalidate();
      return;
    }
    const fromTarget = controls.target.clone();
    const from = camera.position.clone().sub(fromTarget);
    const to = position.clone().sub(target);
    let startMs: number | undefined;
    this.#flight = (nowMs) => {
      startMs ??= nowMs;
      const linear = Math.min(1, (nowMs - startMs) / CAMERA_MOVE_MS);
      const eased = 1 - (1 - linear) ** 3;
      controls.target.lerpVectors(fromTarget, target, eased);
      const length = from.length() + (to.length() - from.length()) * eased;
      const offset = from.clone().normalize().lerp(to.clone().normalize(), eased);
      if (offset.lengthSq() < 1e-6) offset.set(0, 0, 1);
      camera.position.copy(controls.target).addScaledVector(offset.normalize(), length);
      if (linear < 1) return true;
      this.#stopFlight();
      return false;
    };
    this.addTicker(this.#flight);
  }

  readonly #draw = (nowMs: number): void => {
    this.#frame = 0;
    if (this.#disposed) return;
    if (this.#isBusy(nowMs)) {
      // Queueing pictures would make everything else on the screen wait for them.
      this.#request();
      return;
    }
    let again = false;
    for (const ticker of [...this.#tickers]) again = ticker(nowMs) || again;
    this.#controls.update();
    this.#drawPicture(nowMs);
    if (again) this.#request();
  };

  #drawPicture(nowMs: number): void {
    const addition = this.#whole ? 'whole' : (this.#growth?.beforeAddition() ?? 'whole');
    if (addition === 'whole') {
      this.#whole = false;
      this.#growth?.beforeWhole();
      this.#renderer.render(this.scene, this.camera);
      const context = this.#context;
      const sync = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
      context.flush();
      if (sync !== null) this.#fence = { sync, startMs: nowMs };
    } else if (addition) {
      const { background } = this.scene;
      this.scene.background = null;
      this.#renderer.autoClear = false;
      this.camera.layers.set(GROWTH_LAYER);
      this.#renderer.render(this.scene, this.camera);
      this.camera.layers.set(0);
      this.#renderer.autoClear = true;
      this.scene.background = background;
    }
  }

  /** Whether the last whole picture is still being worked on; takes its time when it is done. */
  #isBusy(nowMs: number): boolean {
    if (this.#fence === undefined) return false;
    const { sync, startMs } = this.#fence;
    const context = this.#context;
    if (
      !context.isContextLost() &&
      context.getSyncParameter(sync, context.SYNC_STATUS) !== context.SIGNALED
    ) {
      return true;
    }
    context.deleteSync(sync);
    this.#fence = undefined;
    this.#slowFrames = nowMs - startMs > SLOW_PICTURE_MS ? this.#slowFrames + 1 : 0;
    if (this.#slowFrames >= SLOW_PICTURES_MAX && this.#slow !== undefined) {
      const listener = this.#slow;
      this.#slow = undefined;
      listener();
      this.invalidate();
    }
    return false;
  }

  #fitCanvas(host: HTMLElement): void {
    const width = Math.max(1, host.clientWidth);
    const height = Math.max(1, host.clientHeight);
    this.#renderer.setPixelRatio(Math.min(window.devicePixelRatio, PIXEL_RATIO_MAX));
    this.#renderer.setSize(width, height);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    // Drawn in the same frame as the new size, or the old picture would flash stretched.
    this.#growth?.beforeWhole();
    this.#renderer.render(this.scene, this.camera);
    this.invalidate();
  }

  readonly #onContextLost = (event: Event): void => {
    event.preventDefault();
    this.#options.onContext?.(false);
  };

  readonly #onContextRestored = (): void => {
    this.#options.onContext?.(true);
    this.invalidateShadows();
  };
}

/** How far away, along `direction` from the middle, all corners of the box are in the picture. */
export function fittingDistance(box: Box3, direction: Vector3, aspect: number): number {
  const tangent = Math.tan((FIELD_OF_VIEW_DEGREES * Math.PI) / 360);
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
    const across = Math.abs(offset.dot(right)) / (tangent * aspect);
    const along = Math.abs(offset.dot(up)) / tangent;
    distance = Math.max(distance, Math.max(across, along) + offset.dot(direction));
  }
  return distance;
}

/**
 * A stage in `host`; undefined where this browser cannot draw in 3D. Found out by doing it: a context made only to ask
 * holds the window up as long as the one that is used.
 */
export function openStage(host: HTMLElement, options: StageOptions): Stage | undefined {
  try {
    return new Stage(host, options);
  } catch {
    return undefined;
  }
}
