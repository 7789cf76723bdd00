//! States of the zones that were kept, to compare with later.

import { batch, effect, signal } from '@preact/signals';
import type { KeptId, PolicySlot } from '../../engine/protocol';
import { announcement, isLive, outcome } from '../../state';
import { workbench } from '../../workbench';
import { counted } from '../words';

/** Most states kept; the first one, and then the newest. */
const MOST_KEPT = 8;

export interface Kept {
  id: KeptId;
  label: string;
}

/** The oldest first. */
export const kept = signal<readonly Kept[]>([]);

/** The one that is compared with; null: other policies are. */
export const before = signal<KeptId | null>(null);

/** Keeps the zones as they are, and compares with them from now on. */
export async function keepNow(): Promise<void> {
  const records = outcome.value?.zones.reduce((sum, zone) => sum + zone.records, 0) ?? 0;
  await keep(`${now()}, ${counted(records, 'record')}`);
  announcement.value = 'The names are kept as before; what changes from now on is a difference.';
}

/** Keeps the zones that the page shows first: who has edited sees what came of it. */
export function keepTheFirst(): () => void {
  return effect(() => {
    if (outcome.value && !outcome.value.isRefused && kept.peek().length === 0) {
      void keep(isLive.peek() ? servedNow() : 'what the page began with');
    }
  });
}

/** Keeps what the daemon makes of the document that was just read from it, in the place of what it served before. */
export async function keepServed(policies: PolicySlot[]): Promise<void> {
  const bench = await workbench();
  const id = await bench.keepOther(policies);
  const [first, ...others] = kept.value;
  batch(() => {
    kept.value = [{ id, label: servedNow() }, ...others];
    if (before.value !== null) before.value = id;
  });
  if (first) await bench.forget(first.id);
}

function servedNow(): string {
  return `what the daemon serves, read at ${now()}`;
}

function now(): string {
  return new Date().toLocaleTimeString();
}

async function keep(label: string): Promise<void> {
  const bench = await workbench();
  const id = await bench.keep(label);
  const all = [...kept.value, { id, label }];
  const [tooMany] = all.length > MOST_KEPT ? all.splice(1, 1) : [];
  kept.value = all;
  before.value = id;
  if (tooMany) await bench.forget(tooMany.id);
}
