//! Components that somebody drops: good, broken, foreign, and those that do not end.

import { readFileSync, writeFileSync } from 'node:fs';
import { artefacts, root } from './artefacts';
import { guest } from './guests';
import { expect, test } from './playground';

/** A cluster of three services, of which the settings of `faulty` pick one. */
const CLUSTER = JSON.stringify(
  {
    cluster: { name: 'c1', dns: ['10.0.0.1'] },
    services: Object.fromEntries(
      ['a', 'b', 'c'].map((name, at) => [
        `shop/svc/${name}`,
        {
          instances: {
            n1: { resources: { 'ip#0': { status: 'up', info: { ipaddr: `10.0.0.${at + 10}` } } } },
          },
        },
      ]),
    ),
  },
  null,
  2,
);

const REFUSED: [string, string, RegExp][] = [
  ['spins_in_describe', 'describe', /describe ran longer than the 2000 ms it has/],
  ['traps_in_describe', 'describe', /describe panicked/],
  ['wants_a_clock', 'link', /imports example:time\/clock@1\.2\.3, which no policy is given here/],
];

for (const [name, stage, reason] of REFUSED) {
  test(`${name} is refused at ${stage}, and changes nothing`, async ({ playground }) => {
    await playground.open();
    const before = await playground.names();
    await playground.drop(guest(name));
    await expect(playground.notices()).toContainText(`${name}.wasm is refused at ${stage}`);
    await expect(playground.notices()).toContainText(reason);
    await playground.done();
    expect(await playground.names()).toEqual(before);
    await expect(playground.policy('default')).toBeVisible();
  });
}

test('files that are no policy are refused, each with what it is', async ({ playground }) => {
  await playground.open();
  const whole = readFileSync(guest('faulty'));
  const files: [string, Uint8Array | string, RegExp][] = [
    ['text', '(module)', /is WebAssembly text/],
    ['empty', '', /is empty/],
    ['other', 'nothing of the kind', /is no WebAssembly component/],
    ['core', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), /is a core module, not a component/],
    ['cut', whole.subarray(0, whole.length / 2), /cannot be compiled, it is damaged or cut off/],
  ];
  for (const [name, content, reason] of files) {
    const path = `${artefacts}/guests/${name}.wasm`;
    writeFileSync(path, content);
    await playground.drop(path);
    await expect(playground.notices().locator('li').last()).toContainText(reason);
  }
});

test('a component of a contract before the released one is refused with what to do', async ({
  playground,
}) => {
  await playground.open();
  await playground.drop(`${root}tests/golden/since_v0.1/short-names.wasm`);
  await expect(playground.notices()).toContainText('speaks zonesmith:policy@0.1');
  await expect(playground.notices()).toContainText('rebuild it');
});

test('components of every released contract are run, as they were built then', async ({ playground }) => {
  await playground.open();
  for (const [file, name] of [
    ['since_v1.0/every-word.wasm', 'every-word'],
    ['since_v1.1/chooses.wasm', 'chooses'],
  ] as const) {
    await playground.drop(`${root}tests/golden/${file}`);
    await expect(playground.policy(name)).toBeVisible();
    await playground.done();
    await expect(playground.policy(name).getByRole('alert')).toHaveCount(0);
  }
});

test.describe('a policy with the fault that its settings say', () => {
  /** Puts `faulty` alone on the page, with these settings. */
  const SETTINGS = (fault: string, service = 'shop/svc/b') => JSON.stringify({ fault, service });

  for (const [fault, sentence] of [
    ['trap-in-synthesize', /`?synthesize`? panicked/],
    ['spin-in-synthesize', /`?synthesize`? ran longer than the 2000 ms it has/],
    ['eat-memory', /`?synthesize`? wanted more than the 64 MiB of memory it has/],
    ['recurse', /`?synthesize`? reached out of its memory, as endless recursion does/],
    ['error-in-synthesize', /this service is not to my taste/],
  ] as const) {
    test(`${fault} costs its own service, and is a problem with its reason`, async ({ playground, page }) => {
      await playground.open();
      await playground.write(CLUSTER);
      await playground.drop(guest('faulty'));
      await expect(playground.policy('faulty')).toBeVisible();
      await page.getByRole('button', { name: 'Use faulty alone' }).click();
      await expect.poll(() => playground.names()).toContainEqual(expect.stringMatching(/^a\.\S*c1\./));
      const owners = async () =>
        (await playground.names()).filter(line => /^[abc]\.\S*c1\.\s/.test(line)).length;
      const all = await owners();
      await page.getByRole('button', { name: 'Settings of faulty' }).click();
      const settings = playground
        .policy('faulty')
        .getByRole('textbox', { name: /settings/i })
        .first();
      await settings.click();
      await settings.press('ControlOrMeta+a');
      await page.keyboard.insertText(SETTINGS(fault));
      const tab = page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: /Problems/ });
      await tab.click();
      await expect(page.getByText(sentence).first()).toBeVisible();
      await expect.poll(owners).toBeLessThan(all);
      const names = await playground.names();
      expect(names).toContainEqual(expect.stringMatching(/^a\.\S*c1\.\s/));
      expect(names).toContainEqual(expect.stringMatching(/^c\.\S*c1\.\s/));
    });
  }

  test('one that refuses its settings is refused at configure, with its own word', async ({
    playground,
    page,
  }) => {
    await playground.open();
    await playground.drop(guest('faulty'));
    await page.getByRole('button', { name: 'Settings of faulty' }).click();
    const settings = playground
      .policy('faulty')
      .getByRole('textbox', { name: /settings/i })
      .first();
    await settings.click();
    await settings.press('ControlOrMeta+a');
    await page.keyboard.insertText(SETTINGS('error-in-configure'));
    await expect(playground.policy('faulty').getByRole('alert')).toContainText(
      'the settings are not to my taste',
    );
    await expect
      .poll(() => playground.names())
      .toContainEqual(expect.stringMatching(/^web\.shop\.svc\.demo\./));
  });

  test('a call of something of WASI is named', async ({ playground, page }) => {
    await playground.open();
    await playground.write(CLUSTER.replace('shop/svc/b', 'shop/svc/clocked'));
    await playground.drop(guest('wants_wasi'));
    await expect(playground.policy('wants-wasi')).toBeVisible();
    await page.getByRole('button', { name: 'Use wants-wasi alone' }).click();
    await page
      .getByRole('tablist', { name: 'Views' })
      .getByRole('tab', { name: /Problems/ })
      .click();
    await expect(page.getByText(/unknown import: `?wasi:clocks\/monotonic-clock/).first()).toBeVisible();
  });
});
