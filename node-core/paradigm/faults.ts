// What the paradigm layer refuses, in words for people. Documents are refused when read, steps when run; a refused
// step has no effect at all.

import { defineFaults } from '../base/index.ts';

export const paradigmFault = defineFaults('paradigm', {
  'paradigm.document.large': {
    message: 'The paradigm document has {sizeBytes} bytes; the limit is {sizeBytesMax}.',
    next: 'Shorten texts or split it into two linked paradigms.',
  },
  'paradigm.document.encoding': {
    message: 'The paradigm document is not in the one canonical form that its identity is computed from.',
    next: 'Encode the JSON document again with the console or the command line.',
  },
  'paradigm.document.syntax': {
    message: 'The paradigm document cannot be read at line {line}, column {column}: {reason}.',
    next: '{suggestion}',
  },
  'paradigm.document.shape': {
    message: 'The paradigm document is wrong at {at}: {reason}.',
    next: 'Compare that place with a document that ships with the console, or with the schema that "dipnet paradigm schema" prints.',
  },
  'paradigm.document.reference': {
    message: 'At {at} the document names the {kind} "{name}", which it does not declare{hint}.',
    next: 'Declare it, or correct the name.',
  },
  'paradigm.document.rule': {
    message: 'The paradigm document breaks a rule at {at}: {reason}.',
    next: 'Change that place; the rule protects the money of the parties.',
  },
  'paradigm.document.expression': {
    message: 'The expression at {at} is refused: {reason}.',
    next: 'Use integers, comparisons and the names that the document declares.',
  },
  'paradigm.role.missing': {
    message: 'Nobody was named as {role}.',
    next: 'Name an account for every role of the contract.',
  },
  'paradigm.role.unknown': {
    message: 'The contract has no role called {role}.',
    next: 'Leave that role out.',
  },
  'paradigm.param.missing': {
    message: 'The value for {name} is missing.',
    next: 'Fill it in.',
  },
  'paradigm.param.unknown': {
    message: 'The contract has no value called {name}.',
    next: 'Leave it out.',
  },
  'paradigm.param.invalid': {
    message: 'The value for {name} does not fit: {reason}.',
    next: 'Correct it within the stated limits.',
  },
  'paradigm.instance.malformed': {
    message: 'This contract record is damaged or not in its canonical form.',
    next: 'Get it again from the chain.',
  },
  'paradigm.instance.mismatch': {
    message: 'This contract follows another paradigm than the one given.',
    next: 'Use the paradigm document that the contract names.',
  },
  'paradigm.event.unknown': {
    message: 'This kind of contract knows no step called {event}.',
    next: 'Choose one of the steps that the contract offers now.',
  },
  'paradigm.event.untimely': {
    message: 'The step {event} is not possible while the contract is in state {state}.',
    next: 'Look at the contract again; somebody may have acted before you.',
  },
  'paradigm.event.unauthorised': {
    message: 'Your account may not take the step {event}; only {roles} may.',
    next: 'Switch to the account that has this role in the contract.',
  },
  'paradigm.event.refused': {
    message: 'The step {event} is refused: {reason}',
    next: 'Check what the step requires and try again.',
  },
  'paradigm.event.late': {
    message: 'The deadline of this state has passed; the step {event} comes too late.',
    next: 'Look at the contract again; it has moved on by itself.',
  },
  'paradigm.event.closed': {
    message: 'This contract has ended; no further step is possible.',
    next: 'Nothing is left to do.',
  },
  'paradigm.event.exhausted': {
    message: 'This contract has taken {stepsMax} steps, the most it may; now only its deadlines act.',
    next: 'Wait for the deadline.',
  },
  'paradigm.deadline.early': {
    message: 'The deadline of this contract has not come yet.',
    next: 'Wait until the deadline.',
  },
  'paradigm.deadline.invalid': {
    message:
      'The step would set a deadline of {seconds} seconds, which is not between 1 second and ten years.',
    next: 'Choose other values; the contract was left as it is.',
  },
  'paradigm.amount.negative': {
    message: 'The step {event} would move a negative amount ({amountMicro} micro-DPN).',
    next: 'Choose other values; the contract was left as it is.',
  },
  'paradigm.amount.overspent': {
    message: 'The step {event} would pay {amountMicro} micro-DPN, but only {heldMicro} are held.',
    next: 'Choose other values; the contract was left as it is.',
  },
  'paradigm.amount.trapped': {
    message: 'The step {event} would end the contract while {heldMicro} micro-DPN are still held in it.',
    next: 'Report this paradigm; the contract was left as it is.',
  },
  'paradigm.hold.consent': {
    message: 'The step {event} would take money from {role}, who did not send it.',
    next: 'Only the payer can send this step.',
  },
  'paradigm.expression.failed': {
    message: 'The step {event} could not be computed at {at} ({reason}).',
    next: 'Choose other values; the contract was left as it is.',
  },
  'paradigm.crowd.full': {
    message: 'This contract already has {membersMax} as {role}, the most it admits.',
    next: 'Look for another contract of this kind, or open one.',
  },
  'paradigm.crowd.joined': {
    message: 'Your account has joined this contract already.',
    next: 'Choose another step that the contract offers you.',
  },
  'paradigm.link.opened': {
    message: 'The linked contract {link} is open already; it can be opened only once.',
    next: 'Look at the contract again; somebody may have acted before you.',
  },
  'paradigm.branch.rows': {
    message: 'The values that describe the branches "{list}" do not fit: {reason}.',
    next: 'Give one number of pieces and one price for each branch, and one design where they are about designs.',
  },
  'paradigm.branch.unknown': {
    message: 'This contract has no branch {row} under "{list}".',
    next: 'Look at the contract again and choose one of its branches.',
  },
  'paradigm.branch.unauthorised': {
    message: 'Your account may not fill the branches "{list}"; only {roles} may.',
    next: 'Switch to the account that has this role in the contract.',
  },
  'paradigm.branch.untimely': {
    message: 'The branches "{list}" cannot be filled while the contract is in state {state}.',
    next: 'Look at the contract again; it may have moved on.',
  },
  'paradigm.branch.pieces': {
    message: 'This branch asks for {open} more pieces; {quantity} were to be made.',
    next: 'Take fewer pieces, or another branch.',
  },
  'paradigm.branch.price': {
    message: 'These pieces may cost {limitMicro} micro-DPN at most; {amountMicro} were asked for.',
    next: 'Find an offer within the limit, or take fewer pieces.',
  },
  'paradigm.branch.paradigm': {
    message: 'The branches "{list}" may not be filled by a contract of this kind.',
    next: 'Choose one of the paradigms that the contract names for them.',
  },
  'paradigm.measured.unproven': {
    message: 'The figure {name} has no proof that holds against a recorded checkpoint.',
    next: 'Get the proof again from the machine, or wait until its checkpoint is recorded.',
  },
  'paradigm.gas.exceeded': {
    message: 'The step {event} costs more computation than it may.',
    next: 'Report this paradigm; the contract was left as it is.',
  },
});
