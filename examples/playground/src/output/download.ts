//! Gives the user a text as a file.

/** How long a browser may take to begin reading the file. */
const KEPT_FOR_MS = 60_000;

export function download(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_FOR_MS);
}

/** The name of a file for a zone: `demo.zone`, without what file systems do not like. */
export function fileName(apex: string, extension: string): string {
  const stem = apex.replace(/\.$/, '').replace(/[^A-Za-z0-9._-]/g, '_');
  return `${stem || 'root'}.${extension}`;
}
