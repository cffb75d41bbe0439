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
  'chat.message.unknown': {
    message: 'This message is not here any more.',
    next: 'Reload the chat: it may have disappeared or been deleted.',
  },
  'chat.message.foreign': {
    message: 'Only whoever wrote a message can change or delete it.',
    next: 'Reply to the message instead.',
  },
  'chat.message.kept': {
    message: 'Nothing is deleted in the chat of an order: it shows both sides what was agreed.',
    next: 'Edit the message, or send a correction.',
  },
  'chat.reaction': {
    message: 'A reaction is one sign, such as a thumb or a heart.',
    next: 'Choose one of the signs; words belong into a reply.',
  },
  'chat.blocked': {
    message: 'You have blocked this contact.',
    next: 'Unblock the contact to write to them.',
  },
  'chat.downgrade': {
    message: 'The program of this contact no longer offers forward secrecy, which it had before.',
    next: 'Ask them, by another way, whether they changed their program; then allow messages without it under Safety.',
  },
  'chat.group.owner': {
    message: 'Only the owner of a group gives it another name.',
    next: 'Ask the owner; who that is stands in the list of members.',
  },
  'chat.group.out': {
    message: 'You are not in this group any more.',
    next: 'Ask its owner or an administrator to add you again.',
  },
  'chat.group.large': {
    message: 'A group has at most {membersMax} members.',
    next: 'Divide the group, or use a public board.',
  },
  'chat.mediator.peace': {
    message: 'This order is not disputed.',
    next: 'A mediator can be called while the contract of the order says that it is disputed.',
  },
  'chat.mediator.early': {
    message: 'The group of this order is not there yet: the console of the buyer founds it.',
    next: 'Try again when the buyer’s console has been running.',
  },
  'chat.mediator.party': {
    message: 'Who takes part in the order cannot mediate in it.',
    next: 'Choose somebody else.',
  },
  'chat.account-file.foreign': {
    message: 'The account in this file has a key that no account of this network can have.',
    next: 'Import it into an application of its kind; here, add it as a contact.',
  },
  'chat.board.id': {
    message: 'There is no board “{id}” that this station knows.',
    next: 'Copy the whole ID of the board again, or choose one from the list.',
  },
  'chat.board.closed': {
    message: 'On this board only its owner writes.',
    next: 'Write to the owner, or found a board of your own.',
  },
  'chat.board.leads': {
    message: 'Only the owner of the board decides what stands on it.',
    next: 'Mute its author for yourself, or write to the owner of the board.',
  },
  'chat.device.own': {
    message: 'This is the device that you are using.',
    next: 'Remove it from another one.',
  },
  'chat.device.unknown': {
    message: 'There is no such device.',
    next: 'Look at the list again: it may have been removed already.',
  },
  'chat.disclose.empty': {
    message: 'There is no message between the two that were chosen.',
    next: 'Choose the first and the last message to show.',
  },
  'chat.disclose.long': {
    message: 'More than {messagesMax} messages cannot be shown in one file.',
    next: 'Choose a shorter span.',
  },
  'chat.file.unknown': {
    message: 'This message has no file, or it has disappeared.',
    next: 'Ask the sender to send it again.',
  },
  'chat.file.absent': {
    message: 'The file has not been fetched yet.',
    next: 'Fetch it first.',
  },
  'chat.file.foreign': {
    message: 'The file lies at an address that the sender chose, not at your station.',
    next: 'Fetch it from there only if you know the sender and the address.',
  },
  'chat.file.inside': {
    message: 'The address of the file, {host}, is inside your own network or computer, and was not asked.',
    next: 'Ask the sender to send the file through a station.',
  },
  'chat.file.broken': {
    message: 'The file could not be moved, because of a mistake in this program or a full disk.',
    next: 'Check that the disk has room, then try again.',
  },
  'chat.tampered': {
    message: 'A message that came from the station was not genuine, and was dropped.',
    next: 'If it happens again, choose another station.',
  },
});
