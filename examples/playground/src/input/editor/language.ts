//! The way to the worker that knows JSON Schema. It starts with the first question: the first view does not wait for it.

import { type Remote, wrap } from 'comlink';
import type { Language } from './language.worker';

/** A schema, and the name of the file that it is of. */
export interface SchemaText {
  name: string;
  text: string;
}

/** UTF-16 units of a text that is still looked at. Beyond it an answer would come seconds after the question. */
export const LONGEST_TEXT = 1_500_000;

let started: Remote<Language> | null = null;

export function language(): Remote<Language> {
  started ??= wrap<Language>(
    new Worker(new URL('./language.worker.ts', import.meta.url), { type: 'module', name: 'language' }),
  );
  return started;
}

/** From now on texts of this name are of this schema. */
export function setSchema({ name, text }: SchemaText): void {
  void language().use(name, text);
}

export function forgetSchema(name: string): void {
  void language().forget(name);
}

/** The same JSON, a line for each thing; one that is too long for that stays as it is. */
export async function formatted(text: string): Promise<string> {
  return text.length > LONGEST_TEXT ? text : await language().format(text);
}
