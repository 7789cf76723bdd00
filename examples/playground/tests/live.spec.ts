//! A running daemon's state, as `zonesmith playground` hands it out. The real command is tested where the real daemon is.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { root } from './artefacts';
import { guest } from './guests';
import { expect, test } from './playground';

const component = readFileSync(guest('faulty'));
const digest = createHash('sha256').update(component).digest('hex');

/** Answers as the command would. */
async function serve(page: Page): Promise<void> {
  const policies = [
    { name: 'faulty', digest, settings: { extra: 'also' }, source: '/etc/zonesmith/faulty.wasm' },
  ];
  const cluster = readFileSync(`${root}examples/policies/short-names/cluster.json`, 'utf8');
  await page.route('**/live/cluster.json', route =>
    route.fulfill({ contentType: 'application/json', body: cluster }),
  );
  await page.route('**/live/policies.json', route => route.fulfill({ json: policies }));
  await page.route(`**/live/policies/${digest}.wasm`, route =>
    route.fulfill({ contentType: 'application/wasm', body: component }),
  );
}

test('the daemon’s cluster and policies are on the page, with their settings', async ({
  playground,
  page,
}) => {
  await serve(page);
  await playground.open('#live');
  await expect(playground.policy('faulty')).toBeVisible();
  await expect.poll(() => playground.names()).toContainEqual(expect.stringMatching(/^also\./));
  await expect(page.getByText("A running daemon's state")).toBeVisible();
});

test('a daemon that does not answer is said, and the page is there', async ({ page }) => {
  await page.goto('./#live');
  await expect(page.getByText(/The daemon's state cannot be read/)).toHaveCount(2);
  await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done');
});
