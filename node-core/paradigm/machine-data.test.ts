// Figures of machines in contracts: believed with a proof under a recorded checkpoint of that machine, and never else.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { merkleProof, merkleRoot, sha256, unwrap, utf8ToBytes } from '../base/index.ts';
import { checkParadigm } from './check.ts';
import { readParadigm } from './codec.ts';
import { applyEvent, openInstance } from './index.ts';
import {
  encodeFigure,
  encodeFigureProof,
  type MachineFigure,
  machineDataFrom,
  type ReadCheckpoint,
  verifyFigureProof,
} from './machine-data.ts';
import { simulateParadigm } from './simulate.ts';

const machine = new Uint8Array(20).fill(7);
const stranger = new Uint8Array(20).fill(8);
const figures: MachineFigure[] = Array.from({ length: 13 }, (_, i) => ({
  machine,
  series: i % 2 === 0 ? 'chamberCentiC' : 'copiesDone',
  value: BigInt(i * 100 - 300),
  timeS: 1_800_000_000n + BigInt(i),
}));
const leaves = figures.map(encodeFigure);
const id = sha256(utf8ToBytes('a checkpoint'));
const recorded = { machine, root: merkleRoot(leaves), size: leaves.length };
const same = (a: Uint8Array, b: Uint8Array) => a.join() === b.join();
const readCheckpoint: ReadCheckpoint = (asked) => (same(asked, id) ? recorded : undefined);
const proofOf = (index: number) =>
  encodeFigureProof(id, leaves[index] ?? new Uint8Array(0), merkleProof(leaves, index));

test('every figure of a recorded tree is proven, and only as what it is', () => {
  for (const [index, figure] of figures.entries())
    expect(unwrap(verifyFigureProof(proofOf(index), readCheckpoint))).toEqual(figure);
  const port = machineDataFrom(readCheckpoint);
  expect(port({ machine, series: 'chamberCentiC', proof: proofOf(4) })).toEqual({
    value: 100n,
    timeS: 1_800_000_004n,
  });
  expect(port({ machine, series: 'copiesDone', proof: proofOf(4) })).toBe(undefined);
  expect(port({ machine: stranger, series: 'chamberCentiC', proof: proofOf(4) })).toBe(undefined);
});

test('another place, leaf, checkpoint, machine or size proves nothing', () => {
  const leaf = leaves[4] ?? new Uint8Array(0);
  const proof = merkleProof(leaves, 4);
  const forged = encodeFigure({ machine, series: 'chamberCentiC', value: 9999n, timeS: 1_800_000_004n });
  const wrong: [Uint8Array, ReadCheckpoint][] = [
    [encodeFigureProof(id, leaf, { ...proof, index: 5 }), readCheckpoint],
    [encodeFigureProof(id, leaf, { ...proof, aunts: proof.aunts.slice(1) }), readCheckpoint],
    [encodeFigureProof(id, forged, proof), readCheckpoint],
    [encodeFigureProof(sha256(id), leaf, proof), readCheckpoint],
    [proofOf(4), () => ({ ...recorded, machine: stranger })],
    [proofOf(4), () => ({ ...recorded, size: 5 })],
    [proofOf(4), () => ({ ...recorded, root: sha256(recorded.root) })],
    [Uint8Array.of(...proofOf(4), 0), readCheckpoint],
    [new Uint8Array(5000), readCheckpoint],
  ];
  for (const [bytes, read] of wrong)
    expect(verifyFigureProof(bytes, read)).toMatchObject({ fault: { code: 'paradigm.measured.unproven' } });
});

test('no byte of a proof can be changed, and junk is refused without an exception', () => {
  const proof = proofOf(6);
  fc.assert(
    fc.property(fc.nat(proof.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
      const changed = proof.slice();
      changed[index] = (changed[index] ?? 0) ^ flip;
      expect(verifyFigureProof(changed, readCheckpoint).ok).toBe(false);
    }),
    { seed: 1, numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
      expect(verifyFigureProof(junk, readCheckpoint).ok).toBe(false);
    }),
    { seed: 1 },
  );
});

