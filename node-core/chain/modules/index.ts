// The modules of the application, by message.

import { unreachable } from '../../base/index.ts';
import type { Message } from '../messages.ts';
import { sendTokens } from './accounts.ts';
import type { MessageContext, MessageResult } from './context.ts';
import { openContract, sendEvent } from './contracts.ts';
import { releaseLicence, reportLicence, spendLicence } from './licences.ts';
import { registerMachine } from './machines.ts';
import { registerModel, updateModel } from './models.ts';
import { publishParadigm } from './paradigms.ts';
import { updateParams } from './params.ts';

export { payFee } from './accounts.ts';
export type { BlockContext, MessageContext, StepContext } from './context.ts';
export { instanceOf, runDeadlines } from './contracts.ts';
export { licenceAddress } from './effects.ts';
export { machineProofBytes, signMachineProof } from './machines.ts';
export { addParadigm, createParadigmCache } from './paradigms.ts';

/** Runs one message. Where it refuses, the caller drops everything it wrote. */
export function executeMessage(context: MessageContext, message: Message): MessageResult {
  switch (message.type) {
    case 'bank.send':
      return sendTokens(context, message);
    case 'model.register':
      return registerModel(context, message);
    case 'model.update':
      return updateModel(context, message);
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
    default:
      return unreachable(message);
  }
}
