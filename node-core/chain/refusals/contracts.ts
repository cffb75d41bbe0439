// Refusals of paradigms and of the contracts under them.

export const CONTRACTS = {
  'chain.paradigm.exists': {
    number: 40,
    message: 'This paradigm is already published.',
    next: 'Use it as it is, or raise its version.',
  },
  'chain.paradigm.unknown': {
    number: 41,
    message: 'No such paradigm is published.',
    next: 'Choose a paradigm from the gallery.',
  },
  'chain.paradigm.closed': {
    number: 42,
    message: 'This paradigm was withdrawn or suspended; no contract can begin under it.',
    next: 'Choose another paradigm; contracts that are running go on.',
  },
  'chain.paradigm.not-author': {
    number: 43,
    message: 'Only the author of a paradigm may withdraw it.',
    next: 'Switch to the account of the author.',
  },
  'chain.paradigm.name-taken': {
    number: 44,
    message: 'The name {name} belongs to another author ({author}).',
    next: 'Give the paradigm a name of its own.',
  },
  'chain.paradigm.version': {
    number: 45,
    message: 'Version {version} of {name} is published already.',
    next: 'Raise the version number and submit it again.',
  },
  'chain.contract.unknown': {
    number: 50,
    message: 'There is no contract at this address.',
    next: 'Check the address.',
  },
  'chain.contract.quote-chain': {
    number: 51,
    message: 'The quote was made for another network ({chain}).',
    next: 'Ask for a new quote.',
  },
  'chain.contract.quote-expired': {
    number: 52,
    message: 'The quote was valid until {validUntilS} and it is {timeS} (Unix seconds) now.',
    next: 'Ask for a new quote.',
  },
  'chain.contract.role-keyless': {
    number: 53,
    message: 'The role {role} was given to a contract, which has no key; money paid to it would be lost.',
    next: "Name a person's account for this role.",
  },
  'chain.contract.quote-mismatch': {
    number: 54,
    message: 'The quote does not agree with what the chain holds: {what}.',
    next: 'Ask for a new quote.',
  },
  'chain.contract.role': {
    number: 55,
    message: 'The role {role} must be the account that the quote and the chain name.',
    next: 'Open the order again from the quote.',
  },
  'chain.contract.param': {
    number: 56,
    message: 'The value for {name} does not agree with the quote.',
    next: 'Open the order again from the quote.',
  },
  'chain.contract.args': {
    number: 57,
    message: 'The argument name {name} is reserved.',
    next: 'Leave it out.',
  },
  'chain.contract.effect': {
    number: 58,
    message: 'The contract would do what its parties did not agree to: {what}.',
    next: 'Report this paradigm; the contract was left as it is.',
  },
  'chain.contract.link': {
    number: 59,
    message: 'The link {link} does not name a contract or paradigm that this network has.',
    next: 'Check the address, or open that contract first.',
  },
  'chain.contract.linked': {
    number: 60,
    message: 'The linked contract {link} cannot be opened so: {reason}.',
    next: 'Check the values and parties that it is given; this contract was left as it is.',
  },
  'chain.contract.branch': {
    number: 61,
    message: 'This branch cannot be filled so: {reason}.',
    next: 'Choose another branch, or a contract that is about what the branch asks for.',
  },
  'chain.contract.deposit': {
    number: 65,
    message:
      'Keeping this contract on the network takes a deposit of {depositMicro} micro-DPN, and the account that pays has {balanceMicro} to spend.',
    next: 'Top up the account; the deposit comes back some time after the contract has ended.',
  },
  'chain.contract.pruned': {
    number: 66,
    message: 'This contract has ended, and the network keeps no more of it than how it ended.',
    next: 'Nothing is left to do.',
  },
} as const;
