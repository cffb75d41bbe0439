// A machine for tests of files and of prints: a common printer that asks for nothing.

import type { MachineProfile } from '../../records/index.ts';

export const testProfile = (volumeMm = { x: 250, y: 210, z: 210 }): MachineProfile =>
  ({
    v: 1,
    name: 'Test',
    process: 'fdm',
    firmware: 'marlin',
    volumeMm,
    nozzleUm: 400,
    filamentUm: 1750,
    nozzleCMax: 260,
    bedCMax: 100,
    materials: [],
    rateMicroPerHour: 0n,
    setupMicro: 0n,
    minimumMicro: 0n,
  }) as unknown as MachineProfile;
