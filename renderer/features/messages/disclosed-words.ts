// The words for a disclosed message that is no text, or more than one; undefined where its text says it all.

import type { DisclosedSaid } from '../../../node-core/api/index.ts';

export type Words = { readonly id: string; readonly values: Record<string, string | number> };

export function saidWords(said: DisclosedSaid): Words | undefined {
  const words = (name: string, values: Words['values'] = {}): Words => ({
    id: `messages.said.${name}`,
    values,
  });
  switch (said.kind) {
    case 'text':
      return said.answers === undefined ? undefined : words('answer', { number: said.answers });
    case 'edit':
    case 'deletion':
      return words(said.kind, { number: said.of ?? 0 });
    case 'reaction':
      return words(said.text === '' ? 'unreaction' : 'reaction', { number: said.of ?? 0 });
    case 'file':
      return words('file', { name: said.name, sizeBytes: said.sizeBytes });
    case 'call':
      return words('call', {
        act: said.act,
        sort: said.video === undefined ? 'other' : said.video ? 'video' : 'voice',
      });
    case 'contact':
      return words('contact', { name: said.name, id: said.id });
    case 'page':
      return words('page', { title: said.title, address: said.address });
    case 'money':
      return words('money', { amount: said.amount, currency: said.currency });
    case 'several':
      return words('several', { count: said.count });
    case 'other':
      return words('other', { name: said.name });
  }
}
