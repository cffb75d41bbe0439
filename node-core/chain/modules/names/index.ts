// Names: who is found by which, as first come first served, for a yearly fee in DIMT.

export { type GenesisName, grantNames, runNames } from './due.ts';
export {
  commitId,
  NAME_CHARS_MAX,
  NAME_CHARS_MIN,
  nameCommitment,
  nameFlaw,
  nameForm,
  nameFormId,
  nameId,
  normaliseName,
} from './form.ts';
export { chooseName, pointName, renewName, transferName } from './owned.ts';
export { commitName, registerName } from './register.ts';
export { nameOf, premiumMicro, standingOf, yearlyMicro } from './store.ts';
