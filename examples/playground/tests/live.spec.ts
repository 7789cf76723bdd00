//! A running daemon's state, as `zonesmith playground` hands it out: a real daemon, and the real commands.

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { root } from './artefacts';
import { Daemon } from './daemon';
import { type Difference, printed, shown } from './difference';
import { guest } from './guests';
import { expect, Playground, test } from './playground';

const demo = readFileSync(`${root}examples/demo/cluster.json`, 'utf8');

/** A policy that comes with the page, as the file that it is. */
function shipped(name: string): string {
  return `${root}examples/playground/src/engine/made/policies/${name}/${name}.wasm`;
}

/** Runs a test beside a daemon with two policies, of which one has settings. */
async function beside(run: (daemon: Daemon) => Promise<void>): Promise<void> {
  const files = {
    'cluster.json': demo,
    'faulty.wasm': readFileSync(guest('faulty')),
    'faulty.settings.json': '{ "extra": "also" }',
  };
  const daemon = await Daemon.start(files, ['default', 'faulty.wasm']);
  try {
    await run(daemon);
  } finally {
    await daemon.end();
  }
}

async function open(daemon: Daemon, page: Page, playground: Playground): Promise<void> {
  await page.goto(await daemon.page());
  await playground.done();
  await page.getByRole('tab', { name: 'Differences' }).click();
}

/** The difference that the page shows is the one that the command printed. */
async function expectShown(page: Page, said: Difference): Promise<void> {
  const bare = (difference: Difference | null) =>
    difference && { ...difference, lines: difference.lines.map(([line]) => line) };
  await expect.poll(async () => bare(await shown(page))).toEqual(bare(said));
  // Of several whose word a record is, the page names one.
  const makers = (await shown(page))?.lines.map(([, [maker]]) => maker) ?? [];
  for (const [at, [line, all]] of said.lines.entries()) expect(all, line).toContain(makers[at]);
}

test('the daemon’s cluster and policies are on the page, with their settings', async ({
  playground,
  page,
}) => {
  await beside(async daemon => {
    await open(daemon, page, playground);
    await expect(playground.policy('faulty')).toBeVisible();
    await expect.poll(() => playground.names()).toContainEqual(expect.stringMatching(/^also\./));
    await expect(page.getByText("A running daemon's state")).toBeVisible();
    await expect(page.getByLabel('The names now, against')).toContainText(
      'before: what the daemon serves, read at ',
    );
  });
});

/** Other bytes, which do the same: a component ends with sections of which nobody reads those that are custom. */
function rebuilt(component: Uint8Array): Uint8Array {
  return Buffer.concat([component, Uint8Array.of(0, 2, 1, 0x78)]);
}

/** What each is tried with, and where the page says that it stands. */
const CANDIDATES = [
  {
    name: 'default.wasm',
    bytes: () => readFileSync(shipped('default')),
    settings: '{ "ttl": { "address": 120 }, "rules": { "node": false }, "soa": { "refresh": 3600 } }',
    stands: 'in the place of default, with the settings there.',
  },
  {
    name: 'newer.wasm',
    bytes: () => rebuilt(readFileSync(guest('faulty'))),
    settings: '{ "extra": "other", "ttl": 30 }',
    stands: 'in the place of faulty, with the settings there.',
  },
  {
    name: 'consul.wasm',
    bytes: () => readFileSync(shipped('consul')),
    settings: '{}',
    stands: 'behind the other policies, without settings.',
  },
  {
    name: 'short-names.wasm',
    bytes: () => readFileSync(shipped('short-names')),
    settings: '{ "namespace": "shop" }',
    stands: 'behind the other policies, without settings.',
  },
];

test('a candidate makes the difference that `policy diff` tells', async ({ playground, page }) => {
  await beside(async daemon => {
    await open(daemon, page, playground);
    const against = page.getByLabel('The names now, against');
    await against.selectOption({ label: 'other policies, on the same document' });
    for (const { name, bytes, settings, stands } of CANDIDATES) {
      const file = daemon.write(name, bytes());
      const beside = daemon.write('settings.json', settings);
      const said = await daemon.ask('policy', 'diff', file, '--settings', beside, '--format', 'json');
      expect(said.code, said.said).toBe(3);
      await page.getByTestId('candidate-file').setInputFiles(file);
      await expect(page.getByText(`${name} is tried ${stands}`)).toBeVisible();
      const field = page.getByLabel('Its settings, as JSON');
      await field.fill(settings);
      await field.press('Enter');
      await expectShown(page, printed(said.said));
    }
    // In the page's own stack it differs as much from what the daemon serves.
    await playground.drop(daemon.file('short-names.wasm'));
    await expect(playground.policy('short-names')).toBeVisible();
    await playground.drop(daemon.write('short-names.settings.json', '{ "namespace": "shop" }'));
    await against.selectOption({ index: 0 });
    const said = await daemon.ask('policy', 'diff', daemon.file('short-names.wasm'), '--format', 'json');
    await expectShown(page, printed(said.said));
  });
});

test('a candidate without settings has those of the policy whose place it takes', async ({
  playground,
  page,
}) => {
  await beside(async daemon => {
    const file = daemon.write('newer.wasm', rebuilt(readFileSync(guest('faulty'))));
    const said = await daemon.ask('policy', 'diff', file, '--format', 'json');
    expect(said.code, said.said).toBe(0);
    await open(daemon, page, playground);
    await page
      .getByLabel('The names now, against')
      .selectOption({ label: 'other policies, on the same document' });
    await page.getByTestId('candidate-file').setInputFiles(file);
    await expect(page.getByLabel('Its settings, as JSON')).toHaveValue(/"extra": "also"/);
    await expectShown(page, printed(said.said));
  });
});

test('the daemon is read again, under the policies of the page', async ({ playground, page }) => {
  await beside(async daemon => {
    await open(daemon, page, playground);
    await playground.drop(daemon.write('short-names.wasm', readFileSync(shipped('short-names'))));
    await expect(playground.policy('short-names')).toBeVisible();
    await playground.drop(daemon.write('short-names.settings.json', '{ "namespace": "shop" }'));
    daemon.write('cluster.json', demo.replace('10.22.1.9', '10.22.1.77'));
    const answer = async () => (await daemon.ask('lookup', 'db.shop.svc.demo', 'A')).said;
    await expect.poll(answer).toContain('10.22.1.77');
    await page.getByRole('button', { name: 'Read the daemon again' }).click();
    await expect(playground.notices()).toContainText('The cluster is as the daemon has it now.');
    await expect
      .poll(() => playground.names())
      .toContainEqual(expect.stringMatching(/^db\.demo\. .*10\.22\.1\.77$/));
    // What changed in the cluster is no difference: the daemon serves it, and not the policy that the page has beside.
    const said = await daemon.ask('policy', 'diff', daemon.file('short-names.wasm'), '--format', 'json');
    await expectShown(page, printed(said.said));
  });
});

test('a daemon that does not answer is said, and the page is there', async ({ page }) => {
  // Not by its fixture: the browser says on its console, too, what cannot be read.
  const playground = new Playground(page);
  await playground.open('#live');
  await expect(playground.notices()).toContainText("The daemon's state cannot be read");
});
