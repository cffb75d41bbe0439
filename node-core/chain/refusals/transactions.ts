// Why a transaction does not come in or cannot be paid, and what a node cannot answer.

export const TRANSACTIONS = {
  'chain.tx.malformed': {
    number: 1,
    message: 'The transaction is not in the one form that the network accepts.',
    next: 'Update the console; if it is up to date, report this.',
  },
  'chain.tx.large': {
    number: 2,
    message: 'The transaction has {sizeBytes} bytes; the limit is {sizeBytesMax}.',
    next: 'Shorten the texts in it.',
  },
  'chain.tx.chain': {
    number: 3,
    message: 'The transaction was made for another network ({chain}).',
    next: 'Sign it again on this network.',
  },
  'chain.tx.expired': {
    number: 4,
    message: 'The transaction was valid until block {expiry} only and came too late.',
    next: 'Try again; nothing was changed.',
  },
  'chain.tx.signature': {
    number: 5,
    message: 'The signature of the transaction is wrong.',
    next: 'Sign it again with the key of the account.',
  },
  'chain.tx.sponsor': {
    number: 6,
    message:
      'The sponsor named in the transaction did not sign it, or it names none but carries a signature.',
    next: 'Ask the sponsor to sign, or leave the sponsor out.',
  },
  'chain.tx.sequence': {
    number: 7,
    message: 'The transaction has number {seq}, but the account is at number {expected}.',
    next: 'Try again; another transaction of this account came first.',
  },
  'chain.tx.fee-low': {
    number: 8,
    message: 'The fee of {feeMicro} micro-DPN is below the minimum of {minimumMicro}.',
    next: 'Raise the fee.',
  },
  'chain.tx.fee-unaffordable': {
    number: 9,
    message: 'The account that pays the fee has {balanceMicro} micro-DPN; the fee is {feeMicro}.',
    next: 'Top up the account or find a sponsor.',
  },
  'chain.bank.unaffordable': {
    number: 10,
    message: 'The account has {balanceMicro} micro-{token}; {amountMicro} are needed.',
    next: 'Top up the account or choose a smaller amount.',
  },
  'chain.bank.keyless': {
    number: 11,
    message: 'That account belongs to a contract and has no key; money sent there would be lost.',
    next: 'Check the address.',
  },
  'chain.bank.locked': {
    number: 16,
    message:
      '{lockedMicro} of the {balanceMicro} micro-{token} on the account are locked and can be staked but not sent.',
    next: 'Choose a smaller amount, or wait until more is released.',
  },
  'chain.params.rule': {
    number: 17,
    message: 'The parameters break a rule: {rule}.',
    next: 'Correct them and propose them again.',
  },
  'chain.state.version-gone': {
    message: 'The state after block {height} is not kept by this node.',
    next: 'Ask for a newer height, or another node.',
  },
  'chain.state.empty': {
    message: 'The chain has no state yet.',
    next: 'Wait for the first block.',
  },
  'chain.state.key': {
    message: 'The question names no entry of the state.',
    next: 'Ask for a key.',
  },
  'chain.height.unknown': {
    message: 'This node has no block at height {height}; its latest is {latest}.',
    next: 'Ask for a height that exists, or wait.',
  },
  'chain.tx.unknown': {
    message: 'No block of this node holds that transaction.',
    next: 'Check the hash, or wait.',
  },
  'chain.tx.unproven': {
    message: 'The transaction is in the latest block; the block that proves its result is still to come.',
    next: 'Ask again in a moment.',
  },
  'chain.mempool.full': {
    message: 'Too many transactions are waiting ({waiting}).',
    next: 'Try again in a moment.',
  },
  'chain.engine.stopped': {
    message: 'The chain engine is not running.',
    next: 'Start it, or wait until it has started.',
  },
} as const;
