import { defineFaults } from '../base/index.ts';

export const identityFault = defineFaults('identity', {
  'identity.mnemonic.invalid': {
    message: 'These recovery words do not belong together.',
    next: 'Check the spelling and the order of the words against your backup.',
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
