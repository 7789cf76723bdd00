//! What the first view costs: octets and time.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from './playground';

/** Most that the first view may need, compressed as any web server does it. */
const FIRST_VIEW = 1_000_000;

/** What the first view should take from a cold cache, in milliseconds. Printed, and held only loosely: machines differ. */
const GOAL = 2_000;
const LONGEST = 10 * GOAL;

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

function compressed(path: string): number {
  return gzipSync(readFileSync(dist + path), { level: 9 }).length;
}

// What is kept for later is not what is measured.
test.use({ serviceWorkers: 'block' });

test('the first view is light', async ({ playground, page, baseURL }) => {
  const asked = new Set<string>();
  page.context().on('request', request => {
    const url = new URL(request.url());
    if (baseURL !== undefined && request.url().startsWith(baseURL))
      asked.add(url.pathname.slice(1) || 'index.html');
  });
  await playground.open();
  const first = [...asked].filter(path => statSync(dist + path, { throwIfNoEntry: false })?.isFile());
  const sizes = first.map(path => ({ path, size: compressed(path) })).sort((a, b) => b.size - a.size);
  const sum = sizes.reduce((all, { size }) => all + size, 0);
  for (const { path, size } of sizes) console.log(`${String(size).padStart(9)}  ${path}`);
  console.log(`${String(sum).padStart(9)}  octets, compressed, of ${FIRST_VIEW} for the first view`);
  expect(sum).toBeLessThanOrEqual(FIRST_VIEW);
});

test('the first view is quick', async ({ browser, baseURL }) => {
  const times: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const since = Date.now();
    await page.goto(baseURL ?? '');
    await expect(page.getByTestId('state')).toHaveAttribute('data-state', 'done', { timeout: 30_000 });
    times.push(Date.now() - since);
    await context.close();
  }
  times.sort((a, b) => a - b);
  console.log(`first names after ${times.join(', ')} ms, from a cold cache; the goal is ${GOAL}`);
  expect(times[1]).toBeLessThan(LONGEST);
});

test('nothing on the page names another host', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(file =>
    /\.(html|css)$/.test(file),
  );
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    expect(
      readFileSync(dist + file, 'utf8').match(/(src|href|url\()\s*=?\s*["']?(https?:)?\/\/[^"')\s]+/g) ?? [],
      file,
    ).toEqual([]);
  }
});
