// The virtual printer's body and interpreter without its firmware: commands in, end state out, no time. For peers that
// speak other dialects.

import { utf8ToBytes } from '../../base/index.ts';
import { Body, DEFAULT_BODY } from './body.ts';
import { ParsedCommand } from './command-parser.ts';
import { Interpreter } from './interpreter.ts';

export type MachineBody = {
  execute(command: string): void;
  /** Power and position are lost. */
  reset(): void;
  state(): {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly extrudedMm: number;
    readonly nozzleTargetC: number;
    readonly bedTargetC: number;
    readonly fan: number;
  };
};

export function createMachineBody(): MachineBody {
  const body = new Body(DEFAULT_BODY);
  const nothing = () => undefined;
  const interpreter = new Interpreter(
    body,
    {
      nowMs: 0,
      tellsEndstops: false,
      say: nothing,
      interval: (ms) => ms,
      okSaid: nothing,
      setAutoReport: nothing,
      setPositionReport: nothing,
      setKeepalive: nothing,
      setLineNumber: nothing,
      kill: nothing,
      clearStop: nothing,
    },
    {},
  );
  const parsed = new ParsedCommand();
  return {
    execute: (command) => {
      const bytes = utf8ToBytes(command);
      if (!parsed.parse(bytes, 0, bytes.length)) return;
      if (interpreter.execute(parsed) === 'full') {
        body.settleMotion();
        interpreter.execute(parsed);
      }
      // Waiting for a temperature takes no time here.
      for (const heater of [body.nozzle, body.bed]) heater.celsius = Math.max(heater.celsius, heater.targetC);
    },
    reset: () => {
      body.lose(0);
      interpreter.reset();
    },
    state: () => ({
      x: body.x,
      y: body.y,
      z: body.z,
      extrudedMm: body.extrudedMm,
      nozzleTargetC: body.nozzle.targetC,
      bedTargetC: body.bed.targetC,
      fan: body.fan,
    }),
  };
}
