// Parameters of the network, changed by the council.

import type { z } from 'zod';
import { refuse } from '../../base/index.ts';
import { sameAddress } from '../../identity/keys.ts';
import { chainFault } from '../faults.ts';
import type { ParamsUpdate } from '../messages.ts';
import { done, type MessageContext, type MessageResult } from './context.ts';

export function updateParams(context: MessageContext, message: z.infer<typeof ParamsUpdate>): MessageResult {
  const { state } = context;
  const params = state.params();
  if (!sameAddress(params.council, context.signer)) return refuse(chainFault('chain.council.only'));
  const { type: _type, ...changed } = message;
  state.putParams({ ...params, ...changed });
  context.emit('params.updated', {
    minimumFeeMicro: message.minimumFeeMicro.toString(),
    authorBasisPoints: String(message.authorBasisPoints),
    networkBasisPoints: String(message.networkBasisPoints),
  });
  return done();
}
