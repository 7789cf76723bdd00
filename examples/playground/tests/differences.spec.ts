//! A component from a file, tried beside the page's own policies: with keys alone, in the daemon's place, and one that is bad.

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { findings } from './findings';
import { guest } from './guests';
import { expect, type Playground, test } from './playground';

const CHOOSE = 'Try a component from a file …';

async function open(page: Page, playground: Playground): Promise<void> {
  await playground.open();
  await page.getByRole('tab', { name: 'Differences' }).click();
  await page
    .getByLabel('The names now, against')
    .selectOption({ label: 'other policies, on the same document' });
}

function choose(page: Page, path: string): Promise<void> {
  return page.getByTestId('candidate-file').setInputFiles(path);
}

test('a component is chosen with keys, and the page keeps its own policies', async ({ page, playground }) => {
  await open(page, playground);
  const names = await playground.names();
  await page.getByRole('button', { name: CHOOSE }).focus();
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(guest('faulty'));
  await expect(page.getByRole('status').getByText('faulty.wasm is tried behind')).toBeVisible();
  await expect(page.getByLabel('Behind them').locator('option:checked')).toHaveText('faulty (faulty.wasm)');
  await page.getByLabel('Its settings, as JSON').fill('{ "extra": "also" }');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /^also\.web\.shop\.svc\.demo\. added$/ })).toBeVisible();
  await expect(playground.policy('faulty')).toHaveCount(0);
  expect(await playground.names()).toEqual(names);
});

test('it takes the place of the policy that calls itself the same, whatever its file is called', async ({
  page,
  playground,
}) => {
  await open(page, playground);
  await playground.drop(guest('faulty'));
  await expect(playground.policy('faulty')).toBeVisible();
  const bytes = Buffer.concat([readFileSync(guest('faulty')), Uint8Array.of(0, 2, 1, 0x78)]);
  const file = { name: 'other-name.wasm', mimeType: 'application/wasm', buffer: bytes };
  await page.getByTestId('candidate-file').setInputFiles(file);
  await expect(page.getByText('other-name.wasm is tried in the place of faulty')).toBeVisible();
  await expect(page.getByLabel('2. faulty').locator('option:checked')).toHaveText('faulty (other-name.wasm)');
  await expect(page.getByText('No name differs.')).toBeVisible();
  // Another place is chosen as before.
  await page.getByLabel('2. faulty').selectOption({ label: 'stays' });
  await page.getByLabel('1. default').selectOption({ label: 'faulty (other-name.wasm)' });
  await expect(page.getByText(/^Names: .* removed/)).toBeVisible();
});

test('one that is refused says why, and what was tried before still is', async ({ page, playground }) => {
  await open(page, playground);
  await choose(page, guest('faulty'));
  await page.getByLabel('Its settings, as JSON').fill('{ "extra": "also" }');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/^Names: /)).toBeVisible();
  const before = await page.getByText(/^Names: /).textContent();
  const alert = page.getByRole('tabpanel', { name: 'Differences' }).getByRole('alert');
  for (const [name, reason] of [
    ['no-wasm', 'no-wasm.wasm is refused at compile: no-wasm.wasm is no WebAssembly component'],
    ['wants_a_clock', 'wants_a_clock.wasm is refused at link: '],
    ['traps_in_describe', 'traps_in_describe.wasm is refused at describe: '],
  ] as const) {
    await choose(page, guest(name));
    await expect(alert).toContainText(reason);
    await expect(page.getByText(/^Names: /)).toHaveText(before ?? '');
    await expect(page.getByLabel('Behind them').locator('option:checked')).toHaveText('faulty (faulty.wasm)');
  }
});

test('settings that it refuses are no difference', async ({ page, playground }) => {
  await open(page, playground);
  await choose(page, guest('faulty'));
  await page.getByLabel('Its settings, as JSON').fill('{ "extras": 1 }');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Refused at configure: faulty: the settings do not fit')).toBeVisible();
  await expect(page.getByText(/^Names: /)).toHaveCount(0);
});

for (const width of [1280, 360]) {
  test.describe(`${width} pixels wide`, () => {
    test.use({ viewport: { width, height: 800 } });

    test('axe finds nothing, and all fits', async ({ page, playground }) => {
      const check = async (when: string) => {
        expect(await findings(page), when).toEqual([]);
        const wider = await page
          .getByRole('tabpanel', { name: 'Differences' })
          .evaluate(panel => panel.scrollWidth - panel.clientWidth);
        expect(wider, when).toBe(0);
      };
      await playground.open();
      if (width < 800) await page.getByRole('tab', { name: 'Names' }).click();
      await page.getByRole('tab', { name: 'Differences' }).click();
      await page
        .getByLabel('The names now, against')
        .selectOption({ label: 'other policies, on the same document' });
      await page.getByLabel('1. default').selectOption({ label: 'opensvc-v3' });
      await page.getByText(/^By rule \(/).click();
      await page.getByText(/^By service \(/).click();
      await page.getByText(/^Zones \(/).click();
      await check('with tables');
      await choose(page, guest('faulty'));
      await expect(page.getByText('faulty.wasm is tried behind')).toBeVisible();
      await choose(page, guest('no-wasm'));
      await expect(page.getByText('no-wasm.wasm is refused at')).toBeVisible();
      await check('with a refusal');
    });
  });
}
