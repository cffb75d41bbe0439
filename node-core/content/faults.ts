import { defineFaults } from '../base/index.ts';

export const contentFault = defineFaults('content', {
  'content.missing': {
    message: 'A part of this file is not in the store.',
    next: 'Fetch the file again from whoever published it.',
  },
  'content.damaged': {
    message: 'A part of this file was changed or damaged since it was stored.',
    next: 'Fetch the file again from whoever published it; nothing was used.',
  },
  'content.manifest.malformed': {
    message: 'The description of this file is not in the form that its name stands for.',
    next: 'Fetch the file again from whoever published it.',
  },
});

/** Of a print file that is handed out while it prints (gcode-stream.ts). */
export const streamFault = defineFaults('stream', {
  'stream.malformed': {
    message: 'The protected print file is not in a form that this console knows.',
    next: 'Update the console, or ask for the file again.',
  },
  'stream.not-this-job': {
    message: 'The protected print file that arrived belongs to another job.',
    next: 'Nothing was printed. Start the job again.',
  },
  'stream.not-this-machine': {
    message: 'This print file was released for another printer.',
    next: 'Print it on the printer that the order names.',
  },
  'stream.order': {
    message: 'A part of the print file was asked for out of order, or a second time.',
    next: 'Start the job again; a copy that was printed is not released again.',
  },
  'stream.too-early': {
    message: 'A part of the print file was asked for before its turn.',
    next: 'Wait; it is released when the printer comes near it.',
  },
  'stream.altered': {
    message: 'A part of the print file was changed on its way.',
    next: 'The print was ended. Check the connection, then start the job again.',
  },
  'stream.closed': {
    message: 'The release of this print file has ended.',
    next: 'Start the job again if its licence has a copy left.',
  },
  'stream.taken': {
    message: 'This copy was released to the printer before.',
    next: 'Print it again as a new attempt.',
  },
  'stream.unreachable': {
    message: 'Whoever releases the print file cannot be reached.',
    next: 'The printer waits, set aside. Check the connection; it goes on by itself.',
  },
  'stream.stopped': {
    message: 'The designer stopped the release of this print file.',
    next: 'Ask the designer why. The printer is set aside and cools down; the copy counts as not printed.',
  },
  'stream.not-open': {
    message: 'This copy is not one that may be released now.',
    next: 'Look at the order: it may have ended, or the copy may be printed already.',
  },
  'stream.away': {
    message: 'The designer’s console, which releases this print file while it prints, does not answer.',
    next: 'Nothing was begun. Both consoles must run and be at the same station (see Messages); then start again.',
  },
});
