import { defineFaults } from '../../base/index.ts';

export const clientFault = defineFaults('stationlink', {
  'stationlink.silent': {
    message: 'The station does not answer.',
    next: 'Nothing is lost: the console tries again by itself. If it lasts, choose another station.',
  },
  'stationlink.unproven': {
    message: 'What answers at the station’s address cannot prove that it is the station.',
    next: 'Nothing was sent there. Check the address, or choose another station.',
  },
  'stationlink.refused': {
    message: 'The station does not let this account in.',
    next: 'Ask its operator, or choose another station.',
  },
});
