// A folder that `zonesmith policy test` and `zonesmith serve --config` take, as files by path; and back.
//
//     cluster.json          the document
//     zonesmith.toml        [[policy]] in order, each with its file and its settings
//     NAME.wasm             a component
//     NAME.settings.json    its settings
//     expected.zone         what is published of it
//
// Read is more than is written: also the folder of a policy's sources, with `settings.json` and, once it was built, its
// component; and the configuration of a daemon whose components lie beside it.

import { extension, folderOf, join, stem } from './path';

/** Files by path, with `/` between folders. */
export type Files = Map<string, Uint8Array<ArrayBuffer>>;

export interface Exported {
  document: string;
  policies: { name: string; settings: string; component: Uint8Array<ArrayBuffer> }[];
  expected: string;
}

/** What a folder holds. What it does not hold stays as it is. */
export interface Imported {
  document: string | null;
  policies: ImportedPolicy[] | null;
}

export interface ImportedPolicy {
  name: string;
  settings: string;
  /** None: the policy of that name which the page ships. */
  component: Uint8Array<ArrayBuffer> | null;
}

/** A folder that cannot be read: the message is a sentence for people. */
export class FolderError extends Error {}

const CLUSTER = 'cluster.json';
const CONFIGURATION = 'zonesmith.toml';
const EXPECTED = 'expected.zone';
const SETTINGS = 'settings.json';

/** What the daemon calls the policy in its binary. */
const EMBEDDED = 'default';

const NO_SETTINGS = '{}';

/** The name of the folder. */
export const FOLDER = 'playground';

export function writeFolder({ document, policies, expected }: Exported): Files {
  const files: Files = new Map();
  const write = (path: string, content: string) => files.set(path, new TextEncoder().encode(content));
  write('README.md', README);
  write(CLUSTER, document);
  write(EXPECTED, expected);
  let configuration = '';
  for (const { name, settings, component } of policies) {
    const base = free(fileName(name), files);
    files.set(`${base}.wasm`, component);
    write(`${base}.settings.json`, settings);
    // A string of JSON is one of TOML.
    configuration += `[[policy]]\nfile = ${JSON.stringify(`${base}.wasm`)}\n`;
    configuration += `settings = ${JSON.stringify(`${base}.settings.json`)}\n\n`;
  }
  write(CONFIGURATION, configuration.trimEnd().concat('\n'));
  return files;
}

const README = `# From the playground of Zonesmith

| file | |
|---|---|
| \`cluster.json\` | a cluster and its services |
| \`zonesmith.toml\` | the policies, in order; the first that has an RRset has it whole |
| \`*.wasm\`, \`*.settings.json\` | each policy, and its settings |
| \`expected.zone\` | the zones that are published |

\`\`\`sh
zonesmith policy test .
zonesmith serve --config zonesmith.toml cluster.json
\`\`\`
`;

/** A policy's name is its own words: of a file's name only plain letters are left. */
function fileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  return plain === '' ? 'policy' : plain;
}

/** The same component may stand twice, with other settings. */
function free(base: string, files: Files): string {
  let name = base;
  for (let number = 2; files.has(`${name}.wasm`); number += 1) name = `${base}-${number}`;
  return name;
}

/** @throws {FolderError} with a sentence that says what cannot be read. */
export async function readFolder(everything: Files): Promise<Imported> {
  const folder = topOf([...everything.keys()]);
  const files = new Map([...everything].flatMap(([path, bytes]) => within(folder, path, bytes)));
  const cluster = files.get(CLUSTER);
  const imported = {
    document: cluster === undefined ? null : text(CLUSTER, cluster),
    policies: (await listed(files)) ?? (await ofSources(files)) ?? components(files),
  };
  if (imported.document === null && imported.policies === null) {
    throw new FolderError(`There is neither ${CLUSTER} nor ${CONFIGURATION} nor a component in it.`);
  }
  return imported;
}

/** The folder that is meant, where a folder holds it: the one that has the files nearest to the top. */
function topOf(paths: string[]): string {
  const known = paths.filter(path => /(^|\/)(cluster\.json|zonesmith\.toml|[^/]+\.wasm)$/.test(path));
  const visible = known.filter(path => !/(^|\/)(\.|__MACOSX\/|node_modules\/|target\/)/.test(path));
  const folders = visible.map(folderOf);
  return folders.sort((one, other) => depth(one) - depth(other) || (one < other ? -1 : 1))[0] ?? '';
}

