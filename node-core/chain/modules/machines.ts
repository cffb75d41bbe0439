// Machines: which key prints for which owner, with what capabilities and rates. The machine's own key signs that it
// agrees, so nobody can register somebody else's machine.

import type { z } from 'zod';
import type { Bytes } from '../../base/index.ts';
import { bytesToHex, concatBytes, refuse, utf8ToBytes } from '../../base/index.ts';
import type { Address, KeyPair } from '../../identity/keys.ts';
import { isPublicKey, publicKeyToAddress, sameAddress, signMessage } from '../../identity/keys.ts';
import { parseRecord, RegisteredMachine } from '../../records/index.ts';
import { chainFault } from '../faults.ts';
import type { MachineRegister } from '../messages.ts';
import { done, type MessageContext, type MessageResult, shown } from './context.ts';

/** What the machine key signs: `dipnet/machine/v1` ‖ 0 ‖ chain id ‖ 0 ‖ owner's address. */
export function machineProofBytes(chainId: string, owner: Address): Bytes {
  const zero = new Uint8Array(1);
  return concatBytes(utf8ToBytes('dipnet/machine/v1'), zero, utf8ToBytes(chainId), zero, owner);
}

/** The machine's agreement to be owned, for MachineRegister.proof. */
export function signMachineProof(machine: KeyPair, chainId: string, owner: Address): Bytes {
  return signMessage(machine.secretKey, machineProofBytes(chainId, owner));
}

export function registerMachine(
  context: MessageContext,
  message: z.infer<typeof MachineRegister>,
): MessageResult {
  const { state, signer } = context;
  const proofBytes = machineProofBytes(state.params().chainId, signer);
  const agreed =
    isPublicKey(message.machineKey) && context.verify(message.machineKey, proofBytes, message.proof);
  if (!agreed) return refuse(chainFault('chain.machine.proof'));
  const profile = parseRecord(RegisteredMachine, 'machine', message.profile);
  if (!profile.ok) return profile;
  const address = publicKeyToAddress(message.machineKey);
  const known = state.machine(address);
  if (known !== undefined && !sameAddress(known.owner, signer)) {
    return refuse(chainFault('chain.machine.taken', { owner: shown(known.owner) }));
  }
  state.putMachine(address, {
    v: 1,
    owner: signer,
    machineKey: message.machineKey,
    profile: message.profile,
    registeredS: known?.registeredS ?? context.timeS,
    registeredHeight: known?.registeredHeight ?? context.height,
    updatedS: context.timeS,
  });
  if (known === undefined) {
    state.appendIndex('machines', address);
    state.appendIndex('machines-of', address, signer);
  }
  context.emit(known === undefined ? 'machine.registered' : 'machine.updated', {
    machine: bytesToHex(address),
    owner: bytesToHex(signer),
    name: profile.value.name,
  });
  return done(address);
}
