//! Which rows of a long table are in the document: those that can be seen, and a few around them. All rows have one height, so
//! this is two divisions; a library that measures rows would have nothing to measure.

/** Rows kept above and below what can be seen, so that a turn of the wheel shows no gap. */
const SPARE_ROWS = 12;

export interface Visible {
  /** The first row. */
  first: number;
  /** The row after the last. */
  end: number;
}

/** What of a table of `total` rows is in the document, of which `view` pixels from `top` on can be seen. */
export function visible(top: number, view: number, height: number, total: number): Visible {
  const first = Math.floor(Math.max(top, 0) / height) - SPARE_ROWS;
  const end = Math.ceil((Math.max(top, 0) + view) / height) + SPARE_ROWS;
  return { first: Math.max(Math.min(first, total), 0), end: Math.max(Math.min(end, total), 0) };
}

/** Where to scroll so that the whole of a row can be seen, as little as needed. */
export function scrolledTo(row: number, top: number, view: number, height: number): number {
  const start = row * height;
  const least = start + height - view;
  return Math.max(Math.min(Math.max(top, least), start), 0);
}
