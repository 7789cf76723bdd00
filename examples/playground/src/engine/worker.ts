//! The engine's worker: what the page talks to.

import { expose } from 'comlink';
import { Library } from './library';
import { Policies } from './policies';
import type { Workbench } from './protocol';
import { Bench, startEngine } from './workbench';

const policies = new Policies(
  () => new Worker(new URL('./policy-worker.ts', import.meta.url), { type: 'module', name: 'policies' }),
);

const library = new Library(policies);

const bench = startEngine().then(engine => new Bench(engine, startEngine, library, policies));

/** Everything waits for the engine, and nothing is lost that is asked meanwhile. */
const workbench = new Proxy({} as Workbench, {
  get:
    (_, name) =>
    async (...args: unknown[]) => {
      const it = (await bench) as unknown as Record<string | symbol, (...args: unknown[]) => unknown>;
      return it[name]?.(...args);
    },
});

expose(workbench);
