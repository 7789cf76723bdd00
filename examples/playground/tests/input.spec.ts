//! What a visitor puts in: the document, the stack, settings, files.

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { root } from './artefacts';
import { guest } from './guests';
import { expect, test } from './playground';

const stack = (page: Page) =>
  page.locator('[data-policy]').evaluateAll(cards => cards.map(card => card.getAttribute('data-policy')));

const notices = (page: Page) => page.getByRole('region', { name: 'Notices' });

const editor = (page: Page) => page.getByRole('textbox', { name: 'Cluster document' });

/** Drops files on the page, as the browser has it. */
async function drop(page: Page, files: { name: string; bytes: Buffer }[]): Promise<void> {
  const given = files.map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') }));
  const transfer = await page.evaluateHandle(async list => {
    const data = new DataTransfer();
    for (const { name, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    return data;
  }, given);
  await page.dispatchEvent('main', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
}

test('an edit of the document is an edit of the names', async ({ playground, page }) => {
  await playground.open();
  const document = readFileSync(`${root}examples/policies/short-names/cluster.json`, 'utf8');
  await playground.write(document);
  await expect.poll(() => playground.names()).toContain('web.shop.svc.cluster1. 60 IN A 10.22.0.5');
  await playground.write(document.replace('10.22.0.5', '10.22.0.6'));
  await expect.poll(() => playground.names()).toContain('web.shop.svc.cluster1. 60 IN A 10.22.0.6');
  expect(await playground.names()).not.toContain('web.shop.svc.cluster1. 60 IN A 10.22.0.5');
  await editor(page).press('ControlOrMeta+z');
  await expect.poll(() => playground.names()).toContain('web.shop.svc.cluster1. 60 IN A 10.22.0.5');
});

test('the editor offers what may stand there, says what it means, and where it is wrong', async ({
  playground,
  page,
}) => {
  await playground.open();
  await playground.write('{ "cluster": { "name": "a",  } }');
  await editor(page).press('End');
  for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Control+Space');
  const options = page.getByRole('listbox').getByRole('option');
  await expect(options).toHaveText(['dns', 'networks', 'nodes']);
  await expect(page.locator('.cm-completionInfo')).toContainText('DNS is off until there is one');
  // The editor takes no key for an answer that comes as fast as this one would.
  await options.first().click();
  await expect(editor(page)).toContainText('"dns": []');
  await playground.write(
    '{ "cluster": { "name": "a", "dns": ["10.0.0.1"], "nodes": { "n1": { "score": 101 } } } }',
  );
  const fault = page.locator('.cm-lintRange');
  await expect(fault.first()).toContainText('101');
  await editor(page).press('F8');
  await expect(page.locator('.cm-tooltip-lint, .cm-diagnostic').first()).toBeVisible();
});

test('what the host refuses is marked where it stands', async ({ playground, page }) => {
  await playground.open();
  await playground.write('{ "cluster": { "name": 7 } }');
  await expect(page.locator('.cm-lintRange-error').first()).toContainText('7');
});

test('a tabulator leaves the editor', async ({ playground, page }) => {
  await playground.open();
  await editor(page).focus();
  await page.keyboard.press('Tab');
  await expect(editor(page)).not.toBeFocused();
});

test('policies are added, moved, turned off and taken out by keyboard, and the focus stays', async ({
  playground,
  page,
}) => {
  await playground.open();
  await page.getByRole('button', { name: 'Add a policy' }).press('Enter');
  await page.getByRole('button', { name: 'Add short-names', exact: true }).press('Enter');
  await page.getByRole('button', { name: 'Add consul' }).press('Enter');
  expect(await stack(page)).toEqual(['default', 'short-names', 'consul']);
  await page.getByRole('button', { name: 'Move consul up' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Move consul up' })).toBeFocused();
  expect(await stack(page)).toEqual(['default', 'consul', 'short-names']);
  await page.keyboard.press('Enter');
  expect(await stack(page)).toEqual(['consul', 'default', 'short-names']);
  await expect(page.getByRole('button', { name: 'Move consul down' })).toBeFocused();
  await playground.done();
  const has = (name: string) => async () => (await playground.names()).some(line => line.includes(name));
  await expect.poll(has('.service.demo.consul. ')).toBe(true);
  await page.getByRole('checkbox', { name: 'consul' }).press('Space');
  await expect.poll(has('.service.demo.consul. ')).toBe(false);
  await page.getByRole('button', { name: 'Remove consul' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Done' })).toBeFocused();
  expect(await stack(page)).toEqual(['default', 'short-names']);
  await page.getByRole('button', { name: 'Undo' }).last().press('Enter');
  expect(await stack(page)).toEqual(['consul', 'default', 'short-names']);
});

test('a policy without zones says how it gets one', async ({ playground, page }) => {
  await playground.open();
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await page.getByRole('button', { name: 'Use short-names alone', exact: true }).click();
  await page.getByRole('button', { name: 'Put default before it' }).click();
  expect(await stack(page)).toEqual(['default', 'short-names']);
});

test('the form of the settings and their JSON are one thing', async ({ playground, page }) => {
  await playground.open();
  await page.getByRole('button', { name: 'Settings of default' }).click();
  const card = page.locator('[data-policy=default]');
  await card
    .getByRole('group', { name: 'ttl' })
    .getByRole('spinbutton', { name: 'address', exact: true })
    .fill('7');
  await expect.poll(() => playground.names()).toContain('web.shop.svc.demo. 7 IN A 10.22.0.5');
  await card.getByRole('button', { name: 'As JSON' }).click();
  const json = page.getByRole('textbox', { name: 'Settings of default, as JSON' });
  await expect(json).toContainText('"address": 7');
  await json.press('ControlOrMeta+a');
  await page.keyboard.insertText('{ "ttl": { "adress": 8 } }');
  await expect(card.getByRole('alert')).toContainText('adress');
  await json.press('ControlOrMeta+a');
  await page.keyboard.insertText('{ "ttl": { "address": 8 } }');
  await expect(card.getByRole('alert')).toHaveCount(0);
  await expect.poll(() => playground.names()).toContain('web.shop.svc.demo. 8 IN A 10.22.0.5');
  await card.getByRole('button', { name: 'Back to defaults' }).click();
  await expect.poll(() => playground.names()).toContain('web.shop.svc.demo. 60 IN A 10.22.0.5');
});

test('entries of a map are added and taken away', async ({ playground, page }) => {
  await playground.open();
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await page.getByRole('button', { name: 'Add nearest' }).click();
  await page.getByRole('button', { name: 'Settings of nearest' }).click();
  await page.getByRole('textbox', { name: 'One more of networks' }).fill('192.0.2.0/24');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'networks: 192.0.2.0/24' }).fill('n1\nn2');
  await page.locator('[data-policy=nearest]').getByRole('button', { name: 'As JSON' }).click();
  await expect(page.getByRole('textbox', { name: 'Settings of nearest, as JSON' })).toContainText(
    /"networks": \{\s*"192.0.2.0\/24": \[\s*"n1",\s*"n2"\s*\]/,
  );
});

test('a component that is dropped is run, and a newer one takes its place and its settings', async ({
  playground,
  page,
}) => {
  await playground.open();
  const released = readFileSync(`${root}tests/golden/since_v1.0/every-word.wasm`);
  await drop(page, [{ name: 'every-word.wasm', bytes: released }]);
  await expect.poll(() => stack(page)).toEqual(['default', 'every-word']);
  await playground.done();
  const file = page.getByTestId('component-file');
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await file.setInputFiles(guest('every_word'));
  await expect(notices(page).getByText('its settings stay')).toBeVisible();
  expect(await stack(page)).toEqual(['default', 'every-word']);
  await playground.done();
});

test('what cannot be a policy is refused with stage and reason, and changes nothing', async ({
  playground,
  page,
}) => {
  await playground.open();
  const before = await playground.names();
  await page.getByRole('button', { name: 'Add a policy' }).click();
  const file = page.getByTestId('component-file');
  for (const name of ['no-wasm', 'traps_in_describe', 'wants_a_clock', 'spins_in_describe']) {
    await file.setInputFiles(guest(name));
    await expect(page.locator('.in-notice.in-bad').last()).toContainText(`${name}.wasm is refused at`, {
      timeout: 30_000,
    });
  }
  expect(await stack(page)).toEqual(['default']);
  expect(await playground.names()).toEqual(before);
});

test('a cluster and settings can be dropped, and something else is not taken', async ({
  playground,
  page,
}) => {
  await playground.open();
  const document = readFileSync(`${root}tests/fixtures/om3/64-flex-start.json`);
  await drop(page, [{ name: 'status.json', bytes: document }]);
  await expect(page.getByText('the status of an OpenSVC agent, generation 3')).toBeVisible();
  // It came as one line.
  await expect(page.locator('.in-document .cm-line').nth(1)).toHaveText(/^ {2}"cluster": \{$/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('a cluster document', { exact: true })).toBeVisible();
  await drop(page, [{ name: 'status.json', bytes: document }]);
  await expect(page.getByText('the status of an OpenSVC agent, generation 3')).toBeVisible();
  // The schema of our own document has nothing to say of it.
  await expect(page.locator('.cm-lintRange')).toHaveCount(0);
  await drop(page, [{ name: 'default.settings.json', bytes: Buffer.from('{ "ttl": { "address": 9 } }') }]);
  await expect.poll(async () => (await playground.names()).some(line => / 9 IN A /.test(line))).toBe(true);
  await drop(page, [{ name: 'notes.txt', bytes: Buffer.from('notes') }]);
  await expect(notices(page).getByText('notes.txt is neither')).toBeVisible();
});

test('every example can be opened, and none of its policies is refused', async ({ playground, page }) => {
  test.setTimeout(180_000);
  await playground.open();
  const open = () => page.getByRole('button', { name: 'Examples' }).click();
  await open();
  const titles = await page.locator('.in-examples button').allTextContents();
  await page.keyboard.press('Escape');
  expect(titles.length).toBeGreaterThan(15);
  for (const title of titles.filter(one => !one.startsWith('10,000'))) {
    await open();
    await page.getByRole('dialog').getByRole('button', { name: title, exact: true }).click();
    await expect(notices(page).getByText(`The example is ${title}.`)).toBeVisible({ timeout: 30_000 });
    await playground.done();
    await expect(page.locator('.in-policy').getByRole('alert'), title).toHaveCount(0);
  }
});
