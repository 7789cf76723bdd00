//! Policies, as the workbench sees them: asked one thing after the other, and always answered.
//!
//! They run in a worker of their own. When nothing is heard of it for longer than a call may take, it is ended, another
//! one is started, and what was asked of it goes on with the next service: one that spins costs its own names, as in the
//! daemon.

import type { Service } from './made/engine/interfaces/zonesmith-policy-cluster';
import type { Configuration, Description, Synthesis } from './made/engine/interfaces/zonesmith-policy-naming';
import type { Place, Reply, Request, Said } from './policy-worker';
import type { Runnable, Transpiled } from './runnable';
import type { Choice, Query } from './sandbox';

/**
 * Longest that one call may take, in milliseconds. The daemon gives a tenth of a second of processor time; here the clock
 * on the wall counts, on a machine that may do other things: what takes longer is a loop, not work.
 */
export const CALL = 2_000;

/** Longest that loading and transpiling may take: an interpreter of 18 MB takes seconds, on a slow machine many. */
const LOADING = 60_000;

export class Policies {
  private worker: Worker | null = null;
  private asked = 0;
  /** What is under way: nothing else is asked meanwhile. */
  private last: Promise<unknown> = Promise.resolve();

  /** @param start Starts a worker, which loads nothing before it is asked. */
  constructor(private readonly start: () => Worker) {}

  /** @throws When the transpiler refuses it: its sentence. */
  async transpile(bytes: Uint8Array): Promise<Transpiled> {
    const { done, ended } = await this.ask({ do: 'transpile', bytes }, LOADING);
    if (ended) throw new Error('it cannot be transpiled in a minute');
    return done as Transpiled;
  }

  /** Brings a policy to life, and asks it what it is. */
  async describe(digest: string, runnable: Runnable): Promise<Said<Description>> {
    const { done, ended } = await this.ask({ do: 'describe', digest, runnable }, LOADING);
    return ended ? tooLong('`describe`') : (done as Said<Description>);
  }

  /** Configures a policy, anew. */
  async configure(place: Place): Promise<Said<Configuration>> {
    const { done, ended } = await this.ask({ do: 'configure', place }, LOADING);
    return ended ? tooLong('`configure`') : (done as Said<Configuration>);
  }

  /** Asks a policy about services, in order, and tells of each as soon as it is answered. */
  async synthesize(
    place: Place,
    services: Service[],
    each: (at: number, said: Said<Synthesis>) => void,
  ): Promise<void> {
    let at = 0;
    while (at < services.length) {
      const rest = services.slice(at);
      const { ended } = await this.ask({ do: 'synthesize', place, services: rest }, LOADING, said => {
        each(at, said);
        at += 1;
      });
      if (!ended) return;
      each(at, tooLong('`synthesize`'));
      at += 1;
    }
  }

  /** Asks a policy which records a client is given. */
  async choose(place: Place, query: Query, records: unknown[]): Promise<Said<Choice | undefined>> {
    const { done, ended } = await this.ask({ do: 'choose', place, query, records }, LOADING);
    return ended ? tooLong('`choose`') : (done as Said<Choice | undefined>);
  }

  /** Lets go of the instance of a place that is not needed any more. */
  async drop(key: string): Promise<void> {
    if (this.worker !== null) await this.ask({ do: 'drop', key }, CALL);
  }

  /** Asks, when everything before is answered. The first thing heard may take `patience`, each one after it a call's time. */
  private ask(request: Request, patience: number, each?: (said: Said<Synthesis>) => void): Promise<Asked> {
    const turn = this.last.then(() => this.exchange(request, patience, each));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private exchange(
    request: Request,
    patience: number,
    each?: (said: Said<Synthesis>) => void,
  ): Promise<Asked> {
    this.asked += 1;
    const id = this.asked;
    this.worker ??= this.start();
    const worker = this.worker;
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout>;
      const wait = (time: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          worker.terminate();
          this.worker = null;
          finish(() => resolve({ ended: true }));
        }, time);
      };
      const finish = (then: () => void) => {
        clearTimeout(timer);
        worker.onmessage = null;
        worker.onerror = null;
        then();
      };
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        if (data.id !== id) return;
        if ('done' in data) {
          finish(() => resolve({ ended: false, done: data.done }));
        } else if ('error' in data) {
          finish(() => reject(new Error(data.error)));
        } else {
          if ('each' in data) each?.(data.each);
          wait(CALL);
        }
      };
      worker.onerror = event => {
        // A worker that failed as a whole, as one that ran out of memory, is not asked again.
        worker.terminate();
        this.worker = null;
        finish(() => reject(new Error(event.message || 'the worker of policies failed')));
      };
      // What is loaded may take its time; that it is, is heard before a policy is called.
      wait(patience);
      worker.postMessage({ ...request, id });
    });
  }
}

type Asked =
  | { ended: true; done?: undefined }
  | { ended: false; done: Extract<Reply, { done: unknown }>['done'] };

function tooLong<T>(what: string): Said<T> {
  return { failed: `${what} ran longer than the ${CALL} ms it has`, microseconds: CALL * 1000 };
}
