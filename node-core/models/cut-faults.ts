// Why a file is refused for a machine that cuts, in words for its owner.

import { defineFaults } from '../base/index.ts';

const CORRECT = 'Correct the file in the program that made it, for this machine.';

export const cutFault = defineFaults('cut', {
  'cut.too-large': {
    message: 'The path is {sizeMm} mm long in {axis}, and the machine moves {limitMm} mm.',
    next: 'Make the piece smaller or turn it, or choose a larger machine.',
  },
  'cut.nothing': { message: 'The file moves nothing.', next: CORRECT },
  'cut.left-on': {
    message: 'The file ends with the tool still on.',
    next: 'End it with M5, M2 or M30, so that nobody relies on the console for it.',
  },
  'cut.too-fast': {
    message: 'Line {line} asks for a feed of {feed} mm/min, more than the {limit} mm/min of this machine.',
    next: CORRECT,
  },
  'cut.too-strong': {
    message: 'Line {line} sets the tool to S{power}, more than the S{limit} of this machine.',
    next: CORRECT,
  },
  'cut.no-feed': {
    message: 'Line {line} cuts before the file has set a feed.',
    next: CORRECT,
  },
  'cut.tool-still': {
    message: 'Line {line} goes into the material with the spindle at rest.',
    next: 'Switch the spindle on first (M3 S…), or set the zero of the file to the top of the material.',
  },
  'cut.rapid-in-material': {
    message: 'Line {line} moves across at full speed below the top of the material.',
    next: 'Lift the tool before it travels, or cut the way with a feed (G1).',
  },
  'cut.burns-in-place': {
    message: 'Line {line} waits with the laser on, which sets the material on fire.',
    next: 'Switch the laser off before the wait, or use M4.',
  },
  'cut.constant-power': {
    message: 'Line {line} switches the laser on at constant power (M3), also where it slows down or stands.',
    next: 'Make the file with M4, where the power follows the speed.',
  },
  'cut.moves-zero': {
    message: 'Line {line} shifts the zero of the file (G92), so nobody can tell where it goes.',
    next: 'Set the zero at the machine, and leave G92 out of the file.',
  },
  'cut.pauses': {
    message: 'The job pauses at line {line} until you continue it.',
    next: 'Be near the machine when it pauses.',
  },
});
