// Names for accounts: what this console's own people are called, and the accounts everybody knows. A stranger's account
// gets no name that it chose itself.

import type { Party } from '../../api/index.ts';
import type { Bytes } from '../../base/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { Identities } from './identities.ts';

export type Parties = ReturnType<typeof createParties>;

export function createParties(identities: Identities, known: ReadonlyMap<string, string>) {
  const nameOf = (address: string): string => {
    const person = identities.people().find((candidate) => candidate.address === address);
    return person?.name ?? known.get(address) ?? '';
  };
  return {
    party: (address: string): Party => ({ address, name: nameOf(address) }),
    ofBytes(address: Bytes): Party {
      return this.party(addressToText(address));
    },
  };
}
