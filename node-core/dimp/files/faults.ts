import { defineFaults } from '../../base/index.ts';

export const fileFault = defineFaults('transfer', {
  'transfer.large': {
    message: 'The file is larger than {limitMb} MB, the most that a message can carry.',
    next: 'Make it smaller, or divide it; a model can be published in the Studio instead.',
  },
  'transfer.empty': {
    message: 'The file is empty.',
    next: 'Choose another one.',
  },
  'transfer.away': {
    message: 'The station cannot be reached: {reason}.',
    next: 'Nothing is to be done: the transfer goes on by itself when it can be reached again.',
  },
  'transfer.gone': {
    message: 'The station does not have this file any more.',
    next: 'Ask the sender to send it again. Stations keep files for eight days.',
  },
  'transfer.altered': {
    message: 'What came is not the file that was sent.',
    next: 'Nothing of it was kept. Ask the sender to send it again; if it happens again, choose another station.',
  },
  'transfer.malformed': {
    message: 'The description of the file cannot be read.',
    next: 'Ask the sender to send it again with a current program.',
  },
  'transfer.quota': {
    message: 'The station keeps at most {limitMb} MB of files for one user, and your share is used up.',
    next: 'Try again in some days, when older files have made room, or choose another station.',
  },
  'transfer.store': {
    message: 'The station has no more room for files.',
    next: 'Try again later, or choose another station.',
  },
  'transfer.stranger': {
    message: 'The station takes files only from people who have logged in to it.',
    next: 'Wait until the connection to the station stands, then try again.',
  },
  'transfer.signature': {
    message: 'The station could not verify who sends the file.',
    next: 'Check that the clock of this computer is right, then try again.',
  },
  'transfer.unsupported': {
    message: 'The station does not keep files.',
    next: 'Choose a station that does, or send the file by another way.',
  },
});
