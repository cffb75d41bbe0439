// Products: bills of materials of registered models and of other products. A product is named by the hash of its record and
// never changes, so whoever ordered one knows for ever what it was made of.

import type { z } from 'zod';
import { bytesToHex, refuse, sha256 } from '../../base/index.ts';
import { sameAddress } from '../../identity/keys.ts';
import { checkProduct, parseProduct } from '../../production/index.ts';
import { chainFault } from '../faults.ts';
import type { ProductRegister } from '../messages.ts';
import { done, type MessageContext, type MessageResult, shown } from './context.ts';

export function registerProduct(
  context: MessageContext,
  message: z.infer<typeof ProductRegister>,
): MessageResult {
  const { state, signer } = context;
  const parsed = parseProduct(message.product);
  if (!parsed.ok) return parsed;
  const record = parsed.value;
  if (!sameAddress(record.designer, signer))
    return refuse(chainFault('chain.product.not-designer', { designer: shown(record.designer) }));
  const id = sha256(message.product);
  const first = state.product(id);
  if (first !== undefined) {
    const data = { designer: shown(first.designer), height: first.registeredHeight.toString() };
    return refuse(chainFault('chain.product.taken', data));
  }
  const figures = checkProduct(record, {
    hasModel: (designHash) => state.model(designHash) !== undefined,
    hasParadigm: (paradigm) => state.paradigm(paradigm) !== undefined,
    figuresOf: (product) => state.product(product),
  });
  if (!figures.ok) return figures;
  const { depth, units } = figures.value;
  state.putProduct(id, {
    v: 1,
    product: message.product,
    designer: signer,
    depth,
    units,
    registeredS: context.timeS,
    registeredHeight: context.height,
  });
  state.appendIndex('products', id);
  state.appendIndex('products-of', id, signer);
  const contents = record.parts.map((part) => (part.kind === 'model' ? part.designHash : part.product));
  for (const name of new Set(contents.map(bytesToHex))) {
    const content = contents.find((one) => bytesToHex(one) === name);
    if (content !== undefined) state.appendIndex('products-with', id, content);
  }
  context.emit('product.registered', {
    product: bytesToHex(id),
    designer: bytesToHex(signer),
    title: record.title,
  });
  return done(id);
}
