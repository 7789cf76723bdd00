//! What is known of every component: those that come with the page, and those that somebody brought.

import { signal } from '@preact/signals';
import type { Description, Inspected, Shipped } from '../engine/protocol';
import { workbench } from '../workbench';

/** A component that the stack may name. */
export interface Known {
  name: string;
  digest: string;
  /** Octets. */
  size: number;
  /** Absent of a component that was refused before it could say. */
  description?: Description;
  isShipped: boolean;
}

/** The policies that come with the page; empty until the engine said. */
export const shipped = signal<Shipped[]>([]);

const brought = signal<ReadonlyMap<string, Inspected>>(new Map());

let asked: Promise<Shipped[]> | null = null;

/** The policies that come with the page, asked for once. */
export function loadShipped(): Promise<Shipped[]> {
  asked ??= workbench()
    .then(engine => engine.shipped())
    .then(list => {
      shipped.value = list;
      return list;
    });
  return asked;
}

/** What is known of a component; follows what becomes known. */
export function known(digest: string): Known | undefined {
  const ours = shipped.value.find(policy => policy.digest === digest);
  if (ours !== undefined) return { ...ours, isShipped: true };
  const theirs = brought.value.get(digest);
  return theirs === undefined ? undefined : { ...theirs, isShipped: false };
}

/** All that are known, the newest last. */
export function components(): Known[] {
  const digests = new Set([...shipped.value, ...brought.value.values()].map(({ digest }) => digest));
  return [...digests].flatMap(digest => known(digest) ?? []);
}

/** Makes a component known, or says why it cannot be. */
export async function addComponent(bytes: Uint8Array, name: string): Promise<Inspected> {
  const engine = await workbench();
  const inspected = await engine.addComponent(bytes, name);
  if (inspected.refusal === undefined) {
    brought.value = new Map(brought.value).set(inspected.digest, inspected);
  }
  return inspected;
}