function depth(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}

function within(
  folder: string,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): [string, Uint8Array<ArrayBuffer>][] {
  if (folder === '') return [[path, bytes]];
  return path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), bytes]] : [];
}

/** The policies of the configuration. */
async function listed(files: Files): Promise<ImportedPolicy[] | null> {
  const configuration = files.get(CONFIGURATION);
  if (configuration === undefined) return null;
  const { policy } = await toml(CONFIGURATION, configuration);
  if (policy === undefined) return null;
  if (!Array.isArray(policy)) throw new FolderError(`${CONFIGURATION}: \`policy\` is no list of tables.`);
  return policy.map(entry => {
    const { file, settings } =
      typeof entry === 'string' ? { file: entry, settings: undefined } : table(entry);
    if (typeof file !== 'string')
      throw new FolderError(`${CONFIGURATION}: a \`[[policy]]\` has no \`file\`.`);
    if (file === EMBEDDED)
      return { name: EMBEDDED, settings: settingsOf(files, settings, null), component: null };
    const path = join(file);
    const component = path === null ? undefined : files.get(path);
    if (path === null || component === undefined) {
      throw new FolderError(`${CONFIGURATION} lists ${file}, which is not in the folder.`);
    }
    const beside = path.replace(/\.[^./]*$/, '').concat('.settings.json');
    return { name: stem(path), settings: settingsOf(files, settings, beside), component };
  });
}

/** As the daemon has it: a table, a file that must be there, or one beside the component that need not. */
function settingsOf(files: Files, settings: unknown, beside: string | null): string {
  if (settings === undefined) {
    const bytes = beside === null ? undefined : files.get(beside);
    return bytes === undefined || beside === null ? NO_SETTINGS : text(beside, bytes);
  }
  if (typeof settings !== 'string') return JSON.stringify(settings, null, 2);
  const path = join(settings);
  const bytes = path === null ? undefined : files.get(path);
  if (path === null || bytes === undefined) {
    throw new FolderError(`${CONFIGURATION} names the settings ${settings}, which are not in the folder.`);
  }
  return text(path, bytes);
}

/** The policy whose sources the folder has: its component where it was built, else the one of that name on the page. */
async function ofSources(files: Files): Promise<ImportedPolicy[] | null> {
  const name = await nameInManifest(files);
  if (name === null) return null;
  const component = files.get(`${name}.wasm`) ?? null;
  const settings = files.get(SETTINGS);
  return [{ name, component, settings: settings === undefined ? NO_SETTINGS : text(SETTINGS, settings) }];
}

async function nameInManifest(files: Files): Promise<string | null> {
  for (const [manifest, section] of [
    ['Cargo.toml', 'package'],
    ['package.json', null],
    ['pyproject.toml', 'project'],
  ] as const) {
    const bytes = files.get(manifest);
    if (bytes === undefined) continue;
    const whole = section === null ? json(manifest, bytes) : await toml(manifest, bytes);
    const { name } = table(section === null ? whole : table(whole)[section]);
    if (typeof name === 'string') return name;
  }
  return null;
}

/** All components, when nothing says more of them. */
function components(files: Files): ImportedPolicy[] | null {
  const paths = [...files.keys()].filter(path => extension(path) === 'wasm' && folderOf(path) === '').sort();
  const policies = paths.flatMap(path => {
    const component = files.get(path);
    if (component === undefined) return [];
    const beside =
      files.get(`${stem(path)}.settings.json`) ?? (paths.length === 1 ? files.get(SETTINGS) : undefined);
    const settings = beside === undefined ? NO_SETTINGS : text(`the settings of ${path}`, beside);
    return [{ name: stem(path), settings, component }];
  });
  return policies.length === 0 ? null : policies;
}

function text(path: string, bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FolderError(`${path} is no text in UTF-8.`);
  }
}

function json(path: string, bytes: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(text(path, bytes));
  } catch (error) {
    throw new FolderError(`${path} is no JSON: ${(error as Error).message}`);
  }
}

async function toml(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Record<string, unknown>> {
  const { parse } = await import('smol-toml');
  try {
    return parse(text(path, bytes));
  } catch (error) {
    throw new FolderError(`${path} is no TOML: ${(error as Error).message.split('\n')[0]}`);
  }
}

function table(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
