// DIMP, the decentralised messenger's protocol, without transports and storage: identities (Ming-Ke-Ming), messages
// (Dao-Ke-Dao), and what is checked before either is believed.
//
// A message comes in as text (parseMessage), its sender is looked up (Directory; learnAttached), proven (verifyMessage) and, for
// an account of this console, read (openMessage). A message goes out through createContent or createCommand and
// sealMessage. A station relays with verifyMessage, withMember and messageToText, and never writes a member anew.

export * from './account.ts';
export * from './account-file.ts';
export * from './account-history.ts';
export * from './address.ts';
export * from './amendments.ts';
export { BINDING_FIELD } from './binding.ts';
export * from './boards.ts';
export * from './cipher-keys.ts';
export * from './commitment.ts';
export * from './content/index.ts';
export type { DimpCrypto, Rsa } from './crypto.ts';
export * from './devices.ts';
export * from './directory.ts';
export * from './disclosure.ts';
export * from './documents.ts';
export { dimpFault } from './faults.ts';
export * from './file-cipher.ts';
export * from './group-delivery.ts';
export * from './groups.ts';
export * from './ids.ts';
export * from './json.ts';
export * from './keys/index.ts';
export * from './limits.ts';
export * from './machine-talk.ts';
export * from './message.ts';
export * from './metas.ts';
export * from './one-time-packages.ts';
export * from './open.ts';
export * from './own-devices.ts';
export * from './receipts.ts';
export * from './recognise.ts';
export * from './replay.ts';
export * from './safety-number.ts';
export * from './seal.ts';
export * from './sealed-account.ts';
export * from './sequence.ts';
export * from './service-receipts.ts';
export * from './transportable.ts';
