import { defineFaults } from '../base/index.ts';

export const contentFault = defineFaults('content', {
  'content.missing': {
    message: 'A part of this file is not in the store.',
    next: 'Fetch the file again from whoever published it.',
  },
  'content.damaged': {
    message: 'A part of this file was changed or damaged since it was stored.',
    next: 'Fetch the file again from whoever published it; nothing was used.',
  },
  'content.manifest.malformed': {
    message: 'The description of this file is not in the form that its name stands for.',
    next: 'Fetch the file again from whoever published it.',
  },
});
