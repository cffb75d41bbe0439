// Models: who registered a design first, and how it is offered. The design hash is the name; the first registrant owns
// it for ever, and everybody after is told who that was and when.

import type { z } from 'zod';
import { bytesToHex, refuse } from '../../base/index.ts';
import { sameAddress } from '../../identity/keys.ts';
import { chainFault } from '../faults.ts';
import type { ModelRegister, ModelUpdate } from '../messages.ts';
import { done, type MessageContext, type MessageResult, shown } from './context.ts';

export function registerModel(
  context: MessageContext,
  message: z.infer<typeof ModelRegister>,
): MessageResult {
  const { state, signer } = context;
  const first = state.model(message.designHash);
  if (first !== undefined) {
    const data = {
      designer: shown(first.designer),
      height: first.registeredHeight.toString(),
      timeS: first.registeredS.toString(),
    };
    return refuse(chainFault('chain.model.taken', data));
  }
  const { type: _type, ...offer } = message;
  state.putModel({
    v: 1,
    ...offer,
    designer: signer,
    copiesPrinted: 0,
    registeredS: context.timeS,
    registeredHeight: context.height,
    updatedS: context.timeS,
  });
  state.appendIndex('models', message.designHash);
  state.appendIndex('models-of', message.designHash, signer);
  context.emit('model.registered', {
    designHash: bytesToHex(message.designHash),
    designer: bytesToHex(signer),
    title: message.title,
  });
  return done();
}

export function updateModel(context: MessageContext, message: z.infer<typeof ModelUpdate>): MessageResult {
  const { state, signer } = context;
  const model = state.model(message.designHash);
  if (model === undefined) return refuse(chainFault('chain.model.unknown'));
  if (!sameAddress(model.designer, signer)) return refuse(chainFault('chain.model.not-owner'));
  const { title, description, priceMicroPerCopy } = message;
  state.putModel({ ...model, title, description, priceMicroPerCopy, updatedS: context.timeS });
  context.emit('model.updated', {
    designHash: bytesToHex(message.designHash),
    priceMicroPerCopy: priceMicroPerCopy.toString(),
  });
  return done();
}
