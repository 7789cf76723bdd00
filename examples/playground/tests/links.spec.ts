//! What a link is made of, without a browser. Whole pages from links: `sharing.spec.ts`.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { deflate, inflate, toBase64 } from '../src/share/compress';
import { isLink, LONGEST_LINK, readLink, type Shared, writeLink } from '../src/share/link';

const shared: Shared = {
  document: '{ "cluster": { "name": "grün" } }',
  policies: [
    { name: 'site', digest: 'ab', settings: '{ "ttl": 5 }', isEnabled: true },
    { name: 'default', digest: 'cd', settings: '{}', isEnabled: false },
  ],
  components: [
    { name: 'site', digest: 'ab', bytes: Uint8Array.from({ length: 100_000 }, (_, at) => at % 251) },
  ],
  view: 'zones',
};

test('a link says again what it was made of, in letters that no chat changes', async () => {
  const link = await writeLink(shared);
  expect(link).toMatch(/^#v1\.[A-Za-z0-9_-]+$/);
  expect(isLink(link)).toBe(true);
  expect(await readLink(link)).toEqual(shared);
});

test('links of every version that was released can be read for ever', async () => {
  const folder = new URL('links/', import.meta.url);
  const files = readdirSync(folder).filter(file => file.endsWith('.link'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), 'utf8').trim();
    const expected = JSON.parse(readFileSync(new URL(file.replace('.link', '.json'), folder), 'utf8'));
    const { components, ...rest } = await readLink(text);
    const sizes = components.map(({ name, bytes }) => ({ name, bytes: bytes.length }));
    expect({ ...rest, components: sizes }, file).toEqual(expected);
  }
});

test('a link that cannot be read says why', async () => {
  const good = await writeLink(shared);
  const of = async (json: unknown) => `#v1.${toBase64(await deflate(JSON.stringify(json)))}`;
  const large = await of({ document: ' '.repeat(33_000_000), policies: [] });
  expect(large.length).toBeLessThan(LONGEST_LINK);
  for (const [link, sentence] of [
    [good.slice(0, good.length / 2), 'damaged'],
    [`${good.slice(0, 40)}*${good.slice(41)}`, 'damaged'],
    ['#v1.', 'damaged'],
    ['#v2.AAAA', 'version 2'],
    [`#v1.${'A'.repeat(LONGEST_LINK + 1)}`, 'longer than'],
    // Thirty megabytes of spaces are thirty kilobytes of a link.
    [large, 'damaged'],
    [await of([]), 'no object'],
    [await of({ policies: [] }), 'document'],
    [await of({ document: '', policies: {} }), 'policies'],
    [await of({ document: '', policies: [{ name: 'a' }] }), 'policies'],
    [
      await of({ document: '', policies: [], components: [{ name: 'a', digest: 'b', bytes: '*' }] }),
      'components',
    ],
  ] as const) {
    await expect(readLink(link), link.slice(0, 60)).rejects.toThrow(sentence);
  }
});

test('a compressed text may not become longer than it is allowed to', async () => {
  const bytes = new Uint8Array(await deflate('a'.repeat(1_000_000)));
  expect(await inflate(bytes, 1_000_000)).toHaveLength(1_000_000);
  await expect(inflate(bytes, 999_999)).rejects.toThrow('999999 bytes');
});
