//! What is exported and imported, without a browser.

import { expect, test } from '@playwright/test';
import { pack, unpack } from '../src/share/archive';
import { type Files, readFolder, writeFolder } from '../src/share/folder';

const component = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 2, 3]);

function folder(files: Record<string, string | Uint8Array<ArrayBuffer>>): Files {
  const bytes = (content: string | Uint8Array<ArrayBuffer>) =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return new Map(Object.entries(files).map(([path, content]) => [path, bytes(content)]));
}

test('what is exported is imported again, in order, through an archive too', async () => {
  const exported = {
    document: '{ "cluster": {} }\n',
    expected: 'a. 60 IN A 10.0.0.1\n',
    policies: [
      { name: 'site', settings: '{ "a": "ü" }', component },
      { name: 'site', settings: '{}', component },
      { name: '../"od\nd', settings: '{}', component },
    ],
  };
  const files = writeFolder(exported);
  expect([...files.keys()].sort()).toEqual([
    'README.md',
    'cluster.json',
    'expected.zone',
    'od-d.settings.json',
    'od-d.wasm',
    'site-2.settings.json',
    'site-2.wasm',
    'site.settings.json',
    'site.wasm',
    'zonesmith.toml',
  ]);
  const imported = await readFolder(unpack(pack(files), 1_000_000));
  expect(imported).toEqual({
    document: exported.document,
    policies: [
      { name: 'site', settings: '{ "a": "ü" }', component },
      { name: 'site-2', settings: '{}', component },
      { name: 'od-d', settings: '{}', component },
    ],
  });
});

test('the configuration of a daemon is read as the daemon reads it', async () => {
  const imported = await readFolder(
    folder({
      'etc/zonesmith.toml': `
[log]
level = "info"
[[policy]]
file = "./parts/site.wasm"
[[policy]]
file = "other.wasm"
settings = { networks = { "10.0.0.0/8" = ["n1"] }, ttl = 5 }
[[policy]]
file = "default"
settings = "mine.json"
`,
      'etc/parts/site.wasm': component,
      'etc/parts/site.settings.json': '{ "a": 1 }',
      'etc/other.wasm': component,
      'etc/mine.json': '{ "b": 2 }',
    }),
  );
  expect(imported.document).toBeNull();
  expect(imported.policies?.map(({ name, settings }) => [name, JSON.parse(settings)])).toEqual([
    ['site', { a: 1 }],
    ['other', { networks: { '10.0.0.0/8': ['n1'] }, ttl: 5 }],
    ['default', { b: 2 }],
  ]);
  expect(imported.policies?.[2]?.component).toBeNull();
});

test('the folder of a policy is read in each language', async () => {
  for (const [manifest, text] of [
    ['Cargo.toml', '[package]\nname = "site"\n'],
    ['package.json', '{ "name": "site" }'],
    ['pyproject.toml', '[project]\nname = "site"\n'],
  ] as const) {
    const sources = {
      [`site/${manifest}`]: text,
      'site/cluster.json': '{}',
      'site/settings.json': '{ "a": 1 }',
    };
    const built = await readFolder(
      folder({ ...sources, 'site/site.wasm': component, 'site/target/x.wasm': component }),
    );
    expect(built.policies, manifest).toEqual([{ name: 'site', settings: '{ "a": 1 }', component }]);
    const unbuilt = await readFolder(folder(sources));
    expect(unbuilt.policies?.[0]?.component, manifest).toBeNull();
  }
});

test('a folder that cannot be used says what is missing', async () => {
  const toml = (policy: string) => folder({ 'zonesmith.toml': policy, 'a.wasm': component });
  for (const [files, sentence] of [
    [folder({ 'notes.txt': '' }), 'neither cluster.json nor zonesmith.toml nor a component'],
    [toml('[[policy]]\nfile = "b.wasm"\n'), 'lists b.wasm'],
    [toml('[[policy]]\nfile = "../a.wasm"\n'), 'lists ../a.wasm'],
    [toml('[[policy]]\nfile = "/etc/a.wasm"\n'), 'lists /etc/a.wasm'],
    [toml('[[policy]]\nfile = "a.wasm"\nsettings = "b.json"\n'), 'the settings b.json'],
    [toml('[[policy]]\n'), 'no `file`'],
    [toml('policy = 1\n'), 'no list of tables'],
    [toml('[[policy]\n'), 'zonesmith.toml is no TOML'],
    [folder({ 'cluster.json': Uint8Array.from([0xff]) }), 'no text in UTF-8'],
  ] as const) {
    await expect(readFolder(files), sentence).rejects.toThrow(sentence);
  }
});

test('an archive that is none, or that is far larger than it looks, is refused', () => {
  expect(() => unpack(component, 1_000)).toThrow('cannot be read');
  const large = pack(folder({ 'cluster.json': ' '.repeat(100_000) }));
  expect(large.length).toBeLessThan(2_000);
  expect(() => unpack(large, 99_999)).toThrow('more than');
});
