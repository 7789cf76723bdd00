//! What a visitor takes away and brings back: links, archives, folders.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { unpack } from '../src/share/archive';
import { artefacts, root, zonesmith } from './artefacts';
import { guest } from './guests';
import { expect, test } from './playground';

const stack = (page: Page) =>
  page.locator('[data-policy]').evaluateAll(cards => cards.map(card => card.getAttribute('data-policy')));

async function link(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Share' }).click();
  const field = page.getByRole('textbox', { name: 'Link' });
  await expect(field).toHaveValue(/#v1\./);
  const address = await field.inputValue();
  await page.keyboard.press('Escape');
  return address.slice(address.indexOf('#'));
}

test('a link shows somebody else the same, a dropped component included', async ({
  playground,
  page,
  browser,
}) => {
  await playground.open();
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await page.getByTestId('component-file').setInputFiles(guest('every_word'));
  await expect.poll(() => stack(page)).toEqual(['default', 'every-word']);
  await page.getByRole('button', { name: 'Settings of default' }).click();
  await page
    .getByRole('group', { name: 'ttl' })
    .getByRole('spinbutton', { name: 'address', exact: true })
    .fill('7');
  await playground.done();
  const fragment = await link(page);
  const names = await playground.names();
  expect(names).toContain('web.shop.svc.demo. 7 IN A 10.22.0.5');

  const other = await browser.newPage();
  await other.goto(`${page.url().split('#')[0]}${fragment}`);
  await expect(other.getByTestId('state')).toHaveAttribute('data-state', 'done', { timeout: 30_000 });
  expect(await stack(other)).toEqual(['default', 'every-word']);
  const again = await other.evaluate(async () => (await window.zonesmith()).published());
  expect(again.split('\n').filter(line => line !== '')).toEqual(names);
  await other.close();
});

test('the address is the page: a reload shows what was there', async ({ playground, page }) => {
  await playground.open();
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await page.getByRole('button', { name: 'Use consul alone' }).click();
  await expect(page).toHaveURL(/#v1\./);
  await page.reload();
  await playground.done();
  expect(await stack(page)).toEqual(['consul']);
});

const old = readdirSync(new URL('links/', import.meta.url)).filter(file => file.endsWith('.link'));
for (const file of old) {
  test(`the link ${file} is opened as it was meant`, async ({ playground, page }) => {
    const read = (name: string) => readFileSync(new URL(`links/${name}`, import.meta.url), 'utf8');
    const expected = JSON.parse(read(file.replace('.link', '.json')));
    await playground.open(read(file).trim());
    expect(await stack(page)).toEqual(expected.policies.map(({ name }: { name: string }) => name));
    for (const { name, isEnabled } of expected.policies) {
      await expect(page.getByRole('checkbox', { name })).toBeChecked({ checked: isEnabled });
    }
    await expect(page.locator('.in-policy').getByRole('alert')).toHaveCount(0);
    expect((await playground.names()).length).toBeGreaterThan(0);
  });
}

test('a link that cannot be read says why and changes nothing, also in an open page', async ({
  playground,
  page,
}) => {
  await playground.open();
  const before = await playground.names();
  for (const [fragment, sentence] of [
    ['#v1.AAAA', 'damaged'],
    ['#v9.AAAA', 'version 9'],
  ] as const) {
    await page.evaluate(text => {
      window.location.hash = text;
    }, fragment);
    await expect(page.locator('.in-notice.in-bad').last()).toContainText(sentence);
    expect(await playground.names()).toEqual(before);
  }
  await page.evaluate(text => {
    window.location.hash = text;
  }, readFileSync(new URL('links/v1-shipped.link', import.meta.url), 'utf8').trim());
  await expect.poll(() => stack(page)).toEqual(['default', 'short-names', 'consul']);
});

test('a link whose policy nobody has names it', async ({ page }) => {
  const { writeLink } = await import('../src/share/link');
  const fragment = await writeLink({
    document: '{}',
    policies: [{ name: 'site', digest: '0', settings: '{}', isEnabled: true }],
    components: [],
    view: null,
  });
  await page.goto(`./${fragment}`);
  await expect(page.locator('.in-notice.in-bad')).toContainText('drop site.wasm on the page', {
    timeout: 30_000,
  });
  await expect.poll(() => stack(page)).toEqual(['default']);
});

test('what is exported passes `zonesmith policy test`, and is imported again', async ({
  playground,
  page,
}) => {
  await playground.open();
  await page.getByRole('button', { name: 'Examples' }).click();
  await page.getByRole('button', { name: 'short-names', exact: true }).click();
  await expect.poll(() => stack(page)).toEqual(['default', 'short-names']);
  await playground.done();
  const names = await playground.names();
  expect(names).toContain('web.cluster1. 60 IN A 10.22.0.5');

  await page.getByRole('button', { name: 'Share' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as an archive' }).click(),
  ]);
  await page.keyboard.press('Escape');
  const archive = `${artefacts}/playground.zip`;
  await download.saveAs(archive);
  const folder = `${artefacts}/exported`;
  rmSync(folder, { recursive: true, force: true });
  for (const [path, bytes] of unpack(new Uint8Array(readFileSync(archive)), 100_000_000)) {
    const file = `${folder}/${path}`;
    mkdirSync(file.slice(0, file.lastIndexOf('/')), { recursive: true });
    writeFileSync(file, bytes);
  }
  expect(execFileSync(zonesmith, ['policy', 'test', `${folder}/playground`], { encoding: 'utf8' })).toBe(
    '.: as expected\n',
  );

  await page.goto('./');
  await playground.done();
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByTestId('import-files').setInputFiles(archive);
  await expect.poll(() => stack(page)).toEqual(['default', 'short-names']);
  await playground.done();
  expect(await playground.names()).toEqual(names);

  await page.goto('./');
  await playground.done();
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByTestId('import-folder').setInputFiles(`${folder}/playground`);
  await expect.poll(() => stack(page)).toEqual(['default', 'short-names']);
  await playground.done();
  expect(await playground.names()).toEqual(names);
});

test('the folder of a policy of this repository can be brought', async ({ playground, page }) => {
  await playground.open();
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByTestId('import-folder').setInputFiles(`${root}examples/policies/consul`);
  await expect.poll(() => stack(page)).toEqual(['consul']);
  await playground.done();
  const expected = readFileSync(`${root}examples/policies/consul/expected.zone`, 'utf8');
  expect(await playground.names()).toEqual(expected.split('\n').filter(line => line !== ''));
});
