// The virtual printer: a Marlin-family printer in software, behind a SerialLink. The demo's machine and the
// simulation's; also what `dipnet virtual-printer` puts on a pseudo-terminal.

import type { Bytes, Clock } from '../../base/index.ts';
import type { SerialLink } from '../types.ts';
import { DEFAULT_BODY } from './body.ts';
import { Firmware } from './firmware.ts';
import type { FirmwareOptions, Trouble, VirtualTruth } from './firmware-types.ts';
import { DEFAULT_RX_BYTES } from './line-reader.ts';
import { drawPicture, type PartShape } from './picture.ts';

export { createLinkPair, type LinkPair } from './link-pair.ts';
export { createMachineBody, type MachineBody } from './machine-body.ts';
export { createNoisyLink, type NoiseOptions } from './noisy-link.ts';
export { PartShape, PICTURE_HEIGHT, PICTURE_WIDTH } from './picture.ts';
export { createSeeded } from './seeded.ts';
export { createSimClock, type SimClock } from './sim-clock.ts';
export {
  BED_HEATER,
  Heater,
  type HeaterModel,
  type HeaterTrouble,
  NOZZLE_HEATER,
  STEP_MS,
} from './thermal.ts';
export type { FirmwareOptions, Trouble, VirtualTruth };

export type VirtualPrinter = {
  /** Machine time since power on, in milliseconds. */
  readonly timeMs: number;
  setTimeScale(scale: number): void;
  truth(): VirtualTruth;
  strike(trouble: Trouble): void;
  /** The reset button. */
  restart(): void;
  /** The button that ends an M0 or a filament change. */
  pressContinue(): void;
  /** Takes the parts off. */
  clearBed(): void;
  /** What a camera would see now, in RGB; undefined for a printer without `shape`. */
  picture(): Bytes | undefined;
  /** Power off. */
  stop(): void;
};

export type VirtualPrinterOptions = Partial<Omit<FirmwareOptions, 'clock' | 'body'>> & {
  /** Knows where its nozzle is inside the motion, and can be asked. */
  readonly followsNozzle?: boolean;
  readonly clock: Clock;
  readonly volumeMm?: { readonly x: number; readonly y: number; readonly z: number };
  /** A part from before lies on the bed. */
  readonly partOnBed?: boolean;
  /** How an earlier one of it was left: it stands there, and is as warm. */
  readonly before?: Pick<VirtualTruth, 'positionMm' | 'nozzleC' | 'bedC'>;
  /** What lies on the bed, kept by the caller so that it outlives the printer; without it nothing can be seen. */
  readonly shape?: PartShape;
};

/** Powers a virtual printer on at the far end of a link. */
export function runVirtualPrinter(link: SerialLink, options: VirtualPrinterOptions): VirtualPrinter {
  const { volumeMm, partOnBed, before, shape, followsNozzle, ...rest } = options;
  const firmware = new Firmware(link, {
    timeScale: 1,
    emergencyParser: true,
    thermalProtection: true,
    advancedOk: false,
    tellsEndstops: false,
    positionReports: 'none',
    rxBytes: DEFAULT_RX_BYTES,
    seed: 1,
    lostReplies: 0,
    troubles: [],
    keepLog: false,
    ...rest,
    body: {
      ...DEFAULT_BODY,
      ...(volumeMm === undefined ? {} : { volumeMm }),
      followsNozzle: followsNozzle ?? options.positionReports === 'real',
    },
  });
  if (partOnBed === true) firmware.body.leavePart();
  firmware.body.shape = shape;
  if (before !== undefined) firmware.body.standAt(before);
  return {
    get timeMs() {
      return firmware.timeMs;
    },
    setTimeScale: (scale) => firmware.setTimeScale(scale),
    truth: () => firmware.truth(),
    strike: (trouble) => firmware.strike(trouble),
    restart: () => firmware.restart(),
    pressContinue: () => firmware.pressContinue(),
    clearBed: () => firmware.body.clearBed(),
    picture: () => {
      const { x, y, z, nozzle, options: made } = firmware.body;
      if (shape === undefined) return undefined;
      return drawPicture({ shape, volumeMm: made.volumeMm, nozzleMm: { x, y, z }, hot: nozzle.celsius > 60 });
    },
    stop: () => firmware.stop(),
  };
}
