// Why a print file is refused, in words for the owner of a machine.

import { defineFaults } from '../base/index.ts';

const SLICE_AGAIN = 'Slice the model again for this machine.';
const DO_NOT_PRINT = 'Do not print this file; slice the model again for this machine.';

export const gcodeFault = defineFaults('gcode', {
  'gcode.file.too-large': {
    message: 'The print file is larger than {limitMb} MB.',
    next: 'Slice with thicker layers, or cut the model in parts.',
  },
  'gcode.moves.too-many': {
    message: 'The print file has more than {limit} movements.',
    next: 'Slice with thicker layers, or cut the model in parts.',
  },
  'gcode.content.none': { message: 'The print file prints nothing.', next: SLICE_AGAIN },
  'gcode.content.binary': { message: 'The print file is not plain G-code.', next: SLICE_AGAIN },
  'gcode.toolpath.malformed': {
    message: 'The picture of the printing path is damaged.',
    next: 'Reload the page of this job.',
  },
  'gcode.guard.outside': {
    message:
      'Line {line} moves the nozzle to {axis} {positionMm} mm, outside the build volume of {limitMm} mm.',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.too-hot': {
    message: 'Line {line} heats the {heater} to {targetC} °C, above this machine’s limit of {limitC} °C.',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.forbidden': {
    message: 'Line {line} holds the command {command}, which a print job must not give ({reason}).',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.unknown': {
    message: 'Line {line} holds {command}, which is not a command known to be safe.',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.unknown-macro': {
    message: 'Line {line} runs {command}, a macro that the guard does not know.',
    next: 'Look at what it does in the configuration of the printer, then allow it for this machine, or slice without it.',
  },
  'gcode.guard.too-long': {
    message: 'Line {line} is longer than the {limit} characters that firmware reads.',
    next: SLICE_AGAIN,
  },
  'gcode.guard.not-homed': {
    message: 'Line {line} moves the nozzle before the machine has found its origin.',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.cold': {
    message: 'Line {line} extrudes before the nozzle was heated and waited for.',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.pauses': {
    message: 'The job pauses at line {line} until you continue it.',
    next: 'Be near the machine when it pauses.',
  },
  'gcode.guard.too-fast': {
    message: 'Line {line} asks for {speed} mm/s, more than the {limit} mm/s that any printer reaches.',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.too-much': {
    message: 'Line {line} moves {lengthMm} mm of filament at once; printers refuse more than {limitMm} mm.',
    next: DO_NOT_PRINT,
  },
  'gcode.guard.too-thick': {
    message: 'Line {line} pushes far more filament than a line can hold, as moves before it did.',
    next: 'The file mixes up absolute and relative extrusion. Slice the model again.',
  },
  'gcode.guard.pulls-back': {
    message: 'The print file pulls more filament back than it pushes out.',
    next: 'The file mixes up absolute and relative extrusion. Slice the model again.',
  },
  'gcode.guard.fan-on': {
    message: 'The print file ends with the fan still on.',
    next: 'Nothing needs to be done: the console switches it off.',
  },
  'gcode.guard.allowed': {
    message: 'Line {line} holds {command}, which a rule of this machine allows.',
    next: 'Change the rule if it should not be allowed.',
  },
  'gcode.guard.left-hot': {
    message: 'The print file ends with the {heater} still heated to {targetC} °C.',
    next: 'Slice again with an ending that switches the heaters off.',
  },
});
