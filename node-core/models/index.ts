// Models: files to meshes, and everything the console derives from a mesh. Pure; bounded against hostile files.

export { cutFault } from './cut-faults.ts';
export { type CutReport, type CutVerdict, cutToolpath, inspectCut, readCut } from './cut-guard.ts';
export { modelFault } from './faults.ts';
export { analyseGcode, type Box, createPathFollower, type GcodeAnalysis } from './gcode-analysis.ts';
export { parseDuration, type SlicerClaims } from './gcode-comments.ts';
export { gcodeFault } from './gcode-faults.ts';
export { checkGcode, GcodeGuard, type GuardReport, type GuardVerdict, inspectGcode } from './gcode-guard.ts';
export { guardRulesOf, OWNER_RULES_MAX, OwnerRule, ruleFor, ruleKey } from './gcode-owner-rules.ts';
export { type GuardRules, STRICT_RULES } from './gcode-rules.ts';
export { MODEL_LIMITS, type ModelLimits } from './limits.ts';
export {
  checkPrintable,
  type MeshMeasure,
  type MeshProblem,
  measureMesh,
  PROBLEM_CODES,
  type ProblemCode,
} from './measure.ts';
export type { Mesh, ParseOptions } from './mesh.ts';
export { decodeMesh, encodeMesh } from './mesh-codec.ts';
export {
  type AnalysedModel,
  analyseModel,
  MODEL_FORMATS,
  type ModelFormat,
  type ParsedModel,
  parseAnyModel,
  parseModel,
} from './parse.ts';
export { previewMesh } from './preview.ts';
export { createPrism, createSampleModel } from './sample.ts';
export { encodeBinaryStl, isExactBinaryStl } from './stl.ts';
export { renderThumbnail, type ThumbnailOptions } from './thumbnail.ts';
export {
  decodeToolpath,
  encodeToolpath,
  joinToolpaths,
  layerOfMove,
  movesAtCommand,
  movesAtLine,
  TOOLPATH_FEATURES,
  type Toolpath,
  type ToolpathFeature,
} from './toolpath.ts';
