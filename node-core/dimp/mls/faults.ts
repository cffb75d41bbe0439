import { defineFaults } from '../../base/index.ts';

export const mlsFault = defineFaults('mls', {
  'mls.malformed': {
    message: 'A forward-secret message cannot be read: {what}.',
    next: 'Ask the sender to send it again with a current program.',
  },
  'mls.foreign': {
    message: 'The keys of a forward-secret session are not those of the contact.',
    next: 'Nothing was sent or shown. Compare the safety number with the contact before you go on.',
  },
  'mls.ahead': {
    message: 'A message came before the one that carries its keys.',
    next: 'It waits for the other one; nothing is to be done.',
  },
  'mls.lost': {
    message: 'The keys of a forward-secret session are not on this device.',
    next: 'The sender’s program is asked to begin anew and to send again what did not arrive.',
  },
  'mls.unreadable': {
    message: 'A forward-secret message cannot be decrypted: its key was used already or never fitted.',
    next: 'The sender’s program is asked to begin anew and to send again what did not arrive.',
  },
  'mls.unsupported': {
    message: 'The contact’s program has no forward secrecy.',
    next: 'Messages can be sent without it, if the contact never had it.',
  },
});
