// What a contract knew of others when it took a step, from proofs in the file: how linked contracts stood at the end of the
// block before and of the step's own block, and what machines had recorded. Where the two ends of a block would lead the
// step to different results, the file cannot tell which came first, and the step counts as not shown.

import type { Bytes } from '../base/index.ts';
import { bytesToHex } from '../base/index.ts';
import {
  CheckpointState,
  ContractEndState,
  ContractState,
  checkpointKey,
  contractEndKey,
  contractKey,
  linkedAddress,
  parseState,
} from '../chain/index.ts';
import type { LinkView, MachineDataPort, World } from '../paradigm/index.ts';
import { machineDataFrom, paradigmId, parseInstance, parseParadigm } from '../paradigm/index.ts';
import { holds, requires } from './link.ts';

/** What the file proves of a key as of the end of a block: undefined where it says nothing. */
export type ReadProven = (key: Bytes, height: bigint) => { readonly value: Bytes | undefined } | undefined;

export type Surroundings = {
  readonly read: ReadProven;
  /** Canonical documents of linked contracts: their own hashes say that they are the right ones. */
  readonly documents: readonly Bytes[];
};

export const NO_SURROUNDINGS: Surroundings = { read: () => undefined, documents: [] };

const UNOPENED: LinkView = { opened: false, state: '', outcome: '' };

/** The chain as the contract saw it in a step of block `height`, with links as of the end of block `linksHeight`. */
export function worldAt(
  surroundings: Surroundings,
  contract: { readonly address: Bytes; readonly openedS: bigint; readonly opened: ReadonlySet<string> },
  at: { readonly height: bigint; readonly timeS: bigint; readonly linksHeight: bigint },
): World {
  return {
    readLink(target) {
      // Nobody but the contract itself opens what it has declared, and the replay sees when it does.
      if ('opens' in target && !contract.opened.has(target.link)) return UNOPENED;
      const address =
        'contract' in target ? target.contract : linkedAddress(contract.address, target.opens, target.link);
      return viewAt(surroundings, address, at.linksHeight);
    },
    machineData: provenData(surroundings.read, contract.openedS, at),
  };
}

function viewAt({ read, documents }: Surroundings, address: Bytes, height: bigint): LinkView {
  const running = read(contractKey(address), height);
  requires(running !== undefined, `how a linked contract stood at block ${height} is not shown`);
  if (running.value !== undefined) {
    const contract = holds(parseState(ContractState, running.value));
    const { state } = holds(parseInstance(contract.instance));
    return { opened: true, state, outcome: outcomeOf(documents, contract.paradigm, state) };
  }
  const ended = read(contractEndKey(address), height);
  requires(ended !== undefined, `whether a linked contract had ended at block ${height} is not shown`);
  if (ended.value === undefined) return UNOPENED;
  const { paradigm, state } = holds(parseState(ContractEndState, ended.value));
  return { opened: true, state, outcome: outcomeOf(documents, paradigm, state) };
}

function outcomeOf(documents: readonly Bytes[], id: Bytes, state: string): string {
  const name = bytesToHex(id);
  const document = documents.find((known) => bytesToHex(paradigmId(known)) === name);
  requires(document !== undefined, 'the document of a linked contract is missing');
  return holds(parseParadigm(document)).states[state]?.final ?? '';
}

/** As the chain has it: under a kept checkpoint, measured since the contract was opened and not after the step. */
function provenData(
  read: ReadProven,
  openedS: bigint,
  { height, timeS }: { readonly height: bigint; readonly timeS: bigint },
): MachineDataPort {
  const proven = machineDataFrom((id) => {
    const key = checkpointKey(id);
    const value = (read(key, height - 1n) ?? read(key, height))?.value ?? read(key, height)?.value;
    const checkpoint = value === undefined ? undefined : holds(parseState(CheckpointState, value));
    return checkpoint && { machine: checkpoint.machine, root: checkpoint.root, size: checkpoint.count };
  });
  return (claim) => {
    const figure = proven(claim);
    return figure !== undefined && figure.timeS >= openedS && figure.timeS <= timeS ? figure : undefined;
  };
}
