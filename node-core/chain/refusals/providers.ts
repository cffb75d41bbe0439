// Refusals of service providers and their claims.

export const PROVIDERS = {
  'chain.provider.station': {
    number: 170,
    message: '"{station}" is not an address of a station.',
    next: 'Write host:port, or wss://host/path.',
  },
  'chain.provider.leaving': {
    number: 171,
    message: 'This provider is leaving; its deposit is paid out at {untilS} (Unix seconds).',
    next: 'Register again after that time.',
  },
  'chain.provider.full': {
    number: 172,
    message: 'There are {placesMax} service providers, the most there can be.',
    next: 'Try again when one has left.',
  },
  'chain.provider.none': {
    number: 173,
    message: 'This account is not a service provider.',
    next: 'Register it first.',
  },
  'chain.provider.unknown': {
    number: 174,
    message: 'That account is not a service provider, or is leaving.',
    next: 'Choose one from the list.',
  },
  'chain.provider.soon': {
    number: 175,
    message: 'The provider was changed less than three days ago.',
    next: 'Try again later; the station that is used can be changed at any time.',
  },
  'chain.provider.deposit-low': {
    number: 176,
    message: 'A part of the deposit was lost, and without all of it nothing is earned.',
    next: 'Register again to make up for it.',
  },
  'chain.provider.day': {
    number: 177,
    message: 'Service of day {day} cannot be claimed now; that of day {open} can.',
    next: 'Claim each day on the day after it.',
  },
  'chain.provider.unsettled': {
    number: 178,
    message: 'The day before is still being settled.',
    next: 'Try again in a few blocks.',
  },
  'chain.provider.claimed': {
    number: 179,
    message: 'This provider’s claim for the day is made already.',
    next: 'Nothing is left to do.',
  },
  'chain.provider.no-claim': {
    number: 180,
    message: 'This provider has claimed nothing that could be opened.',
    next: 'Claim first.',
  },
  'chain.provider.early': {
    number: 181,
    message: 'Chance has not decided yet what is to be opened.',
    next: 'Try again after the next block.',
  },
  'chain.provider.opening': {
    number: 182,
    message: 'Opening {place} does not show service that was signed for.',
    next: 'Open the leaf with its own receipts and its way to the root.',
  },
  'chain.provider.sample': {
    number: 183,
    message: 'Sample {sample} of the claim is not opened.',
    next: 'Open the leaf at each point that chance asks for.',
  },
} as const;
