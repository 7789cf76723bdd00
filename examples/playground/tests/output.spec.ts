//! What comes out, as somebody sees it who looks, who has keys alone, and who hears the page.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { root } from './artefacts';
import { findings } from './findings';
import { expect, test } from './playground';

function grid(page: Page) {
  return page.getByRole('grid', { name: 'Records' });
}

async function show(page: Page, tab: string): Promise<void> {
  await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: tab }).click();
}

/** Leaves the records whose name or content has this. */
async function filter(page: Page, text: string): Promise<void> {
  await page.getByLabel('Name or content').fill(text);
}

/** The texts of the rows that are in the page. */
async function rows(page: Page): Promise<string[]> {
  const all = await grid(page).locator('tbody tr').all();
  return Promise.all(all.map(async row => (await row.locator('td').allTextContents()).slice(0, 4).join(' ')));
}

/** The document that the page begins with. */
const demo = readFileSync(`${root}/examples/demo/cluster.json`, 'utf8');

test('records are filtered by name or content, and sorted by any column', async ({ page, playground }) => {
  await playground.open();
  await filter(page, 'web.shop.svc.demo');
  await page.getByRole('combobox', { name: 'Type', exact: true }).selectOption('A');
  await expect(page.getByText(/^\d+ records fit$/)).toBeVisible();
  await filter(page, '10-22-?-5.web.shop.svc.demo');
  await expect(page.getByText('2 records fit')).toBeVisible();
  expect(await rows(page)).toEqual([
    '10-22-0-5.web.shop.svc.demo. 60 A 10.22.0.5',
    '10-22-1-5.web.shop.svc.demo. 60 A 10.22.1.5',
  ]);
  const content = page.getByRole('columnheader', { name: 'Content' });
  await content.click();
  await expect(content).toHaveAttribute('aria-sort', 'ascending');
  await content.click();
  await expect(content).toHaveAttribute('aria-sort', 'descending');
  await expect(async () => expect((await rows(page))[0]).toContain('10.22.1.5')).toPass();
  await page.getByRole('button', { name: 'Show all records' }).click();
  await expect(page.getByText(/^1\d\d records$/)).toBeVisible();
});

test('a record says who made it, and leads to its place in the document', async ({ page, playground }) => {
  await playground.open();
  await filter(page, '10-22-0-5.web.shop.svc.demo');
  await page.getByRole('combobox', { name: 'Type', exact: true }).selectOption('A');
  await grid(page).getByText('10.22.0.5', { exact: true }).click();
  const provenance = page.getByRole('region', { name: 'Where it comes from' });
  for (const said of [
    'Rule',
    'ip#0',
    'on n1',
    'shop/svc/web',
    'services.shop/svc/web.instances.n1.resources.ip#0',
  ]) {
    await expect(provenance).toContainText(said);
  }
  await provenance.getByRole('button', { name: 'Go to the document' }).click();
  await expect(page.getByRole('textbox', { name: 'Cluster document' })).toBeFocused();
  const said = await page.evaluate(() => window.getSelection()?.toString() ?? '');
  expect(said).toContain('10.22.0.5');
});

test('the caret in the document marks the records that come from there', async ({ page, playground }) => {
  await playground.open();
  const editor = page.getByRole('textbox', { name: 'Cluster document' });
  await editor.focus();
  await page.keyboard.press('ControlOrMeta+f');
  await page.getByRole('textbox', { name: 'Find' }).pressSequentially('"shop/svc/db"');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(editor).toBeFocused();
  await expect(grid(page).locator('.out-marked').first()).toContainText('db.shop.svc.n2.node.demo.');
  await page.getByLabel('Only what comes from the caret’s place in the document').check();
  await expect(page.getByText(/^\d+ records fit$/)).toBeVisible();
  const shown = await rows(page);
  expect(shown.filter(row => !row.includes('db'))).toEqual([]);
  expect(shown.length).toBeGreaterThan(3);
});

test('with keys alone one goes through the table, sorts it, and goes to the document', async ({
  page,
  playground,
}) => {
  await playground.open();
  const chosen = () =>
    grid(page).evaluate(table => {
      const id = table.getAttribute('aria-activedescendant') ?? '';
      return table.ownerDocument.getElementById(id)?.textContent ?? '';
    });
  await page.getByLabel('Only what comes from').focus();
  await page.keyboard.press('Tab');
  await expect(grid(page)).toBeFocused();
  await expect.poll(chosen).toBe('demo.');
  await page.keyboard.press('ArrowUp');
  await expect.poll(chosen).toBe('Name');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'descending');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+End');
  await expect(grid(page).locator('tr[aria-selected=true]')).toBeInViewport();
  await page.keyboard.press('Control+Home');
  await filter(page, 'web1.web.shop.svc.demo');
  await expect(page.getByText(/^\d+ records fit$/)).toBeVisible();
  await grid(page).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Cluster document' })).toBeFocused();
});

test('zones are taken away as master files and JSON', async ({ page, playground }) => {
  await playground.open();
  await show(page, 'Text');
  await expect(page.getByRole('region', { name: 'The text' })).toContainText('demo. 60 IN SOA dns.demo.');
  const saved = async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    const file = await download;
    return [file.suggestedFilename(), await readFile(await file.path(), 'utf8')] as const;
  };
  const [name, text] = await saved();
  expect(name).toBe('demo.zone');
  expect(text).toContain('web.shop.svc.demo. 60 IN A 10.22.0.5\n');
  await page.getByLabel('JSON').check();
  await expect(page.getByRole('region', { name: 'The text' })).toContainText('"SOA"');
  const [json, records] = await saved();
  expect(json).toBe('demo.json');
  expect(JSON.parse(records)).toContainEqual(
    expect.objectContaining({ qname: 'web.shop.svc.demo.', qtype: 'A', content: '10.22.0.5' }),
  );
  await page.getByLabel('expected.zone').check();
  await expect(page.getByRole('region', { name: 'The text' })).toContainText('10.in-addr.arpa.');
  expect((await saved())[0]).toBe('expected.zone');
});

