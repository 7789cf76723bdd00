//! Keeps the page for use without a network, after the first view: nobody waits for it.

import { effect, signal } from '@preact/signals';
import { isLive, outcome } from '../state';

/** Whether the page would come up without a network. */
export const isKept = signal(false);

/** Has the browser keep the page once the first names are there; but not a daemon's, which ends with it. */
export function keep(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const stop = effect(() => {
    if (outcome.value === null) return;
    queueMicrotask(() => stop());
    if (isLive.peek()) return;
    navigator.serviceWorker
      .register('./offline.js')
      .then(() => navigator.serviceWorker.ready)
      .then(() => {
        isKept.value = true;
      })
      .catch(() => {
        // Forbidden, or the page is served by a program that keeps it itself: it works as long as that does.
      });
  });
}
