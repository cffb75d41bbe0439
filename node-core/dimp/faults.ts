import { defineFaults } from '../base/index.ts';

export const dimpFault = defineFaults('dimp', {
  'dimp.json.large': {
    message: 'The message is longer than {charsMax} characters.',
    next: 'Ask the sender to send large things as a file.',
  },
  'dimp.json.malformed': {
    message: 'What came in is not a message: {what} at character {position}.',
    next: 'Nothing is to be done here; the sender’s program or a station on the way is faulty.',
  },
  'dimp.account-file.malformed': {
    message: 'This is not an account file.',
    next: 'Choose the file that was saved when the account was exported.',
  },
  'dimp.account-file.history': {
    message: 'The groups or the history in this account file are damaged.',
    next: 'Export the account again; a file without history moves keys and contacts all the same.',
  },
  'dimp.account-file.passphrase': {
    message: 'The file does not open with this passphrase.',
    next: 'Type the passphrase again, exactly as it was chosen; if it is right, the file was changed.',
  },
  'dimp.board.none': {
    message: 'There is no board with this ID.',
    next: 'Copy the whole ID again, or ask the station where the board is kept.',
  },
  'dimp.board.entry': {
    message: 'What came is no entry of this board.',
    next: 'Nothing is to be done here; it is not shown.',
  },
  'dimp.id.malformed': {
    message: 'This is not a DIMP ID.',
    next: 'Copy the whole ID again, from its first to its last character.',
  },
  'dimp.key.malformed': {
    message: 'A key could not be read: {what}.',
    next: 'Ask its owner to publish the key again, with a current program.',
  },
  'dimp.key.unsuitable': {
    message: 'A key of the kind {algorithm} cannot be used for this.',
    next: 'Ask the contact for an up-to-date visa with an encryption key.',
  },
  'dimp.meta.malformed': {
    message: 'The proof of this identity cannot be read: {what}.',
    next: 'Ask the contact or another station for it again.',
  },
  'dimp.meta.reserved': {
    message: 'This identity is of type {type}, which is reserved and which no program accepts.',
    next: 'Ask the contact to make an identity of type MKM, BTC or ETH.',
  },
  'dimp.meta.foreign': {
    message: 'The proof of identity that came belongs to somebody else.',
    next: 'Do not trust who sent it; ask the contact or another station.',
  },
  'dimp.document.malformed': {
    message: 'A profile cannot be read: {what}.',
    next: 'Ask the contact or another station for it again.',
  },
  'dimp.document.forged': {
    message: 'A profile was not signed by its owner.',
    next: 'It was not saved. Do not trust who sent it; ask the contact or another station.',
  },
  'dimp.document.older': {
    message: 'A profile is older than the one that is known.',
    next: 'Nothing is to be done: the newer one stays.',
  },
  'dimp.document.future': {
    message: 'A profile is dated in the future.',
    next: 'Check the clock of this computer, or ask the contact to check theirs.',
  },
  'dimp.contact.unknown': {
    message: 'The identity of {id} is not known yet.',
    next: 'It is being asked for at the stations; the message waits for it.',
  },
  'dimp.message.malformed': {
    message: 'A message cannot be read: {what}.',
    next: 'Ask the sender to send it again with a current program.',
  },
  'dimp.message.forged': {
    message: 'A message was not signed by the one it claims to be from.',
    next: 'It was dropped. If it happens again, change the station.',
  },
  'dimp.message.altered': {
    message: 'A message was changed or redirected on its way: {what}.',
    next: 'It was dropped. Ask the sender to send it again, and change the station if it happens again.',
  },
  'dimp.message.unreadable': {
    message: 'A message cannot be decrypted with the keys of this device.',
    next: 'The newest visa is sent to the sender; ask them to send the message again.',
  },
  'dimp.message.replayed': {
    message: 'A message came a second time.',
    next: 'Nothing is to be done: it is shown once.',
  },
  'dimp.message.stale': {
    message: 'A message is older than messages may be.',
    next: 'Ask the sender to send it again.',
  },
  'dimp.message.future': {
    message: 'A message is dated in the future.',
    next: 'Check the clock of this computer, or ask the sender to check theirs.',
  },
  'dimp.content.malformed': {
    message: 'The content of a message cannot be read: {what}.',
    next: 'Ask the sender to send it again with a current program.',
  },
  'dimp.group.forbidden': {
    message: 'Somebody tried to change a group without the right to: {what}.',
    next: 'Nothing was changed. Ask the owner of the group.',
  },
  'dimp.group.outdated': {
    message: 'A change of a group came after a newer one and no longer counts.',
    next: 'Nothing is to be done: the newer state stays.',
  },
  'dimp.group.large': {
    message: 'A group has more than {membersMax} members.',
    next: 'Divide the group, or use a public board.',
  },
});
