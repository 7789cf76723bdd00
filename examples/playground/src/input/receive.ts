//! What somebody hands over as files, by drop or by choice: components, a cluster, settings, or a folder of all of them.

import { effect } from '@preact/signals';
import { type Files, readFolder } from '../share/folder';
import { extension, stem } from '../share/path';
import { policies, ready } from '../state';
import { messageOf } from '../update';
import { apply } from './apply';
import { formatted } from './editor/language';
import { complain, notify } from './notices';
import { bring, change, replaceInput } from './stack';

/** Octets of all files together: the largest component has 20 million. */
const MOST_BYTES = 300_000_000;

/** Files of a folder: more than a policy and its sources have is a folder that was not meant. */
const MOST_FILES = 2_000;

/** A text of one line that nobody reads: programs print so. */
const LONG_LINE = 200;

/** Folders that hold what tools made. */
const SKIPPED = /(^|\/)(node_modules|target|\.git|\.venv)(\/|$)/;

/** Takes files, and says what became of them. */
export async function receive(given: Promise<Files>): Promise<void> {
  try {
    const files = await given;
    await begun();
    const [path, bytes] = [...files][0] ?? ['', new Uint8Array()];
    if (files.size === 0) return;
    if (files.size === 1 && extension(path) === 'zip') {
      const { unpack } = await import('../share/archive');
      await apply(await readFolder(unpack(bytes, MOST_BYTES)), path);
    } else if (isFolder([...files.keys()])) {
      await apply(await readFolder(files), path.split('/')[0] ?? path);
    } else {
      for (const [name, content] of files) await receiveOne(name, content);
    }
  } catch (error) {
    complain(messageOf(error));
  }
}

/** Waits until the page has what it begins with, which would take the place of what comes before it. */
function begun(): Promise<void> {
  return new Promise(resolve => {
    const end = effect(() => {
      if (!ready.value) return;
      resolve();
      queueMicrotask(() => end());
    });
  });
}

/** Files that only together say what is meant. */
function isFolder(paths: string[]): boolean {
  return paths.some(path => path.includes('/') || path === 'zonesmith.toml');
}

async function receiveOne(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const isComponent = extension(name) === 'wasm' || startsAsWebAssembly(bytes);
  if (isComponent) {
    notify(`Reading ${name} …`);
    await bring(bytes, name);
    return;
  }
  if (extension(name) !== 'json') {
    complain(`${name} is neither a component (.wasm) nor a cluster (.json) nor an archive (.zip).`);
    return;
  }
  const content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const whose = policies.value.find(slot => name === `${slot.name}.settings.json`);
  if (whose !== undefined) {
    change(whose, { settings: content });
    notify(`${whose.name} has the settings of ${name}.`);
    return;
  }
  if (/(^|\.)settings$/.test(stem(name))) {
    complain(`${name} is for a policy that is not in the stack; drop the policy first.`);
    return;
  }
  const isOneLine = content.trim().length > LONG_LINE && !content.trim().includes('\n');
  const text = isOneLine ? await formatted(content) : content;
  replaceInput({ text, policies: policies.value }, `The cluster is that of ${name}.`);
}

/** A component says so in its first octets, whatever its file is called. */
function startsAsWebAssembly(bytes: Uint8Array): boolean {
  return [0x00, 0x61, 0x73, 0x6d].every((byte, at) => bytes[at] === byte);
}

/** The files that were chosen; a folder's have their path in it. */
export async function ofInput(input: HTMLInputElement): Promise<Files> {
  const chosen = [...(input.files ?? [])];
  const files = await read(chosen.map(file => [file.webkitRelativePath || file.name, file]));
  // The same file may be chosen again, once it was built anew.
  input.value = '';
  return files;
}

/** The files and folders that were dropped. The browser forgets them when this returns, so they are asked for at once. */
export async function ofDrop({ items }: DataTransfer): Promise<Files> {
  const found: [string, File][] = [];
  const entries = [...items].flatMap(item => {
    const entry = item.webkitGetAsEntry();
    const file = entry === null ? item.getAsFile() : null;
    if (file !== null) found.push([file.name, file]);
    return entry ?? [];
  });
  await Promise.all(entries.map(entry => collect(entry, '', found)));
  return await read(found);
}

async function collect(entry: FileSystemEntry, folder: string, found: [string, File][]): Promise<void> {
  const path = `${folder}${entry.name}`;
  if (SKIPPED.test(path)) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    found.push([path, file]);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0 || found.length > MOST_FILES) break;
    for (const one of some) await collect(one, `${path}/`, found);
  }
}

async function read(found: [string, File][]): Promise<Files> {
  const kept = found.filter(([path]) => !SKIPPED.test(path));
  const size = kept.reduce((sum, [, file]) => sum + file.size, 0);
  if (kept.length > MOST_FILES)
    throw new Error(`These are more than ${MOST_FILES} files: which folder is meant?`);
  if (size > MOST_BYTES) throw new Error(`These files have more than ${MOST_BYTES / 1e6} MB.`);
  const pairs = kept.map(async ([path, file]) => [path, new Uint8Array(await file.arrayBuffer())] as const);
  return new Map(await Promise.all(pairs));
}
