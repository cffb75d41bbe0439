// The short ways beside the general codec: the same bytes, and of any bytes the same value.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes } from '../base/index.ts';
import { RequestSchema, ResponseSchema } from './generated/tendermint/abci/types_pb.js';
import { encodeRequest, encodeResponse, type ResponseValue } from './messages.ts';
import { checkTx } from './testing/requests.ts';
import { readCheckTx, writeCheckTx } from './wire.ts';

const general = (value: ResponseValue) =>
  bytesToHex(toBinary(ResponseSchema, create(ResponseSchema, { value })));

const text = fc.oneof(
  { weight: 9, arbitrary: fc.string({ maxLength: 150 }) },
  fc.constantFrom('', 'é', 'x'.repeat(127), 'x'.repeat(128), 'é'.repeat(9000)),
);
const code = fc.oneof(fc.constantFrom(0, 1, 127, 128, 2 ** 32 - 1), fc.nat(1000));
const gas = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, -1n, -(2n ** 63n)),
  fc.bigInt({ min: 0n, max: 2n ** 40n }),
);
const bytes = fc.uint8Array({ maxLength: 200 });
const attribute = fc.record({ key: text, value: text, index: fc.boolean() });
const event = fc.record({ type: text, attributes: fc.array(attribute, { maxLength: 4 }) });
const txResult = fc.record(
  {
    code,
    data: bytes,
    log: text,
    gasWanted: gas,
    gasUsed: gas,
    events: fc.array(event, { maxLength: 3 }),
    codespace: text,
  },
  { requiredKeys: [] },
);

describe('answers', () => {
  test('of blocks have the bytes of the general codec', () => {
    const value = fc.record(
      {
        events: fc.array(event, { maxLength: 2 }),
        txResults: fc.array(txResult, { maxLength: 5 }),
        validatorUpdates: fc.array(fc.record({ power: gas }), { maxLength: 2 }),
        appHash: bytes,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, (finalized) => {
        const response: ResponseValue = { case: 'finalizeBlock', value: finalized };
        expect(bytesToHex(encodeResponse(response))).toBe(general(response));
      }),
      { seed: 41, numRuns: 100 },
    );
  });

  test('to checks have them too, with all fields or few', () => {
    let short = 0;
    fc.assert(
      fc.property(txResult, (checked) => {
        const response: ResponseValue = { case: 'checkTx', value: checked };
        expect(bytesToHex(encodeResponse(response))).toBe(general(response));
        if (writeCheckTx(checked) !== undefined) short++;
      }),
      { seed: 42, numRuns: 300 },
    );
    expect(short).toBeGreaterThan(5);
    expect(writeCheckTx({ gasWanted: 3000n })).toBeDefined();
    expect(writeCheckTx({ code: 7, log: '{}', codespace: 'dipnet' })).toBeDefined();
  });
});

describe('a check', () => {
  const request = fc
    .tuple(
      fc.oneof(bytes, fc.constantFrom(new Uint8Array(127), new Uint8Array(128), new Uint8Array(16_400))),
      fc.constantFrom(0, 1),
    )
    .map(([tx, type]) => encodeRequest({ value: checkTx(tx, type as 0 | 1) }));
  const sameAsGeneral = (message: Uint8Array) => {
    const read = readCheckTx(message);
    if (read === undefined) return false;
    const { value } = fromBinary(RequestSchema, message);
    expect(value.case).toBe('checkTx');
    if (value.case !== 'checkTx') return false;
    expect(read.type).toBe(value.value.type);
    expect(bytesToHex(read.tx)).toBe(bytesToHex(value.value.tx));
    return true;
  };

  test('is read as the general codec reads it, new and again', () => {
    fc.assert(
      fc.property(request, (message) => {
        expect(sameAsGeneral(message)).toBe(message.length > 4);
      }),
      { seed: 43, numRuns: 200, examples: [[encodeRequest({ value: checkTx(Uint8Array.of(1)) })]] },
    );
  });

  test('changed in any way is read the same or left to it', () => {
    const change = fc.record({ at: fc.nat(12), byte: fc.nat(255), isInsert: fc.boolean() });
    let read = 0;
    fc.assert(
      fc.property(
        request,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        bytes,
        (message, changes, more) => {
          const changed = [...message];
          for (const { at, byte, isInsert } of changes) changed.splice(at, isInsert ? 0 : 1, byte);
          const bytes = Uint8Array.from(changed);
          if (sameAsGeneral(bytes)) read++;
          sameAsGeneral(concatBytes(message, more));
          sameAsGeneral(message.subarray(0, message.length - (more.length % 5)));
        },
      ),
      { seed: 44, numRuns: 1000 },
    );
    expect(read).toBeGreaterThan(20);
  });
});
