// What a product can be refused for, in words for people.

import { defineFaults } from '../base/index.ts';

export const productFault = defineFaults('product', {
  'product.part.twice': {
    message: 'Two parts or services of the product are called “{id}”.',
    next: 'Give each part and each service a name of its own.',
  },
  'product.part.unknown': {
    message: 'The part “{id}” is not registered on this network.',
    next: 'Register its model or its product first.',
  },
  'product.paradigm.unknown': {
    message: '“{id}” is to be ordered by a kind of contract that is not published on this network.',
    next: 'Choose one from the gallery of contracts.',
  },
  'product.service.covers': {
    message: 'The service “{id}” is for a part “{part}” that the product does not have.',
    next: 'Name parts of the product, or none for all of them.',
  },
  'product.deep': {
    message: 'The product holds products within products, {depth} levels deep; {depthMax} are allowed.',
    next: 'List the parts of the innermost products directly.',
  },
  'product.large': {
    message: 'The product has {units} parts in all; {unitsMax} are allowed.',
    next: 'Sell it as several products.',
  },
  'product.quantity': {
    message: 'No more than {quantityMax} of this product can be ordered at once.',
    next: 'Place several orders.',
  },
});
