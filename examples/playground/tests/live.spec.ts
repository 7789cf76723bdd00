//! A running daemon's state, as `zonesmith playground` hands it out: a real daemon, and the real command.

import { type ChildProcess, execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root, zonesmith } from './artefacts';
import { guest } from './guests';
import { expect, Playground, test } from './playground';
import { end, start } from './program';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** What `zonesmith playground` prints first: where the page is. */
function address(command: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    command.stdout?.on('data', part => {
      said += part;
      const found = /^(http:\S+)\n/m.exec(said);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    command.once('exit', () => reject(new Error(`it ended, and said: ${said}`)));
  });
}

test('the daemon’s cluster and policies are on the page, with their settings', async ({
  playground,
  page,
}) => {
  const directory = mkdtempSync(join(tmpdir(), 'zonesmith-live-'));
  const file = (name: string) => join(directory, name);
  copyFileSync(`${root}examples/policies/short-names/cluster.json`, file('cluster.json'));
  copyFileSync(guest('faulty'), file('faulty.wasm'));
  writeFileSync(file('faulty.settings.json'), '{ "extra": "also" }');
  writeFileSync(file('zonesmith.toml'), '');
  mkdirSync(file('state'));
  const reach = [
    '--config',
    file('zonesmith.toml'),
    '--socket',
    file('pdns.sock'),
    '--admin',
    file('admin.sock'),
  ];
  const policy = ['--policy', file('faulty.wasm'), '--state-dir', file('state')];
  const daemon = start(['serve', file('cluster.json'), ...policy, ...reach]);
  await expect
    .poll(() => promisify(execFile)(zonesmith, ['status', ...reach]).then(() => 'serves', String), {
      timeout: 60_000,
    })
    .toBe('serves');
  const command = start(['playground', '--page', dist, '--no-open', ...reach], ['ignore', 'pipe', 'ignore']);
  await page.goto(await address(command));
  await playground.done();
  await expect(playground.policy('faulty')).toBeVisible();
  await expect.poll(() => playground.names()).toContainEqual(expect.stringMatching(/^also\./));
  await expect(page.getByText("A running daemon's state")).toBeVisible();
  await end(command);
  await end(daemon);
  rmSync(directory, { recursive: true });
});

test('a daemon that does not answer is said, and the page is there', async ({ page }) => {
  // Not by its fixture: the browser says on its console, too, what cannot be read.
  const playground = new Playground(page);
  await playground.open('#live');
  await expect(playground.notices()).toContainText("The daemon's state cannot be read");
});
