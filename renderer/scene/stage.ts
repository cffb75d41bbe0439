// One 3D picture: renderer, lights, camera and frame loop, on whichever side draws. It draws only when something changed
// (no idle frames). It knows neither the page nor what it shows. Units are millimetres, z is up.

import {
  type Box3,
  Color,
  DirectionalLight,
  HemisphereLight,
  NeutralToneMapping,
  type Object3D,
  PCFShadowMap,
  Scene,
  Vector3,
  WebGLRenderer,
} from 'three';
import { type CameraMove, Orbit, type ViewName } from './orbit.ts';
import { PALETTES, type SceneTheme } from './palette.ts';
import type { StageSize } from './stage-messages.ts';

const PIXEL_RATIO_MAX = 2;

/** Whole pictures that take the graphics card longer than this, so often in a row, are too much for it. The first one of
 * something new does not count: its programs are made with it. */
const SLOW_PICTURE_MS = 300;
const SLOW_PICTURES_MAX = 2;

/** Pictures that take longer than this are drawn roughly while the camera moves, and in full when it rests. */
const SMOOTH_PICTURE_MS = 45;
const REST_MS = 160;
/** Where a full picture takes long, a hand that only pauses does not have to wait for one. */
const REST_MS_MAX = 600;
/** A rough picture has so much of a full one's pixels along each side. */
const ROUGH_SIDE = 0.6;

/** Objects on this layer are drawn into the kept picture, and only there. */
export const GROWTH_LAYER = 1;

/** What only ever adds to the picture: a print in progress. */
export type Growth = {
  /** Before a whole picture; `roughly`: one of many in a movement, on graphics too slow for all of it. */
  readonly beforeWhole: (roughly: boolean) => void;
  /** Before an addition: false where there is nothing to add. `whole` asks for a whole picture instead. */
  readonly beforeAddition: () => boolean | 'whole';
};

/** Runs before a frame; true where it wants another one. */
export type Ticker = (nowMs: number) => boolean;

export type StageListener = {
  readonly onContext: (present: boolean) => void;
  /** The graphics card has finished a whole picture that was begun when `Stage.content` was this. */
  readonly onDrawn: (content: number) => void;
  /** Whole pictures take the graphics card too long for what is shown. */
  readonly onSlow: () => void;
};

export class Stage {
  readonly scene = new Scene();
  readonly orbit = new Orbit();
  /** Number of what is shown, see `StageListener.onDrawn`; while it is 0, nothing is drawn. */
  content = 0;
  readonly #renderer: WebGLRenderer;
  readonly #context: WebGL2RenderingContext;
  readonly #listener: StageListener;
  readonly #key = new DirectionalLight(0xffffff, 1.9);
  readonly #fill = new DirectionalLight(0xdfeaff, 0.7);
  readonly #sky = new HemisphereLight(0xffffff, 0xb8b4ad, 1.5);
  readonly #tickers = new Set<Ticker>();
  #size: StageSize = { width: 0, height: 0, pixelRatio: 1 };
  #sizeWanted: StageSize | undefined;
  #frame = 0;
  #whole = true;
  #growth: Growth | undefined;
  #slowFrames = 0;
  /** What the last whole picture in full took. */
  #fullMs = 0;
  #rough = false;
  #movedAtMs = Number.NEGATIVE_INFINITY;
  /** Set while the graphics card still works on the last whole picture. */
  #fence:
    | {
        readonly sync: WebGLSync;
        readonly startMs: number;
        readonly content: number;
        readonly rough: boolean;
      }
    | undefined;
  #disposed = false;

