import { defineConfig } from 'vite';
import { offline } from './build/offline.js';

export default defineConfig({
  // What is not there is not the page.
  appType: 'mpa',
  // The page is served below any path: a token's, a project's.
  base: './',
  build: {
    target: 'es2022',
    // The content policy of the page allows no data: address for scripts or components.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  // Examples and fixtures of the whole repository are read where they are.
  server: { fs: { allow: ['../..'] } },
  worker: { format: 'es' },
  // Components and their glue are found by their own address.
  optimizeDeps: { exclude: ['@bytecodealliance/jco-transpile'] },
  plugins: [offline()],
});
