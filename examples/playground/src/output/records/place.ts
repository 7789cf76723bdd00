//! What the place in the document, where the caret of the editor is, makes of records.

import type { Remote } from 'comlink';
import type { Row, Workbench } from '../../engine/protocol';

/** Most records marked of one place; nobody counts more in a table. */
const MOST_MARKED = 2_000;

export interface Place {
  path: string;
  /** How many come from there; perhaps none. */
  records: number;
  /** Which, the first MOST_MARKED of them. */
  marked: ReadonlySet<string>;
}

/** The place around an offset; null: it is about nothing in particular, as the list of all services. */
export async function placeAt(bench: Remote<Workbench>, offset: number): Promise<Place | null> {
  const path = await bench.pathAt(offset);
  if (path === undefined) return null;
  const { total, firstOf, rows } = await bench.rows({ path, near: path, offset: 0, limit: MOST_MARKED });
  const isOfEverything = total > 0 && firstOf === undefined;
  return isOfEverything ? null : { path, records: total, marked: new Set(rows.map(keyOf)) };
}

/** Names a record among all. */
export function keyOf({ zone, owner, type, rdata }: Row): string {
  return [zone, owner, type, rdata].join('\t');
}

/** Whether two records are one, be it that its maker or its TTL is another. */
export function isSame(one: Row | undefined, other: Row): boolean {
  return one !== undefined && keyOf(one) === keyOf(other);
}
