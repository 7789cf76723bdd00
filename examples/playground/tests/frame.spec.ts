//! The frame: themes, little room, the keyboard alone, the tour, and what a screen reader would stumble over.

import { artefacts } from './artefacts';
import { findings } from './findings';
import { expect, test } from './playground';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`${colorScheme}`, () => {
    test.use({ colorScheme });

    test('axe finds nothing in any view', async ({ playground, page }) => {
      await playground.open();
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
      for (const tab of await page.getByRole('tablist', { name: 'Views' }).getByRole('tab').all()) {
        await tab.click();
        await playground.done();
        const name = (await tab.textContent()) ?? '';
        expect(await findings(page), `${name}, ${colorScheme}`).toEqual([]);
        await page.screenshot({
          path: `${artefacts}/${colorScheme}-${name.toLowerCase().replace(/\W+/g, '-')}.png`,
        });
      }
    });
  });
}

test('the theme turns, and is remembered', async ({ playground, page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await playground.open();
  const button = page.getByRole('button', { name: /^Colours/ });
  const html = page.locator('html');
  await button.click();
  await button.click();
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await playground.done();
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await button.click();
  await expect(html).toHaveAttribute('data-theme', 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(html).toHaveAttribute('data-theme', 'dark');
});

test.describe('360 pixels wide', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

  test('everything is reached without scrolling sideways', async ({ playground, page }) => {
    await playground.open();
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect(await findings(page)).toEqual([]);
    await page.screenshot({ path: `${artefacts}/narrow-input.png` });
    await page.getByRole('tab', { name: 'Names' }).tap();
    await expect(
      page.getByRole('region', { name: 'Names' }).or(page.getByRole('tabpanel', { name: 'Names' })),
    ).toBeVisible();
    expect(await overflow()).toBeLessThanOrEqual(0);
    for (const tab of await page.getByRole('tablist', { name: 'Views' }).getByRole('tab').all()) {
      await tab.tap();
      const name = (await tab.textContent()) ?? '';
      expect(await overflow(), name).toBeLessThanOrEqual(0);
      expect(await findings(page), name).toEqual([]);
      await page.screenshot({ path: `${artefacts}/narrow-${name.toLowerCase().replace(/\W+/g, '-')}.png` });
    }
  });
});

test('the tour is offered once, points at every step, and gives the focus back', async ({
  playground,
  page,
}) => {
  await playground.open();
  await page.getByRole('button', { name: 'Show me' }).press('Enter');
  const card = page.locator('.fr-tour');
  const seen: string[] = [];
  for (;;) {
    await expect(page.locator('.fr-pointed-at')).toBeVisible();
    seen.push((await card.getByRole('heading').textContent()) ?? '');
    expect(await findings(page), seen.at(-1)).toEqual([]);
    const next = card.getByRole('button', { name: 'Next' });
    if (!(await next.isVisible())) break;
    await next.press('Enter');
    await expect(card.getByRole('heading')).not.toHaveText(seen.at(-1) ?? '');
  }
  expect(seen.length).toBeGreaterThan(5);
  await page.keyboard.press('Escape');
  await expect(card).toBeHidden();
  await expect(page.locator('.fr-pointed-at')).toHaveCount(0);
  await page.reload();
  await playground.done();
  await expect(page.getByRole('button', { name: 'Show me' })).toBeHidden();
});

test('with the keyboard alone one gets everywhere, and out again', async ({ playground, page }) => {
  await playground.open();
  const reached: string[] = [];
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const it = document.activeElement;
      if (it === null || it === document.body) return null;
      return it.getAttribute('aria-label') ?? it.textContent?.trim() ?? '';
    });
    if (name === null) break;
    reached.push(name);
  }
  for (const part of [
    'Examples',
    'Share',
    'Tour',
    'Show me',
    'Add a policy',
    'Cluster document',
    'Records',
  ]) {
    expect(reached).toContain(part);
  }
  // It came out again: no place kept the focus.
  expect(reached.length).toBeLessThan(80);
});

test('the line between the sides moves with the arrow keys, and no side is lost', async ({
  playground,
  page,
}) => {
  await playground.open();
  const line = page.getByRole('separator', { name: 'Width of the left side' });
  await line.focus();
  const before = Number(await line.getAttribute('aria-valuenow'));
  await page.keyboard.press('ArrowRight');
  await expect(line).toHaveAttribute('aria-valuenow', String(before + 4));
  await page.keyboard.press('End');
  await expect(line).toHaveAttribute('aria-valuenow', '80');
  await expect(page.getByRole('grid', { name: 'Records' })).toBeInViewport();
  await page.keyboard.press('Home');
  await expect(line).toHaveAttribute('aria-valuenow', '20');
});
