//! What the page shows first. Nothing of a link is applied before everything is there, and then all of it at once.

import { batch } from '@preact/signals';
import { readLive } from './frame/live';
import { firstExample } from './input/examples';
import { complain } from './input/notices';
import { restore } from './share/restore';
import { isLive, outputTab, policies, ready, type Start, text } from './state';
import { follow, messageOf } from './update';
import { workbench } from './workbench';

/** Puts the first input on the page: a running daemon's, a link's, or an example. */
export async function start(): Promise<void> {
  const engine = await workbench();
  const shipped = await engine.shipped();
  const fragment = window.location.hash.replace(/^#/, '');
  let first: Start | null = null;
  try {
    if (fragment === 'live') {
      first = await readLive();
      isLive.value = true;
    } else if (fragment !== '') {
      first = await restore(fragment);
    }
  } catch (error) {
    complain(messageOf(error));
  }
  begin(first ?? (await firstExample(shipped)));
  follow();
}

/** Puts `next` on the page, in one step. */
export function begin(next: Start): void {
  batch(() => {
    text.value = next.text;
    policies.value = next.policies;
    if (next.outputTab !== undefined) outputTab.value = next.outputTab;
    ready.value = true;
  });
}
