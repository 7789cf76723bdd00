//! Each policy that comes with the page, on the cluster of its test: what it publishes there is what it publishes here.

import { existsSync, readFileSync } from 'node:fs';
import { root } from './artefacts';
import { expect, test } from './playground';

const RUST = ['short-names', 'nearest', 'kubernetes', 'consul', 'opensvc-v3', 'opensvc-v2'];
/** Their folders have the zone of the cluster alone, without those of addresses. */
const ONE_ZONE = ['nearest'];
const INTERPRETED = ['short-names-javascript', 'short-names-python'];

function lines(text: string): string[] {
  return text.split('\n').filter(line => line !== '');
}

for (const name of [...RUST, ...INTERPRETED]) {
  const folder = `${root}examples/policies/${name}`;
  test(`${name} gives what its folder expects`, async ({ playground }) => {
    test.skip(INTERPRETED.includes(name) && !existsSync(`${folder}/${name}.wasm`), 'it was not built');
    await playground.open();
    await playground.example(name);
    await expect(playground.policy(name)).toBeVisible();
    const expected = lines(readFileSync(`${folder}/expected.zone`, 'utf8'));
    await expect
      .poll(() => playground.names(), { timeout: 45_000 })
      .toEqual(ONE_ZONE.includes(name) ? expect.arrayContaining(expected) : expected);
  });
}

test('the default policy names the demo, and says so in its settings', async ({ playground, page }) => {
  await playground.open();
  const names = await playground.names();
  expect(names.some(line => /^web\.shop\.svc\.demo\.\s.*\sA\s/.test(line))).toBe(true);
  await page.getByRole('button', { name: 'Settings of default' }).click();
  await expect(playground.policy('default').getByLabel(/ttl/i).first()).toBeVisible();
});

test('who stands first wins, and a policy that is off says nothing', async ({ playground, page }) => {
  await playground.open();
  const before = await playground.names();
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await page.getByRole('button', { name: 'Add consul' }).click();
  await expect(playground.policy('consul')).toBeVisible();
  await playground.done();
  await expect.poll(() => playground.names()).not.toEqual(before);
  await playground.policy('consul').getByRole('checkbox').uncheck();
  await expect.poll(() => playground.names()).toEqual(before);
});
