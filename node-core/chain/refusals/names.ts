// Refusals of the naming service.

export const NAMES = {
  'chain.name.form': {
    number: 150,
    message:
      '"{name}" cannot be a name: 3 to 63 of a-z, 0-9 and single hyphens inside, and not like an address.',
    next: 'Choose another name.',
  },
  'chain.name.reserved': {
    number: 151,
    message: '"{name}" is, or looks like, a word that the network keeps for itself.',
    next: 'Choose another name.',
  },
  'chain.name.taken': {
    number: 152,
    message: 'The name "{name}" belongs to {owner}.',
    next: 'Choose another name.',
  },
  'chain.name.look-alike': {
    number: 153,
    message: '"{name}" looks like "{other}", which is taken; people would confuse the two.',
    next: 'Choose a name that nobody can take for another.',
  },
  'chain.name.unknown': {
    number: 154,
    message: 'The name "{name}" is not registered, or has expired.',
    next: 'Check the spelling, or register it.',
  },
  'chain.name.not-owner': {
    number: 155,
    message: 'The name "{name}" belongs to another account.',
    next: 'Switch to the account that owns it.',
  },
  'chain.name.committed': {
    number: 156,
    message: 'This account has made this commitment already.',
    next: 'Go on with the registration.',
  },
  'chain.name.no-commit': {
    number: 157,
    message: 'No commitment of this account for "{name}" holds: none was made, or it is too old.',
    next: 'Begin the registration again.',
  },
  'chain.name.early': {
    number: 158,
    message: 'The commitment must wait until {readyS} (Unix seconds) and block {readyHeight}.',
    next: 'Try again after that.',
  },
  'chain.name.unsettled': {
    number: 159,
    message: 'Until {untilS} (Unix seconds) somebody who committed earlier could still claim "{name}".',
    next: 'Try again after that time.',
  },
  'chain.name.years': {
    number: 160,
    message: 'A name can be paid for at most {yearsMax} years ahead.',
    next: 'Choose fewer years.',
  },
  'chain.name.keyless': {
    number: 161,
    message: 'That account belongs to a contract and has no key; a name cannot be given to it.',
    next: 'Check the address.',
  },
  'chain.name.elsewhere': {
    number: 162,
    message: 'The name "{name}" stands for another account, so this one cannot go by it.',
    next: 'Point the name at this account first.',
  },
  'chain.name.no-transfer': {
    number: 163,
    message: 'The name "{name}" is not being transferred.',
    next: 'Nothing is left to do.',
  },
} as const;
