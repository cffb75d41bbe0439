import { defineFaults } from '../../base/index.ts';

export const chatFault = defineFaults('chat', {
  'chat.id': {
    message: '"{id}" is nobody’s ID.',
    next: 'Copy the whole ID or account of the contact again.',
  },
  'chat.self': {
    message: 'This is your own account.',
    next: 'Give the ID of somebody else.',
  },
  'chat.unknown': {
    message: 'There is no such chat.',
    next: 'Choose another one from the list.',
  },
  'chat.empty': {
    message: 'There is nothing to send.',
    next: 'Write something first.',
  },
  'chat.blocked': {
    message: 'You have blocked this contact.',
    next: 'Unblock the contact to write to them.',
  },
  'chat.tampered': {
    message: 'A message that came from the station was not genuine, and was dropped.',
    next: 'If it happens again, choose another station.',
  },
});
