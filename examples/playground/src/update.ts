//! Asks the engine whenever the input changes. An update that a newer one overtakes is not shown.

import { effect } from '@preact/signals';
import { proxy } from 'comlink';
import type { Input } from './engine/protocol';
import { announcement, failure, outcome, policies, progress, ready, text } from './state';
import { workbench } from './workbench';

/** Follows the input from now on. */
export function follow(): void {
  effect(() => {
    if (!ready.value) return;
    const input: Input = { document: text.value, policies: policies.value };
    void update(input);
  });
}

let newest = 0;

async function update(input: Input): Promise<void> {
  newest += 1;
  const own = newest;
  let isDone = false;
  progress.value = { done: 0, of: 0 };
  try {
    const engine = await workbench();
    const result = await engine.update(
      input,
      proxy((done: number, of: number) => {
        // It comes on a way of its own, and may come after the result.
        if (own === newest && !isDone) progress.value = { done, of };
      }),
    );
    if (own !== newest || result.superseded) return;
    outcome.value = result;
    failure.value = null;
    announcement.value = sentence(result.changed, result.problems.errors);
  } catch (error) {
    if (own === newest) failure.value = `The engine failed: ${messageOf(error)}`;
  } finally {
    isDone = true;
    if (own === newest) progress.value = null;
  }
}

function sentence(changed: number, errors: number): string {
  const names = changed === 1 ? '1 name changed' : `${changed} names changed`;
  if (errors === 0) return `${names}.`;
  return `${names}; ${errors === 1 ? '1 error' : `${errors} errors`}.`;
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
