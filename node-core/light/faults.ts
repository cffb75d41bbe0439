// What is said when the light node cannot believe what a node claims.

import { defineFaults } from '../base/index.ts';

const OTHER_NODE =
  'Nothing was taken over. The node that said so is asked no more; add another node if this stays.';
const ASK_AGAIN = 'Ask for the proof again; if it stays wrong, use another node: this one may be lying.';

export const lightFault = defineFaults('light', {
  'light.block.malformed': {
    message: 'A node gave block {height} in a form that no honest node makes: {reason}.',
    next: OTHER_NODE,
  },
  'light.chain.other': {
    message: 'A node gave a block of the chain “{found}”, but this console follows “{expected}”.',
    next: 'Check the addresses of the nodes in the network settings.',
  },
  'light.trust.expired': {
    message:
      'The last verified block ({height}, {time}) is older than the time for which its validators can be trusted.',
    next: 'Enter a fresh checkpoint (height and hash) from a source that you trust.',
  },
  'light.header.height': {
    message: 'Block {height} does not come after block {trusted}, from which it should be verified.',
    next: OTHER_NODE,
  },
  'light.header.time': {
    message: 'Block {height} claims a time ({time}) that is not after that of the block before.',
    next: OTHER_NODE,
  },
  'light.header.future': {
    message: 'Block {height} claims a time ({time}) that lies ahead of this computer’s clock.',
    next: 'Check the clock of this computer. If it is right, the node is wrong.',
  },
  'light.header.hash': {
    message: 'The signatures for block {height} are for another block.',
    next: OTHER_NODE,
  },
  'light.validators.hash': {
    message: 'The validators given for block {height} are not those that the block names.',
    next: OTHER_NODE,
  },
  'light.validators.next': {
    message: 'Block {height} names other validators than the block before it announced.',
    next: OTHER_NODE,
  },
  'light.commit.size': {
    message: 'Block {height} has {signatures} signatures for {validators} validators.',
    next: OTHER_NODE,
  },
  'light.commit.address': {
    message: 'Signature {index} of block {height} is under the name of another validator.',
    next: OTHER_NODE,
  },
  'light.commit.twice': {
    message: 'One validator’s signature is counted twice in block {height}.',
    next: OTHER_NODE,
  },
  'light.commit.signature': {
    message: 'Signature {index} of block {height} is forged or damaged.',
    next: OTHER_NODE,
  },
  'light.commit.power': {
    message:
      'Block {height} is signed by {signed} of {total} voting power, which is not more than two thirds.',
    next: OTHER_NODE,
  },
  'light.trust.power': {
    message:
      'Too few of the validators known from block {trusted} signed block {height} ({signed} of {total} voting power).',
    next: 'The blocks between are verified first; this happens by itself.',
  },
  'light.link.broken': {
    message: 'Block {height} is not the one that the verified block after it continues.',
    next: OTHER_NODE,
  },
  'light.root.mismatch': {
    message: 'Block {height} has the hash {found}, but the checkpoint says {expected}.',
    next: 'Check the checkpoint with its source. If it is right, the node serves another chain.',
  },
  'light.root.expired': {
    message:
      'The checkpoint (block {height}, {time}) is older than the time for which its validators can be trusted.',
    next: 'Get a fresh checkpoint (height and hash) from a source that you trust and enter it.',
  },
  'light.root.disputed': {
    message: 'The node {provider} shows another block {height} ({found}) than the checkpoint ({expected}).',
    next: 'Check the checkpoint with its source. If it is right, remove that node from the network settings.',
  },
  'light.root.missing': {
    message: 'Nothing was ever verified on this computer, so there is nothing to verify from.',
    next: 'Connect once to a node, or enter a checkpoint (height and hash).',
  },
  'light.chain.empty': {
    message: 'The proof holds no blocks.',
    next: 'Export the evidence again.',
  },
  'light.height.ahead': {
    message: 'Block {height} does not exist yet; the newest is {latest}.',
    next: 'Wait for the next block.',
  },
  'light.height.invalid': {
    message: 'There can be no block {height}.',
    next: 'Ask for the proof again from another node.',
  },
  'light.provider.silent': {
    message: 'No node answered.',
    next: 'Check the network connection. Everything that was verified before stays available.',
  },
  'light.provider.height': {
    message: 'A node was asked for block {height} and gave block {found}.',
    next: OTHER_NODE,
  },
  'light.steps.exceeded': {
    message: 'Block {height} is more than {steps} verification steps away from what is trusted.',
    next: 'Verify a block nearer by first, or enter a fresh checkpoint (height and hash) from a source that you trust.',
  },
  'light.witness.none': {
    message: 'No second node confirmed block {height}.',
    next: 'Add a node run by somebody else, or wait until one answers.',
  },
  'light.attack.detected': {
    message:
      'Two nodes proved different histories with valid signatures (block {height}: {first} and {second}): validators signed both.',
    next: 'Nothing more is accepted. Ask the network’s operators which history is right and enter it as a checkpoint.',
  },
  'light.halted': {
    message: 'Verification was stopped because of an attack on the network.',
    next: 'Ask the network’s operators which history is right and enter it as a checkpoint.',
  },
  'light.providers.none': {
    message: 'No node is left to ask: each one gave wrong answers.',
    next: 'Add a node that you trust in the network settings.',
  },
  'light.state.height': {
    message: 'This value is of block {height}; it can only be proved against block {expected}.',
    next: ASK_AGAIN,
  },
  'light.state.proof': {
    message: 'The proof for a value of block {height} does not lead to the state that the validators signed.',
    next: ASK_AGAIN,
  },
  'light.tx.height': {
    message: 'This transaction is of block {height}, but the headers given are of {found}.',
    next: ASK_AGAIN,
  },
  'light.tx.hash': {
    message: 'The transaction is not the one that its hash names.',
    next: ASK_AGAIN,
  },
  'light.tx.data': {
    message: 'The transaction is not in block {height}.',
    next: ASK_AGAIN,
  },
  'light.tx.result': {
    message:
      'The result given for the transaction is not the one that the validators signed for block {height}.',
    next: ASK_AGAIN,
  },
});
