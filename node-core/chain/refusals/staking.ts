// Refusals of validators and of stake.

export const STAKING = {
  'chain.staking.unknown': {
    number: 110,
    message: 'No validator has this operator.',
    next: 'Choose one from the list of validators.',
  },
  'chain.staking.exists': {
    number: 111,
    message: 'This account already operates a validator.',
    next: 'Use another account, or change the validator it has.',
  },
  'chain.staking.proof': {
    number: 112,
    message: 'The validator key did not sign for this operator on this network.',
    next: 'Sign again with the key of the node that will validate.',
  },
  'chain.staking.key-taken': {
    number: 113,
    message: 'This validator key is, or once was, registered already.',
    next: 'Make a new key; no key is used twice.',
  },
  'chain.staking.commission': {
    number: 114,
    message: 'The commission is above its maximum, rises too fast, or was changed less than a day ago.',
    next: 'Stay within the limits that the validator was created with, or wait a day.',
  },
  'chain.staking.self-low': {
    number: 115,
    message: 'The operator must keep at least {minimumMicro} micro-DPN of its own staked with the validator.',
    next: 'Stake more, or choose a lower minimum where that is allowed.',
  },
  'chain.staking.small': {
    number: 116,
    message: 'Less than {minimumMicro} micro-DPN cannot be delegated.',
    next: 'Choose a larger amount.',
  },
  'chain.staking.too-much': {
    number: 117,
    message: 'The delegation is worth {worthMicro} micro-DPN; {amountMicro} were asked for.',
    next: 'Choose a smaller amount.',
  },
  'chain.staking.no-delegation': {
    number: 118,
    message: 'This account has delegated nothing to this validator.',
    next: 'Choose one of your own delegations.',
  },
  'chain.staking.entries': {
    number: 119,
    message: 'Too much of this account is on its way already.',
    next: 'Wait until an earlier unbonding or move has completed.',
  },
  'chain.staking.hop': {
    number: 120,
    message: 'This stake was moved here and is liable for its first validator until {untilS} (Unix seconds).',
    next: 'Wait until then, or take the stake back instead.',
  },
  'chain.staking.same': {
    number: 121,
    message: 'Stake cannot be moved to the validator where it is.',
    next: 'Choose another validator.',
  },
  'chain.staking.tombstoned': {
    number: 122,
    message: 'This validator was proven to have signed against the chain and is out for ever.',
    next: 'Choose another validator.',
  },
  'chain.staking.worthless': {
    number: 123,
    message: 'The stake of this validator was slashed to nothing; new stake would be lost.',
    next: 'Choose another validator.',
  },
  'chain.staking.rotate-soon': {
    number: 124,
    message: 'The validator key can be replaced again at {untilS} (Unix seconds).',
    next: 'Wait until then; the old key is still liable.',
  },
  'chain.staking.not-jailed': {
    number: 125,
    message: 'This validator is not jailed.',
    next: 'Nothing is left to do.',
  },
  'chain.staking.jailed-until': {
    number: 126,
    message: 'The validator is jailed until {untilS} (Unix seconds).',
    next: 'Mend its node, and try again after that time.',
  },
} as const;
