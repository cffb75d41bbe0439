// What the page and the side that draws say to each other. That side is a worker where the browser can draw in one, else
// the page itself; neither knows the difference. Arrays live in shared memory where the page may have it (`shareArrays`).

import type { BedSize } from './bed-size.ts';
import type { SceneMesh } from './mesh-prepare.ts';
import type { CameraMove } from './orbit.ts';
import type { SceneTheme } from './palette.ts';
import type { ColourMode } from './toolpath-colour.ts';
import type { ToolpathScene } from './toolpath-index.ts';

/** In CSS pixels, and device pixels for each of them. */
export type StageSize = { readonly width: number; readonly height: number; readonly pixelRatio: number };

export type MeshLook = {
  /** `#rrggbb`; the theme's neutral tone without. */
  readonly colour: string | undefined;
  readonly sizeBox: boolean;
  readonly problems: boolean;
  /** Above this height, in millimetres from the bed, only a ghost of it is seen; all of it where absent. */
  readonly madeMm?: number | undefined;
};

export type PathLook = {
  readonly colourMode: ColourMode;
  readonly travels: boolean;
  readonly single: boolean;
};

/** Moves done so far, known at `atMs` (milliseconds since 1970, with fractions: both sides count from there). */
export type NozzleTold = { readonly moves: number; readonly atMs: number };

export type StageCommand =
  | { readonly do: 'size'; readonly size: StageSize }
  | { readonly do: 'theme'; readonly theme: SceneTheme }
  | { readonly do: 'reduce-motion'; readonly reduced: boolean }
  | { readonly do: 'camera'; readonly move: CameraMove }
  /** Once the picture with it is finished, `drawn` says so with the same serial number. */
  | { readonly do: 'mesh'; readonly mesh: SceneMesh; readonly bed: BedSize; readonly serial: number }
  | { readonly do: 'mesh-look'; readonly look: MeshLook }
  | { readonly do: 'bed'; readonly bed: BedSize }
  | { readonly do: 'path'; readonly path: ToolpathScene; readonly serial: number }
  | { readonly do: 'path-look'; readonly look: PathLook }
  /** Shows the print after so many moves. */
  | { readonly do: 'moves'; readonly moves: number }
  /** Glides on to where the machine is. */
  | { readonly do: 'follow'; readonly told: NozzleTold }
  /** Makes ready for a mesh, while nobody waits for it. */
  | { readonly do: 'rehearse' }
  /** Everything away; the stage keeps its 3D context for the next one. */
  | { readonly do: 'clear' };

export type StageNews =
  /** No 3D on this side. */
  | { readonly news: 'failed' }
  /** The graphics card took the view away (false) or gave it back (true). */
  | { readonly news: 'context'; readonly present: boolean }
  /** The graphics card has finished a picture with this mesh or path. */
  | { readonly news: 'drawn'; readonly serial: number }
  /** Where the nozzle is in the picture after so many moves, in CSS pixels from its top left. */
  | { readonly news: 'nozzle'; readonly x: number; readonly y: number; readonly moves: number };

export type ToStageWorker =
  | { readonly stage: number; readonly canvas: OffscreenCanvas }
  | { readonly stage: number; readonly command: StageCommand }
  | { readonly stage: number; readonly close: true };

export type FromStageWorker = { readonly stage: number; readonly news: StageNews };