const WARM = `
format: dipnet/paradigm/v1
name: warm-chamber
version: 1
title: { en: Warm chamber, zh-Hans: 恒温 }
summary: { en: Pays where the chamber was warm., zh-Hans: 恒温则付款。 }
risks: []
roles:
  payer: { kind: person, label: { en: Payer, zh-Hans: 付款人 } }
  owner: { kind: person, label: { en: Owner, zh-Hans: 机主 } }
  machine: { kind: machine, label: { en: Machine, zh-Hans: 机器 } }
params:
  priceMicro: { type: amount, unit: micro-DPN, min: 1, max: 1000, label: { en: Price, zh-Hans: 价款 } }
vars: {}
open:
  { by: payer, to: waiting, label: { en: Open, zh-Hans: 开立 }, explain: { en: Pay., zh-Hans: 付款。 }, effects: [{ do: hold, from: payer, amount: params.priceMicro }] }
states:
  waiting:
    label: { en: Waiting, zh-Hans: 等待 }
    explain: { en: For the figure., zh-Hans: 等待数值。 }
    deadline: { after: '3600', to: back, label: { en: No figure, zh-Hans: 无数值 }, explain: { en: Back., zh-Hans: 退款。 }, effects: [{ do: refund, to: payer }] }
    promise: { by: [open], holds: params.priceMicro }
  done: { label: { en: Done, zh-Hans: 完成 }, explain: { en: Paid., zh-Hans: 已付。 }, final: success, promise: { by: [owner], receives: { owner: params.priceMicro } } }
  back: { label: { en: Back, zh-Hans: 退还 }, explain: { en: Refunded., zh-Hans: 已退。 }, final: refund, promise: { by: [deadline], receives: { payer: params.priceMicro } } }
transitions:
  - event: prove
    from: [waiting]
    to: done
    by: [owner]
    label: { en: Prove, zh-Hans: 证明 }
    explain: { en: Show the figure., zh-Hans: 出示数值。 }
    gain: { en: The price., zh-Hans: 价款。 }
    args:
      chamber: { type: measured, machine: machine, series: chamberCentiC, min: -5000, max: 20000, label: { en: Chamber, zh-Hans: 腔温 } }
    guard: { when: args.chamber >= 100, otherwise: { en: it was too cold., zh-Hans: 温度过低。 } }
    effects: [{ do: pay, to: owner, amount: params.priceMicro }]
`;

describe('a contract that pays by a figure', () => {
  const p = unwrap(readParadigm(WARM)).paradigm;
  const roles = { payer: new Uint8Array(20).fill(1), owner: new Uint8Array(20).fill(2), machine };
  const { instance } = unwrap(
    openInstance(p, { roles, params: { priceMicro: 5n }, caller: roles.payer, timeS: 1n }),
  );
  const prove = (proof: Uint8Array, machineData = machineDataFrom(readCheckpoint)) => {
    const input = { event: 'prove', caller: roles.owner, args: { chamber: proof }, timeS: 2n };
    const result = applyEvent(p, instance, { ...input, world: { machineData } });
    return result.ok ? result.value.instance.state : result.fault.code;
  };

  test('is paid with a proof, and not with a cold, foreign or unproven one', () => {
    expect(prove(proofOf(4))).toBe('done');
    expect(prove(proofOf(0))).toBe('paradigm.event.refused');
    expect(prove(proofOf(5))).toBe('paradigm.measured.unproven');
    expect(prove(utf8ToBytes('100'))).toBe('paradigm.measured.unproven');
    const unknown = applyEvent(p, instance, {
      event: 'prove',
      caller: roles.owner,
      args: { chamber: proofOf(4) },
      timeS: 2n,
    });
    expect(unknown.ok).toBe(false);
    const number = applyEvent(p, instance, {
      event: 'prove',
      caller: roles.owner,
      args: { chamber: 100n },
      timeS: 2n,
    });
    expect(number.ok ? '' : number.fault.code).toBe('paradigm.param.invalid');
  });

  test('is understood by the checker and the simulator', () => {
    expect(checkParadigm(p).findings).toEqual([]);
    expect(simulateParadigm(p, 1, { runs: 50 }).finals['done']).toBeGreaterThan(0);
  });
});
