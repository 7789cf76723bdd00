//! Folders as one file. Loaded when somebody exports or imports: the first view does without.

import { unzipSync, zipSync } from 'fflate';
import { type Files, FOLDER, FolderError } from './folder';

/** The archive of a folder, under its name. */
export function pack(files: Files): Uint8Array<ArrayBuffer> {
  const entries = [...files].map(([path, bytes]) => [`${FOLDER}/${path}`, bytes] as const);
  return new Uint8Array(zipSync(Object.fromEntries(entries), { level: 6 }));
}

/**
 * @param most octets that the files may have together, once unpacked.
 * @throws {FolderError} when it is no archive, or a larger one.
 */
export function unpack(archive: Uint8Array, most: number): Files {
  let size = 0;
  try {
    const entries = unzipSync(archive, {
      filter: ({ originalSize, name }) => {
        size += originalSize;
        return size <= most && !name.endsWith('/');
      },
    });
    if (size <= most)
      return new Map(Object.entries(entries).map(([path, bytes]) => [path, new Uint8Array(bytes)]));
  } catch (error) {
    throw new FolderError(`The archive cannot be read: ${(error as Error).message}.`);
  }
  throw new FolderError(`The archive holds more than ${most / 1e6} MB.`);
}
