// Refusals of models, products, machines and what they record, licences and runs.

export const TRADE = {
  'chain.model.taken': {
    number: 20,
    message: 'This file was already registered by {designer} at block {height}.',
    next: 'Ask that designer for a licence, or upload a design of your own.',
  },
  'chain.model.unknown': {
    number: 21,
    message: 'No model with this design hash is registered.',
    next: 'Check the hash, or register the model first.',
  },
  'chain.model.not-owner': {
    number: 22,
    message: 'Only the designer who registered the model may change it.',
    next: 'Switch to the designer account.',
  },
  'chain.product.taken': {
    number: 23,
    message: 'This product is already registered: by {designer}, at height {height}.',
    next: 'Use the registered one; a product with other parts or words is another product.',
  },
  'chain.product.not-designer': {
    number: 24,
    message: 'The product names {designer} as its designer, who did not send it.',
    next: 'Register it from the account of its designer.',
  },
  'chain.machine.taken': {
    number: 30,
    message: 'This machine is already registered to another owner ({owner}).',
    next: 'Reset the machine key, or ask the present owner.',
  },
  'chain.machine.proof': {
    number: 31,
    message: 'The machine did not confirm that it belongs to this owner on this network.',
    next: 'Connect the machine and register it again.',
  },
  'chain.machine.unknown': {
    number: 32,
    message: 'No such machine is registered.',
    next: 'Check the address, or register the machine first.',
  },
  'chain.checkpoint.not-owner': {
    number: 33,
    message: 'Only the owner of a machine, or the machine itself, records what it has measured.',
    next: 'Switch to the account of the owner.',
  },
  'chain.checkpoint.proof': {
    number: 34,
    message: 'The machine did not sign this record of its data for this network.',
    next: 'Connect the machine and let it sign.',
  },
  'chain.checkpoint.old': {
    number: 35,
    message: 'The record ends at entry {height} of the machine, and {latest} is recorded already.',
    next: 'Record what the machine has measured since.',
  },
  'chain.checkpoint.soon': {
    number: 36,
    message: 'The data of one machine is recorded once in {intervalS} seconds at most.',
    next: 'Wait a little; the next record covers everything until then.',
  },
  'chain.licence.unknown': {
    number: 70,
    message: 'There is no licence at this address.',
    next: 'Check the address.',
  },
  'chain.licence.not-licensor': {
    number: 71,
    message: 'Only the designer who licenses the model may release its key.',
    next: 'Switch to the designer account.',
  },
  'chain.licence.not-machine': {
    number: 72,
    message: 'Only the machine that the licence names may do this.',
    next: 'Print on the machine that was ordered.',
  },
  'chain.licence.released': {
    number: 73,
    message: 'The model key of this licence was already released.',
    next: 'Nothing is left to do.',
  },
  'chain.licence.unreleased': {
    number: 74,
    message: 'The designer has not released the model key of this licence yet.',
    next: 'Wait for the designer.',
  },
  'chain.licence.closed': {
    number: 75,
    message: 'The order of this licence has ended; nothing more may be printed with it.',
    next: 'Open a new order.',
  },
  'chain.licence.used-up': {
    number: 76,
    message: 'The licence is for {quantity} copies; copy {copy} is beyond it.',
    next: 'Order more copies.',
  },
  'chain.licence.copy-order': {
    number: 77,
    message: 'Copy {copy} cannot be begun now; the next is copy {next}.',
    next: 'Print the copies in order; a failed copy may be begun again.',
  },
  'chain.licence.attempts': {
    number: 78,
    message: 'Copy {copy} was begun {attempts} times, the most that is allowed.',
    next: 'Agree with the buyer and the designer how to end the order.',
  },
  'chain.licence.not-begun': {
    number: 79,
    message: 'Copy {copy} of this licence is not being printed.',
    next: 'Report each copy once, after it was begun.',
  },
  'chain.licence.gcode': {
    number: 80,
    message: 'The print file is not the one that was priced in the quote of this order.',
    next: 'Print the file of the quote, or ask for a new quote and order.',
  },
  'chain.run.copies': {
    number: 81,
    message: 'Copies {from} to {to} cannot be put in a run: {reason}.',
    next: 'Choose copies of each order once that have not begun.',
  },
  'chain.run.same': {
    number: 82,
    message: 'These orders are not for the same print file on the same machine.',
    next: 'Print together only what is made from one file without a change.',
  },
  'chain.run.limit': {
    number: 83,
    message: 'This order has a part in {limit} runs already, the most there can be.',
    next: 'Print its copies without a further run.',
  },
} as const;
