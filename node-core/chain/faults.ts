// Every refusal of the chain, in words for people, and its number in transaction results. Numbers are part of the
// results hash: one that was once used keeps its meaning for ever.

import { defineFaults, type Fault } from '../base/index.ts';

const CATALOGUE = {
  'chain.tx.malformed': {
    message: 'The transaction is not in the one form that the network accepts.',
    next: 'Update the console; if it is up to date, report this.',
  },
  'chain.tx.large': {
    message: 'The transaction has {sizeBytes} bytes; the limit is {sizeBytesMax}.',
    next: 'Shorten the texts in it.',
  },
  'chain.tx.chain': {
    message: 'The transaction was made for another network ({chain}).',
    next: 'Sign it again on this network.',
  },
  'chain.tx.expired': {
    message: 'The transaction was valid until block {expiry} only and came too late.',
    next: 'Try again; nothing was changed.',
  },
  'chain.tx.signature': {
    message: 'The signature of the transaction is wrong.',
    next: 'Sign it again with the key of the account.',
  },
  'chain.tx.sponsor': {
    message:
      'The sponsor named in the transaction did not sign it, or it names none but carries a signature.',
    next: 'Ask the sponsor to sign, or leave the sponsor out.',
  },
  'chain.tx.sequence': {
    message: 'The transaction has number {seq}, but the account is at number {expected}.',
    next: 'Try again; another transaction of this account came first.',
  },
  'chain.tx.fee-low': {
    message: 'The fee of {feeMicro} micro-DPN is below the minimum of {minimumMicro}.',
    next: 'Raise the fee.',
  },
  'chain.tx.fee-unaffordable': {
    message: 'The account that pays the fee has {balanceMicro} micro-DPN; the fee is {feeMicro}.',
    next: 'Top up the account or find a sponsor.',
  },
  'chain.bank.unaffordable': {
    message: 'The account has {balanceMicro} micro-{token}; {amountMicro} are needed.',
    next: 'Top up the account or choose a smaller amount.',
  },
  'chain.bank.keyless': {
    message: 'That account belongs to a contract and has no key; money sent there would be lost.',
    next: 'Check the address.',
  },
  'chain.model.taken': {
    message: 'This file was already registered by {designer} at block {height}.',
    next: 'Ask that designer for a licence, or upload a design of your own.',
  },
  'chain.model.unknown': {
    message: 'No model with this design hash is registered.',
    next: 'Check the hash, or register the model first.',
  },
  'chain.model.not-owner': {
    message: 'Only the designer who registered the model may change it.',
    next: 'Switch to the designer account.',
  },
  'chain.product.taken': {
    message: 'This product is already registered: by {designer}, at height {height}.',
    next: 'Use the registered one; a product with other parts or words is another product.',
  },
  'chain.product.not-designer': {
    message: 'The product names {designer} as its designer, who did not send it.',
    next: 'Register it from the account of its designer.',
  },
  'chain.machine.taken': {
    message: 'This machine is already registered to another owner ({owner}).',
    next: 'Reset the machine key, or ask the present owner.',
  },
  'chain.machine.proof': {
    message: 'The machine did not confirm that it belongs to this owner on this network.',
    next: 'Connect the machine and register it again.',
  },
  'chain.machine.unknown': {
    message: 'No such machine is registered.',
    next: 'Check the address, or register the machine first.',
  },
  'chain.checkpoint.not-owner': {
    message: 'Only the owner of a machine, or the machine itself, records what it has measured.',
    next: 'Switch to the account of the owner.',
  },
  'chain.checkpoint.proof': {
    message: 'The machine did not sign this record of its data for this network.',
    next: 'Connect the machine and let it sign.',
  },
  'chain.checkpoint.old': {
    message: 'The record ends at entry {height} of the machine, and {latest} is recorded already.',
    next: 'Record what the machine has measured since.',
  },
  'chain.checkpoint.soon': {
    message: 'The data of one machine is recorded once in {intervalS} seconds at most.',
    next: 'Wait a little; the next record covers everything until then.',
  },
  'chain.council.only': {
    message: 'Only the council may do this.',
    next: 'Propose it to the council.',
  },
  'chain.paradigm.exists': {
    message: 'This paradigm is already published.',
    next: 'Use it as it is, or raise its version.',
  },
  'chain.paradigm.unknown': {
    message: 'No such paradigm is published.',
    next: 'Choose a paradigm from the gallery.',
  },
  'chain.paradigm.closed': {
    message: 'This paradigm was withdrawn or suspended; no contract can begin under it.',
    next: 'Choose another paradigm; contracts that are running go on.',
  },
  'chain.paradigm.not-author': {
    message: 'Only the author of a paradigm may withdraw it.',
    next: 'Switch to the account of the author.',
  },
  'chain.paradigm.name-taken': {
    message: 'The name {name} belongs to another author ({author}).',
    next: 'Give the paradigm a name of its own.',
  },
  'chain.paradigm.version': {
    message: 'Version {version} of {name} is published already.',
    next: 'Raise the version number and submit it again.',
  },
  'chain.council.empty': {
    message: 'Nobody reviews for the council at present.',
    next: 'Try again when reviewers have joined.',
  },
  'chain.council.full': {
    message: 'The council has {reviewersMax} reviewers, the most it can have.',
    next: 'Try again when one has left.',
  },
  'chain.council.stake-low': {
    message: 'A reviewer must put up at least {minimumMicro} micro-DPN.',
    next: 'Choose a larger amount.',
  },
  'chain.council.leaving': {
    message: 'This account is leaving the council; its stake is paid out at {untilS} (Unix seconds).',
    next: 'Join again after that time.',
  },
  'chain.council.no-reviewer': {
    message: 'This account was no reviewer with enough stake when the review began, or has left since.',
    next: 'Join the council; later reviews are yours to vote in.',
  },
  'chain.review.unknown': {
    message: 'There is no such review.',
    next: 'Check the address.',
  },
  'chain.review.open': {
    message: 'This document is under review already.',
    next: 'Wait for the verdict.',
  },
  'chain.review.ended': {
    message: 'The voting in this review has ended.',
    next: 'Nothing is left to do.',
  },
  'chain.review.own': {
    message: 'Nobody votes on their own paradigm or report.',
    next: 'Leave it to the other reviewers.',
  },
  'chain.review.voted': {
    message: 'This account has voted in this round already, and a vote stands.',
    next: 'Nothing is left to do.',
  },
  'chain.review.no-appeal': {
    message: 'Only whoever submitted a rejected document may appeal, once and in time.',
    next: 'Submit an improved document instead.',
  },
  'chain.contract.unknown': {
    message: 'There is no contract at this address.',
    next: 'Check the address.',
  },
  'chain.contract.quote-chain': {
    message: 'The quote was made for another network ({chain}).',
    next: 'Ask for a new quote.',
  },
  'chain.contract.quote-expired': {
    message: 'The quote was valid until {validUntilS} and it is {timeS} (Unix seconds) now.',
    next: 'Ask for a new quote.',
  },
  'chain.contract.quote-mismatch': {
    message: 'The quote does not agree with what the chain holds: {what}.',
    next: 'Ask for a new quote.',
  },
  'chain.contract.role': {
    message: 'The role {role} must be the account that the quote and the chain name.',
    next: 'Open the order again from the quote.',
  },
  'chain.contract.role-keyless': {
    message: 'The role {role} was given to a contract, which has no key; money paid to it would be lost.',
    next: "Name a person's account for this role.",
  },
  'chain.contract.param': {
    message: 'The value for {name} does not agree with the quote.',
    next: 'Open the order again from the quote.',
  },
  'chain.contract.args': {
    message: 'The argument name {name} is reserved.',
    next: 'Leave it out.',
  },
  'chain.contract.effect': {
    message: 'The contract would do what its parties did not agree to: {what}.',
    next: 'Report this paradigm; the contract was left as it is.',
  },
  'chain.contract.link': {
    message: 'The link {link} does not name a contract or paradigm that this network has.',
    next: 'Check the address, or open that contract first.',
  },
  'chain.contract.branch': {
    message: 'This branch cannot be filled so: {reason}.',
    next: 'Choose another branch, or a contract that is about what the branch asks for.',
  },
  'chain.contract.linked': {
    message: 'The linked contract {link} cannot be opened so: {reason}.',
    next: 'Check the values and parties that it is given; this contract was left as it is.',
  },
  'chain.contract.deposit': {
    message:
      'Keeping this contract on the network takes a deposit of {depositMicro} micro-DPN, and the account that pays has {balanceMicro} to spend.',
    next: 'Top up the account; the deposit comes back some time after the contract has ended.',
  },
  'chain.contract.pruned': {
    message: 'This contract has ended, and the network keeps no more of it than how it ended.',
    next: 'Nothing is left to do.',
  },
  'chain.licence.unknown': {
    message: 'There is no licence at this address.',
    next: 'Check the address.',
  },
  'chain.licence.not-licensor': {
    message: 'Only the designer who licenses the model may release its key.',
    next: 'Switch to the designer account.',
  },
  'chain.licence.not-machine': {
    message: 'Only the machine that the licence names may do this.',
    next: 'Print on the machine that was ordered.',
  },
  'chain.licence.released': {
    message: 'The model key of this licence was already released.',
    next: 'Nothing is left to do.',
  },
  'chain.licence.unreleased': {
    message: 'The designer has not released the model key of this licence yet.',
    next: 'Wait for the designer.',
  },
  'chain.licence.closed': {
    message: 'The order of this licence has ended; nothing more may be printed with it.',
    next: 'Open a new order.',
  },
  'chain.licence.used-up': {
    message: 'The licence is for {quantity} copies; copy {copy} is beyond it.',
    next: 'Order more copies.',
  },
  'chain.licence.copy-order': {
    message: 'Copy {copy} cannot be begun now; the next is copy {next}.',
    next: 'Print the copies in order; a failed copy may be begun again.',
  },
  'chain.licence.attempts': {
    message: 'Copy {copy} was begun {attempts} times, the most that is allowed.',
    next: 'Agree with the buyer and the designer how to end the order.',
  },
  'chain.licence.not-begun': {
    message: 'Copy {copy} of this licence is not being printed.',
    next: 'Report each copy once, after it was begun.',
  },
  'chain.licence.gcode': {
    message: 'The print file is not the one that was priced in the quote of this order.',
    next: 'Print the file of the quote, or ask for a new quote and order.',
  },
  'chain.run.copies': {
    message: 'Copies {from} to {to} cannot be put in a run: {reason}.',
    next: 'Choose copies of each order once that have not begun.',
  },
  'chain.run.same': {
    message: 'These orders are not for the same print file on the same machine.',
    next: 'Print together only what is made from one file without a change.',
  },
  'chain.run.limit': {
    message: 'This order has a part in {limit} runs already, the most there can be.',
    next: 'Print its copies without a further run.',
  },
  'chain.bank.locked': {
    message:
      '{lockedMicro} of the {balanceMicro} micro-{token} on the account are locked and can be staked but not sent.',
    next: 'Choose a smaller amount, or wait until more is released.',
  },
  'chain.params.rule': {
    message: 'The parameters break a rule: {rule}.',
    next: 'Correct them and propose them again.',
  },
  'chain.staking.unknown': {
    message: 'No validator has this operator.',
    next: 'Choose one from the list of validators.',
  },
  'chain.staking.exists': {
    message: 'This account already operates a validator.',
    next: 'Use another account, or change the validator it has.',
  },
  'chain.staking.proof': {
    message: 'The validator key did not sign for this operator on this network.',
    next: 'Sign again with the key of the node that will validate.',
  },
  'chain.staking.key-taken': {
    message: 'This validator key is, or once was, registered already.',
    next: 'Make a new key; no key is used twice.',
  },
  'chain.staking.commission': {
    message: 'The commission is above its maximum, rises too fast, or was changed less than a day ago.',
    next: 'Stay within the limits that the validator was created with, or wait a day.',
  },
  'chain.staking.self-low': {
    message: 'The operator must keep at least {minimumMicro} micro-DPN of its own staked with the validator.',
    next: 'Stake more, or choose a lower minimum where that is allowed.',
  },
  'chain.staking.small': {
    message: 'Less than {minimumMicro} micro-DPN cannot be delegated.',
    next: 'Choose a larger amount.',
  },
  'chain.staking.too-much': {
    message: 'The delegation is worth {worthMicro} micro-DPN; {amountMicro} were asked for.',
    next: 'Choose a smaller amount.',
  },
  'chain.staking.no-delegation': {
    message: 'This account has delegated nothing to this validator.',
    next: 'Choose one of your own delegations.',
  },
  'chain.staking.entries': {
    message: 'Too much of this account is on its way already.',
    next: 'Wait until an earlier unbonding or move has completed.',
  },
  'chain.staking.hop': {
    message: 'This stake was moved here and is liable for its first validator until {untilS} (Unix seconds).',
    next: 'Wait until then, or take the stake back instead.',
  },
  'chain.staking.same': {
    message: 'Stake cannot be moved to the validator where it is.',
    next: 'Choose another validator.',
  },
  'chain.staking.tombstoned': {
    message: 'This validator was proven to have signed against the chain and is out for ever.',
    next: 'Choose another validator.',
  },
  'chain.staking.worthless': {
    message: 'The stake of this validator was slashed to nothing; new stake would be lost.',
    next: 'Choose another validator.',
  },
  'chain.staking.rotate-soon': {
    message: 'The validator key can be replaced again at {untilS} (Unix seconds).',
    next: 'Wait until then; the old key is still liable.',
  },
  'chain.staking.not-jailed': {
    message: 'This validator is not jailed.',
    next: 'Nothing is left to do.',
  },
  'chain.staking.jailed-until': {
    message: 'The validator is jailed until {untilS} (Unix seconds).',
    next: 'Mend its node, and try again after that time.',
  },
  'chain.name.form': {
    message:
      '"{name}" cannot be a name: 3 to 63 of a-z, 0-9 and single hyphens inside, and not like an address.',
    next: 'Choose another name.',
  },
  'chain.name.reserved': {
    message: '"{name}" is, or looks like, a word that the network keeps for itself.',
    next: 'Choose another name.',
  },
  'chain.name.taken': {
    message: 'The name "{name}" belongs to {owner}.',
    next: 'Choose another name.',
  },
  'chain.name.look-alike': {
    message: '"{name}" looks like "{other}", which is taken; people would confuse the two.',
    next: 'Choose a name that nobody can take for another.',
  },
  'chain.name.unknown': {
    message: 'The name "{name}" is not registered, or has expired.',
    next: 'Check the spelling, or register it.',
  },
  'chain.name.not-owner': {
    message: 'The name "{name}" belongs to another account.',
    next: 'Switch to the account that owns it.',
  },
  'chain.name.committed': {
    message: 'This account has made this commitment already.',
    next: 'Go on with the registration.',
  },
  'chain.name.no-commit': {
    message: 'No commitment of this account for "{name}" holds: none was made, or it is too old.',
    next: 'Begin the registration again.',
  },
  'chain.name.early': {
    message: 'The commitment must wait until {readyS} (Unix seconds) and block {readyHeight}.',
    next: 'Try again after that.',
  },
  'chain.name.unsettled': {
    message: 'Until {untilS} (Unix seconds) somebody who committed earlier could still claim "{name}".',
    next: 'Try again after that time.',
  },
  'chain.name.years': {
    message: 'A name can be paid for at most {yearsMax} years ahead.',
    next: 'Choose fewer years.',
  },
  'chain.name.keyless': {
    message: 'That account belongs to a contract and has no key; a name cannot be given to it.',
    next: 'Check the address.',
  },
  'chain.name.elsewhere': {
    message: 'The name "{name}" stands for another account, so this one cannot go by it.',
    next: 'Point the name at this account first.',
  },
  'chain.name.no-transfer': {
    message: 'The name "{name}" is not being transferred.',
    next: 'Nothing is left to do.',
  },
  'chain.provider.station': {
    message: '"{station}" is not an address of a station.',
    next: 'Write host:port, or wss://host/path.',
  },
  'chain.provider.leaving': {
    message: 'This provider is leaving; its deposit is paid out at {untilS} (Unix seconds).',
    next: 'Register again after that time.',
  },
  'chain.provider.full': {
    message: 'There are {placesMax} service providers, the most there can be.',
    next: 'Try again when one has left.',
  },
  'chain.provider.none': {
    message: 'This account is not a service provider.',
    next: 'Register it first.',
  },
  'chain.provider.unknown': {
    message: 'That account is not a service provider, or is leaving.',
    next: 'Choose one from the list.',
  },
  'chain.provider.soon': {
    message: 'The provider was changed less than three days ago.',
    next: 'Try again later; the station that is used can be changed at any time.',
  },
  'chain.provider.deposit-low': {
    message: 'A part of the deposit was lost, and without all of it nothing is earned.',
    next: 'Register again to make up for it.',
  },
  'chain.provider.day': {
    message: 'Service of day {day} cannot be claimed now; that of day {open} can.',
    next: 'Claim each day on the day after it.',
  },
  'chain.provider.unsettled': {
    message: 'The day before is still being settled.',
    next: 'Try again in a few blocks.',
  },
  'chain.provider.claimed': {
    message: 'This provider’s claim for the day is made already.',
    next: 'Nothing is left to do.',
  },
  'chain.provider.no-claim': {
    message: 'This provider has claimed nothing that could be opened.',
    next: 'Claim first.',
  },
  'chain.provider.early': {
    message: 'Chance has not decided yet what is to be opened.',
    next: 'Try again after the next block.',
  },
  'chain.provider.opening': {
    message: 'Opening {place} does not show service that was signed for.',
    next: 'Open the leaf with its own receipts and its way to the root.',
  },
  'chain.provider.sample': {
    message: 'Sample {sample} of the claim is not opened.',
    next: 'Open the leaf at each point that chance asks for.',
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

export const chainFault = defineFaults('chain', CATALOGUE);
export type ChainFaultCode = keyof typeof CATALOGUE;

/** TxResult.code by fault. 0 is success. 100 to 109 pass on other areas' faults; the rest are the chain's own. */
export const REFUSAL_CODES: Readonly<Partial<Record<ChainFaultCode, number>>> = {
  'chain.tx.malformed': 1,
  'chain.tx.large': 2,
  'chain.tx.chain': 3,
  'chain.tx.expired': 4,
  'chain.tx.signature': 5,
  'chain.tx.sponsor': 6,
  'chain.tx.sequence': 7,
  'chain.tx.fee-low': 8,
  'chain.tx.fee-unaffordable': 9,
  'chain.bank.unaffordable': 10,
  'chain.bank.keyless': 11,
  'chain.council.only': 15,
  'chain.model.taken': 20,
  'chain.model.unknown': 21,
  'chain.model.not-owner': 22,
  'chain.product.taken': 23,
  'chain.product.not-designer': 24,
  'chain.machine.taken': 30,
  'chain.machine.proof': 31,
  'chain.machine.unknown': 32,
  'chain.checkpoint.not-owner': 33,
  'chain.checkpoint.proof': 34,
  'chain.checkpoint.old': 35,
  'chain.checkpoint.soon': 36,
  'chain.paradigm.exists': 40,
  'chain.paradigm.unknown': 41,
  'chain.contract.unknown': 50,
  'chain.contract.quote-chain': 51,
  'chain.contract.quote-expired': 52,
  'chain.contract.quote-mismatch': 54,
  'chain.contract.role': 55,
  'chain.contract.role-keyless': 53,
  'chain.contract.param': 56,
  'chain.contract.args': 57,
  'chain.contract.effect': 58,
  'chain.contract.link': 59,
  'chain.contract.linked': 60,
  'chain.contract.branch': 61,
  'chain.contract.deposit': 65,
  'chain.contract.pruned': 66,
  'chain.licence.unknown': 70,
  'chain.licence.not-licensor': 71,
  'chain.licence.not-machine': 72,
  'chain.licence.released': 73,
  'chain.licence.unreleased': 74,
  'chain.licence.closed': 75,
  'chain.licence.used-up': 76,
  'chain.licence.copy-order': 77,
  'chain.licence.attempts': 78,
  'chain.licence.not-begun': 79,
  'chain.licence.gcode': 80,
  'chain.run.copies': 81,
  'chain.run.same': 82,
  'chain.run.limit': 83,
  'chain.bank.locked': 16,
  'chain.params.rule': 17,
  'chain.staking.unknown': 110,
  'chain.staking.exists': 111,
  'chain.staking.proof': 112,
  'chain.staking.key-taken': 113,
  'chain.staking.commission': 114,
  'chain.staking.self-low': 115,
  'chain.staking.small': 116,
  'chain.staking.too-much': 117,
  'chain.staking.no-delegation': 118,
  'chain.staking.entries': 119,
  'chain.staking.hop': 120,
  'chain.staking.same': 121,
  'chain.staking.tombstoned': 122,
  'chain.staking.worthless': 123,
  'chain.staking.rotate-soon': 124,
  'chain.staking.not-jailed': 125,
  'chain.staking.jailed-until': 126,
  'chain.paradigm.closed': 42,
  'chain.paradigm.not-author': 43,
  'chain.paradigm.name-taken': 44,
  'chain.paradigm.version': 45,
  'chain.council.empty': 130,
  'chain.council.full': 131,
  'chain.council.stake-low': 132,
  'chain.council.leaving': 133,
  'chain.council.no-reviewer': 134,
  'chain.review.unknown': 135,
  'chain.review.open': 136,
  'chain.review.ended': 137,
  'chain.review.own': 138,
  'chain.review.voted': 139,
  'chain.review.no-appeal': 140,
  'chain.name.form': 150,
  'chain.name.reserved': 151,
  'chain.name.taken': 152,
  'chain.name.look-alike': 153,
  'chain.name.unknown': 154,
  'chain.name.not-owner': 155,
  'chain.name.committed': 156,
  'chain.name.no-commit': 157,
  'chain.name.early': 158,
  'chain.name.unsettled': 159,
  'chain.name.years': 160,
  'chain.name.keyless': 161,
  'chain.name.elsewhere': 162,
  'chain.name.no-transfer': 163,
  'chain.provider.station': 170,
  'chain.provider.leaving': 171,
  'chain.provider.full': 172,
  'chain.provider.none': 173,
  'chain.provider.unknown': 174,
  'chain.provider.soon': 175,
  'chain.provider.deposit-low': 176,
  'chain.provider.day': 177,
  'chain.provider.unsettled': 178,
  'chain.provider.claimed': 179,
  'chain.provider.no-claim': 180,
  'chain.provider.early': 181,
  'chain.provider.opening': 182,
  'chain.provider.sample': 183,
};

const FOREIGN_CODES: Readonly<Record<string, number>> = {
  record: 100,
  quote: 101,
  paradigm: 102,
  product: 103,
};
const OTHER_CODE = 199;

/** The number of a refusal: equal on every node, whatever the words or the language. */
export function refusalCode(fault: Fault): number {
  const own = REFUSAL_CODES[fault.code as ChainFaultCode];
  return own ?? FOREIGN_CODES[fault.code.split('.')[0] ?? ''] ?? OTHER_CODE;
}
