import { defineFaults } from '../base/index.ts';

export const identityFault = defineFaults('identity', {
  'identity.mnemonic.invalid': {
    message: 'Every word is on the list, but together they are not a backup.',
    next: 'The last word checks all the others: most likely one word was mistaken for a similar one, or two changed places. Compare them with your backup, number by number.',
  },
  'identity.mnemonic.count': {
    message: 'The number of recovery words is {count}, but a backup has 12 or 24.',
    next: 'Compare them with your backup: a word may be missing, or something else came along.',
  },
  'identity.mnemonic.word': {
    message: 'Word {position} is not one of the 2048 words that backups are made of.',
    next: 'Compare its letters with your backup; one of them is probably wrong.',
  },
  'identity.mnemonic.language': {
    message: 'These recovery words are not written with English letters.',
    next: 'Backups of this console are English words. Enter them as they were written down, not translated.',
  },
  'identity.keystore.malformed': {
    message: 'The key file is damaged or is not a key file.',
    next: 'Restore it from a backup, or recover the account with its recovery words.',
  },
  'identity.keystore.wrong-secret': {
    message: 'The key file cannot be opened with this secret.',
    next: 'Use the password or the machine the key file was made with, or recover with the recovery words.',
  },
  'identity.wrapped-key.unreadable': {
    message: 'This key was not wrapped for this machine and this licence, or it was changed on the way.',
    next: 'Ask the designer to release the licence again for the machine that will print.',
  },
});
