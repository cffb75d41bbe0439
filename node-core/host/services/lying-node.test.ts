// A console whose full node lies, over real HTTP and a real chain: every lie about the state and about transactions is
// caught, with the fault that names it. The lies are written out, and then drawn from seeds.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CborValue, Result } from '../../base/index.ts';
import { base64, bytesToHex, sha256, unwrap, utf8ToBytes } from '../../base/index.ts';
import { accountKey, indexEntryKey, indexLengthKey, modelKey } from '../../chain/index.ts';
import * as world from '../../chain/testing/world.ts';
import type { Json } from '../../comet/index.ts';
import { mutateTree } from '../../sim/testing/fuzz/mutate.ts';
import { FuzzRandom } from '../../sim/testing/fuzz/random.ts';
import type { Change, LyingWorld, Session } from './testing/lying-world.ts';
import { at, changing, codeOf, createLyingWorld, setting, withValue } from './testing/lying-world.ts';
import type { Lie } from './testing/rpc-node.ts';

let lies: LyingWorld;
beforeAll(async () => {
  lies = await createLyingWorld();
});
afterEach(() => lies.endSessions());
afterAll(() => lies.close());

describe('the state', () => {
  const owner = world.addressOf('owner');
  const balanceKey = bytesToHex(accountKey(owner));
  const onQuery = (key: string, change: Change): Lie =>
    changing('abci_query', (result, request) =>
      request.params['data'] === key ? change(result, request) : result,
    );
  const honestQuery = (key: Uint8Array, height: unknown) =>
    lies.askHonest('abci_query', { data: bytesToHex(key), height: String(height) });
  /** The honest answer to another question. */
  const insteadOf =
    (key: string, other: (height: unknown) => Promise<Json>): Lie =>
    async (request, answer) => ({
      result: request.params['data'] === key ? await other(request.params['height']) : await answer(),
    });

  test('without a lie, everything is proven', async () => {
    const { client } = await lies.openSession(async (_request, answer) => ({ result: await answer() }));
    const account = unwrap(await client.account(owner));
    expect(account.value.balances.DPN).toBe(world.FUNDS_MICRO + 12_000_000n);
    expect(unwrap(await client.list('models')).length).toBe(2);
    expect(unwrap(await client.proveByHash(lies.payment.hash)).result.code).toBe(0);
  });

  test.each<[string, Lie, string]>([
    [
      'another value',
      onQuery(balanceKey, (result) => {
        const value = base64.decode(String(at(result, 'response.value')));
        value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1;
        return withValue(result, 'response.value', base64.encode(value));
      }),
      'light.state.proof',
    ],
    ['absence where something is', onQuery(balanceKey, setting('response.value', null)), 'light.state.proof'],
    ['no proof', onQuery(balanceKey, setting('response.proofOps', null)), 'chain.state.version-gone'],
    [
      'a proof of another tree',
      onQuery(balanceKey, setting('response.proofOps.ops.0.type', 'ics23:iavl')),
      'chain.state.version-gone',
    ],
    ['an answer of another kind', onQuery(balanceKey, () => ({ response: 7 })), 'cometbft.rpc.answer'],
    [
      'another block’s state under this block’s number',
      insteadOf(balanceKey, async (height) =>
        withValue(await honestQuery(accountKey(owner), 2n), 'response.height', String(height)),
      ),
      'light.state.proof',
    ],
    [
      'an older state, truly proven',
      insteadOf(balanceKey, () => honestQuery(accountKey(owner), 2n)),
      'client.answer.other-height',
    ],
    [
      'the proof of somebody else’s account',
      insteadOf(balanceKey, (height) => honestQuery(accountKey(world.addressOf('buyer')), height)),
      'light.state.proof',
    ],
  ])('%s', async (_name, lie, code) => {
    const { client } = await lies.openSession(lie);
    const answered = await client.account(owner);
    expect(codeOf(answered)).toBe(code);
    expect(answered.ok ? '' : `${answered.fault.message} ${answered.fault.next}`).toMatch(
      /^[A-Z“"][^{}]+\.$/,
    );
  });

  test('presence where nothing is', async () => {
    const nobody = modelKey(sha256(utf8ToBytes('never registered')));
    const there = modelKey(world.DESIGN_HASH);
    const lie = insteadOf(bytesToHex(nobody), (height) => honestQuery(there, height));
    const { client } = await lies.openSession(lie);
    expect(codeOf(await client.readBytes(nobody))).toBe('light.state.proof');
    expect(unwrap(await client.readBytes(there)).value).toBeDefined();
  });

  test.each<[string, Lie, string]>([
    [
      'a shorter length of the list',
      insteadOf(bytesToHex(indexLengthKey('models')), () => honestQuery(indexLengthKey('models'), 2n)),
      'client.answer.other-height',
    ],
    [
      'an entry of the list as absent',
      onQuery(bytesToHex(indexEntryKey('models', 1n)), setting('response.value', null)),
      'light.state.proof',
    ],
    [
      'one entry twice',
      insteadOf(bytesToHex(indexEntryKey('models', 1n)), (height) =>
        honestQuery(indexEntryKey('models', 0n), height),
      ),
      'light.state.proof',
    ],
  ])('a list: %s', async (_name, lie, code) => {
    const { client } = await lies.openSession(lie);
    expect(codeOf(await client.list('models'))).toBe(code);
  });

  test('a node that stays in the past is not asked for the present', async () => {
    // Its newest block is an hour old, while the others go on.
    const past = setting('block.header.time', '2027-01-15T07:00:00Z');
    const { client, light } = await lies.openSession(async (request, answer) => {
      const result = await answer();
      if (request.method === 'status')
        return { result: withValue(result, 'sync_info.latest_block_height', '2') };
      return { result: request.method === 'block' ? past(result, request) : result };
    });
    unwrap(await light.syncTo(lies.chain.status().height));
    expect(codeOf(await client.account(owner))).toBe('client.node.behind');
    expect(codeOf(await client.list('models'))).toBe('client.node.behind');
  });
});

describe('transactions', () => {
  test.each<[string, Lie, string]>([
    [
      'another result',
      changing('block_results', (results) =>
        at(results, 'txs_results.0') === undefined ? results : withValue(results, 'txs_results.0.code', 7),
      ),
      'light.tx.result',
    ],
    [
      'another transaction instead of it',
      changing('block', setting('block.data.txs.0', base64.encode(utf8ToBytes('none')))),
      'chain.tx.unknown',
    ],
    ['a block that it is not in', changing('tx', setting('height', '2')), 'chain.tx.unknown'],
  ])('%s', async (_name, lie, code) => {
    const { client } = await lies.openSession(lie);
    expect(codeOf(await client.proveByHash(lies.payment.hash))).toBe(code);
  });

  test('moved to another block', async () => {
    const { client } = await lies.openSession(async (request, answer) => {
      const result = await answer();
      if (request.method === 'tx') return { result: withValue(result, 'height', '2') };
      if (request.params['height'] !== '2') return { result };
      if (request.method === 'block')
        return { result: withValue(result, 'block.data.txs', [base64.encode(lies.payment.tx)]) };
      const [ran] = [{ code: 0, data: '', log: '', gas_wanted: '1', gas_used: '1', events: [] }];
      return {
        result: request.method === 'block_results' ? withValue(result, 'txs_results', [ran]) : result,
      };
    });
    expect(codeOf(await client.proveByHash(lies.payment.hash))).toBe('light.tx.data');
  });
});

describe('lies drawn from seeds', () => {
  /** More by command: LIES=1000. */
  const SEEDS = Number(process.env['LIES'] ?? 40);
  const METHODS = ['commit', 'validators', 'abci_query', 'block', 'block_results', 'tx', 'status'];

  test('each answer is the truth or a refusal in words', async () => {
    const truth = await valuesOf(
      await lies.openSession(async (_request, answer) => ({ result: await answer() })),
    );
    expect(truth.every((value) => !value.startsWith('refused'))).toBe(true);
    let refusals = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new FuzzRandom(seed);
      const method = random.pick(METHODS);
      const session = await lies.openSession(async (request, answer) => {
        const result = await answer();
        if (request.method !== method || random.oneIn(3)) return { result };
        return { result: plainJson(mutateTree(result as CborValue, random)) };
      });
      const values = await valuesOf(session);
      for (const [index, value] of values.entries()) {
        if (value.startsWith('refused')) refusals++;
        else expect(value, `seed ${seed}, ${method}`).toBe(truth[index]);
      }
      expect(session.light.status().halted).toBeUndefined();
      await lies.endSessions();
    }
    expect(refusals).toBeGreaterThan(SEEDS / 4);
  }, 120_000);

  async function valuesOf({ client, light }: Session): Promise<string[]> {
    const head = lies.chain.status().height - 1n;
    const told = async (name: string, work: () => Promise<Result<unknown>>): Promise<string> => {
      const result = await work();
      if (!result.ok) {
        expect(result.fault.message).toMatch(/[.!]$/);
        return `refused ${name} ${result.fault.code}`;
      }
      return `${name} ${JSON.stringify(result.value, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}`;
    };
    const shown = async <T>(
      result: Promise<Result<T>>,
      pick: (value: T) => unknown,
    ): Promise<Result<unknown>> => {
      const done = await result;
      return done.ok ? { ok: true, value: pick(done.value) } : done;
    };
    return [
      await told('block', () => shown(light.syncTo(head), ({ hash }) => bytesToHex(hash))),
      await told('account', () =>
        shown(client.readBytes(accountKey(world.addressOf('owner')), head), ({ value }) =>
          bytesToHex(value ?? new Uint8Array(0)),
        ),
      ),
      await told('models', () => shown(client.list('models'), (ids) => ids.map(bytesToHex))),
      await told('payment', () =>
        shown(client.proveByHash(lies.payment.hash), ({ tx, height, result: { code } }) => [
          bytesToHex(tx),
          height,
          code,
        ]),
      ),
    ];
  }

  const plainJson = (value: CborValue): Json =>
    JSON.parse(
      JSON.stringify(value, (_key, part) => {
        if (part instanceof Uint8Array) return bytesToHex(part);
        return typeof part === 'bigint' ? String(part) : part;
      }),
    ) as Json;
});
