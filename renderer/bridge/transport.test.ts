// The wire: calls wait for it, fail with it, and use the next one after it. Time is the test's own.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionLostError } from './faults.ts';
import { type Connection, connectTransport, pauseBefore, type Wire } from './transport.ts';

type Opened = { readonly calls: string[]; readonly close: () => void };

/** A place to connect to that the test opens, refuses and breaks. */
function createWorld() {
  const states: Connection[] = [];
  const opened: Opened[] = [];
  const pauses: number[] = [];
  let refusals = 0;
  let resume: () => void = () => undefined;
  let answer: (path: readonly string[]) => Promise<unknown> = async (path) => path.join('.');
  const open = async (): Promise<Wire> => {
    if (refusals > 0) {
      refusals--;
      throw new ConnectionLostError();
    }
    const calls: string[] = [];
    let close: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    opened.push({ calls, close });
    return {
      closed,
      link: {
        call: async (path) => {
          calls.push(path.join('.'));
          return answer(path);
        },
      },
    };
  };
  const link = connectTransport({
    open,
    onState: (state) => states.push(state),
    pause: (delayMs) => {
      pauses.push(delayMs);
      return new Promise((resolve) => {
        resume = resolve;
      });
    },
  });
  return {
    states,
    opened,
    pauses,
    call: (path: string, signal?: AbortSignal) =>
      link.call([path], undefined, { context: {}, ...(signal === undefined ? {} : { signal }) }),
    refuse: (times: number) => {
      refusals = times;
    },
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    resume: async () => {
      resume();
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('connectTransport', () => {
  it('says how it stands, and calls over the wire', async () => {
    const world = createWorld();
    await expect(world.call('status')).resolves.toBe('status');
    expect(world.states).toEqual(['connecting', 'open']);
  });

  it('lets a call wait until the connection stands again', async () => {
    const world = createWorld();
    await settle();
    world.opened[0]?.close();
    await settle();
    const answer = world.call('later');
    await world.resume();
    await expect(answer).resolves.toBe('later');
    expect(world.states).toEqual(['connecting', 'open', 'lost', 'open']);
    expect(world.opened.map(({ calls }) => calls)).toEqual([[], ['later']]);
  });

  it('fails a call that the connection broke under, and does not repeat it', async () => {
    const world = createWorld();
    await settle();
    world.answerWith(() => new Promise(() => undefined));
    const answer = world.call('place');
    await settle();
    world.opened[0]?.close();
    await expect(answer).rejects.toBeInstanceOf(ConnectionLostError);
    await world.resume();
    expect(world.opened[1]?.calls).toEqual([]);
  });

  it('gives up on a call after a while without a connection', async () => {
    const world = createWorld();
    await settle();
    world.opened[0]?.close();
    await settle();
    const failed = expect(world.call('stuck')).rejects.toBeInstanceOf(ConnectionLostError);
    await vi.advanceTimersByTimeAsync(60_000);
    await failed;
  });

  it('stops waiting when the caller does', async () => {
    const world = createWorld();
    await settle();
    world.opened[0]?.close();
    await settle();
    const controller = new AbortController();
    const failed = expect(world.call('dropped', controller.signal)).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await failed;
  });

  it('knocks ever more slowly while it is refused, and briskly again after a success', async () => {
    const world = createWorld();
    await settle();
    world.refuse(3);
    world.opened[0]?.close();
    for (let knock = 0; knock < 4; knock++) {
      await settle();
      await world.resume();
    }
    expect(world.pauses).toHaveLength(4);
    expect(world.pauses[3]).toBeGreaterThan(world.pauses[1] ?? 0);
    world.opened[1]?.close();
    await settle();
    expect(world.pauses[4]).toBeLessThan(world.pauses[3] ?? 0);
  });
});

it('pauses between a fifth of a second and five seconds', () => {
  for (let attempt = 0; attempt < 100; attempt++) {
    for (const random of [0, 0.5, 0.999]) {
      expect(pauseBefore(attempt, random)).toBeGreaterThanOrEqual(160);
      expect(pauseBefore(attempt, random)).toBeLessThanOrEqual(5_000);
    }
  }
});
