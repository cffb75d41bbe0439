// Carries out the page's commands on a stage: sets up bed, model and print, changes their looks, follows the nozzle.
// The same on either side; what it has to say goes back as news.

import { Box3, Group, Vector3 } from 'three';
import { createBed } from './bed.ts';
import type { BedSize } from './bed-size.ts';
import { createMeshObject, type MeshObject } from './mesh-object.ts';
import type { SceneMesh } from './mesh-prepare.ts';
import { type Glide, glideAt, nextGlide } from './nozzle-feed.ts';
import type { SceneTheme } from './palette.ts';
import { Stage } from './stage.ts';
import type { MeshLook, NozzleTold, PathLook, StageCommand, StageNews } from './stage-messages.ts';
import type { ToolpathScene } from './toolpath-index.ts';
import { createToolpathObject, type ToolpathObject } from './toolpath-object.ts';

const ONE_TRIANGLE: SceneMesh = {
  triangles: 1,
  positions: new Float32Array([0, 0, 0, 10, 0, 0, 0, 10, 10]),
  normals: new Float32Array([0, 0, 1, 0, 0, 1, 0, 0, 1]),
  indices: undefined,
  minMm: [0, 0, 0],
  maxMm: [10, 10, 10],
  problemTriangles: new Float32Array(0),
  problemEdges: new Float32Array(0),
};

/** Steps of the nozzle that nobody sees are not told. */
const NOZZLE_STEP_PX = 0.1;

export class Stagehand {
  readonly #stage: Stage;
  readonly #tell: (news: StageNews) => void;
  #theme: SceneTheme = 'light';
  #bed: { readonly size: BedSize; readonly shadow: boolean; readonly dispose: () => void } | undefined;
  #mesh: { readonly data: SceneMesh; readonly object: MeshObject } | undefined;
  #meshLook: MeshLook = { colour: undefined, sizeBox: false, problems: true };
  #path: { readonly data: ToolpathScene; readonly object: ToolpathObject } | undefined;
  #pathLook: PathLook = { colourMode: 'feature', travels: false, single: false };
  #moves = 0;
  #glide: Glide | undefined;
  /** As last told. */
  #nozzle = { x: Number.NaN, y: Number.NaN };
  /** The graphics are slow here: prints are shown as lines from now on. */
  #slow = false;

  /** Gives back what was rehearsed with; its programs are kept for the next mesh until then. */
  #rehearsal: (() => void) | undefined;

