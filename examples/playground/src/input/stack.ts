//! Changes of the input: the stack of policies, and the document with it. What replaces something says so, with the way back.

import { batch } from '@preact/signals';
import type { Inspected, PolicySlot } from '../engine/protocol';
import { outputTab, policies, type Start, text } from '../state';
import { addComponent } from './catalogue';
import { complain, notify } from './notices';

export const NO_SETTINGS = '{}';

let last = 0;

/** A place for a policy, with the settings it comes with. */
export function place(policy: { name: string; digest: string }, settings: string = NO_SETTINGS): PolicySlot {
  last += 1;
  return { id: `policy-${last}`, name: policy.name, digest: policy.digest, settings, enabled: true };
}

/** Changes a place and nothing else. */
export function change(slot: PolicySlot, changes: Partial<PolicySlot>): void {
  policies.value = policies.value.map(other => (other.id === slot.id ? { ...other, ...changes } : other));
}

/** Moves a place up (-1) or down (1). */
export function move(slot: PolicySlot, by: -1 | 1): void {
  const list = [...policies.value];
  const at = list.findIndex(other => other.id === slot.id);
  const other = list[at + by];
  if (at < 0 || other === undefined) return;
  list[at + by] = slot;
  list[at] = other;
  policies.value = list;
}

export function remove(slot: PolicySlot): void {
  withWayBack(`${slot.name} is out of the stack.`, () => {
    policies.value = policies.value.filter(other => other.id !== slot.id);
  });
}

/** Puts a policy behind the others. */
export function add(slot: PolicySlot): void {
  withWayBack(`${slot.name} stands behind the other policies.`, () => {
    policies.value = [...policies.value, slot];
  });
}

/** Leaves one policy of the stack, or puts one in the place of all. */
export function standAlone(slot: PolicySlot): void {
  withWayBack(`${slot.name} is the only policy now.`, () => {
    policies.value = [slot];
  });
}

/** Puts another input in the place of this one. */
export function replaceInput(next: Start, sentence: string): void {
  withWayBack(sentence, () => {
    batch(() => {
      text.value = next.text;
      policies.value = next.policies;
      if (next.outputTab !== undefined) outputTab.value = next.outputTab;
    });
  });
}

function withWayBack(sentence: string, run: () => void): void {
  const before = { text: text.peek(), policies: policies.peek() };
  run();
  // What is typed afterwards is not lost with a way back that has nothing to do with it.
  const isTextReplaced = text.peek() !== before.text;
  notify(sentence, {
    title: 'Undo',
    run: () => {
      batch(() => {
        if (isTextReplaced) text.value = before.text;
        policies.value = before.policies;
      });
    },
  });
}

/**
 * Puts a component that somebody brought into the stack: in the place of the one it is a newer version of, which keeps its
 * settings, else behind all others. One that is refused changes nothing.
 */
export async function bring(bytes: Uint8Array, file: string): Promise<Inspected> {
  const inspected = await addComponent(bytes, file);
  if (inspected.refusal !== undefined) {
    complain(refused(file, inspected.refusal));
    return inspected;
  }
  const name = inspected.description?.name ?? inspected.name;
  const same = policies.value.find(slot => slot.name === name);
  if (same?.digest === inspected.digest) {
    notify(`${name} is in the stack already.`);
  } else if (same !== undefined) {
    withWayBack(`${name} is replaced by ${file}; its settings stay.`, () => {
      change(same, { digest: inspected.digest });
    });
  } else {
    add(place({ ...inspected, name }));
  }
  return inspected;
}

/** Why a component is not taken, in the daemon's order of words. */
export function refused(file: string, { stage, reason }: { stage: string; reason: string }): string {
  return `${file} is refused at ${stage}: ${reason}`;
}
