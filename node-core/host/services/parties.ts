// Names for accounts: what this console's own people are called, and the accounts everybody knows. A stranger's account
// gets no name that it chose itself, but the one that the chain proves.

import type { Party } from '../../api/index.ts';
import type { Bytes } from '../../base/index.ts';
import { addressToText } from '../../identity/index.ts';
import type { Person } from './identities.ts';

export type Parties = ReturnType<typeof createParties>;

/** `handleOf`: the name of the chain that an account goes by, as far as it is known; empty for none. */
export function createParties(
  identities: { people(): readonly Pick<Person, 'address' | 'name'>[] },
  known: ReadonlyMap<string, string>,
  handleOf: (address: string) => string = () => '',
) {
  const nameOf = (address: string): string => {
    const person = identities.people().find((candidate) => candidate.address === address);
    return person?.name ?? known.get(address) ?? '';
  };
  return {
    party(address: string): Party {
      const handle = handleOf(address);
      return { address, name: nameOf(address), ...(handle === '' ? {} : { handle }) };
    },
    ofBytes(address: Bytes): Party {
      return this.party(addressToText(address));
    },
  };
}
