//! The way to the engine, which runs in a worker: the page itself is never busy.

import { type Remote, wrap } from 'comlink';
import type { Workbench } from './engine/protocol';
import { failure } from './state';

let started: Promise<Remote<Workbench>> | null = null;

/** The engine, which the first call starts. */
export function workbench(): Promise<Remote<Workbench>> {
  started ??= start();
  return started;
}

async function start(): Promise<Remote<Workbench>> {
  const worker = new Worker(new URL('./engine/worker.ts', import.meta.url), {
    type: 'module',
    name: 'engine',
  });
  worker.addEventListener('error', event => {
    failure.value = `The engine does not start: ${event.message || 'its files could not be loaded'}.`;
  });
  return wrap<Workbench>(worker);
}

declare global {
  interface Window {
    /** The engine, for those who ask it from the console: `await (await zonesmith()).published()`. */
    zonesmith: typeof workbench;
  }
}

window.zonesmith = workbench;