  /** @throws Error where this side has no WebGL 2. */
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, listener: StageListener) {
    this.#listener = listener;
    this.#renderer = new WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
    this.#context = this.#renderer.getContext() as WebGL2RenderingContext;
    // Asking for every program's log would wait for each of them; a shader that fails leaves an empty picture either way.
    this.#renderer.debug.checkShaderErrors = false;
    // Models that are being made are cut where they are made to.
    this.#renderer.localClippingEnabled = true;
    this.#renderer.toneMapping = NeutralToneMapping;
    this.#renderer.shadowMap.enabled = true;
    this.#renderer.shadowMap.type = PCFShadowMap;
    this.#renderer.shadowMap.autoUpdate = false;
    canvas.addEventListener('webglcontextlost', this.#onContextLost);
    canvas.addEventListener('webglcontextrestored', this.#onContextRestored);
    this.#addLights();
  }

  /** Asks for a whole new picture. */
  readonly invalidate = (): void => {
    this.#whole = true;
    this.#request();
  };

  /** The picture's shadows no longer fit what is shown. */
  invalidateShadows(): void {
    this.#renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  /** Something was added to what grows, nothing else changed: the picture is kept and only that is drawn into it. */
  readonly grow = (): void => this.#request();

  addTicker(ticker: Ticker): () => void {
    this.#tickers.add(ticker);
    this.#request();
    return () => this.#tickers.delete(ticker);
  }

  /** Lets pictures grow: see `Growth`. One at a time. */
  setGrowth(growth: Growth | undefined): void {
    this.#growth = growth;
    this.#slowFrames = -1;
    this.invalidate();
  }

  /** Taken up with the next picture, so that no empty one is ever seen. */
  setSize(size: StageSize): void {
    this.#sizeWanted = size;
    this.orbit.setAspect(Math.max(1, size.width) / Math.max(1, size.height));
    this.invalidate();
  }

  setTheme(theme: SceneTheme): void {
    this.scene.background = new Color(PALETTES[theme].background);
    this.#sky.intensity = theme === 'light' ? 2.3 : 2.1;
    this.#sky.groundColor.set(theme === 'light' ? '#c9c6c0' : '#6d7776');
    this.invalidate();
  }

  /** Shows the whole box from a side, lit for its size. */
  fit(box: Box3, view: ViewName): void {
    this.orbit.fit(box, view);
    this.#placeLights(box.getCenter(new Vector3()), Math.max(1, box.getSize(new Vector3()).length() / 2));
    this.invalidateShadows();
  }

  move(move: CameraMove): void {
    this.orbit.move(move);
    this.invalidate();
  }

  /** Draws something once where nobody sees it, so that its programs are ready for the like of it; none of it may be
   * disposed while they shall stay so. */
  rehearse(thing: Object3D): void {
    this.scene.add(thing);
    this.#renderer.setSize(1, 1, false);
    this.#renderer.shadowMap.needsUpdate = true;
    this.#renderer.render(this.scene, this.orbit.camera);
    thing.removeFromParent();
    this.#renderer.shadowMap.needsUpdate = true;
  }

  /** Where a point of the scene is in the picture, in CSS pixels from its top left. */
  project(point: Vector3): { x: number; y: number } {
    const { width, height } = this.#sizeWanted ?? this.#size;
    const seen = point.clone().project(this.orbit.camera);
    return { x: ((seen.x + 1) / 2) * width, y: ((1 - seen.y) / 2) * height };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#frame !== 0) cancelAnimationFrame(this.#frame);
    this.#tickers.clear();
    const { domElement } = this.#renderer;
    domElement.removeEventListener('webglcontextlost', this.#onContextLost);
    domElement.removeEventListener('webglcontextrestored', this.#onContextRestored);
    this.#key.dispose();
    this.#fill.dispose();
    this.#sky.dispose();
    this.#renderer.dispose();
    // Browsers allow about sixteen contexts a page; waiting for the collector would run out of them.
    this.#renderer.forceContextLoss();
  }

  #addLights(): void {
    this.#key.castShadow = true;
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
  }

  #request(): void {
    if (this.#disposed || this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(this.#draw);
  }

  readonly #draw = (nowMs: number): void => {
    this.#frame = 0;
    const { width, height } = this.#sizeWanted ?? this.#size;
    const nothing = width === 0 || height === 0 || this.content === 0;
    if (nothing || this.#disposed || this.#context.isContextLost()) return;
    // Queueing pictures would make everything else on the screen wait for them.
    const busy = this.#isBusy(nowMs);
    let again = busy || this.#takeMovement(nowMs);
    for (const ticker of [...this.#tickers]) again = ticker(nowMs) || again;
    if (!busy) this.#drawPicture(nowMs);
    if (again || this.#fence !== undefined) this.#request();
  };

  /** Moves the camera on; true while there is more of it, or a picture in full is still owed. */
  #takeMovement(nowMs: number): boolean {
    const moving = this.orbit.tick(nowMs);
    if (moving) {
      this.#movedAtMs = nowMs;
      this.#whole = true;
    }
    const restMs = Math.min(REST_MS_MAX, Math.max(REST_MS, this.#fullMs / 2));
    const resting = nowMs - this.#movedAtMs > restMs;
    if (this.#rough && resting) this.#whole = true;
    this.#rough = !resting && this.#growth !== undefined && this.#fullMs > SMOOTH_PICTURE_MS;
    return moving || this.#rough;
  }

  #drawPicture(nowMs: number): void {
    const addition = this.#whole ? 'whole' : (this.#growth?.beforeAddition() ?? false);
    const { camera } = this.orbit;
    if (addition === 'whole') {
      this.#whole = false;
      this.#takeSize();
      this.#takePixelRatio();
      this.#growth?.beforeWhole(this.#rough);
      this.#renderer.render(this.scene, camera);
      const context = this.#context;
      const sync = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
      context.flush();
      if (sync !== null) this.#fence = { sync, startMs: nowMs, content: this.content, rough: this.#rough };
    } else if (addition) {
      const { background } = this.scene;
      this.scene.background = null;
      this.#renderer.autoClear = false;
      camera.layers.set(GROWTH_LAYER);
      this.#renderer.render(this.scene, camera);
      camera.layers.set(0);
      this.#renderer.autoClear = true;
      this.scene.background = background;
    }
  }

  #takeSize(): void {
    if (this.#sizeWanted === undefined) return;
    this.#size = this.#sizeWanted;
    this.#sizeWanted = undefined;
    this.#renderer.setSize(this.#size.width, this.#size.height, false);
  }

  #takePixelRatio(): void {
    const ratio = Math.min(this.#size.pixelRatio, PIXEL_RATIO_MAX) * (this.#rough ? ROUGH_SIDE : 1);
    if (ratio !== this.#renderer.getPixelRatio()) this.#renderer.setPixelRatio(ratio);
  }

  /** Whether the last whole picture is still being worked on; takes its time when it is done. */
  #isBusy(nowMs: number): boolean {
    if (this.#fence === undefined) return false;
    const { sync, startMs, content, rough } = this.#fence;
    const context = this.#context;
    if (context.getSyncParameter(sync, context.SYNC_STATUS) !== context.SIGNALED) return true;
    context.deleteSync(sync);
    this.#fence = undefined;
    if (content > 0) this.#listener.onDrawn(content);
    if (rough) return false;
    this.#fullMs = nowMs - startMs;
    const slow = this.#fullMs > SLOW_PICTURE_MS || this.#slowFrames < 0;
    this.#slowFrames = slow ? this.#slowFrames + 1 : 0;
    if (this.#slowFrames >= SLOW_PICTURES_MAX) {
      this.#slowFrames = 0;
      this.#listener.onSlow();
    }
    return false;
  }

  readonly #onContextLost = (event: Event): void => {
    // Without this the browser would never give it back.
    event.preventDefault();
    this.#fence = undefined;
    this.#listener.onContext(false);
  };

  readonly #onContextRestored = (): void => {
    this.#listener.onContext(true);
    this.invalidateShadows();
  };
}
