// What a firmware of the Marlin family says, line by line: every form of the replies of Marlin 1 and 2, Prusa,
// Repetier, Smoothie, Klipper's pseudo-terminal and the old Sprinter kin. Total: any text parses to something.

import type { HeaterDuty, Temperatures } from './types.ts';

export type Reply =
  /** `rest` is what follows `ok` on the line: temperatures, N/P/B of ADVANCED_OK, a firmware name. */
  | { readonly type: 'ok'; readonly rest: string }
  /** `number` is -1 where none can be read: the `ok` behind it acknowledges nothing all the same. */
  | { readonly type: 'resend'; readonly number: number }
  /** The firmware is alive and works: busy lines and the progress lines of a heat-up. */
  | { readonly type: 'busy'; readonly forUser: boolean }
  | { readonly type: 'heating' }
  /** A report of temperatures, asked for or automatic. */
  | { readonly type: 'temperature' }
  /** Of positions (M114, M154), fans (M123) or the card (M27), asked for or automatic. */
  | { readonly type: 'report' }
  | { readonly type: 'wait' }
  /** The board has just booted. */
  | { readonly type: 'start' }
  /** It has stopped for good; only a reset helps. */
  | { readonly type: 'halted'; readonly reason: string }
  /** The reason that a halt line will follow, or a complaint that stops nothing. */
  | { readonly type: 'error'; readonly reason: string; readonly lineOrder: boolean }
  /** A move was acknowledged but not carried out as asked. */
  | { readonly type: 'not-extruding'; readonly reason: string }
  | { readonly type: 'action'; readonly action: string }
  | { readonly type: 'text' };

const RESEND = /^(?:resend|rs)\b[^\d-]*(-?\d+)?/i;
const BUSY = /^(?:echo:\s*)?busy:\s*(.*)$/i;
const ACTION = /^\/\/\s*action:\s*(.*)$/i;
const BOOT =
  /^(?:start|Smoothie|PowerUp|\s?External Reset|\s?Brown ?out Reset|\s?Watchdog Reset|\s?Software Reset)\s*$/;
const NOT_EXTRUDING = /cold extrusion prevented|too long extrusion prevented|Invalid extruder/i;
const LINE_ORDER =
  /checksum mismatch|Line Number is not|No Checksum with line|No Line Number with|expected line|wrong checksum|missing checksum|format error/i;
const REPORT = /^(?:X:\s*-?[\d.]+\s*Y:|(?:E\d|PRN\d|CFAN):\s*\d+ RPM|(?:Not )?SD printing\b)/i;
const HALT =
  /halted|kill\(\)|stopped due to errors|MAXTEMP|MINTEMP|Thermal Runaway|Heating failed|temp(?:erature)? (?:sensor )?malfunction|M112|emergency stop|Homing Failed|probing failed/i;

/** `line` without its line ending. */
export function parseReply(line: string): Reply {
  const text = line.trim();
  // `okT:20` is one, `okay` is none.
  if (/^ok(?![a-z]{2})/i.test(text)) return { type: 'ok', rest: text.slice(2).trim() };
  const resend = RESEND.exec(text);
  if (resend !== null) return { type: 'resend', number: Math.max(-1, Number(resend[1] ?? -1)) };
  const busy = BUSY.exec(text);
  if (busy !== null) return { type: 'busy', forUser: /paused for/i.test(busy[1] ?? '') };
  const action = ACTION.exec(text);
  if (action !== null) return { type: 'action', action: (action[1] ?? '').trim() };
  if (text === 'wait') return { type: 'wait' };
  if (BOOT.test(text)) return { type: 'start' };
  if (text.startsWith('!!')) return { type: 'halted', reason: reasonOf(text.slice(2)) };
  if (/^fatal:/i.test(text)) return { type: 'halted', reason: reasonOf(text.slice(6)) };
  if (/^error:?/i.test(text)) return parseError(text);
  if (NOT_EXTRUDING.test(text)) return { type: 'not-extruding', reason: reasonOf(text) };
  if (/^\s*T\d?:\s*-?[\d.]+/.test(text)) return { type: /\bW:/.test(text) ? 'heating' : 'temperature' };
  return { type: REPORT.test(text) ? 'report' : 'text' };
}

