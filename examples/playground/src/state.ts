//! The one state of the page. What stands in several places at once (editor, table, shared link) stands here; everything
//! else is a component's own. Signals, so that who reads one is drawn again when it changes, and nobody else.

import { computed, signal } from '@preact/signals';
import type { Outcome, PolicySlot } from './engine/protocol';

/** A piece of the document's text, in UTF-16 units, as the editor counts. */
export interface Span {
  from: number;
  to: number;
}

/** What the page starts with: from a link, from the daemon, or an example. */
export interface Start {
  text: string;
  policies: PolicySlot[];
  outputTab?: string;
}

/** The cluster document, as it stands in the editor. */
export const text = signal('');

/** The policies, in the order in which they are asked. */
export const policies = signal<PolicySlot[]>([]);

/** What became of the newest input that is done; null before the first. */
export const outcome = signal<Outcome | null>(null);

/** How far the update under way is; null when there is none. */
export const progress = signal<{ done: number; of: number } | null>(null);

/** Where the caret stands in the document. */
export const caret = signal(0);

/** What is marked in the document, without taking the focus. */
export const highlight = signal<Span | null>(null);

/** Where the reader wants to go in the document; the editor takes it, and sets it to null. */
export const goTo = signal<Span | null>(null);

/** Which view of the output is shown. */
export const outputTab = signal('zones');

/** What a screen reader is told next, politely. */
export const announcement = signal('');

/** What does not work in the page itself, as a sentence. */
export const failure = signal<string | null>(null);

/** Whether the page has everything it starts with. */
export const ready = signal(false);

/** Whether this is a running daemon's state. */
export const isLive = signal(false);

/** Whether what is shown belongs to an older input than what is written. */
export const isBehind = computed(() => progress.value !== null);
