// Figures that machines record outside of the chain: kept in trees whose roots, the checkpoints, the chain records. A
// contract uses a figure only with the proof that it lies under a recorded checkpoint of the machine that it trusts. How
// trees and checkpoints come about is not decided here.

import { z } from 'zod';
import type { Bytes, CborValue, MerkleProof, Result } from '../base/index.ts';
import { encodeCbor, equalBytes, leafHash, ok, parseCbor, refuse, verifyMerkleProof } from '../base/index.ts';
import type { Address } from '../identity/keys.ts';
import { Name } from './document.ts';
import { paradigmFault } from './faults.ts';
import { VALUE_BYTES_MAX } from './limits.ts';
import type { MachineDataPort } from './types.ts';

/** A leaf of a machine's tree. */
export type MachineFigure = {
  readonly machine: Address;
  /** What is measured: `chamberCentiC`, `copiesDone`. */
  readonly series: string;
  readonly value: bigint;
  /** When, in Unix seconds. */
  readonly timeS: bigint;
};

/** What the chain has recorded of a tree. */
export type RecordedCheckpoint = {
  readonly machine: Address;
  /** RFC 6962 root over the canonical leaves. */
  readonly root: Bytes;
  /** Number of leaves. */
  readonly size: number;
};

/** Finds a checkpoint by its id; undefined where the chain has recorded none. */
export type ReadCheckpoint = (id: Bytes) => RecordedCheckpoint | undefined;

const octets = (length: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length);
const integer = z.union([z.int(), z.bigint()]).transform((value) => BigInt(value));

const Leaf = z.strictObject({
  v: z.literal(1),
  machine: octets(20),
  series: Name,
  value: integer,
  timeS: integer.refine((value) => value >= 0n),
});

const Envelope = z.strictObject({
  v: z.literal(1),
  checkpoint: octets(32),
  leaf: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  index: z.int().min(0),
  aunts: z.array(octets(32)).max(64),
});

/** Canonical bytes of a figure: what is a leaf of the tree. */
export function encodeFigure({ machine, series, value, timeS }: MachineFigure): Bytes {
  return encodeCbor({ v: 1, machine, series, value, timeS } as CborValue);
}

/** What a party sends as an argument of type `measured`. */
export function encodeFigureProof(
  checkpoint: Bytes,
  leaf: Bytes,
  proof: Pick<MerkleProof, 'index' | 'aunts'>,
): Bytes {
  return encodeCbor({ v: 1, checkpoint, leaf, index: proof.index, aunts: [...proof.aunts] } as CborValue);
}

/** The figure that the bytes prove. Strict: one figure under one checkpoint has one proof. */
export function verifyFigureProof(bytes: Bytes, readCheckpoint: ReadCheckpoint): Result<MachineFigure> {
  const deny = () => refuse(paradigmFault('paradigm.measured.unproven', { name: 'proof' }));
  if (bytes.length > VALUE_BYTES_MAX) return deny();
  const envelope = Envelope.safeParse(parseCbor(bytes));
  if (!envelope.success) return deny();
  const { checkpoint: id, leaf, index, aunts } = envelope.data;
  const parsed = Leaf.safeParse(parseCbor(leaf));
  const checkpoint = readCheckpoint(id);
  if (!parsed.success || checkpoint === undefined) return deny();
  const { machine, series, value, timeS } = parsed.data;
  const figure: MachineFigure = { machine, series, value, timeS };
  const canonical = equalBytes(encodeFigure(figure), leaf) && equalBytes(machine, checkpoint.machine);
  const proof = { total: checkpoint.size, index, leafHash: leafHash(leaf), aunts };
  return canonical && verifyMerkleProof(checkpoint.root, leaf, proof) ? ok(figure) : deny();
}

/** The port that the virtual machine asks, over what the chain has recorded. */
export function machineDataFrom(readCheckpoint: ReadCheckpoint): MachineDataPort {
  return ({ machine, series, proof }) => {
    const figure = verifyFigureProof(proof, readCheckpoint);
    const fits = figure.ok && equalBytes(figure.value.machine, machine) && figure.value.series === series;
    return fits ? { value: figure.value.value, timeS: figure.value.timeS } : undefined;
  };
}
