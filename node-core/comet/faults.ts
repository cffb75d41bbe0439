// What is said when chain data from a node cannot be read.

import { defineFaults } from '../base/index.ts';

export const cometFault = defineFaults('comet', {
  'comet.json.malformed': {
    message: 'A node answered with chain data that cannot be read ({where}: {reason}).',
    next: 'Try another node; if all answer like this, check that they run the version of the network.',
  },
  'comet.block.malformed': {
    message: 'These bytes are not a light block in its one canonical form.',
    next: 'Get the block again from a node or from whoever sent the file.',
  },
});
