// What a quote can be refused for, in words for people.

import { defineFaults } from '../base/index.ts';

export const quoteFault = defineFaults('quote', {
  'quote.material.not-offered': {
    message: 'This machine does not offer {material} in the colour {colour}.',
    next: 'Choose one of the materials and colours that the machine lists.',
  },
  'quote.material.too-hot': {
    message: '{material} needs more heat than this machine can give.',
    next: 'Choose another material or another machine.',
  },
  'quote.dates.invalid': {
    message: 'The quote would end before it begins.',
    next: 'Check the clock of this computer and ask for the quote again.',
  },
  'quote.amount.too-large': {
    message: 'The price of this quote is larger than any account could hold.',
    next: 'Order fewer copies, or ask the machine owner to check the rates.',
  },
  'quote.record.malformed': {
    message: 'This quote is not a complete quote record.',
    next: 'Ask for the quote again.',
  },
  'quote.figures.differ': {
    message: 'The {part} of this quote does not follow from its own figures.',
    next: 'Do not pay it; ask for a new quote.',
  },
});