test('a question is answered as a resolver would be, and a miss says why', async ({ page, playground }) => {
  await playground.open();
  await show(page, 'Ask');
  await page.getByLabel('Name or address').fill('wep.shop.svc.demo');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(
    page.getByRole('heading', { name: 'NXDOMAIN: there is no name wep.shop.svc.demo.' }),
  ).toBeVisible();
  await expect(page.getByText('nearly so is shop/svc/web')).toBeVisible();
  await page.getByRole('button', { name: 'Ask for web.shop.svc.demo.' }).click();
  await expect(
    page.getByRole('heading', { name: 'NOERROR: web.shop.svc.demo. has 3 records' }),
  ).toBeVisible();
  await page.getByLabel('Type').fill('SRV');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByRole('heading', { name: /^NODATA: .* has no record of type SRV$/ })).toBeVisible();
  await page.getByLabel('Name or address').fill('web.shop.example');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByRole('heading', { name: /^REFUSED/ })).toBeVisible();
  await page.getByLabel('Name or address').fill('web..demo');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('web..demo: the name has an empty label').last()).toBeVisible();
});

test('an answer follows the document', async ({ page, playground }) => {
  await playground.open();
  await show(page, 'Ask');
  await page.getByLabel('Name or address').fill('db.shop.svc.demo');
  await page.getByLabel('Type').fill('a');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('db.shop.svc.demo. 60 IN A 10.22.1.9')).toBeVisible();
  await playground.write(demo.replace('10.22.1.9', '10.22.1.77'));
  await expect(page.getByText('db.shop.svc.demo. 60 IN A 10.22.1.77')).toBeVisible();
});

test('what an edit changes is a difference from what was kept', async ({ page, playground }) => {
  await playground.open();
  await show(page, 'Differences');
  await expect(page.getByText('No name differs.')).toBeVisible();
  await playground.write(demo.replace('10.22.1.9', '10.22.1.77'));
  const changes = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: 'db.shop.svc.demo. changed' }) });
  await expect(changes.first()).toContainText('removed: 60 A 10.22.1.9');
  await expect(changes.first()).toContainText('added: 60 A 10.22.1.77');
  await page.getByRole('button', { name: 'Keep this as before' }).click();
  await expect(page.getByText('No name differs.')).toBeVisible();
});

test('other policies are tried on the same document, and the page keeps its own', async ({
  page,
  playground,
}) => {
  await playground.open();
  const names = await playground.names();
  await show(page, 'Differences');
  await page
    .getByLabel('The names now, against')
    .selectOption({ label: 'other policies, on the same document' });
  await page.getByLabel('1. default').selectOption({ label: 'opensvc-v3' });
  await expect(page.getByText(/^Names: /)).toBeVisible();
  await page.getByText(/^By policy \(/).click();
  await expect(page.getByRole('row', { name: /^opensvc-v3 / })).toBeVisible();
  expect(await playground.names()).toEqual(names);
});

test('a fault of the document is a problem, and leads to its place', async ({ page, playground }) => {
  await playground.open();
  await show(page, 'Problems');
  await playground.write(demo.replace('"10.22.1.9"', '"10.22.1.999"'));
  const go = page.getByRole('button', { name: /^Go to services\.shop\/svc\/db/ });
  await go.first().click();
  await expect(page.getByRole('textbox', { name: 'Cluster document' })).toBeFocused();
});

test('each service has its time', async ({ page, playground }) => {
  await playground.open();
  await show(page, 'Timings');
  await expect(page.getByText(/^The last change took /)).toBeVisible();
  await expect(page.getByRole('row', { name: /^shop\/svc\/web default \d+ \d.* .s$/ })).toBeVisible();
});

for (const [width, colorScheme] of [
  [1280, 'light'],
  [1280, 'dark'],
  [360, 'light'],
  [360, 'dark'],
] as const) {
  test.describe(`${width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport: { width, height: 800 }, colorScheme });

    test('with something chosen, asked and compared, axe finds nothing and all fits', async ({
      page,
      playground,
    }) => {
      const check = async (view: string) => {
        expect(await findings(page), view).toEqual([]);
        const wider = await page
          .getByRole('tabpanel', { name: view })
          .evaluate(panel => panel.scrollWidth - panel.clientWidth);
        expect(wider, view).toBe(0);
      };
      await playground.open();
      if (width < 800) await page.getByRole('tab', { name: 'Names' }).click();
      await filter(page, 'web.shop.svc.demo');
      await grid(page).locator('td').first().click();
      await expect(page.getByRole('region', { name: 'Where it comes from' })).toBeVisible();
      await check('Records');
      await show(page, 'Ask');
      await page.getByLabel('Name or address').fill('wep.shop.svc.demo');
      await page.getByText('Who asks').click();
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await expect(page.getByRole('heading', { name: /^NXDOMAIN/ })).toBeVisible();
      await check('Ask');
      await page.getByRole('button', { name: 'Ask for web.shop.svc.demo.' }).click();
      await expect(page.getByRole('heading', { name: /^NOERROR/ })).toBeVisible();
      await check('Ask');
      await show(page, 'Differences');
      await page
        .getByLabel('The names now, against')
        .selectOption({ label: 'other policies, on the same document' });
      await page.getByLabel('1. default').selectOption({ label: 'opensvc-v3' });
      await expect(page.getByText(/^Names: /)).toBeVisible();
      await page.getByText(/^By policy \(/).click();
      await check('Differences');
    });
  });
}
