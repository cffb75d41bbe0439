// Forward secrecy between devices that speak MLS (RFC 9420): packages, sessions, and how both travel in contents of DIMP.

export {
  type LeafOwner,
  MLS_SUITE,
  MLS_SUITE_NAME,
  type MlsContext,
  type MlsDevice,
  type MlsSuite,
} from './context.ts';
export { mlsFault } from './faults.ts';
export {
  createPackage,
  isWhole,
  MLS_PROPERTY,
  mlsProperty,
  type OwnPackage,
  oneTimeTerminals,
  ownPackageToText,
  type PeerPackage,
  packageToText,
  parseOwnPackage,
  readPackage,
  speaksMls,
  visaPackages,
} from './packages.ts';
export {
  CARRIED_MAX,
  type Carried,
  isSessionUpkeep,
  MLS_APP,
  type MlsContent,
  type PayloadExtras,
  payloadFields,
  readMlsContent,
  renewFields,
  resetFields,
  type SessionPayload,
} from './payload.ts';
export * from './session.ts';
