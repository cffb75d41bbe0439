// Checkpoints of machine data: who records them, how often, for how long they stand, and what contracts may prove by them.
// The figures themselves are never on the chain; a contract sees one only with the proof that it lies under a checkpoint
// that is kept, of the machine that it names, and that it was measured since the contract was opened.

import type { z } from 'zod';
import type { Bytes } from '../../base/index.ts';
import {
  assert,
  bytesToHex,
  concatBytes,
  refuse,
  taggedHash,
  u64ToBytes,
  utf8ToBytes,
} from '../../base/index.ts';
import type { KeyPair } from '../../identity/keys.ts';
import { sameAddress, signMessage } from '../../identity/keys.ts';
import { type MachineDataPort, machineDataFrom } from '../../paradigm/index.ts';
import { popDeadline, pushDeadline } from '../deadlines.ts';
import { chainFault } from '../faults.ts';
import { checkpointKey, machineDataKey, numberedCheckpointKey } from '../keys.ts';
import type { MachineCheckpoint } from '../messages.ts';
import { CheckpointId, CheckpointState, MachineDataState } from '../records.ts';
import type { State } from '../state.ts';
import { moveTokens } from './accounts/index.ts';
import { done, type MessageContext, type MessageResult, type StepContext } from './context.ts';
import { POOLS } from './pools.ts';

/** Checkpoints that one block drops; more wait for the next. */
const DROPPED_PER_BLOCK_MAX = 1000;

type Checkpoint = Omit<z.infer<typeof MachineCheckpoint>, 'type' | 'proof'>;

/** SHA-256, tagged: machine (20) ‖ height (8) ‖ count (8) ‖ root (32). What proofs name a checkpoint by. */
export function checkpointId({ machine, height, count, root }: Checkpoint): Bytes {
  const numbers = concatBytes(u64ToBytes(BigInt(height)), u64ToBytes(BigInt(count)));
  return taggedHash('dipnet/machine-checkpoint/v1', machine, numbers, root);
}

/** What the machine signs: its checkpoint's id, for this network. */
function checkpointProofBytes(chainId: string, checkpoint: Checkpoint): Bytes {
  const zero = new Uint8Array(1);
  const domain = utf8ToBytes('dipnet/machine-checkpoint/v1');
  return concatBytes(domain, zero, utf8ToBytes(chainId), zero, checkpointId(checkpoint));
}

/** The machine's own word for a checkpoint, for MachineCheckpoint.proof. */
export function signCheckpoint(machine: KeyPair, chainId: string, checkpoint: Checkpoint): Bytes {
  return signMessage(machine.secretKey, checkpointProofBytes(chainId, checkpoint));
}

export function recordCheckpoint(
  context: MessageContext,
  message: z.infer<typeof MachineCheckpoint>,
): MessageResult {
  const { state, signer, payer, timeS, height: recordedHeight } = context;
  const { machine: address, height, count, root } = message;
  const machine = state.machine(address);
  if (machine === undefined) return refuse(chainFault('chain.machine.unknown'));
  if (!sameAddress(signer, machine.owner) && !sameAddress(signer, address))
    return refuse(chainFault('chain.checkpoint.not-owner'));
  const { chainId, machineData: terms } = state.params();
  if (!context.verify(machine.machineKey, checkpointProofBytes(chainId, message), message.proof))
    return refuse(chainFault('chain.checkpoint.proof'));
  const before = state.read(MachineDataState, machineDataKey(address));
  if (before !== undefined && BigInt(height) <= before.height)
    return refuse(chainFault('chain.checkpoint.old', { height, latest: Number(before.height) }));
  if (before !== undefined && timeS < before.recordedS + BigInt(terms.intervalS))
    return refuse(chainFault('chain.checkpoint.soon', { intervalS: terms.intervalS }));
  const paid = moveTokens(state, payer, POOLS.fees, 'DPN', terms.feeMicro);
  if (!paid.ok) return paid;
  const id = checkpointId(message);
  const number = before?.next ?? 0n;
  const record = { v: 1, machine: address, height: BigInt(height), count, root } as const;
  state.write(checkpointKey(id), { ...record, recordedS: timeS, recordedHeight } satisfies CheckpointState);
  state.write(numberedCheckpointKey(address, number), { id } satisfies CheckpointId);
  state.write(machineDataKey(address), {
    v: 1,
    oldest: before?.oldest ?? 0n,
    next: number + 1n,
    height: BigInt(height),
    recordedS: timeS,
  } satisfies MachineDataState);
  pushDeadline(state, timeS + BigInt(terms.keepS), context.nextOrder(), address, 'checkpoints');
  context.emit('machine.checkpoint', {
    machine: bytesToHex(address),
    checkpoint: bytesToHex(id),
    height: String(height),
    count: String(count),
  });
  return done(id);
}

/** Drops the checkpoints whose time is over: of each machine, the oldest first. */
export function dropCheckpoints(context: StepContext): void {
  const { state } = context;
  for (let count = 0; count < DROPPED_PER_BLOCK_MAX; count++) {
    const due = popDeadline(state, context.timeS, 'checkpoints');
    if (due === undefined) return;
    const kept = state.read(MachineDataState, machineDataKey(due.instance));
    assert(kept !== undefined && kept.oldest < kept.next, 'each entry stands for a kept checkpoint');
    const key = numberedCheckpointKey(due.instance, kept.oldest);
    const entry = state.read(CheckpointId, key);
    assert(entry !== undefined, 'kept checkpoints are numbered without holes');
    state.remove(checkpointKey(entry.id));
    state.remove(key);
    state.write(machineDataKey(due.instance), {
      ...kept,
      oldest: kept.oldest + 1n,
    } satisfies MachineDataState);
  }
}

/** What a contract may believe of machines: figures under kept checkpoints, measured from `openedS()` until now. */
export function provenFigures(
  { state, timeS }: StepContext,
  openedS: () => bigint | undefined,
): MachineDataPort {
  const proven = machineDataFrom((id) => checkpointOf(state, id));
  return (claim) => {
    const [figure, sinceS] = [proven(claim), openedS()];
    if (figure === undefined || sinceS === undefined) return undefined;
    return figure.timeS >= sinceS && figure.timeS <= timeS ? figure : undefined;
  };
}

function checkpointOf(state: State, id: Bytes) {
  const checkpoint = state.read(CheckpointState, checkpointKey(id));
  return checkpoint && { machine: checkpoint.machine, root: checkpoint.root, size: checkpoint.count };
}
