//! What the page runs, out of cargo: the engine and the policies that come with the page, transpiled for browsers.
//!
//! Writes `src/engine/made`, anew each time: the glue that jco makes, the core modules, each component as the daemon would
//! load it, and a manifest, so that nobody else lists files. What a policy says of itself is asked here: a page that
//! lists policies need not load them.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { $init, generate } from '@bytecodealliance/jco-transpile/component';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const made = fileURLToPath(new URL('../src/engine/made/', import.meta.url));

/** The page's engine: a component of no contract of policies. */
const ENGINE = 'engine';

/** The order in which the page lists them. */
const SHIPPED = ['default', 'opensvc-v2', 'opensvc-v3', 'kubernetes', 'consul', 'nearest', 'short-names'];

/** With an interpreter inside: they come with the page where somebody built them, and are loaded when they are picked. */
const OPTIONAL = ['short-names-javascript', 'short-names-python'];

/**
 * @typedef {{ name: string, folder: string, file: string, bytes: Uint8Array, optional: boolean }} Component
 * @typedef {{ js: string, modules: Map<string, Uint8Array<ArrayBuffer>>, imports: string[], exports: string[] }} Transpiled
 */

// Node 20 knows what Python's modules need, and has it turned off; later ones and browsers have it on.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-extended-const');

await $init;
rmSync(made, { recursive: true, force: true });
const components = compile();
const engine = components.find(component => component.name === ENGINE);
if (engine === undefined) throw new Error('the engine of the page was not built');
await write(engine, true);
const policies = [];
for (const component of components) {
  if (component !== engine) policies.push(await ask(component, await write(component, false)));
}
writeManifest(policies);
console.log(`${policies.length} policies: ${policies.map(policy => policy.name).join(', ')}`);

/**
 * Has cargo compile the components, and finds those that were built before.
 *
 * @returns {Component[]}
 */
function compile() {
  const directory = mkdtempSync(join(tmpdir(), 'zonesmith-playground-'));
  try {
    const program = ['run', '--quiet', '--package', 'zonesmith-playground-components', '--', directory];
    execFileSync(process.env.CARGO ?? 'cargo', program, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const compiled = [ENGINE, ...SHIPPED].map(name => ({
      name,
      folder: name === ENGINE ? ENGINE : `policies/${name}`,
      file: name,
      bytes: readFileSync(join(directory, `${name}.wasm`)),
      optional: false,
    }));
    const found = OPTIONAL.map(name => ({
      name,
      path: join(root, 'examples/policies', name, `${name}.wasm`),
    }))
      .filter(({ path }) => existsSync(path))
      .map(({ name, path }) => ({
        name,
        folder: `optional/${name}`,
        // By this the service worker knows what it need not keep before it is used.
        file: `optional-${name}`,
        bytes: readFileSync(path),
        optional: true,
      }));
    return [...compiled, ...found];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Transpiles a component, and writes what comes of it.
 *
 * @param {Component} component
 * @param {boolean} withTypes
 * @returns {Promise<Transpiled>}
 */
async function write({ folder, file: name, bytes }, withTypes) {
  const { files, imports, exports } = generate(bytes, {
    name,
    instantiation: { tag: 'async' },
    noTypescript: !withTypes,
    noNodejsCompat: true,
    base64Cutoff: 0,
  });
  const modules = new Map();
  let js = '';
  for (const [file, content] of files) {
    const path = join(made, folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.endsWith('.js') ? withoutFetch(content) : content);
    if (file.endsWith('.wasm')) modules.set(file, new Uint8Array(content));
    if (file.endsWith('.js')) js = path;
  }
  if (!withTypes) {
    writeFileSync(join(made, folder, `${name}.wasm`), bytes);
    const types =
      "import type { Glue } from '../../manifest.js';\nexport const instantiate: Glue['instantiate'];\n";
    writeFileSync(join(made, folder, `${name}.d.ts`), types);
  }
  return { js, modules, imports, exports: exports.map(([exported]) => exported) };
}

/**
 * The glue without its own way to find modules: it is given them, and a bundler would take every file beside it along.
 *
 * @param {Uint8Array} glue
 */
function withoutFetch(glue) {
  return new TextDecoder()
    .decode(glue)
    .replace(/^"use components";\n/, '')
    .replace(/^\s*if \(!getCoreModule\) getCoreModule = .*$/m, '');
}

/**
 * Asks a policy what it is.
 *
 * @param {Component} component
 * @param {Transpiled} transpiled
 */
async function ask({ name, folder, file, bytes, optional }, { js, modules, imports, exports }) {
  const { instantiate } = await import(js);
  const refuse = new Proxy(
    {},
    {
      get: () => () => {
        throw new Error('a policy that describes itself calls nobody');
      },
    },
  );
  const instance = await instantiate(
    /** @param {string} file */
    file => WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (modules.get(file))),
    new Proxy({}, { get: () => refuse, has: () => true }),
  );
  return {
    name,
    folder,
    file,
    digest: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    optional,
    imports,
    exports,
    selects: exports.some(exported => exported.includes('selection')),
    description: instance.naming.describe(),
    modules: [...modules.keys()],
  };
}

/**
 * Writes the one file that names all others. Addresses are literal, so that the bundler finds the files.
 *
 * @param {Awaited<ReturnType<typeof ask>>[]} policies
 */
function writeManifest(policies) {
  /** @param {string} path */
  const address = path => `new URL(${JSON.stringify(`./${path}`)}, import.meta.url).href`;
  /** @param {string} folder @param {string[]} modules */
  const addresses = (folder, modules) =>
    `{ ${modules.map(file => `${JSON.stringify(file)}: ${address(`${folder}/${file}`)}`).join(', ')} }`;
  const entries = policies.map(({ folder, file, modules, ...said }) => {
    const glue = `() => import(${JSON.stringify(`./${folder}/${file}.js`)})`;
    return `  { ...${JSON.stringify(said)}, component: ${address(`${folder}/${file}.wasm`)}, modules: ${addresses(folder, modules)}, glue: ${glue} },`;
  });
  const coreModules = readdirSync(join(made, ENGINE)).filter(file => file.endsWith('.wasm'));
  const manifest = `export const engine = { modules: ${addresses(ENGINE, coreModules)}, glue: () => import('./${ENGINE}/${ENGINE}.js') };
export const shipped = [
${entries.join('\n')}
];
`;
  writeFileSync(join(made, 'manifest.js'), manifest);
  writeFileSync(
    join(made, 'manifest.d.ts'),
    `import type { Description } from '../protocol';
import type * as Engine from './${ENGINE}/${ENGINE}.js';

/** What jco writes of a component: how it is made to run. */
export interface Glue {
  instantiate(
    module: (file: string) => WebAssembly.Module | Promise<WebAssembly.Module>,
    imports: Record<string, unknown>,
    start?: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance | Promise<WebAssembly.Instance>,
  ): Promise<Record<string, unknown>>;
}

/** A policy that comes with the page. Addresses are those of the files. */
export interface ShippedFiles {
  name: string;
  digest: string;
  size: number;
  optional: boolean;
  imports: string[];
  exports: string[];
  selects: boolean;
  description: Description;
  component: string;
  modules: Record<string, string>;
  glue: () => Promise<Glue>;
}

export const engine: { modules: Record<string, string>; glue: () => Promise<typeof Engine> };
export const shipped: ShippedFiles[];
`,
  );
}
