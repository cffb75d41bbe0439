import { defineFaults } from '../../base/index.ts';

export const productionFault = defineFaults('production', {
  'production.gcode.missing': {
    message: 'The print file of this order is not on this console.',
    next: 'Fetch it from the designer, or ask the buyer to order again.',
  },
  'production.toolpath.not-yours': {
    message: 'Only the owner of the printer sees the path that the nozzle takes.',
    next: 'Switch to the printer owner.',
  },
  'production.file-would-stay': {
    message: 'This printer stores print files, and the file of this order is somebody else’s and protected.',
    next: 'Make the order on a printer at a cable or behind Moonraker, OctoPrint or PrusaLink, or decline it.',
  },
  'production.file-elsewhere': {
    message: 'The designer’s console keeps this print file and releases it part by part while it prints.',
    next: 'Start the print; its path shows here part by part, as far as it was released.',
  },
  'production.resume.file-elsewhere': {
    message:
      'The way back into a print is planned from the whole file, and this one stays with its designer.',
    next: 'Clear the bed and print the copy again: the designer’s console releases it anew, and what failed costs no copy.',
  },
  'production.release.unsupported': {
    message: 'This printer takes whole files only, and the file of this order is released part by part.',
    next: 'Print the order on a printer at a cable, or decline it.',
  },
  'production.release.nothing-signed': {
    message: 'No machine has asked this console for a part of this print file yet.',
    next: 'Save it once the print has begun.',
  },
  'production.release.not-yours': {
    message: 'Only the designer’s console releases this print file.',
    next: 'Switch to the designer of the model, on the console that holds it.',
  },
});
