// Which receipts a station takes: of its own provider, of today or yesterday, signed by whoever sends them. Whether their
// user and senders count for anything is looked at when the day is claimed.

import type { Bytes } from '../../base/index.ts';
import { bytesToHex, equalBytes, hexToBytes } from '../../base/index.ts';
import type { DimpId } from '../../dimp/index.ts';
import type { ServiceCounter } from '../../dimp/station/index.ts';
import { isPublicKey, parseAddress, publicKeyToAddress, sameAddress } from '../../identity/index.ts';
import type { KeptReceipt, ServiceLedger } from './service-ledger.ts';

export type ServiceTerms = {
  readonly chainId: string;
  /** The provider's account. */
  readonly provider: Bytes;
  /** The day by the network's count. */
  readonly today: bigint;
  /** What a user signs for one message, as the network has it; a station without a network does not know it. */
  readonly receiptBytes: (day: bigint, sender: Bytes, message: Bytes) => Bytes;
};

export type ServiceCounterParts = {
  readonly ledger: Pick<ServiceLedger, 'keep'>;
  /** Undefined while the operator is no provider. */
  readonly terms: () => ServiceTerms | undefined;
  readonly verify: (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean;
};

export function createServiceCounter({ ledger, terms, verify }: ServiceCounterParts): ServiceCounter {
  return {
    take(said, from, later) {
      const now = terms();
      const day = BigInt(said.day);
      const provider = parseAddress(said.provider);
      if (now === undefined || provider === undefined || said.network !== now.chainId) return [];
      if (!sameAddress(provider, now.provider) || (day !== now.today && day !== now.today - 1n)) return [];
      const publicKey = hexToBytes(said.user);
      if (!isPublicKey(publicKey) || !isOf(publicKey, from)) return [];
      const user = publicKeyToAddress(publicKey);
      if (sameAddress(user, provider)) return [];
      const receipts = said.receipts.flatMap((one): KeptReceipt[] => {
        const sender = parseAddress(one.sender);
        if (sender === undefined || sameAddress(sender, user) || sameAddress(sender, provider)) return [];
        const receipt = { sender, message: hexToBytes(one.message), signature: hexToBytes(one.signature) };
        const signed = now.receiptBytes(day, sender, receipt.message);
        return verify(publicKey, signed, receipt.signature) ? [receipt] : [];
      });
      if (receipts.length === 0) return [];
      later(() => ledger.keep(day, { user, publicKey, name: said.name, receipts }));
      return receipts.map(({ message }) => bytesToHex(message));
    },
  };
}

/** People are their accounts: the DIMP ID of a user of a network is the address of the key. */
function isOf(publicKey: Bytes, { bare }: DimpId): boolean {
  const address = parseAddress(bare);
  return address !== undefined && equalBytes(address, publicKeyToAddress(publicKey));
}
