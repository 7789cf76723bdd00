import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { artefacts } from './tests/artefacts';
import { freePort } from './tests/free-port';

// The configuration is read again by every worker of the tests: the port is found once, and handed on.
process.env.PLAYGROUND_PORT ??= String(await freePort());
const address = `http://127.0.0.1:${process.env.PLAYGROUND_PORT}/`;

const chromium = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);

export default defineConfig({
  testDir: 'tests',
  outputDir: `${artefacts}/results`,
  globalSetup: './tests/guests.ts',
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  forbidOnly: true,
  use: {
    baseURL: address,
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      // As root, as in a container, Chromium cannot make its sandbox.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
  webServer: {
    command: `npx vite preview --host 127.0.0.1 --port ${process.env.PLAYGROUND_PORT} --strictPort`,
    url: address,
  },
});
