// A file that passes by a rule of the owner's, and that the guard stops once the rule is taken back: a slicer profile
// that sets the probe's offset, through the real slicer and the real queue.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineView } from '../node-core/api/index.ts';
import { unwrap } from '../node-core/base/index.ts';
import { parseRecord, TelemetryEntry } from '../node-core/records/index.ts';
import { needTool } from '../scripts/tools.mjs';
import type { Api } from './acts.ts';
import { askQuote, codeOf, orderedJobs, until } from './acts.ts';
import type { TestWorld } from './world.ts';
import { openTestWorld } from './world.ts';

const slicer = needTool('slicer', 'files that the guard stops, from an installed PrusaSlicer');

describe.skipIf(slicer === undefined)('what the owner allows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dipnet-profile-'));
  let world: TestWorld;
  let api: Api;
  let machine: MachineView;
  let jobId = '';
  const RULE = { kind: 'command', command: 'M851' } as const;

  beforeAll(async () => {
    // As a profile's own start code would: one more line after the slicer is done.
    const program = join(folder, 'slicer');
    const addLine = `/bin/sed -i 's/^G28.*/&\\nM851 Z-1.5/' job.gcode`;
    writeFileSync(
      program,
      `#!/bin/sh\n'${slicer}' "$@" || exit $?\n[ -f job.gcode ] && ${addLine}\nexit 0\n`,
    );
    chmodSync(program, 0o700);
    world = await openTestWorld(true, { slicer: { prusaPath: program } });
    api = world.console.api;
    const [first] = await api.machines.list();
    if (first === undefined) throw new Error('the world is stocked');
    machine = first;
    await api.machines.setTimeScale({ id: machine.id, timeScale: 2000 });
    await api.machines.connect({ id: machine.id });
  });
  afterAll(async () => {
    await world?.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = async () => {
    await api.machines.confirmBedClear({ id: machine.id });
    await api.jobs.start({ id: jobId, expiresMs: Date.now() + 10_000 });
    return until(async () => {
      const job = await api.jobs.get({ id: jobId });
      return job.state === 'finished' || job.state === 'failed' ? job : undefined;
    });
  };

  it('is refused before it is priced, and priced once the owner allowed it', async () => {
    const [model] = await api.models.list({});
    const refused = await askQuote(api, model?.id ?? '', machine);
    expect(refused.fault).toMatchObject({ code: 'gcode.guard.forbidden' });
    for (const rule of [
      { kind: 'command', command: 'M112' },
      { kind: 'command', command: 'M851;M1' },
      { kind: 'limit', limit: 'nozzleCMax', value: 1000 },
      { kind: 'finding', finding: 'gcode.guard.outside' },
    ] as const)
      expect(await codeOf(api.machines.allow({ id: machine.id, rule }))).toBe('guard.rule.refused');
    await api.machines.allow({ id: machine.id, rule: RULE });
    expect(await api.machines.guardRules({ id: machine.id })).toMatchObject([
      { key: 'command M851', rule: RULE, allowedBy: machine.owner.address },
    ]);
    const { jobs } = await orderedJobs(api, model?.id ?? '', machine, 1);
    jobId = jobs[0]?.id ?? '';
    const verdict = await api.jobs.verdict({ id: jobId });
    expect(verdict).toMatchObject({ findings: [], rulesUsed: ['command M851'] });
  });

  it('is stopped with its line before anything is spent or moves, where the rule was taken back', async () => {
    await api.machines.disallow({ id: machine.id, key: 'command M851' });
    const { findings } = await api.jobs.verdict({ id: jobId });
    expect(findings).toMatchObject([{ fault: { code: 'gcode.guard.forbidden' }, rule: RULE }]);
    expect(findings[0]?.fault.data?.['line']).toBeGreaterThan(1);
    const job = await start();
    expect(job.fault).toMatchObject({ code: 'gcode.guard.forbidden', data: findings[0]?.fault.data });
    const order = await api.orders.get({
      id: job.orderId ?? '',
      actor: machine.owner.address,
      locale: 'en',
    });
    expect(order.licence?.used).toBe(0);
  });

  it('prints once it is allowed again, and the signed record says who allowed it', async () => {
    await api.machines.allow({ id: machine.id, rule: RULE });
    await api.jobs.retry({ id: jobId });
    expect((await start()).state).toBe('finished');
    const { store, identities } = world.console.services;
    const { entries } = store.log(jobId, store.job(jobId).attempt);
    const second = unwrap(parseRecord(TelemetryEntry, 'telemetry', entries[1] ?? new Uint8Array()));
    const by = identities.keyPair(machine.owner.address).address;
    expect(second.event).toEqual({ type: 'allowed', rule: 'command M851', by });
  });
});
