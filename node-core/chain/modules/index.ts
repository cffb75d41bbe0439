// The modules of the application, by message.

import type { Message } from '../messages.ts';
import { sendTokens } from './accounts/index.ts';
import type { MessageContext, MessageResult } from './context.ts';
import { openContract, sendEvent } from './contracts.ts';
import {
  appealReview,
  joinCouncil,
  leaveCouncil,
  reportBug,
  submitParadigm,
  voteInReview,
  withdrawParadigm,
} from './council/index.ts';
import { releaseLicence, reportLicence, spendLicence } from './licences.ts';
import { recordCheckpoint } from './machine-data.ts';
import { registerMachine } from './machines.ts';
import { registerModel, updateModel } from './models.ts';
import { chooseName, commitName, pointName, registerName, renewName, transferName } from './names/index.ts';
import { publishParadigm } from './paradigms.ts';
import { updateParams } from './params/index.ts';
import { registerProduct } from './products.ts';
import {
  chooseProvider,
  claimService,
  leaveProviders,
  proveService,
  registerProvider,
} from './providers/index.ts';
import { gatherCopies } from './runs.ts';
import {
  createValidator,
  delegate,
  editValidator,
  redelegate,
  rotateKey,
  undelegate,
  unjail,
  withdraw,
} from './staking/index.ts';

export { payFee } from './accounts/index.ts';
export { type BlockFacts, beginBlock, endBlock } from './block.ts';
export { type TracedUnits, traceUnits } from './branches.ts';
export type { BlockContext, MessageContext, StepContext } from './context.ts';
export { licenceAddress } from './effects.ts';
export { instanceOf, linkedAddress } from './instances.ts';
export { checkpointId, signCheckpoint } from './machine-data.ts';
export { machineProofBytes, signMachineProof } from './machines.ts';
export {
  commitId as nameCommitId,
  type GenesisName,
  grantNames,
  NAME_CHARS_MAX,
  NAME_CHARS_MIN,
  nameCommitment,
  nameFlaw,
  nameForm,
  nameFormId,
  nameId,
  normaliseName,
  premiumMicro,
  standingOf,
  yearlyMicro,
} from './names/index.ts';
export { addParadigm, createParadigmCache } from './paradigms.ts';
export { brokenRule } from './params/index.ts';
export { POOLS } from './pools.ts';
export {
  buildServiceTree,
  DELEGATIONS_COUNTED_MAX,
  dayOf,
  type Holdings,
  homeOn,
  isStationAddress,
  type Leaf as ServiceLeaf,
  leafContent,
  RECEIPTS_MAX,
  receiptBytes,
  type ServiceTree,
  samplePoints,
  signReceipt,
  weightOfHoldings,
} from './providers/index.ts';
export {
  initialiseStakes,
  MICRO_PER_POWER,
  owedMicro,
  possessionBytes,
  signPossession,
  worthOf,
} from './staking/index.ts';
export { storageDepositMicro } from './storage.ts';
export { lockAccount } from './vesting/index.ts';

type Handlers = {
  readonly [T in Message['type']]: (
    context: MessageContext,
    message: Extract<Message, { type: T }>,
  ) => MessageResult;
};

const HANDLERS: Handlers = {
  'bank.send': sendTokens,
  'model.register': registerModel,
  'model.update': updateModel,
  'product.register': registerProduct,
  'machine.register': registerMachine,
  'machine.checkpoint': recordCheckpoint,
  'paradigm.publish': publishParadigm,
  'params.update': updateParams,
  'contract.open': openContract,
  'contract.event': sendEvent,
  'licence.release': releaseLicence,
  'licence.use': spendLicence,
  'licence.report': reportLicence,
  'licence.gather': gatherCopies,
  'staking.create': createValidator,
  'staking.edit': editValidator,
  'staking.rotate': rotateKey,
  'staking.delegate': delegate,
  'staking.undelegate': undelegate,
  'staking.redelegate': redelegate,
  'staking.withdraw': withdraw,
  'staking.unjail': unjail,
  'council.join': joinCouncil,
  'council.leave': leaveCouncil,
  'council.vote': voteInReview,
  'paradigm.submit': submitParadigm,
  'paradigm.appeal': appealReview,
  'paradigm.withdraw': withdrawParadigm,
  'paradigm.report': reportBug,
  'name.commit': commitName,
  'name.register': registerName,
  'name.renew': renewName,
  'name.point': pointName,
  'name.primary': chooseName,
  'name.transfer': transferName,
  'provider.register': registerProvider,
  'provider.leave': leaveProviders,
  'provider.choose': chooseProvider,
  'provider.claim': claimService,
  'provider.prove': proveService,
};

/** Runs one message. Where it refuses, the caller drops everything it wrote. */
export function executeMessage(context: MessageContext, message: Message): MessageResult {
  // By its type, the handler is the message's own.
  const handle = HANDLERS[message.type] as (context: MessageContext, message: Message) => MessageResult;
  return handle(context, message);
}
