import { defineFaults } from '../../base/index.ts';

export const stationFault = defineFaults('station', {
  'station.sender': {
    message: 'A message was sent under somebody else’s name.',
    next: 'Log in with the account that sends.',
  },
  'station.blocked': {
    message: 'Message is blocked by "{name}".',
    next: 'The receiver does not want messages from this account. Ask them by another way.',
  },
  'station.full': {
    message: 'The mailbox of {receiver} is full.',
    next: 'Send again when they have been online, or ask them by another way.',
  },
  'station.store': {
    message: 'This station has no room for messages to people it does not know.',
    next: 'Send again later, or through the station of the receiver.',
  },
  'station.price': {
    message: 'The receiver asks strangers for {price}.',
    next: 'Send again with it, or ask the receiver to write first.',
  },
  'station.stake': {
    message:
      'The receiver asks strangers for {price}, and this station cannot prove now what anybody has locked.',
    next: 'Send again later, or ask the receiver to write first.',
  },
  'station.circle': {
    message: 'The message goes round in a circle between stations.',
    next: 'Tell the operator of the station.',
  },
  'station.group': {
    message: 'A group message came without the keys of its readers.',
    next: 'Send it with a current program, or through the assistant of the group.',
  },
});
