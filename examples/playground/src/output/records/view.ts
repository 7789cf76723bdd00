//! What of the records is wanted: filters, and the order.

import { computed, signal } from '@preact/signals';
import type { Column, View } from '../../engine/protocol';
import type { Place } from './place';

/** Empty: not filtered by it. */
export interface Filters {
  text: string;
  zone: string;
  type: string;
  policy: string;
  rule: string;
  service: string;
}

export type Sort = { by: Column; descending: boolean };

/** Filters that a record sets, rather than a field of their own. */
export const OF_A_RECORD = ['service', 'rule', 'policy'] as const;

const NONE: Filters = { text: '', zone: '', type: '', policy: '', rule: '', service: '' };

export const filters = signal<Filters>(NONE);

/** Null: as DNS orders names. */
export const sort = signal<Sort | null>(null);

/** Whether only records are shown that come from where the caret of the editor is. */
export const followsDocument = signal(false);

/** Where that is, in the document; null: nowhere in particular. */
export const place = signal<Place | null>(null);

/** What the workbench is asked, but for the part of it. */
export const wanted = computed<Omit<View, 'offset' | 'limit'>>(() => {
  const said = Object.entries(filters.value).filter(([, value]) => value !== '');
  const view: Omit<View, 'offset' | 'limit'> = Object.fromEntries(said);
  if (sort.value) {
    view.sort = sort.value;
  }
  if (followsDocument.value && place.value) {
    view.path = place.value.path;
  }
  return view;
});

/** Whether anything is left out. */
export const isFiltered = computed(() => Object.keys(wanted.value).some(key => key !== 'sort'));

export function filterBy(change: Partial<Filters>): void {
  filters.value = { ...filters.value, ...change };
}

export function showAll(): void {
  filters.value = NONE;
  followsDocument.value = false;
}

/** Sorts by a column; by the same once more: the other way round, then as DNS orders names. */
export function sortBy(by: Column): void {
  const now = sort.value;
  if (now?.by !== by) {
    sort.value = { by, descending: false };
  } else {
    sort.value = now.descending ? null : { by, descending: true };
  }
}
