import { defineFaults } from '../../base/index.ts';

export const refusalFault = defineFaults('refused', {
  'refused.blocked': {
    message: '{name} does not want messages from this account.',
    next: 'Ask them by another way whether that is meant.',
  },
  'refused.full': {
    message: 'The mailbox of {name} is full.',
    next: 'Send it again when they have been online, or tell them by another way.',
  },
  'refused.store': {
    message: 'Your station has no room for messages to {name}, whom it does not know.',
    next: 'Send it again later, or choose the station that they use.',
  },
  'refused.stake': {
    message: '{name} asks strangers for a stake of {stakeDpn} DPN.',
    next: 'Stake that much in the wallet and send it again, or ask them to write first.',
  },
  'refused.work': {
    message: '{name} asks strangers for more computing ({workBits} bits) than this console does.',
    next: 'Ask them to write first, or to ask for less.',
  },
  'refused.unproven': {
    message:
      '{name} asks strangers for a stake of {stakeDpn} DPN, and the station cannot prove now what you have locked.',
    next: 'Send it again later, or ask them to write first.',
  },
  'refused.circle': {
    message: 'The message went round in a circle between stations.',
    next: 'Tell the operator of your station.',
  },
  'refused.group': {
    message: 'The station found nobody in the group for whom the message is.',
    next: 'Send it again; if it is refused again, ask the owner of the group who is in it.',
  },
  'refused.sender': {
    message: 'The station took the message for one that was sent under somebody else’s name.',
    next: 'Send it again; if it is refused again, choose another station.',
  },
  'refused.other': {
    message: 'The station did not take this message.',
    next: 'Send it again later, or choose another station. What it said stands below.',
  },
});