  /** @throws Error where this side has no WebGL 2. */
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, tell: (news: StageNews) => void) {
    this.#tell = tell;
    this.#stage = new Stage(canvas, {
      onContext: (present) => tell({ news: 'context', present }),
      onDrawn: (serial) => tell({ news: 'drawn', serial }),
      onSlow: () => this.#takeItEasy(),
    });
    this.#stage.setTheme(this.#theme);
    this.#stage.addTicker((nowMs) => this.#tick(nowMs));
  }

  do(command: StageCommand): void {
    switch (command.do) {
      case 'size':
        this.#stage.setSize(command.size);
        break;
      case 'theme':
        this.#setTheme(command.theme);
        break;
      case 'reduce-motion':
        this.#stage.orbit.setGliding(!command.reduced);
        break;
      case 'camera':
        this.#stage.move(command.move);
        break;
      case 'bed':
        this.#setBed(command.bed, false);
        break;
      case 'mesh':
        this.#stage.content = command.serial;
        this.#setBed(command.bed, true);
        this.#setMesh(command.mesh);
        break;
      case 'mesh-look':
        this.#lookAtMesh(command.look);
        break;
      case 'path':
        this.#stage.content = command.serial;
        this.#setPath(command.path);
        break;
      case 'path-look':
        this.#pathLook = command.look;
        this.#applyLooks();
        break;
      case 'moves':
        this.#glide = undefined;
        this.#moves = command.moves;
        this.#applyLooks();
        break;
      case 'follow':
        this.#follow(command.told);
        break;
      case 'rehearse':
        this.#rehearse();
        break;
      case 'clear':
        this.#clear();
        break;
    }
  }

  dispose(): void {
    this.#clear();
    this.#rehearsal?.();
    this.#stage.dispose();
  }

  #clear(): void {
    this.#mesh?.object.dispose();
    this.#mesh = undefined;
    this.#stage.setGrowth(undefined);
    this.#path?.object.dispose();
    this.#path = undefined;
    this.#bed?.dispose();
    this.#bed = undefined;
    this.#glide = undefined;
    this.#moves = 0;
    this.#nozzle = { x: Number.NaN, y: Number.NaN };
    this.#stage.content = 0;
    this.#stage.setSize({ width: 0, height: 0, pixelRatio: 1 });
  }

  #rehearse(): void {
    if (this.#rehearsal !== undefined) return;
    const bed = createBed({ x: 100, y: 100 }, this.#theme, true);
    const mesh = createMeshObject(ONE_TRIANGLE, this.#theme, { x: 50, y: 50 });
    mesh.setSizeBox(false);
    const both = new Group().add(bed.group, mesh.group);
    this.#stage.orbit.fit(new Box3().setFromObject(both), 'home');
    this.#stage.rehearse(both);
    this.#rehearsal = () => {
      bed.dispose();
      mesh.dispose();
    };
  }

  #setTheme(theme: SceneTheme): void {
    if (theme === this.#theme) return;
    this.#theme = theme;
    this.#stage.setTheme(theme);
    if (this.#bed !== undefined) this.#buildBed(this.#bed.size, this.#bed.shadow);
    if (this.#mesh !== undefined) this.#buildMesh(this.#mesh.data);
    if (this.#path !== undefined) this.#buildPath(this.#path.data);
  }

  #setBed(size: BedSize, shadow: boolean): void {
    const { x, y } = this.#bed?.size ?? {};
    if (x === size.x && y === size.y && this.#bed?.shadow === shadow) return;
    this.#buildBed(size, shadow);
  }

  #buildBed(size: BedSize, shadow: boolean): void {
    this.#bed?.dispose();
    const bed = createBed(size, this.#theme, shadow);
    this.#bed = { size, shadow, dispose: bed.dispose };
    this.#stage.scene.add(bed.group);
    this.#stage.invalidateShadows();
  }

  #setMesh(mesh: SceneMesh): void {
    const before = this.#mesh?.object.box;
    const object = this.#buildMesh(mesh);
    // The same model with its problems marked: nobody's view is taken away for that.
    if (before === undefined || !before.equals(object.box)) this.#stage.fit(framed(object.box), 'home');
  }

  #buildMesh(data: SceneMesh): MeshObject {
    this.#mesh?.object.dispose();
    const bed = this.#bed?.size ?? { x: 0, y: 0 };
    const object = createMeshObject(data, this.#theme, { x: bed.x / 2, y: bed.y / 2 });
    this.#mesh = { data, object };
    this.#stage.scene.add(object.group);
    this.#applyLooks();
    this.#stage.invalidateShadows();
    return object;
  }

  #setPath(path: ToolpathScene): void {
    this.#buildPath(path);
    this.#stage.fit(boxOf(path), 'home');
  }

  #buildPath(data: ToolpathScene): void {
    this.#stage.setGrowth(undefined);
    this.#path?.object.dispose();
    const object = createToolpathObject(data, this.#theme);
    this.#path = { data, object };
    object.setLight(this.#slow);
    this.#stage.scene.add(object.group);
    this.#stage.setGrowth(object.growth);
    this.#applyLooks();
  }

  #lookAtMesh(look: MeshLook): void {
    const isCutElsewhere = look.madeMm !== this.#meshLook.madeMm;
    this.#meshLook = look;
    this.#applyLooks();
    if (isCutElsewhere) this.#stage.invalidateShadows();
  }

  #applyLooks(): void {
    const mesh = this.#mesh?.object;
    mesh?.setColour(this.#meshLook.colour);
    mesh?.setSizeBox(this.#meshLook.sizeBox);
    mesh?.setProblems(this.#meshLook.problems);
    mesh?.setMade(this.#meshLook.madeMm);
    const path = this.#path?.object;
    path?.setColourMode(this.#pathLook.colourMode);
    path?.setTravels(this.#pathLook.travels);
    path?.setSingleLayer(this.#pathLook.single);
    path?.setMoves(this.#moves);
    this.#stage.invalidate();
  }

  #takeItEasy(): void {
    if (this.#slow || this.#path === undefined) return;
    this.#slow = true;
    this.#path.object.setLight(true);
    this.#stage.invalidate();
  }

  #follow(told: NozzleTold): void {
    this.#glide = nextGlide(this.#glide, {
      moves: told.moves,
      atMs: told.atMs - performance.timeOrigin,
    });
    this.#stage.grow();
  }

  /** Before each frame: on to where the nozzle is now. */
  #tick(nowMs: number): boolean {
    const path = this.#path?.object;
    if (path === undefined) return false;
    let again = false;
    if (this.#glide !== undefined) {
      this.#moves = glideAt(this.#glide, nowMs);
      path.setMoves(this.#moves);
      again = this.#moves < this.#glide.toMoves;
    }
    this.#tellNozzle(path.nozzle);
    return again;
  }

  #tellNozzle(nozzle: Vector3): void {
    const { x, y } = this.#stage.project(nozzle);
    if (Math.abs(x - this.#nozzle.x) < NOZZLE_STEP_PX && Math.abs(y - this.#nozzle.y) < NOZZLE_STEP_PX)
      return;
    this.#nozzle = { x, y };
    this.#tell({ news: 'nozzle', x, y, moves: this.#moves });
  }
}

/** A little air around the part, so that it stands on a bed rather than fill the window. */
function framed(box: Box3): Box3 {
  const size = box.getSize(new Vector3());
  const air = Math.max(size.x, size.y, size.z) * 0.08;
  return box.clone().expandByVector(new Vector3(air, air, 0));
}

function boxOf(path: ToolpathScene): Box3 {
  const box = new Box3(new Vector3(...path.minMm), new Vector3(...path.maxMm));
  box.min.z = 0;
  const size = box.getSize(new Vector3());
  return box.expandByVector(new Vector3(Math.max(8, size.x * 0.08), Math.max(8, size.y * 0.08), 2));
}
