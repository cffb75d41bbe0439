import { defineFaults } from '../../base/index.ts';

export const grblFault = defineFaults('grbl', {
  'grbl.alarm': {
    message: 'The machine stopped in alarm {number}: {reason}.',
    next: 'Remove the cause, then unlock it with $X, or home it with $H, in the terminal.',
  },
  'grbl.locked': {
    message: 'The machine is locked until it is homed or unlocked.',
    next: 'Send $H in the terminal to home it, or $X if you know that nothing is in its way.',
  },
  'grbl.error': {
    message: 'The machine refused line {line} (error {number}): {reason}.',
    next: 'Correct the file or its post-processor, check the workpiece, then begin again.',
  },
  'grbl.refused': {
    message: 'The machine refused this command (error {number}): {reason}.',
    next: 'Change the command and try again.',
  },
  'grbl.file.unknown': {
    message: 'Line {line} holds {command}, which this machine cannot do: {reason}.',
    next: 'Make the file again with a post-processor for GRBL.',
  },
  'grbl.laser-mode': {
    message: 'The laser mode of this machine is off, so the light would stay on wherever it stops.',
    next: 'Send $32=1 in the terminal, then begin again.',
  },
  'grbl.door': {
    message: 'The safety door of the machine is open.',
    next: 'Close the door, then resume.',
  },
});
