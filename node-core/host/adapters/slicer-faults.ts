// Why slicing was refused or failed, in words for people.

import { defineFaults } from '../../base/index.ts';

export const slicerFault = defineFaults('slicer', {
  'slicer.none': {
    message: 'There is no slicer on this computer.',
    next: 'Install PrusaSlicer and start the console again.',
  },
  'slicer.settings.layer': {
    message: 'Layers of {layerMm} mm are too thick for this nozzle; it can do {limitMm} mm.',
    next: 'Choose thinner layers, or a machine with a wider nozzle.',
  },
  'slicer.material.too-hot': {
    message: '{material} needs more heat than this machine can give.',
    next: 'Choose another material or another machine.',
  },
  'slicer.size.too-large': {
    message: 'The part is {size} mm, but the machine prints at most {volume} mm.',
    next: 'Choose a larger machine, or ask the designer for a smaller or divided model.',
  },
  'slicer.failed': {
    message: '{slicer} could not slice this model.',
    next: 'Check the model’s problems in the Studio and repair them, or choose other print settings.',
  },
  'slicer.empty': {
    message: '{slicer} found nothing to print in this model.',
    next: 'Check that walls are thicker than the nozzle and the model is in millimetres.',
  },
  'slicer.timeout': {
    message: '{slicer} did not finish within {minutes} minutes and was stopped.',
    next: 'Choose thicker layers, or export the model with a coarser resolution.',
  },
  'slicer.flood': {
    message: '{slicer} wrote far more than a print needs and was stopped.',
    next: 'Check the model’s problems in the Studio and repair them.',
  },
  'slicer.cancelled': { message: 'Slicing was cancelled.', next: 'Ask for the quote again when you like.' },
  'slicer.start': {
    message: '{slicer} could not be started.',
    next: 'Install PrusaSlicer again and restart the console.',
  },
  'slicer.disk': {
    message: 'There is no room for temporary files to slice this model.',
    next: 'Free some disk space and try again.',
  },
  'slicer.figures.differ': {
    message: 'The filament that {slicer} states is not what its print file uses.',
    next: 'Update the slicer and ask for the quote again.',
  },
});
