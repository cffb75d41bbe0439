// What can go wrong with an order, in words.

import { defineFaults } from '../../base/index.ts';

export const orderFault = defineFaults('orders', {
  'orders.unknown': {
    message: 'There is no order with this number on this network.',
    next: 'Check the number, or look for it in your list of orders.',
  },
  'orders.pruned': {
    message: 'This order has ended, and the network keeps no more of it than how it ended.',
    next: 'Nothing is left to do; evidence that was exported of it stays valid.',
  },
  'orders.not-yours': {
    message: 'This account cannot do that in this order now.',
    next: 'Look at the order again; it may have moved on.',
  },
  'orders.unaffordable': {
    message:
      'The order takes {totalDpn} DPN with the network fee and the deposit that comes back, and the account has {balanceDpn}.',
    next: 'Top up the account, or order fewer copies.',
  },
  'orders.quote.used': {
    message: 'This quote was ordered already: order {orderId}.',
    next: 'Open that order, or ask for a new quote to order again.',
  },
  'orders.argument': {
    message: 'The value for "{name}" is missing or too long.',
    next: 'Fill it in and try again.',
  },
});
