// The program is found where it is named or usual, and only the right version is taken.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unwrap } from '../../base/index.ts';
import { COMETBFT_VERSION, cometBftCache, findCometBft } from './binary.ts';
import { explainEnd } from './explain.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dipnet-binary-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that says this when asked for its version. */
function program(name: string, says: string, code = 0): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${says}'\nexit ${code}\n`, { mode: 0o755 });
  return path;
}

const find = (environment: NodeJS.ProcessEnv) =>
  findCometBft({
    environment: { GOPATH: join(folder, 'no-go'), XDG_CACHE_HOME: folder, ...environment },
    build: false,
  });

describe.skipIf(process.platform === 'win32')('the cometbft program', () => {
  test('is the one that was named, or none', async () => {
    const good = program('named/cometbft', COMETBFT_VERSION);
    const old = program('old/cometbft', '0.38.17');
    expect(unwrap(await find({ DIPNET_COMETBFT: good }))).toBe(good);
    expect(await find({ DIPNET_COMETBFT: old, PATH: join(folder, 'named') })).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.binary.version', data: { found: '0.38.17', path: old } },
    });
    expect(await find({ DIPNET_COMETBFT: join(folder, 'gone') })).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.binary.missing' },
    });
  });

  test('of a wrong version is passed over for a right one further on', async () => {
    program('first/cometbft', '1.0.1');
    program('broken/cometbft', COMETBFT_VERSION, 1);
    const PATH = [join(folder, 'first'), join(folder, 'broken')].join(':');
    expect(await find({ PATH })).toMatchObject({ ok: false, fault: { code: 'cometbft.binary.version' } });
    const cached = program(
      join(cometBftCache({ XDG_CACHE_HOME: folder }).slice(folder.length + 1), 'cometbft'),
      '0.38.25+abc',
    );
    expect(unwrap(await find({ PATH }))).toBe(cached);
  });

  test('that is nowhere is said to be missing', async () => {
    expect(await find({ PATH: folder })).toMatchObject({
      ok: false,
      fault: { code: 'cometbft.binary.missing' },
    });
  });
});

describe('the end of a process', () => {
  const entry = (text: string, more: object = {}) => JSON.stringify({ _msg: text, level: 'error', ...more });

  test('is explained where its last words are known', () => {
    const known: readonly (readonly [string, string])[] = [
      [
        'failed to listen on 127.0.0.1:26656: listen tcp 127.0.0.1:26656: bind: address already in use',
        'node.port',
      ],
      ['failed to initialize database: resource temporarily unavailable', 'node.locked'],
      ['CONSENSUS FAILURE!!! wrong Block.Header.AppHash. Expected AA, got BB', 'node.app-hash'],
      ['found signature from the same key', 'node.double-sign'],
      ['something that nobody has seen before', 'node.ended'],
    ];
    for (const [text, code] of known)
      expect(explainEnd([entry(text)], 'code 1').code).toBe(`cometbft.${code}`);
  });

  test('is told with its last error, or its panic, or how it ended', () => {
    const reason = (lines: readonly string[]) => explainEnd(lines, 'SIGKILL').data?.['reason'];
    expect(reason([entry('one'), entry('two', { err: 'why' }), '{"_msg":"calm","level":"info"}'])).toBe(
      'two: why',
    );
    expect(reason([entry('one'), 'panic: nil map', 'goroutine 1 [running]:'])).toBe('panic: nil map');
    expect(reason([])).toBe('it said nothing');
    expect(String(reason([`panic: ${'x'.repeat(9000)}`])).length).toBeLessThan(400);
  });
});
