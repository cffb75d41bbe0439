// The modules of the application, by message.

import { unreachable } from '../../base/index.ts';
import type { Message } from '../messages.ts';
import { sendTokens } from './accounts.ts';
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
import { registerMachine } from './machines.ts';
import { registerModel, updateModel } from './models.ts';
import { chooseName, commitName, pointName, registerName, renewName, transferName } from './names/index.ts';
import { publishParadigm } from './paradigms.ts';
import { updateParams } from './params.ts';
import { registerProduct } from './products.ts';
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

export { payFee } from './accounts.ts';
export { type BlockFacts, beginBlock, endBlock } from './block.ts';
export { type TracedUnits, traceUnits } from './branches.ts';
export type { BlockContext, MessageContext, StepContext } from './context.ts';
export { licenceAddress } from './effects.ts';
export { instanceOf, linkedAddress } from './instances.ts';
export { machineProofBytes, signMachineProof } from './machines.ts';
export {
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
export { brokenRule } from './params.ts';
export { POOLS } from './pools.ts';
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

/** Runs one message. Where it refuses, the caller drops everything it wrote. */
export function executeMessage(context: MessageContext, message: Message): MessageResult {
  switch (message.type) {
    case 'bank.send':
      return sendTokens(context, message);
    case 'model.register':
      return registerModel(context, message);
    case 'model.update':
      return updateModel(context, message);
    case 'product.register':
      return registerProduct(context, message);
    case 'machine.register':
      return registerMachine(context, message);
    case 'paradigm.publish':
      return publishParadigm(context, message);
    case 'params.update':
      return updateParams(context, message);
    case 'contract.open':
      return openContract(context, message);
    case 'contract.event':
      return sendEvent(context, message);
    case 'licence.release':
      return releaseLicence(context, message);
    case 'licence.use':
      return spendLicence(context, message);
    case 'licence.report':
      return reportLicence(context, message);
    case 'staking.create':
      return createValidator(context, message);
    case 'staking.edit':
      return editValidator(context, message);
    case 'staking.rotate':
      return rotateKey(context, message);
    case 'staking.delegate':
      return delegate(context, message);
    case 'staking.undelegate':
      return undelegate(context, message);
    case 'staking.redelegate':
      return redelegate(context, message);
    case 'staking.withdraw':
      return withdraw(context, message);
    case 'staking.unjail':
      return unjail(context);
    case 'council.join':
      return joinCouncil(context, message);
    case 'council.leave':
      return leaveCouncil(context);
    case 'council.vote':
      return voteInReview(context, message);
    case 'paradigm.submit':
      return submitParadigm(context, message);
    case 'paradigm.appeal':
      return appealReview(context, message);
    case 'paradigm.withdraw':
      return withdrawParadigm(context, message);
    case 'paradigm.report':
      return reportBug(context, message);
    case 'name.commit':
      return commitName(context, message);
    case 'name.register':
      return registerName(context, message);
    case 'name.renew':
      return renewName(context, message);
    case 'name.point':
      return pointName(context, message);
    case 'name.primary':
      return chooseName(context, message);
    case 'name.transfer':
      return transferName(context, message);
    default:
      return unreachable(message);
  }
}
