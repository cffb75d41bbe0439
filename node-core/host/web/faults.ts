// What can keep the web host from starting, in words.

import { defineFaults } from '../../base/index.ts';

export const webFault = defineFaults('web', {
  'web.port.taken': {
    message: 'Port {port} on {host} is already in use.',
    next: 'Choose another with --port, or leave it out and a free one is taken.',
  },
  'web.host.unknown': {
    message: 'This machine has no address {host} to listen on.',
    next: 'Use 127.0.0.1, or one of this machine’s own addresses.',
  },
  'web.host.remote': {
    message: 'Listening on {host} would let other machines reach this console.',
    next: 'Use 127.0.0.1, or allow it expressly if the network is yours alone.',
  },
});
