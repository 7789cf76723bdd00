//! What is opened by hand, as a screen reader meets it: on a wide page and a narrow one, in light and in dark.

import type { Page } from '@playwright/test';
import { artefacts } from './artefacts';
import { findings } from './findings';
import { expect, test } from './playground';

/** Opens one thing after another, and looks at each. */
async function lookAround(page: Page, name: string): Promise<void> {
  const look = async (what: string) => {
    expect(await findings(page), `${name}: ${what}`).toEqual([]);
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(over, `${name}: ${what}: wider than the page`).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `${artefacts}/input-${name}-${what}.png` });
  };
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await look('adding');
  await page.getByRole('button', { name: 'Add nearest' }).click();
  await page.getByRole('button', { name: 'Add consul' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Settings of nearest' }).click();
  await page.getByRole('textbox', { name: 'One more of networks' }).fill('192.0.2.0/24');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Settings of consul' }).click();
  await look('forms');
  await page.locator('[data-policy=consul]').getByRole('button', { name: 'As JSON' }).click();
  const json = page.getByRole('textbox', { name: 'Settings of consul, as JSON' });
  await json.focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('{ "domian": "x" }');
  await expect(page.getByRole('alert')).toBeVisible();
  await look('refused');
  await page.getByRole('button', { name: 'Settings of consul' }).click();
  await page.getByRole('button', { name: 'Settings of nearest' }).click();
  for (const dialog of ['Examples', 'Share']) {
    await page.getByRole('button', { name: dialog }).click();
    await expect(page.getByRole('dialog', { name: dialog })).toBeVisible();
    await look(dialog.toLowerCase());
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: dialog })).toBeFocused();
  }
  await page.getByRole('textbox', { name: 'Cluster document' }).focus();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.press('Control+f');
  await expect(page.locator('.cm-search')).toBeVisible();
  await look('search');
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test(`everything that is opened is found in order, in ${colorScheme}`, async ({ playground, page }) => {
      await playground.open();
      await lookAround(page, colorScheme);
    });
  });
}

test.describe('360 pixels wide', () => {
  test.use({ viewport: { width: 360, height: 740 } });
  test('everything that is opened fits a narrow page', async ({ playground, page }) => {
    await playground.open();
    await lookAround(page, 'narrow');
  });
});
