//! What is shown, as a folder that `zonesmith policy test` takes.

import { effect } from '@preact/signals';
import { outcome, policies, progress, text } from '../state';
import { workbench } from '../workbench';
import { type Files, FOLDER, FolderError, writeFolder } from './folder';
import { bytesOf } from './shared';

/**
 * The folder of what is shown.
 *
 * @throws {FolderError} when there is nothing that a test could expect.
 */
export async function exported(): Promise<Files> {
  await settled();
  const done = outcome.peek();
  const slots = policies.peek().filter(({ enabled }) => enabled);
  if (done === null || done.isRefused) throw new FolderError('The cluster cannot be read: mend it first.');
  const [refusal] = done.refusals;
  if (refusal !== undefined)
    throw new FolderError(`${refusal.name} is refused at ${refusal.stage}: mend it first.`);
  if (slots.length === 0) throw new FolderError('There is no policy to export.');
  const all = slots.map(async ({ name, digest, settings }) => {
    const component = await bytesOf(digest);
    if (component === undefined) throw new FolderError(`The component of ${name} cannot be loaded.`);
    return { name, settings, component };
  });
  const engine = await workbench();
  return writeFolder({
    document: text.peek(),
    policies: await Promise.all(all),
    expected: await engine.published(),
  });
}

/** Waits until what is shown is what is written. */
function settled(): Promise<void> {
  return new Promise(resolve => {
    const end = effect(() => {
      if (progress.value !== null) return;
      resolve();
      queueMicrotask(() => end());
    });
  });
}

/** Has the browser save a file. */
export function save(bytes: Uint8Array<ArrayBuffer>, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // After the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** What Chromium has for folders, and others have not. */
interface FolderPicker {
  showDirectoryPicker(options: { id: string; mode: 'readwrite' }): Promise<FileSystemDirectoryHandle>;
}

export function hasFolderPicker(): boolean {
  return 'showDirectoryPicker' in window;
}

/** Writes the files into a new folder where the reader says; false: the reader thought better of it. */
export async function saveFolder(make: () => Promise<Files>): Promise<boolean> {
  let parent: FileSystemDirectoryHandle;
  try {
    // First: the browser allows it only as the answer to a click.
    const picker = window as unknown as FolderPicker;
    parent = await picker.showDirectoryPicker({ id: 'zonesmith', mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return false;
    throw error;
  }
  const files = await make();
  const folder = await parent.getDirectoryHandle(FOLDER, { create: true });
  for (const [path, bytes] of files) {
    const file = await folder.getFileHandle(path, { create: true });
    const writer = await file.createWritable();
    await writer.write(bytes);
    await writer.close();
  }
  return true;
}
