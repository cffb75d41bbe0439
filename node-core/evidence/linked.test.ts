// Contracts that read how others stand, replayed from proofs alone: a tender whose fee hangs on how it ended.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Bytes, bytesToHex, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import type { Message, StateProof } from '../chain/index.ts';
import { contractEndKey, contractKey, linkedAddress } from '../chain/index.ts';
import { createLedger } from '../chain/testing/ledger.ts';
import * as world from '../chain/testing/world.ts';
import type { Header } from '../comet/index.ts';
import { paradigmId, parseInstance, readParadigm, sealValue } from '../paradigm/index.ts';
import { provenLinked } from './facts.ts';
import { toLinkedState } from './file.ts';
import type { ReadProven } from './linked.ts';
import { type PlacedTx, replayContract } from './replay.ts';

const { addressOf } = world;
const read = (name: string) =>
  unwrap(readParadigm(readFileSync(new URL(`../../assets/paradigms/${name}.yaml`, import.meta.url), 'utf8')));
const [tender, sealed] = [read('coordinated-tender'), read('sealed-bidding')];

/** The whole tender on the real chain: every transaction of the contract, and headers to prove state with. */
function playTender() {
  const genesis = world.createGenesis();
  const more = [tender, sealed].map(({ bytes }) => ({ document: bytes, author: addressOf('author') }));
  const ledger = createLedger({ genesis: { ...genesis, paradigms: [...genesis.paradigms, ...more] } });
  const roots = new Map<bigint, Bytes>();
  const txs: PlacedTx[] = [];
  const run = (from: world.Name, message: Message, afterS = 1n) => {
    const { seq } = ledger.app.read().account(addressOf(from));
    const tx = world.createSigner().sign(from, message, { seq });
    const outcome = ledger.block([tx], afterS);
    const { height } = ledger.app.info();
    roots.set(height, outcome.appHash);
    const [result] = outcome.outcomes;
    expect(result?.fault?.code).toBe(undefined);
    return { data: result?.result.data ?? new Uint8Array(0), placed: { tx, height, timeS: ledger.nowS() } };
  };
  const opening = {
    type: 'contract.open',
    paradigm: paradigmId(tender.bytes),
    roles: { client: addressOf('buyer'), coordinator: addressOf('author') },
    params: {
      job: 'Brackets',
      budgetMicro: 10_000_000,
      feeMicro: 700_000,
      tenderParadigm: paradigmId(sealed.bytes),
    },
    quote: new Uint8Array(0),
  } as const;
  const opened = run('buyer', opening);
  const parent = opened.data;
  const child = linkedAddress(parent, paradigmId(sealed.bytes), 'tender');
  const event = (instance: Bytes, name: string, args = {}): Message => ({
    type: 'contract.event',
    instance,
    event: name,
    args,
  });
  txs.push(opened.placed, run('author', event(parent, 'start')).placed);
  const salt = sha256(utf8ToBytes('salt'));
  run('owner', event(child, 'bid', { bid: sealValue(addressOf('owner'), 6_000_000n, salt) }));
  const after = () => {
    const contract = ledger.app.read().contract(child);
    const instance = unwrap(parseInstance(contract?.instance ?? new Uint8Array(0)));
    return (instance.deadlineS ?? 0n) - ledger.nowS();
  };
  run('owner', event(child, 'reveal', { bidMicro: 6_000_000, salt }), after());
  run('owner', event(child, 'deliver'), after());
  run('buyer', event(child, 'accept'));
  txs.push(run('author', event(parent, 'claim')).placed);
  const contract = ledger.app.read().contract(parent);
  if (contract === undefined) throw new Error('no contract');
  const prove = (key: Bytes, height: bigint): StateProof => unwrap(ledger.app.query(key, height));
  return { parent, child, txs, contract, instance: unwrap(parseInstance(contract.instance)), prove, roots };
}

const played = playTender();
const last = { timeS: played.contract.updatedS, height: played.contract.updatedHeight };
const contract = { address: played.parent, instance: played.instance };
const documents = [sealed.bytes];

function replay(readProven: ReadProven, known: readonly Bytes[] = documents) {
  return replayContract(tender.paradigm, contract, played.txs, last, { read: readProven, documents: known });
}
const fromChain: ReadProven = (key, height) => ({ value: played.prove(key, height).value });

test('is paid again in the replay as the chain paid it, with what the proofs say of the linked contract', () => {
  expect(played.instance.state).toBe('paid');
  const replayed = replay(fromChain);
  expect(replayed?.heldMicro).toBe(10_700_000n);
  expect(replayed?.pays.map(({ role, amountMicro }) => [role, amountMicro])).toEqual([
    ['coordinator', 700_000n],
  ]);
});

test('is not believed without the proofs, without the document, or with the linked contract as it was before', () => {
  expect(() => replay(() => undefined)).toThrow('how a linked contract stood');
  expect(() => replay(fromChain, [])).toThrow('the document of a linked contract is missing');
  const early: ReadProven = (key) => fromChain(key, played.txs[1]?.height ?? 0n);
  expect(replay(early)).toBe(undefined);
  // Ended at the one end of the claim's block and not at the other: the file cannot tell which of them the step saw.
  const torn: ReadProven = (key, height) =>
    height < last.height ? early(key, height) : fromChain(key, height);
  expect(replay(torn)).toBe(undefined);
});

test('proofs of linked contracts are checked under the header of the block after', () => {
  const { height } = last;
  const header = (root: Bytes) => ({ height: height + 1n, appHash: root }) as Header;
  const root = played.roots.get(height) ?? new Uint8Array(32);
  const keys = [contractKey(played.child), contractEndKey(played.child)];
  const linked = keys.map((key) => toLinkedState(played.prove(key, height)));
  const known = provenLinked(linked, new Map([[height + 1n, header(root)]]));
  expect(bytesToHex(known(contractKey(played.child), height)?.value ?? new Uint8Array(0))).toBe(
    bytesToHex(fromChain(contractKey(played.child), height)?.value ?? new Uint8Array(0)),
  );
  // Absence is proven too; of another height, nothing is.
  expect(known(contractEndKey(played.child), height)).toEqual({ value: undefined });
  expect(known(contractKey(played.child), height - 1n)).toBe(undefined);
  const forged = linked.map((state) => ({ ...state, value: null }));
  for (const [states, headers] of [
    [forged, new Map([[height + 1n, header(root)]])],
    [linked, new Map([[height + 1n, header(sha256(root))]])],
    [linked, new Map()],
  ] as const)
    expect(() => provenLinked(states, headers)).toThrow();
});
