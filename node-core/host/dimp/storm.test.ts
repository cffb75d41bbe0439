// A station that is killed again and again, and connections that break, with real processes, sockets and files. The long
// run of the same is `npm run bench:dimp`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bundleStation } from './testing/station-child.ts';
import { runStorm } from './testing/storm.ts';

const home = mkdtempSync(join(tmpdir(), 'dipnet-storm-'));
let program: string | undefined;
afterAll(() => {
  rmSync(home, { recursive: true });
  if (program !== undefined) rmSync(program);
});

it('loses nothing, keeps the order, and repeats only what receivers recognise', {
  timeout: 120_000,
}, async () => {
  program = await bundleStation();
  const outcome = await runStorm({
    program,
    home,
    seed: 'storm',
    people: 4,
    messages: 300,
    stationKills: 3,
    connectionKills: 12,
  });
  const { sent, lost, shownTwice, disordered, connectionsBroken } = outcome;
  expect({ sent, lost, shownTwice, disordered, connectionsBroken }).toEqual({
    sent: 300,
    lost: 0,
    shownTwice: 0,
    disordered: 0,
    connectionsBroken: 12,
  });
});
