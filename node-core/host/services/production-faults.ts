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
});
