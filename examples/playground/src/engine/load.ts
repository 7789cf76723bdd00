//! From a component to something that can be run: the files that come with the page, or what jco makes of it here.

import { shipped } from './made/manifest';
import type { Glue, Loaded, Runnable, Transpiled } from './runnable';

/** What was loaded by this worker, by its digest. */
const loaded = new Map<string, Promise<Loaded>>();

/** Loads a runnable, once. */
export function load(digest: string, runnable: Runnable): Promise<Loaded> {
  let found = loaded.get(digest);
  if (found === undefined) {
    found = 'shipped' in runnable ? fromFiles(runnable.shipped) : fromText(runnable);
    // What could not be loaded is tried again: a network may come back.
    found.catch(() => loaded.delete(digest));
    loaded.set(digest, found);
  }
  return found;
}

async function fromFiles(name: string): Promise<Loaded> {
  const files = shipped.find(policy => policy.name === name);
  if (files === undefined) throw new Error(`${name} does not come with this page`);
  const modules = Object.entries(files.modules).map(
    async ([file, url]) => [file, await compile(url)] as const,
  );
  const [glue, ...compiled] = await Promise.all([files.glue(), ...modules]);
  return { glue: glue as Glue, modules: new Map(compiled) };
}

/** Compiles a module of the page. */
export async function compile(url: string): Promise<WebAssembly.Module> {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url} answers ${reply.status}`);
  return WebAssembly.compile(await reply.arrayBuffer());
}

async function fromText({ glue, modules }: Transpiled): Promise<Loaded> {
  const url = URL.createObjectURL(new Blob([glue], { type: 'text/javascript' }));
  try {
    return { glue: (await import(/* @vite-ignore */ url)) as Glue, modules };
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Transpiles a component. The transpiler is large, and loaded when the first one comes. */
export async function transpile(bytes: Uint8Array): Promise<Transpiled> {
  const { $init, generate } = await import('@bytecodealliance/jco-transpile/component');
  await $init;
  const { files } = generate(bytes, {
    name: 'policy',
    instantiation: { tag: 'async' },
    noTypescript: true,
    noNodejsCompat: true,
    base64Cutoff: 0,
  });
  const modules = new Map<string, WebAssembly.Module>();
  let glue = '';
  for (const [file, content] of files) {
    if (file.endsWith('.js')) glue = new TextDecoder().decode(content);
    if (file.endsWith('.wasm')) modules.set(file, await WebAssembly.compile(new Uint8Array(content)));
  }
  return { glue, modules };
}
