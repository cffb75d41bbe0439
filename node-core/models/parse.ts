// The door for model files: decides what a file is by its content (its name only breaks ties), parses it under limits,
// measures it, and refuses what cannot be a printable shape. Nothing in a file can make it throw.

import type { Bytes, Result } from '../base/index.ts';
import { FaultError, ok, refuse, utf8ToBytes } from '../base/index.ts';
import { modelFault } from './faults.ts';
import { checkPrintable, type MeshMeasure, measureMesh } from './measure.ts';
import { createParseContext, type Mesh, type ParseContext, type ParseOptions } from './mesh.ts';
import { parseObj } from './obj.ts';
import { isExactBinaryStl, parseAsciiStl, parseBinaryStl } from './stl.ts';
import { parseThreeMf } from './threemf.ts';

export const MODEL_FORMATS = ['stl', 'obj', '3mf'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

export type ParsedModel = { readonly mesh: Mesh; readonly format: ModelFormat };
export type AnalysedModel = ParsedModel & { readonly measure: MeshMeasure };

/** The welded mesh of an STL, OBJ or 3MF file. `name` is only a hint. */
export function parseModel(bytes: Bytes, name: string, options: ParseOptions = {}): Result<Mesh> {
  const parsed = parseAnyModel(bytes, name, options);
  return parsed.ok ? ok(parsed.value.mesh) : parsed;
}

/** As parseModel, with the format that was found. */
export function parseAnyModel(bytes: Bytes, name: string, options: ParseOptions = {}): Result<ParsedModel> {
  const context = createParseContext(options);
  try {
    if (bytes.length === 0) return refuse(modelFault('model.file.empty'));
    if (bytes.length > context.limits.fileBytesMax) {
      const limitMb = Math.floor(context.limits.fileBytesMax / (1024 * 1024));
      return refuse(modelFault('model.file.too-large', { limitMb }));
    }
    context.tick(0);
    const kind = sniffModel(bytes, name);
    if (kind === undefined) return refuse(modelFault('model.format.unknown'));
    if (kind === 'step') return refuse(modelFault('model.format.step'));
    const mesh = PARSERS[kind](bytes, context);
    context.tick(1);
    return ok({ mesh, format: kind === 'stl-binary' || kind === 'stl-ascii' ? 'stl' : kind });
  } catch (error) {
    if (error instanceof FaultError) return refuse(error.fault);
    // Allocation failure: how much memory a computer has is not known beforehand.
    if (error instanceof RangeError && /allocation|array length|buffer/i.test(error.message)) {
      return refuse(modelFault('model.memory'));
    }
    throw error;
  }
}

/** Parses and measures; refuses a flat shape too. Holes and flipped faces are warnings in `measure.problems`. */
export function analyseModel(bytes: Bytes, name: string, options: ParseOptions = {}): Result<AnalysedModel> {
  const parsed = parseAnyModel(bytes, name, options);
  if (!parsed.ok) return parsed;
  const measure = measureMesh(parsed.value.mesh);
  const printable = checkPrintable(measure);
  return printable.ok ? ok({ ...parsed.value, measure }) : printable;
}

type ContentKind = 'stl-binary' | 'stl-ascii' | 'obj' | '3mf' | 'step';

const PARSERS: Record<Exclude<ContentKind, 'step'>, (bytes: Bytes, context: ParseContext) => Mesh> = {
  'stl-binary': parseBinaryStl,
  'stl-ascii': parseAsciiStl,
  obj: parseObj,
  '3mf': parseThreeMf,
};

const SNIFF_BYTES = 64 * 1024;

function sniffModel(bytes: Bytes, name: string): ContentKind | undefined {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase();
  if (startsWith(bytes, 'PK\u0003\u0004') || startsWith(bytes, 'PK\u0005\u0006')) return '3mf';
  if (isExactBinaryStl(bytes)) return 'stl-binary';
  const head = bytes.subarray(0, SNIFF_BYTES);
  // Text has no control characters but tabs and line ends.
  const isText = !head.some((byte) => byte < 9 || (byte > 13 && byte < 32));
  if (isText) {
    const text = latin1(head).replace(/^\u00ef\u00bb\u00bf/, '');
    if (/^\s*(ISO-10303-21|HEADER;)/.test(text) || /^.{72}S {0,6}0*1\s/.test(text)) return 'step';
    if (/^\s*solid\b/i.test(text) && (/\b(facet|endsolid)\b/i.test(text) || extension === 'stl')) {
      return 'stl-ascii';
    }
    if (OTHER_TEXT_FORMATS.test(text)) return undefined;
    if (/^[ \t]*(v|f)[ \t]+[-+.\d]/m.test(text) || extension === 'obj') return 'obj';
    if (extension === 'step' || extension === 'stp' || extension === 'igs' || extension === 'iges')
      return 'step';
  }
  // Not the size its header declares: the parser says in which way.
  return extension === 'stl' && !isText ? 'stl-binary' : undefined;
}

/** Text that is certainly something else, though it may hold lines that look like OBJ. */
const OTHER_TEXT_FORMATS = /^\s*(<\?xml|<amf|<svg|ply\s|OFF\s|\{|#VRML|G\d+\s)/i;

function startsWith(bytes: Bytes, text: string): boolean {
  return utf8ToBytes(text).every((byte, i) => bytes[i] === byte);
}

function latin1(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return text;
}
