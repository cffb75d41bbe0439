// Builds the pages: renderer/ → dist/renderer. Everything is a file of our own origin (no inlined fonts or scripts),
// because the pages run under a strict content security policy.

import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const ROOT = fileURLToPath(new URL('./renderer', import.meta.url));

export default defineConfig({
  root: ROOT,
  base: './',
  publicDir: 'public',
  plugins: [
    react(),
    {
      // The pages live in renderer/ wherever the build is started from.
      name: 'renderer-root',
      config(config) {
        config.root = ROOT;
      },
      // By hand, because it must run before the first paint: a plain script, not a module, and not inline.
      transformIndexHtml: () => [
        { tag: 'script', attrs: { src: './first-paint.js' }, injectTo: 'head-prepend' },
      ],
    },
  ],
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('./dist/renderer', import.meta.url)),
    emptyOutDir: true,
    // light-dark() and the like go out as written.
    target: 'chrome125',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
});
