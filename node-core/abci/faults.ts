// What is said when CometBFT and the application cannot work together.

import { defineFaults } from '../base/index.ts';

export const abciFault = defineFaults('abci', {
  'abci.frame.large': {
    message: 'A message of {sizeBytes} bytes was announced; the limit is {sizeBytesMax}.',
    next: 'The connection was closed. If it was CometBFT, report this with the log of the node.',
  },
  'abci.frame.malformed': {
    message: 'Something that is no ABCI 2.0 message came over the connection: {reason}.',
    next: 'Nothing but CometBFT v0.38 may connect to the application. If it was CometBFT, check its version.',
  },
  'abci.version.other': {
    message: 'CometBFT {version} speaks ABCI {abciVersion}; this application speaks ABCI 2.0.',
    next: 'Use CometBFT v0.38.',
  },
  'abci.query.path': {
    message: 'There is nothing to ask for at the path “{path}”.',
    next: 'Ask at the path /state with the key as data.',
  },
  'abci.failed': {
    message: 'The question could not be answered, because of a fault in this node.',
    next: 'Ask another node. Whoever runs this one finds the reason in its log.',
  },
  'abci.genesis.malformed': {
    message: 'The genesis document is not one of this network: {reason}.',
    next: 'Get the genesis document again from the founder of the network and compare its hash.',
  },
  'abci.genesis.height': {
    message: 'The genesis document begins at block {height}; this application begins every chain at block 1.',
    next: 'Set initial_height to "1" in the genesis document.',
  },
  'abci.genesis.again': {
    message:
      'CometBFT wants to begin the chain, but the application already has its state after block {height}.',
    next: 'Restore the folder of CometBFT that belongs to this state, or begin with both folders empty.',
  },
  'abci.genesis.other': {
    message: 'The application was begun from another genesis document than the one CometBFT has now.',
    next: 'Put the first genesis document back, or begin with both folders empty.',
  },
  'abci.block.order': {
    message: 'CometBFT decided block {height}, but the application stands after block {latest}.',
    next: 'The folders of CometBFT and of the application do not belong together: restore both from one backup, or empty both and join the network again.',
  },
  'abci.block.uncommitted': {
    message: 'CometBFT wants to write a block that the application has not computed.',
    next: 'Start the node again. If it stays, report this with the log of the node.',
  },
  'abci.block.failed': {
    message: 'Block {height} could not be computed or written: {reason}.',
    next: 'Nothing of it was written. Check the disk, then start the node again; if it stays, report this.',
  },
});
