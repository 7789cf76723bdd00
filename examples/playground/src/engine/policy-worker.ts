//! Runs policies. Nothing else does: so nothing is lost when this worker is ended, because a policy does not end.
//!
//! Who started it hears of each thing that is done, and ends it when nothing is heard for too long.

import { load, transpile } from './load';
import type { Cluster, Service } from './made/engine/interfaces/zonesmith-policy-cluster';
import type { Configuration, Description, Synthesis } from './made/engine/interfaces/zonesmith-policy-naming';
import type { Runnable, Transpiled } from './runnable';
import { type Choice, Failure, type Query, Sandbox } from './sandbox';

/** A policy with what it is configured with. */
export interface Place {
  /** Names it: another cluster or other settings are another place. */
  key: string;
  digest: string;
  runnable: Runnable;
  cluster: Cluster;
  settings: string;
}

export type Request =
  | { do: 'transpile'; bytes: Uint8Array }
  | { do: 'describe'; digest: string; runnable: Runnable }
  | { do: 'configure'; place: Place }
  | { do: 'synthesize'; place: Place; services: Service[] }
  | { do: 'choose'; place: Place; query: Query; records: unknown[] }
  | { do: 'drop'; key: string };

/** What one call gave: a value, or a failure's sentence; and how long the component took. */
export type Said<T> = { microseconds: number } & ({ ok: T } | { failed: string });

export type Reply =
  /** The next thing that was asked for is begun. */
  | { id: number; begun: true }
  | { id: number; each: Said<Synthesis> }
  | { id: number; done: Transpiled | Said<Description | Configuration | Choice | undefined> | null }
  /** It could not even be tried. */
  | { id: number; error: string };

interface Living {
  sandbox: Sandbox;
  configuration: Configuration;
  microseconds: number;
}

/** Instances that are configured, by the key of their place. */
const living = new Map<string, Living>();

self.onmessage = (event: MessageEvent<Request & { id: number }>) => {
  const { id } = event.data;
  answer(id, event.data)
    .then(done => post({ id, done }))
    .catch(error => post({ id, error: error instanceof Error ? error.message : String(error) }));
};

function post(reply: Reply): void {
  self.postMessage(reply);
}

async function answer(id: number, request: Request): Promise<Extract<Reply, { done: unknown }>['done']> {
  switch (request.do) {
    case 'transpile':
      return transpile(request.bytes);
    case 'describe': {
      const runnable = await load(request.digest, request.runnable);
      post({ id, begun: true });
      return timed(async () => (await Sandbox.open(runnable)).describe());
    }
    case 'configure':
      living.delete(request.place.key);
      return inPlace(id, request.place, ({ configuration }) => configuration, 'configuring');
    case 'synthesize':
      if (living.has(request.place.key)) post({ id, begun: true });
      for (const service of request.services) {
        post({ id, each: await inPlace(id, request.place, ({ sandbox }) => sandbox.synthesize(service)) });
      }
      return null;
    case 'choose':
      if (living.has(request.place.key)) post({ id, begun: true });
      return inPlace(id, request.place, ({ sandbox }) => sandbox.choose(request.query, request.records));
    case 'drop':
      living.delete(request.key);
      return null;
  }
}

/** Calls an instance that is configured for this place. What a failed call leaves is not used again. */
async function inPlace<T>(
  id: number,
  place: Place,
  call: (it: Living) => T,
  counted: 'configuring' | 'call' = 'call',
): Promise<Said<T>> {
  const found = living.get(place.key);
  const opened = found === undefined ? await timed(() => open(id, place)) : { ok: found, microseconds: 0 };
  if ('failed' in opened) return opened;
  living.set(place.key, opened.ok);
  const result = await timed(async () => call(opened.ok));
  if ('failed' in result) living.delete(place.key);
  return counted === 'call' ? result : { ...result, microseconds: opened.ok.microseconds };
}

async function open(id: number, { digest, runnable, cluster, settings }: Place): Promise<Living> {
  const loaded = await load(digest, runnable);
  post({ id, begun: true });
  const sandbox = await Sandbox.open(loaded);
  const before = performance.now();
  const configuration = sandbox.configure(cluster, settings);
  return { sandbox, configuration, microseconds: (performance.now() - before) * 1000 };
}

/** Times a call, and makes a sentence of its failure. Anything else that is thrown is a fault of ours. */
async function timed<T>(call: () => Promise<T>): Promise<Said<T>> {
  const before = performance.now();
  const microseconds = () => (performance.now() - before) * 1000;
  try {
    return { ok: await call(), microseconds: microseconds() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { failed: error.message, microseconds: microseconds() };
  }
}
