//! What is asked. It stays while other tabs are looked at, and is asked again whenever there are new names.

import { computed, signal } from '@preact/signals';
import type { Question } from '../../engine/protocol';

export interface Fields {
  name: string;
  type: string;
  client: string;
  /** Apart by spaces or commas. */
  searchDomains: string;
}

/** What stands in the fields. */
export const fields = signal<Fields>({ name: '', type: 'ANY', client: '', searchDomains: '' });

/** What was asked last; null: nothing yet. */
export const asked = signal<Fields | null>(null);

/** The question, as the workbench takes it. */
export const question = computed<Question | null>(() => asked.value && questionOf(asked.value));

export function questionOf({ name, type, client, searchDomains }: Fields): Question {
  const domains = searchDomains.split(/[\s,]+/).filter(domain => domain !== '');
  return {
    name: name.trim(),
    type: type.trim().toUpperCase() || 'ANY',
    ...(client.trim() === '' ? {} : { client: client.trim() }),
    ...(domains.length === 0 ? {} : { searchDomains: domains }),
  };
}

export function write(change: Partial<Fields>): void {
  fields.value = { ...fields.value, ...change };
}

/** Asks what stands in the fields. */
export function ask(): void {
  if (fields.value.name.trim() !== '') asked.value = fields.value;
}

/** Asks the same of another name. */
export function askFor(name: string): void {
  write({ name });
  ask();
}
