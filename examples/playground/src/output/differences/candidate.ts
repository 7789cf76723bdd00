//! Another stack of policies, to try on the same document: the one of the page, with some of them replaced, left out or added.

import { computed, signal } from '@preact/signals';
import type { PolicySlot } from '../../engine/protocol';
import { policies } from '../../state';

/** A component that can stand in the stack. */
export interface Component {
  name: string;
  digest: string;
}

/** What stands in a place instead; none: nothing does. */
export interface Instead {
  component: Component | null;
  settings: string;
}

/** Behind all places that there are. */
export const BEHIND = 'behind';

/** By the place's id, or BEHIND. */
export const replaced = signal<ReadonlyMap<string, Instead>>(new Map());

/** The other stack; null: it is the same. */
export const candidate = computed<PolicySlot[] | null>(() => {
  const now = policies.value;
  const isOther = [...replaced.value.keys()].some(key => key === BEHIND || now.some(slot => slot.id === key));
  return isOther ? stackOf(now, replaced.value) : null;
});

export function stackOf(slots: readonly PolicySlot[], instead: ReadonlyMap<string, Instead>): PolicySlot[] {
  const stack = slots.flatMap(slot => {
    const other = instead.get(slot.id);
    return other === undefined ? [slot] : slotOf(slot.id, other);
  });
  const behind = instead.get(BEHIND);
  return behind ? [...stack, ...slotOf(BEHIND, behind)] : stack;
}

function slotOf(id: string, { component, settings }: Instead): PolicySlot[] {
  if (!component) return [];
  return [{ id, name: component.name, digest: component.digest, settings, enabled: true }];
}

/** Puts something else into a place; undefined: what stands there stays. */
export function replace(place: string, instead: Instead | undefined): void {
  const next = new Map(replaced.value);
  if (instead) next.set(place, instead);
  else next.delete(place);
  replaced.value = next;
}

/**
 * The slot whose place a component takes that calls itself `name`, as in the daemon and for `policy diff`; none: it stands
 * behind all others.
 *
 * @param nameOf What the policy of a slot calls itself.
 */
export function takenBy(
  name: string,
  slots: readonly PolicySlot[],
  nameOf: (slot: PolicySlot) => string,
): PolicySlot | undefined {
  return slots.find(slot => slot.enabled && nameOf(slot) === name);
}