function parseError(text: string): Reply {
  const reason = reasonOf(text.replace(/^error:?/i, ''));
  if (LINE_ORDER.test(reason)) return { type: 'error', reason, lineOrder: true };
  if (NOT_EXTRUDING.test(reason)) return { type: 'not-extruding', reason };
  if (HALT.test(reason)) return { type: 'halted', reason };
  return { type: 'error', reason, lineOrder: false };
}

function reasonOf(text: string): string {
  return text
    .trim()
    .replace(/^echo:\s*/, '')
    .slice(0, 160);
}

const READING = /(?:^|[\s:])(T\d?|B)\s*:\s*(-?\d+(?:\.\d+)?)(?:\s*\/\s*(-?\d+(?:\.\d+)?))?/g;

/** The readings in a report, laid over what was known; undefined where the text reports no temperature. */
export function parseTemperatures(text: string, known: Temperatures): Temperatures | undefined {
  let { nozzleC, nozzleTargetC, bedC, bedTargetC } = known;
  let seen = false;
  let active = false;
  for (const match of text.matchAll(READING)) {
    const [, name, reading, goal] = match;
    // `T:` is the active tool; where a firmware only lists `T0: T1:`, the first stands for it.
    if (name === 'B') {
      bedC = Number(reading);
      if (goal !== undefined) bedTargetC = Number(goal);
    } else if (name === 'T' || (name === 'T0' && !active)) {
      active ||= name === 'T';
      nozzleC = Number(reading);
      if (goal !== undefined) nozzleTargetC = Number(goal);
    } else {
      continue;
    }
    seen = true;
  }
  return seen ? { nozzleC, nozzleTargetC, bedC, bedTargetC } : undefined;
}

const DUTY = /(?:^|\s)(B?)@0?:\s*(\d+(?:\.\d+)?)/g;

/** How hard the heaters are driven, where a report of temperatures says so: `@:` (or `@0:`) and `B@:`. */
export function parseDuty(text: string): HeaterDuty | undefined {
  let nozzle: number | undefined;
  let bed: number | undefined;
  for (const [, name, count] of text.matchAll(DUTY)) {
    if (name === 'B') bed = Number(count);
    else nozzle ??= Number(count);
  }
  return nozzle === undefined && bed === undefined ? undefined : { nozzle, bed };
}

export type FirmwareReport = { readonly firmware: string; readonly capabilities: readonly string[] };

/** The answer to M115: name of the firmware and the capabilities that are on. */
export function parseFirmware(lines: readonly string[]): FirmwareReport {
  let firmware = '';
  const capabilities: string[] = [];
  for (const line of lines) {
    const name = /FIRMWARE_NAME:\s*(.*?)(?=\s+[A-Z][A-Z0-9_]*:|$)/.exec(line)?.[1];
    if (name !== undefined && firmware === '') firmware = name.trim().slice(0, 80);
    const capability = /^Cap:([A-Z0-9_]+):(\d)/i.exec(line.trim());
    if (capability?.[1] !== undefined && capability[2] !== '0')
      capabilities.push(capability[1].toUpperCase());
  }
  return { firmware, capabilities };
}

const NUMBER = '(-?\\d+(?:\\.\\d*)?)';
const REPORTED = new RegExp(`^X:\\s*${NUMBER}\\s*Y:\\s*${NUMBER}\\s*Z:\\s*${NUMBER}`);
const COUNTED_MM = /\bCount\s+X:\s*(-?\d+\.\d+)\s+Y:\s*(-?\d+\.\d+)\s+Z:\s*(-?\d+\.\d+)/;

/**
 * The nozzle in an automatic report. Prusa plans in the first three and counts the steppers in millimetres behind them;
 * Marlin's whole counts are steps of motors that need not be axes, and stay unread.
 */
export function parseNozzleReport(line: string): Omit<ReportedPosition, 'e'> | undefined {
  const match = COUNTED_MM.exec(line) ?? REPORTED.exec(line.trim());
  if (match === null) return undefined;
  return { x: Number(match[1]), y: Number(match[2]), z: Number(match[3]) };
}

export type ReportedPosition = {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly e: number;
};
