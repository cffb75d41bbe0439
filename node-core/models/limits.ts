// Bounds on what a file may ask of this computer. They are far above any printable part, and each is a refusal.

export type ModelLimits = {
  /** Whole file. 10 M triangles of binary STL are 500 MB. */
  readonly fileBytesMax: number;
  /** After expansion of all instances; about 1.2 GB of memory while measuring. */
  readonly trianglesMax: number;
  /** Of any coordinate, in millimetres: 10 m is beyond every machine, and float32 still resolves 1 µm there. */
  readonly coordinateMmMax: number;
  /** Of all parts of a package that are read, after inflation. */
  readonly inflatedBytesMax: number;
  readonly zipEntriesMax: number;
  /** Placements of objects in a 3MF build, counting nested components. */
  readonly instancesMax: number;
};

export const MODEL_LIMITS: ModelLimits = {
  fileBytesMax: 512 * 1024 * 1024,
  trianglesMax: 10_000_000,
  coordinateMmMax: 10_000,
  inflatedBytesMax: 768 * 1024 * 1024,
  zipEntriesMax: 4096,
  instancesMax: 20_000,
};

/** Corners of one polygon: ear clipping takes quadratic time. */
export const POLYGON_CORNERS_MAX = 2048;
