// What can go wrong with a network node and its CometBFT process, in words for the person who runs it.

import { defineFaults } from '../../base/index.ts';

export const cometbftFault = defineFaults('cometbft', {
  'cometbft.binary.missing': {
    message: 'The program cometbft {version} is not installed here.',
    next: 'Install Go and run the same command again, or put the program on the PATH or name it in DIPNET_COMETBFT.',
  },
  'cometbft.binary.version': {
    message: 'The program {path} is cometbft {found}; this network needs {version}.',
    next: 'Install the right version, or name it in DIPNET_COMETBFT.',
  },
  'cometbft.binary.build': {
    message: 'cometbft {version} could not be built: {reason}.',
    next: 'Check the internet connection and the Go installation, then run the same command again.',
  },
  'cometbft.home.missing': {
    message: 'The folder {folder} holds no node: {file} is missing.',
    next: 'Make one with "dipnet network init", or check the name.',
  },
  'cometbft.home.damaged': {
    message: 'The file {file} of the node is not what it should be: {reason}.',
    next: 'Put it back from a copy.',
  },
  'cometbft.home.unwritable': {
    message: 'The folder {folder} cannot be written.',
    next: 'Free some space or fix its permissions, or choose another folder.',
  },
  'cometbft.home.in-use': {
    message: 'The node in {folder} is already running (process {pid}).',
    next: 'Stop that one first; two with one key would sign against each other and be punished.',
  },
  'cometbft.key.exists': {
    message: 'There is already a validator key or its record of signatures in {folder}; it is left as it is.',
    next: 'Choose another folder. A key that is overwritten is lost, and one without its record can sign twice and be punished.',
  },
  'cometbft.key.missing': {
    message: 'The node in {folder} has lost its validator key: config/priv_validator_key.json is not there.',
    next: 'Put your offline copy back. Without one, make a new node with "dipnet network join" and give it the validator with "dipnet validator rotate".',
  },
  'cometbft.key.state-missing': {
    message: 'The validator key in {folder} has made blocks, but its record of signatures is gone.',
    next: 'Bring data/priv_validator_state.json from where the node ran last, never an older copy: with that the validator could sign twice and lose its stake. If it is lost, give the validator a new key with "dipnet validator rotate".',
  },
  'cometbft.network.input': {
    message: 'The network cannot be made as asked: {problem}',
    next: 'Change the command; nothing was written.',
  },
  'cometbft.app.failed': {
    message: 'The application of the node failed: {reason}',
    next: 'It is started again from its last block. If it keeps failing, report this with its log.',
  },
  'cometbft.node.ended': {
    message: 'The CometBFT process ended ({how}): {reason}',
    next: 'It is started again by itself.',
  },
  'cometbft.node.crash-loop': {
    message:
      'The node stopped {times} times in {seconds} seconds and is not started again. Last words: {reason}',
    next: 'Read its log, mend the cause, then start it again.',
  },
  'cometbft.node.port': {
    message: 'The node cannot listen on {address}: another program does.',
    next: 'Stop that program, or change the port in config/config.toml.',
  },
  'cometbft.node.locked': {
    message: 'The data of the node are in use by another process.',
    next: 'Stop the other node that runs on this folder.',
  },
  'cometbft.node.app-hash': {
    message: 'The state of this node differs from what the network agreed on.',
    next: 'Update the program; if it is up to date, restore the node by state sync and report this.',
  },
  'cometbft.node.double-sign': {
    message: 'This validator key signed recent blocks somewhere else.',
    next: 'Make sure that no other node runs with this key, wait for some blocks, then start again.',
  },
  'cometbft.node.stopped': {
    message: 'The node was stopped before it was ready.',
    next: 'Start it again.',
  },
  'cometbft.rpc.unreachable': {
    message: 'No node of the network answers ({address}).',
    next: 'Check the connection and the address; the console goes on by itself when one answers.',
  },
  'cometbft.rpc.answer': {
    message: 'The node {address} answered something that is no answer: {reason}.',
    next: 'Connect to another node.',
  },
  'cometbft.rpc.refused': {
    message: 'The node declined: {reason}',
    next: 'Try again, or connect to another node.',
  },
  'cometbft.chain.other': {
    message: 'The node belongs to the network {found}, not to {wanted}.',
    next: 'Connect to a node of the right network.',
  },
  'cometbft.tx.pending': {
    message: 'The transaction was handed in, but no block with it was seen in time. It may still come.',
    next: 'Look again later. Handing in the very same transaction again is safe; it counts once.',
  },
  'cometbft.tx.refused': {
    message: 'The network refused the transaction (code {code}).',
    next: 'Check what was asked for and try again.',
  },
});
