// Refusals about the machines of this console.

import { defineFaults } from '../../base/index.ts';

export const machineServiceFault = defineFaults('machines', {
  'machines.unknown': {
    message: 'This printer is not one of this console.',
    next: 'Go back to the farm and choose one of your own.',
  },
  'machines.offline': {
    message: 'The printer is not connected.',
    next: 'Switch it on, plug it in, and connect it on its page.',
  },
  'machines.busy': {
    message: 'The printer is printing.',
    next: 'Wait until it is done, or cancel the print first.',
  },
  'machines.kind': {
    message: 'A machine of this kind is not driven over this connection.',
    next: 'Choose GRBL for a mill or a laser, and another connection for a printer.',
  },
  'machines.profile': {
    message: 'No printer can be registered with this {field}.',
    next: 'Correct the value; sizes are in millimetres, and the nozzle is between 0.1 and 2 mm wide.',
  },
});
