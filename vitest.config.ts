import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Electron is optional: the shell's own code is tested against a stand-in that records what it is told.
  resolve: { alias: { electron: fileURLToPath(new URL('./electron/testing/stand-in.ts', import.meta.url)) } },
  test: {
    include: [
      'node-core/**/*.test.ts',
      'electron/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      '*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Some files mostly wait for a clock or for a process of theirs: one on each processor, not one fewer.
    maxWorkers: '100%',
  },
});
